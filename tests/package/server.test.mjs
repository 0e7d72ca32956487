// Server-side sessions: `smart-launch/server` with a store in memory.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { english } from 'smart-launch/messages';
import { createSmartServer, memoryStore } from 'smart-launch/server';
import { pemOf } from './authenticating.mjs';
import { isRevealing, SCOPE_OPENID } from './ehr.mjs';
import { BASE_URL, callingBeforeWrites, COOKIE_SECRET, createBrowser, ORIGIN, startApp } from './server-app.mjs';

const SESSION_ID = /^[\w-]{43}$/;

test('login: sends PKCE, sets a cookie for the sign-in, and creates a session with the members of SmartSession', async (t) => {
  const { ehr, smart } = await startApp(t);
  const browser = createBrowser(smart);
  const response = await browser.visit('login?returnTo=/chart%3Ftab%3D1');
  const parameters = new URL(String(response.headers.get('location'))).searchParams;
  assert.deepEqual([parameters.get('code_challenge_method'), parameters.get('redirect_uri')], ['S256', `${BASE_URL}/callback`]);
  assert.equal(browser.set.length, 1);
  const [cookie = ''] = browser.set;
  assert.match(cookie, /^__Host-smart-launch-[\w-]{16}=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/);

  const { id, location } = await browser.signIn('login?returnTo=/chart%3Ftab%3D1');
  assert.equal(location.href, `${ORIGIN}/chart?tab=1&smart_session=${id}`);
  assert.match(id, SESSION_ID);
  const [sessionCookie, removedCookie] = browser.set;
  assert.match(String(sessionCookie), /^__Host-smart-launch\.[\w-]{8}=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  assert.match(String(removedCookie), /Max-Age=0/);

  const session = await browser.session(id);
  assert.ok(session);
  assert.deepEqual([session.id, session.patient, session.refreshable, session.persisted], [id, 'zoe', true, true]);
  assert.equal(session.can('patient/Patient.rs'), true);
  assert.equal(await session.getAccessToken(), ehr.issued[0]?.access_token);
  ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient', id: 'zoe' } });
  assert.deepEqual(await session.request('Patient/zoe'), { resourceType: 'Patient', id: 'zoe' });
  assert.equal(ehr.requestsTo('/fhir/Patient/zoe')[0]?.headers.authorization, `Bearer ${ehr.issued[0]?.access_token}`);
  assert.equal(isRevealing(JSON.stringify(session)), false);
});

test('EHR launch: signs in at the server that `iss` names', async (t) => {
  const { ehr, smart } = await startApp(t, { scope: 'launch patient/*.rs' });
  const browser = createBrowser(smart);
  const iss = encodeURIComponent(ehr.fhirBaseUrl);
  const { id } = await browser.signIn(`launch?iss=${iss}&launch=xyz`);
  assert.equal((await browser.session(id))?.patient, 'zoe');
  assert.equal((await browser.visit('launch')).status, 400);
});

test('session route: returns the session without tokens', async (t) => {
  const { smart } = await startApp(t, { scope: SCOPE_OPENID }, { idToken: { sid: 's1' } });
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const response = await browser.visit('session', { headers: { 'smart-session': id } });
  assert.deepEqual([response.status, response.headers.get('cache-control')], [200, 'no-store']);
  const text = await response.text();
  assert.equal(isRevealing(text), false);
  const data = JSON.parse(text);
  assert.deepEqual([data.patient, data.id, 'tokenResponse' in data], ['zoe', id, false]);
  assert.equal((await browser.visit(`session?smart_session=${id}`)).status, 200);
});

test('HEAD: `session` and `jwks.json` respond with the headers of GET and without a body', async (t) => {
  const { smart } = await startApp(t, { clientAuth: { key: pemOf('ES384'), keyId: 'k' } });
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const init = { headers: { 'smart-session': id } };
  for (const path of ['session', 'jwks.json', 'session/']) {
    const [getResponse, headResponse] = [await browser.visit(path, init), await browser.visit(path, { method: 'HEAD', ...init })];
    assert.deepEqual([headResponse.status, headResponse.body], [200, null]);
    const headersOf = ({ headers }) => [...headers].filter(([name]) => name !== 'smart-session-ends');
    assert.deepEqual(headersOf(headResponse), headersOf(getResponse));
  }
  const response = await browser.visit('session', { method: 'HEAD' });
  assert.deepEqual([response.status, response.headers.get('smart-error'), await response.text()], [401, 'signed_out', '']);
});

test('sessions of two launches in one browser are separate, and the cookie alone selects no session', async (t) => {
  const { ehr, smart } = await startApp(t);
  const browser = createBrowser(smart);
  ehr.grant({ patient: 'zoe' }, { patient: 'noah' });
  const [first, second] = [await browser.signIn(), await browser.signIn()];
  assert.notEqual(first.id, second.id);
  assert.deepEqual([(await browser.session(first.id))?.patient, (await browser.session(second.id))?.patient], ['zoe', 'noah']);
  assert.equal(await smart.session(browser.requestOf(`${ORIGIN}/page`)), null);
  assert.equal((await browser.visit('session')).status, 401);
  const request = browser.requestOf(`${ORIGIN}/page?smart_session=${first.id}`, { headers: { 'smart-session': second.id } });
  assert.equal(await smart.session(request), null);
});

test('a callback that is requested several times: one token request is sent, and all responses lead to one session', async (t) => {
  const { ehr, smart } = await startApp(t);
  const browser = createBrowser(smart);
  const callback = await browser.begin();
  const cookie = browser.cookie();
  const [first, second] = await Promise.all([browser.visit(callback), browser.visit(callback)]);
  assert.equal(ehr.requestsTo('/token').length, 1);
  // The browser has received neither response, so it has no cookie of the session.
  browser.jar.clear();
  const third = await browser.visit(callback, { headers: { cookie } });
  for (const response of [first, second, third]) {
    assert.equal(response.status, 303);
    assert.equal(response.headers.get('location'), first.headers.get('location'));
  }
  const id = new URL(String(first.headers.get('location'))).searchParams.get('smart_session');
  assert.ok(await browser.session(String(id)));
  assert.equal(ehr.requestsTo('/token').length, 1);
  assert.equal((await browser.visit(callback)).status, 400, 'the cookie of the sign-in is required');
});

test('first sign-ins of a browser at the same time: both sessions work', async (t) => {
  const { ehr, smart } = await startApp(t);
  const browser = createBrowser(smart);
  ehr.grant({ patient: 'zoe' }, { patient: 'noah' });
  const callbacks = [await browser.begin(), await browser.begin()];
  // Both requests are sent before either response sets a cookie.
  const responses = await Promise.all(callbacks.map((callback) => browser.visit(callback)));
  const ids = responses.map(({ headers }) => String(new URL(String(headers.get('location'))).searchParams.get('smart_session')));
  const patients = await Promise.all(ids.map(async (id) => (await browser.session(id))?.patient));
  assert.deepEqual(patients.sort(), ['noah', 'zoe']);
  const { id } = await browser.signIn();
  assert.ok(await browser.session(id));
  assert.equal(browser.jar.size, 2);
});

test('form_post: the cookie of the sign-in is `SameSite=None`, so that browsers send it with the post', async (t) => {
  const { smart } = await startApp(t, { responseMode: 'form_post' });
  const browser = createBrowser(smart);
  const { searchParams } = new URL(await browser.begin());
  assert.match(String(browser.set[0]), /Secure; SameSite=None$/);
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://ehr.example', 'sec-fetch-site': 'cross-site' };
  const response = await browser.visit('callback', { method: 'POST', headers, body: searchParams.toString() });
  assert.equal(response.status, 303);
});

test('form_post: ten sign-ins in one browser work, although the session cookie is not sent with the post', async (t) => {
  const { smart } = await startApp(t, { responseMode: 'form_post' });
  const browser = createBrowser(smart);
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://ehr.example', 'sec-fetch-site': 'cross-site' };
  for (let count = 1; count <= 10; count++) {
    const { searchParams } = new URL(await browser.begin());
    const cookies = [...browser.jar];
    for (const [name] of cookies) if (name.includes('smart-launch.')) browser.jar.delete(name);
    const response = await browser.visit('callback', { method: 'POST', headers, body: searchParams.toString() });
    for (const [name, value] of cookies) if (name.includes('smart-launch.')) browser.jar.set(name, value);
    const id = new URL(response.headers.get('location')).searchParams.get('smart_session');
    assert.ok(await browser.session(id), `sign-in ${count}`);
  }
});

test('a page with `Origin: null`, because of its referrer policy, can sign out by a form', async (t) => {
  const { smart } = await startApp(t);
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const headers = { origin: 'null', 'sec-fetch-site': 'same-origin', 'smart-session': id };
  assert.ok((await browser.visit('logout', { method: 'POST', headers })).status < 400);
  assert.equal(await browser.session(id), null);
});

test('frames: cookies are partitioned', async (t) => {
  const { smart } = await startApp(t, { frames: true });
  const browser = createBrowser(smart);
  await browser.begin();
  assert.match(String(browser.set[0]), /HttpOnly; Secure; SameSite=None; Partitioned$/);
  await browser.signIn();
  assert.match(String(browser.set[0]), /HttpOnly; Secure; SameSite=None; Partitioned$/);
});

test('expired token: all callers in two instances share one refresh', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { ehr, options, smart } = await startApp(t);
  ehr.grant({ expires_in: 100 }, {});
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const secondServer = createSmartServer(options);
  const sessions = await Promise.all([smart, secondServer, smart, secondServer].map((server) => server.session(browser.of(id))));
  const tokens = await Promise.all(sessions.map((session) => session?.getAccessToken()));
  assert.deepEqual(new Set(tokens), new Set([ehr.issued[1]?.access_token]));
  assert.equal(ehr.requestsTo('/token').length, 2);
});

