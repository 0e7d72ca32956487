import type { AuthorizeOptions } from 'smart-launch';

/** How the authorization request is sent and how its response is returned. */
export interface Transport {
  readonly method: 'auto' | 'GET' | 'POST' | 'push';
  readonly mode: 'query' | 'fragment';
}

export const DEFAULT_TRANSPORT: Transport = { method: 'auto', mode: 'query' };
/** Preselected if the tokens are bound to a key. */
export const PUSHED_TRANSPORT: Transport = { method: 'push', mode: 'query' };

/** Omits `response_mode` for the query, which is the default: some servers do not support the parameter. */
export function authorizeOptions({ method, mode }: Transport): Pick<AuthorizeOptions, 'authorizeMethod' | 'responseMode'> {
  return { authorizeMethod: method, ...(mode === 'query' ? {} : { responseMode: mode }) };
}
