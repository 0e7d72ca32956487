/**
 * The service worker of `smart-launch/form-post`: a classic script that exports nothing. Copy
 * `dist/form-post-worker.js` to the app's directory, or load it in a service worker of the app by `import` or
 * `importScripts`.
 *
 * It receives POST requests to the redirect URIs in the parameters `redirect_uri` of the URL under which it is
 * registered, and ignores all other requests.
 */

// The service worker of an app without a server, which receives the answer that an authorization server posts to the redirect
// URI (OAuth 2.0 Form Post Response Mode). Hands it to the page that comes of the post, once, and knows nothing of tokens.
//
// No import and no export, so that it can be registered as it is, be given to importScripts, or be imported.

/** Longer is no answer to an authorization request. */
const LIMIT = 65_536;
/** Posts that wait at the same time. */
const MOST = 16;
/** A code is good for about as long. */
const MILLISECONDS = 60_000;

interface Post {
  url: string;
  /** Absent while it is being read. */
  body?: string | undefined;
  /** Settles when the page has it, or nobody came for it. */
  gone: Promise<void>;
  go: () => void;
}

/** What TypeScript has in its library for workers alone. */
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

/** By the id of the page that is being made. */
const posts = new Map<string, Post>();

/** Those in the URL under which this is registered. */
const places = new URL(location.href).searchParams.getAll('redirect_uri').map(placeOf);
if (places.length === 0) throw new TypeError('the URL of this service worker has no redirect_uri');

addEventListener('fetch', (event) => {
  const { request, resultingClientId } = event;
  if (request.method !== 'POST' || request.mode !== 'navigate' || !resultingClientId) return;
  if (!places.includes(placeOf(request.url)) || !isForm(request.headers.get('content-type'))) return;
  const kept = keep(resultingClientId, request.url);
  event.respondWith(receive(request, kept));
  // Else the browser may stop this before the page has come to ask.
  event.waitUntil(kept.gone);
});

addEventListener('message', ({ data, source, ports: [port] }) => {
  if (data?.smartLaunch === 'takes') port?.postMessage(places.includes(placeOf(data.redirectUri)));
  if (data?.smartLaunch === 'posted') port?.postMessage(take(source?.id ?? '', data.whole));
});

function keep(id: string, url: string): Post {
  for (const [oldest] of posts) if (posts.size >= MOST) take(oldest);
  let go = () => {};
  const gone = new Promise<void>((resolve) => (go = resolve));
  const kept: Post = { url, gone, go };
  posts.set(id, kept);
  setTimeout(() => posts.get(id) === kept && take(id), MILLISECONDS);
  return kept;
}

/** The body, or the `whole` of it: with the URL that it was posted to. */
function take(id: string, whole?: unknown): string | { url: string; body: string } | undefined {
  const kept = posts.get(id);
  if (!kept) return undefined;
  const { url, body, go } = kept;
  posts.delete(id);
  kept.body = undefined;
  go();
  return whole && body !== undefined ? { url, body } : body;
}

/** The page as a GET of the same URL gives it, when the post is read. */
async function receive(request: Request, kept: Post): Promise<Response> {
  const body = await request.blob();
  if (body.size <= LIMIT) kept.body = await body.text();
  return fetch(request.url, { headers: { accept: request.headers.get('accept') ?? '*/*' }, redirect: 'manual' });
}

function placeOf(url: string): string {
  const { origin, pathname } = new URL(url, location.href);
  return origin + pathname;
}

function isForm(type: string | null): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type ?? '');
}

export {};
