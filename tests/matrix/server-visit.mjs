// A simulated browser that uses an app with server-side sessions: two charts with the same cookies, a refresh, sign-out.

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { fromSandbox } from './setting.mjs';

/** @type {typeof import('../../www/sandbox/sandbox.mjs')} */
const { startSandbox } = await fromSandbox('sandbox.mjs');
/** @type {typeof import('../../www/sandbox/user/user.mjs')} */
const { launchFromEhr, signIn } = await fromSandbox('user/user.mjs');

/** The app's origin for its users, at a proxy that terminates TLS. */
const APP = 'https://app.example';
const EHR = 'https://ehr.example';
const LOGIN = '/auth/login?returnTo=/chart';

export const SECRETS = {
  CLIENT_SECRET: 'a-secret-of-the-app',
  COOKIE_SECRET: 'a-secret-of-the-app-with-32-characters',
};

/** @param {import('./run-environment.mjs').Test} test */
export async function openServer(test) {
  const sandbox = await startSandbox({
    apps: [
      {
        clientId: 'portal',
        secret: SECRETS.CLIENT_SECRET,
        redirectUris: [`${APP}/auth/callback`],
        launchUrl: `${APP}/auth/launch`,
      },
    ],
    accessTokenSeconds: 1,
  });
  test.after(() => sandbox.close());
  return sandbox;
}

/** A browser's requests to the app, with its cookies. */
class Browser {
  /** @type {Map<string, string>} */
  #cookies = new Map();
  #origin;

  /** @param {string} origin where the app listens */
  constructor(origin) {
    this.#origin = origin;
  }

  /** @param {string} url @param {RequestInit & { headers?: Record<string, string> }} [init] */
  async send(url, init = {}) {
    const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
    const { pathname, search } = new URL(url, APP);
    const headers = { 'x-forwarded-proto': 'https', ...(cookie && { cookie }), ...init.headers };
    const response = await fetch(this.#origin + pathname + search, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';', 1)[0]?.split('=') ?? [];
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    return response;
  }

  /** @param {string} path @param {string} origin of the page */
  post(path, origin) {
    const headers = { origin, 'sec-fetch-site': origin === APP ? 'same-origin' : 'cross-site', accept: 'text/html' };
    return this.send(path, { method: 'POST', body: new URLSearchParams({ state: 'unknown' }), headers });
  }
}

/** @param {Response} response */
async function locationOf(response) {
  assert.ok([302, 303, 307].includes(response.status), `status ${response.status}: ${await response.text()}`);
  return new URL(String(response.headers.get('location')), APP);
}

/**
 * Uses the app, and asserts that it works as docs/server-frameworks.md says.
 *
 * @param {string} origin where the app listens
 * @param {Awaited<ReturnType<typeof openServer>>} sandbox
 */
export async function visitServer(origin, sandbox) {
  const browser = new Browser(origin);
  const chart = (/** @type {string} */ id, from = browser) => from.send(`/chart?smart_session=${id}`);
  /** @param {string} id @param {string} family */
  async function assertShows(id, family) {
    const response = await chart(id);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.ok(text.includes(family), text);
  }

  assert.equal((await locationOf(await browser.send('/chart'))).href, APP + LOGIN);

  // Both tabs start a sign-in before either completes it.
  const { ehrUrl } = sandbox;
  const launch = await launchFromEhr({ ehrUrl, clientId: 'portal', patient: 'walter-nowak' });
  const logins = [await browser.send(LOGIN), await browser.send(launch)];
  const ids = [];
  for (const response of logins) {
    const callback = await signIn(await locationOf(response), { patient: 'noah-adeyemi' });
    const { origin: appOrigin, pathname, searchParams } = await locationOf(await browser.send(callback));
    assert.equal(appOrigin + pathname, `${APP}/chart`);
    ids.push(String(searchParams.get('smart_session')));
  }
  const [first = '', second = ''] = ids;
  await assertShows(first, 'Adeyemi');
  await assertShows(second, 'Nowak');
  assert.equal((await locationOf(await chart(first, new Browser(origin)))).href, APP + LOGIN, 'in another browser');

  // Waits until the access tokens have expired. The server ends a session if a refresh token is sent twice.
  await wait(1_000);
  await Promise.all([assertShows(first, 'Adeyemi'), assertShows(first, 'Adeyemi'), assertShows(second, 'Nowak')]);
  const refreshes = sandbox.requests.filter(({ grantType }) => grantType === 'refresh_token');
  assert.ok(refreshes.length >= 2);
  for (const { status } of refreshes) assert.equal(status, 200);

  assert.equal((await browser.send(`/chart?smart_session=${second}`, { method: 'HEAD' })).status, 200);
  const response = await browser.post('/auth/callback', EHR);
  assert.equal(response.status, 400, 'a posted response reaches the route');
  assert.match(await response.text(), /state_unknown/);

  const logout = `/auth/logout?smart_session=${first}`;
  assert.equal((await browser.post(logout, 'https://other.example')).status, 403);
  await assertShows(first, 'Adeyemi');
  // The response leads to the authorization server, where the user signs out too.
  assert.equal((await locationOf(await browser.post(logout, APP))).origin, sandbox.origin);
  assert.equal((await locationOf(await chart(first))).href, APP + LOGIN);
  const session = await browser.send('/auth/session', { headers: { 'smart-session': second } });
  assert.equal((await session.json()).patient, 'walter-nowak');
}
