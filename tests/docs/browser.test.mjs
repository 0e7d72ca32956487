// Runs the code in the docs in a browser, against the sandbox, with the Content-Security-Policy of the docs.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { element, libraryRequests, openBrowserWithPopupBlocker, openPage } from '../e2e/sandbox.mjs';
import { fill, openApp } from './app.mjs';
import { blocks, EHR, signInOn, startSandbox } from './docs.mjs';

const BASE = `${EHR}/fhir`;

describe('docs', () => {
  let browser, app, sandbox, page;
  before(async () => {
    [browser, app] = await Promise.all([openBrowserWithPopupBlocker(), openApp()]);
    const redirectUris = [app.url, `${app.url}back/ehr`];
    const registration = { clientId: 'growth-chart', redirectUris, launchUrl: app.url };
    sandbox = await startSandbox({ apps: [registration] });
  });
  after(async () => {
    await browser.close();
    await sandbox.close();
    app.close();
  });
  beforeEach(async () => {
    sandbox.requests.length = 0;
    page = await openPage(browser);
    page.logs = [];
    page.on('console', (message) => page.logs.push(message.text()));
  });
  afterEach(async () => {
    await page.context().close();
  });

  const configured = (content) => ({ replacements: { [BASE]: sandbox.fhirBaseUrl }, ...content });
  const waitForTitle = (text, tab = page) => tab.waitForFunction((text) => document.title === text, text);
  const waitForText = (selector, expected) =>
    page.waitForFunction(([selector, text]) => document.querySelector(selector)?.textContent === text, [selector, expected]);
  const waitForLog = async (pattern) => {
    for (const end = Date.now() + 15_000; Date.now() < end; await page.waitForTimeout(50)) {
      if (page.logs.some((line) => pattern.test(line))) return;
    }
    assert.fail(`not logged: ${pattern}; logged: ${page.logs.join('\n')}`);
  };
  const seenBy = (user) => `seen by ${sandbox.fhirBaseUrl}/Practitioner/${user}`;

  it('README: signs in and reads the patient', async () => {
    const [code] = await blocks('README', 'ts');
    await fill(app, { code, replacements: { 'http://localhost:4400/fhir': sandbox.fhirBaseUrl } });
    await page.goto(app.url);
    await signInOn(page, { patient: 'zoe-nguyen-mueller' });
    await waitForLog(/resourceType: Patient.*\/Practitioner\/amara-okafor$/);
    assert.equal(page.url(), app.url);
    assert.deepEqual(page.problems, []);
  });

  it("the package's README: signs in, reads the patient and identifies the user", async () => {
    const [code] = await blocks('pkg-template-README', 'ts');
    await fill(app, configured({ code }));
    await page.goto(app.url);
    await signInOn(page, { user: 'samuel-reyes' });
    await waitForLog(/^\d{4}-\d\d-\d\d http:.*\/Practitioner\/samuel-reyes$/);
    assert.deepEqual(libraryRequests(sandbox.requests), ['discovery', 'authorize', 'token', 'jwks']);
    assert.deepEqual(page.problems, []);
  });

  describe('EHR launch', () => {
    beforeEach(async () => {
      const [code] = await blocks('docs-ehr-launch', 'ts');
      await fill(app, configured({ code }));
    });
    const openChart = async (patient) => {
      await page.goto(sandbox.ehrUrl);
      await element(page, `ehr-patient-${patient}`).first().click();
    };

    it('opens the patient of the chart, then the patient of the next chart', async () => {
      for (const [patient, name] of [['walter-nowak', /Nowak$/], ['noah-adeyemi', /Adeyemi$/]]) {
        await openChart(patient);
        const [appTab] = await Promise.all([page.context().waitForEvent('page'), element(page, 'launch-tab').first().click()]);
        await appTab.waitForFunction(() => !['', '…'].includes(document.title));
        assert.match(await appTab.title(), name);
        assert.equal(appTab.url(), app.url);
        await appTab.close();
      }
    });

    it("opens in the EHR's iframe", async () => {
      await openChart('zoe-nguyen-mueller');
      await element(page, 'launch-frame').first().click();
      await page.waitForFunction(() => document.querySelector('[data-testid="app-frame"]'));
      const frame = await (await page.waitForSelector('[data-testid="app-frame"]')).contentFrame();
      await frame.waitForFunction(() => document.title.endsWith('Nguyễn-Müller'));
      assert.deepEqual(page.problems, []);
    });

    it('does not navigate to a server that is not configured', async () => {
      await page.goto(`${app.url}?iss=${encodeURIComponent('https://evil.example/fhir')}&launch=1`);
      await page.waitForFunction(() => document.title.startsWith('This app does not work with the health record'));
      assert.deepEqual(sandbox.requests, []);
    });
  });

  it('standalone launch: signs in on a click, returns to the previous page, signs out', async () => {
    const [code] = await blocks('docs-standalone-launch', 'ts');
    const [html] = await blocks('docs-standalone-launch', 'html');
    await fill(app, configured({ code, page: html }));
    await page.goto(`${app.url}growth?unit=cm`);
    await page.click('#sign-in');
    await signInOn(page, { patient: 'hannah-berg' });
    await waitForText('#who', `Patient hannah-berg, ${seenBy('amara-okafor')}`);
    assert.equal(page.url(), `${app.url}growth?unit=cm`);
    await page.reload();
    await waitForText('#who', `Patient hannah-berg, ${seenBy('amara-okafor')}`);
    await page.click('#sign-out');
    await page.waitForSelector('#sign-in:visible');
    assert.ok(sandbox.requests.some(({ purpose, status }) => purpose === 'revoke' && status === 200));
    assert.deepEqual(page.problems, []);
  });

  it('standalone launch: if the user denies access, the page shows the reason', async () => {
    const [code] = await blocks('docs-standalone-launch', 'ts');
    const [html] = await blocks('docs-standalone-launch', 'html');
    await fill(app, configured({ code, page: html }));
    await page.goto(app.url);
    await page.click('#sign-in');
    await signInOn(page, { deny: true });
    await waitForText('#who', 'Access was not permitted, so you are not signed in. You can try again.');
    await page.waitForSelector('#sign-in:visible');
  });

  describe('popup', () => {
    beforeEach(async () => {
      const [code] = await blocks('docs-popup', 'ts');
      const [html] = await blocks('docs-popup', 'html');
      await fill(app, configured({ code, page: html }));
    });
    afterEach(() => {
      app.openerPolicy = () => undefined;
    });
    const openPopup = async () => {
      await page.waitForSelector('#sign-in:visible');
      return (await Promise.all([page.context().waitForEvent('page'), page.click('#sign-in')]))[0];
    };
    const waitUntilSignedIn = () => waitForText('#who', `Patient kenji-watanabe, ${seenBy('amara-okafor')}`);

    it('signs in without leaving the page, and silently in a new tab', async () => {
      await page.goto(app.url);
      const popup = await openPopup();
      await page.evaluate(() => (globalThis.mark = 'the same page'));
      await Promise.all([popup.waitForEvent('close'), signInOn(popup, { patient: 'kenji-watanabe' })]);
      await waitUntilSignedIn();
      assert.equal(await page.evaluate(() => mark), 'the same page');

      const context = page.context();
      await page.close();
      page = await context.newPage();
      await page.goto(app.url);
      await waitUntilSignedIn();
    });

    it('same-origin-allow-popups disconnects the popup if the redirect URI has it, not if only the opener has it', async () => {
      app.openerPolicy = (pathname) => pathname === '/growth' && 'same-origin-allow-popups';
      await page.goto(`${app.url}growth`);
      const popup = await openPopup();
      await Promise.all([popup.waitForEvent('close'), signInOn(popup, { patient: 'kenji-watanabe' })]);
      await waitUntilSignedIn();

      app.openerPolicy = () => 'same-origin-allow-popups';
      await page.context().clearCookies();
      await page.evaluate(() => sessionStorage.clear());
      await page.goto(app.url);
      const disconnectedPopup = await openPopup();
      assert.notEqual(await page.textContent('#who'), '', 'the page says why the silent sign-in failed');
      await signInOn(disconnectedPopup);
      await waitForText('#who', '');
    });
  });

  it('popup: a form keeps its text while the user signs in again, and another patient gets an empty form', async () => {
    const [code] = await blocks('docs-popup', 'tsx');
    const shortLived = await startSandbox({ accessTokenSeconds: 2, apps: [{ clientId: 'growth-chart', redirectUris: [app.url] }] });
    const appCode = `${code}
import { createRoot } from 'react-dom/client';
import { createSmartClient } from 'smart-launch';
import { SmartProvider } from 'smart-launch/react';
globalThis.smart = createSmartClient({
  fhirBaseUrl: '${BASE}', clientId: 'growth-chart', scope: 'launch/patient openid fhirUser patient/*.rs', redirectUri: new URL('/', location.href),
});
createRoot(document.body.appendChild(document.createElement('main'))).render(<SmartProvider client={globalThis.smart}><Note /></SmartProvider>);`;
    const signIn = (popup, patient) => signInOn(popup, { user: 'samuel-reyes', patient });
    const signInAgain = async (patient) => {
      // A call after the token has expired opens the dialog.
      await page.waitForFunction(() => smart.getState().session.expiresAt < Date.now());
      await page.evaluate(() => smart.request('Patient').catch(() => undefined));
      await page.waitForSelector('dialog:visible');
      assert.equal(await page.isVisible('textarea'), false);
      const [popup] = await Promise.all([page.context().waitForEvent('page'), page.click('dialog button')]);
      await Promise.all([popup.waitForEvent('close'), signIn(popup, patient)]);
      await page.waitForSelector('textarea:visible');
      assert.equal(await page.locator('dialog').count(), 0);
    };
    try {
      await fill(app, { code: appCode, replacements: { [BASE]: shortLived.fhirBaseUrl } });
      await page.goto(app.url);
      await page.waitForFunction(() => smart.getState().status === 'unauthenticated');
      await Promise.all([page.waitForURL(`${shortLived.origin}/**`), page.evaluate(() => void smart.authorize())]);
      await signIn(page, 'noah-adeyemi');
      await page.fill('textarea', 'slept badly');
      await signInAgain('noah-adeyemi');
      assert.equal(await page.inputValue('textarea'), 'slept badly');
      await signInAgain('hannah-berg');
      assert.equal(await page.inputValue('textarea'), '');
    } finally {
      await shortLived.close();
    }
  });

  it('FHIR calls: reads the user and all pages; creates, updates, patches and deletes a resource', async () => {
    const [code] = await blocks('docs-fhir-calls', 'ts');
    await fill(app, configured({ code }));
    await page.goto(app.url);
    await signInOn(page, { user: 'samuel-reyes', patient: 'noah-adeyemi' });
    // The first update is refused, because the patch has changed the version.
    await waitForLog(/^stored: final 4$/);
    const writes = () => sandbox.requests.filter(({ purpose, method, status }) => purpose === 'fhir' && status && !['GET', 'OPTIONS'].includes(method));
    for (const end = Date.now() + 15_000; Date.now() < end && writes().length < 5; ) await page.waitForTimeout(50);
    assert.deepEqual(writes().map(({ method, status }) => [method, status]), [['POST', 201], ['PATCH', 200], ['PUT', 412], ['PUT', 200], ['DELETE', 204]]);
    assert.match(page.logs.join('\n'), /^user: Reyes$/m);
    const [, count] = /^observations: (\d+)$/m.exec(page.logs.join('\n'));
    assert.ok(Number(count) > 5, 'more than one page');
  });

  it('style: loads the style of the EHR', async () => {
    const [code] = await blocks('docs-style', 'ts');
    await fill(app, configured({ code }));
    await page.goto(sandbox.ehrUrl);
    await element(page, 'ehr-patient-noah-adeyemi').first().click();
    const [appTab] = await Promise.all([page.context().waitForEvent('page'), element(page, 'launch-tab').first().click()]);
    const property = () => document.documentElement.style.getPropertyValue('--smart-color-background');
    await appTab.waitForFunction(() => document.documentElement.style.getPropertyValue('--smart-font-family-heading') !== '');
    assert.match(await appTab.evaluate(property), /^#[0-9a-f]{6}$/);
  });

  for (const [number, name, output] of [
    [1, 'fhir-kit-client', /^Patient Bundle Bundle$/],
    [2, '@medplum/core', /^Patient 5$/],
  ]) {
    it(`FHIR calls: ${name} sends its requests through the client`, async () => {
      const code = (await blocks('docs-fhir-calls', 'ts'))[number];
      await fill(app, configured({ code }));
      await page.goto(app.url);
      await signInOn(page, { patient: 'noah-adeyemi' });
      await waitForLog(output);
      assert.deepEqual(page.problems, []);
    });
  }

  it('offline access: the session can be refreshed only if the user permits it', async () => {
    const [code] = await blocks('docs-offline-access', 'ts');
    await fill(app, configured({ code }));
    await page.goto(app.url);
    await signInOn(page);
    await waitForTitle('renewable');
    await waitForLog(/Bundle/);
    await page.context().clearCookies();
    const otherTab = await page.context().newPage();
    await otherTab.goto(app.url);
    await signInOn(otherTab, { without: ['offline_access'] });
    await waitForTitle('not renewable', otherTab);
  });

  it('idle timeout: shows the time of the sign-out, signs out, navigates to the logout URL of the server, and starts no sign-in without the user', async () => {
    const [, example] = await blocks('docs-offline-access', 'ts');
    const [html] = await blocks('docs-offline-access', 'html');
    const code = example.replace('idleTimeoutSeconds: 900', 'idleTimeoutSeconds: 8');
    assert.notEqual(code, example);
    await fill(app, configured({ code, page: html }));
    await page.goto(app.url);
    await page.click('text=Sign in');
    await signInOn(page, { patient: 'zoe-nguyen-mueller' });
    await page.waitForSelector('text=Patient zoe-nguyen-mueller');
    await page.waitForFunction(() => document.title.startsWith('Sign-out at'));
    await page.waitForURL(({ origin, searchParams }) => origin === sandbox.origin && searchParams.has('id_token_hint'));
    // The user does not confirm the sign-out at the server.
    await page.goto(app.url);
    await page.waitForSelector('button:visible');
    assert.equal(page.url(), app.url);
    assert.equal(await page.textContent('p'), '');
    await page.click('text=Sign in');
    await signInOn(page, { patient: 'noah-adeyemi' });
    await page.waitForSelector('text=Patient noah-adeyemi');
    assert.deepEqual(page.problems, []);
  });

  it('multiple servers: the user chooses the server, or the launch names it', async () => {
    const redirectUri = `${app.url}back/other`;
    const otherSandbox = await startSandbox({ host: '127.0.0.1', apps: [{ clientId: '0a1b2c', redirectUris: [redirectUri] }] });
    try {
      const [code] = await blocks('docs-multiple-servers', 'ts');
      await fill(app, { code, replacements: { [BASE]: sandbox.fhirBaseUrl, 'https://other.example/r4': otherSandbox.fhirBaseUrl } });
      await page.goto(app.url);
      await page.click('text=Other Clinic');
      await signInOn(page);
      await waitForTitle(`Signed in at ${otherSandbox.fhirBaseUrl}`);
      assert.equal(page.url(), redirectUri);
      assert.deepEqual(sandbox.requests, []);

      await page.goto(`${sandbox.ehrUrl}/maria-alvarez`);
      const [appTab] = await Promise.all([page.context().waitForEvent('page'), element(page, 'launch-tab').first().click()]);
      await waitForTitle(`Signed in at ${sandbox.fhirBaseUrl}`, appTab);
    } finally {
      await otherSandbox.close();
    }
  });

  it('deployment: the router gets the URL of the previous page', async () => {
    const [, code] = await blocks('docs-deployment', 'ts');
    await fill(app, configured({ code }));
    await page.goto(`${app.url}vitals?unit=cm#weight`);
    await signInOn(page);
    await waitForTitle('/vitals?unit=cm#weight');
    assert.equal(page.url(), `${app.url}vitals?unit=cm#weight`);
  });

  describe('Content-Security-Policy', () => {
    for (const [without, code] of [["'wasm-unsafe-eval'", 'wasm_unavailable'], [`connect-src 'self' ${EHR};`, 'network']]) {
      it(`without \`${without}\`: ${code}`, async () => {
        const [example] = await blocks('pkg-template-README', 'ts');
        await fill(app, configured({ code: example, without }));
        await page.goto(app.url);
        await waitForLog(new RegExp(`^${code} `));
      });
    }

    it('without `frame-src`: a silent sign-in fails with timeout', async () => {
      const [code] = await blocks('docs-popup', 'ts');
      const [html] = await blocks('docs-popup', 'html');
      await fill(app, configured({ code, page: html, without: `frame-src 'self' ${EHR};` }));
      await page.goto(app.url);
      await waitForText('#who', 'The health record system cannot be reached. Check the connection and try again.');
    });
  });
});
