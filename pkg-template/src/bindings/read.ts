// Reads from the FHIR API for components: sends a request that can be aborted, and returns a result only for the URL and sign-in of
// its request.

import type { SmartClient } from '../client/smart-client.js';
import type { AbortSignal } from '../values/platform.js';
import type { AnyClient } from './any-client.js';

/** The state of a read. During `reload` it is `loading` and has the previous data. */
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

/** What to read. It is a new object for another client, sign-in or URL, so a result is shown only for the same object. */
export interface ReadTarget {
  readonly client: AnyClient;
  /** The sign-in; `null` without a session. */
  readonly signIn: number | null;
  /** The URL; `undefined` if no request is to be sent. */
  readonly address: string | undefined;
}

/** The result of a request; empty before the first result. */
export interface Answer {
  readonly wanted?: ReadTarget;
  /** How often `reload` was called before the request. */
  readonly round?: number;
  readonly status?: 'success' | 'error';
  readonly data?: unknown;
  readonly error?: unknown;
}

export const request: Read = (address, { client, signal }) => client.request(address, { signal });

/** Sends the request, if there is one. Returns a function that aborts it; after that, `settle` is not called. */
export function send(wanted: ReadTarget, round: number, read: Read, settle: (answer: Answer) => void): (() => void) | undefined {
  if (!isRequest(wanted)) return undefined;
  const { client, address } = wanted;
  const abort = new AbortController();
  const { signal } = abort;
  const settleUnlessAborted = (outcome: Answer) => signal.aborted || settle({ wanted, round, ...outcome });
  // Later, because the component may be unmounted at once, or the URL may change again.
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
export function readOf(wanted: ReadTarget, round: number, answer: Answer, reload: () => void): SmartRead<unknown> {
  const { data = null, status, error }: Answer = answer.wanted === wanted ? answer : {};
  if (!isRequest(wanted)) return { status: 'idle', data: null, error: null, reload };
  if (answer.wanted !== wanted || answer.round !== round) return { status: 'loading', data, error: null, reload };
  // The members fit the status, which TypeScript cannot infer.
  return { status, data, error, reload } as SmartRead<unknown>;
}

const isRequest = (wanted: ReadTarget): wanted is ReadTarget & { address: string } =>
  wanted.signIn !== null && wanted.address !== undefined;
