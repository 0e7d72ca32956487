// A request of which a framework gives only parts.

import type { URL } from '../values/platform.js';

/** The URL and the headers of a request, for places without a `Request`: server components of Next.js, or `load` of SvelteKit. */
export interface RequestHead {
  /** The path with the query, or the whole URL. */
  readonly url: string | URL;
  readonly headers: { get(name: string): string | null };
  /** Default `GET`. */
  readonly method?: string | undefined;
}