test('logout: the session is removed before the tokens are revoked at the server', async (t) => {
  const { ehr, smart } = await startApp(t);
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const sessionsAtRevocation = [];
  ehr.answer('/revoke', async () => {
    sessionsAtRevocation.push(await browser.session(id));
    return { status: 200 };
  });
  const session = await browser.session(id);
  const response = await browser.visit('logout', { method: 'POST', headers: { 'smart-session': id } });
  assert.deepEqual(await response.json(), { revoked: true, logoutUrl: null });
  assert.deepEqual(sessionsAtRevocation, [null, null]);
  await assert.rejects(Promise.resolve(session?.getAccessToken()), { code: 'signed_out' });
  assert.equal((await browser.visit('logout', { method: 'POST', headers: { 'smart-session': id } })).status, 401);
});

test('logout: if the store fails, the session ends, and only a later logout in the same browser revokes the tokens', async (t) => {
  const store = memoryStore();
  let isDown = false;
  /** @type {import('smart-launch/server').SessionStore['lock']} */
  const lock = async (...args) => {
    if (isDown) throw new Error('down');
    return store.lock(...args);
  };
  const { ehr, smart } = await startApp(t, { sessions: { store: { ...store, lock } } });
  const [browser, otherBrowser] = [createBrowser(smart), createBrowser(smart)];
  const [{ id }] = [await browser.signIn(), await otherBrowser.signIn()];
  isDown = true;
  const init = { method: 'POST', headers: { 'smart-session': id } };
  assert.equal((await browser.visit('logout', init)).status, 503);
  isDown = false;
  assert.equal(await browser.session(id), null);
  assert.equal((await otherBrowser.visit('logout', init)).status, 401);
  assert.deepEqual(ehr.requestsTo('/revoke'), []);
  assert.deepEqual(await (await browser.visit('logout', init)).json(), { revoked: true, logoutUrl: null });
  assert.notDeepEqual(ehr.requestsTo('/revoke'), []);
  assert.equal((await browser.visit('logout', init)).status, 401);
});

for (const fault of ['the record cannot be removed', 'the lock is lost']) {
  test(`logout: if ${fault}, the next logout revokes the tokens`, async (t) => {
    const memory = memoryStore();
    let fails = false;
    /** @type {import('smart-launch/server').SessionStore} */
    const store = {
      ...callingBeforeWrites(memory, (key) => {
        if (fails && fault.includes('record') && !key.endsWith('.used')) throw new Error('connection refused');
      }),
      async lock(key, seconds) {
        const lock = await memory.lock(key, seconds);
        return lock && { ...lock, isHeld: () => !(fails && fault.includes('lock')) };
      },
    };
    const { ehr, smart } = await startApp(t, { sessions: { store } });
    const browser = createBrowser(smart);
    const { id } = await browser.signIn();
    const init = { method: 'POST', headers: { 'smart-session': id } };
    fails = true;
    assert.equal((await browser.visit('logout', init)).status, 503);
    fails = false;
    assert.equal(await browser.session(id), null);
    assert.deepEqual(await (await browser.visit('logout', init)).json(), { revoked: true, logoutUrl: null });
    assert.equal(ehr.requestsTo('/revoke').length, 2);
  });
}

test('logout by a form leads to the server’s logout page', async (t) => {
  const configuration = { end_session_endpoint: 'http://127.0.0.1/bye' };
  const { smart } = await startApp(t, { scope: SCOPE_OPENID }, { configuration, idToken: {} });
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const response = await browser.visit(`logout?smart_session=${id}`, { method: 'POST' });
  assert.equal(response.status, 303);
  assert.match(String(response.headers.get('location')), /^http:\/\/127\.0\.0\.1\/bye\?/);
});

