// Starts the servers one after the other and tests apps with each: `run.mjs [--check] [SERVER…]`.
//
// Writes the results to the tables in docs/real-servers.md. With `--check` it only compares them with the tables.

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { FLAGS } from '../chromium-flags.mjs';
import { serveApp } from './app.mjs';
import { CONFIDENTIAL_CELLS, SIGNED_CELLS } from './confidential.mjs';
import { CELLS, reasons } from './public-app.mjs';
import { runServer } from './run-server.mjs';
import { createTable, isSameServer, mergedRows, titleOf } from './table.mjs';

/**
 * @typedef {object} StartModule a start.mjs
 * @property {(input: import('./run-server.mjs').StartInput) => Promise<import('./run-server.mjs').StartedServer>} start
 * @property {(directory: string) => Promise<string>} version
 * @property {boolean} [isPinned] whether this repository fixes the version
 * @property {Record<string, Record<string, unknown>>} [configurations]
 */

const { SMART_LAUNCH_SERVERS, SMART_LAUNCH_APP, SMART_LAUNCH_TOOLS, CHROMIUM } = process.env;
if (!SMART_LAUNCH_SERVERS || !SMART_LAUNCH_APP || !CHROMIUM) throw new Error('run this by `cargo xtask servers`');
/** @type {typeof import('playwright-core')} */
const { chromium } = createRequire(`${SMART_LAUNCH_TOOLS}/`)('playwright-core');
const { values, positionals: names } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const DOCUMENT = new URL('../../docs/real-servers.md', import.meta.url);
const document = await readFile(DOCUMENT, 'utf8');
const tables = [
  createTable('table', CELLS),
  createTable('confidential', CONFIDENTIAL_CELLS),
  createTable('signed', SIGNED_CELLS),
].map((table) => ({
  ...table,
  previousRows: table.rowsIn(document),
  rows: /** @type {string[]} */ ([]),
}));

// The servers are stopped when this program exits; it exits on a signal.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

const app = await serveApp(SMART_LAUNCH_APP);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
/** @type {string[]} */
const notRun = [];
for (const { name, directory, reason } of JSON.parse(SMART_LAUNCH_SERVERS)) {
  if (reason) notRun.push(`${name}: ${reason}`);
  else await runAll(name, directory);
}
await browser.close();

const isComplete = names.length === 0 && notRun.length === 0;
const updated = tables.reduce(
  (text, { withRows, previousRows, rows }) => withRows(text, isComplete ? rows : mergedRows(previousRows, rows)),
  document,
);
const unexpected = tables.flatMap(({ differences, previousRows, rows }) => differences(previousRows, rows, isComplete));
for (const line of unexpected) console.log(line);
for (const reason of notRun) console.log(`not run: ${reason}`);
const isStale = values.check && updated !== document;
if (isStale) console.log('docs/real-servers.md has other results: `cargo xtask servers` writes its tables');
if (!values.check) await writeFile(DOCUMENT, updated);
const count = tables.reduce((sum, { rows }) => sum + rows.length, 0);
const cells = tables.reduce((sum, { rows, columns }) => sum + rows.length * (1 + columns.length), 0);
const counts = [`${count} rows`, `${cells} cells`, `${unexpected.length} unexpected`];
console.log(`servers: ${counts.join(', ')}, ${notRun.length} not run`);
process.exit(isStale || notRun.length > 0 ? 1 : 0);

/**
 * Creates the rows of a server, one for each of its configurations.
 *
 * @param {string} name
 * @param {string} directory
 */
async function runAll(name, directory) {
  /** @type {StartModule} */
  const { start, version, isPinned = true, configurations = { '': {} } } = await import(`./${name}/start.mjs`);
  for (const [configuration, setup] of Object.entries(configurations)) {
    const started = Date.now();
    try {
      const title = `${name} ${await version(directory)}${configuration && `, ${configuration}`}`;
      const cellsByTable = await runServer(browser, app, start, { directory, setup });
      for (const [at, { createRow, previousRows, rows }] of tables.entries()) {
        const cells = cellsByTable[at];
        if (!cells) continue;
        const row = createRow(title, cells);
        const previous = previousRows.find((line) => isSameServer(line, row));
        // The version that is installed on the machine is only information for the page; another version is not a failure.
        rows.push(values.check && !isPinned && previous ? row.replace(titleOf(row), titleOf(previous)) : row);
      }
      console.log(`${title}: ${Date.now() - started} ms`);
    } catch (error) {
      notRun.push(`${[name, configuration].filter(Boolean).join(', ')}: ${error instanceof Error ? error.stack : error}`);
    }
    for (const { code, message, oauth } of reasons.splice(0)) {
      console.log(`  ${[code, message, JSON.stringify(oauth)].join(' ')}`);
    }
  }
}
