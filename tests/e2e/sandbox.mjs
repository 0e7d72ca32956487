// The demo and its sandbox in a real browser: the setup of every test here.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { FLAGS } from '../chromium-flags.mjs';
import { keysAfterToken } from '../request-order.mjs';

const { SMART_LAUNCH_DEMO: demoDirectory, SMART_LAUNCH_TOOLS: tools, CHROMIUM } = process.env;
if (!demoDirectory || !tools || !CHROMIUM) throw new Error('run these tests by `cargo xtask test e2e`');

const { chromium } = /** @type {typeof import('playwright-core')} */ (createRequire(`${tools}/`)('playwright-core'));

/**
 * A module of the built demo.
 *
 * @param {string} path
 */
export const fromDemo = (path) => import(pathToFileURL(`${demoDirectory}/${path}`).href);

/** The package as installed in the demo. */
export const packageDirectory = `${demoDirectory}/node_modules/smart-launch`;

/** Starts Chromium without its background activity. */
export const openBrowser = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

/**
 * Starts Chromium with its popup blocker and partitioned storage. Playwright disables the popup blocker by a flag, and
 * partitioned storage in a list of features; the list below comes later on the command line and replaces it.
 */
export const openBrowserWithPopupBlocker = () =>
  chromium.launch({
    executablePath: CHROMIUM,
    ignoreDefaultArgs: ['--disable-popup-blocking'],
    args: [...FLAGS, '--disable-features=HttpsUpgrades,MediaRouter,OptimizationHints'],
  });

/**
 * Starts the demo and the sandbox on free ports.
 *
 * @param {object} [options] of `startDemo`
 */
export async function openDemo(options = {}) {
  const { startDemo } = await fromDemo('serve.mjs');
  return startDemo({ appPort: 0, sandboxPort: 0, quiet: true, ...options });
}

/**
 * Opens a page and collects its errors in `problems`, also errors that the page does not show, but no responses with a status 4xx.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function openPage(browser, options) {
  /** @type {string[]} */
  const problems = [];
  const page = Object.assign(await (await browser.newContext(options)).newPage(), { problems });
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => page.problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) page.problems.push(message.text());
  });
  return page;
}

/** @param {import('playwright-core').Page} page @param {string} id */
export const element = (page, id) => page.locator(`[data-testid="${id}"]`);

/**
 * Goes through the sandbox's own pages: chooses the user, the patient and the permissions.
 *
 * @param {import('playwright-core').Page} page
 * @param {{ user?: string, patient?: string, without?: string[] }} [choices]
 */
export async function passSignIn(page, { user = 'amara-okafor', patient = 'maria-alvarez', without = [] } = {}) {
  await element(page, `user-${user}`).click();
  await element(page, `patient-${patient}`).click();
  for (const scope of without) await element(page, `scope-${scope}`).uncheck();
  await element(page, 'allow').click();
}

/**
 * The library's requests to the authorization server, in order, but with the request for the keys after the token request, and
 * without the server's own pages on which the user signs in.
 *
 * @param {{ purpose?: string }[]} requests
 */
export const libraryRequests = (requests) =>
  keysAfterToken(
    requests
      .map(({ purpose = '' }) => purpose)
      .filter((purpose) => ['discovery', 'authorize', 'token', 'jwks', 'revoke'].includes(purpose)),
  );
