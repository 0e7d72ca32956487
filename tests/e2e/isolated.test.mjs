// A session in a real worker; the page records all messages of the worker.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { element, fromDemo, libraryRequests, openBrowser, openPage, passSignIn } from './sandbox.mjs';
import { serveApp } from './serve.mjs';

const POLICY = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";
const TRUSTED_TYPES = "; require-trusted-types-for 'script'; trusted-types";

describe('session in a worker', () => {
  let browser, sandbox, app, page, tokens;
  before(async () => {
    const { startSandbox } = await fromDemo('sandbox/sandbox.mjs');
    app = await serveApp('isolated.html', POLICY);
    const registration = {
      clientId: 'isolated',
      name: 'isolated',
      redirectUris: [app.url],
      postLogoutRedirectUris: [app.url],
    };
    sandbox = await startSandbox({ port: 0, apps: [registration], quiet: true });
    app.config.fhirBaseUrl = sandbox.fhirBaseUrl;
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await sandbox.close();
    app.server.close();
  });
  beforeEach(async () => {
    app.policy = POLICY;
    page = await openPage(browser);
    tokens = [];
    // The server's tokens, read from network traffic.
    await page.context().route('**/token', async (route) => {
      const response = await route.fetch();
      const { access_token, refresh_token, id_token } = await response.json();
      tokens.push(...[access_token, refresh_token, id_token].filter(Boolean));
      await route.fulfill({ response });
    });
  });
  afterEach(() => page.context().close());

  const waitForTitle = (text) => page.waitForFunction((text) => document.title === text, text);

  async function signIn() {
    await page.goto(app.url);
    await waitForTitle('signed out');
    await page.evaluate(() => void smart.authorize());
    await passSignIn(page);
    await waitForTitle('signed in');
  }

  const readPatient = () =>
    page.evaluate(async () => (await smart.request(`Patient/${smart.getState().session.patient}`)).name[0].family);

  it('works if Trusted Types are required and the policy is permitted', async () => {
    app.policy = `${POLICY}${TRUSTED_TYPES} smart-launch`;
    await signIn();
    assert.equal(await readPatient(), 'Alvarez');
  });

  it('fails with worker_lost if Trusted Types are required and the policy is not permitted', async () => {
    app.policy = `${POLICY}${TRUSTED_TYPES} 'none'`;
    await page.goto(app.url);
    await waitForTitle('worker_lost');
  });

  it('signs in by redirect, reads, refreshes and signs out, and the page sees no token', async () => {
    sandbox.requests.length = 0;
    await signIn();
    assert.equal(page.url(), app.url);
    assert.deepEqual(libraryRequests(sandbox.requests), ['discovery', 'authorize', 'token', 'jwks']);
    assert.equal(await readPatient(), 'Alvarez');
    assert.equal(await page.evaluate(() => smart.getState().session.can('patient/Observation.rs')), true);
    await page.evaluate(() => smart.refresh());
    assert.equal(await readPatient(), 'Alvarez');
    const { logoutUrl, revoked } = await page.evaluate(async () => {
      window.stateBefore = JSON.stringify([smart.getState(), smart.getState().session, await smart.discover()]);
      return smart.logout();
    });
    assert.equal(revoked, true);
    assert.match(logoutUrl, /client_id=isolated/);
    const visible = await page.evaluate(() =>
      JSON.stringify([workerMessages, stateBefore, { ...sessionStorage }, { ...localStorage }, smart.getState(), location.href]),
    );
    assert.ok(tokens.length >= 5, 'the tokens were read from the responses');
    assert.match(visible, /Alvarez/, 'the messages were recorded');
    // The page may know the claims of a signed token, but not its signature.
    const secrets = [
      ...tokens,
      ...tokens.filter((token) => token.split('.').length === 3).map((token) => token.split('.')[2]),
    ];
    for (const secret of secrets) assert.ok(!(visible + logoutUrl).includes(secret));
    assert.deepEqual(await page.evaluate(() => recordedEvents), [
      ['signedIn', null],
      ['refreshed', null],
      ['signedOut', 'logout'],
    ]);
    assert.deepEqual(page.problems, []);
  });

  it('tokens can be bound to a key, and the worker that is started after the redirect finds this key', async () => {
    const { startSandbox } = await fromDemo('sandbox/sandbox.mjs');
    const apps = [{ clientId: 'isolated', name: 'isolated', redirectUris: [app.url] }];
    const dpopSandbox = await startSandbox({ apps, requireDpop: true });
    const previousConfig = app.config;
    app.config = { fhirBaseUrl: dpopSandbox.fhirBaseUrl, worker: './smart-launch/dist/dpop-worker.js', dpop: true };
    try {
      await signIn();
      assert.equal(await readPatient(), 'Alvarez');
      await page.evaluate(() => smart.refresh());
      assert.equal(await readPatient(), 'Alvarez');
      assert.equal(await page.evaluate(() => smart.getState().session.tokenResponse.token_type), 'DPoP');
      const [token] = tokens;
      const headers = { authorization: `Bearer ${token}` };
      const stolen = await fetch(`${dpopSandbox.fhirBaseUrl}/Patient/maria-alvarez`, { headers });
      assert.equal(stolen.status, 401);
    } finally {
      app.config = previousConfig;
      await dpopSandbox.close();
    }
  });

  it('is signed out by a reload', async () => {
    await signIn();
    await page.reload();
    await waitForTitle('signed out');
  });

  it('forged messages are refused, nothing is sent, and the session continues', async () => {
    await signIn();
    sandbox.requests.length = 0;
    const otherUrls = [];
    page.context().on('request', (request) => {
      if (!request.url().startsWith(app.url)) otherUrls.push(request.url());
    });
    const codes = await page.evaluate(async (fhirBaseUrl) => {
      const [worker] = workers;
      const evil = 'https://evil.example/';
      const input = { url: 'Patient', headers: [] };
      const forged = [
        {
          call: 'configure',
          input: {
            options: { fhirBaseUrl, clientId: 'x', scope: 'x', endpoints: { tokenEndpoint: evil } },
            records: {},
            url: location.href,
          },
        },
        { call: 'fetch', input: { ...input, url: evil } },
        { call: 'fetch', input: { ...input, timeoutSeconds: 1e9 } },
        { call: 'fetch', input: { ...input, redirect: 'follow', credentials: 'include' } },
        { call: 'fetch', input: { ...input, headers: { authorization: 'x' } } },
        { call: '__proto__', input },
        { call: 'getAccessToken', input: {} },
        { call: 'ready', input: { url: evil } },
      ];
      const results = forged.map((message, at) => {
        const id = 1_000 + at;
        return new Promise((resolve) => {
          worker.addEventListener('message', ({ data }) => data.id === id && resolve(data.error?.code ?? data));
          worker.postMessage({ id, ...message });
        });
      });
      return Promise.all(results);
    }, sandbox.fhirBaseUrl);
    assert.deepEqual(codes, ['internal', 'origin_not_allowed', ...Array(6).fill('internal')]);
    assert.deepEqual(otherUrls, []);
    assert.deepEqual(sandbox.requests, []);
    assert.equal(await readPatient(), 'Alvarez');
  });

  it('a worker that is terminated: pending calls reject, and signing in again works', async () => {
    await signIn();
    const [code, state] = await page.evaluate(async () => {
      workers[0].terminate();
      const { code } = await smart.request('Patient').catch((error) => error);
      return [code, smart.getState()];
    });
    assert.equal(code, 'worker_lost');
    assert.equal(state.status, 'unauthenticated');
    assert.deepEqual((await page.evaluate(() => recordedEvents)).slice(1), [
      ['signedOut', 'worker_lost'],
      ['error', 'worker_lost'],
    ]);
    assert.equal(await page.evaluate(() => smart.ready()), null);
    await page.evaluate(() => void smart.authorize());
    // The user is still signed in at the server, so the server asks only for the patient and the permissions.
    await element(page, 'patient-maria-alvarez').click();
    await element(page, 'allow').click();
    await waitForTitle('signed in');
    assert.equal(await readPatient(), 'Alvarez');
  });

  it('a Content-Security-Policy that blocks workers: worker_lost', async () => {
    app.policy = `${POLICY}; worker-src 'none'`;
    await page.goto(app.url);
    await waitForTitle('worker_lost');
    assert.equal(await page.evaluate(() => smart.getState().status), 'error');
  });

  it('the script of the worker is missing: worker_lost', async () => {
    await page.route('**/worker.js', (route) => route.fulfill({ status: 404 }));
    await page.goto(app.url);
    await waitForTitle('worker_lost');
  });

  it('only the worker may run WebAssembly: the session works, but session.can() in the page throws wasm_unavailable', async () => {
    app.policy = "script-src 'self' 'unsafe-inline'";
    await signIn();
    const can = await page.evaluate(() => {
      try {
        return smart.getState().session.can('patient/Observation.rs');
      } catch ({ code }) {
        return code;
      }
    });
    assert.equal(can, 'wasm_unavailable');
    assert.equal(await readPatient(), 'Alvarez');
  });
});
