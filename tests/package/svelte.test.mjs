// The binding for Svelte.

import { document } from './dom.mjs';
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { register } from 'node:module';
import { test } from 'node:test';
import { createFakeSmartClient } from 'smart-launch/testing';
import { openHistory } from './browser-history.mjs';
import { packageDirectory } from './installed.mjs';
import { leavingClient } from './leaving-client.mjs';
import { testReads } from './read-rules.mjs';
import { until } from './rendered.mjs';

register('./frameworks/bundler.mjs', import.meta.url);
const { get, writable } = await import('svelte/store');
const { requireSmart, smartRequest, smartState } = await import('smart-launch/svelte');
// Globals that Svelte reads when it is loaded.
for (const name of ['Node', 'Element', 'Text', 'Comment', 'HTMLElement', 'SVGElement', 'HTMLTemplateElement']) {
  globalThis[name] = window[name];
}
let componentCount = 0;

testReads('Svelte', (t, client, url, read) => {
  const address = writable(url);
  let result;
  const unmount = smartRequest(client, address, read).subscribe((value) => (result = value));
  t.after(unmount);
  return { now: () => result, reload: () => result.reload(), unmount, setUrl: (next) => address.set(next) };
});

test('dist/svelte.js imports only the stores of Svelte and the main entry', async () => {
  const code = await readFile(new URL('dist/svelte.js', packageDirectory), 'utf8');
  const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(imports)].sort(), ['./index.js', 'svelte/store']);
});

test('the first subscriber calls ready(), and the store has each state', async () => {
  const client = createFakeSmartClient({ session: { patient: 'zoe' } });
  const store = smartState(client);
  assert.equal(client.getState().activity, 'idle');
  const states = [];
  const stop = store.subscribe(({ status, session, isLoading, isAuthenticated }) =>
    states.push([status, session?.patient, isLoading, isAuthenticated].join(' ')),
  );
  await until(() => states.at(-1) === 'authenticated zoe false true');
  await client.logout();
  assert.equal(states.at(-1), 'unauthenticated  false false');
  assert.equal(states[0], 'loading  true false');
  stop();
  const before = states.length;
  client.signIn();
  assert.equal(states.length, before, 'the store without subscribers does not follow the state');
  assert.equal(get(store).status, 'authenticated', 'a later subscriber gets the current state');
});

test('a token refresh changes the activity, not the status', async () => {
  const client = createFakeSmartClient();
  await client.ready();
  const states = [];
  const stop = smartState(client).subscribe(({ status, activity }) => states.push(`${status} ${activity}`));
  await client.refresh();
  stop();
  assert.deepEqual([...new Set(states)], ['authenticated idle', 'authenticated refreshing']);
});

test('a string or a URL object in place of a store is read, and null is idle', async () => {
  const client = createFakeSmartClient({ session: { patient: '1' } });
  for (const url of ['Patient/1', new URL('https://fhir.example/r4/Patient/1')]) {
    const states = [];
    const unsubscribe = smartRequest(client, url).subscribe((state) => states.push(state));
    await until(() => states.at(-1).data?.id === '1');
    unsubscribe();
  }
  assert.equal(get(smartRequest(client, null)).status, 'idle');
});

test('with runes: `fromStore` for the state, and `toStore` for the URL', async (t) => {
  const client = createFakeSmartClient({ session: { patient: '1' } });
  const container = document.createElement('div');
  const { mount, unmount } = await import('svelte');
  const { default: App } = await compileComponent(`
    <script>
      import { fromStore, toStore } from 'svelte/store';
      import { smartRequest, smartState } from 'smart-launch/svelte';
      const { client } = $props();
      const smart = fromStore(smartState(client));
      let id = $state('1');
      const patient = fromStore(smartRequest(client, toStore(() => 'Patient/' + id)));
    </script>
    <button onclick={() => (id = '2')}>{smart.current.status} {patient.current.status} {patient.current.data?.id}</button>
  `);
  const app = mount(App, { target: container, props: { client } });
  const text = () => container.textContent.trim();
  assert.match(text(), /^(loading idle|authenticated loading)/);
  await until(() => text() === 'authenticated success 1');
  document.body.append(container);
  container.querySelector('button').click();
  await until(() => text() === 'authenticated error');
  await client.logout();
  await until(() => text() === 'unauthenticated idle');
  await unmount(app);
  container.remove();
});

