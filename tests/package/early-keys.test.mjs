// The server's keys are requested while the token request runs, if the sign-in expects an ID token.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { SCOPE, SCOPE_OPENID, startEhr } from './ehr.mjs';
import { loadWithEffects } from './effects.mjs';
import { appWithIdToken } from './id-token-app.mjs';
import { callbackOf, signIn } from './sign-in.mjs';
import { keyFor } from './signer.mjs';

const KEYS = { json: { keys: [keyFor().jwk] } };

test('keys are requested before the token response has arrived, and only once', async (t) => {
  const { ehr, client, keyRequests } = await appWithIdToken(t);
  const keys = ehr.hold('/jwks', () => KEYS);
  ehr.answer('/token', async () => {
    await keys.arrived;
    return { json: ehr.tokenResponse() };
  });
  const session = signIn(client);
  await keys.arrived;
  keys.release();
  assert.equal((await session).idToken.sub, 'amara');
  assert.equal(keyRequests(), 1);
});

test('keys are not requested early if they are cached', async (t) => {
  const { client, keyRequests } = await appWithIdToken(t);
  await signIn(client);
  await signIn(client);
  assert.equal(keyRequests(), 1);
});

test('keys are not requested early without `openid`, nor if `jwks_uri` is not https', async (t) => {
  for (const [options, configuration] of [
    [{ scope: SCOPE }, {}],
    [{ scope: SCOPE_OPENID }, { jwks_uri: 'http://ehr.example/jwks' }],
  ]) {
    const ehr = await startEhr(t, { configuration });
    const client = createSmartClient(ehr.options(options));
    const request = await client.authorize({ navigate: false });
    const fetchMock = t.mock.method(globalThis, 'fetch');
    await client.ready({ callback: callbackOf(request) });
    const sentPaths = fetchMock.mock.calls.map(({ arguments: [url] }) => new URL(String(url)).pathname);
    fetchMock.mock.restore();
    assert.deepEqual(sentPaths, ['/token']);
  }
});

test('client with several servers: keys of the chosen server are requested early, after its issuer is verified', async (t) => {
  const ehr = await startEhr(t, { tokens: { scope: SCOPE_OPENID }, idToken: {} });
  const otherEhr = await startEhr(t);
  const { fhirBaseUrl, redirectUri, ...shared } = ehr.options({ scope: SCOPE_OPENID });
  const servers = [{ fhirBaseUrl, redirectUri }, { fhirBaseUrl: otherEhr.fhirBaseUrl, redirectUri: `${redirectUri}/other` }];
  const client = createSmartClient({ ...shared, servers });
  const begin = () => client.authorize({ iss: fhirBaseUrl, navigate: false });
  ehr.answer('/.well-known/openid-configuration', { json: ehr.document });
  const keys = ehr.hold('/jwks', () => KEYS);
  ehr.answer('/token', async () => {
    await keys.arrived;
    return { json: ehr.tokenResponse() };
  });
  const session = client.ready({ callback: callbackOf(await begin()) });
  await keys.arrived;
  keys.release();
  assert.equal((await session).idToken.sub, 'amara');
  assert.equal(ehr.requestsTo('/jwks').length, 1);
});

test('an early request for keys that fails is sent again', async (t) => {
  const { ehr, client, keyRequests } = await appWithIdToken(t);
  ehr.answer('/jwks', { cut: true }, KEYS);
  assert.equal((await signIn(client)).idToken.sub, 'amara');
  assert.equal(keyRequests(), 2);
});

test('an early request for keys is aborted if the token request fails, and the error is that of the token request', async (t) => {
  const { ehr, client } = await appWithIdToken(t);
  const keys = ehr.hold('/jwks', () => KEYS);
  ehr.answer('/token', async () => {
    await keys.arrived;
    return { status: 400, json: { error: 'invalid_grant' } };
  });
  const fetchMock = t.mock.method(globalThis, 'fetch');
  await assert.rejects(signIn(client), { code: 'token_refused' });
  const { arguments: fetchArguments } = fetchMock.mock.calls.find(({ arguments: [url] }) => String(url).endsWith('/jwks'));
  const { signal } = fetchArguments[1];
  if (!signal.aborted) await once(signal, 'abort');
  keys.release();
});

test('if the effect that requests keys early fails, the sign-in rejects with internal, and the next sign-in works', async (t) => {
  const { createSmartClient: create, effectsOf } = await loadWithEffects(t);
  const ehr = await startEhr(t, { tokens: { scope: SCOPE_OPENID }, idToken: {} });
  const client = create(ehr.options({ scope: SCOPE_OPENID }));
  const effects = await effectsOf(client);
  const { sendEarly } = effects;
  let uses = 0;
  effects.sendEarly = () => {
    uses++;
    throw new Error('on purpose');
  };
  await assert.rejects(signIn(client), { name: 'SmartError', code: 'internal' });
  assert.equal(uses, 1);
  effects.sendEarly = sendEarly;
  assert.equal((await signIn(client)).idToken.sub, 'amara');
});
