// Requests to the token endpoint, and requests of confidential clients to any endpoint.

import { withChunk } from '../error/create-error.js';
import { plain } from '../values/plain.js';

/** A request to the token endpoint, ready for `fetch(url, init)`. */
export interface TokenRequest {
  readonly url: string;
  readonly init: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly redirect: 'manual';
    readonly credentials: 'omit';
    readonly referrerPolicy: 'no-referrer';
    readonly cache: 'no-store';
  };
}

export const TOKEN_REQUEST: Omit<TokenRequest['init'], 'body'> = {
  method: 'POST',
  headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
  redirect: 'manual',
  credentials: 'omit',
  referrerPolicy: 'no-referrer',
  cache: 'no-store',
};

/** Makes a request with the authentication of a client. */
export async function authenticatedRequest(name: string, input: { readonly clientAuth?: unknown }): Promise<TokenRequest> {
  const given = plain(input);
  const chunk = import('../engine/confidential-engine.js');
  const { url, body, authorization } = await withChunk(chunk, ({ block }) => block(name, given));
  const headers = authorization === undefined ? TOKEN_REQUEST.headers : { ...TOKEN_REQUEST.headers, authorization };
  return { url, init: { ...TOKEN_REQUEST, headers, body } };
}
