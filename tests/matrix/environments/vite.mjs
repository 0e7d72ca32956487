import { makeApp } from '../app.mjs';
import { bundled } from '../bundled.mjs';
import { openEhr } from '../ehr.mjs';
import { freePort, startServer } from '../program.mjs';
import { program, versionOf } from '../setting.mjs';
import { visit } from '../visit.mjs';

const version = () => versionOf('bundlers', 'vite');

/** @type {import('../attempt.mjs').Environment[]} */
export const vite = [
  { name: 'vite', title: 'Vite, build', version, run: bundled('vite', ['vite', 'build']) },
  {
    name: 'vite-slim',
    title: 'Vite, build, by `smart-launch/slim` and `smart-launch.wasm?url`',
    version,
    run: bundled('vite-slim', ['vite', 'build'], 'slim.html'),
  },
  {
    name: 'vite-dev',
    title: 'Vite, development server',
    version,
    async run(test) {
      const port = await freePort();
      const url = `http://localhost:${port}/`;
      const ehr = await openEhr(test, url);
      const cwd = await makeApp('bundlers', 'vite-dev', ehr.address);
      await startServer([program('bundlers', 'vite'), '--port', String(port), '--strictPort'], { url, cwd, test });
      await visit(test, { url, ehr });
    },
  },
];
