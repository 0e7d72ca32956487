// The outside world of one flow: what JavaScript has and Rust would have to bind call by call (2.4 KB more of brotli
// with web-sys, js-sys, getrandom and wasm-bindgen-futures than this file and its binding).

/** Records of this page, and who waits for which lock: shared by all flows, whatever module instance runs them. */
const memory = new Map();
const locks = new Map();

const BODY_LIMIT = 1_048_576;
/** Milliseconds that a note stays: by far longer than storage takes to reach other tabs. */
const NOTE = 2_000;
/** Milliseconds after which storage has reached them. */
const SETTLE = 100;

/** When this page's time began, by the clock of then. Pure, or the entry would have it too. */
const started = /* @__PURE__ */ (() => Date.now() - performance.now())();

export class Env {
  #release = [];
  /** What each effect of the flow gave, in order: what it is given when it is run again. */
  #given = [];
  #at = 0;
  /** What the flow waits for: a promise of text. */
  #begun;
  #observe;

  /** @param {(event: object) => void} [observe] told of each request */
  constructor(observe) {
    this.#observe = observe;
  }

  /**
   * Runs a flow to its end: runs it, awaits what it has begun, runs it again with that. If the module traps, the step throws
   * and so does this; the flow's locks are released in any case.
   *
   * @param {(env: Env) => Promise<string> | string} step runs the flow with this as the environment that the module sees
   * @returns {Promise<string>} the outcome as JSON text, that of a failure behind an exclamation mark
   */
  async run(step) {
    let text;
    try {
      for (;;) {
        text = await step(this);
        if (text) return text;
        this.#given.push(await this.#begun);
        this.#at = 0;
      }
    } finally {
      const failed = !text || text.startsWith('!');
      for (const release of this.#release) release(failed);
    }
  }

  /** Has an effect, or gives what it gave before; `undefined` for nothing, and while it is under way. */
  effect(name, ...texts) {
    if (this.#at === this.#given.length) {
      const given = EFFECTS[name](this, ...texts);
      // Not `instanceof`: frameworks put a Promise of their own in the place of the one that async functions give.
      if (given?.then) {
        this.#begun = given;
        return undefined;
      }
      this.#given.push(given);
    }
    return this.#given[this.#at++];
  }

  /** Calls `release` when the flow ends, with whether it failed. */
  onEnd(release) {
    this.#release.push(release);
  }

  observe(event) {
    this.#observe?.(event);
  }
}

/** What a flow may ask for, in texts: a promise where it takes time. Those of doubt.js are put here when they are loaded. */
export const EFFECTS = {
  now: () => String(Date.now()),
  steady: () => String(Math.round(Math.max(Date.now(), started + performance.now()))),
  random: () => random(),
  hash: (_, bits, text) => hash(bits, text),
  verify: (_, algorithm, key, text, signature) => verify(algorithm, JSON.parse(key), text, signature),
  send,
  lock,
  leave,
  tell,

  load: (_, area, key) => (area ? storage(area)?.getItem(key) : memory.get(key)) ?? undefined,

  /** Nothing where storage is missing, blocked or full. */
  save(_, area, key, record) {
    try {
      if (area) storage(area).setItem(key, record);
      else memory.set(key, record);
      return key;
    } catch {
      return undefined;
    }
  },

  remove: (_, area, key) => void (area ? storage(area)?.removeItem(key) : memory.delete(key)),

  /** The keys that begin with `prefix`, one to a line: they are percent-encoded. */
  keys(_, area, prefix) {
    const keys = area ? Object.keys(storage(area) ?? {}) : [...memory.keys()];
    return keys.filter((key) => key.startsWith(prefix)).join('\n');
  },
};

/** Reading the property alone throws in a sandboxed frame. */
function storage(area) {
  try {
    return globalThis[area] ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Waits until this flow holds `name`, which it does until it ends: in this page, or with an `area` in all tabs. Resolves to
 * the note that was left there, behind a plus sign; to nothing after so many seconds.
 */
async function lock(env, area, name, seconds) {
  // Not AbortSignal.timeout, which a program in Deno would wait for before it ends.
  const late = new AbortController();
  const { signal } = late;
  const timer = setTimeout(() => late.abort(), seconds * 1000);
  env.onEnd(() => clearTimeout(timer));
  const held = new Promise((resolve) => env.onEnd(resolve));
  try {
    if (area) return await webLock(name, signal, held);
  } catch {
    if (signal.aborted) return '';
    // There are no locks here, or they are blocked as in a sandboxed frame.
  }
  if (!(await pageLock(name, signal, held))) return '';
  return area && storage(area) ? (await leases()).lease(storage(area), name, signal, held) : '+';
}

const leases = () =>
  import('./lease.js').catch((cause) => {
    throw { code: 'wasm_unavailable', retryable: true, cause };
  });

const webLock = (name, signal, held) =>
  new Promise((resolve, reject) => {
    const options = { signal };
    const hold = async () => {
      const { held: all } = await navigator.locks.query();
      const notes = all.flatMap(({ name: other }) => (other.startsWith(`${name} `) ? [other.slice(name.length + 1)] : []));
      resolve(`+${notes.sort((one, other) => one - other).pop() ?? ''}`);
      // What was written down about a failure is to reach the other tabs before the lock does.
      if (await held) await new Promise((resolve) => setTimeout(resolve, SETTLE));
    };
    navigator.locks.request(name, options, hold).catch(reject);
  });

/** The note is a lock too: those that hold locks hear of it in the same order as of the lock itself. */
function leave(_, name, note) {
  const stay = () =>
    new Promise((resolve) => {
      const signal = AbortSignal.timeout(NOTE);
      signal.addEventListener('abort', resolve);
      // A page that holds a lock is not kept for the back button.
      globalThis.addEventListener?.('pagehide', resolve, { signal });
    });
  globalThis.navigator?.locks?.request(`${name} ${note}`, { mode: 'shared' }, stay).catch(() => {});
}

/** First come, first served. */
async function pageLock(name, signal, held) {
  const before = locks.get(name);
  const last = Promise.resolve(before).then(async () => void (await held));
  locks.set(name, last);
  held.then(() => {
    if (locks.get(name) === last) locks.delete(name);
  });
  const late = new Promise((resolve) => signal.addEventListener('abort', () => resolve(true)));
  return !(await Promise.race([before, late]));
}

function tell(_, name, kind, family, text) {
  const channel = open(name);
  channel?.postMessage([kind, family, text]);
  channel?.close();
}

/** The channel of the tabs that have a copy of a session; not there in every runtime, and in Next's edge runtime it throws. */
export function open(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}

/**
 * Fetches, with one deadline over headers and body and a cap on the body. Never rejects: resolves to JSON text.
 *
 * No header but those that cross origins without a preflight, or each request would be two. `manual` and the check,
 * rather than `error`: nothing is followed either way, but `error` looks like a network failure, and whoever has to
 * correct the address should be told.
 */
async function send(env, purpose, url, form, seconds, authorization) {
  const started = Date.now();
  const method = form ? 'POST' : 'GET';
  const answer = { status: 0, date: null, contentType: '', retryAfter: null, body: '', failure: '' };
  try {
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
      signal: AbortSignal.timeout(seconds * 1000),
    });
    answer.status = response.status;
    answer.contentType = response.headers.get('content-type') ?? '';
    answer.date = Date.parse(response.headers.get('date')) || null;
    answer.retryAfter = secondsFrom(response.headers.get('retry-after'));
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      answer.failure = 'redirected';
    } else {
      answer.failure = await read(response, answer);
    }
  } catch (error) {
    answer.failure = error?.name === 'TimeoutError' ? 'timeout' : 'network';
  }
  env.observe({
    purpose,
    method,
    url: url.split('?')[0],
    status: answer.status || null,
    milliseconds: Date.now() - started,
  });
  return JSON.stringify(answer);
}

