// Reading from the FHIR API in a component.

import { useEffect, useMemo, useReducer, useState, useSyncExternalStore } from 'react';
import { useClient } from './provider.js';

/** By client: how often somebody has signed in. */
const signIns = new WeakMap();

export function useSmartRequest(url, read = request) {
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
  const [answer, setAnswer] = useState({});
  const isSilent = signIn === null || address === undefined;

  useEffect(() => {
    if (isSilent) return undefined;
    const abort = new AbortController();
    const { signal } = abort;
    const settle = (outcome) => signal.aborted || setAnswer({ wanted, round, ...outcome });
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

  const { data = null, status, error } = answer.wanted === wanted ? answer : {};
  if (isSilent) return { status: 'idle', data: null, error: null, reload };
  if (answer.wanted !== wanted || answer.round !== round) return { status: 'loading', data, error: null, reload };
  return { status, data, error, reload };
}

const request = (address, { client, signal }) => client.request(address, { signal });

/** Which sign-in the session is of; `null` without one. Renewing a token is no sign-in. */
function signInOf(client) {
  if (!signIns.has(client)) {
    signIns.set(client, 0);
    client.subscribe((event) => {
      if (event?.type === 'signedIn') signIns.set(client, signIns.get(client) + 1);
    });
  }
  return client.getState().session && signIns.get(client);
}
