// Reads of the FHIR API for components: a request that can be aborted, and the result that may be shown.

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

/** A function that reads, in place of one request. */
export type Read = (url: string, how: { readonly client: SmartClient; readonly signal: AbortSignal }) => Promise<unknown>;

/** What is read. A new object for another user, URL or client, so that no result is shown for a request that it does not belong to. */
export interface Wanted {
  readonly client: AnyClient;
  /** The sign-in; `null` without a session. */
  readonly signIn: number | null;
  /** The URL; `undefined` for no request. */
  readonly address: string | undefined;
}

/** The result of a request; empty before the first one. */
export interface Answer {
  readonly wanted?: Wanted;
  /** The number of the `reload`. */
  readonly round?: number;
  readonly status?: 'success' | 'error';
  readonly data?: unknown;
  readonly error?: unknown;
}

export const request: Read = (address, { client, signal }) => client.request(address, { signal });

/** Sends the request, if there is one. Returns a function that aborts it; after that, `settle` is not called. */
export function send(wanted: Wanted, round: number, read: Read, settle: (answer: Answer) => void): (() => void) | undefined {
  if (!isRequest(wanted)) return undefined;
  const { client, address } = wanted;
  const abort = new AbortController();
  const { signal } = abort;
  const settled = (outcome: Answer) => signal.aborted || settle({ wanted, round, ...outcome });
  // A component that is mounted and unmounted at once, and a URL that changes twice, need not send a request.
  queueMicrotask(async () => {
    if (signal.aborted) return;
    try {
      // The app states the type of the client by the type of `read`.
      settled({ status: 'success', data: await read(address, { client: client as SmartClient, signal }), error: null });
    } catch (error) {
      settled({ status: 'error', error });
    }
  });
  return () => abort.abort();
}

/** The state to show: never the result of another request. */
export function readOf(wanted: Wanted, round: number, answer: Answer, reload: () => void): SmartRead<unknown> {
  const { data = null, status, error }: Answer = answer.wanted === wanted ? answer : {};
  if (!isRequest(wanted)) return { status: 'idle', data: null, error: null, reload };
  if (answer.wanted !== wanted || answer.round !== round) return { status: 'loading', data, error: null, reload };
  // The members fit the status, which TypeScript cannot infer.
  return { status, data, error, reload } as SmartRead<unknown>;
}

const isRequest = (wanted: Wanted): wanted is Wanted & { address: string } =>
  wanted.signIn !== null && wanted.address !== undefined;
