// @ts-nocheck
// What the page's own URL says: a callback, a launch, or neither. Decided before the engine is there, because the code
// has to leave the visible URL before the first await.

/** What the keys of pending sign-ins begin with. */
export const SIGN_IN = 'smart-launch:sign-in:';
const ANSWER = ['code', 'state', 'iss', 'session_state', 'error', 'error_description', 'error_uri'];
const OTHER_FLOWS = ['access_token', 'id_token', 'token', 'token_type', 'expires_in', 'response'];
/** A `state` made here. */
const STATE = /^[\w-]{43}$/;
/** Characters of a URL beyond which nothing of it is read, as in the engine. */
const MOST = 1_310_720;
/** Characters of fields that are worth a look at each. */
const LONG = 65_536;

/** The page's URL, if there is a page. */
export const pageUrl = () => globalThis.location?.href;

/** The page's URL without query and fragment: the redirect URI where none is set. */
export const pagePlace = () => pageUrl()?.split(/[?#]/, 1)[0];

/** Whether there is a page, rather than a program or a worker. */
export const isPage = () => Boolean(globalThis.document && globalThis.history);

/** The servers of all clients of the page, whichever copy of the library made them. */
export const CLIENTS = Symbol.for('smart-launch:clients');

/**
 * Notes the servers of a client, and gives those of the other clients of the page: two that share a redirect URI take each
 * other's answers. Elsewhere many users have a client each, which never meet. `entry` names the one that the client is of, if
 * it is not the first.
 */
export function meet(clients = [], entry = null) {
  const { document } = globalThis;
  const known = document ? (document[CLIENTS] ??= new Map()) : globalThis[CLIENTS];
  if (!known) return [];
  const own = new Set();
  for (const { fhirBaseUrl, redirectUri, issuer, metadataIssuer } of clients) {
    // A client whose settings are refused signs in nowhere.
    if (!/^https?:/i.test(fhirBaseUrl)) continue;
    const key = JSON.stringify([entry, fhirBaseUrl, redirectUri]);
    own.add(key);
    known.set(key, { fhirBaseUrl, redirectUri, issuer, metadataIssuer });
  }
  return [...known].flatMap(([key, other]) => (own.has(key) ? [] : [other]));
}

/** Forgets those of one entry, whose apps sign in to one server after another and have one client at a time. */
export function part(entry) {
  const known = globalThis.document?.[CLIENTS];
  for (const key of known?.keys() ?? []) if (String(key).startsWith(`["${entry}",`)) known.delete(key);
}

/** Whether the page was opened by an EHR launch: by its query, or that of a hash router's path. */
export function isLaunch() {
  const { query, route, fields } = partsOf(pageUrl() ?? '');
  return [query, route && fields].some((part) => {
    const found = fieldsOf(part);
    return found.has('iss') && found.has('launch');
  });
}

/**
 * Takes the callback off the page's URL, if it is one of these clients'. One whose `state` is of a sign-in of theirs is taken
 * wherever the page is: that it did not come to the redirect URI is for the engine to say.
 *
 * @param {Array<{ clientId: string, fhirBaseUrl: string, redirectUri: string }>} clients
 * @returns {string | undefined} the URL as it was
 */
export function takeCallback(clients) {
  const { location, history } = globalThis;
  if (!location || !history) return undefined;
  const url = location.href;
  const { place, query, route, fields, fragment } = partsOf(url);
  const inRoute = isAnswer(fields, clients, location, route !== '');
  const inQuery = isAnswer(query, clients, location);
  if (!inRoute && !inQuery) return undefined;
  const kept = ownFields(clients, location);
  const rest = inRoute ? (route + without(fields, kept)).replace(/\?$/, '') : without(fragment, kept);
  const left = without(query, kept);
  try {
    // Whole, so that neither a `<base>` nor a path that begins with two slashes leads elsewhere.
    history.replaceState(history.state, '', `${place}${left && `?${left}`}${rest && `#${rest}`}`);
  } catch {
    // A browser that has had enough of such calls, or a document whose URL cannot be changed.
  }
  return url.length > MOST ? place : url;
}

/** Name of the frames that sign in for the page around them. */
export const FRAME = 'smart-launch';

/**
 * The window that may wait for an answer which nobody waits for here: it opened this page, or has it in a frame. Our own
 * frames see the storage of the page around them, so what is stored says nothing there.
 */
export function ownerOf(url) {
  const { opener, parent, name } = globalThis;
  const isAwaited = name !== FRAME && signIn(stateOf({ url }));
  return isAwaited ? null : (opener ?? (parent === globalThis ? null : parent));
}

/** The `state` of an answer, however it was given. */
export function stateOf({ url, part = url ?? '', body }) {
  const { query, fields, fragment } = partsOf(part);
  const all = body === undefined ? [query, fields, fragment, part] : [body];
  return all.map((encoded) => fieldsOf(encoded).get('state')).find(Boolean);
}

/**
 * A URL in parts. A hash router has a path and a query of its own in the fragment, `#/callback?code=…`: `route` is what stands
 * before the `fields`.
 */
function partsOf(url) {
  const [, place, query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url);
  const path = fragment.slice(0, fragment.indexOf('?') + 1);
  const route = path && !/[=&]/.test(path) ? path : /^[/!]*/.exec(fragment)[0];
  return { place, query, fragment, route, fields: fragment.slice(route.length) };
}

/** What encoded fields say; of very many the names as they are written alone, because a link costs nothing. */
function fieldsOf(encoded) {
  // Of two question marks the second is a part of the first name, for the engine and for servers.
  if (encoded.length <= LONG) return new URLSearchParams(`&${encoded}`);
  const get = (name) => new RegExp(`(?:^|&)${name}=([^&]*)`).exec(encoded)?.[1] ?? null;
  return { get, getAll: (name) => [get(name)], has: (name) => get(name) !== null };
}

/** Origin and path of a URL. */
function placeOf(uri) {
  try {
    return new URL(uri);
  } catch {
    return {};
  }
}

const isSamePlace = (uri, { origin, pathname }) => {
  const place = placeOf(uri);
  return place.origin === origin && place.pathname === pathname;
};

/**
 * An answer has `state` and `code` or `error`; what has the `state` of a sign-in that waits is one, whatever became of the rest
 * on its way. One without `state` is taken for one only while a sign-in of ours waits, because apps use such names themselves;
 * one whose `state` another client waits for is left to that client.
 */
function isAnswer(encoded, clients, location, isRoute = false) {
  const fields = fieldsOf(encoded);
  const isWhole = fields.has('code') || fields.has('error');
  const state = fields.getAll('state').find(signIn) ?? fields.get('state');
  const record = signIn(state);
  if (record) return isOf(record, clients) && (isWhole || !record.used);
  if (!isWhole) return false;
  const isHere = clients.some(({ redirectUri }) => isSamePlace(redirectUri, location));
  // What nobody waits for, by its look: on another host of the app its storage is another, and routes have such names too.
  if (!isHere || isRoute) {
    return STATE.test(state) && clients.some(({ redirectUri }) => placeOf(redirectUri).pathname === location.pathname);
  }
  return state !== null || pendingSignIns().some((record) => record && !record.used && isOf(record, clients));
}

/** The parameters of the redirect URI that the page is at: they stay. */
function ownFields(clients, location) {
  const uri = clients.map(({ redirectUri }) => redirectUri).find((uri) => isSamePlace(uri, location));
  return placeOf(uri).searchParams ?? new URLSearchParams();
}

/** Those of these clients that a record is of. Its FHIR base may be written otherwise, with a slash at its end above all. */
export function clientsOf(record, clients) {
  const as = (write) =>
    clients.filter(
      ({ clientId, fhirBaseUrl }) => clientId === record?.clientId && write(fhirBaseUrl) === write(record.fhirBaseUrl),
    );
  const same = as(String);
  return same.length > 0 ? same : as(baseOf);
}

/** Whether a record is of one of these clients. */
export const isOf = (record, clients) => clientsOf(record, clients).length > 0;

/** A FHIR base as the engine compares it: however it is written, it is one server. */
function baseOf(fhirBaseUrl) {
  return (placeOf(fhirBaseUrl).href ?? String(fhirBaseUrl)).replace(/\/$/, '');
}

/** The sign-in with a `state`: pending in this tab, or used in any. Scripts of the page may have put anything there. */
export function signIn(state) {
  try {
    const key = SIGN_IN + state;
    const record = JSON.parse(sessionStorage.getItem(key) ?? localStorage.getItem(key));
    return typeof record?.clientId === 'string' && typeof record.fhirBaseUrl === 'string' ? record : undefined;
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
  const prefixes = new Set(clients.map((client) => sessionPrefix(client).slice(0, -1)));
  for (const area of ['sessionStorage', 'localStorage']) {
    try {
      const storage = globalThis[area];
      for (const key of Object.keys(storage)) {
        if (prefixes.has(key.split(':', 4).join(':'))) storage.removeItem(key);
      }
    } catch {
      // Storage is blocked: nothing was kept.
    }
  }
}

/** The channel of a session, which its key begins with: the version of records and the token family follow. */
export const channelOf = (key) => key.split(':').slice(0, -2).join(':');

/** What the keys of a client's sessions begin with, as the engine writes them; the issuer follows. */
export const sessionPrefix = ({ clientId, fhirBaseUrl }) =>
  `smart-launch:session:${encode(clientId)}:${encode(baseOf(fhirBaseUrl))}:`;

/** Percent-encodes as the engine does. */
export const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()]/g, (character) => `%${character.charCodeAt().toString(16).toUpperCase()}`);

/**
 * Encoded fields without those of an answer, letter by letter as they were; of very many none. A server that adds its answer
 * with a mark of its own, as in `?tab=1?code=…`, makes it a part of the app's.
 */
function without(encoded, own) {
  if (encoded.length > LONG) return '';
  const names = [...ANSWER, ...OTHER_FLOWS].filter((name) => !own.has(name));
  const kept = encoded.split('&').filter((pair) => !names.includes(nameOf(pair)));
  const fields = fieldsOf(encoded);
  const isCut = fields.has('state') !== (fields.has('code') || fields.has('error'));
  const pairs = isCut ? kept.map((pair) => pair.replace(/[?#/](?:code|state)=.*$/, '')).filter(Boolean) : kept;
  return pairs.join('&');
}

/** The name of an encoded field. */
function nameOf(pair) {
  const name = pair.split('=', 1)[0];
  return /[%+]/.test(name) ? new URLSearchParams(name).keys().next().value : name;
}

/** Where the answer to an authorization request comes to. */
export function originOf({ method, url, fields }) {
  const parameters = method === 'GET' ? new URL(url).searchParams : new Map(fields);
  return new URL(parameters.get('redirect_uri')).origin;
}

/**
 * Sends the browser to an authorization request.
 *
 * @param {{ method: string, url: string }} request
 * @param {(document: Document, request: object) => void} submit posts it, where that is its method
 * @returns {Promise<void>} resolves only when the user comes back by the back button, to a page that was kept; never if it
 *   is called again before, because the navigation did not happen
 */
export function leave(request, submit) {
  left?.abort();
  left = new AbortController();
  const { signal } = left;
  if (request.method === 'GET') {
    location.assign(request.url);
  } else {
    submit(document, request);
  }
  return new Promise((resolve) => {
    const onShow = (event) => {
      if (!event.persisted) return;
      left.abort();
      resolve();
    };
    addEventListener('pageshow', onShow, { signal });
  });
}

/** The sign-in that the page was left for last: one before it, whose navigation did not happen, waits for nothing. */
let left;
