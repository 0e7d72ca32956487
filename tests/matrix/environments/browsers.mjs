import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from '../bundled.mjs';
import { openEhr } from '../ehr.mjs';
import { setting } from '../setting.mjs';
import { openSite } from '../site.mjs';
import { visit } from '../visit.mjs';
import { openPage, versions } from '../webdriver.mjs';

/**
 * @typedef {import('../run-environment.mjs').Test} Test
 * @typedef {(test: Test, name: string) => Promise<void>} Run
 */

const COMMAND = ['esbuild', '--bundle', '--minify', '--format=esm', '--outdir=dist'];
const PAGE = ['main.js', '--splitting'];

/** @param {Test} test @param {string} name @param {string[]} entries */
async function serve(test, name, entries) {
  const site = await openSite(test);
  const ehr = await openEhr(test, site.url);
  site.directory = await build(test, name, [...COMMAND, ...entries], ehr.appConfig);
  return { site, ehr, url: site.url };
}

/**
 * A policy that permits only the app's own scripts and the servers.
 *
 * @param {import('../ehr.mjs').Ehr} ehr
 */
const policy = (ehr, wasm = '') =>
  `default-src 'none'; script-src 'self' ${wasm}; connect-src ${ehr.origins.join(' ')}`;

/** The requests for each Request of the app: first with a URL that the client normalizes, then with one that it sends unchanged. */
const EXPECTED_REQUESTS = ['POST', 'PUT', 'DELETE'].flatMap((method) => {
  const [type, body] = method === 'DELETE' ? [null, ''] : ['text/plain;charset=UTF-8', '{"kept":"é"}'];
  const request = { method, cache: 'no-store', credentials: 'omit', type, body };
  return [request, request];
});

/** @param {import('../webdriver.mjs').BrowserName} browser @param {string} title */
function rows(browser, title) {
  /** @param {string} id @param {string} subject @param {Run} run @returns {import('../run-environment.mjs').Environment} */
  const row = (id, subject, run) => {
    const name = `${browser}-${id}`;
    return {
      name,
      title: `${title}, ${subject}`,
      version: () => versions[browser] ?? '–',
      isPinned: false,
      notRunBecause: setting.browsers[browser] ? undefined : 'it is not installed on this machine',
      run: (test) => run(test, name),
    };
  };

  /**
   * A page that starts the app in a worker or a service worker, where the user is simulated.
   *
   * @param {string} page
   * @param {string[]} entries
   * @returns {Run}
   */
  const startedBy = (page, entries) => async (test, name) => {
    const { site, ehr, url } = await serve(test, name, entries);
    await cp(join(site.directory, '..', page), join(site.directory, page));
    await (await openPage(test, browser)).goto(url + page);
    await ehr.signedIn();
  };

  return [
    row('page', 'page', async (test, name) => {
      const { ehr, url } = await serve(test, name, PAGE);
      await visit(test, { browser, url, ehr });
      const { sent } = await ehr.report;
      assert.deepEqual(sent, EXPECTED_REQUESTS, 'a Request is sent with all its members');
    }),
    row('worker', 'module worker', startedBy('worker.html', ['program.js', '--splitting'])),
    row(
      'service-worker',
      'service worker, with `smart-launch/static`',
      startedBy('service-worker.html', ['service-worker.js']),
    ),
    row('csp', "CSP with `'wasm-unsafe-eval'`", async (test, name) => {
      const { site, ehr, url } = await serve(test, name, PAGE);
      site.policy = policy(ehr, "'wasm-unsafe-eval'");
      await visit(test, { browser, url, ehr });
    }),
    row('csp-without', "CSP without `'wasm-unsafe-eval'`: `wasm_unavailable`", async (test, name) => {
      const { site, ehr, url } = await serve(test, name, PAGE);
      site.policy = policy(ehr);
      await (await openPage(test, browser)).goto(url);
      await ehr.failed('wasm_unavailable');
    }),
  ];
}

/** @type {import('../run-environment.mjs').Environment[][]} */
export const browsers = [rows('chromium', 'Chromium'), rows('firefox', 'Firefox'), rows('webkit', 'WebKit (WebKitGTK)')];
