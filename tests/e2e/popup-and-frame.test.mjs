// Sign-in through a popup and a hidden iframe, in a Chromium whose popup blocker and storage partitioning are on.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { element, fromDemo, libraryRequests, openBrowserWithPopupBlocker } from './sandbox.mjs';
import { openPage, packageDirectory, passSignIn } from './sandbox.mjs';

const TYPES = { js: 'text/javascript', html: 'text/html', json: 'application/json' };

/** Serves the app at `localhost`; at `127.0.0.1` a page with the app in an iframe, and a page that disconnects its opener. */
async function serveApp() {
  const config = {};
  const disconnectingHeaders = { 'cross-origin-opener-policy': 'same-origin', 'content-type': TYPES.html };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    response.setHeader('access-control-allow-origin', '*');
    if (pathname === '/disconnecting') return response.writeHead(200, disconnectingHeaders).end('<p>Sign in</p>');
    if (pathname === '/frame') {
      const sandbox = searchParams.has('sandbox') ? `sandbox="${searchParams.get('sandbox')}"` : '';
      response.setHeader('content-type', TYPES.html);
      return response.end(`<body style="margin:0"><iframe ${sandbox} src="http://localhost:${server.address().port}/"></iframe>`);
    }
    const file = pathname.startsWith('/smart-launch/')
      ? packageDirectory + pathname.slice('/smart-launch'.length)
      : new URL('./popup-and-frame.html', import.meta.url);
    response.setHeader('content-type', pathname === '/config.json' ? TYPES.json : TYPES[/\.(\w+)$/.exec(file)[1]]);
    return response.end(pathname === '/config.json' ? JSON.stringify(config) : await readFile(file));
  });
  await new Promise((resolve) => server.listen(0, resolve));
  const { port } = server.address();
  const url = `http://localhost:${port}/`;
  return { config, url, otherOrigin: `http://127.0.0.1:${port}`, close: () => server.close() };
}

