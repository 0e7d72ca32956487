// The examples of docs/server-frameworks.md, in their frameworks and runtimes.

import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeApp } from '../app.mjs';
import { freePort, run, startServer } from '../program.mjs';
import { filesOf, writeFiles } from '../server-docs.mjs';
import { SECRETS, openServer, visitServer } from '../server-visit.mjs';
import { nodeProgram, placeBelow, program, setting, versionOf } from '../setting.mjs';

/** @typedef {import('../attempt.mjs').Test} Test */

/**
 * The files of a section for this machine: the server's URL is that of the sandbox, and the port is free.
 *
 * @param {string} title
 * @param {{ port?: number, store?: string }} [changes]
 */
function adapted(title, { port = 3000, store } = {}) {
  return [...filesOf(title)].map(([path, code]) => {
    const env = path.startsWith('src/worker') ? 'env' : 'process.env';
    const changed = code
      .replace("'https://ehr.example/fhir'", `${env}.FHIR_BASE_URL!`)
      .replace('createSmartServer({', '$& allowInsecureLoopback: true,')
      .replace('3000', String(port));
    return /** @type {const} */ ([path, store ? changed.replace('memoryStore()', store) : changed]);
  });
}

/**
 * Next.js installs TypeScript and types by itself where it finds code with types.
 *
 * @param {ReturnType<typeof adapted>} files
 */
async function withoutTypes(files) {
  const { transform } = /** @type {typeof import('esbuild')} */ (createRequire(`${setting.tools.servers}/`)('esbuild'));
  return Promise.all(
    files.map(async ([path, code]) => {
      const { code: plain } = await transform(code, { loader: 'tsx', jsx: 'preserve' });
      return /** @type {const} */ ([path.replace('.ts', '.js'), plain]);
    }),
  );
}

/** @param {string} title @param {number} port */
const program3000 = (title, port) => [...adapted('Options'), ...adapted(title, { port })];

/**
 * Starts an app and uses it.
 *
 * @param {Test} test
 * @param {(port: number) => Promise<{ command: string[], cwd: string, env?: Record<string, string> }>} prepare
 */
async function use(test, prepare) {
  const sandbox = await openServer(test);
  const port = await freePort();
  const { command, cwd, env } = await prepare(port);
  const all = { ...SECRETS, FHIR_BASE_URL: sandbox.fhirBaseUrl, ...env };
  const origin = `http://localhost:${port}`;
  await startServer(command, { url: `${origin}/auth/jwks.json`, cwd, env: all, test });
  await visitServer(origin, sandbox);
}

/** @param {string} section @param {string} [name] of the package */
function onNode(section, name) {
  const directory = `server-${section.toLowerCase()}`;
  return {
    name: directory,
    title: `Server-side sessions: ${section}, Node 20, 22 and 24`,
    ...(name && { version: () => versionOf('servers', name) }),
    /** @param {Test} test */
    async run(test) {
      const cwd = await makeApp('servers', directory, {});
      for (const major of [20, 22, 24]) {
        await use(test, async (port) => {
          await writeFiles(cwd, program3000(section, port));
          // Node 20 does not read TypeScript.
          if (major > 20) return { command: [nodeProgram(major), 'server.ts'], cwd };
          const build = ['--bundle', '--packages=external', '--format=esm', '--outfile=server.mjs', '--log-level=error'];
          await run([program('servers', 'esbuild'), 'server.ts', ...build], { cwd });
          return { command: [nodeProgram(major), 'server.mjs'], cwd };
        });
      }
    },
  };
}

/** @type {import('../attempt.mjs').Environment[]} */
export const servers = [
  onNode('Node'),
  onNode('Express', 'express'),
  onNode('Fastify', 'fastify'),
  onNode('Hono', 'hono'),
  {
    name: 'server-next',
    title: 'Server-side sessions: Next.js',
    version: () => versionOf('next', 'next'),
    run: (test) =>
      use(test, async (port) => {
        const cwd = await makeApp('next', 'server-next', {});
        for (const name of ['layout.js', '../next.config.mjs']) {
          await cp(new URL(`../next/app/${name}`, import.meta.url), join(cwd, 'app', name));
        }
        await writeFiles(cwd, [['jsconfig.json', '{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }']]);
        await writeFiles(cwd, await withoutTypes([...adapted('Options'), ...adapted('Next.js')]));
        const next = [nodeProgram(24), program('next', 'next')];
        await run([...next, 'build'], { cwd, env: SECRETS, test });
        return { command: [...next, 'start', '--port', String(port)], cwd };
      }),
  },
  {
    name: 'server-sveltekit',
    title: 'Server-side sessions: SvelteKit, with `adapter-node`',
    version: () => versionOf('servers', '@sveltejs/kit'),
    run: (test) =>
      use(test, async (port) => {
        const cwd = await makeApp('servers', 'server-sveltekit', {});
        const [[, options] = ['', '']] = adapted('Options');
        await cp(new URL('../svelte/', import.meta.url), cwd, { recursive: true });
        await writeFiles(cwd, [['src/lib/server/smart.ts', options], ...adapted('SvelteKit')]);
        await run([nodeProgram(24), program('servers', 'vite'), 'build'], { cwd, env: SECRETS, test });
        return { command: [nodeProgram(24), 'build'], cwd, env: { ORIGIN: 'https://app.example', PORT: String(port) } };
      }),
  },
  {
    name: 'server-workerd',
    title: 'Server-side sessions: workerd, with Durable Objects',
    version: () => versionOf('runtimes', 'workerd'),
    run: (test) =>
      use(test, async (port) => {
        const cwd = await makeApp('runtimes', 'server-workerd', {});
        await writeFiles(cwd, adapted('Cloudflare Workers'));
        const wrangler = [nodeProgram(24), program('runtimes', 'wrangler'), 'dev', '--ip', 'localhost', '--port', String(port)];
        return { command: wrangler, cwd, env: { CLOUDFLARE_INCLUDE_PROCESS_ENV: 'true' } };
      }),
  },
  {
    name: 'server-deno',
    title: 'Server-side sessions: Deno, with Deno KV',
    version: () => versionOf('runtimes', 'deno'),
    run: (test) =>
      use(test, async (port) => {
        const cwd = await makeApp('servers', 'server-deno', {});
        const options = adapted('Options', { store: 'denoKvStore(await Deno.openKv(":memory:"))' });
        await writeFiles(cwd, [...options, ...adapted('Deno', { port })]);
        const [[, code] = ['', '']] = options;
        await writeFiles(cwd, [['smart.ts', `import { denoKvStore } from './deno-kv-store.ts';\n${code}`]]);
        const command = [program('runtimes', 'deno'), 'run', '--node-modules-dir=manual', '--no-check', '--unstable-kv'];
        const env = { DENO_DIR: join(placeBelow('servers'), 'deno-cache') };
        return { command: [...command, '--allow-net', '--allow-env', '--allow-read', 'server.ts'], cwd, env };
      }),
  },
  {
    name: 'server-bun',
    title: 'Server-side sessions: Bun',
    version: () => versionOf('runtimes', 'bun'),
    run: (test) =>
      use(test, async (port) => {
        const cwd = await makeApp('servers', 'server-bun', {});
        await writeFiles(cwd, program3000('Bun', port));
        return { command: [program('runtimes', 'bun'), 'server.ts'], cwd };
      }),
  },
];
