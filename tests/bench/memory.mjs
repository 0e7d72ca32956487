// Memory of a page after a library is loaded, after its first sign-in, and after many sign-ins: objects, strings and linear memory,
// after garbage collection, minus the memory of the page before the library is loaded.

import { rounds } from './rounds.js';
import { APP } from './speed.js';

/** When the memory of a page is measured. */
const MOMENTS = /** @type {const} */ (['loaded', 'after a sign-in', 'after 100']);
const MANY = 100;
const ROUNDS = 3;

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ origin: string }} server
 * @returns {Promise<Record<string, Record<string, number[]>>>} bytes by moment, implementation and round; `…-linear`: how many of
 *   these bytes are linear memory
 */
export async function memory(browser, { origin }) {
  const names = ['authorize', 'building-blocks', 'fhirclient', 'oidc-client-ts', 'oauth4webapi'];
  const results = await rounds(
    ROUNDS,
    Object.fromEntries(names.map((name) => [name, () => measure(browser, origin, name)])),
  );
  /** @param {keyof Figures} moment @returns {[string, number[]][]} */
  const samplesAt = (moment) =>
    Object.entries(results).flatMap(([name, figures]) => [
      [name, figures.map((figure) => figure[moment].bytes)],
      [`${name}-linear`, figures.map((figure) => figure[moment].linear)],
    ]);
  return Object.fromEntries(MOMENTS.map((moment) => [moment, Object.fromEntries(samplesAt(moment))]));
}

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').CDPSession} Protocol
 * @typedef {Record<typeof MOMENTS[number], { bytes: number, linear: number }>} Figures
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {string} name
 * @returns {Promise<Figures>}
 */
async function measure(browser, origin, name) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const protocol = await context.newCDPSession(page);
  await page.goto(`${origin}/`);
  await page.evaluate(watchLinearMemory);
  const before = await usedMemory(page, protocol);
  const increase = async () => {
    const { bytes, linear } = await usedMemory(page, protocol);
    return { bytes: bytes - before.bytes, linear };
  };
  await page.evaluate(load, { name, setting: { origin, app: { ...APP, redirectUri: `${origin}/` } } });
  const loaded = await increase();
  await page.evaluate(repeat, 1);
  const afterOne = await increase();
  await page.evaluate(repeat, MANY);
  const after100 = await increase();
  await context.close();
  return { loaded, 'after a sign-in': afterOne, 'after 100': after100 };
}

/** @param {Page} page @param {Protocol} protocol */
async function usedMemory(page, protocol) {
  await protocol.send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize } = await protocol.send('Runtime.getHeapUsage');
  const linear = await page.evaluate(() => linearMemory());
  return { bytes: usedSize + backingStorageSize + linear, linear };
}

/** Runs in the page. The JavaScript engine's figures do not include linear memory, so it is counted here. */
function watchLinearMemory() {
  /** @type {WebAssembly.Memory[]} */
  const memories = [];
  const { instantiate } = WebAssembly;
  const instrumented = async (/** @type {Parameters<typeof instantiate>} */ ...args) => {
    // An instance, or an object with the instance and its module.
    /** @type {{ instance?: WebAssembly.Instance, exports?: WebAssembly.Exports }} */
    const result = await instantiate(...args);
    const exports = Object.values(result.instance?.exports ?? result.exports ?? {});
    memories.push(...exports.filter((value) => value instanceof WebAssembly.Memory));
    return result;
  };
  Object.assign(WebAssembly, { instantiate: instrumented });
  globalThis.linearMemory = () => memories.reduce((bytes, { buffer }) => bytes + buffer.byteLength, 0);
}

/**
 * Runs in the page. The response to a request has the request's `nonce` as its code; the server puts the code into the ID token
 * as `nonce`.
 *
 * @param {{ name: string, setting: { origin: string } }} of
 */
async function load({ name, setting }) {
  const callbackOf = (/** @type {string} */ url) => {
    const { searchParams: parameters } = new URL(url);
    const fields = { code: parameters.get('nonce') ?? 'none', state: String(parameters.get('state')), iss: setting.origin };
    return `${parameters.get('redirect_uri')}?${new URLSearchParams(fields)}`;
  };
  // The path at which the server serves the script.
  const script = '/implementation.js';
  /** @type {typeof import('./implementation.js')} */
  const { implementation } = await import(script);
  globalThis.measuredSignIn = await implementation('sign-ins', name, { ...setting, callbackOf });
}

/**
 * Runs in the page. Storage is cleared, because it is not memory of the library.
 *
 * @param {number} count
 */
async function repeat(count) {
  for (let number = 0; number < count; number++) {
    sessionStorage.clear();
    localStorage.clear();
    if ((await measuredSignIn(number)) !== 'user') throw new Error('another user is signed in');
  }
}
