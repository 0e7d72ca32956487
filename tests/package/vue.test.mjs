// The binding for Vue.

import { document } from './dom.mjs';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { createFakeSmartClient } from 'smart-launch/testing';
import { openHistory } from './browser-history.mjs';
import { packageDirectory } from './installed.mjs';
import { leavingClient } from './leaving-client.mjs';
import { startEhr } from './ehr.mjs';
import { testReads } from './read-rules.mjs';
import { waitLongEnough, until } from './rendered.mjs';
import { callbackOf } from './sign-in.mjs';

for (const name of ['Element', 'SVGElement', 'Node']) globalThis[name] = window[name];
const { createApp, createSSRApp, h, nextTick, shallowRef, watch } = await import('vue');
const { renderToString } = await import('vue/server-renderer');
const { createRouter, createWebHashHistory, createWebHistory, RouterView } = await import('vue-router');
const { requireSmart, smartPlugin, useSmart, useSmartRequest } = await import('smart-launch/vue');

/** Mounts an app with one component. */
function mount(test, client, setup, create = createApp) {
  const container = document.createElement('div');
  const app = create({ setup }).use(smartPlugin, client);
  let isMounted = true;
  const unmount = () => {
    if (isMounted) app.unmount();
    isMounted = false;
  };
  test.after(unmount);
  app.mount(container);
  return { app, container, unmount };
}

testReads('Vue', (t, client, url, read) => {
  const address = shallowRef(url);
  let request;
  const { unmount } = mount(t, client, () => {
    request = useSmartRequest(address, read);
    return () => null;
  });
  const { status, data, error, reload } = request;
  const now = () => ({ status: status.value, data: data.value, error: error.value });
  return { now, reload, unmount, setUrl: (next) => (address.value = next) };
});

test('dist/vue.js imports only Vue and the main entry', async () => {
  const code = await readFile(new URL('dist/vue.js', packageDirectory), 'utf8');
  const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(imports)].sort(), ['./index.js', 'vue']);
});

test('components render the state, and render again when it changes', async (t) => {
  const client = createFakeSmartClient({ session: { patient: 'zoe' } });
  let smart;
  const Status = {
    setup() {
      smart = useSmart();
      return () => h('p', `${smart.status.value} ${smart.session.value?.patient}`);
    },
  };
  const { container, unmount } = mount(t, client, () => () => [h(Status), h(Status)]);
  assert.equal(container.textContent, 'loading undefined'.repeat(2));
  await until(() => container.textContent === 'authenticated zoe'.repeat(2));
  assert.deepEqual([smart.isLoading.value, smart.isAuthenticated.value], [false, true]);
  await smart.logout();
  await nextTick();
  assert.equal(container.textContent, 'unauthenticated undefined'.repeat(2));
  assert.equal(smart.client, client);
  for (const [name, call] of Object.entries(client)) assert.equal(smart[name], call, name);
  unmount();
  client.signIn();
  assert.equal(smart.status.value, 'unauthenticated', 'an unmounted app does not follow the state');
});

test('a token refresh changes the activity, not the status', async (t) => {
  const client = createFakeSmartClient();
  await client.ready();
  const states = [];
  mount(t, client, () => {
    const { status, activity, isLoading } = useSmart();
    watch([status, activity, isLoading], (values) => states.push(values.join(' ')), { flush: 'sync' });
    return () => null;
  });
  await client.refresh();
  assert.deepEqual([...new Set(states)], ['authenticated refreshing false', 'authenticated idle false']);
});

test('a synchronous watcher of the session never sees data of the previous session', async (t) => {
  const client = createFakeSmartClient({ session: { patient: 'zoe' }, resources: () => ({ resourceType: 'Patient', id: 'zoe' }) });
  const states = [];
  let read;
  mount(t, client, () => {
    const { session } = useSmart();
    watch(session, (newSession) => states.push([newSession?.patient, read?.data.value?.id]), { flush: 'sync' });
    read = useSmartRequest('Patient/1');
    return () => null;
  });
  await until(() => read.data.value?.id === 'zoe');
  client.signIn({ patient: 'amal' });
  assert.deepEqual(states.at(-1), ['amal', undefined]);
});

