// The options of `ready`.

import type { FormData, Request, URL, URLSearchParams } from '../values/platform.js';
import type { PostedAnswer } from '../values/posted-answer.js';

export interface ReadyOptions {
  /**
   * The callback, where it is not the page's URL: the URL that the server sent the browser to, or a request for it. Where
   * the app has only a part of it (path and query, the query, the parameters), whether it came to `redirectUri` cannot be
   * checked. A `FormData`, or the body of a `form_post` answer as the server received it, is a posted answer. With several
   * servers an answer has to show whose it is: give the whole URL, or {@link PostedAnswer}.
   */
  callback?: string | URL | URLSearchParams | FormData | Request | PostedAnswer | undefined;
  /**
   * DANGER: hand a callback that this page does not wait for over to whoever opened or frames it, whatever its origin. For
   * an app in a frame with `sandbox` and without `allow-same-origin`, which has no origin: its popup cannot tell it from
   * any other page. Any page on the web can then have a user sign in and take the code, with a verifier of its own; so
   * only where the server asks the user each time, or after asking here. Default `false`.
   */
  dangerouslyHandOverToAnyOrigin?: boolean | undefined;
}
