/**
 * The service worker of `smart-launch/form-post`: a classic script that exports nothing. Copy
 * `dist/form-post-worker.js` to the app's directory, or load it in a service worker of the app by `import` or
 * `importScripts`.
 *
 * It receives POST requests to the redirect URIs in the parameters `redirect_uri` of the URL under which it is
 * registered, and ignores all other requests.
 */

// The service worker of an app without a server: it receives the authorization response that is posted to the redirect URI
// (OAuth 2.0 Form Post Response Mode), and passes it once to the page that the POST opens. It does not handle tokens.
//
// The built script has no import and no export, so that it can be registered, loaded with importScripts, or imported.

/** Maximum size of a body. An authorization response is smaller. */
const MAX_BYTES = 65_536;
/** Maximum number of stored posts. */
const MAX_POSTS = 16;
/** Milliseconds for which a post is stored; a code is valid for about as long. */
const LIFETIME = 60_000;

interface Post {
  url: string;
  /** Absent until the body has been read, and if it is too large. */
  body?: string | undefined;
  /** Resolves when the post is removed: the page has received it, it has expired, or too many others came after it. */
  done: Promise<void>;
  finish: () => void;
}

/** Declared here, because TypeScript declares it only in the library for workers. */
interface FetchEvent extends Event {
  readonly request: Request;
  readonly resultingClientId: string;
  respondWith(response: Promise<Response>): void;
  waitUntil(done: Promise<void>): void;
}
declare function addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
declare function addEventListener(type: 'message', listener: (event: MessageEvent & { source: Client | null }) => void): void;
interface Client {
  readonly id: string;
}

/** The stored posts, by the client id of the page that each POST opens. */
const posts = new Map<string, Post>();

/** The redirect URIs in the URL under which this worker is registered. */
const redirectUris = new URL(location.href).searchParams.getAll('redirect_uri').map(withoutQuery);
if (redirectUris.length === 0) throw new TypeError('the URL of this service worker has no redirect_uri');

addEventListener('fetch', (event) => {
  const { request, resultingClientId } = event;
  if (request.method !== 'POST' || request.mode !== 'navigate' || !resultingClientId) return;
  if (!redirectUris.includes(withoutQuery(request.url)) || !isForm(request.headers.get('content-type'))) return;
  const post = addPost(resultingClientId, request.url);
  event.respondWith(receive(request, post));
  // Without this, the browser may stop the worker before the page asks for the post.
  event.waitUntil(post.done);
});

addEventListener('message', ({ data, source, ports: [port] }) => {
  if (data?.smartLaunch === 'takes') port?.postMessage(redirectUris.includes(withoutQuery(data.redirectUri)));
  if (data?.smartLaunch === 'posted') port?.postMessage(takePost(source?.id ?? '', data.whole));
});

function addPost(id: string, url: string): Post {
  for (const [oldest] of posts) if (posts.size >= MAX_POSTS) takePost(oldest);
  let finish = () => {};
  const done = new Promise<void>((resolve) => (finish = resolve));
  const post: Post = { url, done, finish };
  posts.set(id, post);
  setTimeout(() => posts.get(id) === post && takePost(id), LIFETIME);
  return post;
}

/** Returns and removes a post: its body, with `whole` also the URL that it was posted to. */
function takePost(id: string, whole?: unknown): string | { url: string; body: string } | undefined {
  const post = posts.get(id);
  if (!post) return undefined;
  const { url, body, finish } = post;
  posts.delete(id);
  post.body = undefined;
  finish();
  return whole && body !== undefined ? { url, body } : body;
}

/** Reads the post, then responds with the page that a GET of the same URL returns. */
async function receive(request: Request, post: Post): Promise<Response> {
  const body = await request.blob();
  if (body.size <= MAX_BYTES) post.body = await body.text();
  return fetch(request.url, { headers: { accept: request.headers.get('accept') ?? '*/*' }, redirect: 'manual' });
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url, location.href);
  return origin + pathname;
}

function isForm(type: string | null): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type ?? '');
}

export {};
