import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { makeApp } from '../app.mjs';
import { PURPOSES_OF_PROGRAM, openEhr } from '../ehr.mjs';
import { freePort, run, startServer } from '../program.mjs';
import { adaptedFiles, testServerApp } from '../server-app.mjs';
import { writeFiles } from '../server-docs.mjs';
import { SECRETS } from '../server-visit.mjs';
import { program, setting, versionOf } from '../setting.mjs';
import { visit } from '../visit.mjs';

const version = () => versionOf('next', 'next');

/** @type {Promise<string> | undefined} */
let appDirectory;

/**
 * Builds one app for all rows: the app receives its configuration when it is started.
 *
 * @param {import('../run-environment.mjs').Test} test
 */
async function build(test) {
  const app = await makeApp('next', 'next', undefined);
  for (const name of ['app', 'next.config.mjs']) {
    await cp(new URL(`../next/${name}`, import.meta.url), `${app}/${name}`, { recursive: true });
  }
  await writeFiles(app, [...(await serverFiles()), ['jsconfig.json', '{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }']]);
  await run([program('next', 'next'), 'build'], { cwd: app, env: SECRETS, test });
  return app;
}

/** The example of docs/server-frameworks.md, without types: Next.js would install TypeScript. */
async function serverFiles() {
  const { transform } = /** @type {typeof import('esbuild')} */ (createRequire(`${setting.tools.servers}/`)('esbuild'));
  const options = adaptedFiles('Options', { store: 'store', imports: "import { store } from './store';" });
  const files = [...options, ...adaptedFiles('Next.js')].map(async ([path, code]) => {
    const { code: javascript } = await transform(code, { loader: 'tsx', jsx: 'preserve' });
    return /** @type {const} */ ([path.replace('.ts', '.js'), javascript]);
  });
  return Promise.all(files);
}

/** @param {import('../run-environment.mjs').Test} test @param {string} [path] of the page that signs in */
async function start(test, path = '') {
  const cwd = await (appDirectory ??= build(test));
  const port = await freePort();
  const origin = `http://localhost:${port}/`;
  const url = origin + path;
  const ehr = await openEhr(test, url);
  const env = { SMART_LAUNCH_APP_CONFIG: JSON.stringify(ehr.appConfig) };
  await startServer([program('next', 'next'), 'start', '--port', String(port)], { url: `${origin}health`, cwd, env, test });
  return { url, ehr };
}

/** @param {import('../run-environment.mjs').Test} test @param {string} path */
async function requestPage(test, path) {
  const { url, ehr } = await start(test);
  const response = await fetch(url + path);
  if (!response.ok) throw new Error(`${path} responds with ${response.status}: ${await response.text()}`);
  await ehr.signedIn(PURPOSES_OF_PROGRAM);
}

/** @type {import('../run-environment.mjs').Environment[]} */
export const next = [
  {
    name: 'next-client',
    title: 'Next.js, client component',
    version,
    run: async (test) => visit(test, await start(test)),
  },
  {
    name: 'next-react',
    title: 'Next.js, `smart-launch/react` in a server component',
    version,
    run: async (test) => visit(test, await start(test, 'react')),
  },
  { name: 'next-server', title: 'Next.js, server component', version, run: (test) => requestPage(test, 'server') },
  { name: 'next-edge', title: 'Next.js, edge route', version, run: (test) => requestPage(test, 'edge') },
  {
    name: 'server-next',
    title: 'Server-side sessions: Next.js',
    version,
    run: (test) =>
      testServerApp(test, async (port) => {
        const cwd = await (appDirectory ??= build(test));
        return { command: [program('next', 'next'), 'start', '--port', String(port)], cwd };
      }),
  },
];
