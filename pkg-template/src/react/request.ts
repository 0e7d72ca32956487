// A hook that reads from the FHIR API.

import { useEffect, useMemo, useReducer, useState, useSyncExternalStore } from 'react';
import { useClient } from './provider.js';
import type { SmartClient } from '../client/smart-client.js';
import type { SmartError } from '../error/smart-error.js';
import type { AbortSignal, URL } from '../values/platform.js';
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

type Read = (url: string, how: { readonly client: SmartClient; readonly signal: AbortSignal }) => Promise<unknown>;

/** The result of a read; empty before the first one. */
interface Answer {
  /** The client, sign-in and URL that it belongs to. */
  wanted?: object;
  round?: number;
  status?: 'success' | 'error';
  data?: unknown;
  error?: unknown;
}

/** By client: a number that changes with each sign-in and each end of a session. */
const signIns = new WeakMap<AnyClient, number>();

/**
 * Reads from the FHIR API, by {@link SmartClient.request} or by `read`. It sends no request while the user is not
 * signed in or without a URL; it reads when a user signs in, and again for the next user. A new URL and unmounting
 * abort a pending request. The result always belongs to this URL and this sign-in. Refreshing a token does not cause
 * another request.
 *
 * @param url the URL under the FHIR base; relative ones resolve against it
 * @param read a custom fetcher, if one request is not enough; it is not compared, so an inline function is fine
 * @example
 * function Name({ id }: { id: string }) {
 *   const { status, data, error, reload } = useSmartRequest<fhir4.Patient>(`Patient/${id}`);
 *   if (status === 'error') return <button onClick={reload}>{error.message}</button>;
 *   return <p>{data?.name?.[0]?.text}</p>;
 * }
 */
export function useSmartRequest<T = unknown>(url: string | URL | null | undefined): SmartRead<T, SmartError>;
export function useSmartRequest<T, C extends AnyClient = SmartClient>(
  url: string | URL | null | undefined,
  read: (url: string, how: { readonly client: C; readonly signal: AbortSignal }) => Promise<T>,
): SmartRead<T>;
export function useSmartRequest(url: string | URL | null | undefined, read: Read = request): SmartRead<unknown> {
  const client = useClient();
  const signIn = useSyncExternalStore(
    client.subscribe,
    () => signInOf(client),
    () => null,
  );
  const address = url?.toString();
  // A new object for another user, URL or client, so that no result is shown for a request that it does not belong to.
  const wanted = useMemo(() => ({ client, signIn, address }), [client, signIn, address]);
  const [round, reload] = useReducer((count) => count + 1, 0);
  const [answer, setAnswer] = useState<Answer>({});
  const isSilent = signIn === null || address === undefined;

  useEffect(() => {
    if (isSilent) return undefined;
    const abort = new AbortController();
    const { signal } = abort;
    const settle = (outcome: Answer) => signal.aborted || setAnswer({ wanted, round, ...outcome });
    // StrictMode mounts, unmounts and mounts again at once; a component that is unmounted by then need not send a
    // request.
    queueMicrotask(async () => {
      if (signal.aborted) return;
      try {
        settle({ status: 'success', data: await read(address, { client, signal }), error: null });
      } catch (error) {
        settle({ status: 'error', error });
      }
    });
    return () => abort.abort();
  }, [wanted, round]);

  const { data = null, status, error }: Answer = answer.wanted === wanted ? answer : {};
  if (isSilent) return { status: 'idle', data: null, error: null, reload };
  if (answer.wanted !== wanted || answer.round !== round) return { status: 'loading', data, error: null, reload };
  // The members fit the status, which TypeScript cannot infer.
  return { status, data, error, reload } as SmartRead<unknown>;
}

const request: Read = (address, { client, signal }) => client.request(address, { signal });

/** The number of the session's sign-in; `null` without a session. Refreshing a token is not a sign-in. */
function signInOf(client: AnyClient): number | null {
  if (!signIns.has(client)) {
    signIns.set(client, 0);
    client.subscribe((event) => {
      // A session that is restored later is no sign-in, but may be of another user.
      if (event?.type === 'signedIn' || !client.getState().session) signIns.set(client, (signIns.get(client) ?? 0) + 1);
    });
  }
  return client.getState().session && (signIns.get(client) ?? 0);
}