test('server rendering: the status is `loading`, and no request is sent', async () => {
  const client = createFakeSmartClient();
  const originalDocument = globalThis.document;
  delete globalThis.document;
  try {
    assert.equal(get(smartState(client)).status, 'loading');
    assert.equal(get(smartRequest(client, 'Patient/1')).status, 'idle');
    assert.equal(client.getState().activity, 'idle');
    const load = requireSmart(client, redirect);
    await assert.rejects(load({ url: new URL('https://app.example/') }), { name: 'SmartError', code: 'config_invalid' });
  } finally {
    Object.defineProperty(globalThis, 'document', { configurable: true, value: originalDocument });
  }
});

test('load: returns the session', async (t) => {
  openHistory(t, 'https://app.example/chart');
  const client = createFakeSmartClient({ session: { patient: 'zoe' } });
  const { session } = await requireSmart(client, redirect)({ url: new URL(location.href) });
  assert.equal(session, client.getState().session);
});

test('load: signs in on the page that is opened first, and `returnTo` is its URL', async (t) => {
  openHistory(t, 'https://app.example/base/chart?id=1#top');
  const { client, authorizeCalls } = leavingClient();
  requireSmart(client, redirect)({ url: new URL(location.href) });
  await until(() => authorizeCalls.length === 1);
  assert.deepEqual(authorizeCalls, [{ returnTo: 'https://app.example/base/chart?id=1#top' }]);
});

test('load: after a sign-in it redirects to the requested page, once', async (t) => {
  openHistory(t, 'https://app.example/back');
  const client = createFakeSmartClient({ session: { returnTo: '/chart?id=1#top' } });
  const load = requireSmart(client, redirect);
  await assert.rejects(load({ url: new URL('https://app.example/back?code=x&state=y') }), { status: 307, location: '/chart?id=1#top' });
  openHistory(t, 'https://app.example/chart');
  await load({ url: new URL('https://app.example/chart') });
  await load({ url: new URL('https://app.example/labs') });
});

test('load: a path that begins with two slashes does not lead to another host', async (t) => {
  openHistory(t, 'https://app.example//evil.example/');
  const { client } = leavingClient({ session: {} });
  const url = new URL('https://app.example//evil.example/?state=x&error=y');
  assert.equal((await requireSmart(client, redirect)({ url })).session, client.getState().session);
});

test('load: on later pages, and when the pointer is over a link, it rejects with signed_out and does not sign in', async (t) => {
  openHistory(t, 'https://app.example/');
  const { client, authorizeCalls } = leavingClient();
  const load = requireSmart(client, redirect);
  await assert.rejects(load({ url: new URL('https://app.example/chart') }), { name: 'SmartError', code: 'signed_out' });
  // Now the browser shows the page of that URL.
  openHistory(t, 'https://app.example/chart');
  await assert.rejects(load({ url: new URL('https://app.example/chart') }), { code: 'signed_out' });
  assert.deepEqual(authorizeCalls, []);
});

test('load: after a failed sign-in it rejects with the error of this sign-in, and starts no other', async (t) => {
  openHistory(t, 'https://app.example/back');
  for (const hasFailedBefore of [false, true]) {
    const { client, fake, authorizeCalls } = leavingClient();
    fake.failNext('authorization_refused');
    if (hasFailedBefore) await client.ready().catch(() => {});
    await assert.rejects(requireSmart(client, redirect)({ url: new URL(location.href) }), { code: 'authorization_refused' });
    assert.deepEqual(authorizeCalls, []);
  }
});

/** Like the function of this name in SvelteKit. */
function redirect(status, location) {
  throw { status, location };
}

/** Compiles a Svelte component, and imports it. */
async function compileComponent(source) {
  const { compile } = await import('svelte/compiler');
  const { js } = compile(source, { generate: 'client', dev: true });
  const file = new URL(`frameworks/component-${(componentCount += 1)}.mjs`, import.meta.url);
  await writeFile(file, js.code);
  return import(file);
}