test('logout by a form of a session that has ended: the response is a page', async (t) => {
  const { smart } = await startApp(t);
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  await browser.visit('logout', { method: 'POST', headers: { 'smart-session': id } });
  for (const query of ['', `?smart_session=${id}`]) {
    const response = await browser.visit(`logout${query}`, { method: 'POST' });
    assert.equal(response.status, 401);
    assert.match(String(response.headers.get('content-type')), /^text\/html/);
    assert.match(await response.text(), /signed_out/);
  }
});

test('front-channel logout: a request of any browser ends all sessions with its `iss` and `sid`', async (t) => {
  const { ehr, smart } = await startApp(t, { scope: SCOPE_OPENID }, { idToken: { sid: 's1' } });
  const browser = createBrowser(smart);
  const [first, second] = [await browser.signIn(), await browser.signIn()];
  const iss = encodeURIComponent(ehr.origin);
  const otherBrowser = createBrowser(smart);
  for (const query of ['', `iss=${iss}`, `iss=${iss}&sid=s2`, `iss=https://x.example&sid=s1`, `iss=${iss}&sid=s1&sid=s1`]) {
    assert.equal((await otherBrowser.visit(`front-channel-logout?${query}`)).status, 200);
  }
  assert.ok(await browser.session(first.id));
  assert.equal((await otherBrowser.visit(`front-channel-logout?iss=${iss}&sid=s1`)).status, 200);
  assert.deepEqual([await browser.session(first.id), await browser.session(second.id)], [null, null]);
});

test('front-channel logout ends all sessions with a `sid`, even if one sign-in was paused while another completed', async (t) => {
  const memory = memoryStore();
  /** Keys that the first sign-in has written. @type {Set<string>} */
  const firstKeys = new Set();
  /** @type {(() => Promise<unknown>) | undefined} */
  let meanwhile;
  /** @type {(() => Promise<void>) | undefined} */
  let expire;
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...callingBeforeWrites(memory, async (key, method) => {
      if (!meanwhile) firstKeys.add(key);
      // Both sign-ins write only one record with the same key: the list of sessions.
      else if (method === 'replace' && firstKeys.has(key)) {
        const signIn = meanwhile;
        meanwhile = undefined;
        await expire?.();
        await signIn();
      }
    }),
    async lock(key, seconds) {
      const lock = await memory.lock(key, seconds);
      expire = lock?.release;
      return lock;
    },
  };
  const { ehr, options, smart } = await startApp(t, { scope: SCOPE_OPENID, sessions: { store } }, { idToken: { sid: 's1' } });
  const other = createSmartServer({ ...options, sessions: { store: memory } });
  const [first, paused, last] = [createBrowser(smart), createBrowser(smart), createBrowser(other)];
  const { id: firstId } = await first.signIn();
  let lastId = '';
  meanwhile = async () => ({ id: lastId } = await last.signIn());
  const { id: pausedId } = await paused.signIn();
  assert.ok((await first.session(firstId)) && (await paused.session(pausedId)) && (await last.session(lastId)));
  const iss = encodeURIComponent(ehr.origin);
  assert.equal((await first.visit(`front-channel-logout?iss=${iss}&sid=s1`)).status, 200);
  assert.deepEqual([await first.session(firstId), await paused.session(pausedId), await last.session(lastId)], [null, null, null]);
});

test('cookies: a cookie that is sent twice with the same value is used, and other cookies are ignored', async (t) => {
  const { smart } = await startApp(t);
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const sessionCookie = browser.cookie();
  for (const cookie of [`${sessionCookie}; other=1; ${sessionCookie}`, `__Host-smart-launch.other=${'A'.repeat(43)}; ${sessionCookie}`, `${sessionCookie}; broken`]) {
    assert.ok(await smart.session({ url: '/page', headers: new Headers({ cookie, 'smart-session': id }) }), cookie);
  }
});

test('several servers with redirect URIs of their own: a callback at the redirect URI of another server is refused', async (t) => {
  const [first, second] = [await startApp(t), await startApp(t)];
  const { fhirBaseUrl: _, ...options } = first.options;
  const servers = [first, second].map(({ ehr }, number) => ({
    fhirBaseUrl: ehr.fhirBaseUrl,
    redirectUri: `${BASE_URL}/callback/${number}`,
  }));
  const smart = createSmartServer({ ...options, servers });
  const browser = createBrowser(smart);
  assert.equal((await browser.visit('login')).status, 500);
  const { id } = await browser.signIn(`login?iss=${encodeURIComponent(second.ehr.fhirBaseUrl)}`);
  assert.equal((await browser.session(id))?.serverUrl, second.ehr.fhirBaseUrl);
  assert.equal(first.ehr.requestsTo('/token').length, 0);
  const callback = await browser.begin(`login?iss=${encodeURIComponent(second.ehr.fhirBaseUrl)}`);
  assert.equal((await browser.visit(callback.replace('/callback/1', '/callback/0'))).status, 400);
  assert.equal(first.ehr.requestsTo('/token').length + second.ehr.requestsTo('/token').length, 1);
});

test('store: values contain no secret, id or health data; values of another secret, changed values and values of another key are not used', async (t) => {
  const storedValues = new Map();
  const memory = memoryStore();
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...memory,
    async set(key, value, seconds) {
      storedValues.set(key, value);
      await memory.set(key, value, seconds);
    },
    async replace(key, present, value, seconds) {
      storedValues.set(key, value);
      return Boolean(await memory.replace?.(key, present, value, seconds));
    },
  };
  const { ehr, options, smart } = await startApp(t, { sessions: { store } });
  // The default patient `zoe` could occur in an encrypted value by chance.
  ehr.grant({ patient: 'canary-patient' });
  const browser = createBrowser(smart);
  const [first, second] = [await browser.signIn(), await browser.signIn()];
  const text = JSON.stringify([...storedValues]);
  for (const secret of [first.id, second.id, 'canary', ...browser.jar.values()]) assert.equal(text.includes(secret), false);
  for (const value of storedValues.values()) assert.match(value, /^v1\.[\w-]{11}\./);

  const serverWithBothSecrets = createSmartServer({ ...options, cookieSecret: [`new ${COOKIE_SECRET}`, COOKIE_SECRET] });
  assert.ok(await serverWithBothSecrets.session(browser.of(first.id)));
  const serverWithNewSecret = createSmartServer({ ...options, cookieSecret: `new ${COOKIE_SECRET}` });
  assert.equal(await serverWithNewSecret.session(browser.of(first.id)), null);

  // The key of each session is also the first part of the key of its last use.
  const lastUses = [...storedValues.keys()].filter((key) => key.endsWith('.used'));
  assert.equal(lastUses.length, 2);
  const [firstKey, secondKey] = lastUses.map((key) => key.slice(0, -'.used'.length));
  for (const suffix of ['', '.used']) {
    const [key, value] = [secondKey + suffix, storedValues.get(secondKey + suffix)];
    for (const unusable of [storedValues.get(firstKey + suffix), `${value.slice(0, -4)}AAAA`]) {
      await memory.set(key, unusable, 60);
      assert.equal(await browser.session(second.id), null);
      await memory.set(key, value, 60);
      assert.equal((await browser.session(second.id))?.id, second.id);
    }
  }
});

