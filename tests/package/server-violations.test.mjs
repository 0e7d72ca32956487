// Violations by servers: harmless ones are warnings, unsafe ones are refused.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { createSmartClient, readSmartConfiguration, readTokenResponse } from 'smart-launch';
import { SCOPE, SCOPE_OPENID, startEhr } from './ehr.mjs';
import { callbackOf, parametersOf, signIn } from './sign-in.mjs';
import { encode, keyFor } from './signer.mjs';
import { appWithIdToken, refusedFor } from './id-token-app.mjs';
import { openApp } from './windows.mjs';

const warningCodes = ({ warnings }) => warnings.map(({ code }) => code);

/** Signs in at a server whose token response has these members. */
async function signInWithTokens(test, members, options) {
  const ehr = await startEhr(test, { tokens: members });
  return signIn(createSmartClient(ehr.options(options)));
}

test('malformed id is a warning; an id that cannot be one path segment, or is too long, is refused', async (t) => {
  for (const id of ['a_b', 'a'.repeat(65), 'urn:oid:1.2.3']) {
    const session = await signInWithTokens(t, { patient: id });
    assert.deepEqual([session.patient, warningCodes(session)], [id, ['resource_id_malformed']]);
    await assert.rejects(signInWithTokens(t, { patient: id }, { strict: true }), { code: 'launch_context_invalid' });
  }
  for (const id of ['a/b', 'a?b', 'a#b', 'a\\b', '.', '..', '%2e%2e', 'a%2fb', 'a\nb', '', ' a', 'a'.repeat(5_000)]) {
    for (const name of ['patient', 'encounter']) {
      await assert.rejects(signInWithTokens(t, { [name]: id }), { code: 'launch_context_invalid' }, id);
    }
  }
});

test('charset of JSON has no effect, and a body that is not UTF-8 is refused', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const signInWithCharset = (charset, encoding) => {
    const body = () => Buffer.from(JSON.stringify(ehr.tokenResponse({ tenant: 'Müller' })), encoding);
    ehr.answer('/token', () => ({ headers: { 'content-type': `application/json;charset=${charset}` }, body: body() }));
    return signIn(client);
  };
  for (const charset of ['utf8', 'us-ascii', 'UTF-8', 'iso-8859-1', '""']) {
    assert.equal((await signInWithCharset(charset, 'utf8')).tenant, 'Müller');
  }
  await assert.rejects(signInWithCharset('utf-16', 'utf16le'), { code: 'json_invalid' });
  await assert.rejects(signInWithCharset('iso-8859-1', 'latin1'), { code: 'json_invalid' });
});

test('additional audience may be the FHIR base', async (t) => {
  const { ehr, signInWithClaims } = await appWithIdToken(t);
  const clientId = 'growth-chart';
  for (const aud of [[clientId, ehr.fhirBaseUrl], [`${ehr.fhirBaseUrl}/`, clientId]]) {
    assert.equal((await signInWithClaims({ aud })).idToken.sub, 'amara');
  }
  for (const aud of [[clientId, 'other'], [clientId, ehr.fhirBaseUrl, 'other'], [ehr.fhirBaseUrl]]) {
    await assert.rejects(signInWithClaims({ aud }), refusedFor('aud'));
  }
});

test('a key that is published several times is one key; every key with the same kid is tried', async (t) => {
  const { ehr, keyRequests, signedBy } = await appWithIdToken(t);
  const [key, otherKey] = [keyFor(), keyFor('RS256', 'other')];
  ehr.publish(key.jwk, { ...key.jwk, x5t: 'x' }, key.jwk);
  await signedBy(key);
  await signedBy(key, { kid: undefined });
  const secondApp = await appWithIdToken(t);
  secondApp.ehr.publish({ ...otherKey.jwk, kid: key.kid }, key.jwk);
  await secondApp.signedBy(key);
  await secondApp.signedBy({ ...otherKey, kid: key.kid });
  assert.deepEqual([keyRequests(), secondApp.keyRequests()], [1, 1]);
});

test('key with which anyone can sign is refused', async (t) => {
  const { ehr, signedBy } = await appWithIdToken(t);
  // With the exponent 1 the signature is the padded hash itself.
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), e: 'AQ', kid: 'one', alg: 'RS256', use: 'sig' };
  ehr.publish(jwk);
  await assert.rejects(signedBy({ ...keyFor(), kid: 'one', sign: padded }), refusedFor('signature'));
  // If the public key is the point of order 1, this point and zero are a valid signature of any text.
  const secondApp = await appWithIdToken(t);
  const point = Buffer.from([1, ...Array(31).fill(0)]);
  secondApp.ehr.publish({ kty: 'OKP', crv: 'Ed25519', x: encode(point), kid: 'small' });
  const sign = () => Buffer.concat([point, Buffer.alloc(32)]);
  await assert.rejects(secondApp.signedBy({ algorithm: 'EdDSA', kid: 'small', sign }), refusedFor('signature'));
});

