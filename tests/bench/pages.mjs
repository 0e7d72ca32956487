// The pages of a sign-in, each time in a browser with an empty cache: the page that leaves for the server, the callback, and
// the same page loaded again.

import { rounds } from './rounds.js';

/** Milliseconds, and bytes per second. */
const HERE = { latency: 0, downloadThroughput: -1 };
const NETWORK = { latency: 60, downloadThroughput: 1_250_000 };
const ROUNDS = 7;
/** Milliseconds until a page must be done. */
const PATIENCE = 20_000;

/**
 * @typedef {import('./sections.mjs').Samples} Samples
 *
 * @param {import('playwright-core').Browser} browser
 * @param {import('./server.mjs').Server} server
 * @returns {Promise<Record<'cold-start' | 'after-sign-in' | 'main-thread' | 'page-bytes', Samples>>}
 */
export async function pages(browser, server) {
  /** @param {(library: string) => Promise<Figures>} measure */
  const inRounds = (measure) =>
    rounds(ROUNDS, Object.fromEntries(server.libraries.map((library) => [library, () => measure(library)])));
  const here = await inRounds((library) => visit(browser, server, library, HERE, [leaving]));
  const whole = await inRounds((library) => visit(browser, server, library, NETWORK, [leaving, callback, cached, reload]));
  const slow = await inRounds((library) => visit(browser, server, library, { ...NETWORK, cpu: 4 }, [leaving]));
  /** @param {Record<string, Figures[]>} measured @param {string} figure */
  const of = (measured, figure) =>
    Object.fromEntries(Object.entries(measured).map(([library, all]) => [library, all.map((one) => Number(one[figure]))]));
  return {
    'cold-start': {
      'this machine': of(here, 'leaving: request'),
      '10 Mbit/s, 60 ms': of(whole, 'leaving: request'),
      'the same, CPU at a quarter': of(slow, 'leaving: request'),
    },
    'after-sign-in': {
      'callback: session': of(whole, 'callback: session'),
      'reload, nothing cached: patient': of(whole, 'reload: patient'),
      'reload, scripts cached: patient': of(whole, 'cached: patient'),
    },
    'main-thread': {
      'page that leaves': of(whole, 'leaving: work'),
      callback: of(whole, 'callback: work'),
      'reload, scripts cached': of(whole, 'cached: work'),
    },
    'page-bytes': {
      'page that leaves': of(whole, 'leaving: bytes'),
      'that and the callback': of(whole, 'callback: bytes'),
      'reload, nothing cached': of(whole, 'reload: bytes'),
    },
  };
}

/**
 * @typedef {Record<string, number>} Figures by page and moment
 *
 * @typedef {object} Visit
 * @property {string} place the page's URL
 * @property {() => Promise<unknown>} clearCache
 * @property {(name: string, url: string, last: string) => Promise<string>} open opens a page, and returns the URL of the
 *   request that is its last moment
 * @property {string} authorization the URL of the authorization request
 *
 * @param {import('playwright-core').Browser} browser
 * @param {import('./server.mjs').Server} server
 * @param {string} library
 * @param {{ latency: number, downloadThroughput: number, cpu?: number }} conditions `cpu`: how many times slower it is
 * @param {((visit: Visit) => Promise<void>)[]} steps
 */
async function visit(browser, server, library, { cpu, ...conditions }, steps) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const protocol = await context.newCDPSession(page);
  await protocol.send('Network.enable');
  await protocol.send('Network.emulateNetworkConditions', { ...conditions, offline: false, uploadThroughput: -1 });
  if (cpu) await protocol.send('Emulation.setCPUThrottlingRate', { rate: cpu });
  await protocol.send('Performance.enable', { timeDomain: 'threadTicks' });
  /** Seconds of the main thread since the last navigation. */
  const work = async () => {
    const { metrics } = await protocol.send('Performance.getMetrics');
    return Number(metrics.find(({ name }) => name === 'TaskDuration')?.value);
  };
  /** @type {Figures} */
  const figures = {};
  /** What the server had sent when the cache was empty. */
  let emptied = server.sent();
  /** @type {(event: { request: { url: string }, timestamp: number, type?: string }) => void} */
  let onRequest = () => {};
  protocol.on('Network.requestWillBeSent', (event) => onRequest(event));
  /** @type {Visit['open']} */
  const open = async (name, url, last) => {
    let opened = NaN;
    /** @type {Promise<string>} */
    const reached = new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${library}, ${name}: ${JSON.stringify(figures)}`)), PATIENCE);
      onRequest = ({ request, timestamp, type }) => {
        if (type === 'Document' && request.url === url) opened = timestamp;
        const moment = MOMENTS[new URL(request.url).pathname];
        if (!moment) return;
        figures[`${name}: ${moment}`] = (timestamp - opened) * 1_000;
        if (moment !== last) return;
        clearTimeout(late);
        resolve(request.url);
      };
    });
    await page.goto(url).catch(() => {});
    const asked = await reached;
    figures[`${name}: work`] = (await work()) * 1_000;
    figures[`${name}: bytes`] = server.sent() - emptied;
    return asked;
  };
  const clearCache = async () => {
    await protocol.send('Network.clearBrowserCache');
    emptied = server.sent();
  };
  const place = `${server.origin}/pages/${library}/`;
  const state = { place, clearCache, open, authorization: '' };
  for (const step of steps) await step(state);
  await context.close();
  return figures;
}

/** Moments by the path of the request that shows them. @type {Record<string, string>} */
const MOMENTS = { '/authorize': 'request', '/reached/session': 'session', '/reached/patient': 'patient' };

/** @param {Visit} visit */
async function leaving(visit) {
  visit.authorization = await visit.open('leaving', visit.place, 'request');
}

/** @param {Visit} visit */
async function callback({ open, place, authorization }) {
  const { searchParams: sent, origin } = new URL(authorization);
  // The server puts the code into the ID token as `nonce`.
  const fields = { code: sent.get('nonce') ?? 'none', state: sent.get('state') ?? '', iss: origin };
  await open('callback', `${place}?${new URLSearchParams(fields)}`, 'patient');
}

/** @param {Visit} visit */
async function cached({ open, place }) {
  await open('cached', place, 'patient');
}

/** @param {Visit} visit */
async function reload({ open, place, clearCache }) {
  await clearCache();
  await open('reload', place, 'patient');
}
