// A user who signs in to the app in a browser.

import assert from 'node:assert/strict';
import { PURPOSES_OF_PAGE } from './ehr.mjs';
import { openPage } from './webdriver.mjs';

/** The user's clicks on the server's pages: chooses the user and the patient, and allows the access. */
const CLICKS = ['user-amara-okafor', 'patient-maria-alvarez', 'allow'];

/**
 * @param {import('./run-environment.mjs').Test} test
 * @param {object} options
 * @param {import('./webdriver.mjs').BrowserName} [options.browser]
 * @param {string} options.url
 * @param {import('./ehr.mjs').Ehr} options.ehr
 * @param {string[] | null} [options.expected] the purposes of the requests to the authorization server; `null`: any
 */
export async function visit(test, { browser = 'chromium', url, ehr, expected = PURPOSES_OF_PAGE }) {
  const page = await openPage(test, browser);
  await page.goto(url);
  const press = async () => {
    for (const id of CLICKS) await page.press(`[data-testid="${id}"]`);
  };
  // An app that fails reports the failure, and never reaches these pages.
  await Promise.race([press(), ehr.report]);
  await ehr.signedIn(expected);
  assert.equal(await page.url(), url, 'no code is left in the URL');
}
