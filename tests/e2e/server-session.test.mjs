// A page whose session is on the server, in a real browser.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { fromDemo, openBrowser, openPage, packageDirectory, passSignIn } from './sandbox.mjs';
import { serveApp } from './serve.mjs';

/** Without 'wasm-unsafe-eval': a page that loaded WebAssembly would fail. */
const POLICY = "script-src 'self' 'unsafe-inline'";

describe('session on the server', () => {
  let browser, sandbox, app, server, url, page;
  before(async () => {
    const { createSmartServer, memoryStore, toNode } = await import(pathToFileURL(`${packageDirectory}/dist/server.js`).href);
    const { startSandbox } = await fromDemo('sandbox/sandbox.mjs');
    app = await serveApp('server-session.html', POLICY);
    let routes;
    server = createServer((request, response) =>
      routes(request, response, () => app.server.emit('request', request, response)),
    );
    await new Promise((resolve) => server.listen(0, 'localhost', resolve));
    url = `http://localhost:${server.address().port}/`;
    const registration = { clientId: 'portal', name: 'portal', redirectUris: [`${url}auth/callback`] };
    sandbox = await startSandbox({ port: 0, apps: [registration], quiet: true });
    const store = memoryStore();
    const smart = createSmartServer({
      baseUrl: `${url}auth`,
      fhirBaseUrl: sandbox.fhirBaseUrl,
      clientId: 'portal',
      scope: 'launch/patient openid fhirUser patient/*.rs offline_access',
      cookieSecret: 'a secret of this test, with more than 32 characters',
      sessions: { store },
      allowInsecureLoopback: true,
      proxy: {},
    });
    routes = toNode(smart);
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await sandbox.close();
    app.server.close();
    server.close();
  });
  beforeEach(async () => (page = await openPage(browser)));
  afterEach(() => page.context().close());

  const waitForTitle = (text, tab = page) => tab.waitForFunction((text) => document.title === text, text);
  const patientOf = (tab) =>
    tab.evaluate(async () => (await smart.request(`Patient/${smart.getState().session.patient}`)).name[0].family);

  async function signIn() {
    await page.goto(`${url}chart?tab=1#top`);
    await waitForTitle('unauthenticated');
    await page.evaluate(() => void smart.authorize());
    await passSignIn(page);
    await waitForTitle('authenticated');
  }

  it('signs in, reads, is reloaded and duplicated, and signs out in both tabs', async () => {
    await signIn();
    assert.equal(page.url(), `${url}chart?tab=1#top`);
    assert.equal(await patientOf(page), 'Alvarez');
    const stored = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie, history.state, smart.getState()]));
    assert.doesNotMatch(stored, /eyJ|access_token|refresh_token/);
    await page.reload();
    await waitForTitle('authenticated');
    assert.equal(await patientOf(page), 'Alvarez');

    const [copy] = await Promise.all([
      page.context().waitForEvent('page'),
      page.evaluate(() => void window.open(location.href)),
    ]);
    await waitForTitle('authenticated', copy);
    assert.equal(await patientOf(copy), 'Alvarez');
    await page.evaluate(() => void smart.logout());
    await waitForTitle('unauthenticated', copy);
    await waitForTitle('unauthenticated');
    assert.deepEqual(await copy.evaluate(() => recordedEvents), ['logout']);
    assert.deepEqual(await page.evaluate(() => fetch('/auth/fhir/Patient').then(({ status }) => status)), 401);
    await page.reload();
    await waitForTitle('unauthenticated');
    assert.deepEqual(page.problems, []);
  });

  it('a new tab has no session, although it has the cookie; the back button leads to the session again', async () => {
    await signIn();
    const otherTab = await page.context().newPage();
    await otherTab.goto(`${url}chart`);
    await waitForTitle('unauthenticated', otherTab);
    await page.goto('about:blank');
    await page.goBack();
    await waitForTitle('authenticated');
    assert.equal(page.url(), `${url}chart?tab=1#top`);
    assert.equal(await patientOf(page), 'Alvarez');
  });
});
