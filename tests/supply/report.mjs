// The public interface as text, so that a review shows every change, including indirect changes.

import { join } from 'node:path';
import { entries, repository } from './built.mjs';
import { exportsOf } from './declarations.mjs';

/** The directory of the reports. */
export const reportDirectory = join(repository, 'tests/supply/api');

/** Creates the report of each entry, by file name. */
export const createReports = () => Object.fromEntries(entries.map((entry) => [`${entry.name}.api.md`, reportOf(entry)]));

/** @param {typeof entries[number]} entry */
function reportOf({ path, imported }) {
  const lines = exportsOf(imported.types).lines();
  const body = lines.length > 0 ? ['```ts', ...lines.slice(0, -1), '```'] : ['Nothing.'];
  return ['<!-- Written by `cargo xtask api`. -->', '', `# smart-launch${path.slice(1)}`, '', ...body, ''].join('\n');
}
