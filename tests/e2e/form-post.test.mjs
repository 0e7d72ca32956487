// form_post responses to an app that consists of static files.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { element, fromDemo, libraryRequests, openBrowser, openPage, passSignIn } from './sandbox.mjs';
import { serveApp } from './serve.mjs';

const POLICY = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";

describe('form_post', () => {
  let browser, sandbox, app, page, urls;
  before(async () => {
    const { startSandbox } = await fromDemo('sandbox/sandbox.mjs');
    app = await serveApp('form-post.html', POLICY, { '/form-post-worker.js': '/dist/form-post-worker.js' });
    const registration = { clientId: 'static', name: 'static', redirectUris: [`${app.url}callback`] };
    sandbox = await startSandbox({ port: 0, apps: [registration], quiet: true });
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await sandbox.close();
    app.server.close();
  });
  beforeEach(async () => {
    app.config = { fhirBaseUrl: sandbox.fhirBaseUrl };
    app.requests.length = 0;
    sandbox.requests.length = 0;
    page = await openPage(browser);
    urls = [];
    page.context().on('request', (request) => urls.push(request.url()));
    page.on('framenavigated', (frame) => urls.push(frame.url()));
  });
  afterEach(async () => {
    assert.ok(!urls.some((url) => /[?&#]code=/.test(url)), 'no code in any URL');
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  const waitForTitle = (text, tab = page) => tab.waitForFunction((text) => document.title === text, text);
  const completeSignIn = async () => {
    await page.goto(app.url);
    await waitForTitle('signed out');
    await page.evaluate(() => void signIn());
    await passSignIn(page);
  };
  /** Signs in; the page does not process the response until the test calls `finish()` in it. */
  const signInWithPause = async () => {
    await page.goto(app.url);
    await waitForTitle('signed out');
    await page.evaluate(() => prepare());
    app.config.pause = true;
    await page.evaluate(() => void signIn());
    await passSignIn(page);
    await waitForTitle('paused');
  };

  it('works if Trusted Types are required and the policy is permitted', async (t) => {
    t.after(() => (app.policy = POLICY));
    app.policy = `${POLICY}; require-trusted-types-for 'script'; trusted-types smart-launch-form-post`;
    await completeSignIn();
    await waitForTitle('signed in maria-alvarez');
  });

  it('signs in on the first visit, and the POST does not reach the server of the app', async () => {
    await completeSignIn();
    await waitForTitle('signed in maria-alvarez');
    assert.equal(page.url(), `${app.url}callback`);
    assert.deepEqual(libraryRequests(sandbox.requests), ['discovery', 'authorize', 'token']);
    assert.deepEqual(
      app.requests.filter(({ method }) => method !== 'GET'),
      [],
    );
    assert.equal(app.requests.filter(({ url }) => url === '/callback').length, 1);
    assert.equal(await page.evaluate(() => posted), true);
    assert.equal(await page.evaluate(() => postedCallback()), undefined, 'the response is returned only once');
    const stored = await page.evaluate(async () => [
      await caches.keys(),
      await indexedDB.databases(),
      Object.keys(localStorage).filter((key) => !key.startsWith('smart-launch:sign-in:')),
      Object.keys(sessionStorage).filter((key) => !key.startsWith('smart-launch:')),
      history.state,
    ]);
    assert.deepEqual(stored, [[], [], [], [], null], 'the response is not stored anywhere');
  });

  it('a reload of the callback page restores the session, and does not repeat the POST', async () => {
    await completeSignIn();
    await waitForTitle('signed in maria-alvarez');
    app.requests.length = 0;
    await page.reload();
    await waitForTitle('signed in maria-alvarez');
    assert.equal(await page.evaluate(() => posted), false);
    assert.equal(sandbox.requests.filter(({ purpose }) => purpose === 'token').length, 1);
    assert.deepEqual(
      app.requests.filter(({ method }) => method !== 'GET'),
      [],
    );
  });

  it('while the response waits in the service worker, another page does not get it', async () => {
    await signInWithPause();
    const otherTab = await page.context().newPage();
    await otherTab.goto(`${app.url}callback`);
    await waitForTitle('paused', otherTab);
    assert.equal(await otherTab.evaluate(() => postedCallback()), undefined);
    await page.evaluate(() => finish());
    await waitForTitle('signed in maria-alvarez');
  });

  it('a service worker that was stopped has lost the response, and signing in again works', async () => {
    await signInWithPause();
    const tools = await page.context().newCDPSession(page);
    await tools.send('ServiceWorker.enable');
    await tools.send('ServiceWorker.stopAllWorkers');
    await page.evaluate(() => finish());
    await waitForTitle('signed out');
    assert.equal(await page.evaluate(() => posted), false);
    app.config.pause = false;
    await page.evaluate(() => void signIn());
    await element(page, 'patient-maria-alvarez').click();
    await element(page, 'allow').click();
    await waitForTitle('signed in maria-alvarez');
  });

  const submit = (action, fields, attributes = {}) =>
    page.evaluate(
      ([action, fields, attributes]) => {
        const form = Object.assign(document.createElement('form'), { method: 'POST', action, ...attributes });
        for (const [name, value] of fields)
          form.append(Object.assign(document.createElement('input'), { name, value }));
        document.body.append(form);
        form.submit();
      },
      [action, fields, attributes],
    );

  it('a forged POST is refused, and the session stays', async () => {
    await completeSignIn();
    await waitForTitle('signed in maria-alvarez');
    await submit('/callback', [
      ['code', 'forged'],
      ['state', 'x'.repeat(43)],
    ]);
    await waitForTitle('state_unknown');
    await page.reload();
    await waitForTitle('signed in maria-alvarez');
  });

  it('a POST to another URL, or with another content type, goes to the server', async () => {
    await page.goto(app.url);
    await waitForTitle('signed out');
    await page.evaluate(() => prepare());
    for (const [action, attributes] of [
      ['/other', {}],
      ['/callback/', {}],
      ['/callback', { enctype: 'multipart/form-data' }],
    ]) {
      app.requests.length = 0;
      await submit(action, [['x', 'y']], attributes);
      await page.waitForURL((url) => url.pathname === action);
      assert.ok(
        app.requests.some(({ method, url }) => method === 'POST' && url === action),
        action,
      );
      await page.goto(app.url);
      await waitForTitle('signed out');
    }
  });

  it('script that cannot be the service worker of the callback: service_worker_unavailable', async () => {
    await page.goto(app.url);
    await waitForTitle('signed out');
    for (const worker of ['/smart-launch/dist/texts.js', '/smart-launch/dist/form-post-worker.js']) {
      const code = await page.evaluate((worker) => prepare(worker).catch(({ code }) => code), worker);
      assert.equal(code, 'service_worker_unavailable', worker);
    }
    page.problems.length = 0;
  });
});