/** The hash of a text, padded as for RSASSA-PKCS1-v1_5 (RFC 8017 §9.2). */
function padded(text) {
  const hash = createHash('sha256').update(text).digest();
  const digestInfo = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), hash]);
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(253 - digestInfo.length, 0xff), Buffer.alloc(1), digestInfo]);
}

test('keys are requested once more before the sign-in fails', async (t) => {
  for (const failure of [{ status: 500 }, { cut: true }]) {
    const { ehr, client, keyRequests } = await appWithIdToken(t);
    ehr.answer('/jwks', failure, { json: { keys: [keyFor().jwk] } });
    assert.equal((await signIn(client)).idToken.sub, 'amara');
    assert.equal(keyRequests(), 2);
  }
  const { ehr, client, keyRequests } = await appWithIdToken(t);
  ehr.answer('/jwks', { status: 500 });
  await assert.rejects(signIn(client), { code: 'http_status', status: 500 });
  assert.equal(keyRequests(), 2);
});

test('configured endpoint replaces the discovered one', async (t) => {
  const { ehr } = await appWithIdToken(t);
  ehr.answer('/jwks', { status: 404 });
  ehr.answer('/own/keys', { json: { keys: [keyFor().jwk] } });
  const endpoints = { jwksUri: `${ehr.origin}/own/keys` };
  const client = createSmartClient(ehr.options({ scope: SCOPE_OPENID, endpoints }));
  assert.equal((await client.discover()).jwksUri, endpoints.jwksUri);
  assert.equal((await signIn(client)).idToken.sub, 'amara');
  assert.deepEqual([ehr.requestsTo('/jwks').length, ehr.requestsTo('/own/keys').length], [0, 1]);
  assert.equal(ehr.requestsTo('/fhir/.well-known/smart-configuration').length, 1);
});

test('user who signed in earlier than `max_age` permits is refused', async (t) => {
  const now = Math.floor(Date.now() / 1_000);
  const withMaxAge = { options: { authorizationParams: { max_age: 300 } } };
  const { client, signInWithClaims } = await appWithIdToken(t, withMaxAge);
  const request = await client.authorize({ navigate: false });
  assert.equal(parametersOf(request).max_age, '300');
  assert.deepEqual(warningCodes(await signInWithClaims({ auth_time: now - 200 })), []);
  await assert.rejects(signInWithClaims({ auth_time: now - 36_000 }), refusedFor('auth_time'));
  assert.deepEqual(warningCodes(await signInWithClaims({})), ['auth_time_missing']);
  const strict = await appWithIdToken(t, { options: { ...withMaxAge.options, strict: true } });
  await assert.rejects(strict.signInWithClaims({}), { code: 'id_token_invalid' });
  const { ehr } = strict;
  const laterClient = createSmartClient(ehr.options({ scope: SCOPE_OPENID }));
  ehr.grant(() => ({ id_token: ehr.idToken({ auth_time: now - 36_000 }) }));
  await assert.rejects(signIn(laterClient, { authorizationParams: { max_age: 3_600 } }), refusedFor('auth_time'));
  await assert.rejects(signIn(laterClient, { authorizationParams: { max_age: 'soon' } }), { code: 'config_invalid' });
});

test('only a silent sign-in sends `id_token_hint`, and only if the session has an ID token', async (t) => {
  const withIdToken = { options: { scope: SCOPE_OPENID }, more: { tokens: { scope: SCOPE_OPENID }, idToken: {} } };
  const idTokenHintOf = async (app) => {
    const frameCount = app.frames.length;
    const attempt = app.client.authorize({ target: 'frame' });
    attempt.catch(() => {});
    while (!app.frames[frameCount]?.parent) await new Promise((resolve) => setTimeout(resolve, 5));
    const { contentWindow } = app.frames.at(-1);
    const request = await contentWindow.authorizationRequest;
    app.handOver(contentWindow, callbackOf(request));
    await attempt.catch(() => {});
    return parametersOf(request).id_token_hint;
  };
  const app = await openApp(t, withIdToken);
  assert.equal(await idTokenHintOf(app), undefined);
  const { id_token: idToken } = app.client.getState().session.tokenResponse;
  // Other sign-ins do not send it.
  assert.equal(parametersOf(await app.client.authorize({ navigate: false })).id_token_hint, undefined);
  assert.equal(await idTokenHintOf(app), idToken);
  const withoutUser = await openApp(t);
  await signIn(withoutUser.client);
  assert.equal(await idTokenHintOf(withoutUser), undefined);
});

test('token response with an error is a refusal, even if it has tokens', async (t) => {
  await assert.rejects(signInWithTokens(t, { error: 'invalid_grant', error_description: 'zu spät' }), {
    code: 'token_refused',
    oauth: { error: 'invalid_grant', description: 'zu spät' },
  });
  assert.equal((await signInWithTokens(t, { error: null })).patient, 'zoe');
});

