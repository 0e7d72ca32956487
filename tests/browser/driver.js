// JavaScript for the tests: flows are run as the package runs them; `fetch` returns scripted responses; storage
// can fail.

import { EFFECTS, Env } from '../../src/web/env.js';
import { ask } from '../../src/web/other-tabs.js';
import { reach } from '../../src/web/reachability.js';

Object.assign(EFFECTS, { ask, reach });

const originals = {
  fetch: globalThis.fetch,
  sessionStorage: Object.getOwnPropertyDescriptor(globalThis, 'sessionStorage'),
};
/** @type {{ calls: object[], events: object[], pulled: number, cancelled: boolean }} */
const recorded = { calls: [], events: [], pulled: 0, cancelled: false };

/** @param {Env} env */
const setEnv = (env) => {
  Object.assign(globalThis, { smartLaunchEnv: env });
};

/** Gives the module an environment in which no flow runs. */
export const setEmptyEnv = () => setEnv(new Env());

/**
 * Runs a flow to its end; its requests are among the events.
 *
 * @param {() => Promise<string> | string} step
 */
export const drive = (step) =>
  new Env((event) => recorded.events.push(event)).run((env) => {
    setEnv(env);
    return step();
  });

/** A record of everything since the script began, as JSON: `calls`, `events`, `pulled`, `cancelled`. */
export const report = () => JSON.stringify(recorded);

/**
 * Replaces `fetch`: its calls get these responses, in turn. A response is `{status, headers, body}` with a string body,
 * or `{bytes}`, `{size}` in bytes, `{endless}`, or `{stalls}` after the headers; or `{error}`, the name of the error of
 * `fetch`; or `{silent}`, which waits for the signal; or `{opaque}`, a redirect as browsers show it.
 *
 * @typedef {object} Body
 * @property {string | null} [body]
 * @property {number[]} [bytes]
 * @property {number} [size]
 * @property {boolean} [endless]
 * @property {boolean} [stalls]
 *
 * @typedef {Body & Meta} FakeResponse
 *
 * @typedef {object} Meta
 * @property {number} [status]
 * @property {Record<string, string>} [headers]
 * @property {string} [error]
 * @property {boolean} [silent]
 * @property {boolean} [opaque]
 *
 * @param {string} script
 */
export function play(script) {
  /** @type {FakeResponse[]} */
  const responses = JSON.parse(script);
  Object.assign(recorded, { calls: [], events: [], pulled: 0, cancelled: false });
  globalThis.fetch = async (url, { signal, ...init } = {}) => {
    if (!signal) throw new TypeError('every request has a deadline');
    recorded.calls.push({ url, ...init, hasDeadline: signal instanceof AbortSignal && !signal.aborted });
    return respond(responses.shift(), signal);
  };
}

/** Restores everything on the platform that tests replaced. */
export function restore() {
  globalThis.fetch = originals.fetch;
  Reflect.deleteProperty(globalThis, 'sessionStorage');
  if (originals.sessionStorage) Object.defineProperty(globalThis, 'sessionStorage', originals.sessionStorage);
  globalThis.sessionStorage?.clear();
  globalThis.localStorage?.clear();
}

/** Storage as in an iframe without `allow-same-origin`: reading the property throws. */
export const blockStorage = () =>
  replaceStorage({
    get() {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    },
  });

/** No storage, as in most runtimes other than browsers. */
export const removeStorage = () => replaceStorage({ value: undefined });

/**
 * Storage that can be read but not written.
 *
 * @param {string} records
 */
export const freezeStorage = (records) =>
  replaceStorage({
    value: {
      ...JSON.parse(records),
      /** @param {string} key */
      getItem(key) {
        return Object.hasOwn(this, key) ? Reflect.get(this, key) : null;
      },
      setItem() {
        throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
      },
      /** @param {string} key */
      removeItem(key) {
        Reflect.deleteProperty(this, key);
      },
    },
  });

/** @param {PropertyDescriptor} descriptor */
const replaceStorage = (descriptor) =>
  Object.defineProperty(globalThis, 'sessionStorage', { configurable: true, ...descriptor });

/** Fills the real storage to its last character. */
export function fillStorage() {
  for (let length = 1 << 22; length > 0; length >>= 1) {
    try {
      for (let count = 0; ; count++) sessionStorage.setItem(`${length} ${count}`, 'x'.repeat(length));
    } catch {
      // Storage is full for records of this length.
    }
  }
}

/**
 * The record in the real storage under a key.
 *
 * @param {string} key
 */
export const stored = (key) =>
  globalThis.localStorage?.getItem(key) ?? globalThis.sessionStorage?.getItem(key) ?? undefined;

/**
 * Stores a record in the real storage, as another version or another script would.
 *
 * @param {string} key
 * @param {string} record
 */
export const storeRecord = (key, record) => sessionStorage.setItem(key, record);

/**
 * A date in HTTP format, the given number of seconds from now.
 *
 * @param {number} seconds
 */
export const httpDate = (seconds) => new Date(Date.now() + seconds * 1000).toUTCString();

/** @param {FakeResponse | undefined} response @param {AbortSignal} signal */
async function respond({ status = 200, headers = {}, error, silent, opaque, ...body } = {}, signal) {
  if (error) throw error === 'TypeError' ? new TypeError('Failed to fetch') : new DOMException('', error);
  if (silent) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  if (opaque) return { type: 'opaqueredirect', status: 0, ok: false, headers: new Headers(), body: null };
  return new Response(bodyFrom(body, signal), { status, headers: { 'content-type': 'application/json', ...headers } });
}

/** @param {Body} body @param {AbortSignal} signal */
function bodyFrom({ body = null, bytes, size, endless, stalls }, signal) {
  if (bytes) return new Uint8Array(bytes);
  if (size) return new Uint8Array(size).fill('x'.charCodeAt(0));
  if (!endless && !stalls) return body;
  return new ReadableStream({
    start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
    pull(controller) {
      if (stalls && recorded.pulled > 0) return new Promise(() => {});
      recorded.pulled++;
      controller.enqueue(new Uint8Array(65_536).fill('x'.charCodeAt(0)));
    },
    cancel() {
      recorded.cancelled = true;
    },
  });
}
