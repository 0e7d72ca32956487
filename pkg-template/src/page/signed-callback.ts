// Signed authorization responses (JARM). They are recognized here, and verified by the engine.

import type { Failure } from '../error/failure.js';
import { isSamePlace, stateOf } from './callback-url.js';
import type { Callback } from './callback.js';
import { belongsTo } from './client-settings.js';
import type { ClientSettings } from './client-settings.js';
import { signInOf } from './pending-sign-ins.js';
import { fieldsOf, nameOf, partsOf } from './url-parts.js';

/** A signed token (RFC 7515 §3.1), or an encrypted one (RFC 7516 §3.1). */
const TOKEN = /^[\w-]+(?:\.[\w-]*){2}$|^[\w-]+(?:\.[\w-]*){4}$/;

const SIGNED_PARTS = 3;
const ENCRYPTED = {
  code: 'callback_malformed',
  about: 'the response is encrypted: register the client for signed responses that are not encrypted',
} satisfies Failure;

/** Whether a response mode requests a signed response. */
const isSignedMode = (mode: unknown): boolean => typeof mode === 'string' && mode.endsWith('jwt');

/**
 * The `state` of an authorization response, also of a signed one, whose parameters outside the token are ignored.
 *
 * @throws {Failure} for an encrypted response
 */
export function stateOfAny(callback: Callback): string | undefined {
  const { url = '', part = url, body } = callback;
  const { query, fields, fragment } = partsOf(part);
  const token = (body === undefined ? [query, fields, fragment] : [body]).map(tokenOf).find(Boolean);
  if (token && token.split('.').length > SIGNED_PARTS) throw ENCRYPTED;
  return token ? stateIn(token) : stateOf(callback);
}

/**
 * Removes a signed response from the page's URL if it belongs to a pending sign-in of one of these clients. If it belongs to no
 * pending sign-in, it is removed at the redirect URI of a client with signed responses.
 *
 * @returns the URL before the removal, or `undefined` if nothing was removed. The token's `state` is added as its first parameter,
 * where the page and the window that waits for the response read it; the engine reads only the token
 */
export function takeSignedCallback(clients: readonly ClientSettings[]): string | undefined {
  // A worker has no `history`, and Node has neither.
  const { location, history } = globalThis as Partial<typeof globalThis>;
  if (!location || !history) return undefined;
  const { href: url } = location;
  const { place, query, fragment, route, fields } = partsOf(url);
  const token = tokenOf(query) ?? tokenOf(fields);
  if (!token) return undefined;
  const state = stateIn(token);
  const record = signInOf(state);
  const isAtRedirectUri = ({ redirectUri, responseMode }: ClientSettings) =>
    isSignedMode(responseMode) && isSamePlace(redirectUri, location);
  if (!(record ? belongsTo(record, clients) : clients.some(isAtRedirectUri))) return undefined;
  const [newQuery, newFragment] = [withoutToken(query), route + withoutToken(fields)].map((text) => text.replace(/\?$/, ''));
  try {
    history.replaceState(history.state, '', `${place}${newQuery && `?${newQuery}`}${newFragment && `#${newFragment}`}`);
  } catch {
    // The browser limits the number of such calls, or the document's URL cannot be changed.
  }
  if (state === undefined) return url;
  return `${place}?state=${encodeURIComponent(state)}${query && `&${query}`}${fragment && `#${fragment}`}`;
}

function tokenOf(encoded: string): string | undefined {
  const token = fieldsOf(encoded).get('response');
  return token && TOKEN.test(token) ? token : undefined;
}

/** `state` in a signed token; nothing in an encrypted one. */
function stateIn(token: string): string | undefined {
  try {
    const claims = atob(String(token.split('.')[1]).replace(/-/g, '+').replace(/_/g, '/'));
    // The signature is not verified here, so the claims may be forged.
    const { state } = JSON.parse(claims) as { state?: unknown };
    return typeof state === 'string' ? state : undefined;
  } catch {
    return undefined;
  }
}

const withoutToken = (encoded: string) =>
  encoded
    .split('&')
    .filter((pair) => nameOf(pair) !== 'response')
    .join('&');
