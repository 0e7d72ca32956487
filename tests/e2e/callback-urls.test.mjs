// Callbacks and launches at various URLs, in a real browser: unusual paths, hash routers, and navigation afterwards.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { fromDemo, openBrowser, openPage, passSignIn } from './sandbox.mjs';
import { serveApp } from './serve.mjs';

const REDIRECT_PATHS = ['/', '//back', '/a/index.html', '/a', '/back'];

describe('callback URLs', () => {
  let browser, sandbox, app, page, origin;
  before(async () => {
    const { startSandbox } = await fromDemo('sandbox/sandbox.mjs');
    app = await serveApp('callback-urls.html', "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'");
    origin = new URL(app.url).origin;
    const redirectUris = REDIRECT_PATHS.map((path) => origin + path);
    const registration = { clientId: 'callback-urls', name: 'callback-urls', redirectUris };
    sandbox = await startSandbox({ port: 0, apps: [registration], quiet: true });
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await sandbox.close();
    app.server.close();
  });
  beforeEach(async () => {
    page = await openPage(browser);
    app.config = { fhirBaseUrl: sandbox.fhirBaseUrl, redirectUri: `${origin}/back` };
  });
  afterEach(async () => {
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  const waitForTitle = (text) => page.waitForFunction((text) => document.title === text, text);

  /** Signs in from a path of the app, and returns the path of the page after ready(). */
  async function signIn(from = '/', options = {}) {
    await page.goto(origin + from);
    await waitForTitle('signed out');
    await page.evaluate((options) => void smart.authorize(options), options);
    await passSignIn(page);
    await waitForTitle('signed in');
    return page.evaluate(() => urlAfterReady.slice(location.origin.length));
  }

  for (const [description, path, base] of [
    ['redirect URI whose path begins with two slashes', '//back'],
    ['redirect URI whose path begins with two slashes, on a page with a <base> elsewhere', '//back', 'https://cdn.example/x/'],
    ['redirect URI of a page with a <base> elsewhere', '/back', 'https://cdn.example/x/'],
  ]) {
    it(`${description}: the user is signed in, and calling ready() removes the callback from the URL at once`, async () => {
      Object.assign(app.config, { redirectUri: origin + path, base });
      assert.equal(await signIn(), path);
      assert.equal(page.url(), origin + path);
    });
  }

  it('redirect URI that the host redirects to another path: the user is signed in', async () => {
    app.config.redirectUri = `${origin}/a/index.html`;
    assert.equal(await signIn(), '/a/');
  });

  it('fhirBaseUrl with a slash at the end on one page and without it on the next is the same server', async () => {
    // The sandbox compares `aud` with its own URL as an exact string.
    app.config.aud = sandbox.fhirBaseUrl;
    app.config.fhirBaseUrl = `${sandbox.fhirBaseUrl}/`;
    await page.goto(app.url);
    await waitForTitle('signed out');
    await page.evaluate(() => void smart.authorize());
    app.config.fhirBaseUrl = sandbox.fhirBaseUrl;
    await passSignIn(page);
    await waitForTitle('signed in');
    app.config.fhirBaseUrl = `${sandbox.fhirBaseUrl}/`;
    await page.reload();
    await waitForTitle('signed in');
    assert.match(await page.evaluate(() => smart.request('Patient/' + session.patient).then(({ id }) => id)), /./);
  });

  for (const [responseMode, expected] of [
    ['fragment', 'signed in'],
    ['query', 'callback_wrong_mode'],
  ]) {
    it(`a hash router moves the callback from the ${responseMode} to its route: ${expected}, and it is removed`, async () => {
      Object.assign(app.config, { redirectUri: app.url, responseMode });
      // Moves the callback as a router may do before the client exists.
      await page.addInitScript(() => {
        const response = [location.search, location.hash].find((part) => /^[?#]code=/.test(part));
        if (response) history.replaceState(null, '', `/#/callback?tab=1&${response.slice(1)}`);
      });
      await page.goto(app.url);
      await waitForTitle('signed out');
      await page.evaluate(() => void smart.authorize());
      await passSignIn(page);
      await waitForTitle(expected);
      assert.equal(await page.evaluate(() => urlAfterReady), `${app.url}#/callback?tab=1`);
    });
  }

  it('iss and launch after a path in the hash start a new launch, even if the page has a session', async () => {
    app.config.redirectUri = app.url;
    await signIn();
    await page.goto('about:blank');
    await page.goto(`${app.url}#/launch?iss=${encodeURIComponent(sandbox.fhirBaseUrl)}&launch=handle`);
    await waitForTitle('signed out');
    const { url } = await page.evaluate(() => smart.authorize({ navigate: false, returnTo: location.href }));
    assert.equal(new URL(url).searchParams.get('launch'), 'handle');
  });

  it('the page navigates to returnTo once: reload, back and forward keep the current page', async () => {
    await signIn('/charts/7?x=1#top', { returnTo: `${origin}/charts/7?x=1#top` });
    assert.equal(page.url(), `${origin}/charts/7?x=1#top`);
    await page.evaluate(() => history.pushState(null, '', '/charts/8'));
    for (const navigate of [() => page.reload(), () => page.goto(`${origin}/charts/9`), () => page.goBack(), () => page.goForward(), () => page.reload()]) {
      await navigate();
      await waitForTitle('signed in');
    }
    assert.equal(page.url(), `${origin}/charts/9`);
    await page.goBack();
    await waitForTitle('signed in');
    assert.equal(page.url(), `${origin}/charts/8`);
    assert.equal(await page.evaluate(() => session.returnTo), null);
  });

  it('authorize() on a page of another origin than the redirect URI: config_invalid, and the page does not navigate', async () => {
    app.config.redirectUri = app.url.replace('localhost', '127.0.0.1');
    await page.goto(app.url);
    await waitForTitle('signed out');
    const { code, message } = await page.evaluate(() => smart.authorize().catch(({ code, message }) => ({ code, message })));
    assert.equal(code, 'config_invalid');
    assert.ok(message.includes(origin) && message.includes(new URL(app.config.redirectUri).origin), message);
    assert.equal(page.url(), app.url);
  });

  it('document without a URL of its own (srcdoc, about:blank): every error is a SmartError', async () => {
    await page.goto(app.url);
    await waitForTitle('signed out');
    const outcomes = await page.evaluate(async (options) => {
      const results = [];
      for (const attributes of [{ srcdoc: '<p>x' }, { src: 'about:blank' }]) {
        const frame = Object.assign(document.createElement('iframe'), attributes);
        const loaded = new Promise((resolve) => (frame.onload = resolve));
        document.body.append(frame);
        await loaded;
        const script = Object.assign(frame.contentDocument.createElement('script'), {
          type: 'module',
          text: `
            import { createSmartClient } from '${location.origin}/smart-launch/dist/index.js';
            const options = ${JSON.stringify(options)};
            for (const settings of [options, { ...options, redirectUri: undefined }]) {
              const defaults = { clientId: 'callback-urls', scope: 'launch', allowInsecureLoopback: true };
              const smart = createSmartClient({ ...defaults, ...settings });
              for (const call of [() => smart.ready(), () => smart.authorize({ navigate: false }), () => smart.authorize({ target: 'frame' })]) {
                const result = await call().then(() => 'ok', ({ name, code }) => name + ' ' + code);
                parent.postMessage(result, '*');
              }
            }
            parent.postMessage('end', '*');`,
        });
        const allReported = new Promise((resolve) =>
          addEventListener('message', function listen({ data }) {
            if (data !== 'end') return void results.push(data);
            removeEventListener('message', listen);
            resolve();
          }),
        );
        frame.contentDocument.body.append(script);
        await allReported;
      }
      return results;
    }, app.config);
    assert.equal(outcomes.length, 12);
    for (const outcome of outcomes) assert.match(outcome, /^ok$|^SmartError \w+$/);
  });
});