test('store that fails: routes that use it respond with 503, and the session works again afterwards', async (t) => {
  const memory = memoryStore();
  let fails = false;
  const throwIfFailing = () => {
    if (fails) throw new Error('canary: connection refused');
  };
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    get: async (key) => (throwIfFailing(), memory.get(key)),
    set: async (key, value, seconds) => (throwIfFailing(), memory.set(key, value, seconds)),
    delete: async (key) => (throwIfFailing(), memory.delete(key)),
    lock: async (key, seconds) => (throwIfFailing(), memory.lock(key, seconds)),
  };
  const { smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  fails = true;
  for (const path of ['session', 'login', 'callback']) {
    const callback = path === 'callback' ? `callback?code=c&state=${'A'.repeat(43)}` : path;
    const response = await browser.visit(callback, { headers: { 'smart-session': id } });
    const text = await response.text();
    assert.equal(response.status, path === 'callback' ? 400 : 503, text);
    assert.doesNotMatch(text, /canary/);
  }
  await assert.rejects(browser.session(id), { code: 'storage_unavailable', retryable: true });
  fails = false;
  assert.ok(await browser.session(id));
});

for (const isHeld of [true, false]) {
  const title = `store that fails after a refresh: the new refresh token is not lost${isHeld ? '' : ', even if the lock is lost'}`;
  test(title, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const memory = memoryStore();
    let fails = false;
    /** @type {import('smart-launch/server').SessionStore} */
    const store = {
      ...callingBeforeWrites(memory, () => {
        if (fails) throw new Error('connection refused');
      }),
      async lock(key, seconds) {
        const lock = await memory.lock(key, seconds);
        return lock && { ...lock, isHeld: () => isHeld || !fails };
      },
    };
    const { ehr, options, smart } = await startApp(t, { sessions: { store } });
    const browser = createBrowser(smart);
    ehr.grant({ expires_in: 100 }, () => ((fails = true), {}), {});
    const { id } = await browser.signIn();
    t.mock.timers.tick(101_000);
    const session = await browser.session(id);
    await assert.rejects(Promise.resolve(session?.getAccessToken()), { code: 'storage_unavailable' });
    // This process has the new token in memory.
    assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
    fails = false;
    const secondServer = createSmartServer(options);
    assert.equal(await (await secondServer.session(browser.of(id)))?.getAccessToken(), ehr.issued[1]?.access_token);
    assert.equal(ehr.requestsTo('/token').length, 2);
  });
}

test('refreshed session that could not be stored is not replaced by a call that began before the refresh', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const memory = memoryStore();
  const storeState = { fails: false, locks: 0 };
  /** @type {Promise<unknown> | undefined} */
  let firstCall;
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...callingBeforeWrites(memory, () => {
      if (storeState.fails) throw new Error('connection refused');
    }),
    async lock(key, seconds) {
      if ((storeState.locks += 1) !== 2) return memory.lock(key, seconds);
      await firstCall;
      storeState.fails = false;
      throw new Error('connection refused');
    },
  };
  const { ehr, smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 }, () => ((storeState.fails = true), {}), {});
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const session = await browser.session(id);
  storeState.locks = 0;
  firstCall = Promise.resolve(session?.getAccessToken()).catch(({ code }) => code);
  // With another `minValiditySeconds` this call does not share the refresh of the first one.
  const secondCall = Promise.resolve(session?.getAccessToken({ minValiditySeconds: 5 })).catch(({ code }) => code);
  assert.deepEqual(await Promise.all([firstCall, secondCall]), ['storage_unavailable', 'storage_unavailable']);
  assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
  assert.equal(ehr.requestsTo('/token').length, 2);
});

test('store that fails before a refresh: the refresh token is not sent, and does not count as sent', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const memory = memoryStore();
  let fails = false;
  let lockedKey = '';
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...callingBeforeWrites(memory, () => {
      if (fails) throw new Error('connection refused');
    }),
    async lock(key, seconds) {
      lockedKey = key;
      return memory.lock(key, seconds);
    },
  };
  const { ehr, smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const session = await browser.session(id);
  for (let count = 0; count < 3; count++) {
    fails = true;
    await assert.rejects(Promise.resolve(session?.getAccessToken()), { code: 'storage_unavailable' });
    fails = false;
    // The failed call has released the lock.
    await (await memory.lock(lockedKey, 30))?.release();
  }
  assert.equal(ehr.requestsTo('/token').length, 1);
  ehr.grant({});
  assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
});

test('callback whose access token has already expired, without a refresh token, creates no session: the page would sign in again and again', async (t) => {
  for (const expiresIn of [0, -5, '0']) {
    const { smart } = await startApp(t, {}, { tokens: { refresh_token: undefined, expires_in: expiresIn } });
    const browser = createBrowser(smart);
    const response = await browser.arrive(new URL(await browser.begin()));
    assert.equal(response.status, 502);
    assert.match(await response.text(), /token_response_invalid/);
  }
});

for (const isInDoubt of [false, true]) {
  const cause = isInDoubt ? 'its refresh token was sent twice without a response' : 'it has no refresh token';
  test(`session whose access token has expired, and ${cause}: the routes respond with session_expired`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { ehr, smart } = await startApp(t, { proxy: {} });
    const browser = createBrowser(smart);
    ehr.grant({ expires_in: 100, ...(!isInDoubt && { refresh_token: undefined }) });
    const { id } = await browser.signIn();
    const keptSession = await browser.session(id);
    t.mock.timers.tick(101_000);
    const headers = { 'smart-session': id };
    if (isInDoubt) {
      ehr.answer('/token', { cut: true, json: {} });
      for (const code of ['network', 'network', 'refresh_in_doubt']) {
        const response = await browser.visit('fhir/Patient/zoe', { headers });
        assert.equal(response.headers.get('smart-error'), code);
      }
    }
    // A session that the app has kept does not change what the routes respond.
    for (const call of ['request', 'getAccessToken', 'introspect']) {
      await assert.rejects(keptSession[call](call === 'request' ? 'Patient/zoe' : undefined), { code: 'session_expired' });
      for (const route of ['session', 'fhir/Patient/zoe']) {
        const response = await browser.visit(route, { headers });
        assert.deepEqual([response.status, response.headers.get('smart-error')], [401, 'session_expired'], `${call}, ${route}`);
      }
    }
    assert.equal(await browser.session(id), null);
    assert.equal((await browser.visit('logout', { method: 'POST', headers })).status, 200);
    assert.equal((await browser.visit('session', { headers })).headers.get('smart-error'), 'signed_out');
  });
}

