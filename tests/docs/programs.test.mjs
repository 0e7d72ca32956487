// The programs and tests in the docs, run unchanged.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { EHR, blocks, fileOf, onThisMachine, place, startSandbox } from './docs.mjs';

const { SMART_LAUNCH_DEMO: workplace, SMART_LAUNCH_TOOLS: tools, CHROMIUM } = process.env;
const run = promisify(execFile);

/** The output of a program without the test runner's variables; types are stripped, as Node 22 does by itself. */
async function output(name, code, ...flags) {
  const directory = await place(name, { 'program.ts': code });
  await run(`${tools}/node_modules/.bin/esbuild`, ['program.ts', '--outfile=program.mjs', '--log-level=error'], { cwd: directory });
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await run(process.execPath, [...flags, 'program.mjs'], { cwd: directory, env });
  return stdout;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("the sandbox's README: from a program", async () => {
  const [code] = await blocks('www-sandbox-README', 'ts');
  assert.match(await output('from-a-program', code), /^(http:\/\/localhost:\d+) \1\/fhir \1\/ehr\n0\n$/m);
});

test("the sandbox's README: a test without a browser passes", async () => {
  const [, code] = await blocks('www-sandbox-README', 'ts');
  assert.match(await output('in-tests', code, '--test'), /^# pass 1\n# fail 0$/m);
});

test('confidential clients: the nightly job reads patients', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const key = { ...privateKey.export({ format: 'jwk' }), d: undefined, kid: '2026-11' };
  const sandbox = await startSandbox({ apps: [{ clientId: 'nightly', backend: true, jwks: { keys: [key] } }] });
  try {
    const code = onThisMachine(await fileOf('docs-confidential-clients', 'nightly.ts'), { [EHR]: sandbox.origin });
    await place('nightly', { 'private-key.pem': pem });
    assert.match(await output('nightly', code), /^[1-9]\d* patients\n$/);
  } finally {
    await sandbox.close();
  }
});

test('registration: the program registers, changes and deletes a client', async () => {
  const sandbox = await startSandbox();
  try {
    const code = onThisMachine(await fileOf('docs-registration', 'register.ts'), { [EHR]: sandbox.origin });
    assert.equal(await output('register', code), 'Growth chart 2\n');
    const sent = sandbox.requests.filter(({ purpose }) => purpose === 'register').map(({ method, status }) => [method, status]);
    assert.deepEqual(sent, [['POST', 201], ['PUT', 200], ['GET', 200], ['DELETE', 204]]);
  } finally {
    await sandbox.close();
  }
});

test('testing: tests without a browser pass', async () => {
  const code = await fileOf('docs-testing', 'refresh.test.ts');
  assert.match(await output('without-a-browser', code, '--test'), /^# pass 2\n# fail 0$/m);
});

test('testing: Playwright starts sandbox and app, and its tests pass', async () => {
  const [app] = await blocks('docs-testing', 'ts');
  const [, , readme] = await blocks('www-sandbox-README', 'ts');
  const ports = { 5173: await freePort(), 4400: await freePort() };
  const here = (code) => code.replaceAll(/\b(5173|4400)\b/g, (port) => ports[port]);
  const files = {
    'index.html': '<!doctype html>\n<title>…</title>\n<script type="module" src="/app.ts"></script>\n',
    'app.ts': here(app),
    'playwright.config.ts': here(await fileOf('docs-testing', 'playwright.config.ts')),
    'sign-in.spec.ts': here(await fileOf('docs-testing', 'sign-in.spec.ts')),
    'readme.spec.ts': here(readme),
    // With the installed browser instead of one from Playwright, and a longer timeout for a busy machine.
    'here.config.ts': `import config from './playwright.config';
const webServer = [config.webServer].flat().map((server) => ({ ...server, timeout: 180_000 }));
const use = { ...config.use, launchOptions: { executablePath: '${CHROMIUM}' } };
export default { ...config, webServer, use, workers: 1, reporter: 'line', timeout: 120_000, expect: { timeout: 30_000 } };
`,
  };
  const cwd = await place('playwright', files);
  const playwright = [`${workplace}/node_modules/.bin/playwright`, 'test', '--config', 'here.config.ts'];
  const { stdout } = await run(process.execPath, playwright, { cwd }).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
  assert.match(stdout, /^\s*4 passed/m);
});
