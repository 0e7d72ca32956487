// A user who signs in to the app in a browser.

import assert from 'node:assert/strict';
import { ASKED_BY_PAGE } from './ehr.mjs';
import { openPage } from './webdriver.mjs';

/** The user's clicks on the server's pages: chooses the user and the patient, and allows the access. */
const PRESSED = ['user-amara-okafor', 'patient-maria-alvarez', 'allow'];

/**
 * @param {import('./attempt.mjs').Test} test
 * @param {object} where
 * @param {import('./webdriver.mjs').BrowserName} [where.browser]
 * @param {string} where.url
 * @param {import('./ehr.mjs').Ehr} where.ehr
 * @param {string[] | null} [where.expected] the requests to the authorization server; `null`: any
 */
export async function visit(test, { browser = 'chromium', url, ehr, expected = ASKED_BY_PAGE }) {
  const page = await openPage(test, browser);
  await page.goto(url);
  const press = async () => {
    for (const id of PRESSED) await page.press(`[data-testid="${id}"]`);
  };
  // An app that fails reports the failure, and never reaches these pages.
  await Promise.race([press(), ehr.told]);
  await ehr.signedIn(expected);
  assert.equal(await page.url(), url, 'no code is left in the address');
}
