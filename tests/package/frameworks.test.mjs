// The files of docs/frameworks.md run unchanged in Vue, Svelte and Angular.

import { document } from './dom.mjs';
import '@angular/compiler';
import { openHistory } from './browser-history.mjs';
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { register } from 'node:module';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import ts from 'typescript';
import { startEhr } from './ehr.mjs';
import { until } from './rendered.mjs';
import { callbackOf } from './sign-in.mjs';

register('./frameworks/bundler.mjs', import.meta.url);

/** The server in the docs. */
const EHR = 'https://ehr.example';
const OPTIONS = {
  fhirBaseUrl: `${EHR}/fhir`,
  clientId: 'growth-chart',
  scope: 'launch/patient patient/*.rs',
  redirectUri: 'https://app.example/',
};

// Browser globals that frameworks read when they are loaded.
const GLOBALS = ['Comment', 'Element', 'Event', 'HTMLElement', 'HTMLTemplateElement', 'KeyboardEvent', 'Node', 'SVGElement', 'Text'];
for (const name of GLOBALS) globalThis[name] = window[name];

/** Starts a sign-in at the server in the docs, with `returnTo: /chart?tab=labs`, and opens its callback URL. */
async function openCallback(test) {
  const endpoints = {
    authorization_endpoint: '/authorize',
    token_endpoint: '/token',
    revocation_endpoint: '/revoke',
    jwks_uri: '/jwks',
  };
  const configuration = { issuer: EHR };
  for (const [name, path] of Object.entries(endpoints)) configuration[name] = EHR + path;
  const ehr = await startEhr(test, { configuration });
  ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient', id: 'zoe', birthDate: '2014-03-09' } });
  const { fetch } = globalThis;
  test.mock.method(globalThis, 'fetch', (url, init) => fetch(String(url).replace(EHR, ehr.origin), init));
  openHistory(test, 'https://app.example/');
  const request = await createSmartClient(OPTIONS).authorize({ navigate: false, returnTo: '/chart?tab=labs' });
  return { ehr, page: openHistory(test, callbackOf(request)) };
}

/** Compiles a file of the docs to a module that Node can import. */
async function compile(path, toScript) {
  const script = await toScript(await readFile(new URL(`frameworks/${path}`, import.meta.url), 'utf8'));
  const module = new URL(`frameworks/${path.replace(/\.ts$/, '')}.mjs`, import.meta.url);
  await writeFile(module, script);
  return module;
}

async function compileAll(folder, names) {
  const { compileScript, parse } = await import('vue/compiler-sfc');
  const svelte = await import('svelte/compiler');
  const compilerOptions = { target: 'es2022', module: 'esnext', experimentalDecorators: true };
  const compilers = {
    ts: (code) => ts.transpile(code, compilerOptions),
    vue: (code) => ts.transpile(compileScript(parse(code).descriptor, { id: folder, inlineTemplate: true }).content, compilerOptions),
    svelte: (code) => {
      const { js, warnings } = svelte.compile(code, { generate: 'client', dev: true });
      assert.deepEqual(warnings, []);
      return js.code;
    },
  };
  const modules = names.map((name) => compile(`${folder}/${name}`, compilers[name.split('.').at(-1)]));
  return Object.fromEntries((await Promise.all(modules)).map((module, index) => [names[index], module]));
}

function openContainer(test, html) {
  const container = document.createElement('div');
  container.innerHTML = html;
  document.body.append(container);
  test.after(() => container.remove());
  return {
    container,
    click: () => container.querySelector('button').click(),
    assertText: async (text) => {
      await until(() => container.textContent.trim() === text).catch(() => {});
      assert.equal(container.textContent.trim(), text);
    },
  };
}

test('Vue: signs in, redirects to the requested route, and reads the patient', async (t) => {
  const { ehr, page } = await openCallback(t);
  const { assertText, click } = openContainer(t, '<div id="app"></div>');
  const modules = await compileAll('vue', ['smart.ts', 'router.ts', 'App.vue', 'Chart.vue', 'main.ts']);
  await import(modules['main.ts']);
  await assertText('Born 2014-03-09 Sign out');
  assert.equal(page.address(), '/chart?tab=labs');
  assert.equal(ehr.requestsTo('/token').length, 1);
  click();
  await assertText('Signed out');
  const { router } = await import(modules['router.ts']);
  router.push('/labs');
  const url = new URL(await page.left);
  assert.equal(url.origin + url.pathname, `${EHR}/authorize`);
});

test('Svelte: a component shows the patient of the session', async (t) => {
  const { ehr } = await openCallback(t);
  const modules = await compileAll('svelte', ['smart.ts', 'Chart.svelte', 'routes/+layout.ts']);
  const { load } = await import(modules['routes/+layout.ts']);
  const { default: Chart } = await import(modules['Chart.svelte']);
  const { mount, unmount } = await import('svelte');
  const { container, assertText, click } = openContainer(t, '');
  const url = new URL(location.href);
  const chart = mount(Chart, { target: container });
  await assertText('Loading');
  await assert.rejects(load({ url }), { status: 307, location: '/chart?tab=labs' });
  await assertText('Born 2014-03-09 Sign out');
  assert.equal((await load({ url })).session.patient, 'zoe');
  assert.equal(ehr.requestsTo('/token').length, 1);
  click();
  await assertText('Sign in');
  await assert.rejects(load({ url }), { code: 'signed_out' });
  await unmount(chart);
});

test('Angular: signs in, redirects to the requested route, and reads the patient', async (t) => {
  const { ehr, page } = await openCallback(t);
  const { Component } = await import('@angular/core');
  const { bootstrapApplication } = await import('@angular/platform-browser');
  const { Router, RouterOutlet } = await import('@angular/router');
  const { assertText, click } = openContainer(t, '<app-root></app-root>');
  const modules = await compileAll('angular', ['chart.ts', 'app.config.ts']);
  const { appConfig } = await import(modules['app.config.ts']);
  class Root {}
  Component({ selector: 'app-root', template: '<router-outlet />', imports: [RouterOutlet] })(Root);
  const app = await bootstrapApplication(Root, appConfig);
  await assertText('Born 2014-03-09 Sign out');
  assert.equal(page.address(), '/chart?tab=labs');
  assert.equal(ehr.requestsTo('/token').length, 1);
  click();
  await assertText('Signed out');
  app.injector.get(Router).navigateByUrl('/labs');
  const url = new URL(await page.left);
  assert.equal(url.origin + url.pathname, `${EHR}/authorize`);
  app.destroy();
});
