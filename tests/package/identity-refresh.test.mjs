// ID tokens in refresh responses (OpenID Connect Core §12.2).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { SCOPE_OPENID } from './ehr.mjs';
import { keyFor } from './signer.mjs';
import { appWithIdToken, appWithCachedKeys, refusedFor } from './id-token-app.mjs';
import { beOnePage } from './sign-in.mjs';

/** Signs a user in, and records the events of the client. */
async function signedIn(test, settings) {
  const app = await appWithCachedKeys(test, settings);
  const events = [];
  app.client.on('refreshed', () => events.push('refreshed'));
  app.client.on('signedOut', ({ reason }) => events.push(reason));
  app.client.on('error', ({ code }) => events.push(code));
  /** Refreshes. The response has the ID token that `token` returns, and `members`. */
  const refreshWith = (token, members) => {
    app.ehr.grant(() => ({ ...members, id_token: token() }), {});
    return app.client.refresh();
  };
  const refreshTokens = () => app.ehr.requestsTo('/token').map(({ fields }) => fields.get('refresh_token'));
  return { ...app, events, refreshWith, refreshTokens };
}

test('ID token of the same user is accepted, and the session has its claims', async (t) => {
  const { ehr, client, events, keyRequests, refreshWith } = await signedIn(t);
  const { nonce } = client.getState().session.idToken;
  const session = await refreshWith(() => ehr.idToken({ name: 'Amara' }));
  assert.equal(session.idToken.name, 'Amara');
  assert.equal(session.fhirUser, `${ehr.fhirBaseUrl}/Practitioner/amara`);
  assert.equal(session.tokenResponse.id_token, ehr.issued.at(-1).id_token);
  assert.deepEqual(session.warnings, []);
  assert.deepEqual(events, ['refreshed']);
  assert.equal(keyRequests(), 1);
  assert.ok(nonce);
});

test('nonce, auth_time and azp may be repeated; another nonce or auth_time is refused', async (t) => {
  const { ehr, client, signInWithClaims } = await appWithIdToken(t);
  const { nonce } = (await signInWithClaims({ auth_time: 1_700_000_000, azp: 'growth-chart' })).idToken;
  const repeatedClaims = { nonce, auth_time: 1_700_000_000, azp: 'growth-chart' };
  ehr.grant(() => ({ id_token: ehr.idToken(repeatedClaims) }));
  await client.refresh();
  for (const [name, value] of Object.entries({ nonce: 'another', auth_time: 1_700_000_001 })) {
    ehr.grant(() => ({ id_token: ehr.idToken({ ...repeatedClaims, [name]: value }) }));
    await assert.rejects(client.refresh(), refusedFor(name));
  }
});

test('response without an ID token is accepted, and the previous claims are kept', async (t) => {
  const { client, refreshWith } = await signedIn(t);
  const sessionBefore = client.getState().session;
  const session = await refreshWith(() => undefined);
  assert.deepEqual(session.idToken, sessionBefore.idToken);
  assert.equal(session.fhirUser, sessionBefore.fhirUser);
  assert.equal(session.tokenResponse.id_token, sessionBefore.tokenResponse.id_token);
});

for (const changes of [
  { sub: 'kenji' },
  { iss: 'https://evil.example' },
  { aud: 'another' },
  { aud: ['another', 'third'] },
  { azp: 'another' },
]) {
  test(`ID token of a refresh with ${JSON.stringify(changes)} ends the session: identity_changed`, async (t) => {
    beOnePage(t);
    const { ehr, client, events, refreshWith } = await signedIn(t);
    await assert.rejects(
      refreshWith(() => ehr.idToken(changes)),
      { code: 'id_token_invalid' },
    );
    const { status, session, error, activity } = client.getState();
    assert.deepEqual([status, session, error.code, activity], ['unauthenticated', null, 'id_token_invalid', 'idle']);
    assert.deepEqual(events, ['identity_changed', 'id_token_invalid']);
    const requestCount = ehr.requests.length;
    for (const call of [() => client.getAccessToken(), () => client.refresh(), () => client.fetch('Patient/zoe')]) {
      await assert.rejects(call(), { code: 'signed_out' });
    }
    assert.equal(await client.ready(), null);
    assert.equal(await createSmartClient(ehr.options({ scope: SCOPE_OPENID })).ready(), null);
    assert.equal(ehr.requests.length, requestCount);
  });
}

