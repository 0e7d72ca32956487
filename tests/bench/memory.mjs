// Memory of a page after a library is loaded, after its first sign-in, and after many: objects, strings and linear memory, after
// garbage collection, minus the memory of the page before.

import { rounds } from './rounds.js';
import { APP } from './speed.js';

/** When the memory of a page is measured. */
const MOMENTS = /** @type {const} */ (['loaded', 'after a sign-in', 'after 100']);
const MANY = 100;
const ROUNDS = 3;

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ origin: string }} server
 * @returns {Promise<Record<string, Record<string, number[]>>>} bytes by moment, implementation and round; `…-linear` is how much of
 *   them is linear memory
 */
export async function memory(browser, { origin }) {
  const names = ['authorize', 'building-blocks', 'fhirclient', 'oidc-client-ts', 'oauth4webapi'];
  const measured = await rounds(
    ROUNDS,
    Object.fromEntries(names.map((name) => [name, () => inPage(browser, origin, name)])),
  );
  /** @param {keyof Held} moment @returns {[string, number[]][]} */
  const at = (moment) =>
    Object.entries(measured).flatMap(([name, all]) => [
      [name, all.map((held) => held[moment].bytes)],
      [`${name}-linear`, all.map((held) => held[moment].linear)],
    ]);
  return Object.fromEntries(MOMENTS.map((moment) => [moment, Object.fromEntries(at(moment))]));
}

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').CDPSession} Protocol
 * @typedef {Record<typeof MOMENTS[number], { bytes: number, linear: number }>} Held
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {string} name
 * @returns {Promise<Held>}
 */
async function inPage(browser, origin, name) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const protocol = await context.newCDPSession(page);
  await page.goto(`${origin}/`);
  await page.evaluate(watchLinearMemory);
  const before = await held(page, protocol);
  const beyond = async () => {
    const { bytes, linear } = await held(page, protocol);
    return { bytes: bytes - before.bytes, linear };
  };
  await page.evaluate(load, { name, setting: { origin, app: { ...APP, redirectUri: `${origin}/` } } });
  const loaded = await beyond();
  await page.evaluate(repeat, 1);
  const once = await beyond();
  await page.evaluate(repeat, MANY);
  const often = await beyond();
  await context.close();
  return { loaded, 'after a sign-in': once, 'after 100': often };
}

/** @param {Page} page @param {Protocol} protocol */
async function held(page, protocol) {
  await protocol.send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize } = await protocol.send('Runtime.getHeapUsage');
  const linear = await page.evaluate(() => linearMemory());
  return { bytes: usedSize + backingStorageSize + linear, linear };
}

/** Runs in the page, because none of the JavaScript engine's figures include linear memory. */
function watchLinearMemory() {
  /** @type {WebAssembly.Memory[]} */
  const memories = [];
  const { instantiate } = WebAssembly;
  const watched = async (/** @type {Parameters<typeof instantiate>} */ ...given) => {
    // An instance, or an object with the instance and its module.
    /** @type {{ instance?: WebAssembly.Instance, exports?: WebAssembly.Exports }} */
    const made = await instantiate(...given);
    const exports = Object.values(made.instance?.exports ?? made.exports ?? {});
    memories.push(...exports.filter((value) => value instanceof WebAssembly.Memory));
    return made;
  };
  Object.assign(WebAssembly, { instantiate: watched });
  globalThis.linearMemory = () => memories.reduce((bytes, { buffer }) => bytes + buffer.byteLength, 0);
}

/**
 * Runs in the page. The response to a request has the request's `nonce` as its code; the server puts it into the ID token.
 *
 * @param {{ name: string, setting: { origin: string } }} of
 */
async function load({ name, setting }) {
  const answer = (/** @type {string} */ url) => {
    const { searchParams: sent } = new URL(url);
    const fields = { code: sent.get('nonce') ?? 'none', state: String(sent.get('state')), iss: setting.origin };
    return `${sent.get('redirect_uri')}?${new URLSearchParams(fields)}`;
  };
  // The path at which the server serves the script.
  const script = '/implementation.js';
  /** @type {typeof import('./implementation.js')} */
  const { implementation } = await import(script);
  globalThis.measuredSignIn = await implementation('sign-ins', name, { ...setting, answer });
}

/**
 * Runs in the page. Storage is cleared, because it is not memory of the library.
 *
 * @param {number} times
 */
async function repeat(times) {
  for (let time = 0; time < times; time++) {
    sessionStorage.clear();
    localStorage.clear();
    if ((await measuredSignIn(time)) !== 'user') throw new Error('somebody else is signed in');
  }
}
