// The React binding with a session on the server.

import { document } from './dom.mjs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement as h, StrictMode } from 'react';
import { RequireSmart, SmartProvider, useSmart, useSmartRequest, useSmartSession } from 'smart-launch/react';
import { watcher } from './components.mjs';
import { render, until } from './rendered.mjs';
import { ORIGIN } from './server-app.mjs';
import { startPages } from './server-page.mjs';

const globals = { document };
let signOut = async () => {};

function Name() {
  const { id } = useSmartRequest(`Patient/${useSmartSession().patient}`).data ?? {};
  const { logout } = useSmart();
  signOut = logout;
  return `name of ${id ?? '…'}`;
}

test('components read and sign out as with other clients', async (t) => {
  const pages = await startPages(t);
  const { location } = await pages.browser.signIn('login?returnTo=/chart');
  pages.ehr.answer('/fhir/Patient/zoe', () => ({ json: { resourceType: 'Patient', id: 'zoe' } }));
  const { smart: client, page } = await pages.open(pages.tab(), location.href, { globals });
  const { status } = watcher();
  const guarded = h(RequireSmart, { unauthenticated: ' sign in', redirect: 'launch' }, ' ', h(Name));
  const view = render(t, h(StrictMode, null, h(SmartProvider, { client }, status, guarded)));
  await view.shows('authenticated zoe name of zoe');
  assert.equal(page.address(), '/chart');
  assert.equal(pages.ehr.requestsTo('/fhir/Patient/zoe').length, 1);
  assert.equal(pages.sent.filter(({ path }) => path === '/auth/session').length, 1);
  await signOut();
  await view.shows('unauthenticated sign in');
  assert.equal(pages.sent.at(-1)?.path, '/auth/logout');
});

test('RequireSmart begins the launch that the EHR asks for, once', async (t) => {
  const pages = await startPages(t);
  const { smart: client, page } = await pages.open(pages.tab(), `${ORIGIN}/?iss=${encodeURIComponent(pages.ehr.fhirBaseUrl)}&launch=x`, { globals });
  let count = 0;
  client.on('redirecting', () => (count += 1));
  const guarded = h(RequireSmart, { redirect: 'launch', loading: 'wait' }, 'chart');
  const view = render(t, h(StrictMode, null, h(SmartProvider, { client }, guarded)));
  const url = new URL(await page.left);
  assert.deepEqual([url.pathname, ...url.searchParams.values()], ['/auth/launch', pages.ehr.fhirBaseUrl, 'x']);
  assert.equal(view.text(), 'wait');
  assert.equal(count, 1);
});

test('a server that cannot be reached is an error in the state', async (t) => {
  const pages = await startPages(t);
  const { location } = await pages.browser.signIn();
  const { smart: client } = await pages.open(pages.tab(), location.href, { globals });
  pages.intercept(() => {
    throw new TypeError('Failed to fetch');
  });
  const { status, seen } = watcher();
  const view = render(t, h(SmartProvider, { client }, status));
  await view.shows('error network');
  pages.intercept(undefined);
  await seen.at(-1)?.ready();
  await until(() => view.text() === 'authenticated zoe');
});
