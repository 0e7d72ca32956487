// The demo with records that the sandbox’s data does not have.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { element, openBrowser, openDemo, openPage, passSignIn } from './sandbox.mjs';

describe('the record of a patient', () => {
  let browser, demo, page;
  /** The responses of the FHIR server. */
  let patient, observations;

  before(async () => {
    [browser, demo] = await Promise.all([openBrowser(), openDemo()]);
    page = await openPage(browser, { timezoneId: 'America/New_York' });
    const respondWith = (resource) => (route) =>
      route.fulfill({ headers: { 'access-control-allow-origin': '*' }, json: resource() });
    await page.route('**/fhir/Patient/*', respondWith(() => ({ resourceType: 'Patient', id: 'maria-alvarez', ...patient })));
    await page.route('**/fhir/Observation?*', respondWith(() => bundleOf(observations)));
    [patient, observations] = [{}, []];
    await page.goto(demo.url);
    await element(page, 'sign-in').click();
    await passSignIn(page);
    await element(page, 'patient-name').waitFor();
  });
  beforeEach(() => ([patient, observations] = [{}, []]));
  after(async () => {
    assert.deepEqual(page.problems, [], 'no unexpected error');
    await browser.close();
    await demo.close();
  });

  const bundleOf = (resources) => ({
    resourceType: 'Bundle',
    type: 'searchset',
    entry: resources.map((resource) => ({ resource })),
  });
  const weightAt = (effectiveDateTime, index) => ({
    resourceType: 'Observation',
    id: `weight-${index}`,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
    effectiveDateTime,
    valueQuantity: { value: 70 + index, unit: 'kg' },
  });

  for (const [what, times, labels] of [
    ['one measurement', ['2026-05-17T09:30:00-04:00'], ['17 May']],
    ['measurements of one day', ['2026-05-17T00:30:00-04:00', '2026-05-17T23:30:00-04:00'], ['17 May']],
    ['one measurement without a time', ['2026-05-17'], ['17 May']],
    ['measurements of two days', ['2026-05-17T09:30:00-04:00', '2026-05-18T09:30:00-04:00'], ['18 May']],
  ]) {
    it(`the time axis has a label for ${what}`, async () => {
      observations = times.map(weightAt);
      await page.reload();
      await page.locator('.vitals-canvas .recharts-line-dot').nth(times.length - 1).waitFor();
      assert.deepEqual(await page.locator('.recharts-xAxis-tick-labels text').allTextContents(), labels);
    });
  }

  it('the labels of the value axis are inside the chart', async () => {
    observations = ['2026-05-17', '2026-05-18'].map((day, index) => weightAt(day, 92.5 + index / 2));
    await page.reload();
    await page.locator('.vitals-canvas .recharts-line-dot').nth(1).waitFor();
    const labels = page.locator('.recharts-yAxis-tick-labels text');
    assert.deepEqual(await labels.allTextContents(), ['162', '162.5', '163']);
    const chart = await page.locator('.vitals-canvas').boundingBox();
    for (const label of await labels.all()) assert.ok((await label.boundingBox()).x >= chart.x, await label.textContent());
  });

  const year = new Date().getFullYear();
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format();
  for (const [what, names, shown] of [
    ['a name that ends in the future', [{ family: 'Ng', period: { end: `${year + 1}-01-31` } }], 'Ng'],
    ['a name that ends today', [{ family: 'Ng', period: { end: today } }], 'Ng'],
    ['a name that ends in this month', [{ family: 'Ng', period: { end: today.slice(0, 7) } }], 'Ng'],
    ['a name that ends in this year', [{ family: 'Ng', period: { end: String(year) } }], 'Ng'],
    ['no name that has ended', [{ family: 'Ng', period: { end: `${year - 1}-12` } }], 'Name not recorded'],
    [
      'the usual name if the official one has ended',
      [
        { use: 'official', family: 'Ng', period: { end: `${year - 1}-01-31T12:00:00Z` } },
        { use: 'usual', family: 'Lee', period: { end: `${year + 1}-01-31T12:00:00Z` } },
      ],
      'Lee',
    ],
  ]) {
    it(`shows ${what}`, async () => {
      patient = { name: names };
      await page.reload();
      assert.equal(await element(page, 'patient-name').textContent(), shown);
    });
  }
});
