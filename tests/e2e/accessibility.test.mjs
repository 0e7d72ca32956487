// The pages of the demo and of the sandbox are accessible and fit on a phone, light and dark.

import { after, before, describe, it } from 'node:test';
import { ON_A_PHONE, checkPage } from './accessibility.mjs';
import { element, openBrowser, openDemo, openPage } from './sandbox.mjs';

describe('accessibility', () => {
  let browser, demo;
  before(async () => {
    [browser, demo] = await Promise.all([openBrowser(), openDemo()]);
  });
  after(async () => {
    await browser.close();
    await demo.close();
  });

  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    it(`the demo and the pages on which the user signs in are accessible and fit on a phone, ${colorScheme}`, async () => {
      const page = await openPage(browser, { ...ON_A_PHONE, colorScheme });
      /** @param {string} name */
      const check = (name) => checkPage(page, `${name}-${colorScheme}`);
      await page.goto(demo.url);
      await element(page, 'sign-in').waitFor();
      await check('landing');
      await element(page, 'sign-in').click();
      await element(page, 'user-amara-okafor').waitFor();
      await check('users');
      await element(page, 'user-amara-okafor').click();
      await element(page, 'patient-maria-alvarez').waitFor();
      await check('patients');
      await element(page, 'patient-maria-alvarez').click();
      await element(page, 'allow').waitFor();
      await check('permissions');
      await element(page, 'allow').click();
      await element(page, 'patient-name').waitFor();
      await check('record');
      await element(page, 'sign-out').click();
      await element(page, 'signed-out').waitFor();
      await check('signed-out');
      await page.goto(`${demo.url}/?code=forged&state=${'f'.repeat(43)}`);
      await element(page, 'error-details').click();
      await check('error');
      await page.context().close();
    });

    it(`the sandbox's start page, its EHR and its error pages are accessible and fit on a phone, ${colorScheme}`, async () => {
      const page = await openPage(browser, { ...ON_A_PHONE, colorScheme });
      const { origin, ehrUrl } = demo.sandbox;
      for (const [name, url] of Object.entries({
        start: origin,
        ehr: ehrUrl,
        'unknown-app': `${origin}/authorize?response_type=code&client_id=unknown&redirect_uri=https%3A%2F%2Fapp.example%2F`,
        'wrong-redirect': `${origin}/authorize?response_type=code&client_id=smart-launch-demo&redirect_uri=https%3A%2F%2Fapp.example%2F`,
      })) {
        await page.goto(url);
        await checkPage(page, `${name}-${colorScheme}`);
      }
      await page.context().close();
    });
  }
});
