// The building blocks from the launch to the authorization code. Each makes or reads one message.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createAuthorizationRequest,
  createPkcePair,
  createState,
  parseLaunch,
  readAuthorizationResponse,
  readSmartConfiguration,
  smartConfigurationUrl,
} from 'smart-launch';

test('createPkcePair: returns a verifier of 256 bits and its S256 challenge', async () => {
  const { codeVerifier, codeChallenge, codeChallengeMethod } = await createPkcePair();
  assert.match(codeVerifier, /^[\w-]{43}$/);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier));
  assert.equal(codeChallenge, Buffer.from(digest).toString('base64url'));
  assert.equal(codeChallengeMethod, 'S256');
  assert.notEqual((await createPkcePair()).codeVerifier, codeVerifier);
});

test('createState: returns 256 bits that are different each time', async () => {
  const states = await Promise.all(Array.from({ length: 100 }, createState));
  assert.equal(new Set(states).size, 100);
  assert.ok(states.every((state) => /^[\w-]{43}$/.test(state)));
});

test('parseLaunch: returns iss and launch, or null if one is missing; refuses repeated and invalid values', async () => {
  const url = 'https://app.example/launch?iss=https%3A%2F%2Fehr.example%2Ffhir&launch=xyz123';
  assert.deepEqual(await parseLaunch(url), { iss: 'https://ehr.example/fhir', launch: 'xyz123' });
  assert.deepEqual(await parseLaunch(new URL(url)), { iss: 'https://ehr.example/fhir', launch: 'xyz123' });
  assert.equal(await parseLaunch('https://app.example/?iss=https%3A%2F%2Fehr.example'), null);
  await assert.rejects(parseLaunch(`${url}&launch=again`), { code: 'callback_duplicate_param' });
  await assert.rejects(parseLaunch('https://app.example/?iss=javascript%3Aalert&launch=x'), {
    code: 'endpoint_scheme',
  });
  await assert.rejects(parseLaunch('https://app.example/?iss=https%3A%2F%2Fehr.example&launch='), {
    code: 'launch_invalid',
  });
});

test('smartConfigurationUrl: appends the path to the base URL with exactly one slash', async () => {
  const expected = 'https://ehr.example/r4/fhir/.well-known/smart-configuration';
  assert.equal(await smartConfigurationUrl('https://ehr.example/r4/fhir'), expected);
  assert.equal(await smartConfigurationUrl('https://ehr.example/r4/fhir/'), expected);
  assert.equal(await smartConfigurationUrl(new URL('https://ehr.example/r4/fhir')), expected);
  await assert.rejects(smartConfigurationUrl('ftp://ehr.example'), { code: 'endpoint_scheme' });
});

test('readSmartConfiguration: returns absolute endpoints, capabilities, warnings and the document', async () => {
  const document = {
    token_endpoint: '/token',
    capabilities: ['launch-ehr'],
    code_challenge_methods_supported: ['S256'],
  };
  const metadata = await readSmartConfiguration({
    fhirBaseUrl: 'https://ehr.example/fhir',
    body: JSON.stringify(document),
  });
  assert.equal(metadata.fhirBaseUrl, 'https://ehr.example/fhir');
  assert.equal(metadata.tokenEndpoint, 'https://ehr.example/token');
  assert.equal(metadata.authorizationEndpoint, null);
  assert.deepEqual(metadata.capabilities, ['launch-ehr']);
  assert.deepEqual(metadata.configuration, document);
  assert.ok(metadata.warnings.some(({ code }) => code === 'discovery_relative_url'));
  const read = (body) => readSmartConfiguration({ fhirBaseUrl: 'https://ehr.example/fhir', body });
  await assert.rejects(read('{"token_endpoint":"https://a.example","token_endpoint":"https://b.example"}'), {
    code: 'json_invalid',
  });
  await assert.rejects(read('{}'), { code: 'discovery_invalid', message: /token_endpoint/ });
  await assert.rejects(read('{"token_endpoint":"http://ehr.example/token"}'), { code: 'endpoint_scheme' });
});

const REQUEST = {
  authorizationEndpoint: 'https://ehr.example/authorize?tenant=7',
  clientId: 'app',
  redirectUri: 'https://app.example/back',
  scope: 'launch/patient patient/*.rs',
  aud: 'https://ehr.example/fhir',
};