for (const expires_in of [0, 3_600]) {
  test(`another sub while several calls wait: signedOut is emitted once (expires_in: ${expires_in})`, async (t) => {
    const { ehr, client, events, signInWithClaims } = await signedIn(t);
    await signInWithClaims({}, { expires_in });
    ehr.grant(() => ({ id_token: ehr.idToken({ sub: 'kenji' }) }));
    const outcomes = await Promise.allSettled([client.refresh(), client.refresh(), client.refresh()]);
    const codes = outcomes.map(({ reason }) => reason?.code);
    assert.deepEqual(codes, ['id_token_invalid', 'signed_out', 'signed_out']);
    assert.deepEqual(events, ['identity_changed', 'id_token_invalid']);
    assert.equal(client.getState().error.code, 'id_token_invalid');
    assert.equal(client.getState().status, 'unauthenticated');
  });
}

test('after a refresh for another user has ended the session, that user may sign in', async (t) => {
  const { ehr, client, signInWithClaims, refreshWith } = await signedIn(t);
  await assert.rejects(refreshWith(() => ehr.idToken({ sub: 'kenji' })));
  assert.equal((await signInWithClaims({ sub: 'kenji' })).idToken.sub, 'kenji');
  assert.equal((await refreshWith(() => ehr.idToken({ sub: 'kenji' }))).idToken.sub, 'kenji');
  assert.equal(client.getState().status, 'authenticated');
});

for (const [description, name, createToken] of [
  ['no iss', 'iss', (ehr) => ehr.idToken({ iss: undefined })],
  ['an exp in the past', 'exp', (ehr) => ehr.idToken({ exp: 1 })],
  ['another sub and a bad signature', 'signature', (ehr) => ehr.idToken({ sub: 'kenji' }, { key: forgedKey() })],
  ['a bad signature', 'signature', (ehr) => ehr.idToken({}, { key: forgedKey() })],
  ['no signature', 'header', (ehr) => ehr.idToken({}, { header: { alg: 'none' } })],
  ['the hash of another access token', 'at_hash', (ehr) => ehr.idToken({ at_hash: 'AAAA' })],
]) {
  test(`refresh with an ID token with ${description} fails, and the session is kept with the new refresh token`, async (t) => {
    const { ehr, client, events, refreshWith, refreshTokens } = await signedIn(t);
    const sessionBefore = client.getState().session;
    await assert.rejects(refreshWith(() => createToken(ehr)), refusedFor(name));
    assert.equal(client.getState().session, sessionBefore);
    assert.equal(client.getState().status, 'authenticated');
    assert.deepEqual(events, ['id_token_invalid']);
    assert.equal(await client.getAccessToken(), sessionBefore.tokenResponse.access_token);
    const { idToken } = await client.refresh();
    assert.equal(idToken.sub, 'amara');
    assert.deepEqual(refreshTokens(), [null, 'canary-refresh-1', 'canary-refresh-2']);
  });
}

/** An ID token without audience and nonce, as in the refresh responses of the SMART Launcher. */
const launcherIdToken = (ehr) => ehr.idToken({ aud: undefined, nonce: undefined });

test('ID token of a refresh that has no audience and no nonce is accepted with a warning, and refused with `strict`', async (t) => {
  const lenient = await signedIn(t);
  const session = await lenient.refreshWith(() => launcherIdToken(lenient.ehr));
  assert.equal(session.tokenResponse.access_token, 'canary-access-2');
  assert.equal(session.idToken.sub, 'amara');
  assert.deepEqual(session.warnings.map(({ code }) => code), ['refreshed_id_token_malformed']);
  const strict = await signedIn(t, { options: { strict: true } });
  await assert.rejects(
    strict.refreshWith(() => launcherIdToken(strict.ehr)),
    { code: 'id_token_invalid' },
  );
  assert.equal(strict.client.getState().status, 'authenticated');
});

/** Another key with the `kid` of the server's key. */
const forgedKey = () => ({ ...keyFor('RS256', '2'), kid: keyFor().kid });

test('if keys cannot be fetched during a refresh, the refresh fails, and the session is kept', async (t) => {
  const { ehr, client } = await signedIn(t);
  const now = Date.now();
  t.mock.method(Date, 'now', () => now + 301_000);
  ehr.answer('/jwks', { status: 503 }, { status: 503 }, { json: { keys: [keyFor().jwk] } });
  ehr.grant(() => ({ id_token: ehr.idToken({ iat: Math.floor(now / 1_000) + 301, exp: 1e10 }) }));
  await assert.rejects(client.refresh(), { code: 'http_status', status: 503 });
  assert.equal(client.getState().status, 'authenticated');
  assert.equal((await client.refresh()).idToken.sub, 'amara');
});
