// Linear memory never shrinks, so no secret may stay readable in it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startEhr } from './ehr.mjs';
import { watchEngine } from './engine.mjs';
import { copyOfPackage } from './installed.mjs';
import { callbackOf } from './sign-in.mjs';
import { keyFor } from './signer.mjs';

/** A text of 88 characters, some of which form encoding escapes; no two of its pieces are equal. */
const secret = (name) => createHash('sha512').update(name).digest('base64');

const PIECE = 16;
/** Cuts a text into pieces. Any 31 successive characters of the text contain at least one whole piece. */
const pieces = (text) =>
  Array.from({ length: text.length / PIECE }, (_, index) => text.slice(index * PIECE, (index + 1) * PIECE));

async function load(test) {
  const engine = watchEngine(test);
  const { createSmartClient, ...blocks } = await import(pathToFileURL(await copyOfPackage(test)));
  const names = ['access', 'refresh', 'code', 'claim'];
  const secrets = Object.fromEntries(names.map((name) => [name, secret(name)]));
  const ehr = await startEhr(test, {
    tokens: { access_token: secrets.access, refresh_token: secrets.refresh },
    idToken: { note: secrets.claim },
  });
  /** The parts of each ID token so far. */
  const idTokenParts = () =>
    ehr.issued.flatMap(({ id_token }) => id_token.split('.').map((part, index) => [`id${index}`, part]));
  /** The secrets that are in linear memory, completely or in part, unchanged or form-encoded. */
  const residues = (otherSecrets = {}) =>
    [...Object.entries({ ...secrets, ...otherSecrets }), ...idTokenParts()]
      .filter(([, text]) => [...new Set([...pieces(text), ...pieces(encodeURIComponent(text))])].some(engine.holds))
      .map(([name]) => name);
  return { engine, ehr, secrets, residues, createSmartClient, blocks };
}

/** Signs in, and reads the verifier from the token request. */
async function signIn({ ehr, secrets, createSmartClient }, options) {
  const client = createSmartClient(ehr.options(options));
  await client.ready({ callback: callbackOf(await client.authorize({ navigate: false }), { code: secrets.code }) });
  return { client, verifier: ehr.requestsTo('/token').at(-1).fields.get('code_verifier') };
}

test('scan of the memory finds the tokens while the engine processes a refresh', async (t) => {
  const page = await load(t);
  const { engine, residues } = page;
  const { client } = await signIn(page);
  const namesInMemory = new Set();
  engine.observeImportCalls(() => residues().forEach((name) => namesInMemory.add(name)));
  await client.refresh();
  engine.observeImportCalls(undefined);
  assert.deepEqual([...namesInMemory].sort(), ['access', 'claim', 'id0', 'id1', 'id2', 'refresh']);
  assert.deepEqual(residues(), []);
});

test('no secret is in memory while a request is pending', async (t) => {
  const page = await load(t);
  const { ehr, secrets, residues, createSmartClient } = page;
  const client = createSmartClient(ehr.options());
  const residuesDuringRequests = [];
  let verifier;
  ehr.answer('/token', ({ fields }) => {
    verifier = fields.get('code_verifier');
    residuesDuringRequests.push(...residues({ verifier }));
    return { json: ehr.tokenResponse() };
  });
  ehr.answer('/jwks', () => {
    residuesDuringRequests.push(...residues({ verifier }));
    return { json: { keys: [keyFor().jwk] } };
  });
  await client.ready({ callback: callbackOf(await client.authorize({ navigate: false }), { code: secrets.code }) });
  ehr.answer('/token', () => {
    residuesDuringRequests.push(...residues());
    return { json: ehr.tokenResponse() };
  });
  await client.refresh();
  assert.equal(ehr.requestsTo('/token').length, 2);
  assert.equal(ehr.requestsTo('/jwks').length, 1);
  assert.deepEqual(residuesDuringRequests, []);
});

for (const storage of ['memory', 'session']) {
  test(`no secret is in memory after sign-in, refresh and sign-out (storage: ${storage})`, async (t) => {
    const page = await load(t);
    const { ehr, secrets, residues } = page;
    const { client, verifier } = await signIn(page, { storage });
    assert.deepEqual(residues({ verifier }), []);
    await client.getAccessToken();
    await client.fetch('Patient/zoe');
    assert.deepEqual(residues({ verifier }), []);
    const newTokens = { access2: secret('another-access'), refresh2: secret('another-refresh') };
    ehr.grant({ access_token: newTokens.access2, refresh_token: newTokens.refresh2 });
    await client.refresh();
    assert.equal(await client.getAccessToken(), newTokens.access2);
    assert.deepEqual(residues({ verifier, ...newTokens }), []);
    await client.logout();
    assert.deepEqual(residues({ verifier, ...newTokens }), []);
    assert.equal(ehr.requestsTo('/revoke')[1].fields.get('token'), newTokens.access2);
    assert.notEqual(secrets.access, newTokens.access2);
  });
}

