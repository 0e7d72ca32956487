// Standalone launch in the demo: each method and response mode, reload, refresh, sign-out, refusal.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { element, libraryRequests, openBrowser, openDemo, openPage, passSignIn } from './sandbox.mjs';

describe('standalone launch', () => {
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

  async function signIn({ method, mode, tokens, ...choices } = {}) {
    page = await openPage(browser);
    await page.goto(demo.url);
    if (tokens) {
      await element(page, 'sign-in-options').click();
      await element(page, `tokens-${tokens}`).check({ force: true });
      // The choice reloads the page, which then shows the options opened and the choice selected.
      await page.locator(`details[open] [data-testid="tokens-${tokens}"]:checked`).waitFor();
    }
    if (method || mode) {
      await element(page, 'sign-in-options').click();
      if (method) await element(page, `method-${method}`).check({ force: true });
      if (mode) await element(page, `mode-${mode}`).check({ force: true });
    }
    demo.sandbox.requests.length = 0;
    await element(page, 'sign-in').click();
    await passSignIn(page, choices);
    await element(page, 'patient-name').waitFor();
  }

  for (const method of ['GET', 'POST']) {
    for (const mode of ['query', 'fragment']) {
      it(`signs in by ${method} with the response in the ${mode}, and removes it from the URL`, async () => {
        await signIn({ method, mode });
        assert.match(await element(page, 'patient-name').textContent(), /Maria Alvarez/);
        assert.equal(page.url(), `${demo.url}/`);
        const [request] = demo.sandbox.requests.filter(({ purpose }) => purpose === 'authorize');
        assert.equal(request.method, method);
        assert.deepEqual(libraryRequests(demo.sandbox.requests), ['discovery', 'authorize', 'token', 'jwks']);
      });
    }
  }

  it('with bound tokens the authorization request is pushed, and the server refuses the token without its key', async () => {
    await signIn();
    const sendTokenAlone = async () => {
      await element(page, 'steal').click();
      return element(page, 'stolen').locator('strong').textContent();
    };
    assert.match(await sendTokenAlone(), /^200/);
    await page.context().close();
    await signIn({ tokens: 'bound' });
    assert.match(await sendTokenAlone(), /^401/);
    const pushes = demo.sandbox.requests.filter(({ method, purpose }) => method === 'POST' && purpose === 'push');
    assert.equal(pushes.length, 1);
  });

  it('restores the session after a reload without a request', async () => {
    await signIn();
    await element(page, 'vitals-chart').waitFor();
    demo.sandbox.requests.length = 0;
    await page.reload();
    await element(page, 'patient-name').waitFor();
    assert.deepEqual(libraryRequests(demo.sandbox.requests), []);
  });

  it('each refresh on demand sends one request, with the latest refresh token', async () => {
    await signIn();
    demo.sandbox.requests.length = 0;
    for (let round = 1; round <= 3; round++) {
      await element(page, 'refresh-now').click();
      await page.waitForFunction(
        ([id, count]) => document.querySelectorAll(`[data-testid="steps"] [data-purpose="${id}"]`).length === count,
        ['refresh', round],
      );
    }
    assert.deepEqual(libraryRequests(demo.sandbox.requests), ['token', 'token', 'token']);
    assert.ok(demo.sandbox.requests.every(({ status }) => status === 200), 'no used refresh token was sent');
  });

  it('signs out: no session is stored, the tokens are revoked, and the app is signed out when it is opened again', async () => {
    await signIn();
    demo.sandbox.requests.length = 0;
    await element(page, 'sign-out').click();
    await element(page, 'signed-out').waitFor();
    assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.includes(':session:'))), []);
    await page.waitForFunction(() => document.querySelector('[data-testid="end-session"]'));
    assert.deepEqual(libraryRequests(demo.sandbox.requests), ['revoke', 'revoke']);
    await page.goto(demo.url);
    await element(page, 'sign-in').waitFor();
  });

  it('shows a refusal to the user, with its code only in the details for developers; the next sign-in works', async () => {
    page = await openPage(browser);
    await page.goto(demo.url);
    await element(page, 'sign-in').click();
    await element(page, 'user-amara-okafor').click();
    await element(page, 'patient-maria-alvarez').click();
    await element(page, 'deny').click();
    await element(page, 'error-card').waitFor();
    const text = await element(page, 'error-card').innerText();
    assert.match(text, /Access was not permitted, so you are not signed in\n\s*You can try again\./);
    assert.doesNotMatch(text, /authorization_refused|access_denied|`/);
    await element(page, 'error-details').click();
    assert.equal(await element(page, 'error-code').innerText(), 'authorization_refused');
    assert.match(await element(page, 'error-hint').innerText(), /^See `oauth`/);
    assert.match(await element(page, 'error-card').innerText(), /access_denied/);
    assert.equal(page.url(), `${demo.url}/`);
    await page.goto(demo.url);
    await element(page, 'sign-in').click();
    await element(page, 'patient-maria-alvarez').click();
    await element(page, 'allow').click();
    await element(page, 'patient-name').waitFor();
  });

  it('shows the scopes that were not granted, also in the panels that need them', async () => {
    await signIn({ without: ['patient/MedicationRequest.rs'] });
    await element(page, 'panel-not-shared').waitFor();
    const scope = page.locator('[data-testid="scope-list"] [data-granted="false"]');
    assert.match(await scope.first().textContent(), /MedicationRequest/);
  });

  it('refuses a forged callback and keeps the session', async () => {
    await signIn();
    await page.goto(`${demo.url}/?code=forged&state=${'f'.repeat(43)}`);
    await element(page, 'error-card').waitFor();
    await element(page, 'error-details').click();
    assert.equal(await element(page, 'error-code').innerText(), 'state_unknown');
    assert.equal(page.url(), `${demo.url}/`, 'the callback is removed from the URL');
    await page.reload();
    await element(page, 'patient-name').waitFor();
  });

  it('can sign in again after the back button', async () => {
    page = await openPage(browser);
    await page.goto(demo.url);
    await element(page, 'sign-in').click();
    await element(page, 'user-amara-okafor').waitFor();
    await page.goBack();
    await element(page, 'sign-in').click();
    await passSignIn(page);
    await element(page, 'patient-name').waitFor();
  });
});

describe('an access token that expires after a few seconds', () => {
  it('is refreshed once for all requests of a screen', async () => {
    const [browser, demo] = await Promise.all([openBrowser(), openDemo({ accessTokenSeconds: 4 })]);
    try {
      const page = await openPage(browser);
      await page.goto(demo.url);
      await element(page, 'sign-in').click();
      await passSignIn(page);
      await element(page, 'vitals-chart').waitFor();
      await page.waitForTimeout(4_500);
      demo.sandbox.requests.length = 0;
      // The listener is added before the click, because the event may come before the click has ended.
      const response = page.waitForResponse((response) => response.url().includes('/fhir/Encounter'));
      await element(page, 'read-again').click();
      await response;
      await element(page, 'vitals-chart').waitFor();
      const reads = demo.sandbox.requests.filter(({ purpose, method }) => purpose === 'fhir' && method === 'GET');
      assert.ok(reads.length >= 6, `${reads.length} reads`);
      assert.deepEqual(libraryRequests(demo.sandbox.requests), ['token']);
      assert.ok(reads.every(({ status }) => status === 200), 'no expired token was sent');
    } finally {
      await browser.close();
      await demo.close();
    }
  });
});
