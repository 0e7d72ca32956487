// The demo that signs in on its server: two tabs with two patients, no token in a page, and sign-out.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ON_A_PHONE, checkPage } from './accessibility.mjs';
import { element, openBrowser, openDemo, openPage, passSignIn } from './sandbox.mjs';

describe('the demo that signs in on its server', () => {
  let browser, demo;
  before(async () => {
    [browser, demo] = await Promise.all([openBrowser(), openDemo()]);
  });
  after(async () => {
    await browser.close();
    await demo.close();
  });

  it('shows two patients in two tabs, has no token in a page, and signs out only one of the tabs', async () => {
    const page = await openPage(browser);
    await page.goto(demo.url);
    await element(page, 'server-app-link').click();
    await element(page, 'sign-in').click();
    await passSignIn(page);
    assert.match(await element(page, 'patient-name').textContent(), /Maria Alvarez/);
    assert.ok((await element(page, 'conditions').locator('li').count()) > 0);
    assert.ok((await element(page, 'vitals').locator('dt').count()) > 3);

    const [otherTab] = await Promise.all([page.waitForEvent('popup'), element(page, 'other-patient').click()]);
    await element(otherTab, 'patient-noah-adeyemi').click();
    await element(otherTab, 'allow').click();
    assert.match(await element(otherTab, 'patient-name').textContent(), /Noah Adeyemi/);
    await page.reload();
    assert.match(await element(page, 'patient-name').textContent(), /Maria Alvarez/);

    const visible = await page.evaluate(() => {
      const { cookie, scripts } = document;
      return [cookie, Object.keys({ ...localStorage, ...sessionStorage }), scripts.length];
    });
    assert.deepEqual(visible, ['', [], 0], 'no cookie that scripts can read, no stored value, and no script');

    const { href } = new URL(page.url());
    await element(page, 'sign-out').click();
    // The authorization server asks whether the user wants to sign out there too.
    await page.waitForURL(`${demo.sandbox.origin}/**`);
    await element(page, 'sign-out').click();
    await element(page, 'sign-in').waitFor();
    await page.goto(href);
    await element(page, 'sign-in').waitFor();
    await otherTab.reload();
    assert.match(await element(otherTab, 'patient-name').textContent(), /Noah Adeyemi/);
    assert.deepEqual(page.problems, []);
  });

  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    it(`is accessible and fits on a phone, ${colorScheme}`, async () => {
      const page = await openPage(browser, { ...ON_A_PHONE, colorScheme });
      await page.goto(demo.serverAppUrl);
      await checkPage(page, `server-start-${colorScheme}`);
      await element(page, 'sign-in').click();
      await passSignIn(page, { without: ['patient/Condition.rs'] });
      await page.getByText('Not shared with this app.').waitFor();
      await checkPage(page, `server-record-${colorScheme}`);
      await page.context().close();
    });
  }
});
