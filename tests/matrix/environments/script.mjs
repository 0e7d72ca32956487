import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeApp } from '../app.mjs';
import { openEhr } from '../ehr.mjs';
import { openSite } from '../site.mjs';
import { visit } from '../visit.mjs';

/** @type {import('../run-environment.mjs').Environment[]} */
export const script = [
  {
    name: 'script',
    title: 'No bundler: module script with an import map',
    async run(test) {
      const site = await openSite(test);
      const ehr = await openEhr(test, site.url);
      site.directory = await makeApp('bundlers', 'script', ehr.appConfig);
      await rename(join(site.directory, 'import-map.html'), join(site.directory, 'index.html'));
      await visit(test, { url: site.url, ehr });
    },
  },
];