test('refresh without a response before the access token expires: only getAccessToken({ minValiditySeconds }) rejects', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { ehr, smart } = await startApp(t);
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  const session = await browser.session(id);
  const accessToken = await session.getAccessToken();
  ehr.answer('/token', { cut: true });
  ehr.answer('/fhir/Patient/zoe', { json: { id: 'zoe' } });
  t.mock.timers.tick(95_000);
  for (let count = 0; count < 3; count++) {
    assert.deepEqual(await session.request('Patient/zoe'), { id: 'zoe' });
    assert.equal(await session.getAccessToken(), accessToken);
  }
  await assert.rejects(session.getAccessToken({ minValiditySeconds: 50 }), { code: 'refresh_in_doubt' });
});

test('session can be read without a write to the store while its refresh token is sent for the second time', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const memory = memoryStore();
  const { ehr, options, smart } = await startApp(t, { sessions: { store: memory } });
  const failWrite = () => assert.fail('a call that only reads has written to the store');
  const reader = createSmartServer({ ...options, sessions: { store: callingBeforeWrites(memory, failWrite) } });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  /** @type {unknown[]} */
  const patients = [];
  ehr.answer('/token', { cut: true }, async () => {
    patients.push((await reader.session(browser.of(id)))?.patient);
    return { json: ehr.tokenResponse() };
  });
  const session = await browser.session(id);
  await assert.rejects(Promise.resolve(session?.getAccessToken()), { code: 'network' });
  assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
  assert.deepEqual(patients, [session?.patient]);
  assert.equal((await browser.session(id))?.patient, session?.patient);
});

test('refresh response that is stored after the lock was lost: the next holder rejects, and then uses the response', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const memory = memoryStore();
  /** @type {(() => Promise<void>) | undefined} */
  let expire;
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...memory,
    async lock(key, seconds) {
      const lock = await memory.lock(key, seconds);
      expire = lock?.release;
      return lock;
    },
  };
  const { ehr, options, smart } = await startApp(t, { sessions: { store } });
  const secondServer = createSmartServer({ ...options, sessions: { store: memory } });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const [session, secondSession] = [await browser.session(id), await secondServer.session(browser.of(id))];
  /** @type {Promise<unknown> | undefined} */
  let secondCall;
  /** @type {Promise<unknown> | undefined} */
  let firstCall;
  ehr.answer('/token', async () => {
    await expire?.();
    // The other instance has read the session, and checks whether the server can be reached.
    await new Promise((resolve) => {
      ehr.answer('/fhir/.well-known/smart-configuration', async () => {
        resolve(undefined);
        await firstCall;
        return { status: 200 };
      });
      secondCall = Promise.resolve(secondSession?.getAccessToken()).catch((error) => error);
    });
    return { json: ehr.tokenResponse() };
  });
  firstCall = Promise.resolve(session?.getAccessToken());
  assert.equal(await firstCall, ehr.issued[1]?.access_token);
  const { code, fault, userMessage } = await secondCall;
  assert.deepEqual([code, fault, userMessage], ['lock_timeout', 'app', 'This app is not available at the moment. Please try again.']);
  assert.equal(await secondSession?.getAccessToken(), ehr.issued[1]?.access_token);
  assert.equal(ehr.requestsTo('/token').length, 2);
});

test('a refreshed session that could not be stored is not restored after a logout at another instance, and its tokens are revoked', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const memory = memoryStore();
  /** @type {Map<string, number>} */
  const reads = new Map();
  const storeState = { fails: false, locks: true };
  /** @type {Set<string>} */
  const storedKeys = new Set();
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    async get(key) {
      reads.set(key, (reads.get(key) ?? 0) + 1);
      return memory.get(key);
    },
    async set(key, value, seconds) {
      if (storeState.fails) throw new Error('connection refused');
      storedKeys.add(key);
      await memory.set(key, value, seconds);
    },
    async delete(key) {
      storedKeys.delete(key);
      await memory.delete(key);
    },
    // The other instance does not get the lock in time.
    lock: async (key, seconds) => (storeState.locks ? memory.lock(key, seconds) : undefined),
  };
  const { ehr, options, smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 }, () => ((storeState.fails = true), {}));
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const session = await browser.session(id);
  await assert.rejects(Promise.resolve(session?.getAccessToken()), { code: 'storage_unavailable' });
  Object.assign(storeState, { fails: false, locks: false });
  const secondServer = createSmartServer(options);
  const [key] = [...storedKeys].filter((key) => storedKeys.has(`${key}.used`));
  assert.ok(key);
  const response = await secondServer.handle(browser.requestOf('logout', { method: 'POST', headers: { 'smart-session': id } }));
  assert.equal(response.status, 200);
  const before = reads.get(key);
  while (reads.get(key) === before && !storedKeys.has(key)) await new Promise((resolve) => setTimeout(resolve, 10));
  const isRevoked = () => ehr.requestsTo('/revoke').some(({ fields }) => fields.get('token') === ehr.issued[1]?.refresh_token);
  for (let count = 0; count < 100 && !isRevoked(); count++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(storedKeys.has(key), false);
  assert.ok(isRevoked());
});

for (const isRotated of [true, false]) {
  const outcome = isRotated ? 'the session ends with a typed error' : 'the session continues';
  test(`a process that ends before a refreshed token is stored, with a server that ${isRotated ? 'replaces' : 'keeps'} refresh tokens: ${outcome}`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const memory = memoryStore();
    let hasEnded = false;
    // Otherwise this process tries for a minute to store the record.
    t.after(() => (hasEnded = false));
    /** @type {(() => Promise<void>) | undefined} */
    let expire;
    /** @type {import('smart-launch/server').SessionStore} */
    const storeOfEndedProcess = {
      ...callingBeforeWrites(memory, () => {
        if (hasEnded) throw new Error('this process has ended');
      }),
      async lock(key, seconds) {
        const lock = await memory.lock(key, seconds);
        expire = lock?.release;
        return lock && { ...lock, isHeld: () => !hasEnded };
      },
    };
    const { ehr, options, smart } = await startApp(t, { sessions: { store: storeOfEndedProcess }, proxy: {} });
    const secondServer = createSmartServer({ ...options, sessions: { store: memory } });
    const browser = createBrowser(smart);
    ehr.grant({ expires_in: 100 });
    const { id } = await browser.signIn();
    t.mock.timers.tick(101_000);
    ehr.answer(
      '/token',
      async () => {
        hasEnded = true;
        await expire?.();
        return { json: ehr.tokenResponse() };
      },
      isRotated ? { status: 400, json: { error: 'invalid_grant' } } : () => ({ json: ehr.tokenResponse() }),
    );
    const session = await browser.session(id);
    await assert.rejects(Promise.resolve(session?.getAccessToken()));
    const response = await secondServer.handle(browser.requestOf('fhir/Patient/zoe', { headers: { 'smart-session': id } }));
    const tokens = ehr.requestsTo('/token').map(({ fields }) => fields.get('refresh_token'));
    assert.deepEqual(tokens, [null, ehr.issued[0]?.refresh_token, ehr.issued[0]?.refresh_token]);
    if (isRotated) {
      assert.deepEqual([response.status, (await response.json()).error.code], [401, 'refresh_rejected']);
      assert.equal(response.headers.get('smart-error'), 'refresh_rejected');
    }
    assert.equal((await secondServer.session(browser.of(id))) === null, isRotated);
  });
}

