// The app in a page without a build step, the sandbox to which it signs in, and the proxy between them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from './chromium.mjs';
import { firefox } from './firefox.mjs';
import { startTokenProxy } from './token-proxy.mjs';
import { until } from './page-program.mjs';

const { SMART_LAUNCH_DEMO: demoDirectory } = process.env;
if (!demoDirectory) throw new Error('run these tests by `cargo xtask test tabs`');

const packageDirectory = `${demoDirectory}/node_modules/smart-launch`;
/**
 * @typedef {import('./chromium.mjs').Tab} Tab
 * @typedef {import('./chromium.mjs').Browser} Browser
 * @typedef {typeof chromium | typeof firefox} BrowserProgram
 */

/** @param {string} path */
const fromDemo = (path) => import(pathToFileURL(`${demoDirectory}/${path}`).href);
/** @type {typeof import('../../www/sandbox/sandbox.mjs')} */
const { startSandbox } = await fromDemo('sandbox/sandbox.mjs');
/** @type {typeof import('../../www/sandbox/testing/app.mjs')} */
const { testApp } = await fromDemo('sandbox/testing/app.mjs');
/** @type {typeof import('../../www/sandbox/user/browser.mjs')} */
const { Browser: User } = await fromDemo('sandbox/user/browser.mjs');

const browserName = process.env.SMART_LAUNCH_TABS_BROWSER;
/** The browsers used in these tests. */
export const browsers = [chromium, firefox].filter(({ name }) => !browserName || name.toLowerCase() === browserName);

/** The running browsers: one of each for all tests of a file. @type {Map<BrowserProgram, Promise<Browser>>} */
const running = new Map();
after(() => Promise.all([...running.values()].map(async (opening) => (await opening).close())));

/** @param {BrowserProgram} browser */
function runningBrowser(browser) {
  const opening = running.get(browser) ?? browser.open();
  running.set(browser, opening);
  return opening;
}

/** @type {Record<string, string>} */
const TYPES = { js: 'text/javascript', mjs: 'text/javascript', html: 'text/html' };

/** Lifetime in seconds of an access token in tests that move the page's clock. */
export const LIFETIME = 300;

/**
 * Starts the app, the sandbox and the proxy.
 *
 * @param {import('node:test').TestContext} test at its end everything is stopped
 * @param {BrowserProgram} browser
 * @param {object} [options]
 * @param {number} [options.accessTokenSeconds]
 * @param {boolean} [options.dpop] whether tokens are bound to a key; if so, the app's requests do not go through the proxy, because
 *   a proof names the server's URL
 */
