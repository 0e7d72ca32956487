// The state of the client, and its calls.

import { useMemo, useSyncExternalStore } from 'react';
import { useClient } from './provider.js';

/** What a server renders, and a browser the first time. */
const UNKNOWN = Object.freeze({ status: 'loading', session: null, error: null, activity: 'idle' });

export function useSmart() {
  const client = useClient();
  const state = useSyncExternalStore(client.subscribe, client.getState, () => UNKNOWN);
  return useMemo(() => {
    const { status } = state;
    return {
      ...state,
      isLoading: status === 'loading',
      isAuthenticated: status === 'authenticated',
      ...client,
      client,
    };
  }, [client, state]);
}
