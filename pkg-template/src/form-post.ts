/**
 * `form_post` responses (`responseMode: 'form_post'`) for apps that are static files: a service worker receives the
 * POST at the redirect URI and passes it to the page, so the code is never in a URL. See
 * `smart-launch/form-post-worker`.
 */

export { postedCallback, prepareFormPost } from './form-post/page.js';
export type { FormPostOptions } from './form-post/page.js';
