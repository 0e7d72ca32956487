// Callbacks in the page's URL. Decided before the engine is there, because the code has to leave the visible URL before the
// first await.

import type { Callback } from './callback.js';
import { isOf } from './client-settings.js';
import type { ClientSettings } from './client-settings.js';
import { pendingSignIns, signInOf } from './pending-sign-ins.js';
import { fieldsOf, LONG, nameOf, partsOf, urlOf } from './url-parts.js';
import type { Fields } from './url-parts.js';

const ANSWER = ['code', 'state', 'iss', 'session_state', 'error', 'error_description', 'error_uri'];
const OTHER_FLOWS = ['access_token', 'id_token', 'token', 'token_type', 'expires_in', 'response'];
/** A `state` made here. */
const STATE = /^[\w-]{43}$/;
/** Characters of a URL beyond which nothing of it is read, as in the engine. */
const MOST = 1_310_720;

/**
 * Takes the callback off the page's URL, if it is one of these clients'. One whose `state` is of a sign-in of theirs is taken
 * wherever the page is: that it did not come to the redirect URI is for the engine to say.
 *
 * @returns the URL as it was
 */
export function takeCallback(clients: readonly ClientSettings[]): string | undefined {
  // In a worker and in Node there is none of these.
  const { location, history } = globalThis as Partial<typeof globalThis>;
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
export function ownerOf(url: string): Window | null | undefined {
  // Nor are there these.
  const { opener, parent, name } = globalThis as { opener?: Window | null; parent?: Window; name?: string };
  const isAwaited = name !== FRAME && signInOf(stateOf({ url }));
  return isAwaited ? null : (opener ?? (parent === (globalThis as unknown) ? null : parent));
}

/** The `state` of an answer, however it was given. */
export function stateOf({ url, part = url ?? '', body }: Callback): string | undefined {
  const { query, fields, fragment } = partsOf(part);
  const all = body === undefined ? [query, fields, fragment, part] : [body];
  return all.map((encoded) => fieldsOf(encoded).get('state')).find(Boolean) ?? undefined;
}

const isSamePlace = (uri: string, { origin, pathname }: Location): boolean => {
  const url = urlOf(uri);
  return url?.origin === origin && url.pathname === pathname;
};

/**
 * An answer has `state` and `code` or `error`; what has the `state` of a sign-in that waits is one, whatever became of the rest
 * on its way. One without `state` is taken for one only while a sign-in of ours waits, because apps use such names themselves;
 * one whose `state` another client waits for is left to that client.
 */
function isAnswer(
  encoded: string,
  clients: readonly ClientSettings[],
  location: Location,
  isRoute = false,
): boolean {
  const fields = fieldsOf(encoded);
  const isWhole = fields.has('code') || fields.has('error');
  const state = fields.getAll('state').find(signInOf) ?? fields.get('state');
  const record = signInOf(state);
  if (record) return isOf(record, clients) && (isWhole || !record.used);
  if (!isWhole) return false;
  const isHere = clients.some(({ redirectUri }) => isSamePlace(redirectUri, location));
  // What nobody waits for, by its look: on another host of the app its storage is another, and routes have such names too.
  if (!isHere || isRoute) {
    return (
      STATE.test(state ?? '') && clients.some(({ redirectUri }) => urlOf(redirectUri)?.pathname === location.pathname)
    );
  }
  return state !== null || pendingSignIns().some((record) => !record.used && isOf(record, clients));
}

/** The parameters of the redirect URI that the page is at: they stay. */
function ownFields(clients: readonly ClientSettings[], location: Location): Fields {
  const uri = clients.map(({ redirectUri }) => redirectUri).find((uri) => isSamePlace(uri, location));
  return (uri === undefined ? undefined : urlOf(uri)?.searchParams) ?? new URLSearchParams();
}

/**
 * Encoded fields without those of an answer, letter by letter as they were; of very many none. A server that adds its answer
 * with a mark of its own, as in `?tab=1?code=…`, makes it a part of the app's.
 */
function without(encoded: string, own: Fields): string {
  if (encoded.length > LONG) return '';
  const names = [...ANSWER, ...OTHER_FLOWS].filter((name) => !own.has(name));
  const kept = encoded.split('&').filter((pair) => !names.includes(nameOf(pair) ?? ''));
  const fields = fieldsOf(encoded);
  const isCut = fields.has('state') !== (fields.has('code') || fields.has('error'));
  const pairs = isCut ? kept.map((pair) => pair.replace(/[?#/](?:code|state)=.*$/, '')).filter(Boolean) : kept;
  return pairs.join('&');
}
