// SmartProvider and useSmart.

import { waitLongEnough, openCallback, openPage, render, until } from './rendered.mjs';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import * as React from 'react';
import { createElement as h, Fragment, StrictMode, useEffect, useLayoutEffect, useReducer } from 'react';
import { createSmartClient } from 'smart-launch';
import * as binding from 'smart-launch/react';
import { Boundary, watcher } from './components.mjs';
import { startEhr } from './ehr.mjs';
import { packageDirectory } from './installed.mjs';
import { signIn } from './sign-in.mjs';
import { createFakeSmartClient } from 'smart-launch/testing';

const { SmartProvider, useSmartRequest } = binding;
/** React 18 has no `Activity`. */
const { Activity } = React;

test("dist/react.js is a client module that imports only React and the main entry", async () => {
  const code = await readFile(new URL('dist/react.js', packageDirectory), 'utf8');
  assert.match(code, /^"use client";/);
  const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(imports)].sort(), ['./index.js', 'react']);
  assert.doesNotMatch(code, /jsx-runtime|\brequire\(/);
});

test('exported values are those of the declarations', async () => {
  const declarations = await readFile(new URL('dist/react.d.ts', packageDirectory), 'utf8');
  const declaredNames = [...declarations.matchAll(/^export \{ (\w+) \}/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(binding).sort(), declaredNames.sort());
});

test('callback is exchanged once under StrictMode, and removed from the URL', async (t) => {
  const { ehr, options, page } = await openCallback(t);
  const { status, seen } = watcher();
  const view = render(t, h(StrictMode, null, h(SmartProvider, { options }, status)));
  await view.shows('authenticated zoe');
  assert.equal(ehr.requestsTo('/token').length, 1);
  assert.equal(page.address(), '/back');
  const statuses = seen.map((smart) => smart.status);
  assert.deepEqual([...new Set(statuses)], ['loading', 'authenticated'], 'no other status in between');
});

test('a router inside the provider changes the URL only after the callback was read', async (t) => {
  const { options, page } = await openCallback(t);
  const { status } = watcher();
  function Router() {
    useEffect(() => history.replaceState(null, '', '/home'), []);
    return status;
  }
  const view = render(t, h(SmartProvider, { options }, h(Router)));
  await view.shows('authenticated zoe');
  assert.equal(page.address(), '/home');
});

test('unchanged options are serialized once, however often the provider renders', async (t) => {
  const ehr = await startEhr(t);
  await openPage(t, 'https://app.example/');
  let serializations = 0;
  const options = ehr.options();
  const toJSON = () => ((serializations += 1), { ...options });
  // A property that is not enumerable: copies do not have it.
  Object.defineProperty(options, 'toJSON', { value: toJSON });
  let renderings = 0;
  let rerender;
  function App() {
    renderings += 1;
    [, rerender] = useReducer((count) => count + 1, 0);
    return h(SmartProvider, { options }, null);
  }
  render(t, h(App));
  await waitLongEnough();
  const serializationsBefore = serializations;
  for (let times = 0; times < 3; times += 1) {
    rerender();
    await waitLongEnough();
  }
  assert.ok(renderings >= 4, 'the provider is rendered again');
  assert.equal(serializations, serializationsBefore);
});

test('if no user is signed in, no request is sent, and the page does not navigate', async (t) => {
  const ehr = await startEhr(t);
  const { page } = await openPage(t, 'https://app.example/');
  let hasNavigated = false;
  page.left.then(() => (hasNavigated = true));
  const { status } = watcher();
  const view = render(t, h(SmartProvider, { options: ehr.options() }, status));
  await view.shows('unauthenticated');
  await waitLongEnough();
  assert.equal(ehr.requests.length, 0);
  assert.equal(hasNavigated, false);
});

test('renders at most once for each change of the state', async (t) => {
  const { options } = await openCallback(t);
  const client = createSmartClient(options);
  const states = new Set();
  client.subscribe(() => states.add(client.getState()));
  const { status, seen } = watcher();
  const view = render(t, h(SmartProvider, { client }, status));
  await view.shows('authenticated zoe');
  await until(() => seen.at(-1).activity === 'idle');
  assert.ok(seen.length <= states.size + 1, `${seen.length} renderings for ${states.size} changes`);
});

test('isLoading and isAuthenticated agree with the status', async (t) => {
  const { options } = await openCallback(t);
  const { status, seen } = watcher();
  const view = render(t, h(SmartProvider, { options }, status));
  await view.shows('authenticated zoe');
  for (const { status, isLoading, isAuthenticated } of seen) {
    assert.deepEqual(
      { isLoading, isAuthenticated },
      { isLoading: status === 'loading', isAuthenticated: status === 'authenticated' },
    );
  }
});

test('isExpiring is true while the state has `expiring`', async (t) => {
  await openPage(t, 'https://app.example/');
  const session = { patient: 'zoe' };
  const signedIn = { status: 'authenticated', session, error: null, activity: 'idle' };
  const expiring = { reason: 'idle', expiresAt: 1_000, session };
  let state = signedIn;
  let notify;
  const client = { getState: () => state, subscribe: (listener) => ((notify = listener), () => {}) };
  const { status, seen } = watcher();
  render(t, h(SmartProvider, { client }, status));
  await until(() => notify);
  assert.deepEqual([seen.at(-1).isExpiring, seen.at(-1).expiring], [false, undefined]);
  for (const [newState, isExpiring] of [
    [{ ...signedIn, expiring }, true],
    [{ ...signedIn, expiring: undefined }, false],
    [{ ...signedIn, expiring }, true],
    [{ ...signedIn, status: 'unauthenticated', session: null, expiring: undefined }, false],
  ]) {
    state = newState;
    notify();
    await until(() => seen.at(-1).status === newState.status && seen.at(-1).isExpiring === isExpiring);
    assert.equal(seen.at(-1).expiring, newState.expiring);
  }
});

test("useSmart returns the client's functions, the same in each rendering", async (t) => {
  const { options } = await openCallback(t);
  const client = createSmartClient(options);
  const { status, seen } = watcher();
  const view = render(t, h(SmartProvider, { client }, status));
  await view.shows('authenticated zoe');
  assert.ok(seen.length > 1);
  for (const smart of seen) {
    assert.equal(smart.client, client);
    for (const [name, call] of Object.entries(client)) assert.equal(smart[name], call, name);
  }
});

test('refreshing a token is an activity: the status does not change', async (t) => {
  const { ehr, options } = await openCallback(t);
  const { status, seen } = watcher();
  const view = render(t, h(SmartProvider, { options }, status));
  await view.shows('authenticated zoe');
  const { session, client } = seen.at(-1);
  seen.length = 0;
  // The response is delayed, so that the activity can be observed.
  const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const refresh = client.refresh();
  await held.arrived;
  await until(() => seen.at(-1)?.activity === 'refreshing');
  held.release();
  const newSession = await refresh;
  await until(() => seen.at(-1).activity === 'idle');
  assert.equal(seen.at(-1).session, newSession);
  assert.notEqual(newSession, session);
  assert.deepEqual(
    [...new Set(seen.map(({ status, isLoading }) => `${status} ${isLoading}`))],
    ['authenticated false'],
  );
});

test('provider keeps its client if its new options are deep-equal to the previous options', async (t) => {
  const { ehr, options } = await openCallback(t);
  const { status, seen } = watcher();
  let rerender;
  let renderings = 0;
  function App() {
    [, rerender] = useReducer((count) => count + 1, 0);
    renderings += 1;
    return h(SmartProvider, { options: { ...options, redirectUri: new URL(options.redirectUri) } }, status);
  }
  const view = render(t, h(App));
  await view.shows('authenticated zoe');
  await until(() => seen.at(-1).activity === 'idle');
  const [requestCount, renderingCount] = [ehr.requests.length, seen.length];
  for (let times = 0; times < 3; times++) {
    const before = renderings;
    rerender();
    await until(() => renderings > before);
  }
  await waitLongEnough();
  assert.equal(ehr.requests.length, requestCount);
  assert.equal(seen.length, renderingCount, 'the children do not render again');
});

test('provider with different options gets another client, and the previous client keeps its session', async (t) => {
  const { ehr, options } = await openCallback(t);
  const otherOptions = (await startEhr(t)).options({ storage: 'session' });
  const { status, seen } = watcher();
  const view = render(t, h(SmartProvider, { options }, status));
  await view.shows('authenticated zoe');
  const firstClient = seen.at(-1).client;
  seen.length = 0;
  view.rerender(h(SmartProvider, { options: otherOptions }, status));
  await view.shows('unauthenticated');
  assert.deepEqual([...new Set(seen.map(({ status }) => status))], ['loading', 'unauthenticated']);
  assert.notEqual(seen.at(-1).client, firstClient);
  assert.equal(firstClient.getState().status, 'authenticated');
  view.rerender(h(SmartProvider, { options }, status));
  await view.shows('authenticated zoe');
  assert.equal(seen.at(-1).client, firstClient);
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('providers with the same options share the sign-in', async (t) => {
  const { ehr, options } = await openCallback(t);
  const [first, second] = [watcher(), watcher()];
  const view = render(
    t,
    h(
      Fragment,
      null,
      h(SmartProvider, { options }, first.status),
      ' and ',
      h(SmartProvider, { options: { ...options } }, second.status),
    ),
  );
  await view.shows('authenticated zoe and authenticated zoe');
  assert.equal(first.seen.at(-1).client, second.seen.at(-1).client);
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('the nearest provider is used', async (t) => {
  const { options } = await openCallback(t);
  const otherOptions = (await startEhr(t)).options();
  const { status } = watcher();
  const view = render(
    t,
    h(SmartProvider, { options }, status, ' over ', h(SmartProvider, { options: otherOptions }, h(watcher().Status))),
  );
  await view.shows('authenticated zoe over unauthenticated');
});

test('provider that is mounted again during a sign-in continues the sign-in', async (t) => {
  const { ehr, options } = await openCallback(t);
  const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const { status } = watcher();
  const view = render(t, h(SmartProvider, { options, key: 1 }, status));
  await held.arrived;
  view.rerender(h(SmartProvider, { options, key: 2 }, status));
  view.rerender('nothing');
  await view.shows('nothing');
  view.rerender(h(SmartProvider, { options }, status));
  held.release();
  await view.shows('authenticated zoe');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('provider that is mounted again after a sign-out stays signed out', async (t) => {
  const { options } = await openCallback(t);
  const { status, seen } = watcher();
  const view = render(t, h(SmartProvider, { options, key: 1 }, status));
  await view.shows('authenticated zoe');
  await seen.at(-1).logout();
  await view.shows('unauthenticated');
  view.rerender(h(SmartProvider, { options, key: 2 }, status));
  await waitLongEnough();
  await view.shows('unauthenticated');
});

test('failure of a sign-in is in the state, and no rejection is unhandled', async (t) => {
  const { ehr, options } = await openCallback(t);
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
  const { status } = watcher();
  const client = createSmartClient(options);
  // This function does not catch the rejection: if the component does not catch it, the test fails.
  const wrapped = { ...client, ready: async () => client.ready() };
  const view = render(t, h(StrictMode, null, h(SmartProvider, { client: wrapped }, status)));
  await view.shows('error token_refused');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('provider does not call ready() if the app has called it', async (t) => {
  const { options } = await openCallback(t);
  const client = createSmartClient(options);
  await assert.rejects(client.ready({ callback: 'https://app.example/back?code=c&state=forged' }), {
    code: 'state_unknown',
  });
  const { status } = watcher();
  const view = render(t, h(SmartProvider, { client }, status));
  await view.shows('error state_unknown');
  await waitLongEnough();
  await view.shows('error state_unknown');
});

test('sign-in and sign-out by the app are rendered', async (t) => {
  const ehr = await startEhr(t);
  await openPage(t, 'https://app.example/');
  const client = createSmartClient(ehr.options());
  const { status } = watcher();
  const view = render(t, h(SmartProvider, { client }, status));
  await view.shows('unauthenticated');
  await signIn(client);
  await view.shows('authenticated zoe');
  await client.logout();
  await view.shows('unauthenticated');
});

test('without a provider useSmart throws config_invalid', async (t) => {
  t.mock.method(console, 'error', () => {});
  await openPage(t, 'https://app.example/');
  const view = render(t, h(Boundary, null, h(watcher().Status)));
  await view.shows('failed: config_invalid');
});

test('error of invalid options is in the state', async (t) => {
  await openPage(t, 'https://app.example/');
  const view = render(t, h(SmartProvider, { options: { clientId: 'growth-chart' } }, watcher().status));
  await view.shows('error config_invalid');
});

test('`<Activity>`: a provider that was hidden until its client was released gets a new client', { skip: !Activity }, async (t) => {
  const ehr = await startEhr(t);
  await openPage(t, 'https://app.example/');
  const options = ehr.options({ storage: 'session' });
  const { status, seen } = watcher();
  const provider = h(SmartProvider, { options }, status);
  const view = render(t, h(Activity, { mode: 'visible' }, provider));
  await view.shows('unauthenticated');
  await signIn(seen.at(-1).client);
  await view.shows('authenticated zoe');
  view.rerender(h(Activity, { mode: 'hidden' }, provider));
  // Longer than the provider keeps an unused client (`RELEASE_DELAY`).
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  view.rerender(h(Activity, { mode: 'visible' }, provider));
  await view.shows('authenticated zoe');
  await seen.at(-1).logout();
  await view.shows('unauthenticated');
});

test('client whose last provider is unmounted during a refresh is released after the refresh', async (t) => {
  const { setTimeout: startTimer } = globalThis;
  // The provider keeps an unused client for `RELEASE_DELAY`.
  let releases = 0;
  t.mock.method(globalThis, 'setTimeout', (call, delay, ...args) => {
    if (delay === 5_000) releases += 1;
    return startTimer(call, delay === 5_000 ? 20 : delay, ...args);
  });
  const ehr = await startEhr(t);
  await openPage(t, 'https://app.example/');
  const { status, seen } = watcher();
  const view = render(t, h(SmartProvider, { options: ehr.options({ storage: 'session' }) }, status));
  await view.shows('unauthenticated');
  const { client } = seen.at(-1);
  await signIn(client);
  const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const refresh = client.refresh();
  await held.arrived;
  view.unmount();
  await until(() => releases > 2);
  held.release();
  await refresh;
  for (let code = ''; code !== 'aborted'; ) {
    await waitLongEnough();
    code = await client.getAccessToken().then(
      () => '',
      (error) => error.code,
    );
  }
});

test('`<Activity>`: data of a session that ended while hidden is removed before the page is painted', { skip: !Activity }, async (t) => {
  await openPage(t, 'https://app.example/');
  const client = createFakeSmartClient();
  const painted = [];
  const Name = () => h('p', null, useSmartRequest('Patient/1').data?.name[0].text ?? 'none');
  const Painted = ({ mode }) => {
    // Microtasks run before the page is painted, and effects may run after it.
    useLayoutEffect(() => queueMicrotask(() => painted.push(view.text())), [mode]);
    return null;
  };
  const name = h(Name);
  const app = (mode) => h(SmartProvider, { client }, h(Activity, { mode }, name), h(Painted, { mode }));
  const view = render(t, app('visible'));
  await view.shows('Ada Example');
  view.rerender(app('hidden'));
  await waitLongEnough();
  await client.logout();
  view.rerender(app('visible'));
  await view.shows('none');
  assert.equal(painted.at(-1), 'none');
});
