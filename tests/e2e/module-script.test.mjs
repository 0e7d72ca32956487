// The package in a page without a build step: `<script type="module">`.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fromDemo, libraryRequests, openBrowser, openPage, passSignIn } from './sandbox.mjs';
import { serveApp } from './serve.mjs';

it('a hundred callers with an expired token make one token request', async () => {
  const { startSandbox } = await fromDemo('sandbox/sandbox.mjs');
  const app = await serveApp('module-script.html', "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'");
  const registration = { clientId: 'module-script', name: 'module-script', redirectUris: [app.url], launchUrl: app.url };
  const sandbox = await startSandbox({ port: 0, apps: [registration], accessTokenSeconds: 2, quiet: true });
  app.config.fhirBaseUrl = sandbox.fhirBaseUrl;
  const browser = await openBrowser();
  try {
    const page = await openPage(browser);
    await page.goto(app.url);
    await passSignIn(page);
    await page.waitForFunction(() => document.title === 'Alvarez');
    assert.equal(page.url(), app.url);
    // No ID token was requested, so no key is needed.
    assert.deepEqual(libraryRequests(sandbox.requests), ['discovery', 'authorize', 'token']);
    await page.waitForTimeout(2_200);
    sandbox.requests.length = 0;
    const tokens = await page.evaluate(() => Promise.all(Array.from({ length: 100 }, () => smart.getAccessToken())));
    assert.equal(new Set(tokens).size, 1, 'all have the same, new token');
    assert.deepEqual(libraryRequests(sandbox.requests), ['token']);
    assert.equal(sandbox.requests[0].grantType, 'refresh_token');
    assert.deepEqual(page.problems, []);

    const serialized = await page.evaluate(() => JSON.stringify([smart.getState(), session]) + Object.keys(session.tokenResponse));
    assert.ok(!tokens.some((token) => serialized.includes(token)), 'the serialized state contains no token');
    assert.equal(await page.evaluate(() => smart.getState().session.tokenResponse.access_token), tokens[0]);
  } finally {
    await browser.close();
    await sandbox.close();
    app.server.close();
  }
});
