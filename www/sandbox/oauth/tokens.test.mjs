/** Tests tokens through the public endpoints: lifetime, revocation, access to data, and CORS. */

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startSandbox } from '../sandbox.mjs';
import { APP_ORIGIN, dpopProof, registration, SCOPE, scopes, testApp } from '../testing/app.mjs';
import { Browser } from '../user/browser.mjs';

/** @type {import('../sandbox.mjs').Sandbox} */
let sandbox;
/** @type {Awaited<ReturnType<typeof testApp>>} */
let app;

before(async () => {
  sandbox = await startSandbox({
    apps: [registration('demo'), registration('other'), registration('bound', { dpop: true })],
  });
  app = await testApp(sandbox);
});

after(() => sandbox.close());

describe('tokens', () => {
  test('rotate, and reuse of a refresh token revokes the whole family', async () => {
    const first = await app.signIn();
    const second = await (await app.refresh(first.refresh_token)).json();
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.equal(second.patient, first.patient);
    assert.equal((await app.fhir(second, 'Condition')).status, 200);

    const reused = await app.refresh(first.refresh_token);
    assert.equal(reused.status, 400);
    const { error, error_description: reason } = await reused.json();
    assert.equal(error, 'invalid_grant');
    assert.match(reason, /refresh token already used/);
    assert.equal((await (await app.refresh(second.refresh_token)).json()).error, 'invalid_grant');
    assert.equal((await app.fhir(second, 'Condition')).status, 401);
  });

  test('of one sign-in stay valid when those of another sign-in are revoked', async () => {
    const browser = new Browser();
    const scope = 'openid launch/patient patient/*.rs online_access';
    const first = await app.signIn({ browser, scope, patient: 'noah-adeyemi' });
    const second = await app.signIn({ browser, scope, patient: 'walter-nowak' });
    await app.post(app.server.revocation_endpoint, { token: second.refresh_token, client_id: 'demo' });
    assert.equal((await app.fhir(second, 'Patient/walter-nowak')).status, 401);
    assert.equal((await app.fhir(first, 'Patient/noah-adeyemi')).status, 200);
    assert.equal((await (await app.refresh(first.refresh_token)).json()).patient, 'noah-adeyemi');
  });

  test('may be refreshed with fewer scopes', async () => {
    const { refresh_token } = await app.signIn({
      scope: 'launch/patient patient/Condition.rs patient/Observation.rs offline_access',
    });
    const tokens = await (await app.refresh(refresh_token, { scope: 'patient/Condition.rs' })).json();
    assert.deepEqual(scopes(tokens), ['patient/Condition.rs']);
    assert.equal((await app.fhir(tokens, 'Condition')).status, 200);
    assert.equal((await app.fhir(tokens, 'Observation')).status, 403);
  });

  test('are refused by the FHIR API as soon as they are revoked from a browser', async () => {
    const tokens = await app.signIn();
    assert.equal((await app.fhir(tokens, 'Patient/maria-alvarez')).status, 200);
    const revoked = await app.post(
      app.server.revocation_endpoint,
      { token: tokens.access_token, client_id: 'demo' },
      { origin: APP_ORIGIN },
    );
    assert.equal(revoked.status, 200);
    assert.equal(revoked.headers.get('access-control-allow-origin'), APP_ORIGIN);

    const refused = await app.fhir(tokens, 'Patient/maria-alvarez');
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('www-authenticate'), /^Bearer .*error="invalid_token"/);
    assert.equal((await refused.json()).resourceType, 'OperationOutcome');
  });

  test('are refused by the FHIR API once they expire', async () => {
    const shortLived = await startSandbox({ apps: [registration('demo')], accessTokenSeconds: 1 });
    try {
      const app = await testApp(shortLived);
      const tokens = await app.signIn();
      assert.equal(tokens.expires_in, 1);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      assert.equal((await app.fhir(tokens, 'Condition')).status, 401);
      const refreshed = await (await app.refresh(tokens.refresh_token)).json();
      assert.equal((await app.fhir(refreshed, 'Condition')).status, 200);
    } finally {
      await shortLived.close();
    }
  });

  test('can be introspected by their own app, which gets the launch context, and by no other app', async () => {
    const { access_token: token } = await app.signIn();
    const ownResponse = await (await app.post(app.server.introspection_endpoint, { token, client_id: 'demo' })).json();
    assert.equal(ownResponse.active, true);
    assert.equal(ownResponse.patient, 'maria-alvarez');
    assert.equal(ownResponse.fhirUser, `${sandbox.fhirBaseUrl}/Practitioner/amara-okafor`);
    assert.deepEqual(scopes(ownResponse), scopes({ scope: SCOPE }));
    const foreign = await (await app.post(app.server.introspection_endpoint, { token, client_id: 'other' })).json();
    assert.deepEqual(foreign, { active: false });
  });

  test('are accepted by UserInfo', async () => {
    const { access_token } = await app.signIn({ scope: 'openid fhirUser profile launch/patient patient/*.rs' });
    const response = await fetch(app.server.userinfo_endpoint, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    assert.equal(response.status, 200);
    const user = await response.json();
    assert.equal(user.name, 'Dr. Amara Okafor');
    assert.equal(user.fhirUser, `${sandbox.fhirBaseUrl}/Practitioner/amara-okafor`);
  });

  test('of an online session end when the user signs out, those with offline_access do not', async () => {
    const browser = new Browser();
    const offline = await app.signIn({ browser });
    const online = await app.signIn({ browser, scope: 'openid launch/patient patient/*.rs online_access' });
    const parameters = new URLSearchParams({
      id_token_hint: online.id_token,
      post_logout_redirect_uri: `${APP_ORIGIN}/bye`,
      state: 's',
    });
    const page = await browser.open(`${app.server.end_session_endpoint}?${parameters}`);
    assert.match(page.text, /data-testid="sign-out"/);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)[1];
    const { redirect } = await browser.open(`${app.server.end_session_endpoint}/confirm`, {
      form: { xsrf, logout: 'yes' },
    });
    assert.equal(redirect.href, `${APP_ORIGIN}/bye?state=s`);

    assert.equal((await app.fhir(online, 'Condition')).status, 401);
    assert.equal((await app.refresh(online.refresh_token)).status, 400);
    assert.equal((await app.fhir(offline, 'Condition')).status, 200);
    assert.equal((await app.refresh(offline.refresh_token)).status, 200);
  });

  test('that are bound to a key need a proof at the FHIR API, and each proof is accepted once', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const request = app.authorizationRequest({ client_id: 'bound' });
    const { redirect } = await app.authorize(request);
    const proof = dpopProof(key, { htm: 'POST', htu: app.server.token_endpoint });
    const tokens = await (await app.exchange(request, redirect.searchParams.get('code'), { dpop: proof })).json();
    assert.equal(tokens.token_type, 'DPoP');

    const url = `${sandbox.fhirBaseUrl}/Condition`;
    const ath = createHash('sha256').update(tokens.access_token).digest('base64url');
    const validProof = dpopProof(key, { htm: 'GET', htu: url, ath });
    const get = (headers) => fetch(url, { headers });
    const authorization = `DPoP ${tokens.access_token}`;
    assert.equal((await get({ authorization, dpop: validProof })).status, 200);
    assert.equal((await get({ authorization, dpop: validProof })).status, 401, 'the same proof again');
    assert.equal((await get({ authorization })).status, 401, 'no proof');
    assert.equal((await get({ authorization: `Bearer ${tokens.access_token}` })).status, 401, 'as a bearer token');
    assert.equal(
      (await get({ authorization, dpop: dpopProof(key, { htm: 'POST', htu: url, ath }) })).status,
      401,
      'another method',
    );
    const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    assert.equal(
      (await get({ authorization, dpop: dpopProof(otherKey, { htm: 'GET', htu: url, ath }) })).status,
      401,
      'another key',
    );
  });
});

