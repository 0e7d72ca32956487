// `useSyncExternalStore` for components inside `<Activity>`.

import { useEffect, useLayoutEffect, useReducer, useSyncExternalStore } from 'react';
import type { AnyClient } from '../bindings/any-client.js';

/** React 18 warns about layout effects in server rendering, where they do not run. */
export const useBeforePaint = globalThis.document ? useLayoutEffect : useEffect;

/**
 * Reads from a client, and renders again when the value changes. In a hidden `<Activity>` the session may end unnoticed, and React
 * reads the value again only after it has shown the `<Activity>`; so this hook reads it before the page is painted.
 */
export function useValueOf<T>(client: AnyClient, read: () => T, readOnServer: () => T): T {
  const value = useSyncExternalStore(client.subscribe, read, readOnServer);
  const [, renderAgain] = useReducer((count: number) => count + 1, 0);
  useBeforePaint(() => {
    if (!Object.is(read(), value)) renderAgain();
  });
  return value;
}
