// The demo that signs in on its server: two tabs with two patients, no token in a page, and sign-out.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { at, openBrowser, openDemo, openPage, passSignIn } from './sandbox.mjs';

const axe = readFileSync(createRequire(`${process.env.SMART_LAUNCH_TOOLS}/`).resolve('axe-core/axe.min.js'), 'utf8');

describe('the demo that signs in on its server', () => {
  let browser, demo;
  before(async () => {
    [browser, demo] = await Promise.all([openBrowser(), openDemo()]);
  });
  after(async () => {
    await browser.close();
    await demo.close();
  });

  it('shows two patients in two tabs, has no token in a page, and signs out one of them', async () => {
    const page = await openPage(browser);
    await page.goto(demo.url);
    await at(page, 'server-app-link').click();
    await at(page, 'sign-in').click();
    await passSignIn(page);
    assert.match(await at(page, 'patient-name').textContent(), /Maria Alvarez/);
    assert.ok((await at(page, 'conditions').locator('li').count()) > 0);
    assert.ok((await at(page, 'vitals').locator('dt').count()) > 3);

    const [other] = await Promise.all([page.waitForEvent('popup'), at(page, 'other-patient').click()]);
    await at(other, 'patient-noah-adeyemi').click();
    await at(other, 'allow').click();
    assert.match(await at(other, 'patient-name').textContent(), /Noah Adeyemi/);
    await page.reload();
    assert.match(await at(page, 'patient-name').textContent(), /Maria Alvarez/);

    const seen = await page.evaluate(() => {
      const { cookie, scripts } = document;
      return [cookie, Object.keys({ ...localStorage, ...sessionStorage }), scripts.length];
    });
    assert.deepEqual(seen, ['', [], 0], 'scripts find nothing in the page');

    const { href } = new URL(page.url());
    await at(page, 'sign-out').click();
    // At the server, which asks whether the user also signs out there.
    await page.waitForURL(`${demo.sandbox.origin}/**`);
    await at(page, 'sign-out').click();
    await at(page, 'sign-in').waitFor();
    await page.goto(href);
    await at(page, 'sign-in').waitFor();
    await other.reload();
    assert.match(await at(other, 'patient-name').textContent(), /Noah Adeyemi/);
    assert.deepEqual(page.mishaps, []);
  });

  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    it(`is accessible and fits on a phone, ${colorScheme}`, async () => {
      const page = await openPage(browser, { colorScheme, viewport: { width: 360, height: 740 }, bypassCSP: true });
      await page.goto(demo.serverAppUrl);
      await check(page, `start-${colorScheme}`);
      await at(page, 'sign-in').click();
      await passSignIn(page, { without: ['patient/Condition.rs'] });
      await page.getByText('Not shared with this app.').waitFor();
      await check(page, `record-${colorScheme}`);
      await page.context().close();
    });
  }
});

/** @param {import('playwright-core').Page} page @param {string} name */
async function check(page, name) {
  const { SMART_LAUNCH_SCREENSHOTS: directory } = process.env;
  if (directory) await page.screenshot({ path: `${directory}/${name}.png`, fullPage: true });
  await page.evaluate(axe);
  const found = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run());
  assert.deepEqual(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the phone');
}
