// EHR launch: from the sandbox's EHR page, in a tab and in an iframe of the EHR.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { element, libraryRequests, openBrowser, openDemo, openPage } from './sandbox.mjs';

describe('EHR launch', () => {
  let browser, demo;
  before(async () => {
    [browser, demo] = await Promise.all([openBrowser(), openDemo()]);
  });
  after(async () => {
    await browser.close();
    await demo.close();
  });

  async function openChart(patient) {
    const page = await openPage(browser, { viewport: { width: 1500, height: 900 } });
    await page.goto(demo.sandbox.ehrUrl);
    await element(page, `ehr-patient-${patient}`).first().click();
    return page;
  }

  it('signs in with exactly four requests: discovery, authorize, token, and the keys for the ID token', async () => {
    const ehr = await openChart('walter-nowak');
    demo.sandbox.requests.length = 0;
    const [app] = await Promise.all([ehr.context().waitForEvent('page'), element(ehr, 'launch-tab').first().click()]);
    await element(app, 'patient-name').waitFor();
    assert.match(await element(app, 'patient-name').textContent(), /Nowak/);
    assert.equal(app.url(), `${demo.url}/`, 'neither launch nor code are left in the URL');
    assert.deepEqual(libraryRequests(demo.sandbox.requests), ['discovery', 'authorize', 'token', 'jwks']);
    assert.match(await element(app, 'session-facts').textContent(), /Signed in as(Practitioner|Patient)\//);
    assert.deepEqual(ehr.problems, []);
    demo.sandbox.requests.length = 0;
    await app.reload();
    await element(app, 'patient-name').waitFor();
    assert.deepEqual(libraryRequests(demo.sandbox.requests), []);
    await ehr.context().close();
  });

  it('signs in inside an iframe of the EHR', async () => {
    const ehr = await openChart('zoe-nguyen-mueller');
    await element(ehr, 'launch-frame').first().click();
    const frame = ehr.frameLocator('[data-testid="app-frame"]');
    await frame.locator('[data-testid="patient-name"]').waitFor();
    assert.match(await frame.locator('[data-testid="patient-name"]').textContent(), /Zoë Nguyễn-Müller/);
    await ehr.context().close();
  });

  it('shows the new patient, not the one of the stored session, when the app is launched again', async () => {
    const ehr = await openChart('walter-nowak');
    const [app] = await Promise.all([ehr.context().waitForEvent('page'), element(ehr, 'launch-tab').first().click()]);
    await element(app, 'patient-name').waitFor();
    await ehr.goto(demo.sandbox.ehrUrl);
    await element(ehr, 'ehr-patient-noah-adeyemi').first().click();
    const [secondApp] = await Promise.all([ehr.context().waitForEvent('page'), element(ehr, 'launch-tab').first().click()]);
    await element(secondApp, 'patient-name').waitFor();
    assert.match(await element(secondApp, 'patient-name').textContent(), /Adeyemi/);
    await ehr.context().close();
  });

  it('does not navigate for a launch by a server that is not configured', async () => {
    const page = await openPage(browser);
    const otherUrls = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(demo.url)) otherUrls.push(request.url());
    });
    await page.goto(`${demo.url}/?iss=${encodeURIComponent('https://evil.example/fhir')}&launch=1`);
    await element(page, 'error-card').waitFor();
    await element(page, 'error-details').click();
    assert.equal(await element(page, 'error-code').innerText(), 'issuer_not_allowed');
    assert.deepEqual(otherUrls, []);
    await page.context().close();
  });
});
