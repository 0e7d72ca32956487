// `useSyncExternalStore` for components inside `<Activity>`.

import { useEffect, useLayoutEffect, useReducer, useSyncExternalStore } from 'react';
import type { AnyClient } from '../bindings/any-client.js';

/** React 18 warns about layout effects in server rendering, where they do not run. */
export const useBeforePaint = globalThis.document ? useLayoutEffect : useEffect;

/**
 * Reads from a client, and renders again when the value changes. A hidden `<Activity>` is not subscribed, and React reads again only
 * after it has shown it; so this reads before the page is painted, because the session may have ended meanwhile.
 */
export function useValueOf<T>(client: AnyClient, read: () => T, readOnServer: () => T): T {
  const value = useSyncExternalStore(client.subscribe, read, readOnServer);
  const [, renderAgain] = useReducer((count: number) => count + 1, 0);
  useBeforePaint(() => {
    if (!Object.is(read(), value)) renderAgain();
  });
  return value;
}