test('with requireDpop proofs need a nonce at the token endpoint and another one at the FHIR API', async () => {
  const strict = await startSandbox({ apps: [registration('demo')], requireDpop: true });
  try {
    const app = await testApp(strict);
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const request = app.authorizationRequest();
    const { redirect } = await app.authorize(request);
    const code = redirect.searchParams.get('code');
    const htu = app.server.token_endpoint;
    const refused = await app.exchange(request, code, { dpop: dpopProof(key, { htm: 'POST', htu }) });
    assert.equal((await refused.json()).error, 'use_dpop_nonce');
    const nonce = refused.headers.get('dpop-nonce');
    const tokens = await (await app.exchange(request, code, { dpop: dpopProof(key, { htm: 'POST', htu, nonce }) })).json();
    assert.equal(tokens.token_type, 'DPoP');

    const url = `${strict.fhirBaseUrl}/Condition`;
    const ath = createHash('sha256').update(tokens.access_token).digest('base64url');
    const getWithNonce = (nonce) =>
      fetch(url, {
        headers: {
          authorization: `DPoP ${tokens.access_token}`,
          dpop: dpopProof(key, { htm: 'GET', htu: url, ath, ...(nonce && { nonce }) }),
        },
      });
    const first = await getWithNonce(nonce);
    assert.equal(first.status, 401, 'the nonce of the token endpoint is not one of the API');
    assert.match(first.headers.get('www-authenticate'), /^DPoP .*error="use_dpop_nonce"/);
    const withApiNonce = await getWithNonce(first.headers.get('dpop-nonce'));
    assert.equal(withApiNonce.status, 200);
    assert.ok(withApiNonce.headers.get('dpop-nonce'));
  } finally {
    await strict.close();
  }
});

describe('CORS', () => {
  test('opens the token endpoint to the registered origin and to no other', async () => {
    const request = app.authorizationRequest();
    const { redirect } = await app.authorize(request);
    const foreign = await app.exchange(request, redirect.searchParams.get('code'), { origin: 'https://evil.example' });
    assert.equal(foreign.status, 400);
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
    const own = await app.exchange(request, redirect.searchParams.get('code'), { origin: APP_ORIGIN });
    assert.equal(own.status, 200);
    assert.equal(own.headers.get('access-control-allow-origin'), APP_ORIGIN);
  });

  test('opens discovery and the FHIR API to every origin', async () => {
    for (const path of ['.well-known/smart-configuration', 'metadata', 'Patient']) {
      const response = await fetch(`${sandbox.fhirBaseUrl}/${path}`, { headers: { origin: 'https://any.example' } });
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
    }
    const preflight = await fetch(`${sandbox.fhirBaseUrl}/Observation`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://any.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get('access-control-allow-headers'), /Authorization, Content-Type/);
    const exposed = (await fetch(`${sandbox.fhirBaseUrl}/Patient`)).headers.get('access-control-expose-headers');
    for (const header of ['Location', 'ETag', 'WWW-Authenticate']) assert.ok(exposed.includes(header));
  });
});