test('without the plugin the error is config_invalid', () => {
  const app = createApp({ setup: () => (useSmart(), () => null) });
  app.config.warnHandler = () => {};
  assert.throws(() => app.mount(document.createElement('div')), { name: 'SmartError', code: 'config_invalid' });
});

test('server rendering: the status is `loading`, no request is sent, and the browser hydrates the HTML', async (t) => {
  const client = createFakeSmartClient({ session: { patient: 'zoe' } });
  const setup = () => {
    const { status, session } = useSmart();
    const read = useSmartRequest(() => session.value && 'Patient/1');
    return () => h('p', `${status.value} ${read.status.value}`);
  };
  const originalDocument = globalThis.document;
  delete globalThis.document;
  const html = await renderToString(createSSRApp({ setup }).use(smartPlugin, client));
  Object.defineProperty(globalThis, 'document', { configurable: true, value: originalDocument });
  assert.equal(html, '<p>loading idle</p>');
  assert.deepEqual(client.getState().activity, 'idle');
  const warnings = t.mock.method(console, 'warn', () => {});
  const container = document.createElement('div');
  container.innerHTML = html;
  const app = createSSRApp({ setup }).use(smartPlugin, client);
  app.mount(container);
  t.after(() => app.unmount());
  await until(() => container.textContent === 'authenticated success');
  assert.equal(warnings.mock.callCount(), 0);
});

/** Opens an app with guarded routes at this URL. */
function openApp(test, url, client, createHistory = () => createWebHistory('/base')) {
  const page = openHistory(test, url);
  const show = (text) => ({ render: () => text });
  const routes = [
    { path: '/', component: show('home') },
    { path: '/chart', component: show('chart') },
    { path: '/back', component: show('back') },
  ];
  const router = createRouter({ history: createHistory(), routes });
  router.beforeEach(requireSmart(client));
  const errors = [];
  router.onError((error) => errors.push(error));
  test.mock.method(console, 'error', () => {});
  test.mock.method(console, 'warn', () => {});
  const container = document.createElement('div');
  const app = createApp({ render: () => h(RouterView) }).use(smartPlugin, client).use(router);
  app.mount(container);
  test.after(() => app.unmount());
  return { ...page, router, errors, text: () => container.textContent };
}

test('guard: without a session it signs in, and `returnTo` is the URL of the route with base, query and fragment', async (t) => {
  const { client, authorizeCalls } = leavingClient();
  const { text } = openApp(t, 'https://app.example/base/chart?id=1#top', client);
  await until(() => authorizeCalls.length === 1);
  assert.deepEqual(authorizeCalls, [{ returnTo: 'https://app.example/base/chart?id=1#top' }]);
  await waitLongEnough();
  assert.equal(text(), '');
});

test('guard: shows the route if the user is signed in', async (t) => {
  const { client, authorizeCalls } = leavingClient({ session: {} });
  const { text, router } = openApp(t, 'https://app.example/base/chart', client);
  await until(() => text() === 'chart');
  await router.push('/');
  assert.equal(text(), 'home');
  assert.deepEqual(authorizeCalls, []);
});

for (const [mode, callback, requestedUrl, createHistory] of [
  ['a base', '/base/back?code=x&state=y', '/base/chart?id=1#top', undefined],
  ['no base', '/back?code=x&state=y', '/chart?id=1#top', () => createWebHistory()],
  ['a hash', '/app/?code=x&state=y#/', '/app/#/chart?id=1', () => createWebHashHistory()],
]) {
  test(`guard: after a sign-in it redirects to the requested route, once, with ${mode}`, async (t) => {
    const { client } = leavingClient({ session: { returnTo: requestedUrl } });
    // `ready()` of a real client removes the response from the URL.
    const ready = () => {
      if (location.search.includes('code')) history.replaceState(history.state, '', location.href.replace(/[?]code=x&state=y/, ''));
      return client.ready();
    };
    const { text, router, address } = openApp(t, `https://app.example${callback}`, { ...client, ready }, createHistory);
    await until(() => text() === 'chart');
    assert.equal(address(), requestedUrl);
    await router.push('/back');
    assert.equal(text(), 'back');
  });
}

