// Time from opening a page to its authorization request, each time in a browser with an empty cache.

import { rounds } from './rounds.js';

/** Network conditions without and with a usual distance to the server: milliseconds, and bytes per second. */
const NETWORKS = {
  'this machine': { latency: 0, downloadThroughput: -1 },
  '10 Mbit/s, 60 ms': { latency: 60, downloadThroughput: 1_250_000 },
};
const ROUNDS = 11;

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ origin: string, libraries: string[] }} server
 * @returns {Promise<Record<string, Record<string, number[]>>>} milliseconds by network, library and round
 */
export async function coldStarts(browser, { origin, libraries }) {
  /** @type {Record<string, Record<string, number[]>>} */
  const samples = {};
  for (const [network, conditions] of Object.entries(NETWORKS)) {
    /** @param {string} library @returns {[string, () => Promise<number>]} */
    const measure = (library) => [library, () => coldStart(browser, `${origin}/cold-start/${library}/`, conditions)];
    samples[network] = await rounds(ROUNDS, Object.fromEntries(libraries.map(measure)));
  }
  return samples;
}

/**
 * Milliseconds between the two requests, by the browser's clock.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} place
 * @param {{ latency: number, downloadThroughput: number }} conditions
 * @returns {Promise<number>}
 */
async function coldStart(browser, place, conditions) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const protocol = await context.newCDPSession(page);
  await protocol.send('Network.enable');
  await protocol.send('Network.emulateNetworkConditions', { ...conditions, offline: false, uploadThroughput: -1 });
  /** @type {Promise<number>} */
  const begun = new Promise((resolve) => {
    let opened = NaN;
    protocol.on('Network.requestWillBeSent', ({ request: { url }, timestamp }) => {
      if (url === place) opened = timestamp;
      if (new URL(url).pathname === '/authorize') resolve((timestamp - opened) * 1_000);
    });
  });
  await page.goto(place);
  const milliseconds = await begun;
  await context.close();
  return milliseconds;
}
