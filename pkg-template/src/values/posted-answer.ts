// A `form_post` response with its URL.

import type { FormData, URL, URLSearchParams } from './platform.js';

/**
 * A `form_post` response with the URL at which it arrived: with several servers, the redirect URI identifies the server
 * that sent the response.
 */
export interface PostedAnswer {
  /** The whole URL to which the response was posted. */
  readonly url: string | URL;
  /** The body of the POST request. */
  readonly body: string | URLSearchParams | FormData;
}
