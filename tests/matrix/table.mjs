// The table in docs/environments.md.

import { readFile, writeFile } from 'node:fs/promises';
import { versionOf } from './run-environment.mjs';

/**
 * @typedef {import('./run-environment.mjs').Environment} Environment
 * @typedef {Map<string, import('./run-environment.mjs').Outcome>} Outcomes by environment name
 */

const PAGE = new URL('../../docs/environments.md', import.meta.url);
const HEAD = '| environment | version | |\n|---|---|---|';

/** @param {{ title: string, version?: string | undefined, outcome: string }} entry */
const row = ({ title, version, outcome }) => `| ${title} | ${version} | ${outcome} |`;

/** @param {Environment[]} environments @param {Outcomes} outcomes */
function rowsOf(environments, outcomes) {
  return environments.map((environment) => {
    const { outcome, reason } = outcomes.get(environment.name) ?? { outcome: 'not run' };
    const result = { pass: '✓', fail: 'fails', 'not run': `not run: ${reason}` }[outcome];
    return { title: environment.title, version: versionOf(environment), outcome: result, isPinned: environment.isPinned };
  });
}

/** @param {Environment[]} environments @param {Outcomes} outcomes */
export async function writeTable(environments, outcomes) {
  const page = await readFile(PAGE, 'utf8');
  const rows = rowsOf(environments, outcomes).map(row);
  await writeFile(PAGE, `${page.split(HEAD)[0]}${HEAD}\n${rows.join('\n')}\n`);
}

/**
 * Prints the rows in which the table differs from the run, and returns the number of these rows.
 *
 * @param {Environment[]} environments
 * @param {Outcomes} outcomes
 */
export async function checkTable(environments, outcomes) {
  const table = (await readFile(PAGE, 'utf8')).split(`${HEAD}\n`)[1]?.trim().split('\n') ?? [];
  const versionIn = (line = '') => line.split(' | ')[1];
  const rows = rowsOf(environments, outcomes);
  const expected = rows.map((entry, at) => row(entry.isPinned === false ? { ...entry, version: versionIn(table[at]) } : entry));
  let staleRows = 0;
  for (let at = 0; at < Math.max(table.length, expected.length); at++) {
    if (table[at] === expected[at]) continue;
    staleRows += 1;
    console.log(`docs/environments.md says\n  ${table[at]}\nand this run\n  ${expected[at]}`);
  }
  if (staleRows > 0) console.log('`cargo xtask matrix` updates the table');
  return staleRows;
}
