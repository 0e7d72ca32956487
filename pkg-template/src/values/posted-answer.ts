// A posted response, and where it was posted to.

import type { FormData, URL, URLSearchParams } from './platform.js';

/** A posted answer with its place: the redirect URI is what tells the answers of several servers apart. */
export interface PostedAnswer {
  /** The whole URL that it was posted to. */
  readonly url: string | URL;
  /** The body of the post. */
  readonly body: string | URLSearchParams | FormData;
}
