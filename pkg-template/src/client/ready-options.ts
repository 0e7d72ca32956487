// The options of `ready`.

import type { FormData, Request, URL, URLSearchParams } from '../values/platform.js';
import type { PostedAnswer } from '../values/posted-answer.js';

export interface ReadyOptions {
  /**
   * The callback, if it is not the page's URL: the URL that the server redirected to, or a request for it. A part of it
   * is accepted (path and query, the query, the parameters), but then it cannot be checked that it arrived at
   * `redirectUri`. For a `form_post` response, pass its `FormData` or its body as received. With several servers the
   * server of the response must be identifiable: pass the whole URL, or {@link PostedAnswer}.
   */
  callback?: string | URL | URLSearchParams | FormData | Request | PostedAnswer | undefined;
  /**
   * DANGER: pass a callback that this page does not expect to the window that opened or embeds it, of any origin.
   * For an app in a sandboxed iframe without `allow-same-origin`, which has no origin, so its popup cannot distinguish
   * it from any other page. Any website can then have a user sign in and receive the code, with its own code verifier.
   * Use it only if the server asks the user each time, or after asking the user in this page. Default `false`.
   */
  dangerouslyHandOverToAnyOrigin?: boolean | undefined;
}
