// Starts the servers one after the other, drives each with the app, and compares what happened with docs/real-servers.md.

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { FLAGS } from '../chromium-flags.mjs';
import { serveApp } from './app.mjs';
import { CELLS, drive, reasons } from './drive.mjs';
import { openFace } from './smart-face.mjs';
import { cellsOf, line, rowOf, rowsIn, withRows } from './table.mjs';

const { SMART_LAUNCH_SERVERS, SMART_LAUNCH_APP, SMART_LAUNCH_TOOLS, CHROMIUM, CI } = process.env;
if (!SMART_LAUNCH_SERVERS) throw new Error('run this by `cargo xtask servers`');
const { chromium } = createRequire(`${SMART_LAUNCH_TOOLS}/`)('playwright-core');
const DOCUMENT = new URL('../../docs/real-servers.md', import.meta.url);

const app = await serveApp(SMART_LAUNCH_APP);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
const rows = [];
const ran = [];
const notRun = [];
const wrong = [];
for (const { name, directory, reason } of JSON.parse(SMART_LAUNCH_SERVERS)) {
  if (reason) notRun.push(`${name}: ${reason}`);
  else await runAll(name, directory).then(() => ran.push(name), (error) => wrong.push(`${name}: ${error.stack}`));
}
await browser.close();
app.close();

const document = await readFile(DOCUMENT, 'utf8');
const known = rowsIn(document);
let expected = 0;
for (const row of rows) {
  const before = known.find((line) => rowOf(line) === rowOf(row));
  const cells = before ? cellsOf(before) : [];
  for (const [at, now] of cellsOf(row).entries()) {
    if (now === cells[at]) expected += 1;
    else wrong.push(`${rowOf(row)}, ${CELLS[at - 1] ?? 'version'}: ${now}, not ${cells[at] ?? 'in the table'}`);
  }
}
const isGone = (line) => ran.includes(rowOf(line).split(',')[0]) && !rows.some((row) => rowOf(row) === rowOf(line));
for (const line of known.filter(isGone)) wrong.push(`${rowOf(line)} is in the table, and not among the servers`);
if (process.argv.includes('--write')) {
  const kept = known.filter((line) => !isGone(line)).map((line) => rows.find((row) => rowOf(row) === rowOf(line)) ?? line);
  const added = rows.filter((row) => !known.some((line) => rowOf(line) === rowOf(row)));
  await writeFile(DOCUMENT, withRows(document, [...kept, ...added]));
}
for (const line of wrong) console.log(line);
for (const reason of notRun) console.log(`not run: ${reason}`);
console.log(`servers: ${rows.length} run, ${expected} cells as expected, ${notRun.length} not run`);
// Where nobody reads the reasons, what is not run has not passed.
process.exitCode = wrong.length > 0 || rows.length === 0 || (CI && notRun.length > 0) ? 1 : 0;

/** Gives the rows of a server, one for each of its configurations. */
async function runAll(name, directory) {
  const { start, version, configurations = { '': {} } } = await import(`./${name}/start.mjs`);
  for (const [configuration, setup] of Object.entries(configurations)) {
    const title = `${name} ${await version(directory)}${configuration && `, ${configuration}`}`;
    const started = Date.now();
    rows.push(line(title, await runOne(start, { directory, setup })));
    console.log(`${title}: ${Date.now() - started} ms`);
    for (const { code, message, oauth } of reasons.splice(0)) {
      console.log(`  ${[code, message, JSON.stringify(oauth)].join(' ')}`);
    }
  }
}

async function runOne(start, given) {
  const face = await openFace();
  const { fhirBaseUrl } = face;
  let server;
  try {
    server = await start({ app, fhirBaseUrl, ...given });
    server.document = { ...(await (await fetch(server.metadata)).json()), ...server.unnamed };
    server.app = { fhirBaseUrl, clientId: server.clientId, scope: server.scope };
    face.stand(server.document, server.accepts);
    return await drive(browser, app, server);
  } finally {
    await server?.stop();
    face.close();
  }
}