/** Reads the body: outside linear memory until its size is known, because that never shrinks. */
async function read(response, answer) {
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
  return response.ok ? failure : '';
}

/** 256 random bits in base64url. */
export const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** The SHA-2 hash of so many bits of a text, in base64url. */
export const hash = async (bits, text) =>
  base64url(new Uint8Array(await crypto.subtle.digest(`SHA-${bits}`, encode(text))));

const NAMES = { RS: 'RSASSA-PKCS1-v1_5', PS: 'RSA-PSS', ES: 'ECDSA', Ed: 'Ed25519' };

/** Whether a signature in base64url over a text is that of a public key. */
async function verify(algorithm, key, text, signature) {
  const bits = algorithm.slice(2);
  const name = NAMES[algorithm.slice(0, 2)];
  const parameters = { name, hash: `SHA-${bits}`, namedCurve: `P-${bits}`, saltLength: bits / 8 };
  try {
    const imported = await crypto.subtle.importKey('jwk', key, parameters, false, ['verify']);
    return String(await crypto.subtle.verify(parameters, imported, decode(signature), encode(text)));
  } catch {
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
  if (/^\d+$/.test(header)) return Number(header);
  const wait = / GMT$/.test(header) ? Math.ceil((Date.parse(header) - Date.now()) / 1000) : NaN;
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}
