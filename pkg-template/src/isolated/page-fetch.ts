// `fetch` of a page whose session is in a worker: the request as data, and the response from data.

import { smartError } from '../error/create-error.js';
import { bodyOf, partsOf } from '../session/request-parts.js';
import { plain } from '../values/plain.js';
import type { IsolatedFetchInit } from './isolated-client.js';
import type { Inputs, Results } from './message.js';

/** Members of `init` that the page may set; the platform requires `duplex` for a stream, which is sent as bytes. */
const FETCH_MEMBERS: readonly string[] = ['method', 'headers', 'body', 'duplex', 'signal', 'replay'];
const STATUS_WITHOUT_BODY = [101, 103, 204, 205, 304];

type CallFetch = (
  name: 'fetch',
  input: Inputs['fetch'],
  callOptions: { readonly signal: AbortSignal | undefined; readonly transfer: ArrayBuffer[] },
) => Promise<Results['fetch']>;

/** @param call sends a request to the worker */
export function createPageFetch(call: CallFetch) {
  return async function smartFetch(input: string | URL | Request, init: IsolatedFetchInit = {}): Promise<Response> {
    const unsupported = Object.keys(plain(init ?? {})).find((name) => !FETCH_MEMBERS.includes(name));
    if (unsupported) throw await smartError({ code: 'config_invalid', about: `setting \`${unsupported}\` is not for a worker` });
    const { address, request, init: rest, replay } = await partsOf(input, init, smartError);
    const { method, signal } = rest;
    // The content type of a Request's body is in its headers.
    const carrier = new Response(rest.body ?? (request && (await bodyOf(request, smartError))));
    const type = carrier.headers.get('content-type');
    const headers = { ...(type && { 'content-type': type }), ...rest.headers };
    const bytes = carrier.body ? await bodyOf(carrier, smartError) : undefined;
    const result = await call(
      'fetch',
      { url: address, method, headers: Object.entries(headers), body: bytes, replay: Boolean(replay) },
      { signal: signal ?? undefined, transfer: bytes ? [bytes] : [] },
    );
    const response = new Response(STATUS_WITHOUT_BODY.includes(result.status) ? null : result.body, result);
    return Object.defineProperty(response, 'url', { value: result.url });
  };
}
