import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeApp } from '../app.mjs';
import { build, bundled } from '../bundled.mjs';
import { openEhr } from '../ehr.mjs';
import { freePort, startServer } from '../program.mjs';
import { program, setting, versionOf } from '../setting.mjs';
import { openSite } from '../site.mjs';
import { visit } from '../visit.mjs';

const version = () => versionOf('bundlers', 'vite');
const PRELOADING = ['--config', 'vite-preload.config.js'];
const CHUNKS = ['/assets/engine', '/assets/session', '/assets/session-engine'];

/** @param {string} name @param {string[]} options @returns {import('../run-environment.mjs').Environment['run']} */
const devServer = (name, ...options) => async (test) => {
  const port = await freePort();
  const url = `http://localhost:${port}/`;
  const ehr = await openEhr(test, url);
  const cwd = await makeApp('bundlers', name, ehr.appConfig);
  const command = [program('bundlers', 'vite'), ...options, '--port', String(port), '--strictPort'];
  await startServer(command, { url, cwd, test });
  await visit(test, { url, ehr });
};

/**
 * Asserts that no browser requests a preloaded file a second time.
 *
 * @param {import('../run-environment.mjs').Test} test
 */
async function preloading(test) {
  for (const browser of /** @type {const} */ (['chromium', 'firefox', 'webkit'])) {
    if (!setting.browsers[browser]) continue;
    const site = await openSite(test);
    const ehr = await openEhr(test, site.url);
    site.directory = await build(test, 'vite-preload', ['vite', 'build', ...PRELOADING], ehr.appConfig);
    const page = await readFile(join(site.directory, 'index.html'), 'utf8');
    const chunks = [...page.matchAll(/<link rel="modulepreload" href="(.*?)"/g)].map(([, href]) => href);
    assert.deepEqual(chunks.map((href) => href?.replace(/-.{8}\.js$/, '')).sort(), CHUNKS);
    await visit(test, { browser, url: site.url, ehr, expected: null });
    /** @param {(path: string) => boolean} isWanted */
    const count = (isWanted) => site.requests.filter(isWanted).length;
    const loads = count((path) => path.startsWith('/assets/index-'));
    for (const href of chunks) assert.ok(count((path) => path === href) <= loads, `${browser}: ${href}`);
    // Each page needs the metadata once: the first for the sign-in, the second for `discover()`.
    const documents = ehr.requestPurposes().filter((purpose) => purpose === 'discovery').length;
    assert.ok(documents <= loads, `${browser}: ${documents} documents, ${loads} pages`);
  }
}

/** @type {import('../run-environment.mjs').Environment[]} */
export const vite = [
  { name: 'vite', title: 'Vite, build', version, run: bundled('vite', ['vite', 'build']) },
  {
    name: 'vite-slim',
    title: 'Vite, build, with `smart-launch/slim` and `smart-launch.wasm?url`',
    version,
    run: bundled('vite-slim', ['vite', 'build'], 'slim.html'),
  },
  { name: 'vite-preload', title: 'Vite, build, with `smart-launch/vite`: Chromium, Firefox, WebKit', version, run: preloading },
  { name: 'vite-dev', title: 'Vite, development server', version, run: devServer('vite-dev') },
  {
    name: 'vite-preload-dev',
    title: 'Vite, development server, with `smart-launch/vite`',
    version,
    run: devServer('vite-preload-dev', ...PRELOADING),
  },
];