export async function openApp(test, browser, { accessTokenSeconds = LIFETIME, dpop = false } = {}) {
  const page = await servePage();
  const registration = { clientId: 'tabs', name: 'tabs', redirectUris: [page.url], launchUrl: page.url };
  const sandbox = await startSandbox({ apps: [registration], accessTokenSeconds, requireDpop: dpop });
  const proxy = await startTokenProxy(sandbox.origin);
  page.config.options = {
    fhirBaseUrl: sandbox.fhirBaseUrl,
    clientId: 'tabs',
    scope: 'launch/patient patient/*.rs offline_access',
    redirectUri: page.url,
    allowInsecureLoopback: true,
    ...(dpop
      ? { dpop }
      : {
          endpoints: {
            authorizationEndpoint: `${sandbox.origin}/authorize`,
            tokenEndpoint: `${proxy.origin}/token`,
            revocationEndpoint: `${proxy.origin}/revoke`,
          },
        }),
  };
  const instance = await runningBrowser(browser);
  /** @type {Tab[]} */
  const tabs = [];
  test.after(async () => {
    // Closing fails for tabs that the test itself has closed or crashed.
    for (const tab of tabs) await tab.close().catch(() => {});
    await Promise.all([proxy.close(), sandbox.close()]);
    page.close();
  });
  const user = new User();
  const pages = await testApp(sandbox);

  const app = {
    browser: instance,
    url: page.url,
    /** The page with tasks that other tabs can request. */
    tasksUrl: `${page.url}?tasks`,
    page,
    proxy,
    sandbox,

    async open(url = page.url) {
      const tab = await instance.open(url);
      tabs.push(tab);
      await app.waitUntilLoaded(tab);
      return tab;
    },

    /**
     * Opens a page, and does not wait for the app in it.
     *
     * @param {string} url
     */
    async openBlank(url) {
      const tab = await instance.open(url);
      tabs.push(tab);
      return tab;
    },

    /**
     * Waits until the page's script has run and the stored session is restored.
     *
     * @param {Tab} tab
     */
    waitUntilLoaded: (tab) => until(() => tab.run(() => globalThis.loaded), 'the page is loaded'),

    /**
     * Duplicates a tab as "Duplicate tab" does: a tab in a separate process with a copy of `sessionStorage`.
     *
     * @param {Tab} tab
     */
    async duplicate(tab) {
      const copy = await instance.tabOpenedBy(() => tab.click('#duplicate'));
      tabs.push(copy);
      await app.waitUntilLoaded(copy);
      return copy;
    },

    /**
     * Navigates to another page of the same site.
     *
     * @param {Tab} tab
     */
    async leave(tab) {
      await tab.goto(`${page.url}blank.html`);
      await until(() => tab.run(() => document.title === 'Another page'), 'the next page is loaded');
    },

    /**
     * The callback for an authorization request; a simulated user signs in at the sandbox, outside these browsers.
     *
     * @param {import('smart-launch').AuthorizationRequest} request
     * @param {{ patient?: string }} choices
     */
    async callbackOf(request, choices = {}) {
      assert.ok(request.method === 'GET');
      const userBrowser = choices.patient ? new User() : user;
      const parameters = Object.fromEntries(new URL(request.url).searchParams);
      const { redirect } = await pages.authorize({ parameters }, { browser: userBrowser, ...choices });
      assert.ok(redirect, 'the sandbox sends the user back');
      return redirect.href;
    },

    /**
     * Signs in without leaving the page.
     *
     * @param {Tab} tab
     */
    async signIn(tab) {
      const request = await tab.run(() => smart.authorize({ navigate: false }));
      await tab.run((callback) => smart.ready({ callback }).then(() => {}), await app.callbackOf(request));
    },

    /**
     * Moves this tab's clock so that all access tokens have expired.
     *
     * @param {Tab} tab
     */
    expire: (tab) => tab.run((seconds) => moveClock(seconds), LIFETIME),
  };
  return app;
}

/** Serves the page, the package, and the client's options. */
async function servePage() {
  /** @type {{ options?: object }} */
  const config = {};
  /** @type {Set<import('node:http').ServerResponse>} */
  const blocked = new Set();
  /** @type {((value?: unknown) => void)[]} */
  const waiting = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    if (pathname === '/config.json') return response.end(JSON.stringify(config.options));
    if (pathname === '/blocked') {
      // There is no response, so that a page with a synchronous request is blocked.
      blocked.add(response);
      return waiting.shift()?.();
    }
    const inPackage = pathname.startsWith('/smart-launch/');
    const name = pathname === '/' ? 'page.html' : pathname.slice(1);
    if (!inPackage && !FILES.includes(name)) return response.writeHead(404).end();
    const file = inPackage ? packageDirectory + pathname.slice('/smart-launch'.length) : new URL(name, import.meta.url);
    response.setHeader('content-type', TYPES[/\.(\w+)$/.exec(String(file))?.[1] ?? ''] ?? 'application/octet-stream');
    // A duplicate has another opener policy than the original tab, so that it gets a separate process, as a real duplicate does.
    const policy = Number(searchParams.get('generation')) % 2 ? 'unsafe-none' : 'same-origin';
    if (pathname === '/') response.setHeader('cross-origin-opener-policy', policy);
    return response.end(await readFile(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    config,
    url: `http://localhost:${port}/`,
    /** The same page on another site. */
    foreignUrl: `http://127.0.0.1:${port}/`,
    /** Resolves when a page is blocked. */
    blockedPage: () => new Promise((resolve) => waiting.push(resolve)),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const FILES = ['page.html', 'two-frames.html', 'blank.html', 'frame.html', 'tab-tasks.mjs', 'page.mjs', 'many-sign-ins.mjs'];

/**
 * The quantile of the values: at least the fraction `part` of the values is not greater than the quantile.
 *
 * @param {number[]} values
 * @param {number} part
 */
export function percentile(values, part) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted.length === 0 ? NaN : Number(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)]);
}

/**
 * Prints one line of figures.
 *
 * @param {Browser} browser
 * @param {string} title
 * @param {Record<string, unknown>} figures
 */
export function logFigures(browser, title, figures) {
  const parts = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  console.log(`${browser.name}, ${title}: ${parts.join(', ')}`);
}
