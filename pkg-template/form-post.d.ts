/**
 * Answers that are posted (`responseMode: 'form_post'`) for apps that are static files: a service worker receives the post
 * at the redirect URI and hands it to the page, so the code is never in a URL. See `smart-launch/form-post-worker`.
 */

import type { PostedAnswer } from './index.js';
import type { URL } from './platform.js';

/**
 * Makes sure that a service worker with `smart-launch/form-post-worker` is there for posts to the redirect URI. Call it
 * before each `authorize({ responseMode: 'form_post' })`: without it the post goes to the web server.
 *
 * @throws {SmartError} `service_worker_unavailable`; `config_invalid`
 * @example
 * await prepareFormPost({ redirectUri: '/callback', worker: '/form-post-worker.js' });
 * await smart.authorize({ responseMode: 'form_post' });
 */
export function prepareFormPost(options: FormPostOptions): Promise<void>;

export interface FormPostOptions {
  /** As it is given to the client. */
  redirectUri: string | URL;
  /**
   * Where the worker is served: on this origin, in a directory that the redirect URI is below. It is registered with its
   * `redirect_uri`. Absent: a worker of the app's own, which the app registers.
   */
  worker?: string | URL | undefined;
}

/**
 * The answer that was posted to make this page, and the URL it was posted to; `undefined` where none was, and when it was
 * taken before.
 *
 * @example
 * const session = await smart.ready({ callback: await postedCallback() });
 */
export function postedCallback(): Promise<PostedAnswer | undefined>;
