// Signs in with the packed package in every supported environment: `run.mjs [--check] [ENVIRONMENT…]`.
//
// Prints a line for each. A complete run writes the table in docs/environments.md, or compares it with `--check`.

import { parseArgs } from 'node:util';
import { attempt } from './attempt.mjs';
import { groups } from './environments.mjs';
import { checkTable, writeTable } from './table.mjs';

const { values, positionals: names } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const known = groups.flat().map(({ name }) => name);
const unknown = names.find((name) => !known.includes(name));
if (unknown) throw new Error(`there is no environment ${unknown}; there are ${known.join(', ')}`);

/** @param {{ name: string }} environment */
const isWanted = ({ name }) => names.length === 0 || names.includes(name);
const waiting = groups.map((group) => group.filter(isWanted));
/** @type {Map<string, import('./attempt.mjs').Outcome>} */
const outcomes = new Map();

/** Runs the environments of a group one after the other, two groups at a time. */
async function work() {
  for (let group = waiting.shift(); group; group = waiting.shift()) {
    for (const environment of group) outcomes.set(environment.name, await attempt(environment));
  }
}
await Promise.all([work(), work()]);

const rows = groups.flat().filter(isWanted);
const count = (/** @type {string} */ outcome) =>
  rows.filter(({ name }) => outcomes.get(name)?.outcome === outcome).length;
const failed = count('fail');
for (const { name } of rows) {
  const details = outcomes.get(name)?.details;
  if (details) console.log(`\n--- ${name}\n${details}`);
}
let stale = 0;
if (names.length === 0) {
  if (values.check) stale = await checkTable(rows, outcomes);
  else await writeTable(rows, outcomes);
}
console.log(`\n${count('pass')} passed, ${failed} failed`);
process.exit(failed + stale > 0 ? 1 : 0);
