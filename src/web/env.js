// The effects of one flow. Binding these JavaScript APIs in Rust one by one (web-sys, js-sys, getrandom and
// wasm-bindgen-futures) takes 2.4 KB of brotli more than this file and its binding.

import { documentRequest, requestEarly } from './document-request.js';
import { Unavailable, leaveNote, takeLock } from './locks.js';

/**
 * @typedef {object} ModuleResponse a response, as the module reads it
 * @property {number} status 0 without a response
 * @property {number | null} date milliseconds since 1970
 * @property {string} contentType
 * @property {number | null} retryAfter seconds
 * @property {string} body
 * @property {string} failure the error code, if there is no response or its body cannot be read
 * @property {boolean} [isSuccess]
 *
 * @typedef {object} RefreshResponse the response to a refresh request
 * @property {string} request its key
 * @property {string} text
 * @property {number} until milliseconds since 1970
 *
 * @typedef {{ name: string, result: Promise<unknown> }} Pending
 *
 * @typedef {object} Early a request that was sent before the module asked for its response
 * @property {string} url
 * @property {Promise<Response | undefined>} response `undefined` if the request failed
 * @property {() => void} abort
 *
 * @typedef {object} World
 * @property {Map<string, string>} memory
 * @property {Map<string, import('./locks.js').Turn[]>} queues
 * @property {Map<string, RefreshResponse>} unused
 */

/**
 * State that flows share: records in memory, the queues of locks, and responses to refresh requests whose flows failed
 * before they stored them, by request.
 *
 * @returns {World}
 */
export const createWorld = () => ({ memory: new Map(), queues: new Map(), unused: new Map() });

/** The state of this page, shared by all instances of the module. */
const page = /* @__PURE__ */ createWorld();

/**
 * Records of a user are in the `world` of the flow; public documents of servers are shared by all flows.
 *
 * @param {Env} env
 * @param {string} name
 */
const worldFor = ({ world }, name) => (name.startsWith('smart-launch:') ? world : page);

/** Total bytes that browsers send with `keepalive` after the page is left. */
const KEEPALIVE_BYTES = 65_536;
const BODY_LIMIT = 1_048_576;
/** Longest time of a timer, in seconds. */
const LONGEST_WAIT = 2_147_483;
/** Milliseconds for which an unused response to a refresh request is kept, so that its tokens are not older when it is used. */
const UNUSED_LIFETIME = 60_000;
/** Seconds that a pending effect may take in addition to the time limit of its flow (`seconds`). */
const GRACE = 10;

/** The wall clock at the start of this page; NaN if it is not known. */
const started = /* @__PURE__ */ (() => Date.now() - sinceStart())();

export class Env {
  /**
   * Results of the flow's effects in order; they are returned again when the flow is run again.
   *
   * @type {(string | undefined)[]}
   */
  #results = [];
  #position = 0;
  /** The pending effect: its name, and a promise of its text. @type {Pending | undefined} */
  #pending;
  /** Whether the flow had an effect while the pending check of a signature counted as successful. */
  #isDiscarded = false;
  /**
   * Records that the flow has loaded; `undefined` once the flow has used an effect other than `load` and `steady`.
   *
   * @type {{ area: string, key: string, record: unknown }[] | undefined}
   */
  #loads = [];
  /** Last result of `steady`. */
  #steady = NaN;
  /** The error because of which the flow cannot continue. @type {unknown} */
  #failure;
  #observe;
  /** @type {((isBroken: boolean) => void) | undefined} */
  #resolveEnded;
  /** Why the last request got no response, or why a function of the app failed. @type {unknown} */
  cause;
  /** Time limit in seconds of the flow's last request, lock or function of the app. */
  seconds = 0;
  /** The last response to a refresh request, and the request. @type {RefreshResponse | undefined} */
  #refreshResponse;
  #isOver = false;

