import { existsSync } from 'node:fs';
import { makeApp } from '../app.mjs';
import { openEhr } from '../ehr.mjs';
import { run } from '../program.mjs';
import { nodeProgram, versionOf } from '../setting.mjs';

const row = (major, file, title) => {
  const name = `node-${major}${file === 'program.cjs' ? '-require' : ''}`;
  return {
    name,
    title: `Node ${major}, ${title}`,
    version: () => versionOf('runtimes', `node-${major}`),
    cannot: existsSync(nodeProgram(major)) ? undefined : 'npm has this Node for Linux on x64 alone',
    async run(test) {
      const ehr = await openEhr(test);
      const cwd = await makeApp('runtimes', name, ehr.address);
      await run([nodeProgram(major), file], { cwd, test });
      await ehr.signedIn();
    },
  };
};

export const node = [20, 22, 24].flatMap((major) => [
  row(major, 'program.js', 'ES module'),
  row(major, 'program.cjs', '`require`'),
]);
