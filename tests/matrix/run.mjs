// Signs in with the packed package in every supported environment: `run.mjs [--check] [ENVIRONMENT…]`.
//
// Prints a line for each environment. A run of all environments writes the table in docs/environments.md, or compares it with
// the results (`--check`).

import { parseArgs } from 'node:util';
import { runEnvironment } from './run-environment.mjs';
import { groups } from './environments.mjs';
import { checkTable, writeTable } from './table.mjs';

const { values, positionals: names } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const allNames = groups.flat().map(({ name }) => name);
const unknown = names.find((name) => !allNames.includes(name));
if (unknown) throw new Error(`there is no environment ${unknown}; there are ${allNames.join(', ')}`);

/** @param {{ name: string }} environment */
const isWanted = ({ name }) => names.length === 0 || names.includes(name);
const queue = groups.map((group) => group.filter(isWanted));
/** @type {Map<string, import('./run-environment.mjs').Outcome>} */
const outcomes = new Map();

/** Runs the groups in the queue, and the environments of each group, one after the other. Two calls run two groups at a time. */
async function runGroups() {
  for (let group = queue.shift(); group; group = queue.shift()) {
    for (const environment of group) outcomes.set(environment.name, await runEnvironment(environment));
  }
}
await Promise.all([runGroups(), runGroups()]);

const rows = groups.flat().filter(isWanted);
const count = (/** @type {string} */ outcome) =>
  rows.filter(({ name }) => outcomes.get(name)?.outcome === outcome).length;
const failed = count('fail');
for (const { name } of rows) {
  const details = outcomes.get(name)?.details;
  if (details) console.log(`\n--- ${name}\n${details}`);
}
let staleRows = 0;
if (names.length === 0) {
  if (values.check) staleRows = await checkTable(rows, outcomes);
  else await writeTable(rows, outcomes);
}
console.log(`\n${count('pass')} passed, ${failed} failed`);
process.exit(failed + staleRows > 0 ? 1 : 0);
