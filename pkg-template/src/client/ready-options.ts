// The options of `ready`.

import type { FormData, Request, URL, URLSearchParams } from '../values/platform.js';
import type { PostedAnswer } from '../values/posted-answer.js';

export interface ReadyOptions {
  /**
   * The callback, if it is not the page's URL: the URL that the server redirected to, or a request for that URL. A part of the
   * URL is accepted (path and query, the query, the parameters), but then the library cannot check that the callback arrived
   * at `redirectUri`. For a `form_post` response, pass its `FormData` or its body as received. With several servers the
   * server of the response must be identifiable: pass the whole URL, or {@link PostedAnswer}.
   */
  callback?: string | URL | URLSearchParams | FormData | Request | PostedAnswer | undefined;
  /**
   * DANGER: if this page has no pending sign-in for the callback, the callback is passed to the window that opened or
   * embeds the page, whatever the origin of that window. For an app in a sandboxed iframe without
   * `allow-same-origin`: the app's origin is opaque, so its popup cannot distinguish the app from any other page. Any website can
   * then have a user sign in, with a code verifier of the website, and receive the code.
   * Use the option only if the server asks the user each time, or after asking the user in this page. Default `false`.
   */
  dangerouslyHandOverToAnyOrigin?: boolean | undefined;
}