test('createAuthorizationRequest: the example of its documentation returns this URL', async () => {
  const pkce = await createPkcePair();
  const state = await createState();
  const request = await createAuthorizationRequest({
    authorizationEndpoint: 'https://ehr.example/authorize',
    clientId: 'app',
    redirectUri: 'https://app.example/back',
    scope: 'launch/patient patient/*.rs',
    aud: 'https://ehr.example/fhir',
    state,
    codeChallenge: pkce.codeChallenge,
  });
  assert.deepEqual(request, {
    method: 'GET',
    url:
      'https://ehr.example/authorize?response_type=code&client_id=app&scope=launch%2Fpatient%20patient%2F*.rs' +
      '&redirect_uri=https%3A%2F%2Fapp.example%2Fback&aud=https%3A%2F%2Fehr.example%2Ffhir' +
      `&state=${state}&code_challenge=${pkce.codeChallenge}&code_challenge_method=S256`,
    state,
  });
});

test('createAuthorizationRequest: accepts POST, launch and nonce; `authorizationParams` cannot set `state`', async () => {
  const input = { ...REQUEST, state: 's', codeChallenge: 'c' };
  const post = await createAuthorizationRequest({
    ...input,
    method: 'POST',
    launch: 'h',
    nonce: 'n',
    responseMode: 'fragment',
  });
  assert.equal(post.action, REQUEST.authorizationEndpoint);
  const { launch, nonce, response_mode } = Object.fromEntries(post.fields);
  assert.deepEqual([launch, nonce, response_mode], ['h', 'n', 'fragment']);
  const requestWithParams = await createAuthorizationRequest({
    ...input,
    authorizationParams: { prompt: 'none', claims: { a: 1 } },
  });
  assert.match(requestWithParams.url, /^https:\/\/ehr\.example\/authorize\?tenant=7&response_type=code&/);
  assert.match(requestWithParams.url, /&prompt=none&claims=%7B%22a%22%3A1%7D$/);
  await assert.rejects(createAuthorizationRequest({ ...input, authorizationParams: { state: 'x' } }), {
    code: 'config_invalid',
  });
  await assert.rejects(createAuthorizationRequest({ ...input, codeChallenge: undefined }), { code: 'config_invalid' });
  await assert.rejects(createAuthorizationRequest({ ...input, launch: '' }), { code: 'launch_invalid' });
});

test('readAuthorizationResponse: returns the code only if the response belongs to the request', async () => {
  const expected = {
    state: 's',
    redirectUri: 'https://app.example/back',
    issuer: 'https://ehr.example',
    issRequired: true,
  };
  const callback = 'https://app.example/back?code=a%2Fb&state=s&iss=https%3A%2F%2Fehr.example';
  assert.deepEqual(await readAuthorizationResponse({ callback, ...expected }), { code: 'a/b' });
  assert.deepEqual(await readAuthorizationResponse({ callback: new URL(callback), ...expected }), { code: 'a/b' });
  const body = new URLSearchParams({ code: 'c', state: 's', iss: 'https://ehr.example' });
  const posted = { callback: body, ...expected, responseMode: 'form_post' };
  assert.deepEqual(await readAuthorizationResponse(posted), { code: 'c' });
  for (const [changes, code] of [
    [{ state: 'other' }, 'state_unknown'],
    [{ issuer: 'https://evil.example' }, 'iss_mismatch'],
    [{ callback: 'https://app.example/back?code=c&state=s' }, 'iss_missing'],
    [{ callback: callback.replace('/back', '/other') }, 'callback_malformed'],
    [{ callback: `${callback}&code=again` }, 'callback_duplicate_param'],
    [{ responseMode: 'fragment' }, 'callback_wrong_mode'],
    [{ callback: `${callback.replace('code=', 'error=')}` }, 'authorization_refused'],
    [{ callback: callback.replace('code=a%2Fb', 'error=login_required') }, 'interaction_required'],
  ]) {
    await assert.rejects(
      readAuthorizationResponse({ callback, ...expected, ...changes }),
      { code },
      JSON.stringify(changes),
    );
  }
});