test('guard: the router does not restore the response in the URL, and its code is sent once', async (t) => {
  const ehr = await startEhr(t);
  openHistory(t, 'https://app.example/base/back');
  const options = ehr.options({ redirectUri: 'https://app.example/base/back', storage: 'session' });
  const earlierClient = createSmartClient(options);
  const callback = callbackOf(await earlierClient.authorize({ navigate: false }));
  delete document[Symbol.for('smart-launch:clients')];
  const { text, address } = openApp(t, callback, createSmartClient(options));
  await until(() => text() === 'back');
  assert.equal(address(), '/base/back');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('guard: after a failed sign-in the navigation fails, and no other sign-in is started', async (t) => {
  for (const hasFailedBefore of [false, true]) {
    const { client, fake, authorizeCalls } = leavingClient();
    fake.failNext('authorization_refused');
    if (hasFailedBefore) await client.ready().catch(() => {});
    const { errors, text } = openApp(t, 'https://app.example/base/chart', client);
    await until(() => errors.length === 1);
    assert.equal(errors[0].code, 'authorization_refused');
    assert.deepEqual([authorizeCalls, text()], [[], '']);
  }
});

test('guard: it does not sign in if the stored session was idle for too long, also if a listener signs out', async (t) => {
  for (const signsOut of [false, true]) {
    const { client, fake, authorizeCalls } = leavingClient({ session: {} });
    const ready = async () => {
      fake.expire();
      return null;
    };
    client.on('signedOut', () => signsOut && void client.logout());
    await fake.ready();
    const { errors, text } = openApp(t, 'https://app.example/base/chart', { ...client, ready });
    await until(() => errors.length === 1);
    assert.equal(errors[0].code, 'session_expired');
    assert.deepEqual([authorizeCalls, text()], [[], '']);
  }
});

test('guard: after a sign-out the next navigation signs in', async (t) => {
  const { client, authorizeCalls } = leavingClient({ session: {} });
  const { text, router } = openApp(t, 'https://app.example/base/', client);
  await until(() => text() === 'home');
  await client.logout();
  router.push('/chart');
  await until(() => authorizeCalls.length === 1);
  assert.deepEqual(authorizeCalls, [{ returnTo: 'https://app.example/base/chart' }]);
  assert.equal(text(), 'home');
});

test('guard: server rendering permits every route', async (t) => {
  const originalDocument = globalThis.document;
  delete globalThis.document;
  t.after(() => Object.defineProperty(globalThis, 'document', { configurable: true, value: originalDocument }));
  const { client, authorizeCalls } = leavingClient();
  const route = { fullPath: '/chart', matched: [] };
  assert.equal(await requireSmart(client)(route, route), true);
  assert.deepEqual([authorizeCalls, client.getState().activity], [[], 'idle']);
});

test('guard: it does not sign in after an idle timeout in the page, also if the app signs out afterwards', async (t) => {
  for (const signsOut of [false, true]) {
    const { client, fake, authorizeCalls } = leavingClient({ session: {} });
    const listeners = new Set();
    // The fake client has no idle timeout.
    const subscribe = (listener) => {
      listeners.add(listener);
      return fake.subscribe(listener);
    };
    const { text, router, errors } = openApp(t, 'https://app.example/base/', { ...client, subscribe });
    await until(() => text() === 'home');
    fake.expire();
    for (const listener of listeners) listener({ type: 'signedOut', detail: { reason: 'idle' } });
    if (signsOut) await client.logout();
    router.push('/chart').catch(() => {});
    await until(() => errors.length === 1);
    assert.equal(errors[0].code, signsOut ? 'signed_out' : 'session_expired');
    assert.deepEqual([authorizeCalls, text()], [[], 'home']);
    fake.signIn();
    await router.push('/chart');
    assert.equal(text(), 'chart');
  }
});
