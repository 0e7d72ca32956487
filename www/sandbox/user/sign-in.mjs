/** Signs in without a browser, or with a browser that Playwright drives. */

import { Browser } from './browser.mjs';

const USER = 'amara-okafor';
const PATIENT = 'maria-alvarez';

/**
 * Goes through the sandbox's pages, if there are any, as its user would, and returns the URL that the browser would be
 * redirected to. Responses by `form_post` need a browser.
 *
 * @param {string | URL | AuthorizationRequest} request
 * @param {Choices} [choices]
 * @returns {Promise<string>}
 * @throws {Error} with the text of the error page, if the sandbox shows one instead of a redirect
 *
 * @typedef {{ method: 'GET', url: string } | { method: 'POST', action: string, fields: Iterable<readonly [string, string]> }} AuthorizationRequest
 *
 * @typedef {object} Choices
 * @property {string} [user] id of the user who signs in
 * @property {string} [patient] id of the patient that a clinician chooses
 * @property {string[]} [without] scopes whose checkboxes are cleared
 * @property {boolean} [deny] denies access instead
 */
export async function signIn(request, { without = [], ...choices } = {}) {
  const browser = new Browser();
  /** @param {string[]} offered */
  const granted = (offered) => offered.filter((scope) => !without.includes(scope));
  const page = await passPages(browser, await openRequest(browser, request), { ...choices, granted });
  if (page.redirect) return page.redirect.href;
  throw new Error(`The sandbox answered HTTP ${page.status}: ${visibleText(page.text)}`);
}

/**
 * Presses the buttons of the pages until there are no more pages.
 *
 * @param {Browser} browser
 * @param {import('./browser.mjs').Page} page
 * @param {{ user?: string, patient?: string, granted?: (offered: string[]) => string[], deny?: boolean }} choices
 */
export async function passPages(browser, page, { user = USER, patient = PATIENT, granted = (offered) => offered, deny = false }) {
  if (page.text.includes('data-testid="user-')) page = await browser.submit(page, 'user', { user });
  if (page.text.includes('data-testid="patient-')) page = await browser.open(`${page.url}?patient=${patient}`);
  if (!page.text.includes('data-testid="allow"')) return page;
  if (deny) return browser.submit(page, 'denial', {});
  const boxes = [...page.text.matchAll(/name="scope" value="([^"]+)"/g)];
  const offered = boxes.map(([, scope = '']) => scope.replaceAll('&amp;', '&'));
  return browser.submit(page, 'consent', { patient, scope: granted(offered) });
}

/**
 * Signs in on a Playwright page that shows the sandbox's pages or is about to show them, up to the click that redirects back to
 * the app.
 * An EHR launch shows no pages, so it does not need this function.
 *
 * @param {PlaywrightPage} page
 * @param {Choices} [choices]
 *
 * @typedef {object} PlaywrightPage
 * @property {(selector: string) => PlaywrightLocator} locator
 *
 * @typedef {object} PlaywrightLocator
 * @property {() => PlaywrightLocator} first
 * @property {() => Promise<void>} click
 * @property {() => Promise<void>} uncheck
 * @property {() => Promise<void>} waitFor
 * @property {() => Promise<boolean>} isVisible
 */
export async function signInOn(page, { user = USER, patient = PATIENT, without = [], deny = false } = {}) {
  /** @param {...string} ids */
  const byTestId = (...ids) => page.locator(ids.map((id) => `[data-testid="${id}"]`).join(', '));
  const steps = [`user-${user}`, `patient-${patient}`, 'allow'];
  // The sign-in page is not shown if a user is already signed in, and the patient picker is not shown to patients.
  for (const [index, step] of steps.slice(0, -1).entries()) {
    await byTestId(...steps.slice(index)).first().waitFor();
    if (await byTestId(step).isVisible()) await byTestId(step).click();
  }
  for (const scope of without) await byTestId(`scope-${scope}`).uncheck();
  await byTestId(deny ? 'deny' : 'allow').click();
}

/** @param {Browser} browser @param {string | URL | AuthorizationRequest} request */
function openRequest(browser, request) {
  if (typeof request === 'string' || request instanceof URL) return browser.open(String(request));
  if (request.method === 'GET') return browser.open(request.url);
  return browser.open(request.action, { form: Object.fromEntries(request.fields) });
}

/**
 * The text of a page, without its markup.
 *
 * @param {string} text
 */
function visibleText(text) {
  const main = /<main[^>]*>(.*)<\/main>/s.exec(text)?.[1] ?? text;
  const words = main.replaceAll(/<[^>]*>/g, ' ').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
  return words.replaceAll(/\s+/g, ' ').trim();
}
