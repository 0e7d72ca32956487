import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeApp } from '../app.mjs';
import { bundled } from '../bundled.mjs';
import { openEhr } from '../ehr.mjs';
import { run } from '../program.mjs';
import { program, versionOf } from '../setting.mjs';
import { openSite } from '../site.mjs';
import { visit } from '../visit.mjs';

const COMMAND = ['webpack', '--mode', 'production', '--entry', './main.js', '--output-path', 'dist'];

/** @type {import('../run-environment.mjs').Environment[]} */
export const webpack = [
  { name: 'webpack', title: 'webpack', version: () => versionOf('bundlers', 'webpack'), run: bundled('webpack', COMMAND) },
  {
    name: 'webpack-4',
    title: 'webpack 4, which reads neither `exports` nor JavaScript after ES2019',
    version: () => versionOf('webpack-4', 'webpack'),
    async run(test) {
      const site = await openSite(test);
      const ehr = await openEhr(test, site.url);
      const cwd = await makeApp('webpack-4', 'webpack-4', ehr.appConfig);
      // The app's own sources, and other entries of the package: webpack has to find each of them.
      const entries = ['fhirclient', 'form-post', 'isolated', 'react', 'static'];
      const exports = entries.map((name) => `export * as ${name.replace('-', '')}Entry from 'smart-launch/${name}';\n`);
      await writeFile(join(cwd, 'entries.js'), exports.join(''));
      const sources = ['main.js', 'sign-in.js', 'app-config.js', 'entries.js'];
      const target = ['--target=es2019', '--outdir=.', '--allow-overwrite', '--log-level=error'];
      await run([program('bundlers', 'esbuild'), ...sources, ...target], { cwd, test });
      // webpack 4 uses a hash algorithm that OpenSSL 3 supports only as a legacy algorithm.
      const env = { NODE_OPTIONS: '--openssl-legacy-provider' };
      const configuration = {
        mode: 'production',
        entry: { main: './main.js', entries: './entries.js' },
        output: { path: join(cwd, 'dist') },
        externals: ['react'],
      };
      await writeFile(join(cwd, 'webpack.config.cjs'), `module.exports = ${JSON.stringify(configuration)};\n`);
      await run([program('webpack-4', 'webpack'), '--config', 'webpack.config.cjs'], { cwd, env, test });
      site.directory = join(cwd, 'dist');
      await cp(join(cwd, 'index.html'), join(site.directory, 'index.html'));
      await visit(test, { url: site.url, ehr });
    },
  },
];
