// The servers in the page about server-side sessions, run unchanged except for URLs and the port.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { EHR, blocks, fileOf, onThisMachine, place, signIn, startSandbox } from './docs.mjs';

const { SMART_LAUNCH_TOOLS: tools } = process.env;
const PAGE = 'docs-server-side-sessions';
const APP = 'https://app.example';
const pair = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const jwks = { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: '2026-11', alg: 'ES384', use: 'sig' }] };
const SECRETS = {
  PRIVATE_KEY: String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })),
  COOKIE_SECRET: 'canary-0123456789-0123456789-0123456789',
};
const run = promisify(execFile);

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const openSandbox = () =>
  startSandbox({
    apps: [{ clientId: 'portal', jwks, redirectUris: [`${APP}/auth/callback`], launchUrl: `${APP}/auth/launch` }],
  });

/** The first block, and another one that declares its `smart`, as one program. */
async function programOf(name, origin, port = 3000) {
  const [first, other] = [await fileOf(PAGE, 'smart.ts'), name === 'proxy.ts' ? '' : await fileOf(PAGE, name)];
  const declared = /^declare const smart: .*\n/m;
  if (other) assert.match(other, declared);
  const whole = name === 'proxy.ts' ? await fileOf(PAGE, name) : first + other.replace(declared, '');
  const code = onThisMachine(whole, { [EHR]: origin }).replace('3000', String(port));
  const directory = await place(`server-${name}`, { 'program.ts': code });
  await run(`${tools}/node_modules/.bin/esbuild`, ['program.ts', '--outfile=program.mjs', '--log-level=error'], { cwd: directory });
  return { directory, file: `${directory}/program.mjs` };
}

const cookieOf = (response) => response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');

/** Signs in through `ask`, which sends a request to the app, and returns the headers of the page's requests. */
async function signInAt(ask, path = '/auth/login?returnTo=/chart') {
  const login = await ask(path, {});
  assert.equal(login.status, 303);
  const callback = await signIn(login.headers.get('location'), { user: 'samuel-reyes', patient: 'noah-adeyemi' });
  const done = await ask(callback.slice(APP.length), { cookie: cookieOf(login) });
  const { pathname, searchParams } = new URL(done.headers.get('location'));
  assert.equal(pathname, '/chart');
  return { cookie: cookieOf(done), 'smart-session': searchParams.get('smart_session') };
}

for (const name of ['node.ts', 'express.ts', 'hono.ts']) {
  test(`server-side sessions: ${name} signs in, and reads the patient`, async (t) => {
    const [sandbox, port] = [await openSandbox(), await freePort()];
    t.after(() => sandbox.close());
    const { directory, file } = await programOf(name, sandbox.origin, port);
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn(process.execPath, [file], { cwd: directory, stdio: 'inherit', env: { ...env, ...SECRETS } });
    t.after(() => child.kill());
    const ask = (path, headers) => fetch(`http://localhost:${port}${path}`, { redirect: 'manual', headers });
    while (!(await ask('/chart', {}).catch(() => undefined))) {
      assert.equal(child.exitCode, null);
      await wait(50);
    }
    assert.equal((await ask('/chart', {})).headers.get('location'), '/auth/login?returnTo=/chart');
    const headers = await signInAt(ask);
    const chart = await ask('/chart', headers);
    assert.deepEqual([chart.status, (await chart.json()).id], [200, 'noah-adeyemi']);
    const session = await ask('/auth/session', headers);
    assert.equal((await session.json()).patient, 'noah-adeyemi');
    const gone = await fetch(`http://localhost:${port}/auth/logout`, { method: 'POST', headers: { ...headers, origin: APP } });
    assert.equal((await gone.json()).revoked, true);
    assert.equal((await ask('/chart', headers)).headers.get('location'), '/auth/login?returnTo=/chart');
  });
}

test('server-side sessions: route.ts of Next.js handles all routes; the proxy reads what it permits', async (t) => {
  const sandbox = await openSandbox();
  t.after(() => sandbox.close());
  Object.assign(process.env, SECRETS);
  const { GET, POST } = await import(pathToFileURL((await programOf('route.ts', sandbox.origin)).file).href);
  const ask = (path, headers) => GET(new Request(APP + path, { headers }));
  const headers = await signInAt(ask);
  assert.equal((await (await ask('/auth/session', headers)).json()).patient, 'noah-adeyemi');
  // The code of a page.
  const [page] = await blocks(PAGE, 'js');
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const inPage = new AsyncFunction('location', 'fetch', `${page.replace('export {};', '')}\nreturn patient;`);
  const location = { href: `${APP}/chart?smart_session=${headers['smart-session']}` };
  const { cookie } = headers;
  assert.equal(await inPage(location, (url, { headers }) => ask(url, { cookie, ...headers })), 'noah-adeyemi');
  const init = { method: 'POST', headers: { ...headers, origin: APP } };
  assert.equal((await POST(new Request(`${APP}/auth/logout`, init))).status, 200);
  assert.equal((await ask('/auth/session', headers)).status, 401);

  const { directory } = await programOf('proxy.ts', sandbox.origin);
  await place('server-proxy.ts', { 'more.ts': `${await readFile(`${directory}/program.ts`, 'utf8')}\nexport { smart };\n` });
  await run(`${tools}/node_modules/.bin/esbuild`, ['more.ts', '--outfile=more.mjs', '--log-level=error'], { cwd: directory });
  const { smart } = await import(pathToFileURL(`${directory}/more.mjs`).href);
  const askProxy = (path, headers) => smart.handle(new Request(APP + path, { headers }));
  const own = await signInAt(askProxy);
  const bundle = await (await askProxy('/auth/fhir/Observation?_count=1', own)).json();
  assert.equal(bundle.resourceType, 'Bundle');
  for (const { url } of bundle.link) assert.ok(url.startsWith(`${APP}/auth/fhir/Observation`), url);
  assert.equal((await askProxy('/auth/fhir/Encounter', own)).status, 404);
});
