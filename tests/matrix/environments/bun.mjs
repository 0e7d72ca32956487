import { makeApp } from '../app.mjs';
import { openEhr } from '../ehr.mjs';
import { run } from '../program.mjs';
import { program, versionOf } from '../setting.mjs';

export const bun = [
  {
    name: 'bun',
    title: 'Bun',
    version: () => versionOf('runtimes', 'bun'),
    async run(test) {
      const ehr = await openEhr(test);
      const cwd = await makeApp('runtimes', 'bun', ehr.address);
      await run([program('runtimes', 'bun'), 'program.js'], { cwd, test });
      await ehr.signedIn();
    },
  },
];
