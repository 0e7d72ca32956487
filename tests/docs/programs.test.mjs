// Runs the programs and tests of the docs, with URLs and options for servers on this machine.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { EHR, blocks, createDirectory, fileOf, freePort, signIn, startSandbox, withLocalServers } from './docs.mjs';

const { SMART_LAUNCH_DEMO: demoDirectory, SMART_LAUNCH_TOOLS: tools, CHROMIUM } = process.env;
const run = promisify(execFile);

/** Runs a program without the test runner's variable, and returns its output. esbuild removes the types, as Node 22 does. */
async function output(name, code, ...flags) {
  const directory = await createDirectory(name, { 'program.ts': code });
  await run(`${tools}/node_modules/.bin/esbuild`, ['program.ts', '--outfile=program.mjs', '--log-level=error'], { cwd: directory });
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await run(process.execPath, [...flags, 'program.mjs'], { cwd: directory, env });
  return stdout;
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
  const { pem, jwks } = keyPair();
  const sandbox = await startSandbox({ apps: [{ clientId: 'nightly', backend: true, jwks }] });
  try {
    const code = withLocalServers(await fileOf('docs-confidential-clients', 'nightly.ts'), { [EHR]: sandbox.origin });
    await createDirectory('nightly', { 'private-key.pem': pem });
    assert.match(await output('nightly', code), /^[1-9]\d* patients\n$/);
  } finally {
    await sandbox.close();
  }
});

test('registration: the program registers, changes and deletes a client', async () => {
  const sandbox = await startSandbox();
  try {
    const code = withLocalServers(await fileOf('docs-registration', 'register.ts'), { [EHR]: sandbox.origin });
    assert.equal(await output('register', code), 'Growth chart 2\n');
    const requests = sandbox.requests.filter(({ purpose }) => purpose === 'register').map(({ method, status }) => [method, status]);
    assert.deepEqual(requests, [['POST', 201], ['PUT', 200], ['GET', 200], ['DELETE', 204]]);
  } finally {
    await sandbox.close();
  }
});

/** A key pair: the private key for the program, the public key for the server. */
function keyPair() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { pem, jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), d: undefined, kid: '2026-11' }] } };
}

test('Bulk Data: the export from the sandbox has all patients', async () => {
  const { pem, jwks } = keyPair();
  const sandbox = await startSandbox({ apps: [{ clientId: 'nightly', backend: true, jwks }] });
  try {
    const code = withLocalServers(await fileOf('docs-bulk-data', 'export.ts'), { [EHR]: sandbox.origin });
    await createDirectory('export', { 'private-key.pem': pem });
    assert.match(await output('export', code), /^6 Patient\n[1-9]\d* Observation\n_since for the next export: 20\S+Z\n$/);
    const { method, status } = sandbox.requests.at(-1);
    assert.deepEqual([method, status], ['DELETE', 202]);
  } finally {
    await sandbox.close();
  }
});

test('Bulk Data: tokens are renewed while polling, and sent with file requests only if required and only to the EHR', async () => {
  const [ehr, fileServer] = [await exportServer(), await exportServer()];
  const run = async (manifest) => {
    ehr.manifest = { transactionTime: '2026-11-29T00:00:00Z', ...manifest };
    for (const { requests } of [ehr, fileServer]) requests.length = 0;
    const code = withLocalServers(await fileOf('docs-bulk-data', 'export.ts'), { [EHR]: ehr.origin });
    await createDirectory('export-tokens', { 'private-key.pem': keyPair().pem });
    return output('export-tokens', code).then(
      (text) => ({ text }),
      ({ stderr }) => ({ stderr }),
    );
  };
  const file = ({ origin }) => ({ type: 'Patient', url: `${origin}/files/1` });
  try {
    const { text } = await run({ requiresAccessToken: true, output: [file(ehr)] });
    assert.match(text, /^2 Patient\n/);
    const polls = ehr.requests.filter(({ method, path }) => method === 'GET' && path === '/fhir/status');
    assert.equal(polls.length, 3);
    assert.equal(new Set(polls.map(({ token }) => token)).size, 3, 'each poll has a new token');
    const [download] = ehr.requests.filter(({ path }) => path === '/files/1');
    assert.match(String(download?.token), /^Bearer t\d+$/);

    const { stderr } = await run({ requiresAccessToken: true, output: [file(fileServer)] });
    assert.match(stderr, new RegExp(`The access token is not sent to ${fileServer.origin}`));
    assert.deepEqual(fileServer.requests, []);
    assert.equal(ehr.requests.at(-1).method, 'DELETE');

    await run({ requiresAccessToken: false, output: [file(fileServer), file(ehr)] });
    const downloads = [...fileServer.requests, ...ehr.requests].filter(({ path }) => path === '/files/1');
    assert.deepEqual(
      downloads.map(({ token }) => token),
      [undefined, undefined],
    );
  } finally {
    for (const { close } of [ehr, fileServer]) close();
  }
});

