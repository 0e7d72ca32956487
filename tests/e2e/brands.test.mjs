// The demo's search for a hospital: user-access brands in a combobox with logos.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { checkPage, ON_A_PHONE } from './accessibility.mjs';
import { element, libraryRequests, openBrowser, openDemo, openPage, passSignIn } from './sandbox.mjs';

describe('search for a hospital', () => {
  let browser, demo, page;
  before(async () => {
    [browser, demo] = await Promise.all([openBrowser(), openDemo()]);
  });
  after(async () => {
    await browser.close();
    await demo.close();
  });
  afterEach(async () => {
    assert.deepEqual(page.problems, [], 'no unexpected error');
    await page.context().close();
  });

  /** Opens the search. `bundle` is a function that changes the list of organizations. */
  async function open({ options, bundle } = {}) {
    page = await openPage(browser, options);
    if (bundle) {
      await page.route('**/brands.json', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: bundle(await response.json()) });
      });
    }
    demo.sandbox.requests.length = 0;
    await page.goto(demo.url);
    await element(page, 'find').click();
    await element(page, 'picker').waitFor();
  }
  const organizationOf = ({ entry }, id) => entry.map(({ resource }) => resource).find((resource) => resource.id === id);
  const names = () => page.locator('[role=option] .organization-name').allTextContents();
  const state = () =>
    element(page, 'picker').evaluate((input) => {
      const active = document.getElementById(String(input.getAttribute('aria-activedescendant')));
      const list = document.getElementById(String(input.getAttribute('aria-controls')));
      return {
        expanded: input.getAttribute('aria-expanded'),
        active: active?.querySelector('.organization-name')?.textContent,
        selected: active?.getAttribute('aria-selected'),
        listed: list?.checkVisibility(),
        focused: document.activeElement === input,
      };
    });

  it('a hospital is found and chosen with the keyboard, and the user signs in at its server', async () => {
    await open();
    await element(page, 'picker').focus();
    assert.deepEqual(await state(), { expanded: 'false', active: undefined, selected: undefined, listed: false, focused: true });
    await page.keyboard.type('lake');
    assert.deepEqual(await names(), ['Lakeside Children’s Clinic', 'Lakeside Health']);
    assert.deepEqual(await state(), { expanded: 'true', active: undefined, selected: undefined, listed: true, focused: true });
    await page.keyboard.press('ArrowUp');
    assert.equal((await state()).active, 'Lakeside Health');
    await page.keyboard.press('ArrowDown');
    assert.deepEqual(await state(), {
      expanded: 'true',
      active: 'Lakeside Children’s Clinic',
      selected: 'true',
      listed: true,
      focused: true,
    });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal(await element(page, 'picker').inputValue(), 'Lakeside Health');
    assert.deepEqual(await state(), { expanded: 'false', active: undefined, selected: undefined, listed: false, focused: true });
    assert.match(await element(page, 'picker-choice').textContent(), /Lakeside Health.*Lakeside, MN, US/);
    const logo = element(page, 'picker-choice').locator('img');
    assert.ok(await logo.evaluate((image) => image.complete && image.naturalWidth > 0), 'the logo is loaded');
    assert.deepEqual(libraryRequests(demo.sandbox.requests), ['discovery'], 'the search itself starts no sign-in');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await passSignIn(page);
    await element(page, 'patient-name').waitFor();
    assert.equal(page.url(), `${demo.url}/`);
  });

  it('a hospital without an endpoint is chosen with the mouse, and the endpoint of its parent organization is used', async () => {
    await open();
    await element(page, 'picker').fill('children 55014');
    await page.locator('[role=option]').click();
    assert.equal((await state()).focused, true);
    await element(page, 'picker-sign-in').click();
    await element(page, 'user-amara-okafor').waitFor();
  });

  it('if the app is not registered at the server of the hospital, there is no button to sign in', async () => {
    await open();
    await element(page, 'picker').fill('SANTA INES');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.match(await element(page, 'picker-choice').textContent(), /Hospital Santa Inés.*not registered/);
    assert.equal(await element(page, 'picker-sign-in').count(), 0);
    await element(page, 'picker').fill('schlosspark');
    assert.deepEqual(await names(), ['Klinikum am Schloßpark']);
    assert.equal(await element(page, 'picker-choice').count(), 0, 'a new text removes the choice');
  });

  it('Escape closes the list, then clears the text; if nothing matches, the page says so', async () => {
    await open();
    await element(page, 'picker').fill('lake');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    assert.equal((await state()).expanded, 'false');
    assert.equal(await element(page, 'picker').inputValue(), 'lake');
    await page.keyboard.press('Enter');
    assert.equal(await element(page, 'picker-choice').count(), 0, 'a closed list chooses nothing');
    await page.keyboard.press('ArrowDown');
    assert.equal((await state()).active, 'Lakeside Children’s Clinic');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    assert.equal(await element(page, 'picker').inputValue(), '');
    await element(page, 'picker').fill('zzz');
    assert.equal(await page.locator('[role=status]').textContent(), 'Nothing was found.');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal((await state()).expanded, 'false');
  });

  it('hostile bundle: its texts are not HTML, its servers are not contacted, and a letter replaces a broken logo', async () => {
    const otherUrls = [];
    await open({
      bundle(bundle) {
        const lakeside = organizationOf(bundle, 'lakeside');
        lakeside.name = '<img src=x onerror=alert(1)> Lakeside';
        lakeside.extension[0].extension[0].valueUrl = 'data:image/png;base64,AAAA';
        bundle.entry.find(({ resource }) => resource.resourceType === 'Endpoint').resource.address = 'http://localhost:1/fhir';
        return bundle;
      },
    });
    page.on('request', (request) => {
      if (![demo.url, demo.sandbox.origin].includes(new URL(request.url()).origin)) otherUrls.push(request.url());
    });
    await element(page, 'picker').fill('img');
    assert.deepEqual(await names(), ['<img src=x onerror=alert(1)> Lakeside']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await element(page, 'picker-choice').locator('span.organization-logo').waitFor();
    assert.equal(await element(page, 'picker-sign-in').count(), 0);
    assert.deepEqual(otherUrls.filter((url) => !url.startsWith('data:')), []);
  });

  it('if the bundle cannot be loaded, the page shows the error and a button to try again', async () => {
    page = await openPage(browser);
    await page.route('**/brands.json', (route) => route.fulfill({ headers: { 'access-control-allow-origin': '*' }, json: { resourceType: 'OperationOutcome' } }));
    await page.goto(demo.url);
    await element(page, 'find').click();
    await element(page, 'picker-failure').waitFor();
    await element(page, 'error-details').click();
    assert.equal(await element(page, 'error-code').textContent(), 'json_invalid');
    await page.unroute('**/brands.json');
    await element(page, 'picker-failure').locator('button').click();
    await element(page, 'picker').waitFor();
  });

  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    it(`the search is accessible and fits on a phone, ${colorScheme}`, async () => {
      await open({ options: { ...ON_A_PHONE, colorScheme } });
      await element(page, 'picker').fill('l');
      await page.keyboard.press('ArrowDown');
      await checkPage(page, `find-${colorScheme}`);
      await page.keyboard.press('Enter');
      await checkPage(page, `found-${colorScheme}`);
    });
  }
});