test('texts of the server keep their characters, except invisible ones', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  for (const [description, shown] of [
    ['Zugriff für Müller: "quoted" \\ доступ 拒否', 'Zugriff für Müller: "quoted" \\ доступ 拒否'],
    ['a\u0000\u001b\u200b\u200e\u202e\u2066\ufeff\u00adb', 'ab'],
  ]) {
    ehr.answer('/token', { status: 400, json: { error: 'invalid_grant', error_description: description } });
    await assert.rejects(signIn(client), ({ oauth }) => oauth.description === shown);
  }
});

test('member whose type is not the declared one is left out, and a style URL that is not https', async (t) => {
  const session = await signInWithTokens(t, {
    smart_style_url: 'http://ehr.example/style.json',
    intent: 7,
    tenant: ['x'],
    fhirContext: [{ reference: 7 }, { reference: 'Basic/1', type: {} }, 'Basic/2'],
    authorization_details: [
      { type: 'smart_on_fhir', locations: 'https://a.example', fhirVersions: [4, '4.0.1'], scope: 7 },
      { type: 'smart_on_fhir', locations: [7, 'https://a.example'], patient: 'amy', fhirContext: {} },
    ],
  });
  assert.deepEqual([session.smartStyleUrl, session.intent, session.tenant], [null, null, null]);
  const items = [{ reference: 'Basic/1', role: 'launch' }, { reference: 'Basic/2', role: 'launch' }];
  assert.deepEqual(session.fhirContext, items);
  assert.deepEqual(session.authorizationDetails, [
    { patient: 'zoe', fhirContext: items, scope: SCOPE, fhirVersions: ['4.0.1'] },
    { patient: 'amy', fhirContext: [], scope: SCOPE, locations: ['https://a.example'] },
  ]);
  assert.deepEqual(warningCodes(session), ['launch_context_malformed']);
  assert.deepEqual([session.tokenResponse.intent, session.tokenResponse.tenant], [undefined, undefined]);
  await assert.rejects(signInWithTokens(t, { fhirContext: [{ reference: 7 }] }, { strict: true }), {
    code: 'token_response_invalid',
  });
});

test('scopes of a session are split as `can` splits them', async (t) => {
  const scope = 'patient/Patient.rs\u00a0user/Patient.rs\tlaunch/patient\u2003x\vy';
  const session = await signInWithTokens(t, { scope });
  assert.deepEqual(session.scopes, ['patient/Patient.rs\u00a0user/Patient.rs', 'launch/patient\u2003x\vy']);
  for (const listed of ['launch/patient', 'user/Patient.rs']) assert.equal(session.can(listed), false);
  const { scopes } = await readTokenResponse({
    status: 200,
    contentType: 'application/json',
    body: JSON.stringify({ access_token: 'a', token_type: 'bearer', scope }),
  });
  assert.deepEqual(scopes, session.scopes);
});

test('metadata members whose type is not the declared one are left out, with a warning', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  ehr.configure({ capabilities: 7, scopes_supported: [['openid']], issuer: '' });
  const metadata = await client.discover();
  assert.deepEqual([metadata.capabilities, metadata.scopesSupported, metadata.issuer], [[], [], null]);
  assert.deepEqual(warningCodes(metadata), ['discovery_member_invalid']);
});

test('error for a response that is no smart-configuration says that `fhirBaseUrl` may be wrong', async (t) => {
  const expectedError = { code: 'discovery_invalid', message: 'the response is not a smart-configuration: check `fhirBaseUrl`' };
  const statement = JSON.stringify({ resourceType: 'CapabilityStatement', status: 'active' });
  for (const [type, body] of [
    ['text/html', '<!doctype html><title>Für Ärzte</title>'],
    ['text/html', Buffer.from('<title>Für Ärzte</title>', 'latin1')],
    ['application/json', 'null'],
    ['application/json', '[]'],
    ['application/json', ''],
    ['application/fhir+json', statement],
  ]) {
    const ehr = await startEhr(t);
    ehr.answer('/fhir/.well-known/smart-configuration', { headers: { 'content-type': type }, body });
    const client = createSmartClient(ehr.options());
    await assert.rejects(client.discover(), expectedError);
    await assert.rejects(client.authorize({ navigate: false }), expectedError);
  }
  await assert.rejects(readSmartConfiguration({ fhirBaseUrl: 'https://ehr.example/fhir', body: statement }), expectedError);
});

test('missing ID token leaves the user unidentified', async (t) => {
  const ehr = await startEhr(t, { tokens: { scope: SCOPE_OPENID } });
  const client = createSmartClient(ehr.options({ scope: SCOPE_OPENID }));
  const session = await signIn(client);
  await assert.rejects(client.userInfo(), { code: 'userinfo_invalid' });
  assert.deepEqual([session.idToken, session.fhirUser, session.patient], [null, null, 'zoe']);
  assert.ok(warningCodes(session).includes('id_token_missing'));
  const strict = createSmartClient(ehr.options({ scope: SCOPE_OPENID, strict: true }));
  await assert.rejects(signIn(strict), { code: 'id_token_invalid' });
});
