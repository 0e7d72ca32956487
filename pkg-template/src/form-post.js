// The entry for apps that receive posted responses with a service worker.

export { postedCallback, prepareFormPost } from './form-post/page.js';
