/**
 * The service worker of `smart-launch/form-post`: a classic script that exports nothing. Copy `dist/form-post-worker.js` to
 * where the app is served, or import it (or give it to `importScripts`) in a service worker of the app's own.
 *
 * It takes posts to the redirect URIs that the URL names under which the service worker is registered, in one or more
 * parameters `redirect_uri`, and leaves every other request alone.
 */
export {};
