// Callbacks in the page's URL. They are recognized without the engine, because the code must be removed from the visible URL
// before the first await.

import type { Callback } from './callback.js';
import { belongsTo } from './client-settings.js';
import type { ClientSettings } from './client-settings.js';
import { pendingSignIns, signInOf } from './pending-sign-ins.js';
import { fieldsOf, MAX_PARSED_LENGTH, nameOf, partsOf, urlOf } from './url-parts.js';
import type { Fields } from './url-parts.js';

const RESPONSE_FIELDS = ['code', 'state', 'iss', 'session_state', 'error', 'error_description', 'error_uri'];
const OTHER_FLOW_FIELDS = ['access_token', 'id_token', 'token', 'token_type', 'expires_in', 'response'];
/** The form of a `state` that this library creates. */
const STATE = /^[\w-]{43}$/;
/** Longest URL that is read, in characters; the engine has the same limit. */
const MAX_LENGTH = 1_310_720;

/**
 * Removes the callback from the page's URL, if the callback is for one of these clients. A callback whose `state` belongs to a
 * sign-in of these clients is removed from any URL: the engine checks that it has arrived at the redirect URI.
 *
 * @returns the URL before the removal, without query and fragment if it is too long; `undefined` if nothing was removed
 */
export function takeCallback(clients: readonly ClientSettings[]): string | undefined {
  // A worker has no `history`, and Node has neither.
  const { location, history } = globalThis as Partial<typeof globalThis>;
  if (!location || !history) return undefined;
  const url = location.href;
  const { place, query, route, fields, fragment } = partsOf(url);
  const inRoute = isResponse(fields, clients, location, route !== '');
  const inQuery = isResponse(query, clients, location);
  if (!inRoute && !inQuery) return undefined;
  const appFields = appFieldsOf(clients, location);
  const newFragment = inRoute
    ? (route + withoutResponse(fields, appFields)).replace(/\?$/, '')
    : withoutResponse(fragment, appFields);
  const newQuery = withoutResponse(query, appFields);
  try {
    // The absolute URL, so that a `<base>` or a path that begins with two slashes does not change its meaning.
    history.replaceState(history.state, '', `${place}${newQuery && `?${newQuery}`}${newFragment && `#${newFragment}`}`);
  } catch {
    // The browser limits the number of such calls, or the document's URL cannot be changed.
  }
  return url.length > MAX_LENGTH ? place : url;
}

/** Name of the iframes for silent sign-in. */
export const FRAME = 'smart-launch';

/**
 * The window that may wait for a response that does not belong to a sign-in of this page: its opener, or the page around its
 * iframe. An iframe for silent sign-in shares the storage of the page around it, so a stored sign-in counts as one of that page.
 */
export function ownerOf(url: string): Window | null | undefined {
  // A worker and Node have no `opener` and no `parent`.
  const { opener, parent, name } = globalThis as { opener?: Window | null; parent?: Window; name?: string };
  const isAwaited = name !== FRAME && signInOf(stateOf({ url }));
  return isAwaited ? null : (opener ?? (parent === (globalThis as unknown) ? null : parent));
}

/** The `state` of an authorization response, which may be a URL, a part of one, or the body of a POST. */
export function stateOf({ url, part = url ?? '', body }: Callback): string | undefined {
  const { query, fields, fragment } = partsOf(part);
  const parts = body === undefined ? [query, fields, fragment, part] : [body];
  return parts.map((encoded) => fieldsOf(encoded).get('state')).find(Boolean) ?? undefined;
}

/** A path without a final `index.html` and a final slash, which hosts add or leave out, as in the engine. */
const pageOf = (url?: { readonly pathname: string }) => url?.pathname.replace(/\/(index\.html)?$/, '');

/** Whether a page is at a redirect URI. */
export const isSamePlace = (uri: string, location: Location): boolean => {
  const url = urlOf(uri);
  return url?.origin === location.origin && pageOf(url) === pageOf(location);
};

/**
 * Whether fields are an authorization response: they have `state`, and `code` or `error`. With the `state` of a pending sign-in
 * they are one, even if other parameters were lost. Without `state` they are one only while a sign-in of these clients is
 * pending, because apps use such names themselves. A response to a sign-in of another client is left to that client.
 */
function isResponse(
  encoded: string,
  clients: readonly ClientSettings[],
  location: Location,
  isRoute = false,
): boolean {
  const fields = fieldsOf(encoded);
  const isComplete = fields.has('code') || fields.has('error');
  const state = fields.getAll('state').find(signInOf) ?? fields.get('state');
  const record = signInOf(state);
  if (record) return belongsTo(record, clients) && (isComplete || !record.used);
  if (!isComplete) return false;
  const isAtRedirectUri = clients.some(({ redirectUri }) => isSamePlace(redirectUri, location));
  // No sign-in with this `state` was found, and routes have such names too, so the form of the `state` decides. The page may be at
  // another host of the app, which has other storage.
  if (!isAtRedirectUri || isRoute) {
    return (
      STATE.test(state ?? '') && clients.some(({ redirectUri }) => pageOf(urlOf(redirectUri)) === pageOf(location))
    );
  }
  return state !== null || pendingSignIns().some((record) => !record.used && belongsTo(record, clients));
}

/** The query parameters of the redirect URI that the page is at; they are not removed. */
function appFieldsOf(clients: readonly ClientSettings[], location: Location): Fields {
  const uri = clients.map(({ redirectUri }) => redirectUri).find((uri) => isSamePlace(uri, location));
  return (uri === undefined ? undefined : urlOf(uri)?.searchParams) ?? new URLSearchParams();
}

/**
 * Encoded fields without those of a response, otherwise unchanged; nothing if the fields are very long. Some servers append the
 * response with a second question mark, as in `?tab=1?code=…`, so that its first field is in the value of the app's last field.
 */
function withoutResponse(encoded: string, appFields: Fields): string {
  if (encoded.length > MAX_PARSED_LENGTH) return '';
  const names = [...RESPONSE_FIELDS, ...OTHER_FLOW_FIELDS].filter((name) => !appFields.has(name));
  const appPairs = encoded.split('&').filter((pair) => !names.includes(nameOf(pair) ?? ''));
  const fields = fieldsOf(encoded);
  const isCut = fields.has('state') !== (fields.has('code') || fields.has('error'));
  const pairs = isCut ? appPairs.map((pair) => pair.replace(/[?#/](?:code|state)=.*$/, '')).filter(Boolean) : appPairs;
  return pairs.join('&');
}