test('lock that was lost during a refresh: the response is stored, unless another instance has changed the session', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const memory = memoryStore();
  let isHeld = true;
  /** @type {Set<string>} */
  const keys = new Set();
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...memory,
    async set(key, value, seconds) {
      keys.add(key);
      await memory.set(key, value, seconds);
    },
    async lock(key, seconds) {
      const lock = await memory.lock(key, seconds);
      return lock && { ...lock, isHeld: () => isHeld };
    },
  };
  const { ehr, smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  ehr.grant(() => ((isHeld = false), {}));
  const session = await browser.session(id);
  assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
  isHeld = true;
  const openExpiredSession = async () => {
    ehr.grant({ expires_in: 100 });
    const { id } = await browser.signIn();
    t.mock.timers.tick(101_000);
    return browser.session(id);
  };
  const expectedError = { code: 'lock_timeout', retryable: true };
  const changedSession = await openExpiredSession();
  ehr.grant(() => {
    // Another instance changes the session, while this instance still counts the lock as held.
    for (const key of keys) void memory.set(key, 'changed', 60);
    return {};
  });
  await assert.rejects(Promise.resolve(changedSession?.getAccessToken()), expectedError);
  const lastSession = await openExpiredSession();
  const before = ehr.requestsTo('/token').length;
  isHeld = false;
  await assert.rejects(Promise.resolve(lastSession?.getAccessToken()), expectedError);
  assert.equal(ehr.requestsTo('/token').length, before, 'nothing is sent without the lock');
});

/**
 * Where a process is stopped during a refresh: before or after call number `call` of the store's `method`. If `hasReplace` is
 * `false`, the store has no `replace`. A refresh reads the record before it gets the lock, again afterwards, and in stores
 * without `replace` once more before each write. It stores the record before it sends the refresh token, and after the response.
 *
 * @typedef {{ method: 'get' | 'set' | 'replace', when: 'before' | 'after', call: number, hasReplace: boolean }} Stop
 */

/**
 * An app whose process is stopped during a refresh, until its lock has expired and another instance has refreshed the session.
 *
 * @param {import('node:test').TestContext} t
 * @param {Stop} stop
 */
async function startStoppedApp(t, { method, when, call, hasReplace }) {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { replace, ...others } = memoryStore();
  const memory = hasReplace && replace ? { ...others, replace } : others;
  let callsLeft = Infinity;
  let isHeld = true;
  /** @type {(() => Promise<void>) | undefined} */
  let expire;
  /** @type {import('smart-launch/server').ServerSession | null | undefined} */
  let secondSession;
  async function pause() {
    isHeld = false;
    await expire?.();
    await secondSession?.getAccessToken();
  }
  const original = /** @type {(...values: unknown[]) => Promise<unknown>} */ (memory[method]);
  /** @param {unknown[]} values */
  async function stoppable(...values) {
    const isStop = !String(values[0]).endsWith('.used') && --callsLeft === 0;
    if (isStop && when === 'before') await pause();
    const result = await original(...values);
    if (isStop && when === 'after') await pause();
    return result;
  }
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...memory,
    [method]: stoppable,
    async lock(key, seconds) {
      const lock = await memory.lock(key, seconds);
      expire = lock?.release;
      return lock && { ...lock, isHeld: () => isHeld };
    },
  };
  const { ehr, options, smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const session = await browser.session(id);
  secondSession = await createSmartServer({ ...options, sessions: { store: memory } }).session(browser.of(id));
  callsLeft = call;
  return {
    ehr,
    /** The access token of the session; rejects if the process was stopped and may have used old tokens. */
    accessToken: () => Promise.resolve(session?.getAccessToken()),
    resume: () => (isHeld = true),
  };
}

for (const stop of /** @type {Stop[]} */ ([
  { method: 'get', when: 'after', call: 3, hasReplace: false },
  { method: 'set', when: 'after', call: 1, hasReplace: false },
  { method: 'replace', when: 'before', call: 1, hasReplace: true },
  { method: 'replace', when: 'after', call: 1, hasReplace: true },
])) {
  const title = `process that is stopped ${stop.when} \`${stop.method}\` until another has refreshed: it sends no refresh token`;
  test(title, async (t) => {
    const { ehr, accessToken, resume } = await startStoppedApp(t, stop);
    await assert.rejects(accessToken(), { code: 'lock_timeout' });
    resume();
    assert.equal(ehr.requestsTo('/token').length, 2);
    assert.equal(await accessToken(), ehr.issued[1]?.access_token);
    assert.equal(ehr.requestsTo('/token').length, 2);
  });
}

for (const isRefused of [false, true]) {
  const outcome = isRefused ? 'a refusal does not end the session' : 'the newer tokens are not replaced';
  test(`process that is stopped before it stores a refresh response until another one has refreshed: ${outcome}`, async (t) => {
    const { ehr, accessToken, resume } = await startStoppedApp(t, { method: 'replace', when: 'before', call: 2, hasReplace: true });
    const tokens = () => ({ json: ehr.tokenResponse() });
    ehr.answer('/token', isRefused ? { status: 400, json: { error: 'invalid_grant' } } : tokens, tokens);
    await assert.rejects(accessToken(), { code: 'lock_timeout', retryable: true });
    resume();
    assert.equal(await accessToken(), ehr.issued.at(-1)?.access_token);
    assert.equal(ehr.requestsTo('/token').length, 3);
  });
}

