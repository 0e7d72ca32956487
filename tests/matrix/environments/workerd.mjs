import { makeApp } from '../app.mjs';
import { PURPOSES_OF_PROGRAM, openEhr } from '../ehr.mjs';
import { freePort, startServer } from '../program.mjs';
import { nodeProgram, program, versionOf } from '../setting.mjs';

/** @type {import('../run-environment.mjs').Environment[]} */
export const workerd = [
  {
    name: 'workerd',
    title: 'workerd (Cloudflare Workers), by Wrangler',
    version: () => versionOf('runtimes', 'workerd'),
    async run(test) {
      const ehr = await openEhr(test);
      const cwd = await makeApp('runtimes', 'workerd', ehr.appConfig);
      const port = await freePort();
      const url = `http://localhost:${port}/`;
      const wrangler = [nodeProgram(24), program('runtimes', 'wrangler'), 'dev', 'workerd.js'];
      const options = ['--compatibility-date', '2026-10-01', '--ip', 'localhost', '--port', String(port)];
      await startServer([...wrangler, ...options], { url, cwd, test });
      const response = await fetch(`${url}sign-in`);
      if (!response.ok) throw new Error(`the worker responds with ${response.status}: ${await response.text()}`);
      await ehr.signedIn(PURPOSES_OF_PROGRAM);
    },
  },
];