/** A server with an export. Its tokens expire so soon that each poll needs a new token. */
async function exportServer() {
  const requests = [];
  let tokens = 0;
  let polls = 0;
  const server = createServer((request, response) => {
    const { method, url: path, headers } = request;
    if (!path.startsWith('/token') && !path.includes('.well-known')) requests.push({ method, path, token: headers.authorization });
    const send = (status, responseHeaders, body = '') => response.writeHead(status, responseHeaders).end(body);
    const json = (body) => send(200, { 'content-type': 'application/json' }, JSON.stringify(body));
    if (path === '/fhir/.well-known/smart-configuration') return json({ token_endpoint: `${self.origin}/token`, capabilities: [] });
    if (path === '/token') {
      tokens += 1;
      return json({ access_token: `t${tokens}`, token_type: 'bearer', expires_in: 1, scope: 'system/Patient.rs' });
    }
    if (path.startsWith('/fhir/Patient/$export')) {
      polls = 0;
      return send(202, { 'content-location': `${self.origin}/fhir/status` });
    }
    if (path === '/files/1') return send(200, {}, '{"resourceType":"Patient"}\n{"resourceType":"Patient"}');
    polls += 1;
    return method === 'GET' && polls > 2 ? json(self.manifest) : send(202, { 'retry-after': '1' });
  });
  const self = { origin: '', requests, manifest: {}, close: () => server.close() };
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  self.origin = `http://localhost:${server.address().port}`;
  return self;
}

test('testing: tests without a server pass', async () => {
  const code = await fileOf('docs-testing', 'chart.test.ts');
  assert.match(await output('without-a-server', code, '--test'), /^# pass 1\n# fail 0$/m);
});

test('testing: tests without a browser pass', async () => {
  const code = await fileOf('docs-testing', 'refresh.test.ts');
  assert.match(await output('without-a-browser', code, '--test'), /^# pass 2\n# fail 0$/m);
});

test('testing: Playwright starts sandbox and app, and its tests pass', async () => {
  const [app] = await blocks('docs-testing', 'ts');
  const [, , readme] = await blocks('www-sandbox-README', 'ts');
  const ports = { 5173: await freePort(), 4400: await freePort() };
  const withPorts = (code) => code.replaceAll(/\b(5173|4400)\b/g, (port) => ports[port]);
  const files = {
    'index.html': '<!doctype html>\n<title>…</title>\n<script type="module" src="/app.ts"></script>\n',
    'app.ts': withPorts(app),
    'playwright.config.ts': withPorts(await fileOf('docs-testing', 'playwright.config.ts')),
    'sign-in.spec.ts': withPorts(await fileOf('docs-testing', 'sign-in.spec.ts')),
    'readme.spec.ts': withPorts(readme),
    // Uses the installed browser instead of Playwright's, and longer timeouts for a busy machine.
    'test.config.ts': `import config from './playwright.config';
const webServer = [config.webServer].flat().map((server) => ({ ...server, timeout: 180_000 }));
const use = { ...config.use, launchOptions: { executablePath: '${CHROMIUM}' } };
export default { ...config, webServer, use, workers: 1, reporter: 'line', timeout: 120_000, expect: { timeout: 30_000 } };
`,
  };
  const cwd = await createDirectory('playwright', files);
  const playwright = [`${demoDirectory}/node_modules/.bin/playwright`, 'test', '--config', 'test.config.ts'];
  const { stdout } = await run(process.execPath, playwright, { cwd }).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
  assert.match(stdout, /^\s*4 passed/m);
});

test('testing: Vitest runs the component tests, and those with simulated responses of MSW', async () => {
  const [chart] = await blocks('docs-testing', 'tsx');
  const ehrFails = await fileOf('docs-testing', 'ehr-fails.test.ts');
  const cwd = await createDirectory('vitest', { 'chart.test.tsx': chart, 'ehr-fails.test.ts': ehrFails });
  const vitest = [`${demoDirectory}/node_modules/vitest/vitest.mjs`, 'run', '--root', cwd];
  const env = { ...process.env, NO_COLOR: '1' };
  const { stdout } = await run(process.execPath, vitest, { cwd, env }).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
  assert.match(stdout, /Tests\s+3 passed/);
});

test('Check a server: the program prints the text on the page, and a client with the printed options signs in', async () => {
  const app = { clientId: 'growth-chart', redirectUris: ['http://localhost:5173/'] };
  const sandbox = await startSandbox({ apps: [app] });
  const page = await readFile(new URL('../../docs/doctor.md', import.meta.url), 'utf8');
  const texts = [...page.matchAll(/^```text\n(.*?)\n```$/gms)].map(([, text]) => text);
  const commands = [...page.matchAll(/^npx smart-launch (.*)$/gm)].map(([, command]) => command.split(' '));
  const [options] = await blocks('docs-doctor', 'ts');
  const program = `${demoDirectory}/node_modules/smart-launch/dist/cli.js`;
  try {
    const outputs = await Promise.all(
      commands.map(async (args) => {
        const localArgs = args.map((argument) => argument.replace(SANDBOX, sandbox.origin));
        const { stdout } = await run(process.execPath, [program, ...localArgs]).catch((error) => error);
        return stdout.replaceAll(sandbox.origin, SANDBOX).split('\n\nimport ');
      }),
    );
    assert.deepEqual(outputs.map(([text]) => text), texts);
    const code = `import ${outputs[0][1]}`;
    assert.equal(options.replace('\nexport {};\n', ''), code);
    const localCode = code.replaceAll(SANDBOX, sandbox.origin).replace('\n});', "\n  storage: 'memory',\n});");
    const directory = await createDirectory('doctor', { 'options.mjs': localCode });
    const { smart } = await import(`${directory}/options.mjs`);
    const callback = await signIn(await smart.authorize({ navigate: false }));
    assert.equal((await smart.ready({ callback })).patient, 'maria-alvarez');
  } finally {
    await sandbox.close();
  }
});

const SANDBOX = 'http://localhost:4400';
