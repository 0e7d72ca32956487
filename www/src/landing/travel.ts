import type { AuthorizeOptions } from 'smart-launch';

/** How the authorization request goes out and how its answer comes back. */
export interface Travel {
  readonly method: 'auto' | 'GET' | 'POST';
  readonly mode: 'query' | 'fragment';
}

export const USUAL: Travel = { method: 'auto', mode: 'query' };

/** The query is what a server uses unasked, so it is not asked for: some servers stumble over the parameter. */
export function travelOptions({ method, mode }: Travel): Pick<AuthorizeOptions, 'authorizeMethod' | 'responseMode'> {
  return { authorizeMethod: method, ...(mode === 'query' ? {} : { responseMode: mode }) };
}
