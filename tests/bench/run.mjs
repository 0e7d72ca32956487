// Runs a bench in Chromium: `run.mjs BUNDLE`. Prints JSON.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const [bundle] = process.argv.slice(2);
const { SMART_LAUNCH_TOOLS: tools, CHROMIUM } = process.env;
const { chromium } = createRequire(`${tools}/`)('playwright-core');

const server = createServer(async (request, response) => {
  const isScript = request.url.endsWith('.js');
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
  response.end(isScript ? await readFile(`${bundle}${request.url}`) : '<script type="module" src="/id-tokens.js"></script>');
});
await new Promise((resolve) => server.listen(0, 'localhost', resolve));
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const page = await browser.newPage();
  await page.goto(`http://localhost:${server.address().port}/`);
  console.log(JSON.stringify(await page.evaluate(() => globalThis.bench()), null, 2));
} finally {
  await browser.close();
  server.close();
}