  /**
   * @param {(event: object) => void} [observe] called for each request
   * @param {World} [world]
   * @param {Set<string>} [areas] storage areas in which flows of the same client have found or written records
   * @param {() => Early | undefined} [takeEarly] returns the request that was sent for a smart-configuration before the module
   *   was loaded; each request is returned only once
   */
  constructor(observe, world = page, areas = new Set(), takeEarly = () => undefined) {
    this.#observe = observe;
    this.takeEarly = takeEarly;
    this.world = world;
    this.areas = areas;
    /** Notes of the locks that the flow holds, by area and name. @type {Map<string, string>} */
    this.held = new Map();
    /** Resolves to whether the flow failed, when it ends. @type {Promise<boolean>} */
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
  }

  /**
   * Runs a flow to its end: runs it, awaits the pending effect, and runs it again with the result. If the module traps,
   * `step` throws and so does this method; the flow's locks are released in any case.
   *
   * @param {(env: Env) => Promise<string> | string} step runs the flow with this as the environment that the module sees
   * @returns {Promise<string>} the outcome as JSON text, with an exclamation mark before an error
   */
  async run(step) {
    /** @type {string | undefined} */
    let outcome;
    try {
      for (;;) {
        this.#position = 0;
        this.#pending = undefined;
        this.#isDiscarded = false;
        // If `step` throws, the outcome of an earlier run does not count.
        outcome = '';
        outcome = await step(this);
        const pending = /** @type {Pending | undefined} */ (this.#pending);
        const isExpected = this.#isVerifying() || !outcome !== !pending;
        if (!this.#failure && !isExpected) this.#fail('', new TypeError('a flow waits or ends'));
        if (this.#failure) throw this.#failure;
        if (outcome && !pending) return outcome;
        const result = await this.#wait(/** @type {Pending} */ (pending));
        // With this result the flow would have no other effects, and the same outcome.
        if (outcome && result === VALID && !this.#isDiscarded) return outcome;
      }
    } finally {
      const isBroken = Boolean(this.#failure) || !outcome;
      if (isBroken) {
        this.#isOver = true;
        this.#storeUnused();
      }
      // The constructor has set `#resolveEnded`, and without an outcome the flow is broken.
      /** @type {(isBroken: boolean) => void} */ (this.#resolveEnded)(isBroken || /** @type {string} */ (outcome).startsWith('!'));
    }
  }

  /**
   * Whether a flow that has used no other effects than `load` and `steady` would load the same records now, and the clock has
   * not gone back, nor has it reached `until`. Always `false` without `until`.
   *
   * @param {number} [until]
   */
  isStill(until = NaN) {
    return Boolean(
      orNothing(() => {
        const { steady, load } = /** @type {Record<'steady' | 'load', Effect>} */ (EFFECTS);
        const now = Number(steady(this));
        const isLate = !(this.#steady <= now && now < until);
        return !isLate && this.#loads?.every(({ area, key, record }) => load(this, area, key) === record);
      }),
    );
  }

  /**
   * Keeps the response to a refresh request even if this flow fails, because the refresh token may have been rotated.
   *
   * @param {RefreshResponse} response
   */
  keepResponse(response) {
    this.#refreshResponse = response;
    if (this.#isOver) this.#storeUnused();
  }

  #storeUnused() {
    if (this.#refreshResponse) this.world.unused.set(this.#refreshResponse.request, this.#refreshResponse);
  }

  /**
   * Waits for the pending effect, and returns its result; with a deadline, because a replaced function of the platform may
   * never settle.
   *
   * @param {Pending} begun
   */
  async #wait({ name, result }) {
    try {
      return this.#storeResult(await inTime((this.seconds + GRACE) * 1000, result), false);
    } catch (cause) {
      this.#fail(name, /** @type {object} */ (cause));
      throw this.#failure;
    }
  }

  /**
   * Runs an effect, or returns its earlier result; `undefined` for no result, and while it is pending. While a signature is
   * checked it counts as valid, so that a flow without further effects need not be run again: its outcome waits for the check.
   *
   * It never throws, because an exception would not restore the module's stack pointer. If an effect has failed, the
   * flow runs to its end without further effects, and its result is discarded.
   *
   * @param {string} name
   * @param {string[]} texts
   * @returns {string | undefined}
   */
  effect(name, ...texts) {
    if (this.#failure) return undefined;
    try {
      // A replaced TextDecoder may return anything.
      if (!texts.every((text) => typeof text === 'string')) throw new TypeError('a parameter is not text');
      if (this.#position < this.#results.length) return this.#results[this.#position++];
      if (this.#isVerifying()) {
        this.#isDiscarded = true;
        return undefined;
      }
      if (this.#pending) name = this.#pending.name;
      if (this.#pending) throw new TypeError('it waits');
      const [area = '', key = ''] = texts;
      // The module asks only for effects that exist.
      const result = /** @type {Effect} */ (EFFECTS[name])(this, ...texts);
      // Not `instanceof`, because frameworks replace Promise, but not the promises of async functions.
      if (typeof result !== 'string' && typeof result?.then === 'function') this.#begin(name, Promise.resolve(result));
      else this.#storeResult(result, true);
      if (name === 'steady') this.#steady = Number(result);
      else if (name === 'load') this.#loads?.push({ area, key, record: result });
      else this.#loads = undefined;
      return this.#isVerifying() ? VALID : this.#results[this.#position++];
    } catch (cause) {
      this.#fail(name, /** @type {object} */ (cause));
      return undefined;
    }
  }

  /** Whether the pending effect is the check of a signature. */
  #isVerifying() {
    return this.#pending?.name === 'verify';
  }

  /** @param {string} name @param {Promise<unknown>} result */
  #begin(name, result) {
    // If the flow has failed meanwhile, the rejection is not handled elsewhere.
    result.catch(() => {});
    this.#pending = { name, result };
  }

  /**
   * Stores the result of an effect: a text, or nothing if that is allowed.
   *
   * @param {unknown} result
   * @param {boolean} isOptional
   */
  #storeResult(result, isOptional) {
    if (typeof result !== 'string' && !(isOptional && result === undefined)) throw new TypeError('it gives no text');
    this.#results.push(/** @type {string | undefined} */ (result));
    return result;
  }

  /** @param {string} name @param {{ name?: unknown } | undefined} cause */
  #fail(name, cause) {
    const isDescribed = cause === INSECURE || cause instanceof Unavailable || cause?.name === 'SmartError';
    const code = STORAGE.includes(name) ? 'storage_unavailable' : 'internal';
    const about = `the platform failed where it was asked to \`${name}\``;
    this.#failure = isDescribed ? cause : { code, about, cause };
  }

  /** @param {object} event */
  observe(event) {
    this.#observe?.(event);
  }
}

/** The result of `verify` for a valid signature. */
const VALID = 'true';

/** Effects of storage. */
const STORAGE = ['load', 'save', 'remove', 'keys'];

/**
 * The effects, by name. They take texts, and return a text or nothing, or a promise of a text. Further effects are added when
 * other-tabs.js, reachability.js, signing.js, json-request.js and proof-keys.js are loaded.
 *
 * Numbers are passed as decimal digits, which arithmetic converts.
 *
 * @typedef {string | PromiseLike<unknown> | undefined | void} EffectResult anything, if the page has replaced a function
 *   of the platform
 * @typedef {(env: Env, ...texts: string[]) => EffectResult} Effect
 * @type {Record<string, Effect | undefined>}
 */
export const EFFECTS = {
  now: () => time(Date.now()),
  steady() {
    const now = Date.now();
    const since = started + sinceStart();
    return time(since > now ? since : now);
  },
  random: () => random(),
  hash: (_, bits, text) => hash(bits, text),
  verify: (_, algorithm, key, text, signature) => verify(algorithm, key, text, signature),
  send,
  sendEarly,
  sendAll,
  lock,
  leave: (_, name, note) => leaveNote(name, note),
  publish,

  load(env, area, key) {
    if (!area) return worldFor(env, key).memory.get(key);
    const areaStorage = storage(env, area);
    const record = areaStorage ? areaStorage.getItem(key) : null;
    // A missing item is `null`. `undefined` is a fault of the storage, which must not count as signed out.
    if (record === undefined) throw new TypeError('it gives no record');
    if (record !== null) env.areas.add(area);
    return record ?? undefined;
  },

  /** Returns nothing if storage is missing, blocked or full, or does not store the record. */
  save(env, area, key, record) {
    try {
      if (!area) worldFor(env, key).memory.set(key, record);
      else {
        const areaStorage = /** @type {Storage} */ (storage(env, area));
        // Throws if there is no storage.
        areaStorage.setItem(key, record);
        if (areaStorage.getItem(key) !== record) return undefined;
        env.areas.add(area);
      }
      return key;
    } catch {
      return undefined;
    }
  },

  remove: (env, area, key) =>
    void (area ? storage(env, area)?.removeItem(key) : worldFor(env, key).memory.delete(key)),

  /** The keys that begin with `prefix`, one per line. They are percent-encoded, so they have no line breaks. */
  keys(env, area, prefix) {
    const keys = area ? Object.keys(storage(env, area) ?? {}) : [...worldFor(env, prefix).memory.keys()];
    return keys.filter((key) => key.startsWith(prefix)).join('\n');
  },
};

/**
 * Milliseconds as text. A clock that returns no number must not count as the year 1970.
 *
 * @param {number} milliseconds
 */
function time(milliseconds) {
  if (!(milliseconds >= 0 && milliseconds <= Number.MAX_SAFE_INTEGER)) throw new TypeError('the clock gives no time');
  return String(Math.round(milliseconds));
}

/** The monotonic clock; NaN if there is none. */
function sinceStart() {
  try {
    return Number(performance.now());
  } catch {
    return NaN;
  }
}

/**
 * The storage; `null` or `undefined` if it is missing, or blocked as in a sandboxed iframe. If it had records before
 * and is blocked now, that is an error: the records are not gone.
 *
 * @param {Env} env
 * @param {string} area
 */
function storage({ areas }, area) {
  const areaStorage = readStorage(area) ?? readStorage(area);
  if (areaStorage === null && areas.has(area)) throw new TypeError('it is blocked');
  return areaStorage;
}

/**
 * The storage of an area; `null` if it is blocked, so that reading the property throws.
 *
 * @param {string} area
 * @returns {Storage | null | undefined}
 */
function readStorage(area) {
  try {
    return globalThis[/** @type {'localStorage' | 'sessionStorage'} */ (area)];
  } catch {
    return null;
  }
}

/**
 * Waits for the lock `name`, which the flow then holds until it ends: in this page, or in all tabs if `area` is set.
 * Returns a plus sign and the note that the last holder left; an empty text if the lock is not granted within `seconds`. A
 * lock that the flow holds already is granted at once.
 *
 * @type {Effect}
 */
function lock(env, area, name, seconds) {
  const key = `${area} ${name}`;
  const { ended, held } = env;
  env.seconds = Number(seconds);
  if (held.has(key)) return held.get(key);
  const flow = { queues: worldFor(env, name).queues, ended };
  return takeLock(flow, area, name, seconds, area && storage(env, area)).then((note) => {
    if (note) held.set(key, note);
    return note;
  });
}

/** Sends a message to other tabs. A failure is ignored: they also find the change in storage. @type {Effect} */
function publish(_, name, kind, family, text) {
  const channel = open(name);
  // The channel may not work.
  orNothing(() => channel?.postMessage([kind, family, text]));
  // An open channel keeps a program in Node running.
  close(channel);
}

/**
 * Whether a value is a message of a tab: a kind, a token family, and a text.
 *
 * @param {unknown} data
 * @returns {data is [string, string, string]}
 */
export const isSaid = (data) =>
  Array.isArray(data) && data.length === 3 && data.every((text) => typeof text === 'string');

/**
 * Opens the channel of the tabs that share a session; `undefined` in runtimes without it, and in Next's edge runtime,
 * where the constructor throws.
 *
 * @param {string} name
 */
export function open(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}

/**
 * Closes a channel, if there is one and it works.
 *
 * @param {BroadcastChannel | undefined} channel
 */
export const close = (channel) => orNothing(() => channel?.close());

/**
 * Sends a request, with one deadline for headers and body and a limit on the body. Never rejects; resolves to JSON
 * text.
 *
 * @param {Env} env
 * @param {string} purpose
 * @param {string} url
 * @param {string} form
 * @param {string} seconds
 * @param {string} authorization
 * @param {unknown} keepalive true or false
 * @param {string} method
 * @param {string} type content type of the body
 * @param {string} [proof] `DPoP` header
 */
export async function send(
  env,
  purpose,
  url,
  form,
  seconds,
  authorization,
  keepalive = false,
  method = form ? 'POST' : 'GET',
  type = 'application/x-www-form-urlencoded',
  proof = '',
) {
  const start = Number(Date.now());
  // Each attempt has a new assertion.
  const requestKey = `${purpose} ${url} ${form}`.replace(/&client_assertion=[^&]*/, '');
  const { unused } = env.world;
  env.seconds = Number(seconds);
  env.cause = undefined;
  // Used once: a server that does not rotate tokens gets the same request again later.
  const unusedResponse = unused.get(requestKey);
  for (const [key, { until }] of unused) if (key === requestKey || until < start) unused.delete(key);
  if (unusedResponse && !(unusedResponse.until < start)) {
    env.keepResponse(unusedResponse);
    return unusedResponse.text;
  }
  /** @type {ModuleResponse} */
  const result = { status: 0, date: null, contentType: '', retryAfter: null, body: '', failure: '' };
  try {
    const early = purpose === 'discovery' ? env.takeEarly() : purpose === 'jwks' ? earlyKeys.get(url) : undefined;
    if (purpose === 'jwks' && earlyKeys.has(url)) earlyKeys.set(url, undefined);
    await within(/** @type {number} */ (/** @type {unknown} */ (seconds)) * 1000, (signal) =>
      receive(result, url, method, form, type, authorization, keepalive, signal, early, proof),
    );
  } catch (error) {
    result.failure = /** @type {{ name?: unknown } | undefined} */ (error)?.name === 'TimeoutError' ? 'timeout' : 'network';
    env.cause = error;
  }
  // A replaced `fetch` may return anything.
  if (!result.failure && !(result.status >= 200)) result.failure = 'network';
  const text = JSON.stringify(result);
  if (purpose === 'refresh' && result.isSuccess && !result.failure)
    env.keepResponse({ request: requestKey, text, until: start + UNUSED_LIFETIME });
  notifyObserver(env, start, { purpose, method, url: url.split('?')[0], status: result.status || null });
  return text;
}

/**
 * Runs `work` with a deadline in milliseconds. It does not rely on the signal, which a replaced function may ignore.
 * Not AbortSignal.timeout, because its timer keeps a program in Deno running.
 *
 * @template T
 * @param {number} milliseconds
 * @param {(signal: AbortSignal) => T | PromiseLike<T>} work
 * @returns {Promise<T>}
 */
export async function within(milliseconds, work) {
  const controller = new AbortController();
  return inTime(milliseconds, work(controller.signal), (reason) => controller.abort(reason));
}

/**
 * Waits for a result, with a deadline in milliseconds.
 *
 * @template T
 * @param {number} milliseconds
 * @param {T | PromiseLike<T>} result
 * @param {(reason: DOMException) => void} [abort] called at the deadline
 * @returns {Promise<T>}
 */
async function inTime(milliseconds, result, abort) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<never>} */
  const timeout = new Promise((_, reject) => {
    const end = () => {
      const reason = new DOMException('', 'TimeoutError');
      reject(reason);
      abort?.(reason);
    };
    // If the page's timers fail there is no deadline, which is better than no request.
    timer = orNothing(() => setTimeout(end, milliseconds));
  });
  try {
    return await Promise.race([result, timeout]);
  } finally {
    orNothing(() => clearTimeout(timer));
  }
}

/**
 * Returns the result; `undefined` if it throws.
 *
 * @template T
 * @param {() => T} read
 */
export function orNothing(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/**
 * Passes an event to the observer. If the observer throws, the response is still used.
 *
 * @param {Env} env
 * @param {number} start
 * @param {object} event
 */
function notifyObserver(env, start, event) {
  try {
    env.observe({ ...event, milliseconds: Date.now() - start });
  } catch {
    // The clock or the observer fails.
  }
}

/**
 * @param {ModuleResponse} result
 * @param {string} url
 * @param {string} method
 * @param {string} form
 * @param {string} type
 * @param {string} authorization
 * @param {unknown} keepalive
 * @param {AbortSignal} signal
 * @param {Early | undefined} early
 * @param {string} proof
 */
async function receive(result, url, method, form, type, authorization, keepalive, signal, early, proof) {
  const request = documentRequest(form || authorization ? undefined : url);
  if (authorization) request.headers.authorization = authorization;
  if (proof) request.headers.dpop = proof;
  if (form) request.headers['content-type'] = type;
  const earlyRequest = early?.url === url ? early : undefined;
  if (earlyRequest) signal.addEventListener('abort', earlyRequest.abort);
  const response =
    (await earlyRequest?.response) ??
    (await fetch(url, {
      ...request,
      method,
      body: /** @type {string} */ (form || undefined),
      keepalive: /** @type {boolean} */ (keepalive),
      signal,
    }));
  // A header that cannot be read counts as missing, and does not fail the request.
  const status = Number(response.status);
  /**
   * @template T
   * @param {string} name
   * @param {(text: string | null) => T} read
   */
  const header = (name, read) =>
    orNothing(() => read(response.headers.get(name))) ?? null;
  const asText = (/** @type {string | null} */ text) => text && String(text);
  result.status = status;
  result.isSuccess = status >= 200 && status < 300;
  result.contentType = header('content-type', asText) ?? '';
  result.date = header('date', (date) => Number(Date.parse(/** @type {string} */ (date))) || null);
  result.retryAfter = header('retry-after', secondsFrom);
  if (proof) Object.assign(result, { dpopNonce: header('dpop-nonce', asText), authenticate: header('www-authenticate', asText) });
  const isRedirect =
    orNothing(() => response.type === 'opaqueredirect' || response.redirected) || (status >= 300 && status < 400);
  result.failure = isRedirect ? 'redirected' : await readBody(response, result);
}

/**
 * Early requests for keys by URL, until the flows that sent them end; `undefined` for one whose response was taken, because
 * a response can be read once.
 *
 * @type {Map<string, Early | undefined>}
 */
const earlyKeys = /* @__PURE__ */ new Map();

/** Sends a request for keys early: one for all flows of the page. @type {Effect} */
function sendEarly({ ended }, url) {
  if (earlyKeys.has(url)) return;
  const request = requestEarly(url);
  earlyKeys.set(url, request);
  ended.then(() => {
    // Another flow may have taken its response.
    if (earlyKeys.get(url) === request) request.abort();
    earlyKeys.delete(url);
  });
}

/**
 * Sends several requests at once; with `keepalive`, so that browsers complete them after the page is left, as far as
 * they permit.
 *
 * @param {Env} env
 * @param {string} requests
 * @returns {Promise<string>}
 */
async function sendAll(env, requests) {
  /** @type {[purpose: string, url: string, form: string, seconds: string, authorization: string][]} */
  const list = JSON.parse(requests);
  const keepalive = list.reduce((size, [, , form]) => size + form.length, 0) < KEEPALIVE_BYTES;
  return `[${await Promise.all(list.map((request) => send(env, ...request, keepalive)))}]`;
}

/**
 * Reads the body outside linear memory, which never shrinks, until its size is known.
 *
 * @param {Response} response
 * @param {ModuleResponse} result
 */
async function readBody(response, result) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let size = 0;
  let failure = '';
  let body = '';
  for (const reader = response.body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    if ((size += value.length) > BODY_LIMIT) {
      reader.cancel().catch(() => {});
      return 'body_too_large';
    }
    try {
      if (!failure) body += decoder.decode(value, { stream: true });
    } catch {
      failure = 'json_invalid';
    }
  }
  try {
    if (!failure) result.body = body + decoder.decode();
  } catch {
    failure = 'json_invalid';
  }
  // For an error status the body is optional.
  return result.isSuccess ? failure : '';
}

/** 256 random bits in base64url. */
export function random() {
  const bytes = new Uint8Array(32);
  cryptography().getRandomValues(bytes);
  if (!bytes.some(Boolean)) throw new TypeError('crypto.getRandomValues gives nothing random');
  return base64url(bytes);
}

/**
 * The SHA-2 hash with this number of bits, in base64url.
 *
 * @param {number | string} bits
 * @param {string} text
 */
export async function hash(bits, text) {
  const digest = new Uint8Array(await cryptography().subtle.digest(`SHA-${bits}`, encode(text)));
  if (digest.length * 8 !== Number(bits)) throw new TypeError('crypto.subtle.digest gives no hash');
  return base64url(digest);
}

/** The error, in the form in which the module describes errors. */
const INSECURE = { code: 'crypto_unavailable' };

/** Web Crypto, which only secure contexts have: https, and http on this machine. */
export function cryptography() {
  // Read as a global variable, because the CommonJS entries define `crypto` if the global object does not have it.
  const webCrypto = typeof crypto === 'undefined' ? undefined : crypto;
  if (!webCrypto?.subtle) throw INSECURE;
  return webCrypto;
}

/** @type {Record<string, string>} */
export const NAMES = { RS: 'RSASSA-PKCS1-v1_5', PS: 'RSA-PSS', ES: 'ECDSA', Ed: 'Ed25519' };

/**
 * Imported keys that have verified a signature, by algorithm and JWK. Importing takes as long as verifying. The module says
 * which key to use, so a key that a server has withdrawn is not used although it is kept.
 *
 * @type {Map<string, CryptoKey>}
 */
const importedKeys = /* @__PURE__ */ new Map();
const MOST_KEYS = 16;

/**
 * Verifies a signature in base64url over a text with a public key.
 *
 * @param {string} algorithm one that the module knows
 * @param {string} key a JWK
 * @param {string} text
 * @param {string} signature
 */
async function verify(algorithm, key, text, signature) {
  const bits = algorithm.slice(2);
  const name = /** @type {string} */ (NAMES[algorithm.slice(0, 2)]);
  const { subtle } = cryptography();
  const parameters = {
    name,
    hash: `SHA-${bits}`,
    namedCurve: `P-${bits}`,
    saltLength: /** @type {number} */ (/** @type {unknown} */ (bits)) / 8,
  };
  const id = algorithm + key;
  let imported = importedKeys.get(id);
  try {
    imported ??= await subtle.importKey('jwk', JSON.parse(key), parameters, false, ['verify']);
    const isValid = await subtle.verify(parameters, imported, decode(signature), encode(text));
    if (typeof isValid !== 'boolean') throw new TypeError('crypto.subtle.verify gives no answer');
    if (isValid) {
      if (importedKeys.size >= MOST_KEYS) importedKeys.clear();
      importedKeys.set(id, imported);
    }
    return isValid ? VALID : '';
  } catch (cause) {
    // The platform failed; the signature may be valid.
    if (imported && !(cause instanceof DOMException)) throw cause;
    // The platform does not support the key, or it is invalid.
    return '';
  }
}

/** @param {string} text */
export const encode = (text) => new TextEncoder().encode(text);

/** @param {Uint8Array} bytes */
export const base64url = (bytes) =>
  // Spreading the bytes takes as long as all the rest.
  btoa(String.fromCharCode.apply(null, /** @type {number[]} */ (/** @type {unknown} */ (bytes))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/**
 * Decodes a valid text; in browsers three times as fast as `atob` and a loop over its result.
 *
 * @param {string} text base64url
 */
export function decode(text) {
  const bytes = new Uint8Array((text.length * 3) >> 2);
  let bits = 0;
  for (let index = 0, size = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    // The digits are in the order A to Z, a to z, 0 to 9, `-`, `_`.
    const digit = code === 45 ? 62 : code === 95 ? 63 : code < 65 ? code + 4 : code < 97 ? code - 65 : code - 71;
    bits = (bits << 6) | digit;
    // The first of four digits completes no byte.
    if (index % 4) bytes[size++] = bits >> (6 - 2 * (index % 4));
  }
  return bytes;
}

/**
 * Seconds of a `Retry-After` header (RFC 9110 §10.2.3), digits or a date; `null` for any other value.
 *
 * @param {string | null | undefined} header
 */
export function secondsFrom(header) {
  // Without a header the word `null` is read. The oldest of the three date formats (§5.6.7) does not state that it is UTC.
  const date = /^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}$/.test(/** @type {string} */ (header))
    ? `${header} GMT`
    : /** @type {string} */ (header);
  const secondsUntil = / GMT$/.test(date) ? Math.ceil((Date.parse(date) - Date.now()) / 1000) : NaN;
  const wait = /^\d+$/.test(/** @type {string} */ (header)) ? Number(header) : secondsUntil;
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), LONGEST_WAIT);
}
