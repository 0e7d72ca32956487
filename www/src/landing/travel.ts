import type { AuthorizeOptions } from 'smart-launch';

/** How the authorization request is sent and how its response is returned. */
export interface Travel {
  readonly method: 'auto' | 'GET' | 'POST' | 'push';
  readonly mode: 'query' | 'fragment';
}

export const USUAL: Travel = { method: 'auto', mode: 'query' };
/** Preselected with bound tokens. */
export const PUSHED: Travel = { method: 'push', mode: 'query' };

/** Omits `response_mode` for the query, which is the default: some servers do not support the parameter. */
export function travelOptions({ method, mode }: Travel): Pick<AuthorizeOptions, 'authorizeMethod' | 'responseMode'> {
  return { authorizeMethod: method, ...(mode === 'query' ? {} : { responseMode: mode }) };
}
