// A two-page app that was written for fhirclient, with only its import changed.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { element, fromDemo, libraryRequests, openBrowser, openPage, passSignIn } from './sandbox.mjs';
import { serveApp } from './serve.mjs';

describe('app of two pages, launch.html and index.html', () => {
  let app, browser, sandbox;
  before(async () => {
    const { startSandbox } = await fromDemo('sandbox/sandbox.mjs');
    const page = (path) => `fhirclient${['/launch.html', '/popup.html'].includes(path) ? path : '/index.html'}`;
    app = await serveApp(page, "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'");
    const registration = {
      clientId: 'growth',
      redirectUris: [`${app.url}index.html`],
      launchUrl: `${app.url}launch.html`,
    };
    sandbox = await startSandbox({ port: 0, apps: [registration], quiet: true });
    Object.assign(app.config, {
      clientId: 'growth',
      scope: 'launch launch/patient openid fhirUser patient/*.rs offline_access',
      redirectUri: './index.html',
      iss: sandbox.fhirBaseUrl,
    });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await sandbox?.close();
    app?.server.close();
  });

  /** The text of the app once it is loaded. */
  async function contentOf(page) {
    await page.waitForFunction(() => document.title === 'loaded');
    assert.equal(page.url(), `${app.url}index.html`);
    const [name, about, observations] = await page.evaluate(() => [
      document.querySelector('h1').textContent,
      document.querySelector('p').textContent,
      document.querySelectorAll('li').length,
    ]);
    return { name, about, observations };
  }

  const observationPages = () =>
    sandbox.requests.filter(({ method, path }) => method === 'GET' && path === '/fhir/Observation').length;

  it('signs in standalone, reads the patient and pages of observations, and restores the session after a reload', async () => {
    const page = await openPage(browser);
    sandbox.requests.length = 0;
    await page.goto(`${app.url}launch.html`);
    await passSignIn(page);
    const { name, about, observations } = await contentOf(page);
    assert.equal(name, 'Alvarez');
    assert.match(about, /^Practitioner, \d+(\.\d+)? kg$/);
    assert.ok(observations > 40, observations);
    assert.equal(observationPages(), Math.ceil(observations / 40));
    assert.deepEqual(libraryRequests(sandbox.requests), ['discovery', 'authorize', 'token', 'jwks']);
    sandbox.requests.length = 0;
    await page.reload();
    assert.deepEqual(await contentOf(page), { name, about, observations });
    assert.deepEqual(libraryRequests(sandbox.requests), []);
    assert.deepEqual(page.problems, []);
  });

  it('signs in by an EHR launch, for the patient of the chart', async () => {
    const ehr = await openPage(browser);
    await ehr.goto(sandbox.ehrUrl);
    await element(ehr, 'ehr-patient-walter-nowak').first().click();
    const [page] = await Promise.all([ehr.context().waitForEvent('page'), element(ehr, 'launch-tab').first().click()]);
    const { name, observations } = await contentOf(page);
    assert.equal(name, 'Nowak');
    assert.ok(observations > 0);
  });

  it('signs in through a popup; the popup closes, and the app continues in the window that opened it', async () => {
    const page = await openPage(browser);
    await page.goto(`${app.url}popup.html`);
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.locator('button:enabled').click()]);
    await passSignIn(popup);
    assert.equal((await contentOf(page)).name, 'Alvarez');
    assert.ok(popup.isClosed());
  });

  it('does not navigate for a launch by a server that is not configured', async () => {
    const page = await openPage(browser);
    const otherUrls = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(app.url)) otherUrls.push(request.url());
    });
    const consoleMessage = page.waitForEvent('console');
    await page.goto(`${app.url}launch.html?iss=${encodeURIComponent('https://evil.example/fhir')}&launch=1`);
    assert.match((await consoleMessage).text(), /SmartError/);
    assert.deepEqual(otherUrls, []);
    await page.goto(`${app.url}index.html`);
    await page.waitForFunction(() => document.title === 'signed_out');
  });
});
