// Signed authorization responses (JARM) of confidential clients.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { createConfidentialClient } from 'smart-launch/confidential';
import { CLIENT_SECRET } from './authenticating.mjs';
import { allow, REDIRECT_URI, SECRET, startEhr } from './ehr.mjs';
import { keyFor, signed } from './signer.mjs';
import { callbackOf, parametersOf } from './sign-in.mjs';

/**
 * A server, a client that requests signed responses, and its sign-in.
 *
 * @param {import('node:test').TestContext} test
 * @param {object} [options]
 */
async function begun(test, options = {}) {
  const ehr = await startEhr(test);
  const client = createConfidentialClient(
    /** @type {import('smart-launch/confidential').ConfidentialClientOptions} */ (
      ehr.options({ clientAuth: { secret: CLIENT_SECRET }, responseMode: 'jwt', ...options })
    ),
  );
  const request = await client.authorize({ navigate: false });
  const parameters = parametersOf(request);
  allow(parameters);
  /** @param {object} [changes] @param {import('./ehr.mjs').SigningKey} [key] */
  const response = (changes = {}, key = keyFor()) => {
    const exp = Math.floor(Date.now() / 1_000) + 60;
    const claims = { iss: ehr.origin, aud: 'growth-chart', exp, code: `${SECRET}-code`, state: parameters.state, ...changes };
    return signed({ alg: key.algorithm, kid: key.kid }, claims, key);
  };
  return { ehr, client, request, parameters, response };
}

/** @param {string} token */
const inQuery = (token) => `${REDIRECT_URI}?response=${token}`;

test('signed response is verified with the server’s keys and signs in', async (t) => {
  for (const algorithm of ['RS256', 'ES384', 'EdDSA']) {
    const { ehr, client, parameters, response } = await begun(t);
    const key = keyFor(algorithm);
    ehr.publish(key.jwk);
    assert.equal(parameters.response_mode, 'jwt');
    const session = await client.ready({ callback: inQuery(response({}, key)) });
    assert.equal(session?.patient, 'zoe');
    const [{ fields }] = ehr.askedFor('/token');
    assert.equal(fields.get('code'), `${SECRET}-code`);
  }
});

test('signed response in the fragment, in a form and as a query alone', async (t) => {
  /** @type {[string, (token: string) => import('smart-launch').ReadyOptions['callback']][]} */
  const ways = [
    ['fragment.jwt', (token) => `${REDIRECT_URI}#response=${token}`],
    ['form_post.jwt', (token) => ({ url: REDIRECT_URI, body: `response=${token}` })],
    ['form_post.jwt', (token) => ({ body: new URLSearchParams({ response: token }) })],
    ['query.jwt', (token) => new URLSearchParams({ response: token })],
    ['query.jwt', (token) => new Request(inQuery(token))],
  ];
  for (const [responseMode, callback] of ways) {
    const { client, response } = await begun(t, { responseMode });
    assert.ok(await client.ready({ callback: callback(response()) }), responseMode);
  }
});

test('refused responses leave the sign-in pending, and the right one completes it', async (t) => {
  const { ehr, client, request, response } = await begun(t);
  const forger = keyFor('RS256', 'of somebody else');
  const forged = { ...forger, kid: keyFor().kid };
  const [head, body] = response().split('.');
  /** @type {[string, string][]} */
  const refused = [
    [inQuery(response({}, forged)), 'callback_malformed'],
    [inQuery(response({ code: undefined, error: 'access_denied' }, forged)), 'callback_malformed'],
    [inQuery(response({ iss: 'https://other.example' })), 'iss_mismatch'],
    [inQuery(response({ iss: undefined })), 'iss_missing'],
    [inQuery(response({ aud: 'another-app' })), 'callback_malformed'],
    [inQuery(response({ exp: 1 })), 'callback_malformed'],
    [inQuery(`${head}.${body}.`), 'callback_malformed'],
    [inQuery('e30.AA.AA.AA.AA'), 'callback_malformed'],
    [inQuery(response({ state: 'x'.repeat(43) })), 'state_unknown'],
    [callbackOf(request), 'callback_wrong_mode'],
    [callbackOf(request, { code: '', error: 'access_denied' }).replace('code=&', ''), 'callback_wrong_mode'],
    [`${REDIRECT_URI}#response=${response()}`, 'callback_wrong_mode'],
  ];
  for (const [callback, code] of refused) {
    await assert.rejects(client.ready({ callback }), { code }, callback);
  }
  assert.equal(ehr.askedFor('/token').length, 0);
  assert.ok(await client.ready({ callback: inQuery(response()) }));
});

test('signed error is the server’s refusal', async (t) => {
  const { client, response } = await begun(t);
  const callback = inQuery(response({ code: undefined, error: 'access_denied', error_description: 'No.' }));
  await assert.rejects(client.ready({ callback }), { code: 'authorization_refused', oauth: { error: 'access_denied', description: 'No.' } });
});

test('if the keys cannot be fetched, the call rejects with that error, and the response can be used again', async (t) => {
  const { ehr, client, response } = await begun(t);
  ehr.answer('/jwks', { status: 503 }, { status: 503 }, { json: { keys: [keyFor().jwk] } });
  const callback = inQuery(response());
  await assert.rejects(client.ready({ callback }), { code: 'http_status', purpose: 'jwks' });
  assert.ok(await client.ready({ callback }));
});

test('public clients have no signed responses', async (t) => {
  const ehr = await startEhr(t);
  const options = /** @type {import('smart-launch').SmartClientOptions} */ (ehr.options({ responseMode: 'jwt' }));
  await assert.rejects(createSmartClient(options).authorize({ navigate: false }), { code: 'config_invalid' });
});
