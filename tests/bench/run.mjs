// Runs all benchmarks, one after the other: writes docs/speed.md and its plots, and prints a summary.

import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { writePage } from './speed-page.mjs';
import { memory } from './memory.mjs';
import { pages } from './pages.mjs';
import { byJob } from './sections.mjs';
import { serve } from './server.mjs';

const { SMART_LAUNCH_DOCS, SMART_LAUNCH_TOOLS, CHROMIUM } = process.env;
if (!SMART_LAUNCH_DOCS || !CHROMIUM) throw new Error('run this by `cargo xtask bench`');
const require = createRequire(`${SMART_LAUNCH_TOOLS}/`);
/** @type {typeof import('playwright-core')} */
const { chromium } = require('playwright-core');
/** @type {typeof import('esbuild')} */
const { build } = require('esbuild');

const server = await serve(build);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const samples = {
    ...byJob({ Chromium: await speedsInPage(), Node: await speedsInNode() }),
    ...(await pages(browser, server)),
    memory: await memory(browser, server),
  };
  const engines = { Chromium: browser.version(), Node: process.versions.node };
  console.log(await writePage(SMART_LAUNCH_DOCS, samples, engines));
} finally {
  await browser.close();
  server.close();
}

async function speedsInPage() {
  const page = await browser.newPage();
  await page.goto(`${server.origin}/`);
  const results = await page.evaluate(async (origin) => {
    // The path at which the server serves the script.
    const script = '/speed.js';
    /** @type {typeof import('./speed.js')} */
    const { speeds } = await import(script);
    return speeds(origin);
  }, server.origin);
  await page.close();
  return results;
}

async function speedsInNode() {
  const program = new URL('node.mjs', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [program, server.origin], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout);
}
