// The outside world of one flow: what JavaScript has and Rust would have to bind call by call (2.4 KB more of brotli
// with web-sys, js-sys, getrandom and wasm-bindgen-futures than this file and its binding).

import { Unavailable, leaveNote, takeLock } from './locks.js';

/**
 * What flows have in common: records in memory, who waits for which lock, and the answers to refreshes whose flows failed
 * before they were stored, by what was asked.
 */
export const createWorld = () => ({ memory: new Map(), queues: new Map(), unused: new Map() });

/** That of this page, whatever module instance runs its flows. */
const page = /* @__PURE__ */ createWorld();

/** What is the user's is in the flow's own world; what servers publish for everybody is in that of all. */
const worldFor = ({ world }, name) => (name.startsWith('smart-launch:') ? world : page);

/** Bytes that browsers send of pages that are left, in all. */
const KEPT = 65_536;
const BODY_LIMIT = 1_048_576;
/** Seconds that a timer can wait. */
const LONGEST_WAIT = 2_147_483;
/** Milliseconds for which an answer to a refresh is kept that was not used: its token is no older than that. */
const UNUSED = 60_000;
/** Seconds that an effect may take which has no deadline, beyond that of requests. */
const GRACE = 10;

/** When this page's time began, by the clock of then; not a number where that cannot be told. */
const started = /* @__PURE__ */ (() => Date.now() - sinceStart())();

export class Env {
  /** What each effect of the flow gave, in order: what it is given when it is run again. */
  #given = [];
  #at = 0;
  /** What the flow waits for: the name of an effect, and its promise of text. */
  #begun;
  /** Why the flow cannot go on. */
  #failure;
  #observe;
  #end;
  /** Why the last request got no answer. */
  cause;
  /** Seconds that requests and locks of the flow may take. */
  seconds = 0;
  /** The last answer to a refresh, and what was asked. */
  #answered;
  #isOver = false;

