// Reads from the FHIR API for components: sends a request that can be aborted, and returns a result only for the URL and sign-in of
// its request.

import type { SmartClient } from '../client/smart-client.js';
import type { AbortSignal } from '../values/platform.js';
import type { AnyClient } from './any-client.js';

/** The state of a read. During `reload`, `status` is `loading` and `data` has the previous result. */
export type SmartRead<T, E = unknown> = (
  | { readonly status: 'idle'; readonly data: null; readonly error: null }
  | { readonly status: 'loading'; readonly data: T | null; readonly error: null }
  | { readonly status: 'success'; readonly data: T; readonly error: null }
  | { readonly status: 'error'; readonly data: null; readonly error: E }
) & {
  /** Reads again. */
  readonly reload: () => void;
};

/** A custom fetcher, which replaces the request. */
export type Read = (url: string, options: { readonly client: SmartClient; readonly signal: AbortSignal }) => Promise<unknown>;

/** The target of a read: a new object for each client, sign-in and URL. A result is shown only for the object of its request. */
export interface ReadTarget {
  readonly client: AnyClient;
  /** The sign-in; `null` without a session. */
  readonly signIn: number | null;
  /** The URL; `undefined` if no request is to be sent. */
  readonly address: string | undefined;
}

/** The result of a request; empty before the first result. */
export interface ReadResult {
  readonly target?: ReadTarget;
  /** How often `reload` was called before the request. */
  readonly reloads?: number;
  readonly status?: 'success' | 'error';
  readonly data?: unknown;
  readonly error?: unknown;
}

export const request: Read = (address, { client, signal }) => client.request(address, { signal });

/** Sends the request, if there is one. Returns a function that aborts the request; after an abort, `settle` is not called. */
export function send(target: ReadTarget, reloads: number, read: Read, settle: (result: ReadResult) => void): (() => void) | undefined {
  if (!isRequest(target)) return undefined;
  const { client, address } = target;
  const abort = new AbortController();
  const { signal } = abort;
  const settleUnlessAborted = (outcome: ReadResult) => signal.aborted || settle({ target, reloads, ...outcome });
  // The request is not sent at once, because the component may be unmounted immediately, or the URL may change again.
  queueMicrotask(async () => {
    if (signal.aborted) return;
    try {
      // The app states the type of the client by the type of `read`.
      settleUnlessAborted({ status: 'success', data: await read(address, { client: client as SmartClient, signal }), error: null });
    } catch (error) {
      settleUnlessAborted({ status: 'error', error });
    }
  });
  return () => abort.abort();
}

/** The state to show. The result of another target is not shown. */
export function shownRead(target: ReadTarget, reloads: number, result: ReadResult, reload: () => void): SmartRead<unknown> {
  const { data = null, status, error }: ReadResult = result.target === target ? result : {};
  if (!isRequest(target)) return { status: 'idle', data: null, error: null, reload };
  if (result.target !== target || result.reloads !== reloads) return { status: 'loading', data, error: null, reload };
  // The members fit the status, which TypeScript cannot infer.
  return { status, data, error, reload } as SmartRead<unknown>;
}

const isRequest = (target: ReadTarget): target is ReadTarget & { address: string } =>
  target.signIn !== null && target.address !== undefined;
