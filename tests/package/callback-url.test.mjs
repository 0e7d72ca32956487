// The page's URL when the server redirects back to the app.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEhr } from './ehr.mjs';
import { watchEngine } from './engine.mjs';
import { parametersOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';

const APP = 'https://app.example/back';

/** Starts a sign-in in a tab and opens its callback there. `address` is the part of the URL after the redirect URI. */
async function openCallback(test, address, options = {}) {
  const ehr = await startEhr(test);
  const tab = openTab(test);
  const settings = ehr.options({ storage: 'session', ...options });
  const start = await tab.open('https://app.example/');
  const request = await start.createSmartClient(settings).authorize({ navigate: false });
  const response = `code=a%2Bcode&state=${request.state}`;
  const withIssuer = address.replace('ISS', encodeURIComponent(ehr.document.issuer));
  const page = await tab.open(APP + withIssuer.replace('RESPONSE', response).replace('STATE', request.state));
  return { ehr, tab, page, settings, request, client: page.createSmartClient(settings) };
}

for (const [description, address, remaining, options] of [
  ['query', '?RESPONSE', '', {}],
  ['query with iss and session_state', '?RESPONSE&iss=ISS&session_state=x', '', {}],
  ['fragment', '#RESPONSE', '', { responseMode: 'fragment' }],
  [
    'query, between parameters of the app',
    '?theme=a%20b+c&RESPONSE&x=%7E%7e&empty=&flag',
    '?theme=a%20b+c&x=%7E%7e&empty=&flag',
    {},
  ],
  ['query, with a fragment of the app', '?RESPONSE#/route?tab=2', '#/route?tab=2', {}],
  ['fragment, with a query of the app', '?a=1&a=2#RESPONSE', '?a=1&a=2', { responseMode: 'fragment' }],
]) {
  test(`callback in the ${description}: removed from the URL when ready() returns, the rest unchanged`, async (t) => {
    const { ehr, page, client } = await openCallback(t, address, options);
    page.setState({ scroll: 120 });
    const ready = client.ready();
    assert.equal(page.address(), `/back${remaining}`);
    assert.deepEqual(history.state, { scroll: 120 });
    assert.equal((await ready).patient, 'zoe');
    assert.equal(ehr.requestsTo('/token')[0].fields.get('code'), 'a+code');
  });
}

test('if WebAssembly cannot be compiled, the callback is removed from the URL, and the next ready() uses it', async (t) => {
  const engine = watchEngine(t);
  const { ehr, page, client } = await openCallback(t, '?RESPONSE');
  engine.failWith(new WebAssembly.CompileError('not now'));
  await assert.rejects(client.ready(), { code: 'wasm_unavailable' });
  assert.equal(page.address(), '/back');
  engine.failWith(undefined);
  assert.equal((await client.ready()).patient, 'zoe');
  assert.equal((await client.ready()).patient, 'zoe');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('error response is removed from the URL, and ready() rejects with authorization_refused', async (t) => {
  const { page, client } = await openCallback(
    t,
    '?keep=1&error=access_denied&error_description=no&error_uri=x&state=STATE',
  );
  const ready = client.ready();
  assert.equal(page.address(), '/back?keep=1');
  await assert.rejects(ready, { code: 'authorization_refused', oauth: { error: 'access_denied', description: 'no' } });
});

test('callback with a token of the implicit flow is refused, and removed from the URL', async (t) => {
  const { ehr, page, client } = await openCallback(t, '?RESPONSE&access_token=evil&token_type=bearer');
  await assert.rejects(client.ready(), { code: 'callback_wrong_mode' });
  assert.equal(page.address(), '/back');
  assert.equal(ehr.requestsTo('/token').length, 0);
});

test('parameters of the redirect URI stay in the URL', async (t) => {
  const redirectUri = `${APP}?session_state=own&theme=dark`;
  const { page, client } = await openCallback(t, '?session_state=own&theme=dark&RESPONSE', { redirectUri });
  const ready = client.ready();
  assert.equal(page.address(), '/back?session_state=own&theme=dark');
  assert.equal((await ready).patient, 'zoe');
});

test('`code` and `state` at another URL of the app are ignored if no sign-in of this client has this state', async (t) => {
  const { ehr, tab, settings } = await openCallback(t, '');
  const page = await tab.open('https://app.example/elsewhere?code=c&state=open');
  assert.equal(await page.createSmartClient(settings).ready(), null);
  assert.equal(page.address(), '/elsewhere?code=c&state=open');
  assert.equal(ehr.requestsTo('/token').length, 0);
});

test('response to another client is ignored', async (t) => {
  const { ehr, page, client, request } = await openCallback(t, '?RESPONSE');
  const optionsOfOthers = [ehr.options({ clientId: 'another-app' }), (await startEhr(t)).options()];
  for (const options of optionsOfOthers) assert.equal(await page.createSmartClient(options).ready(), null);
  assert.equal(page.address(), `/back?code=a%2Bcode&state=${request.state}`);
  assert.equal((await client.ready()).patient, 'zoe');
});

test('response whose state is that of no pending sign-in is refused, and removed from the URL', async (t) => {
  const { ehr, page, client } = await openCallback(t, '?code=c&state=forged');
  const ready = client.ready();
  assert.equal(page.address(), '/back');
  await assert.rejects(ready, { code: 'state_unknown' });
  assert.equal(ehr.requestsTo('/token').length, 0);
});

test('code without state is refused while a sign-in is pending', async (t) => {
  const { ehr, page, client } = await openCallback(t, '?code=c');
  await assert.rejects(client.ready(), { code: 'state_unknown' });
  assert.equal(page.address(), '/back');
  assert.equal(ehr.requestsTo('/token').length, 0);
});

test('code without state is ignored while no sign-in is pending', async (t) => {
  const tab = openTab(t);
  const ehr = await startEhr(t);
  const page = await tab.open(`${APP}?code=voucher`);
  assert.equal(await page.createSmartClient(ehr.options()).ready(), null);
  assert.equal(page.address(), '/back?code=voucher');
});

test('code without state is ignored after the sign-in was completed', async (t) => {
  const { tab, client, settings } = await openCallback(t, '?RESPONSE');
  await client.ready();
  const page = await tab.open(`${APP}?code=voucher`);
  assert.equal((await page.createSmartClient(settings).ready()).patient, 'zoe');
  assert.equal(page.address(), '/back?code=voucher');
});

test('ready() twice, as under StrictMode: one promise, one token request', async (t) => {
  const { ehr, client } = await openCallback(t, '?RESPONSE');
  const [first, second] = [client.ready(), client.ready()];
  assert.equal(first, second);
  assert.equal(await first, await second);
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('two clients of a page call ready(): the first sends the only token request, and the second resolves to null', async (t) => {
  const { ehr, page, client, settings } = await openCallback(t, '?RESPONSE');
  const otherClient = page.createSmartClient(settings);
  const [first, second] = await Promise.all([client.ready(), otherClient.ready()]);
  assert.equal(ehr.requestsTo('/token').length, 1);
  assert.equal(first.patient, 'zoe');
  // The second ready() is called after the callback was removed from the URL, and before a session is stored.
  assert.equal(second, null);
});

test('redirect URI is by default the page without query and fragment', async (t) => {
  const ehr = await startEhr(t);
  const settings = ehr.options({ storage: 'session', redirectUri: undefined });
  const tab = openTab(t);
  const start = await tab.open('https://app.example/deep/page?a=b#c');
  const request = await start.createSmartClient(settings).authorize({ navigate: false });
  assert.equal(parametersOf(request).redirect_uri, 'https://app.example/deep/page');
  const page = await tab.open(`https://app.example/deep/page?code=c&state=${request.state}`);
  assert.equal((await page.createSmartClient(settings).ready()).patient, 'zoe');
});

test('callback that is opened again from the history restores the session without a request', async (t) => {
  const { ehr, tab, client, settings, request } = await openCallback(t, '?RESPONSE');
  await client.ready();
  const requestCount = ehr.requests.length;
  const reloadedPage = await tab.open(`${APP}?code=a%2Bcode&state=${request.state}`);
  assert.equal((await reloadedPage.createSmartClient(settings).ready()).patient, 'zoe');
  assert.equal(ehr.requests.length, requestCount);
});

test('callback that is opened again after a sign-out is refused by the first ready(); the second resolves to null', async (t) => {
  const { ehr, tab, client, settings, request } = await openCallback(t, '?RESPONSE');
  await client.ready();
  await client.logout();
  const reloadedPage = await tab.open(`${APP}?code=a%2Bcode&state=${request.state}`);
  const lateClient = reloadedPage.createSmartClient(settings);
  await assert.rejects(lateClient.ready(), { code: /state_unknown|callback_replayed/ });
  assert.equal(await lateClient.ready(), null);
  assert.equal(ehr.requestsTo('/token').length, 1);
});
