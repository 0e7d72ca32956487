// The unchanged snippets of docs/frameworks.md, in their frameworks.

import { document } from './dom.mjs';
import { openPage, until } from './rendered.mjs';
import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { register } from 'node:module';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { callbackOf } from './sign-in.mjs';

register('./frameworks/browser-condition.mjs', import.meta.url);

/** The server that the docs sign in to. */
const ELSEWHERE = 'https://ehr.example';
const OPTIONS = { fhirBaseUrl: `${ELSEWHERE}/fhir`, clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' };

// Browser globals that frameworks read when they are loaded.
for (const name of ['Node', 'Element', 'Text', 'Comment', 'HTMLElement', 'SVGElement', 'HTMLTemplateElement']) {
  globalThis[name] = window[name];
}

/** A page with the callback of a sign-in at the server of the docs. */
async function openCallback(test) {
  const endpoints = {
    authorization_endpoint: '/authorize',
    token_endpoint: '/token',
    revocation_endpoint: '/revoke',
    jwks_uri: '/jwks',
  };
  const configuration = { issuer: ELSEWHERE };
  for (const [name, path] of Object.entries(endpoints)) configuration[name] = ELSEWHERE + path;
  const ehr = await startEhr(test, { configuration });
  const { fetch } = globalThis;
  test.mock.method(globalThis, 'fetch', (url, init) => fetch(String(url).replace(ELSEWHERE, ehr.origin), init));
  const { open } = await openPage(test, 'https://app.example/');
  const request = await createSmartClient(OPTIONS).authorize({ navigate: false });
  await open(callbackOf(request));
  return ehr;
}

/** Imports a TypeScript file of the docs, which contains no types to remove. */
async function snippet(path) {
  const module = new URL(`frameworks/${path.replace(/ts$/, 'mjs')}`, import.meta.url);
  await copyFile(new URL(`frameworks/${path}`, import.meta.url), module);
  return import(module);
}

const shows = (container, text) => until(() => container.textContent.trim() === text);

test('Vue: a composable has the state, and begins', async (t) => {
  const ehr = await openCallback(t);
  const { createApp, h } = await import('vue');
  const { useSmart } = await snippet('vue/smart.ts');
  let smart;
  const Status = {
    setup() {
      smart = useSmart();
      return () => h('p', `${smart.state.value.status} ${smart.state.value.session?.patient}`);
    },
  };
  const container = document.createElement('div');
  const app = createApp({ render: () => [h(Status), h(Status)] });
  app.mount(container);
  assert.equal(container.textContent, 'loading undefined'.repeat(2));
  await shows(container, 'authenticated zoe'.repeat(2));
  assert.equal(ehr.askedFor('/token').length, 1);
  await smart.logout();
  await shows(container, 'unauthenticated undefined'.repeat(2));
  app.unmount();
});

test('Svelte: a getter has the state, and a component shows it', async (t) => {
  const ehr = await openCallback(t);
  const { compile } = await import('svelte/compiler');
  const source = await readFile(new URL('frameworks/svelte/App.svelte', import.meta.url), 'utf8');
  const { js, warnings } = compile(source, { generate: 'client', dev: true });
  assert.deepEqual(warnings, []);
  const compiled = new URL('frameworks/svelte/App.mjs', import.meta.url);
  await writeFile(compiled, js.code.replace("'./smart'", "'./smart.mjs'"));
  await snippet('svelte/smart.ts');
  const [{ default: App }, { mount, unmount }] = [await import(compiled), await import('svelte')];
  const container = document.createElement('div');
  document.body.append(container);
  const app = mount(App, { target: container });
  assert.equal(container.textContent.trim(), 'Loading');
  await shows(container, 'Sign out zoe');
  assert.equal(ehr.askedFor('/token').length, 1);
  container.querySelector('button').click();
  await shows(container, 'Sign in');
  await unmount(app);
});

test('Angular: a signal has the state, until the app is destroyed', async (t) => {
  const ehr = await openCallback(t);
  const { Injector, ɵINJECTOR_SCOPE: scope } = await import('@angular/core');
  const { SMART } = await snippet('angular/smart.ts');
  const injector = Injector.create({ providers: [{ provide: scope, useValue: 'root' }] });
  const smart = injector.get(SMART);
  assert.equal(smart, injector.get(SMART));
  assert.equal(smart.state().status, 'loading');
  await until(() => smart.state().status === 'authenticated');
  assert.equal(smart.state().session.patient, 'zoe');
  assert.equal(ehr.askedFor('/token').length, 1);
  await smart.logout();
  assert.equal(smart.state().status, 'unauthenticated');
  const last = smart.state();
  injector.destroy();
  await smart.ready({ callback: 'https://app.example/?error=access_denied&state=forged' }).catch(() => {});
  assert.equal(smart.state(), last);
});
