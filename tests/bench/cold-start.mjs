// From opening a page to its authorization request, beside other libraries, in turn, each time in a browser that has nothing
// cached: `cold-start.mjs BUNDLES`. Prints JSON.

import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const [bundles] = process.argv.slice(2);
const { SMART_LAUNCH_TOOLS: tools, CHROMIUM } = process.env;
const { chromium } = createRequire(`${tools}/`)('playwright-core');

const ROUNDS = 15;
const US = 'smart-launch';
/** Without and with the distance that a server usually has: milliseconds, and bytes a second. */
const NETWORKS = {
  'this machine': { latency: 0, downloadThroughput: -1 },
  '10 Mbit/s, 60 ms': { latency: 60, downloadThroughput: 1_250_000 },
};

const libraries = await readdir(bundles);
const files = await compressed();
const server = createServer(answer);
await new Promise((resolve) => server.listen(0, 'localhost', resolve));
const origin = `http://localhost:${server.address().port}`;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const coldStarts = [];
  for (const network of Object.keys(NETWORKS)) coldStarts.push(await compare(network));
  console.log(JSON.stringify(coldStarts, null, 2));
} finally {
  await browser.close();
  server.close();
}

/** Median of our milliseconds, and quartiles of the ratio of our time to each other library's. */
async function compare(network) {
  const ours = [];
  const ratios = Object.fromEntries(libraries.filter((library) => library !== US).map((library) => [library, []]));
  for (let round = 0; round < ROUNDS; round++) {
    // Who goes first changes.
    const order = libraries.map((_, at) => libraries[(at + round) % libraries.length]);
    const times = {};
    for (const library of order) times[library] = await coldStart(library, NETWORKS[network]);
    ours.push(times[US]);
    for (const library of Object.keys(ratios)) ratios[library].push(times[US] / times[library]);
  }
  const at = (values, share) => values.toSorted((a, b) => a - b)[Math.round((values.length - 1) * share)];
  const quartiles = (values) => [0.25, 0.5, 0.75].map((share) => Number(at(values, share).toFixed(2)));
  return {
    network,
    coldStartMilliseconds: Math.round(at(ours, 0.5)),
    timeRatioTo: Object.fromEntries(Object.entries(ratios).map(([library, values]) => [library, quartiles(values)])),
  };
}

/** Milliseconds by the browser's clock between the two requests. */
async function coldStart(library, conditions) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const protocol = await context.newCDPSession(page);
  await protocol.send('Network.enable');
  await protocol.send('Network.emulateNetworkConditions', { ...conditions, offline: false, uploadThroughput: -1 });
  const begun = new Promise((resolve) => {
    let opened;
    protocol.on('Network.requestWillBeSent', ({ request: { url }, timestamp }) => {
      const { pathname } = new URL(url);
      if (pathname === `/${library}/`) opened = timestamp;
      if (pathname === '/authorize') resolve((timestamp - opened) * 1_000);
    });
  });
  await page.goto(`${origin}/${library}/`);
  const milliseconds = await begun;
  await context.close();
  return milliseconds;
}

/** Each library's files as a server would send them. */
async function compressed() {
  const made = new Map();
  for (const library of libraries) {
    const page = `<!doctype html><title>${library}</title><script type="module" src="/${library}/${library}.js"></script>`;
    made.set(`/${library}/`, brotliCompressSync(page));
    for (const name of await readdir(join(bundles, library))) {
      made.set(`/${library}/${name}`, brotliCompressSync(await readFile(join(bundles, library, name))));
    }
  }
  return made;
}

function answer(request, response) {
  const { pathname } = new URL(request.url, origin);
  const file = files.get(pathname);
  if (file) {
    response.setHeader('content-type', pathname.endsWith('/') ? 'text/html' : 'text/javascript');
    response.setHeader('content-encoding', 'br');
    return response.end(file);
  }
  if (!pathname.includes('/.well-known/')) return response.end();
  response.setHeader('content-type', 'application/json');
  return response.end(
    JSON.stringify({
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      jwks_uri: `${origin}/jwks`,
      grant_types_supported: ['authorization_code'],
      response_types_supported: ['code'],
      capabilities: ['launch-ehr', 'launch-standalone', 'client-public', 'sso-openid-connect'],
      code_challenge_methods_supported: ['S256'],
    }),
  );
}
