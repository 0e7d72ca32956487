// The examples of docs/server-frameworks.md, in their frameworks and runtimes.

import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { makeApp } from '../app.mjs';
import { run } from '../program.mjs';
import { adaptedFiles, testServerApp } from '../server-app.mjs';
import { filesOf, writeFiles } from '../server-docs.mjs';
import { SECRETS } from '../server-visit.mjs';
import { appsDirectory, nodeProgram, program, setting, versionOf } from '../setting.mjs';

/** @typedef {import('../run-environment.mjs').Test} Test */

const notRunBecause = existsSync(nodeProgram(24)) ? undefined : 'npm has these versions of Node only for Linux on x64';

/** @param {string} title @param {number} port */
const filesFor = (title, port) => [...adaptedFiles('Options'), ...adaptedFiles(title, { port })];

/** @param {string} section @param {string} [name] of the package */
function onNode(section, name) {
  const directory = `server-${section.toLowerCase()}`;
  return {
    name: directory,
    title: `Server-side sessions: ${section === 'Node' ? '`node:http`' : section}, Node 20, 22 and 24`,
    ...(name && { version: () => versionOf('servers', name) }),
    notRunBecause,
    /** @param {Test} test */
    async run(test) {
      const cwd = await makeApp('servers', directory, {});
      for (const major of [20, 22, 24]) {
        await testServerApp(test, async (port) => {
          await writeFiles(cwd, filesFor(section, port));
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

/** @type {import('../run-environment.mjs').Environment[]} */
export const servers = [
  onNode('Node'),
  onNode('Express', 'express'),
  onNode('Fastify', 'fastify'),
  onNode('Hono', 'hono'),
  {
    name: 'server-sveltekit',
    title: 'Server-side sessions: SvelteKit, with `adapter-node`',
    version: () => versionOf('servers', '@sveltejs/kit'),
    notRunBecause,
    run: (test) =>
      testServerApp(test, async (port) => {
        const cwd = await makeApp('servers', 'server-sveltekit', {});
        const [[, options] = ['', '']] = adaptedFiles('Options');
        await cp(new URL('../svelte/app.html', import.meta.url), join(cwd, 'src/app.html'));
        await writeFiles(cwd, [['src/lib/server/smart.ts', options], ...adaptedFiles('SvelteKit')]);
        await run([nodeProgram(24), program('servers', 'vite'), 'build'], { cwd, env: SECRETS, test });
        return { command: [nodeProgram(24), 'build'], cwd, env: { PORT: String(port) } };
      }),
  },
  {
    name: 'server-workerd',
    title: 'Server-side sessions: workerd, with Durable Objects',
    version: () => versionOf('runtimes', 'workerd'),
    run: (test) =>
      testServerApp(test, async (port) => {
        const cwd = await makeApp('runtimes', 'server-workerd', {});
        await writeFiles(cwd, adaptedFiles('Cloudflare Workers'));
        const wrangler = [nodeProgram(24), program('runtimes', 'wrangler'), 'dev', '--ip', 'localhost', '--port', String(port)];
        return { command: wrangler, cwd, env: { CLOUDFLARE_INCLUDE_PROCESS_ENV: 'true' } };
      }),
  },
  {
    name: 'server-deno',
    title: 'Server-side sessions: Deno, with Deno KV',
    version: () => versionOf('runtimes', 'deno'),
    run: (test) =>
      testServerApp(test, async (port) => {
        const cwd = await makeApp('servers', 'server-deno', {});
        const imports = "import { denoKvStore } from './deno-kv-store.ts';";
        const options = adaptedFiles('Options', { store: "denoKvStore(await Deno.openKv(':memory:'))", imports });
        await writeFiles(cwd, [...options, ...adaptedFiles('Deno', { port })]);
        const command = [program('runtimes', 'deno'), 'run', '--node-modules-dir=manual', '--no-check', '--unstable-kv'];
        const env = { DENO_DIR: join(appsDirectory('servers'), 'deno-cache') };
        return { command: [...command, '--allow-net', '--allow-env', '--allow-read', 'server.ts'], cwd, env };
      }),
  },
  {
    name: 'server-bun',
    title: 'Server-side sessions: Bun',
    version: () => versionOf('runtimes', 'bun'),
    run: (test) =>
      testServerApp(test, async (port) => {
        const cwd = await makeApp('servers', 'server-bun', {});
        await writeFiles(cwd, filesFor('Bun', port));
        return { command: [program('runtimes', 'bun'), 'server.ts'], cwd };
      }),
  },
  {
    name: 'server-types',
    title: 'Server-side sessions: TypeScript checks the examples',
    version: () => versionOf('servers', 'typescript'),
    async run(test) {
      const cwd = await makeApp('servers', 'server-types', {});
      const options = filesOf('Options');
      for (const title of ['Node', 'Express', 'Fastify', 'Hono', 'Next.js', 'Deno', 'Bun']) {
        await writeFiles(join(cwd, 'web', title), [...options, ...filesOf(title)]);
      }
      await writeFiles(join(cwd, 'web/SvelteKit'), filesOf('SvelteKit'));
      await writeFiles(join(cwd, 'web/SvelteKit/src/lib/server'), options);
      await writeFiles(join(cwd, 'workers'), filesOf('Cloudflare Workers'));
      const paths = { '@/*': ['./Node/*'], 'next/*': [join(setting.tools.next, 'node_modules/next/*')] };
      await writeFiles(cwd, [
        // Declarations such as SvelteKit and Wrangler generate.
        ['web/SvelteKit/src/routes/chart/$types.d.ts', "export type { ServerLoad as PageServerLoad } from '@sveltejs/kit';\n"],
        ['workers/env.d.ts', ENV],
        ['web/tsconfig.json', JSON.stringify({ compilerOptions: { ...TSC_OPTIONS, types: ['bun', 'deno', 'fhir'], paths } })],
        ['workers/tsconfig.json', JSON.stringify({ compilerOptions: { ...TSC_OPTIONS, types: ['@cloudflare/workers-types'] } })],
      ]);
      for (const project of ['web', 'workers']) await run([program('servers', 'tsc'), '--project', project], { cwd, test });
    },
  },
];

const TSC_OPTIONS = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  jsx: 'preserve',
  module: 'esnext',
  moduleResolution: 'bundler',
  target: 'esnext',
  lib: ['esnext'],
};

const ENV = `declare namespace Cloudflare {
  interface Env {
    CLIENT_SECRET: string;
    COOKIE_SECRET: string;
    SMART_ENTRIES: DurableObjectNamespace<import('./src/worker').SmartEntry>;
  }
}
`;
