// Reading from the FHIR API in a component.

import { useEffect, useMemo, useReducer, useState, useSyncExternalStore } from 'react';
import { useClient } from './provider.js';
import type { SmartClient } from '../client/smart-client.js';
import type { SmartError } from '../error/smart-error.js';
import type { AbortSignal, URL } from '../values/platform.js';
import type { AnyClient } from './any-client.js';

/** How a read is going. `loading` has the answer before while `reload` is under way. */
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

/** What came of a read; empty before the first. */
interface Answer {
  /** For which client, sign-in and URL. */
  wanted?: object;
  round?: number;
  status?: 'success' | 'error';
  data?: unknown;
  error?: unknown;
}

/** By client: how often somebody has signed in. */
const signIns = new WeakMap<AnyClient, number>();

/**
 * Reads from the FHIR API, by {@link SmartClient.request} or by `read`. Silent while nobody is signed in and without a
 * URL; reads when somebody signs in, and again for the next one. Another URL, and leaving the screen, aborts what is
 * under way. What is given is of this URL and this sign-in, never of the one before. Renewing a token reads nothing
 * again.
 *
 * @param url what is read. Under the FHIR base; relative ones resolve against it.
 * @param read how it is read, where one request is not all; not compared, so a function written in place will do
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
  // Another object for another person, another URL, another client: no answer is shown for what it was not asked for.
  const wanted = useMemo(() => ({ client, signIn, address }), [client, signIn, address]);
  const [round, reload] = useReducer((count) => count + 1, 0);
  const [answer, setAnswer] = useState<Answer>({});
  const isSilent = signIn === null || address === undefined;

  useEffect(() => {
    if (isSilent) return undefined;
    const abort = new AbortController();
    const { signal } = abort;
    const settle = (outcome: Answer) => signal.aborted || setAnswer({ wanted, round, ...outcome });
    // StrictMode mounts, unmounts and mounts again at once: who is gone by then need not ask.
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
  // A read that has settled has a status, and what goes with it.
  return { status, data, error, reload } as SmartRead<unknown>;
}

const request: Read = (address, { client, signal }) => client.request(address, { signal });

/** Which sign-in the session is of; `null` without one. Renewing a token is no sign-in. */
function signInOf(client: AnyClient): number | null {
  if (!signIns.has(client)) {
    signIns.set(client, 0);
    client.subscribe((event) => {
      if (event?.type === 'signedIn') signIns.set(client, (signIns.get(client) ?? 0) + 1);
    });
  }
  return client.getState().session && (signIns.get(client) ?? 0);
}