test('store with `replace`: logout ends the session, even if `delete` fails', async (t) => {
  let fails = false;
  const store = callingBeforeWrites(memoryStore(), (key, method) => {
    if (fails && method === 'delete' && !key.endsWith('.used')) throw new Error('connection refused');
  });
  const { ehr, smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  fails = true;
  const init = { method: 'POST', headers: { 'smart-session': id } };
  assert.deepEqual(await (await browser.visit('logout', init)).json(), { revoked: true, logoutUrl: null });
  assert.equal(await browser.session(id), null);
  assert.equal((await browser.visit('logout', init)).status, 401);
  assert.equal(ehr.requestsTo('/revoke').length, 2);
});

test('memoryStore: `replace` stores a value only if the stored value is the present one and has not expired', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const store = memoryStore();
  assert.equal(await store.replace?.('a', 'one', 'two', 60), false);
  await store.set('a', 'one', 60);
  assert.deepEqual([await store.replace?.('a', 'two', 'three', 60), await store.get('a')], [false, 'one']);
  assert.deepEqual([await store.replace?.('a', 'one', 'two', 90), await store.get('a')], [true, 'two']);
  t.mock.timers.tick(89_000);
  assert.equal(await store.get('a'), 'two');
  t.mock.timers.tick(1_000);
  assert.deepEqual([await store.replace?.('a', 'two', 'three', 60), (await store.get('a')) ?? null], [false, null]);
});

test('lock whose release gets no response: the call that held the lock and the next call return the token', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const memory = memoryStore();
  let hangs = false;
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...memory,
    async lock(key, seconds) {
      const lock = await memory.lock(key, seconds);
      return lock && { ...lock, release: () => (hangs ? new Promise(() => {}) : lock.release()) };
    },
  };
  const { ehr, smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const session = await browser.session(id);
  hangs = true;
  for (let count = 0; count < 2; count++) assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
});

test('logout during a refresh at another instance: the session is not restored, and the new tokens are revoked', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { ehr, options, smart } = await startApp(t);
  const secondServer = createSmartServer(options);
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  /** @type {Promise<Response> | undefined} */
  let logout;
  ehr.answer('/token', async () => {
    logout = secondServer.handle(browser.requestOf('logout', { method: 'POST', headers: { 'smart-session': id } }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { json: ehr.tokenResponse() };
  });
  await (await browser.session(id))?.getAccessToken().catch(() => {});
  assert.equal((await logout)?.status, 200);
  for (const server of [smart, secondServer]) assert.equal(await server.session(browser.of(id)), null);
  const revoked = ehr.requestsTo('/revoke').map(({ fields }) => fields.get('token'));
  assert.ok(revoked.includes(String(ehr.issued[1]?.refresh_token)));
});

test('if the caller aborts, the refresh is completed, and the next caller gets the new token', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { ehr, smart } = await startApp(t);
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const aborter = new AbortController();
  ehr.answer('/token', () => {
    aborter.abort();
    return { json: ehr.tokenResponse() };
  });
  const session = await browser.session(id);
  await assert.rejects(Promise.resolve(session?.getAccessToken({ signal: aborter.signal })), { code: 'aborted' });
  assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
  assert.equal(ehr.requestsTo('/token').length, 2);
});

test('if the server rejects the refresh token, the response is 401, and the session ends', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { ehr, smart } = await startApp(t, { proxy: {} });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
  const response = await browser.visit('fhir/Patient/zoe', { headers: { 'smart-session': id } });
  assert.deepEqual([response.status, (await response.json()).error.code], [401, 'refresh_rejected']);
  assert.equal(await browser.session(id), null);
});

test('lock that the store grants too late is released', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const memory = memoryStore();
  /** @type {(() => void) | undefined} */
  let grantLock;
  let isSlow = false;
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...memory,
    async lock(key, seconds) {
      if (isSlow) await new Promise((resolve) => (grantLock = () => resolve(undefined)));
      return memory.lock(key, seconds);
    },
  };
  const { ehr, smart } = await startApp(t, { sessions: { store }, timeoutSeconds: 1 });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 }, {});
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const session = await browser.session(id);
  isSlow = true;
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.now() + 101_000 });
  const accessToken = session?.getAccessToken();
  while (!grantLock) await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(60_000);
  await assert.rejects(Promise.resolve(accessToken), { code: 'storage_unavailable' });
  isSlow = false;
  grantLock();
  assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
});

test('a forged time of the last use in the store does not extend a session', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const memory = memoryStore();
  /** @type {string[]} */
  const keys = [];
  /** @type {import('smart-launch/server').SessionStore} */
  const store = { ...memory, set: async (key, value, seconds) => (keys.push(key), memory.set(key, value, seconds)) };
  const { smart } = await startApp(t, { sessions: { store, idleSeconds: 100 } });
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const key = String(keys.find((key) => key.endsWith('.used')));
  await memory.set(key, String(Date.now()), 100);
  assert.equal(await browser.session(id), null);
});

test('session route: `use=false` does not extend the session', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { smart } = await startApp(t, { sessions: { store: memoryStore(), idleSeconds: 100 } });
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const statusAndSecondsLeft = async (query = '') => {
    const response = await browser.visit(`session${query}`, { headers: { 'smart-session': id } });
    return [response.status, Number(response.headers.get('smart-session-ends'))];
  };
  t.mock.timers.tick(50_000);
  assert.deepEqual(await statusAndSecondsLeft('?use=false'), [200, 50]);
  t.mock.timers.tick(10_000);
  assert.deepEqual(await statusAndSecondsLeft(), [200, 100]);
  t.mock.timers.tick(101_000);
  assert.deepEqual(await statusAndSecondsLeft('?use=false'), [401, 0]);
});

test('session ends after its idle lifetime, and after its absolute lifetime', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { smart } = await startApp(t, { sessions: { store: memoryStore(), idleSeconds: 100, absoluteSeconds: 1000 } });
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  for (let count = 0; count < 9; count++) {
    t.mock.timers.tick(90_000);
    assert.ok(await browser.session(id), `after ${(count + 1) * 90} s`);
  }
  const { id: secondId } = await browser.signIn();
  t.mock.timers.tick(101_000);
  assert.equal(await browser.session(secondId), null);
  const { id: lastId } = await browser.signIn();
  for (let count = 0; count < 12; count++) {
    t.mock.timers.tick(90_000);
    await browser.session(lastId);
  }
  assert.equal(await browser.session(lastId), null);
});

test('jwks.json has the public parts of the keys in `clientAuth` and `publicKeys`', async (t) => {
  const { smart } = await startApp(t, {
    clientAuth: { key: pemOf('ES384'), keyId: '2026-11' },
    publicKeys: [{ key: pemOf('RS384'), keyId: '2027-02' }],
  });
  const response = await createBrowser(smart).visit('jwks.json');
  const { keys } = await response.json();
  assert.deepEqual(keys.map((/** @type {{ kid: string }} */ { kid }) => kid), ['2026-11', '2027-02']);
  assert.equal(keys.some((/** @type {object} */ key) => 'd' in key), false);
});

