// The Vite plugin. A real build is in tests/matrix/environments/vite.mjs.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { smartLaunch } from 'smart-launch/vite';

const DIST = '/app/node_modules/smart-launch/dist';
/** A build whose page imports the library dynamically, in the chunk `login`. */
const bundle = {
  'assets/app-1.js': { fileName: 'assets/app-1.js', moduleIds: ['/app/main.js'], imports: ['assets/shared-2.js'], dynamicImports: ['assets/login-3.js'] },
  'assets/shared-2.js': { fileName: 'assets/shared-2.js', moduleIds: ['/app/shared.js'], imports: [], dynamicImports: [] },
  'assets/login-3.js': {
    fileName: 'assets/login-3.js',
    moduleIds: ['/app/login.js', `${DIST}/index.js`],
    imports: ['assets/app-1.js'],
    dynamicImports: ['assets/engine-4.js', 'assets/session-5.js', 'assets/texts-6.js'],
  },
  'assets/engine-4.js': { fileName: 'assets/engine-4.js', moduleIds: [`${DIST}/engine.js`], imports: ['assets/helper-7.js', 'assets/shared-2.js'], dynamicImports: [] },
  'assets/session-5.js': { fileName: 'assets/session-5.js', moduleIds: [`${DIST}/es2019/session.js`], imports: [], dynamicImports: [] },
  'assets/texts-6.js': { fileName: 'assets/texts-6.js', moduleIds: [`${DIST}/texts.js`], imports: [], dynamicImports: [] },
  'assets/helper-7.js': { fileName: 'assets/helper-7.js', moduleIds: [], imports: [], dynamicImports: [] },
  'assets/about-8.js': { fileName: 'assets/about-8.js', moduleIds: ['/app/about.js'], imports: ['assets/shared-2.js'], dynamicImports: [] },
  'assets/app.css': { fileName: 'assets/app.css' },
};
const page = (script) => `<!doctype html><script type="module" crossorigin src="${script}"></script>`;
const linksOf = (options, script, chunk, output = bundle) =>
  smartLaunch(options)
    .transformIndexHtml.handler(page(script), { bundle: output, chunk: output[chunk] })
    .map(({ tag, attrs, injectTo }) => {
      assert.deepEqual([tag, attrs.crossorigin, injectTo], ['link', true, 'head']);
      return `${attrs.rel} ${attrs.href}`;
    });

const APP = 'assets/app-1.js';

test('chunks that a sign-in needs are preloaded with what they import, except what the page loads anyway', () => {
  assert.deepEqual(linksOf({}, `/${APP}`, APP).sort(), [
    'modulepreload /assets/engine-4.js',
    'modulepreload /assets/helper-7.js',
    'modulepreload /assets/session-5.js',
  ]);
});

test('links begin as the URL of the script does', () => {
  for (const prefix of ['/base/', './', '../', '', 'https://cdn.example/']) {
    assert.ok(linksOf(undefined, `${prefix}${APP}`, APP).includes(`modulepreload ${prefix}assets/engine-4.js`), prefix);
  }
});

test('smart-configuration is preloaded if the FHIR base is set, with the suffix after the whole path', () => {
  for (const fhirBaseUrl of ['https://ehr.example/fhir', 'https://ehr.example/fhir/']) {
    const links = linksOf({ fhirBaseUrl }, APP, APP).filter((link) => link.startsWith('preload'));
    assert.deepEqual(links, ['preload https://ehr.example/fhir/.well-known/smart-configuration']);
  }
});

test('page without the library, or without a script, gets no links', () => {
  const fhirBaseUrl = 'https://ehr.example/fhir';
  assert.deepEqual(linksOf({ fhirBaseUrl }, '/assets/about-8.js', 'assets/about-8.js'), []);
  const { handler } = smartLaunch({ fhirBaseUrl }).transformIndexHtml;
  assert.deepEqual(handler('<!doctype html>', { bundle }), []);
  assert.deepEqual(handler('<!doctype html>', {}), []);
});

test('build of one file has nothing to preload', () => {
  const chunk = { fileName: APP, moduleIds: ['index', 'engine', 'session'].map((name) => `${DIST}/${name}.js`), imports: [], dynamicImports: [] };
  assert.deepEqual(linksOf({}, APP, APP, { [APP]: chunk }), []);
});

test('only builds are changed, and `require` returns the same plugin', () => {
  assert.equal(smartLaunch().apply, 'build');
  assert.equal(createRequire(import.meta.url)('smart-launch/vite').smartLaunch().name, 'smart-launch');
});