test('no secret is in memory after calls that fail', async (t) => {
  const page = await load(t);
  const { ehr, secrets, residues, createSmartClient } = page;
  const client = createSmartClient(ehr.options());
  const tokens = ehr.tokenResponse();
  const refusedIdToken = ehr.tokenResponse({ id_token: ehr.idToken({ aud: 'another', note: secrets.claim }) }).id_token;
  const unverifiableIdToken = ehr.tokenResponse({ id_token: ehr.idToken({}, { header: { kid: 'unknown' } }) }).id_token;
  const verifiers = {};
  for (const [index, response] of [
    { status: 400, json: { error: 'invalid_grant', ...tokens } },
    { status: 500, json: tokens },
    { json: { ...tokens, patient: '../..' } },
    { json: { ...tokens, token_type: 'mac' } },
    { headers: { 'content-type': 'text/html' }, body: JSON.stringify(tokens) },
    { headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(tokens)}{` },
    { json: tokens, cut: true },
    { json: { ...tokens, id_token: refusedIdToken } },
    { json: { ...tokens, id_token: unverifiableIdToken } },
  ].entries()) {
    ehr.answer('/token', response);
    const request = await client.authorize({ navigate: false });
    await assert.rejects(client.ready({ callback: callbackOf(request, { code: secrets.code }) }));
    verifiers[index] = ehr.requestsTo('/token').at(-1).fields.get('code_verifier');
  }
  assert.deepEqual(residues(verifiers), []);
});

test('no code is in memory after a callback that is refused', async (t) => {
  const page = await load(t);
  const { ehr, secrets, residues, createSmartClient } = page;
  const client = createSmartClient(ehr.options());
  const callback = callbackOf(await client.authorize({ navigate: false }), { code: secrets.code });
  for (const refusedCallback of [
    callback.replace(/state=./, (start) => (start === 'state=_' ? 'state=-' : 'state=_')),
    `${callback}&code=x`,
    `${callback}&iss=other`,
    `${callback}&token=x`,
  ]) {
    await assert.rejects(client.ready({ callback: refusedCallback }));
  }
  assert.deepEqual(residues(), []);
});

test('no secret is in memory after building blocks', async (t) => {
  const { ehr, secrets, residues, blocks } = await load(t);
  const common = { tokenEndpoint: ehr.document.token_endpoint, clientId: 'app', allowInsecureLoopback: true };
  const verifier = secret('verifier');
  await blocks.createCodeTokenRequest({
    ...common,
    code: secrets.code,
    redirectUri: 'https://app.example/back',
    codeVerifier: verifier,
  });
  await blocks.createRefreshTokenRequest({ ...common, refreshToken: secrets.refresh });
  const body = JSON.stringify(ehr.tokenResponse());
  await blocks.readTokenResponse({ status: 200, contentType: 'application/json', body });
  await assert.rejects(blocks.readTokenResponse({ status: 200, contentType: 'application/json', body: `${body}}` }));
  const callback = `https://app.example/back?code=${encodeURIComponent(secrets.code)}&state=s`;
  await blocks.readAuthorizationResponse({ callback, state: 's', redirectUri: 'https://app.example/back' });
  assert.deepEqual(residues({ verifier }), []);
});

test('memory stays small even for the largest response', async (t) => {
  const page = await load(t);
  const { ehr, engine } = page;
  const { client } = await signIn(page);
  const before = engine.size();
  ehr.answer('/token', { size: 64 * 1024 * 1024, headers: { 'content-type': 'application/json' } });
  await assert.rejects(client.refresh(), { code: 'body_too_large' });
  assert.equal(engine.size(), before);
  assert.ok(before <= 1024 * 1024, `${before} bytes`);
});

test('memory does not grow with the number of sign-ins', async (t) => {
  const page = await load(t);
  const { engine } = page;
  const signInAndOut = async () => {
    const { client } = await signIn(page);
    await client.refresh();
    await client.logout();
  };
  await signInAndOut();
  const before = engine.size();
  for (let count = 0; count < 30; count++) await signInAndOut();
  assert.equal(engine.size(), before);
  assert.ok(before <= 256 * 1024, `${before} bytes`);
});
