import { join } from 'node:path';
import { makeApp } from '../app.mjs';
import { openEhr } from '../ehr.mjs';
import { run } from '../program.mjs';
import { placeBelow, program, versionOf } from '../setting.mjs';

export const deno = [
  {
    name: 'deno',
    title: 'Deno',
    version: () => versionOf('runtimes', 'deno'),
    async run(test) {
      const ehr = await openEhr(test);
      const cwd = await makeApp('runtimes', 'deno', ehr.address);
      const env = { DENO_DIR: join(placeBelow('runtimes'), 'deno-cache') };
      await run([program('runtimes', 'deno'), 'run', '--node-modules-dir=manual', '--allow-net', 'program.js'], { cwd, env, test });
      await ehr.signedIn();
    },
  },
];
