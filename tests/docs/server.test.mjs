// Runs `smart.ts`, `respond.ts`, `proxy.ts` and the JavaScript of the page in docs/server-side-sessions.md with changed URLs, and
// checks the table in docs/server-frameworks.md. tests/matrix runs the examples of docs/server-frameworks.md.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { EHR, blocks, createDirectory, fileOf, signIn, startSandbox, withLocalServers } from './docs.mjs';

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

const openSandbox = () =>
  startSandbox({
    apps: [{ clientId: 'portal', jwks, redirectUris: [`${APP}/auth/callback`], launchUrl: `${APP}/auth/launch` }],
  });

/** Writes a program: the block `smart.ts`, which creates `smart`, and the block `name`, which uses it; or only `proxy.ts`. */
async function writeProgram(name, origin) {
  const [setup, block] = [await fileOf(PAGE, 'smart.ts'), name === 'proxy.ts' ? '' : await fileOf(PAGE, name)];
  const declaration = /^declare const smart: .*\n/m;
  if (block) assert.match(block, declaration);
  const text = name === 'proxy.ts' ? await fileOf(PAGE, name) : setup + block.replace(declaration, '');
  const code = withLocalServers(text, { [EHR]: origin });
  const directory = await createDirectory(`server-${name}`, { 'program.ts': code });
  await run(`${tools}/node_modules/.bin/esbuild`, ['program.ts', '--outfile=program.mjs', '--log-level=error'], { cwd: directory });
  return { directory, file: `${directory}/program.mjs` };
}

const cookieOf = (response) => response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');

/** Signs in through `send`, which sends a request to the app, and returns the headers that the page's requests need. */
async function signInAt(send, path = '/auth/login?returnTo=/chart') {
  const login = await send(path, {});
  assert.equal(login.status, 303);
  const callback = await signIn(login.headers.get('location'), { user: 'samuel-reyes', patient: 'noah-adeyemi' });
  const signedIn = await send(callback.slice(APP.length), { cookie: cookieOf(login) });
  const { pathname, searchParams } = new URL(signedIn.headers.get('location'));
  assert.equal(pathname, '/chart');
  return { cookie: cookieOf(signedIn), 'smart-session': searchParams.get('smart_session') };
}

test('server-side sessions: respond.ts signs in, and reads the patient; the proxy permits only the listed requests', async (t) => {
  const sandbox = await openSandbox();
  t.after(() => sandbox.close());
  Object.assign(process.env, SECRETS);
  const { respond } = await import(pathToFileURL((await writeProgram('respond.ts', sandbox.origin)).file).href);
  const send = (path, headers) => respond(new Request(APP + path, { headers }));
  assert.equal((await send('/chart', {})).headers.get('location'), '/auth/login?returnTo=/chart');
  const headers = await signInAt(send);
  assert.equal((await (await send('/chart', headers)).json()).id, 'noah-adeyemi');
  assert.equal((await (await send('/auth/session', headers)).json()).patient, 'noah-adeyemi');
  // Runs the code of the page.
  const [page] = await blocks(PAGE, 'js');
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const inPage = new AsyncFunction('location', 'history', 'fetch', `${page.replace('export {};', '')}\nreturn patient;`);
  const location = new URL(`${APP}/chart?smart_session=${headers['smart-session']}`);
  const replacedUrls = [];
  const history = { state: null, replaceState: (_, __, url) => replacedUrls.push(url) };
  const { cookie } = headers;
  assert.equal(await inPage(location, history, (url, { headers }) => send(url, { cookie, ...headers })), 'noah-adeyemi');
  assert.deepEqual(replacedUrls, ['/chart']);
  const init = { method: 'POST', headers: { ...headers, origin: APP } };
  assert.equal((await (await respond(new Request(`${APP}/auth/logout`, init))).json()).revoked, true);
  assert.equal((await send('/auth/session', headers)).status, 401);

  const { directory } = await writeProgram('proxy.ts', sandbox.origin);
  const proxy = await readFile(`${directory}/program.ts`, 'utf8');
  await createDirectory('server-proxy.ts', { 'exported.ts': `${proxy}\nexport { smart };\n` });
  await run(`${tools}/node_modules/.bin/esbuild`, ['exported.ts', '--outfile=exported.mjs', '--log-level=error'], { cwd: directory });
  const { smart } = await import(pathToFileURL(`${directory}/exported.mjs`).href);
  const sendToProxy = (path, headers) => smart.handle(new Request(APP + path, { headers }));
  const sessionHeaders = await signInAt(sendToProxy);
  const bundle = await (await sendToProxy('/auth/fhir/Observation?_count=1', sessionHeaders)).json();
  assert.equal(bundle.resourceType, 'Bundle');
  for (const { url } of bundle.link) assert.ok(url.startsWith(`${APP}/auth/fhir/Observation`), url);
  assert.equal((await sendToProxy('/auth/fhir/Encounter', sessionHeaders)).status, 404);
});

test("frameworks: the table has the numbers of lines of the examples' code", async () => {
  const page = await readFile(new URL('../../docs/server-frameworks.md', import.meta.url), 'utf8');
  const sections = new Map(page.split(/^## /m).map((text) => [text.slice(0, text.indexOf('\n')), text]));
  const linesOf = (title) => {
    const files = [...sections.get(title).matchAll(/^```(?:tsx?|svelte)\n(?:\/\/ (\S+)|<!-- \S+ -->)\n(.*?)^```$/gms)];
    const code = files.flatMap(([, name = '', code]) => (/store\.ts$/.test(name) ? [] : code.split('\n')));
    return code.filter((line) => line.trim() && !line.trim().startsWith('//')).length;
  };
  const rows = [...page.matchAll(/^\| \[(.*?)\]\(#.*?\) \| (\d+) \| (\d+) \|$/gm)];
  assert.equal(rows.length, sections.size - 3);
  for (const [row, title] of rows) {
    const lines = linesOf(title);
    const total = title === 'Cloudflare Workers' ? lines : lines + linesOf('Options');
    assert.match(row, new RegExp(`\\| ${lines} \\| ${total} \\|$`), `${title}: ${lines} and ${total}`);
  }
});
