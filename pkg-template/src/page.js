// What the page's own URL says: a callback, a launch, or neither. Decided before the engine is there, because the code
// has to leave the visible URL before the first await.

/** What the keys of pending sign-ins begin with. */
export const SIGN_IN = 'smart-launch:sign-in:';
const ANSWER = ['code', 'state', 'iss', 'session_state', 'error', 'error_description', 'error_uri'];
const OTHER_FLOWS = ['access_token', 'id_token', 'token', 'token_type', 'expires_in', 'response'];

/** The page's URL, if there is a page. */
export const pageUrl = () => globalThis.location?.href;

/** The page's URL without query and fragment: the redirect URI where none is set. */
export const pagePlace = () => pageUrl()?.split(/[?#]/)[0];

/** The servers of all clients of the page, whichever copy of the library made them. */
export const CLIENTS = Symbol.for('smart-launch:clients');

/**
 * Notes the servers of a client, and gives those of all clients of the page: two that share a redirect URI take each other's
 * answers. Elsewhere many users have a client each, which never meet.
 */
export function meet(clients = []) {
  const { document } = globalThis;
  const known = document ? (document[CLIENTS] ??= new Map()) : globalThis[CLIENTS];
  if (!known) return [];
  for (const { fhirBaseUrl, redirectUri } of clients) {
    known.set(JSON.stringify([fhirBaseUrl, redirectUri]), { fhirBaseUrl, redirectUri });
  }
  return [...known.values()];
}

/** Forgets them: an app that signs in to one server after another has one client at a time. */
export function part() {
  if (globalThis.document) delete document[CLIENTS];
}

/** Whether the page was opened by an EHR launch. */
export function isLaunch() {
  const query = new URLSearchParams(globalThis.location?.search);
  return query.has('iss') && query.has('launch');
}

/**
 * Takes the callback off the page's URL, if it is one of these clients'.
 *
 * @param {Array<{ clientId: string, fhirBaseUrl: string, redirectUri: string }>} clients
 * @returns {string | undefined} the URL as it was
 */
export function takeCallback(clients) {
  const { location, history } = globalThis;
  if (!location || !history) return undefined;
  const redirectUri = clients.map((client) => client.redirectUri).find((uri) => isSamePlace(uri, location));
  if (redirectUri === undefined) return undefined;
  const parts = [location.search.slice(1), location.hash.slice(1)];
  if (!parts.some((part) => isAnswer(part, clients))) return undefined;
  const own = new URL(redirectUri).searchParams;
  const [query, fragment] = parts.map((part) => without(part, own));
  const url = location.href;
  history.replaceState(history.state, '', `${location.pathname}${query && `?${query}`}${fragment && `#${fragment}`}`);
  return url;
}

/** Name of the frames that sign in for the page around them. */
export const FRAME = 'smart-launch';

/**
 * The window that may wait for an answer which nobody waits for here: it opened this page, or has it in a frame. Our own
 * frames see the storage of the page around them, so what is stored says nothing there.
 */
export function ownerOf(url) {
  const { opener, parent, name } = globalThis;
  const isAwaited = name !== FRAME && url.split(/[?#]/).some((part) => signIn(new URLSearchParams(part).get('state')));
  return isAwaited ? null : (opener ?? (parent === globalThis ? null : parent));
}

function isSamePlace(uri, location) {
  try {
    const { origin, pathname } = new URL(uri);
    return origin === location.origin && pathname === location.pathname;
  } catch {
    return false;
  }
}

/**
 * An answer has `state` and `code` or `error`. One without `state` is taken for one only while a sign-in of ours waits,
 * because apps use such names themselves; one whose `state` another client waits for is left to that client.
 */
function isAnswer(part, clients) {
  const fields = new URLSearchParams(part);
  if (!fields.has('code') && !fields.has('error')) return false;
  const state = fields.get('state');
  const isOurs = (record) =>
    clients.some((client) => client.clientId === record?.clientId && client.fhirBaseUrl === record?.fhirBaseUrl);
  if (state === null) return pendingSignIns().some((record) => !record?.used && isOurs(record));
  const record = signIn(state);
  return record === undefined || isOurs(record);
}

export function signIn(state) {
  try {
    return JSON.parse(sessionStorage.getItem(SIGN_IN + state)) ?? undefined;
  } catch {
    return undefined;
  }
}

function pendingSignIns() {
  try {
    return Object.keys(sessionStorage)
      .filter((key) => key.startsWith(SIGN_IN))
      .map((key) => signIn(key.slice(SIGN_IN.length)));
  } catch {
    return [];
  }
}

/** Removes the sessions of these clients where the engine cannot be had to do it. */
export function forget(clients) {
  for (const area of ['sessionStorage', 'localStorage']) {
    try {
      const storage = globalThis[area];
      for (const key of Object.keys(storage)) {
        if (clients.some((client) => key.startsWith(sessionPrefix(client)))) storage.removeItem(key);
      }
    } catch {
      // Storage is blocked: nothing was kept.
    }
  }
}

/** What the keys of a client's sessions begin with, as the engine writes them; the issuer follows. */
export const sessionPrefix = ({ clientId, fhirBaseUrl }) =>
  `smart-launch:session:${encode(clientId)}:${encode(String(fhirBaseUrl))}:`;

/** Percent-encodes as the engine does. */
export const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()]/g, (character) => `%${character.charCodeAt().toString(16).toUpperCase()}`);

/** Encoded fields without those of an answer, letter by letter as they were. */
function without(part, own) {
  const names = [...ANSWER, ...OTHER_FLOWS];
  const isAnswer = (pair) => names.some((name) => !own.has(name) && new URLSearchParams(pair).has(name));
  return part
    .split('&')
    .filter((pair) => !isAnswer(pair))
    .join('&');
}

/**
 * Sends the browser to an authorization request.
 *
 * @param {{ method: string, url: string }} request
 * @param {(document: Document, request: object) => void} submit posts it, where that is its method
 * @returns {Promise<void>} resolves only when the user comes back by the back button, to a page that was kept
 */
export function leave(request, submit) {
  if (request.method === 'GET') {
    location.assign(request.url);
  } else {
    submit(document, request);
  }
  return new Promise((resolve) => {
    const onShow = (event) => {
      if (!event.persisted) return;
      removeEventListener('pageshow', onShow);
      resolve();
    };
    addEventListener('pageshow', onShow);
  });
}