  /**
   * @param {(event: object) => void} [observe] told of each request
   * @param {ReturnType<typeof createWorld>} [world]
   * @param {Set<string>} [areas] where flows of the same client have found or left records
   */
  constructor(observe, world = page, areas = new Set()) {
    this.#observe = observe;
    this.world = world;
    this.areas = areas;
    /** The notes of the locks that the flow holds, by area and name. */
    this.held = new Map();
    /** Resolves when the flow ends, to whether it failed. */
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  /**
   * Runs a flow to its end: runs it, awaits what it has begun, runs it again with that. If the module traps, the step throws
   * and so does this; the flow's locks are released in any case.
   *
   * @param {(env: Env) => Promise<string> | string} step runs the flow with this as the environment that the module sees
   * @returns {Promise<string>} the outcome as JSON text, that of a failure behind an exclamation mark
   */
  async run(step) {
    let outcome;
    try {
      for (;;) {
        this.#at = 0;
        this.#begun = undefined;
        outcome = await step(this);
        if (!this.#failure && !outcome === !this.#begun) this.#fail('', new TypeError('a flow waits, or it has ended'));
        if (this.#failure) throw this.#failure;
        if (outcome) return outcome;
        await this.#wait(this.#begun);
      }
    } finally {
      const isBroken = Boolean(this.#failure) || !outcome;
      if (isBroken) {
        this.#isOver = true;
        this.#leave();
      }
      this.#end(isBroken || outcome.startsWith('!'));
    }
  }

  /** The refresh token is spent by now: whatever becomes of this flow, the answer is not lost. */
  answer(answered) {
    this.#answered = answered;
    if (this.#isOver) this.#leave();
  }

  #leave() {
    if (this.#answered) this.world.unused.set(this.#answered.asked, this.#answered);
  }

  /** Not for ever: what the page has put in the place of a function of the platform may never settle. */
  async #wait({ name, given }) {
    try {
      this.#keep(await within((this.seconds + GRACE) * 1000, () => given), false);
    } catch (cause) {
      this.#fail(name, cause);
      throw this.#failure;
    }
  }

  /**
   * Has an effect, or gives what it gave before; `undefined` for nothing, and while it is under way.
   *
   * Never throws: an exception would leave the module's stack where it is. A flow of which an effect has failed is run on
   * with nothing, has no more effects, and its outcome is not looked at.
   */
  effect(name, ...texts) {
    if (this.#failure) return undefined;
    try {
      // What the page has put in the place of TextDecoder may give anything.
      if (!texts.every((text) => typeof text === 'string')) throw new TypeError('it is asked for no text');
      if (this.#at < this.#given.length) return this.#given[this.#at++];
      if (this.#begun) name = this.#begun.name;
      if (this.#begun) throw new TypeError('it waits');
      const given = EFFECTS[name](this, ...texts);
      // Not `instanceof`: frameworks put a Promise of their own in the place of the one that async functions give.
      if (typeof given !== 'string' && typeof given?.then === 'function') this.#begin(name, Promise.resolve(given));
      else this.#keep(given, true);
      return this.#given[this.#at++];
    } catch (cause) {
      this.#fail(name, cause);
      return undefined;
    }
  }

  #begin(name, given) {
    // A flow that has failed meanwhile does not wait for it.
    given.catch(() => {});
    this.#begun = { name, given };
  }

  /** Keeps what an effect gave: text, or nothing where that is possible. */
  #keep(given, orNothing) {
    if (typeof given !== 'string' && !(orNothing && given === undefined)) throw new TypeError('it gives no text');
    this.#given.push(given);
  }

  #fail(name, cause) {
    const isDescribed = cause === INSECURE || cause instanceof Unavailable || cause?.name === 'SmartError';
    const code = STORAGE.includes(name) ? 'storage_unavailable' : 'internal';
    const about = `the platform failed where it was asked to \`${name}\``;
    this.#failure = isDescribed ? cause : { code, about, cause };
  }

  observe(event) {
    this.#observe?.(event);
  }
}

/** Effects that are storage's. */
const STORAGE = ['load', 'save', 'remove', 'keys'];

/**
 * What a flow may ask for, in texts: text or nothing at once, or a promise of text. Those of other-tabs.js and reachability.js
 * are put here when they are loaded.
 *
 * @typedef {(env: Env, ...texts: string[]) => unknown} Effect
 * @type {{ [name: string]: Effect, ask?: Effect, reach?: Effect }}
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
  verify: (_, algorithm, key, text, signature) => verify(algorithm, JSON.parse(key), text, signature),
  send,
  sendAll,
  lock,
  leave: (_, name, note) => leaveNote(name, note),
  tell,

  load(env, area, key) {
    if (!area) return worldFor(env, key).memory.get(key);
    const found = storage(env, area);
    const record = found ? found.getItem(key) : null;
    // Nothing there is `null`. Nobody is signed out because of a fault.
    if (record === undefined) throw new TypeError('it gives no record');
    if (record !== null) env.areas.add(area);
    return record ?? undefined;
  },

  /** Nothing where storage is missing, blocked or full, or does not keep what it is given. */
  save(env, area, key, record) {
    try {
      if (!area) worldFor(env, key).memory.set(key, record);
      else {
        storage(env, area).setItem(key, record);
        if (storage(env, area).getItem(key) !== record) return undefined;
        env.areas.add(area);
      }
      return key;
    } catch {
      return undefined;
    }
  },

  remove: (env, area, key) =>
    void (area ? storage(env, area)?.removeItem(key) : worldFor(env, key).memory.delete(key)),

  /** The keys that begin with `prefix`, one to a line: they are percent-encoded. */
  keys(env, area, prefix) {
    const keys = area ? Object.keys(storage(env, area) ?? {}) : [...worldFor(env, prefix).memory.keys()];
    return keys.filter((key) => key.startsWith(prefix)).join('\n');
  },
};

/** Milliseconds as text: a clock that gives none must not pass for the year 1970. */
function time(milliseconds) {
  if (!(milliseconds >= 0 && milliseconds <= Number.MAX_SAFE_INTEGER)) throw new TypeError('the clock gives no time');
  return String(Math.round(milliseconds));
}

/** What the monotonic clock says; not a number where there is none. */
function sinceStart() {
  try {
    return Number(performance.now());
  } catch {
    return NaN;
  }
}

/**
 * Nothing where it is missing, or blocked as in a sandboxed frame. What is blocked although there were records has failed: they
 * are not gone.
 */
function storage({ areas }, area) {
  const found = read(area) ?? read(area);
  if (found === null && areas.has(area)) throw new TypeError('it is blocked');
  return found;
}

/** `null` where it is blocked: then reading the property alone throws. */
function read(area) {
  try {
    return globalThis[area];
  } catch {
    return null;
  }
}

/**
 * Waits until this flow holds `name`, which it does until it ends: in this page, or with an `area` in all tabs. Gives the
 * note that was left there, behind a plus sign; nothing after so many seconds. What the flow holds it has at once.
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

/** Best effort: what tabs have to know is stored as well. */
function tell(_, name, kind, family, text) {
  const channel = open(name);
  // One may not be one that works.
  orNothing(() => channel?.postMessage([kind, family, text]));
  // One that stays open keeps a program in Node from its end.
  close(channel);
}

/**
 * Whether something on a channel is what tabs say: a kind, a token family, and a text.
 *
 * @param {unknown} data
 * @returns {data is [string, string, string]}
 */
export const isSaid = (data) =>
  Array.isArray(data) && data.length === 3 && data.every((text) => typeof text === 'string');

/** The channel of the tabs that have a copy of a session; not there in every runtime, and in Next's edge runtime it throws. */
export function open(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}

/** Closes one, if there is one and that works. */
export const close = (channel) => orNothing(() => channel?.close());

/**
 * Fetches, with one deadline over headers and body and a cap on the body. Never rejects: resolves to JSON text.
 *
 * No header but those that cross origins without a preflight, or each request would be two. `manual` and the check,
 * rather than `error`: nothing is followed either way, but `error` looks like a network failure, and whoever has to
 * correct the address should be told.
 */
async function send(env, purpose, url, form, seconds, authorization, keepalive = false) {
  const began = Number(Date.now());
  const method = form ? 'POST' : 'GET';
  const asked = `${purpose} ${url} ${form}`;
  const { unused } = env.world;
  env.seconds = Number(seconds);
  env.cause = undefined;
  // Once: a server that does not rotate is asked the same again.
  const before = unused.get(asked);
  for (const [key, { until }] of unused) if (key === asked || until < began) unused.delete(key);
  if (before && !(before.until < began)) {
    env.answer(before);
    return before.text;
  }
  const answer = { status: 0, date: null, contentType: '', retryAfter: null, body: '', failure: '' };
  try {
    await within(seconds * 1000, (signal) => receive(answer, url, method, form, authorization, keepalive, signal));
  } catch (error) {
    answer.failure = error?.name === 'TimeoutError' ? 'timeout' : 'network';
    env.cause = error;
  }
  // What has taken the place of `fetch` may give anything.
  if (!answer.failure && !(answer.status >= 200)) answer.failure = 'network';
  const text = JSON.stringify(answer);
  if (purpose === 'refresh' && answer.isSuccess && !answer.failure) env.answer({ asked, text, until: began + UNUSED });
  tellOf(env, began, { purpose, method, url: url.split('?')[0], status: answer.status || null });
  return text;
}

/**
 * Does `work`, which is given up after so many milliseconds: what has taken the place of `fetch` may not know signals. Not
 * AbortSignal.timeout, which a program in Deno would wait for before it ends.
 */
export async function within(milliseconds, work) {
  const controller = new AbortController();
  let timer;
  const late = new Promise((_, reject) => {
    const giveUp = () => {
      const reason = new DOMException('', 'TimeoutError');
      reject(reason);
      controller.abort(reason);
    };
    // Where the page's timers fail there is no deadline: what is under way is worth more.
    timer = orNothing(() => setTimeout(giveUp, milliseconds));
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    orNothing(() => clearTimeout(timer));
  }
}

/** Nothing where that fails. */
export function orNothing(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** An answer must not be lost because nobody can be told of it. */
function tellOf(env, began, event) {
  try {
    env.observe({ ...event, milliseconds: Date.now() - began });
  } catch {
    // The clock fails.
  }
}

async function receive(answer, url, method, form, authorization, keepalive, signal) {
  const headers = { accept: 'application/json' };
  if (authorization) headers.authorization = authorization;
  if (form) headers['content-type'] = 'application/x-www-form-urlencoded';
  const response = await fetch(url, {
    method,
    headers,
    body: form || undefined,
    redirect: 'manual',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    cache: 'no-store',
    keepalive,
    signal,
  });
  // All but the body says how to read that. What fails with it does not take the answer along.
  const status = Number(response.status);
  const header = (name, read) => orNothing(() => read(response.headers.get(name))) ?? null;
  answer.status = status;
  answer.isSuccess = status >= 200 && status < 300;
  answer.contentType = header('content-type', (type) => type && String(type)) ?? '';
  answer.date = header('date', (date) => Number(Date.parse(date)) || null);
  answer.retryAfter = header('retry-after', secondsFrom);
  const isRedirect = orNothing(() => response.type) === 'opaqueredirect' || (status >= 300 && status < 400);
  answer.failure = isRedirect ? 'redirected' : await readBody(response, answer);
}

/** Sends several at once: a page that is left sends them to their end, as far as browsers permit. */
async function sendAll(env, requests) {
  const all = JSON.parse(requests);
  const keepalive = all.reduce((size, [, , form]) => size + form.length, 0) < KEPT;
  return `[${await Promise.all(all.map((request) => send(env, ...request, keepalive)))}]`;
}

/** Reads the body: outside linear memory until its size is known, because that never shrinks. */
async function readBody(response, answer) {
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
    if (!failure) answer.body = body + decoder.decode();
  } catch {
    failure = 'json_invalid';
  }
  // What an error status says need not be read; the status is enough.
  return answer.isSuccess ? failure : '';
}

/** 256 random bits in base64url. */
export function random() {
  const bytes = new Uint8Array(32);
  cryptography().getRandomValues(bytes);
  if (!bytes.some(Boolean)) throw new TypeError('crypto.getRandomValues gives nothing random');
  return base64url(bytes);
}

/** The SHA-2 hash of so many bits of a text, in base64url. */
export async function hash(bits, text) {
  const digest = new Uint8Array(await cryptography().subtle.digest(`SHA-${bits}`, encode(text)));
  if (digest.length * 8 !== Number(bits)) throw new TypeError('crypto.subtle.digest gives no hash');
  return base64url(digest);
}

/** As the description of an error. */
const INSECURE = { code: 'crypto_unavailable' };

/** Pages that came by http have none, but for those of this machine. */
function cryptography() {
  // By its name alone: the CommonJS entries have another one where the global object has none.
  if (typeof crypto === 'undefined' || !crypto?.subtle) throw INSECURE;
  return crypto;
}

const NAMES = { RS: 'RSASSA-PKCS1-v1_5', PS: 'RSA-PSS', ES: 'ECDSA', Ed: 'Ed25519' };

/** Whether a signature in base64url over a text is that of a public key. */
async function verify(algorithm, key, text, signature) {
  const bits = algorithm.slice(2);
  const name = NAMES[algorithm.slice(0, 2)];
  const { subtle } = cryptography();
  const parameters = { name, hash: `SHA-${bits}`, namedCurve: `P-${bits}`, saltLength: bits / 8 };
  let imported;
  try {
    imported = await subtle.importKey('jwk', key, parameters, false, ['verify']);
    const isGood = await subtle.verify(parameters, imported, decode(signature), encode(text));
    if (typeof isGood !== 'boolean') throw new TypeError('crypto.subtle.verify gives no answer');
    return isGood ? 'true' : '';
  } catch (cause) {
    // The platform's fault, not the signature's.
    if (imported && !(cause instanceof DOMException)) throw cause;
    // No such key on this platform, or none at all.
    return '';
  }
}

const encode = (text) => new TextEncoder().encode(text);

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (digit) => ({ '+': '-', '/': '_' })[digit] ?? '');

const decode = (text) =>
  Uint8Array.from(atob(text.replace(/[-_]/g, (digit) => (digit === '-' ? '+' : '/'))), (byte) => byte.charCodeAt());

/** Seconds of a `Retry-After` header (RFC 9110 §10.2.3): digits or a date; `null` for anything else. */
export function secondsFrom(header) {
  // The oldest of the three forms of a date (§5.6.7) does not say that it is UTC.
  const date = /^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}$/.test(header) ? `${header} GMT` : header;
  const late = / GMT$/.test(date) ? Math.ceil((Date.parse(date) - Date.now()) / 1000) : NaN;
  const wait = /^\d+$/.test(header) ? Number(header) : late;
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), LONGEST_WAIT);
}