test('errors: pages and JSON contain no secret, and onError may return the response', async (t) => {
  /** @type {string[]} */
  const codes = [];
  const { ehr, smart } = await startApp(t, {
    onError: (/** @type {Error & { code: string }} */ error) => {
      codes.push(error.code);
      return error.code === 'authorization_refused' ? new Response('own', { status: 418 }) : undefined;
    },
  });
  const browser = createBrowser(smart);
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant', error_description: '<script>canary-code</script>' } });
  const response = await browser.visit(await browser.begin());
  assert.equal(response.status, 502);
  assert.match(String(response.headers.get('content-security-policy')), /^default-src 'none'; script-src 'none'/);
  const text = await response.text();
  assert.equal(isRevealing(text) || text.includes('<script'), false);
  assert.ok(text.includes('<meta name="viewport" content="width=device-width">'), 'the text is readable on a phone');
  const refusedCallback = new URL(await browser.begin());
  refusedCallback.searchParams.delete('code');
  refusedCallback.searchParams.set('error', 'access_denied');
  assert.equal(await (await browser.visit(refusedCallback.href)).text(), 'own');
  assert.equal((await browser.visit('nothing')).status, 404);
  assert.deepEqual(codes, ['token_refused', 'authorization_refused', 'config_invalid']);
});

/**
 * The URL of an error page after its script has run. The page must permit the script.
 *
 * @param {Response} response
 * @param {string} url
 */
async function urlOfErrorPage(response, url) {
  const [, script] = /<script>(.*)<\/script>/.exec(await response.text()) ?? [];
  const hash = script && createHash('sha256').update(script).digest('base64');
  const policy = String(response.headers.get('content-security-policy'));
  assert.ok(policy.includes(hash ? `script-src 'sha256-${hash}';` : "script-src 'none';"));
  let shown = url;
  const replaceState = (/** @type {unknown} */ _state, /** @type {string} */ _title, /** @type {string} */ next) => {
    shown = new URL(next, url).href;
  };
  if (script) new Function('history', 'location', script)({ replaceState }, new URL(url));
  return shown;
}

test('callback that cannot succeed: the error page removes the response from its URL', async (t) => {
  const { smart } = await startApp(t);
  const browser = createBrowser(smart);
  const refused = new URL(await browser.begin());
  refused.searchParams.delete('code');
  refused.searchParams.set('error', 'access_denied');
  for (const url of [`${BASE_URL}/callback?code=c&state=${'A'.repeat(43)}`, `${BASE_URL}/callback?code=c`, refused.href]) {
    assert.equal(await urlOfErrorPage(await browser.visit(url), url), `${BASE_URL}/callback`);
  }
  const launch = `${BASE_URL}/launch?iss=https%3A%2F%2Fother.example&launch=x`;
  assert.equal(await urlOfErrorPage(await browser.visit(launch), launch), launch);
});

test('callback that fails because the store fails: the error page keeps its URL, and a reload signs in', async (t) => {
  const memory = memoryStore();
  let fails = false;
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...memory,
    async get(key) {
      if (fails) throw new Error('connection refused');
      return memory.get(key);
    },
  };
  const { smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  const callback = await browser.begin();
  fails = true;
  const response = await browser.visit(callback);
  assert.equal(response.status, 503);
  assert.equal(await urlOfErrorPage(response, callback), callback);
  fails = false;
  assert.equal((await browser.visit(callback)).status, 303);
});

const VALID_OPTIONS = {
  baseUrl: BASE_URL,
  fhirBaseUrl: 'https://ehr.example/fhir',
  clientId: 'portal',
  scope: 'patient/*.rs',
  cookieSecret: COOKIE_SECRET,
  sessions: { store: memoryStore() },
};

test('invalid options throw config_invalid', () => {
  createSmartServer(VALID_OPTIONS);
  createSmartServer({ ...VALID_OPTIONS, baseUrl: 'http://app.localhost:3000/auth', allowInsecureLoopback: true });
  for (const invalidOptions of [
    { baseUrl: 'http://app.example/auth' },
    { baseUrl: 'http://localhost/auth' },
    { baseUrl: 'https://app.example/auth?x=1' },
    { baseUrl: 'auth' },
    { baseUrl: 'https://app.example' },
    { returnTo: '/auth/login' },
    { returnTo: `${ORIGIN}/auth/fhir/Patient` },
    { cookieSecret: 'short' },
    { cookieSecret: [] },
    { redirectUri: 'https://app.example/elsewhere' },
    { redirectUri: 'https://evil.example/auth/callback' },
    { responseMode: 'fragment' },
    { sessions: {} },
    { sessions: { store: memoryStore(), idleSeconds: 0 } },
  ]) {
    // Apps in JavaScript have no type checks.
    const setup = /** @type {import('smart-launch/server').SmartServerSetup} */ ({ ...VALID_OPTIONS, ...invalidOptions });
    const expected = { name: 'SmartError', code: 'config_invalid', fault: 'app', userMessage: english.config_invalid };
    assert.throws(() => createSmartServer(setup), expected, JSON.stringify(invalidOptions));
  }
});

test('createSmartServer throws config_invalid with the name of an option that is undefined', () => {
  for (const [invalidOptions, message] of [
    [{ baseUrl: undefined }, '`baseUrl` is undefined'],
    [{ cookieSecret: undefined }, '`cookieSecret` is undefined'],
    [{ clientId: undefined }, '`clientId` is undefined'],
    [{ clientId: undefined, servers: [{ clientId: 'portal' }, {}] }, '`clientId` is undefined'],
    [{ clientAuth: { secret: undefined } }, '`clientAuth.secret` is undefined'],
    [{ clientAuth: { secret: undefined, key: undefined } }, '`clientAuth.secret` is undefined'],
    [{ clientAuth: { secret: '' } }, '`clientAuth.secret` is empty'],
    [{ servers: [{ clientAuth: { key: undefined, keyId: 'k' } }] }, '`clientAuth.key` is undefined'],
  ]) {
    const setup = /** @type {import('smart-launch/server').SmartServerSetup} */ ({ ...VALID_OPTIONS, .../** @type {object} */ (invalidOptions) });
    assert.throws(() => createSmartServer(setup), { name: 'SmartError', code: 'config_invalid', message });
  }
});

test('loopback over http: cookies have no `__Host-` prefix, because the prefix requires https', async (t) => {
  const { smart } = await startApp(t, { baseUrl: 'http://localhost:3000/auth' });
  const browser = createBrowser(smart);
  await browser.signIn();
  assert.match(String(browser.set[0]), /^smart-launch\.[\w-]{8}=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/);
});
