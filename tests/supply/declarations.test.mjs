// Compares the type declarations with the exports and objects of the built scripts.

// Angular's own packages need the compiler if no build step has compiled them.
import '@angular/compiler';
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { directory, entries, repository } from './built.mjs';
import { exportsOf } from './declarations.mjs';

const index = await entry('.');
const isolated = await entry('./isolated');
const server = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'launch/patient patient/*.rs' };
const input = {
  authorizationEndpoint: 'https://ehr.example/authorize',
  clientId: 'app',
  redirectUri: 'https://app.example/back',
  scope: 'launch/patient patient/*.rs',
  aud: 'https://ehr.example/fhir',
  state: 'a-state-of-many-letters',
  codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
};

for (const { path, pairs } of entries) {
  for (const { conditions, types, script } of pairs) {
    const file = script.slice(directory.length + 1);
    test(`${path}, ${conditions.join(' ')}: ${file} exports the names in its declarations`, () => {
      // The exports of an ES module can be read from its source; those of CommonJS are known only when it runs.
      const isCommon = script.endsWith('.cjs');
      const exported = isCommon ? Object.keys(createRequire(script)(script)) : exportsOf(script).values;
      assert.deepEqual(exported.sort(), exportsOf(types).values);
    });
  }
}

test('a client has the calls of SmartClient and no others', () => {
  const client = index.module.createSmartClient(server);
  assert.deepEqual(Object.keys(client).sort(), index.declared.membersOf('SmartClient'));
});

test('an isolated client has the calls of IsolatedSmartClient and no others', () => {
  const client = isolated.module.createIsolatedSmartClient(server);
  assert.deepEqual(Object.keys(client).sort(), isolated.declared.membersOf('IsolatedSmartClient'));
});

test('an error has only members that SmartError declares', async () => {
  const error = await index.module.parseLaunch('https://app.example/?iss=data%3Ax&launch=y').catch((error) => error);
  const declared = index.declared.membersOf('SmartError');
  assert.deepEqual(Object.keys(error).sort(), ['code', 'fault', 'hint', 'name', 'retryable', 'userMessage']);
  for (const name of Object.keys(error)) assert.ok(declared.includes(name), name);
});

test('results of building blocks have the declared members', async () => {
  const { createAuthorizationRequest, createCodeTokenRequest, createPkcePair } = index.module;
  const { readSmartConfiguration, readTokenResponse } = index.module;
  const body = JSON.stringify({ access_token: 'token', token_type: 'Bearer', scope: 'patient/*.rs', expires_in: 300 });
  const configuration = {
    authorization_endpoint: 'https://ehr.example/authorize',
    token_endpoint: 'https://ehr.example/token',
    capabilities: ['launch-standalone'],
    code_challenge_methods_supported: ['S256'],
    grant_types_supported: ['authorization_code'],
  };
  const requests = await Promise.all(['GET', 'POST'].map((method) => createAuthorizationRequest({ ...input, method })));
  const results = {
    AuthorizationRequest: Object.assign({}, ...requests),
    PkcePair: await createPkcePair(),
    SmartServerMetadata: await readSmartConfiguration({ fhirBaseUrl: input.aud, body: JSON.stringify(configuration) }),
    SmartTokens: await readTokenResponse({ status: 200, contentType: 'application/json', body }),
    TokenRequest: await createCodeTokenRequest({
      tokenEndpoint: 'https://ehr.example/token',
      clientId: 'app',
      code: 'code',
      redirectUri: input.redirectUri,
      codeVerifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    }),
  };
  for (const [name, value] of Object.entries(results)) {
    assert.deepEqual(Object.keys(value).sort(), index.declared.membersOf(name), name);
  }
});

test('the emitted events are those of SmartEvents and BackendEvents', async () => {
  const source = join(repository, 'pkg-template/src');
  const files = (await readdir(source, { recursive: true })).filter((name) => /\.[jt]s$/.test(name));
  const code = (await Promise.all(files.map((name) => readFile(join(source, name), 'utf8')))).join('\n');
  const { declared: confidential } = await entry('./confidential');
  const declared = [...index.declared.membersOf('SmartEvents'), ...confidential.membersOf('BackendEvents')];
  const emitted = new Set([...code.matchAll(/\bemit\('(\w+)'/g)].map(([, name]) => name));
  assert.ok(emitted.size > 3);
  assert.deepEqual([...emitted].filter((name) => !declared.includes(name)), [], 'emitted but not declared');
  assert.deepEqual(declared.filter((name) => !code.includes(`'${name}'`)), [], 'declared but never emitted');
});

async function entry(path) {
  const { types, script } = entries.find((entry) => entry.path === path).imported;
  return { declared: exportsOf(types), module: await import(pathToFileURL(script)) };
}
