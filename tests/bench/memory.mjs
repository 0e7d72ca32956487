// What a page holds after a library is loaded, after its first sign-in, and after many: objects, texts and linear memory, once
// garbage is collected, beyond what the page held before.

import { rounds } from './rounds.js';
import { APP } from './speed.js';

const MANY = 100;
const ROUNDS = 3;

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ origin: string }} server
 * @returns {Promise<Record<string, Record<string, number[]>>>} bytes by moment, contender and round; `…-linear` is how much of
 *   them is linear memory
 */
export async function memory(browser, { origin }) {
  const names = ['authorize', 'building-blocks', 'fhirclient', 'oidc-client-ts', 'oauth4webapi'];
  const measured = await rounds(
    ROUNDS,
    Object.fromEntries(names.map((name) => [name, () => inPage(browser, origin, name)])),
  );
  const at = (moment) =>
    names.flatMap((name) => [
      [name, measured[name].map((held) => held[moment].bytes)],
      [`${name}-linear`, measured[name].map((held) => held[moment].linear)],
    ]);
  return Object.fromEntries(Object.keys(measured[names[0]][0]).map((moment) => [moment, Object.fromEntries(at(moment))]));
}

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
  return { loaded, 'after a sign-in': once, [`after ${MANY}`]: often };
}

async function held(page, protocol) {
  await protocol.send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize } = await protocol.send('Runtime.getHeapUsage');
  const linear = await page.evaluate(() => linearMemory());
  return { bytes: usedSize + backingStorageSize + linear, linear };
}

/** In the page: linear memory is in none of the engine's own figures. */
function watchLinearMemory() {
  const memories = [];
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    const exports = Object.values((made.instance ?? made).exports);
    memories.push(...exports.filter((value) => value instanceof WebAssembly.Memory));
    return made;
  };
  globalThis.linearMemory = () => memories.reduce((bytes, { buffer }) => bytes + buffer.byteLength, 0);
}

/** In the page, where the answer to a request has its `nonce` for a code, which the server puts into the ID token. */
async function load({ name, setting }) {
  const answer = (url) => {
    const { searchParams: sent } = new URL(url);
    const fields = { code: sent.get('nonce') ?? 'none', state: sent.get('state'), iss: setting.origin };
    return `${sent.get('redirect_uri')}?${new URLSearchParams(fields)}`;
  };
  const { contender } = await import('/contender.js');
  globalThis.signIn = await contender('sign-ins', name, { ...setting, answer });
}

/** In the page: what is stored is not what the library holds. */
async function repeat(times) {
  for (let time = 0; time < times; time++) {
    sessionStorage.clear();
    localStorage.clear();
    if ((await signIn()) !== 'user') throw new Error('somebody else is signed in');
  }
}
