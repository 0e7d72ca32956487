// A callback whose `state` belongs to a sign-in of this client, at any URL and in any form: the sign-in is completed or rejects
// with a SmartError, and the callback is removed from the URL before anything is awaited.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEhr } from './ehr.mjs';
import { callbackOf, parametersOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';

const APP = 'https://app.example/';

/** Starts a sign-in at `from`, by default at the redirect URI's origin. `response` has the parameters of the response. */
async function startSignIn(test, { from = APP, options = {}, authorizeOptions = {} } = {}) {
  const ehr = await startEhr(test);
  const tab = openTab(test);
  const settings = ehr.options({ storage: 'session', ...options });
  const page = await tab.open(from);
  const request = await page.createSmartClient(settings).authorize({ navigate: false, ...authorizeOptions });
  const response = new URLSearchParams(new URL(callbackOf(request)).search);
  for (const name of new URL(parametersOf(request).redirect_uri).searchParams.keys()) response.delete(name);
  return { ehr, tab, settings, request, response: String(response), tokenRequests: () => ehr.requestsTo('/token') };
}

/** Opens a URL and returns the outcome of ready(). The page's URL must be `expectedAddress` when ready() returns. */
async function arrive(app, url, expectedAddress, options = app.settings) {
  const page = await app.tab.open(url);
  const client = page.createSmartClient(options);
  const ready = client.ready();
  assert.equal(page.address(), expectedAddress);
  const outcome = await ready.catch((error) => error);
  assert.ok(outcome === null || outcome.patient || outcome.name === 'SmartError', String(outcome?.stack));
  return { page, client, outcome };
}

for (const [description, redirectUri, url, expectedAddress] of [
  ['a path that begins with two slashes', 'https://app.example//back', 'https://app.example//back?RESPONSE', '//back'],
  ['the directory instead of index.html', 'https://app.example/a/index.html', 'https://app.example/a/?RESPONSE', '/a/'],
  ['index.html instead of its directory', 'https://app.example/a/', 'https://app.example/a/index.html?RESPONSE', '/a/index.html'],
  ['the redirect URI with a final slash', 'https://app.example/a', 'https://app.example/a/?RESPONSE', '/a/'],
  ['the redirect URI without its final slash', 'https://app.example/a/', 'https://app.example/a?RESPONSE&tab=1', '/a?tab=1'],
]) {
  test(`callback at ${description}: signed in`, async (t) => {
    const app = await startSignIn(t, { options: { redirectUri } });
    const { outcome } = await arrive(app, url.replace('RESPONSE', app.response), expectedAddress);
    assert.equal(outcome.patient, 'zoe');
    assert.equal(app.tokenRequests()[0].fields.get('redirect_uri'), redirectUri);
  });

  test(`callback at ${description}, with an unknown state: it is refused and removed from the URL`, async (t) => {
    const app = await startSignIn(t, { options: { redirectUri } });
    await arrive(app, url.replace('RESPONSE', app.response), expectedAddress);
    for (const response of ['code=c&state=forged', `error=access_denied&state=${'f'.repeat(43)}`]) {
      const { outcome } = await arrive(app, url.replace('RESPONSE', response), expectedAddress);
      assert.equal(outcome?.code, 'state_unknown', 'the session of the earlier sign-in is not restored');
    }
  });
}

for (const [description, url, expectedAddress] of [
  ['another path', 'https://app.example/elsewhere?x=1&RESPONSE', '/elsewhere?x=1'],
  ['a longer path', 'https://app.example/back/more?RESPONSE#top', '/back/more#top'],
  ['the path of a hash router elsewhere', 'https://app.example/#/callback?RESPONSE&tab=1', '/#/callback?tab=1'],
  ['another hash path', 'https://app.example/#!/callback?RESPONSE', '/#!/callback'],
  ['a fragment elsewhere', 'https://app.example/#RESPONSE', '/'],
  ['another host', 'https://www.app.example/back?RESPONSE', '/back'],
]) {
  test(`callback at ${description}: it is refused and removed from the URL, and the sign-in is still pending`, async (t) => {
    const app = await startSignIn(t);
    const { outcome, client } = await arrive(app, url.replace('RESPONSE', app.response), expectedAddress);
    assert.equal(outcome.code, 'callback_malformed', outcome.message);
    assert.match(outcome.message, /`redirectUri`, https:\/\/app\.example\/back:/);
    assert.equal(app.tokenRequests().length, 0);
    assert.equal(await client.ready(), null, 'the error is returned once');
    const { outcome: session } = await arrive(app, `https://app.example/back?${app.response}`, '/back');
    assert.equal(session.patient, 'zoe');
  });
}

test('callback at a page that is another server’s redirect URI is refused', async (t) => {
  const app = await startSignIn(t, { options: { redirectUri: 'https://app.example/a' } });
  const { fhirBaseUrl, redirectUri, ...shared } = app.settings;
  const servers = [
    { fhirBaseUrl, redirectUri },
    { fhirBaseUrl: 'https://other.example/fhir', redirectUri: 'https://app.example/a/' },
  ];
  const { outcome } = await arrive(app, `https://app.example/a/?${app.response}`, '/a/', { ...shared, servers });
  assert.equal(outcome.code, 'callback_malformed');
  assert.equal(app.tokenRequests().length, 0);
});

for (const [description, before, after] of [
  ['with a final slash on one page and without it on the next', (base) => `${base}/`, (base) => base],
  ['without a final slash on one page and with it on the next', (base) => base, (base) => `${base}/`],
]) {
  test(`fhirBaseUrl ${description} is the same server`, async (t) => {
    const ehr = await startEhr(t);
    const tab = openTab(t);
    const settingsWith = (spell) => ehr.options({ storage: 'session', fhirBaseUrl: spell(ehr.fhirBaseUrl) });
    const start = await tab.open(`${APP}launch`);
    const request = await start.createSmartClient(settingsWith(before)).authorize({ navigate: false });
    const app = { tab, settings: settingsWith(after) };
    const { outcome } = await arrive(app, callbackOf(request), '/back');
    assert.equal(outcome.patient, 'zoe');
    // Both pages can restore the session and end it.
    for (const spell of [before, after]) {
      const { outcome: restored } = await arrive({ tab, settings: settingsWith(spell) }, `${APP}back`, '/back');
      assert.equal(restored?.patient, 'zoe', String(restored));
    }
    const { client } = await arrive({ tab, settings: settingsWith(before) }, `${APP}back`, '/back');
    await client.logout();
    assert.ok(Object.keys(tab.storage).every((key) => !key.includes(':session:')));
  });
}

for (const [description, url] of [
  ['hash path with a query', '#/callback?RESPONSE'],
  ['hash path with `#!`', '#!/callback?tab=1&RESPONSE'],
  ['fragment that a router has changed to a path', '#/RESPONSE'],
  ['hash path to which a server has added the response', '#/callback&RESPONSE'],
]) {
  test(`${description} at the redirect URI: the response is read as a fragment`, async (t) => {
    const app = await startSignIn(t, { options: { responseMode: 'fragment' } });
    const page = await app.tab.open(`https://app.example/back${url.replace('RESPONSE', app.response)}`);
    const ready = page.createSmartClient(app.settings).ready();
    assert.doesNotMatch(page.address(), /code|state/);
    assert.equal((await ready).patient, 'zoe');
  });
}

for (const [description, template, expectedAddress] of [
  ['without the code', '/back?state=STATE', '/back'],
  ['without the code, elsewhere', '/elsewhere?x=1&state=STATE', '/elsewhere?x=1'],
  ['with a token instead of the code', '/back#access_token=x&token_type=Bearer&state=STATE', '/back'],
  ['with only the description of an error', '/back?error_description=x&state=STATE', '/back'],
  ['after a second question mark', '/back?tab=1?code=CODE&state=STATE', '/back?tab=1'],
  ['after two question marks', '/back??code=CODE&state=STATE', '/back'],
  ['after two question marks, the state first', '/back??state=STATE&code=CODE', '/back'],
  ['after a second hash', '/#/callback#code=CODE&state=STATE', '/#/callback'],
  ['after the path of a route', '/#/callback/code=CODE&state=STATE', '/#/callback'],
  ['after a route with a field', '/#/a=b/callback?code=CODE&state=STATE', '/#/a=b/callback'],
  ['after the state of another app', '/elsewhere?state=7&code=CODE&state=STATE', '/elsewhere'],
]) {
  test(`response ${description}: it is refused and removed from the URL, and the sign-in is still pending`, async (t) => {
    const app = await startSignIn(t);
    const fields = new URLSearchParams(app.response);
    const url = template.replace('CODE', fields.get('code')).replace('STATE', fields.get('state'));
    const { outcome } = await arrive(app, `https://app.example${url}`, expectedAddress);
    assert.match(String(outcome?.code), /^(callback_\w+|state_unknown)$/, String(outcome));
    assert.equal(app.tokenRequests().length, 0);
    const { outcome: session } = await arrive(app, `https://app.example/back?${app.response}`, '/back');
    assert.equal(session.patient, 'zoe');
    // The sign-in is completed, so a URL with only its `state` is no longer a response.
    const pathWithState = `/back?state=${fields.get('state')}`;
    const { outcome: restored } = await arrive(app, `https://app.example${pathWithState}`, pathWithState);
    assert.equal(restored.patient, 'zoe');
  });
}

test('parameters of the app after a hash path stay in the URL', async (t) => {
  const app = await startSignIn(t, { options: { redirectUri: APP } });
  for (const url of ['#/patients?code=7&state=CA', '#/reset?token=x', '#/a?error=1&state=open']) {
    const page = await app.tab.open(`${APP}${url}`);
    assert.equal(await page.createSmartClient(app.settings).ready(), null, url);
    assert.equal(page.address(), `/${url}`);
  }
  const { outcome } = await arrive(app, `${APP}?${app.response}#/reset?token=x`, '/#/reset?token=x');
  assert.equal(outcome.patient, 'zoe');
});

test('code without state before a hash path: refused while a sign-in is pending, ignored after it was completed', async (t) => {
  const app = await startSignIn(t, { options: { redirectUri: APP } });
  const { outcome } = await arrive(app, `${APP}?code=voucher#/x`, '/#/x');
  assert.equal(outcome.code, 'state_unknown');
  assert.equal(app.tokenRequests().length, 0);
  const { outcome: session } = await arrive(app, `${APP}?${app.response}#/x`, '/#/x');
  assert.equal(session.patient, 'zoe');
  const { outcome: restored } = await arrive(app, `${APP}?code=voucher#/x`, '/?code=voucher#/x');
  assert.equal(restored.patient, 'zoe');
  assert.equal(app.tokenRequests().length, 1);
});

test('`iss` and `launch` after a hash path are used, and are not in returnTo', async (t) => {
  const ehr = await startEhr(t);
  const tab = openTab(t);
  const settings = ehr.options({ storage: 'session', redirectUri: APP });
  const launch = `iss=${encodeURIComponent(ehr.fhirBaseUrl)}&launch=a%20b`;
  const page = await tab.open(`${APP}#/launch?${launch}`);
  const client = page.createSmartClient(settings);
  assert.equal(await client.ready(), null);
  const request = await client.authorize({ navigate: false, returnTo: `${APP}#/launch?${launch}&tab=1` });
  assert.equal(parametersOf(request).launch, 'a b');
  const { outcome } = await arrive({ tab, settings }, callbackOf(request), '/');
  assert.equal(outcome.returnTo, '/#/launch?tab=1');
});

test('authorize() rejects on a page of another origin than the redirect URI, except with `navigate: false`', async (t) => {
  const ehr = await startEhr(t);
  const tab = openTab(t);
  const settings = ehr.options({ storage: 'session', redirectUri: 'http://localhost:3000/back' });
  for (const entry of ['createSmartClient', 'createIsolatedSmartClient']) {
    const page = await tab.open('http://127.0.0.1:3000/', { also: ['isolated'] });
    if (entry === 'createIsolatedSmartClient') (await import('./mock-worker.mjs')).watchWorkers(t);
    const client = page[entry](entry === 'createSmartClient' ? settings : { ...settings, storage: undefined });
    await assert.rejects(client.authorize(), (error) => {
      assert.equal(error.code, 'config_invalid');
      assert.match(error.message, /http:\/\/127\.0\.0\.1:3000 .* http:\/\/localhost:3000/);
      return true;
    });
    assert.deepEqual(Object.keys(tab.storage).filter((key) => key.includes('sign-in')), []);
  }
  // The app may navigate to another origin itself.
  const page = await tab.open('http://127.0.0.1:3000/');
  assert.equal((await page.createSmartClient(settings).authorize({ navigate: false })).method, 'GET');
});

test('returnTo is set once, and is null when the session is restored', async (t) => {
  const app = await startSignIn(t, { authorizeOptions: { returnTo: 'https://app.example/charts/7?tab=2#top' } });
  const { outcome, client } = await arrive(app, `https://app.example/back?${app.response}`, '/back');
  assert.equal(outcome.returnTo, '/charts/7?tab=2#top');
  assert.ok(!JSON.stringify(app.tab.storage).includes('/charts/7'), 'returnTo is not stored');
  assert.equal((await client.refresh()).returnTo, null);
  // Another page, a reload, and the history entry of the callback.
  for (const url of ['https://app.example/charts/8', 'https://app.example/back', `https://app.example/back?${app.response}`]) {
    const { outcome: restored } = await arrive(app, url, new URL(url).pathname);
    assert.equal(restored.patient, 'zoe');
    assert.equal(restored.returnTo, null, url);
  }
});

test('error of a sign-in that fails has returnTo', async (t) => {
  for (const [change, code] of [
    [(response) => response.replace(/code=[^&]*/, 'error=access_denied'), 'authorization_refused'],
    [(response) => response, 'http_status'],
  ]) {
    const app = await startSignIn(t, { authorizeOptions: { returnTo: '/charts/7' } });
    app.ehr.answer('/token', { status: 500 });
    const { outcome, client } = await arrive(app, `https://app.example/back?${change(app.response)}`, '/back');
    assert.equal(outcome.code, code);
    assert.equal(outcome.returnTo, '/charts/7');
    assert.equal(client.getState().error.returnTo, '/charts/7');
  }
});

test('returnTo is a path of this app, without parameters of a launch or callback', async (t) => {
  for (const [returnTo, expected] of [
    ['https://app.example/a?b=c#d', '/a?b=c#d'],
    [new URL('https://app.example/launch?iss=x&launch=y&tab=1'), '/launch?tab=1'],
    ['/back?code=c&state=s', '/back'],
    ['https://evil.example/a', '/'],
    ['https://app.example.evil.example/a', '/'],
    ['https://app.example//evil.example', '/'],
    ['//evil.example', '/'],
    ['/.//evil.example', '/'],
  ]) {
    const app = await startSignIn(t, { authorizeOptions: { returnTo } });
    const { outcome } = await arrive(app, `https://app.example/back?${app.response}`, '/back');
    assert.equal(outcome.returnTo, expected, String(returnTo));
  }
});

for (const [description, createCallback] of [
  ['the query', (response) => `?${response}`],
  ['the query without its question mark', (response) => response],
  ['a path with the query', (response) => `/back?tab=1&${response}#top`],
  ['URLSearchParams', (response) => new URLSearchParams(response)],
  ['a URL', (response) => new URL(`https://app.example/back?${response}`)],
  ['the URL with a line end, as copied from a terminal', (response) => ` https://app.example/back?${response}\n`],
  ['a Request', (response) => new Request(`https://app.example/back?${response}`)],
]) {
  test(`ready({ callback }) takes ${description}`, async (t) => {
    const app = await startSignIn(t);
    const page = await app.tab.open('https://app.example/elsewhere');
    const session = await page.createSmartClient(app.settings).ready({ callback: createCallback(app.response) });
    assert.equal(session.patient, 'zoe');
  });
}

test('error for a callback without a response names the value to pass', async (t) => {
  const app = await startSignIn(t);
  const page = await app.tab.open(APP);
  const client = page.createSmartClient(app.settings);
  for (const callback of ['', '/back', 'nonsense', {}, 7, null, [], new URLSearchParams()]) {
    await assert.rejects(client.ready({ callback }), { code: 'callback_malformed', message: /pass the whole URL/ });
  }
  const posted = new Request('https://app.example/back', { method: 'POST', body: app.response });
  await assert.rejects(client.ready({ callback: posted }), { code: 'config_invalid', message: /formData/ });
});

test('malformed stored sign-in causes at most a SmartError, and the callback is removed from the URL', async (t) => {
  const key = (app) => Object.keys(app.tab.storage).find((key) => key.includes(':sign-in:'));
  const members = ['clientId', 'fhirBaseUrl', 'redirectUri', 'tokenEndpoint', 'verifier', 'asked', 'created', 'v', 'warnings', 'issuer'];
  const malformed = [
    () => 'null',
    () => '7',
    () => '"text"',
    () => '[]',
    () => '{}',
    () => '{',
    ...members.flatMap((name) => [7, [7], {}, true, null].map((value) => (record) => JSON.stringify({ ...JSON.parse(record), [name]: value }))),
  ];
  for (const malform of malformed) {
    const app = await startSignIn(t);
    app.tab.storage.setItem(key(app), malform(app.tab.storage.getItem(key(app))));
    const { outcome } = await arrive(app, `https://app.example/back?${app.response}`, '/back');
    if (outcome?.patient) continue;
    assert.match(outcome.code, /^(state_unknown|callback_malformed|endpoint_scheme|iss_\w+)$/, outcome.message);
  }
});

test('link of two megabytes is refused without being read', async (t) => {
  const app = await startSignIn(t);
  const TWO_MEGABYTES = 2_000_000;
  for (const filling of ['a', 'a=1&', '&', 'code=a&', '%41=%41&', '?', '#', '/?', '%']) {
    for (const mark of ['#', '?', '#/x?']) {
      for (const link of [
        `${mark}${filling.repeat(TWO_MEGABYTES / filling.length)}&${app.response}`,
        `${mark}${app.response}&${filling.repeat(TWO_MEGABYTES / filling.length)}`,
      ]) {
        const page = await app.tab.open(`https://app.example/back${link}`, { fresh: false });
        const client = page.createSmartClient(app.settings);
        const outcome = await client.ready().catch((error) => error);
        assert.match(String(outcome?.code), /callback_malformed/, `${mark}${filling}`);
        assert.match(page.address(), /^\/back(#\/x?)?$/);
        await assert.rejects(client.ready({ callback: `https://app.example/back${link}` }), { code: 'callback_malformed' });
      }
    }
  }
  const { outcome } = await arrive(app, `https://app.example/back?${app.response}`, '/back');
  assert.equal(outcome.patient, 'zoe');
});

test('page without an http or https URL: calls reject only with a SmartError', async (t) => {
  const ehr = await startEhr(t);
  const tab = openTab(t);
  for (const url of ['about:blank', 'about:srcdoc', 'data:text/html,x', 'blob:https://app.example/7', 'file:///x/index.html']) {
    const page = await tab.open(url, { globals: { origin: 'null' } });
    tab.block();
    for (const options of [ehr.options(), ehr.options({ redirectUri: undefined })]) {
      const client = page.createSmartClient({ ...options, storage: 'session' });
      for (const call of [() => client.ready(), () => client.authorize(), () => client.authorize({ navigate: false })]) {
        const outcome = await call().catch((error) => error);
        assert.ok(outcome === null || outcome.method || outcome.name === 'SmartError', `${url}: ${outcome?.stack}`);
      }
    }
  }
});

test('response is used even if history.replaceState fails', async (t) => {
  const app = await startSignIn(t);
  const page = await app.tab.open(`https://app.example/back?${app.response}`);
  globalThis.history.replaceState = () => {
    throw new DOMException('too many calls', 'SecurityError');
  };
  assert.equal((await page.createSmartClient(app.settings).ready()).patient, 'zoe');
});
