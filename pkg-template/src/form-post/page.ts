// `form_post` responses in the page: registration of the service worker that receives them, and the response itself.

import { withSmartErrors, smartError } from '../error/create-error.js';
import { createScriptUrls } from '../page/trusted-types.js';
import type * as platform from '../values/platform.js';
import type { PostedAnswer } from '../values/posted-answer.js';

export interface FormPostOptions {
  /** The redirect URI, as in the options of the client. */
  redirectUri: string | platform.URL;
  /**
   * URL of the service worker's script: on this origin, in a directory above the redirect URI. `prepareFormPost` adds
   * the parameter `redirect_uri` to the URL, and registers the service worker. Without this option, the app registers a service
   * worker of its own.
   */
  worker?: string | platform.URL | undefined;
}

const scriptUrl = createScriptUrls('smart-launch-form-post');

/** Milliseconds to wait for a service worker, which may have to start. */
const DEADLINE = 5_000;

/**
 * Makes sure that a service worker with `smart-launch/form-post-worker` receives POST requests to the redirect URI.
 * Call it before each `authorize({ responseMode: 'form_post' })`; without the service worker, the response goes to the web server.
 *
 * @throws {SmartError} `service_worker_unavailable`; `config_invalid`
 * @example
 * await prepareFormPost({ redirectUri: '/callback', worker: '/form-post-worker.js' });
 * await smart.authorize({ responseMode: 'form_post' });
 */
export function prepareFormPost(options: FormPostOptions): Promise<void> {
  return withSmartErrors(async () => {
    const { redirectUri, worker } = options;
    if (!globalThis.location) throw { code: 'service_worker_unavailable' };
    const absoluteUri = new URL(redirectUri, location.href).href;
    try {
      if (worker !== undefined) {
        const script = new URL(worker, location.href);
        script.searchParams.set('redirect_uri', absoluteUri);
        await navigator.serviceWorker.register(scriptUrl(script));
      }
      const registration = await navigator.serviceWorker.getRegistration(absoluteUri);
      if (await askWorker(await activeWorker(registration), { smartLaunch: 'takes', redirectUri: absoluteUri })) return;
    } catch (cause) {
      throw await smartError({ code: 'service_worker_unavailable', cause });
    }
    throw await smartError({ code: 'service_worker_unavailable' });
  })();
}

/**
 * Returns the `form_post` response that opened this page, with its URL; `undefined` if there is no such response, or it was
 * returned before.
 *
 * @example
 * const session = await smart.ready({ callback: await postedCallback() });
 */
export function postedCallback(): Promise<PostedAnswer | undefined> {
  return withSmartErrors(async () => {
    const { href } = globalThis.location ?? {};
    const response = await askWorker(controller(), { smartLaunch: 'posted', whole: true });
    // Replaces the history entry, because a reload would repeat the POST.
    if (response !== undefined) history.replaceState(history.state, '', location.href);
    // A worker of an earlier version sends only the body. Any other value is of the type that worker.ts sends.
    return typeof response === 'string' ? { url: href, body: response } : (response as PostedAnswer | undefined);
  })();
}

/** The service worker that controls this page. In a sandboxed iframe, reading `navigator.serviceWorker` may throw. */
function controller(): ServiceWorker | null | undefined {
  try {
    return globalThis.navigator?.serviceWorker?.controller;
  } catch {
    return undefined;
  }
}

/** The service worker of a registration, as soon as it is activated; `undefined` if it is not activated in time. */
async function activeWorker(registration: ServiceWorkerRegistration | undefined): Promise<ServiceWorker | null | undefined> {
  const worker = registration?.active ?? registration?.waiting ?? registration?.installing;
  if (!worker || worker.state === 'activated') return worker;
  return new Promise((resolve) => {
    const onStateChange = () => {
      if (worker.state === 'activated') resolve(worker);
      if (worker.state === 'redundant') resolve(undefined);
    };
    worker.addEventListener('statechange', onStateChange);
    setTimeout(resolve, DEADLINE);
  });
}

/** Sends a message to the worker, and returns its reply: `undefined` without a worker, or if it does not reply in time. */
function askWorker(worker: ServiceWorker | null | undefined, message: object): Promise<unknown> | undefined {
  if (!worker) return undefined;
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DEADLINE);
    port1.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(data);
    };
    worker.postMessage(message, [port2]);
  }).finally(() => port1.close());
}
