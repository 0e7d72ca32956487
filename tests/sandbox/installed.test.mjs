// The sandbox as a package: it has the right files, and works when installed, by `npx` and from a program.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import * as packaged from 'smart-launch-sandbox';
import * as user from 'smart-launch-sandbox/user';
import { startByCommand } from './command.mjs';

const { startSandbox } = packaged;
const { launchFromEhr, signIn } = user;

const APP_URL = 'http://localhost:5173/';
const directory = new URL('.', import.meta.resolve('smart-launch-sandbox'));
const manifestOf = async (name) => JSON.parse(await readFile(new URL(import.meta.resolve(`${name}/package.json`)), 'utf8'));

const client = (fhirBaseUrl, scope) =>
  createSmartClient({
    fhirBaseUrl,
    clientId: 'my-app',
    scope,
    redirectUri: APP_URL,
    storage: 'memory',
    allowInsecureLoopback: true,
  });

/** Signs in with a new client, and reads the patient. */
async function familyName(fhirBaseUrl, scope, { launch, ...choices }) {
  const smart = client(fhirBaseUrl, scope);
  const request = await smart.authorize({ navigate: false, ...(launch && { launch, iss: fhirBaseUrl }) });
  const session = await smart.ready({ callback: await signIn(request, choices) });
  const patient = await smart.request(`Patient/${session.patient}`);
  return patient.name[0].family;
}

test('an app can sign in at `npx smart-launch-sandbox`, which ends on a signal', async () => {
  const { fhir, ehr, end, kill } = await startByCommand(['--app-url', APP_URL, '--client-id', 'my-app']);
  try {
    assert.equal(await familyName(fhir, 'launch/patient patient/*.rs', { patient: 'noah-adeyemi' }), 'Adeyemi');
    const chart = { ehrUrl: ehr, clientId: 'my-app', patient: 'walter-nowak' };
    const launch = new URL(await launchFromEhr(chart)).searchParams.get('launch');
    assert.equal(await familyName(fhir, 'launch patient/*.rs', { launch }), 'Nowak');
    await end();
    await assert.rejects(fetch(fhir), 'the server has ended');
  } finally {
    kill();
  }
});

test('`npx smart-launch-sandbox --demo` serves the built demo app, with its licences', async () => {
  const { demo, fhir, kill } = await startByCommand(['--demo']);
  try {
    const page = await (await fetch(demo)).text();
    const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    assert.ok(assets.some((path) => path.endsWith('.js')) && assets.some((path) => path.endsWith('.css')), page);
    for (const path of assets) assert.equal((await fetch(new URL(path, demo))).status, 200, path);
    assert.equal((await (await fetch(new URL('config.json', demo))).json()).fhirBaseUrl, fhir);
    assert.match(await (await fetch(new URL('licenses.md', demo))).text(), /## react /);
  } finally {
    kill();
  }
});

test('an app can sign in at the server of startSandbox, which lists the requests', async () => {
  const apps = [{ clientId: 'my-app', redirectUris: [APP_URL], launchUrl: APP_URL }];
  const sandbox = await startSandbox({ apps });
  try {
    const family = await familyName(sandbox.fhirBaseUrl, 'launch/patient patient/*.rs', { user: 'maria-alvarez' });
    assert.equal(family, 'Alvarez');
    const purposes = sandbox.requests.map(({ purpose }) => purpose).filter((purpose) => purpose !== 'interaction');
    assert.deepEqual(purposes, ['discovery', 'authorize', 'token', 'fhir']);
  } finally {
    await sandbox.close();
  }
});

test('exports and declarations agree', async () => {
  for (const [file, module] of [['sandbox.d.ts', packaged], ['user/user.d.ts', user]]) {
    const declarations = await readFile(new URL(file, directory), 'utf8');
    const declared = [...declarations.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(Object.keys(module).sort(), declared.sort(), file);
  }
});

test('version and licence are those of smart-launch, and there are two dependencies', async () => {
  const [sandbox, library] = await Promise.all(['smart-launch-sandbox', 'smart-launch'].map(manifestOf));
  assert.equal(sandbox.version, library.version);
  assert.equal(sandbox.license, library.license);
  assert.equal(sandbox.private, undefined);
  assert.deepEqual(Object.keys(sandbox.dependencies), ['oidc-provider', 'rfc6902']);
  const licence = (file) => readFile(file, 'utf8');
  const libraryLicence = new URL('../LICENSE', import.meta.resolve('smart-launch'));
  assert.equal(await licence(new URL('LICENSE', directory)), await licence(libraryLicence));
});

test('the tarball has programs, declarations and texts, no tests, and less than 1 MB', () => {
  const files = execFileSync('tar', ['tzf', process.env.SMART_LAUNCH_SANDBOX], { encoding: 'utf8' }).trim().split('\n');
  const isDemo = (file) => file.startsWith('package/demo/');
  assert.ok(files.some(isDemo));
  const others = files.filter((file) => !isDemo(file) && !/^package\/(\w+\/)*[\w-]+\.mjs$/.test(file));
  assert.deepEqual(others.sort(), [
    'package/LICENSE',
    'package/README.md',
    'package/package.json',
    'package/pages/style.css',
    'package/sandbox.d.ts',
    'package/user/user.d.ts',
  ]);
  assert.ok(!files.some((file) => file.includes('test')), 'no tests');
  assert.ok(statSync(process.env.SMART_LAUNCH_SANDBOX).size < 1_000_000, 'less than 1 MB');
});