describe('popup and iframe', () => {
  let browser, app, sandbox, page, context;
  before(async () => {
    app = await serveApp();
    const { startSandbox } = await fromDemo('sandbox/sandbox.mjs');
    const registration = { clientId: 'windows', name: 'windows', redirectUris: [app.url], launchUrl: app.url };
    const starting = startSandbox({ port: 0, apps: [registration], quiet: true });
    [browser, sandbox] = await Promise.all([openBrowserWithPopupBlocker(), starting]);
  });
  beforeEach(async () => {
    for (const name of Object.keys(app.config)) delete app.config[name];
    app.config.fhirBaseUrl = sandbox.fhirBaseUrl;
    page = await openPage(browser);
    context = page.context();
    sandbox.requests.length = 0;
  });
  afterEach(() => context.close());
  after(async () => {
    await browser.close();
    await sandbox.close();
    app.close();
  });

  /** Clicks in the app, and returns the popup. */
  async function openPopup(frame = page) {
    const [popup] = await Promise.all([context.waitForEvent('page'), frame.locator('button').click()]);
    return popup;
  }
  /** Signs in through a popup, waits until it closes, and returns the result of `authorize()`. */
  async function signInByPopup({ frame = page, popup, ...choices } = {}) {
    const opened = popup ?? (await openPopup(frame));
    await Promise.all([opened.waitForEvent('close'), passSignIn(opened, choices)]);
    return outcome(frame);
  }
  const ready = (frame = page) => frame.waitForFunction(() => document.title === 'ready');
  const outcome = (frame = page) => frame.evaluate(() => outcome);
  const state = (frame = page) =>
    frame.evaluate(() => {
      const { status, session, activity } = smart.getState();
      return { status, patient: session?.patient, activity };
    });
  const signedIn = { status: 'authenticated', patient: 'maria-alvarez', activity: 'idle' };
  const pendingSignIns = () =>
    page.evaluate(() => {
      const signIns = Object.keys(sessionStorage).filter((key) => key.includes('sign-in'));
      return signIns.filter((key) => !sessionStorage[key].includes('used'));
    });
  /** A page of another site with the app in an iframe. */
  async function openFramed(query = '') {
    await page.goto(`${app.otherOrigin}/frame${query}`);
    const frame = page.frames()[1];
    await ready(frame);
    return frame;
  }

  for (const authorizeMethod of ['GET', 'POST']) {
    it(`signs in by a popup and ${authorizeMethod}: the page stays, the popup closes`, async () => {
      app.config.authorize = { authorizeMethod };
      await page.goto(app.url);
      await ready();
      await page.evaluate(() => (globalThis.mark = 'the same page'));
      assert.deepEqual(await signInByPopup(), { patient: 'maria-alvarez', persisted: true });
      assert.deepEqual(await state(), signedIn);
      assert.deepEqual(await page.evaluate(() => [mark, recordedEvents, location.search]), ['the same page', ['signedIn'], '']);
      const authorizationRequest = sandbox.requests.find(({ purpose }) => purpose === 'authorize');
      assert.equal(authorizationRequest.method, authorizeMethod);
      assert.deepEqual(libraryRequests(sandbox.requests), ['discovery', 'authorize', 'token', 'jwks']);
      assert.deepEqual(page.problems, []);
      await page.reload();
      await ready();
      assert.equal(await page.evaluate(() => restored), 'maria-alvarez');
    });
  }

  it('popup without a click: popup_blocked, and no sign-in is pending', async () => {
    await page.goto(app.url);
    await ready();
    // Evaluated code counts as a user gesture, which lasts for some seconds.
    await page.evaluate(() => setTimeout(signIn, 6_000, 'popup'));
    await page.waitForFunction(() => globalThis.outcome, undefined, { timeout: 10_000 });
    const { code, milliseconds } = await outcome();
    assert.equal(code, 'popup_blocked');
    assert.ok(milliseconds < 1_000, `${milliseconds} ms`);
    assert.equal(context.pages().length, 1);
    assert.deepEqual(await pendingSignIns(), []);
    assert.equal((await state()).status, 'unauthenticated');
    assert.deepEqual(libraryRequests(sandbox.requests), []);
  });

  it('popup closed by the user: popup_closed within a second, and the next sign-in works', async () => {
    await page.goto(app.url);
    await ready();
    const popup = await openPopup();
    await element(popup, 'user-amara-okafor').waitFor();
    const closedAt = Date.now();
    await popup.close();
    assert.equal((await outcome()).code, 'popup_closed');
    assert.ok(Date.now() - closedAt < 1_000, `${Date.now() - closedAt} ms`);
    assert.deepEqual(await pendingSignIns(), []);
    assert.equal((await state()).status, 'unauthenticated');
    await signInByPopup();
    assert.deepEqual(await state(), signedIn);
  });

  it('second click while the popup is open: no second popup opens, and the sign-in continues', async () => {
    await page.goto(app.url);
    await ready();
    const popup = await openPopup();
    await element(popup, 'user-amara-okafor').waitFor();
    await page.locator('button').click();
    assert.equal(context.pages().length, 2);
    assert.deepEqual(await signInByPopup({ popup }), { patient: 'maria-alvarez', persisted: true });
  });

  it('ten thousand unrelated messages while the popup is open take little time, and the response of the popup is used', async () => {
    await page.goto(app.url);
    await ready();
    const dispatch = () =>
      page.evaluate(() => {
        const origin = 'https://evil.example';
        const junk = new MessageEvent('message', { data: 'x'.repeat(1_000), origin, source: window });
        const started = performance.now();
        for (let count = 0; count < 10_000; count++) dispatchEvent(junk);
        return performance.now() - started;
      });
    const idle = Math.min(await dispatch(), await dispatch());
    const popup = await openPopup();
    await element(popup, 'user-amara-okafor').waitFor();
    const busy = Math.min(await dispatch(), await dispatch());
    assert.ok(busy - idle < 100, `${busy} ms instead of ${idle} ms`);
    await page.evaluate(() => {
      for (let count = 0; count < 10_000; count++) postMessage('smart-launch callback https://app.example/?state=', '*');
    });
    assert.deepEqual(await signInByPopup({ popup }), { patient: 'maria-alvarez', persisted: true });
    console.log(`10,000 messages: ${busy.toFixed(1)} ms while a popup is open, ${idle.toFixed(1)} ms otherwise`);
  });

  it('server that disconnects the popup (Cross-Origin-Opener-Policy): popup_closed', async () => {
    app.config.client = {
      endpoints: { authorizationEndpoint: `${app.otherOrigin}/disconnecting`, tokenEndpoint: `${sandbox.origin}/token` },
      issuer: sandbox.origin,
    };
    await page.goto(app.url);
    await ready();
    const popup = await openPopup();
    const { code, milliseconds } = await outcome();
    assert.equal(code, 'popup_closed');
    assert.ok(milliseconds < 2_000, `${milliseconds} ms`);
    assert.deepEqual(await pendingSignIns(), []);
    // The app can no longer reach the popup; if the user continues there, the popup shows its own error.
    await popup.goto(`${app.url}?code=c&state=${'s'.repeat(43)}`);
    await ready(popup);
    assert.equal(await popup.evaluate(() => restored), 'state_unknown');
  });

  it('refusal by the user: authorization_refused, and the popup closes', async () => {
    await page.goto(app.url);
    await ready();
    const popup = await openPopup();
    await element(popup, 'user-amara-okafor').click();
    await element(popup, 'patient-maria-alvarez').click();
    await Promise.all([popup.waitForEvent('close'), element(popup, 'deny').click()]);
    assert.equal((await outcome()).code, 'authorization_refused');
    assert.deepEqual(await pendingSignIns(), []);
  });

  it('app in an iframe of another site: signs in by a popup, although the popup has separate storage', async () => {
    const frame = await openFramed();
    await frame.evaluate(() => localStorage.setItem('where', 'frame'));
    const popup = await openPopup(frame);
    await element(popup, 'user-amara-okafor').waitFor();
    const otherTab = await context.newPage();
    await otherTab.goto(app.url);
    assert.equal(await otherTab.evaluate(() => localStorage.getItem('where')), null, 'storage is partitioned');
    assert.deepEqual(await signInByPopup({ frame, popup }), { patient: 'maria-alvarez', persisted: true });
    assert.deepEqual(await state(frame), signedIn);
    assert.ok(page.url().startsWith(app.otherOrigin), 'the embedding page was not navigated');
  });

  describe('in an iframe with a sandbox attribute without allow-same-origin', () => {
    const SANDBOX = `?sandbox=${encodeURIComponent('allow-scripts allow-popups allow-popups-to-escape-sandbox')}`;
    beforeEach(async () => {
      app.config.client = { storage: 'memory' };
      // The sandbox server permits only the origins of registered apps by CORS, and `null` is not one of them.
      await context.route(`${sandbox.origin}/**`, async (route) => {
        if (route.request().resourceType() !== 'fetch') return route.continue();
        const { origin, ...headers } = await route.request().allHeaders();
        const response = await route.fetch({ headers });
        return route.fulfill({ response, headers: { ...response.headers(), 'access-control-allow-origin': '*' } });
      });
    });

    it('popup does not pass the callback to a page whose origin is `null`', async () => {
      const frame = await openFramed(SANDBOX);
      const popup = await openPopup(frame);
      await passSignIn(popup);
      await ready(popup);
      assert.equal(await popup.evaluate(() => restored), 'state_unknown');
      assert.equal((await state(frame)).activity, 'signing-in');
      await popup.close();
      assert.equal((await outcome(frame)).code, 'popup_closed');
    });

    it('popup that may pass the callback to any origin signs in, in memory', async () => {
      app.config.ready = { dangerouslyHandOverToAnyOrigin: true };
      const frame = await openFramed(SANDBOX);
      assert.equal(await frame.evaluate(() => origin), 'null');
      assert.deepEqual(await signInByPopup({ frame }), { patient: 'maria-alvarez', persisted: false });
      assert.deepEqual(await state(frame), signedIn);
    });

    it('silent sign-in is refused at once', async () => {
      const frame = await openFramed(SANDBOX);
      await frame.evaluate(() => signIn('frame'));
      assert.equal((await outcome(frame)).code, 'interaction_required');
    });

    it('callback from a popup that is itself sandboxed is ignored', async () => {
      app.config.ready = { dangerouslyHandOverToAnyOrigin: true };
      const frame = await openFramed(`?sandbox=${encodeURIComponent('allow-scripts allow-popups')}`);
      const popup = await openPopup(frame);
      await popup.waitForURL(/interaction|authorize/);
      const callback = `smart-launch callback ${app.url}?code=c&state=s`;
      await popup.evaluate((message) => opener.postMessage(message, '*'), callback);
      assert.equal((await state(frame)).activity, 'signing-in');
      await popup.close();
      assert.equal((await outcome(frame)).code, 'popup_closed');
    });
  });

  describe('silently, in a hidden iframe', () => {
    const signInSilently = () => page.evaluate(() => (signIn('frame'), outcome));

    it('user not signed in at the server: interaction_required, and the iframe is removed', async () => {
      await page.goto(app.url);
      await ready();
      assert.equal((await signInSilently()).code, 'interaction_required');
      assert.equal(page.frames().length, 1);
      assert.equal((await state()).status, 'unauthenticated');
      assert.deepEqual(await pendingSignIns(), []);
      assert.deepEqual(libraryRequests(sandbox.requests), ['discovery', 'authorize']);
    });

    for (const authorizeMethod of ['GET', 'POST']) {
      it(`user signed in at the server: ${authorizeMethod} in the iframe gives a session, and no window opens`, async () => {
        app.config.authorize = { authorizeMethod };
        await page.goto(app.url);
        await ready();
        await signInByPopup();
        await page.evaluate(() => sessionStorage.clear());
        await page.reload();
        await ready();
        assert.equal(await page.evaluate(() => restored), null);
        const length = await page.evaluate(() => history.length);
        assert.deepEqual(await signInSilently(), { patient: 'maria-alvarez', persisted: true });
        assert.deepEqual(await state(), signedIn);
        assert.equal(page.frames().length, 1);
        assert.equal(await page.evaluate(() => history.length), length, 'nothing is added to the history');
        assert.deepEqual(page.problems, []);
      });
    }

    it('existing session stays if the silent sign-in fails with interaction_required', async () => {
      await page.goto(app.url);
      await ready();
      await signInByPopup();
      const token = await page.evaluate(() => smart.getAccessToken());
      await context.clearCookies();
      assert.equal((await signInSilently()).code, 'interaction_required');
      assert.deepEqual(await state(), signedIn);
      assert.equal(await page.evaluate(() => smart.getAccessToken()), token);
    });

    it('another user at the server: the session ends, the app is notified, and the other tab stays signed in', async () => {
      await page.goto(app.url);
      await ready();
      await signInByPopup();
      await context.clearCookies();
      // Another user signs in in another tab.
      const tab = await context.newPage();
      await tab.goto(app.url);
      await ready(tab);
      await signInByPopup({ frame: tab, user: 'samuel-reyes' });
      assert.equal((await state(tab)).status, 'authenticated');
      // A server that supports `id_token_hint` reports this itself.
      assert.equal((await signInSilently()).code, 'interaction_required');
      assert.equal((await state()).status, 'authenticated');
      // A server that ignores the hint responds for the user who is signed in there.
      await page.route(
        (url) => url.searchParams.has('id_token_hint'),
        (route) => {
          const url = new URL(route.request().url());
          url.searchParams.delete('id_token_hint');
          return route.continue({ url: url.href });
        },
      );
      assert.equal((await signInSilently()).code, 'id_token_invalid');
      assert.equal((await state()).status, 'unauthenticated');
      const expected = ['signedIn', 'interaction_required', 'identity_changed', 'id_token_invalid'];
      assert.deepEqual(await page.evaluate(() => globalThis.recordedEvents), expected);
      const storedKeys = await page.evaluate(() => Object.keys(sessionStorage));
      assert.deepEqual(storedKeys.filter((key) => key !== 'smart-launch:tab'), []);
      assert.equal((await state(tab)).status, 'authenticated');
    });
  });
});
