/** Error pages for the developer: the received value, the registered values, and the option that registers the received one. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSandbox } from '../sandbox.mjs';
import { APP_ORIGIN, REDIRECT_URI, registration, testApp } from '../testing/app.mjs';
import { Browser } from '../user/browser.mjs';

/** @type {import('../sandbox.mjs').Sandbox} */
let sandbox;
/** @type {Awaited<ReturnType<typeof testApp>>} */
let app;

before(async () => {
  sandbox = await startSandbox({ apps: [registration('demo')] });
  app = await testApp(sandbox);
});

after(() => sandbox.close());

const pageFor = async (changes) => {
  const page = await new Browser().open(app.authorizationUrl(app.authorizationRequest(changes)));
  assert.equal(page.status, 400);
  return page.text.replaceAll(/\s+/g, ' ');
};
const optionOn = (page) => /data-testid="option">([^<]*)</.exec(page)?.[1];

test('the page about an unregistered redirect URI shows this URI, the registered one, and the option to add', async () => {
  const page = await pageFor({ redirect_uri: 'http://localhost:1/back?a=1' });
  assert.match(page, /invalid_redirect_uri/);
  assert.match(page, /<dd><code>http:\/\/localhost:1\/back\?a=1<\/code><\/dd>/);
  assert.ok(page.includes(`<dd><code>${REDIRECT_URI}</code></dd>`));
  assert.equal(optionOn(page), '--redirect-uri &#39;http://localhost:1/back?a=1&#39;');
});

test('the page about an unregistered or missing client id shows the registered one', async () => {
  const page = await pageFor({ client_id: 'growth-chart' });
  assert.match(page, /<dd><code>demo<\/code><\/dd>/);
  assert.equal(optionOn(page), '--client-id growth-chart');
  assert.match(await pageFor({ client_id: undefined }), /<dd>missing<\/dd>/);
});

test('the values of the request are escaped, for HTML and for the shell', async () => {
  const page = await pageFor({ client_id: `<script>alert('x')</script>` });
  assert.ok(!page.includes('<script>'));
  assert.match(optionOn(page), /&#39;\\&#39;&#39;x&#39;\\&#39;&#39;/);
});

const signOut = async (query) => {
  const url = `${sandbox.origin}/logout?${new URLSearchParams(query)}`;
  return (await fetch(url, { headers: { accept: 'text/html' } })).text();
};

test('the page about an unregistered post-logout URL shows the registered one, and the option for the received one', async () => {
  const page = await signOut({ client_id: 'demo', post_logout_redirect_uri: `${APP_ORIGIN}/other` });
  assert.ok(page.includes(`${APP_ORIGIN}/bye`));
  assert.equal(optionOn(page), `--post-logout-redirect-uri ${APP_ORIGIN}/other`);
});

test('the page about another mistake shows no registered values', async () => {
  const page = await signOut({ id_token_hint: 'x' });
  assert.match(page, /data-testid="error"/);
  assert.doesNotMatch(page, /Registered/);
});
