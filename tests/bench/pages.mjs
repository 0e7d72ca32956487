// The pages of a sign-in, in a browser whose cache is empty at the beginning: the page that leaves for the server, the callback,
// and the same page loaded again, with scripts cached and with nothing cached.

import { rounds } from './rounds.js';

/** Network conditions: latency in milliseconds, and bytes per second (-1: no limit). */
const LOCAL = { latency: 0, downloadThroughput: -1 };
const NETWORK = { latency: 60, downloadThroughput: 1_250_000 };
const ROUNDS = 7;
/** Milliseconds until a page must be done. */
const PAGE_TIMEOUT = 20_000;

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
  const local = await inRounds((library) => visit(browser, server, library, LOCAL, [leaving]));
  const remote = await inRounds((library) => visit(browser, server, library, NETWORK, [leaving, callback, cached, reload]));
  const slowCpu = await inRounds((library) => visit(browser, server, library, { ...NETWORK, cpu: 4 }, [leaving]));
  /** @param {Record<string, Figures[]>} results @param {string} figure */
  const samplesOf = (results, figure) =>
    Object.fromEntries(
      Object.entries(results).map(([library, rounds]) => [library, rounds.map((figures) => Number(figures[figure]))]),
    );
  return {
    'cold-start': {
      'this machine': samplesOf(local, 'leaving: request'),
      '10 Mbit/s, 60 ms': samplesOf(remote, 'leaving: request'),
      'the same, CPU at a quarter': samplesOf(slowCpu, 'leaving: request'),
    },
    'after-sign-in': {
      'callback: session': samplesOf(remote, 'callback: session'),
      'reload, nothing cached: patient': samplesOf(remote, 'reload: patient'),
      'reload, scripts cached: patient': samplesOf(remote, 'cached: patient'),
    },
    'main-thread': {
      'start of the sign-in': samplesOf(remote, 'leaving: work'),
      callback: samplesOf(remote, 'callback: work'),
      'reload, scripts cached': samplesOf(remote, 'cached: work'),
    },
    'page-bytes': {
      'start of the sign-in': samplesOf(remote, 'leaving: bytes'),
      'that and the callback': samplesOf(remote, 'callback: bytes'),
      'reload, nothing cached': samplesOf(remote, 'reload: bytes'),
    },
  };
}

/**
 * @typedef {Record<string, number>} Figures by page and measure: a moment of `MOMENTS`, `work` or `bytes`, as in `callback: work`
 *
 * @typedef {object} Visit
 * @property {string} pageUrl
 * @property {() => Promise<unknown>} clearCache
 * @property {(name: string, url: string, last: string) => Promise<string>} open opens a page, waits for the request of
 *   its last moment (a value of `MOMENTS`), and returns that request's URL
 * @property {string} authorization the URL of the authorization request
 *
 * @param {import('playwright-core').Browser} browser
 * @param {import('./server.mjs').Server} server
 * @param {string} library
 * @param {{ latency: number, downloadThroughput: number, cpu?: number }} conditions `cpu`: how many times slower the CPU is
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
  /** Seconds that the main thread has worked since the last navigation. */
  const workSeconds = async () => {
    const { metrics } = await protocol.send('Performance.getMetrics');
    return Number(metrics.find(({ name }) => name === 'TaskDuration')?.value);
  };
  /** @type {Figures} */
  const figures = {};
  /** Bytes that the server had sent when the cache was emptied. */
  let sentBefore = server.sent();
  /** @type {(event: { request: { url: string }, timestamp: number, type?: string }) => void} */
  let onRequest = () => {};
  protocol.on('Network.requestWillBeSent', (event) => onRequest(event));
  /** @type {Visit['open']} */
  const open = async (name, url, last) => {
    let openedAt = NaN;
    /** @type {Promise<string>} */
    const lastRequest = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${library}, ${name}: ${JSON.stringify(figures)}`)), PAGE_TIMEOUT);
      onRequest = ({ request, timestamp, type }) => {
        if (type === 'Document' && request.url === url) openedAt = timestamp;
        const moment = MOMENTS[new URL(request.url).pathname];
        if (!moment) return;
        figures[`${name}: ${moment}`] = (timestamp - openedAt) * 1_000;
        if (moment !== last) return;
        clearTimeout(timer);
        resolve(request.url);
      };
    });
    await page.goto(url).catch(() => {});
    const lastUrl = await lastRequest;
    figures[`${name}: work`] = (await workSeconds()) * 1_000;
    figures[`${name}: bytes`] = server.sent() - sentBefore;
    return lastUrl;
  };
  const clearCache = async () => {
    await protocol.send('Network.clearBrowserCache');
    sentBefore = server.sent();
  };
  const pageUrl = `${server.origin}/pages/${library}/`;
  const state = { pageUrl, clearCache, open, authorization: '' };
  for (const step of steps) await step(state);
  await context.close();
  return figures;
}

/** Moments by the path of the request that shows them. @type {Record<string, string>} */
const MOMENTS = { '/authorize': 'request', '/reached/session': 'session', '/reached/patient': 'patient' };

/** @param {Visit} visit */
async function leaving(visit) {
  visit.authorization = await visit.open('leaving', visit.pageUrl, 'request');
}

/** @param {Visit} visit */
async function callback({ open, pageUrl, authorization }) {
  const { searchParams: parameters, origin } = new URL(authorization);
  // The server puts the code into the ID token as `nonce`.
  const fields = { code: parameters.get('nonce') ?? 'none', state: parameters.get('state') ?? '', iss: origin };
  await open('callback', `${pageUrl}?${new URLSearchParams(fields)}`, 'patient');
}

/** @param {Visit} visit */
async function cached({ open, pageUrl }) {
  await open('cached', pageUrl, 'patient');
}

/** @param {Visit} visit */
async function reload({ open, pageUrl, clearCache }) {
  await clearCache();
  await open('reload', pageUrl, 'patient');
}
