import type { SmartClient, SmartState } from 'smart-launch';
import { useSyncExternalStore } from 'react';

/** The client's state; renders again whenever it changes. */
export function useSmart(client: SmartClient): SmartState {
  return useSyncExternalStore(client.subscribe, client.getState);
}
