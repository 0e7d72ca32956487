// InterSystems IRIS, as its public documentation describes it.

import assert from 'node:assert/strict';
import { createTokenRequest } from 'smart-launch/confidential';
import { assertionOf, CLIENT_SECRET, pemOf } from '../authenticating.mjs';
import { required } from '../required.mjs';
import { encode, keyFor, signed } from '../signer.mjs';

const ISSUER = 'https://iris.mock/oauth2';
const AUTHORIZE = `${ISSUER}/authorize`;
const TOKEN = `${ISSUER}/token`;
const USERINFO = `${ISSUER}/userinfo`;
const INTROSPECTION = `${ISSUER}/introspection`;
const REVOCATION = `${ISSUER}/revocation`;
const KEYS = `${ISSUER}/jwks`;
const OPENID = `${ISSUER}/.well-known/openid-configuration`;
const ENDPOINTS = { authorizationEndpoint: AUTHORIZE, tokenEndpoint: TOKEN, introspectionEndpoint: INTROSPECTION };

/** @param {string} error @param {string} error_description */
const errorResponse = (error, error_description) => ({ status: 400, json: { error, error_description } });
const JWT = { 'content-type': 'application/jwt' };
const clientRefused = { status: 401, json: { error: 'invalid_client', error_description: 'Client authentication failed' } };
/** @param {object} part */
const encodePart = (part) => encode(JSON.stringify(part));
const UNSIGNED_JWT = `${encodePart({ alg: 'none' })}.${encodePart({ iss: ISSUER, sub: 'amara', aud: 'growth-chart' })}.`;
/** An encrypted JWT has five parts; the app has no key for it. */
const ENCRYPTED_JWT = `${encodePart({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a2V5.aXY.dGV4dA.dGFn`;

/** @param {import('./server.mjs').Play} play */
const signInAndReadUserInfo = ({ signIn, client }) => signIn().then(() => client.userInfo());

/**
 * Signs in at a server that signs its UserInfo responses, and reads such a response.
 *
 * @param {import('./server.mjs').Play} play
 */
async function signInAndReadSignedUserInfo(play) {
  const { answer, mock } = play;
  const key = keyFor();
  const claims = { iss: mock.claims.iss, aud: 'growth-chart', sub: 'amara', name: 'Amara Okafor' };
  const body = signed({ alg: key.algorithm, kid: key.kid }, claims, key);
  answer(`${mock.settings?.issuer}/userinfo`, { headers: JWT, body });
  return signInAndReadUserInfo(play);
}

/** A site may require additional members in the header of the assertion. */
const BY_KEY = {
  /** @type {import('./server.mjs').MockServer['authenticates']} */
  authenticates: (request) => assertionOf(request)?.header.x5t === THUMBPRINT,
};
const THUMBPRINT = 'cGVyaGFwcyBhIHRodW1icHJpbnQ';
const keyAuth = { key: pemOf('RS384'), keyId: 'k', header: { x5t: THUMBPRINT } };
const secretAuth = { secret: CLIENT_SECRET, method: /** @type {const} */ ('client_secret_post') };
/** @type {import('./server.mjs').MockServer['authenticates']} */
const bySecret = ({ fields }) => fields.get('client_secret') === CLIENT_SECRET;
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** @type {import('./server.mjs').MockServer} */
export const IRIS = {
  name: 'InterSystems IRIS',
  fhirBaseUrl: 'https://iris.mock/csp/healthshare/demo/fhir/r4',
  authorizationEndpoint: AUTHORIZE,
  tokenEndpoint: TOKEN,
  jwksUri: KEYS,
  documents: {
    [OPENID]: {
      issuer: ISSUER,
      authorization_endpoint: AUTHORIZE,
      token_endpoint: TOKEN,
      userinfo_endpoint: USERINFO,
      revocation_endpoint: REVOCATION,
      introspection_endpoint: INTROSPECTION,
      jwks_uri: KEYS,
      scopes_supported: ['openid', 'fhirUser', 'launch/patient', 'user/*.read', 'offline_access'],
      response_modes_supported: ['query', 'fragment', 'form_post'],
    },
  },
  responses: {
    [REVOCATION]: clientRefused,
    [INTROSPECTION]: clientRefused,
    [USERINFO]: { json: { sub: 'amara', name: 'Amara Okafor' } },
  },
  settings: { issuer: ISSUER, endpoints: ENDPOINTS },
  scope: 'openid fhirUser launch/patient user/*.read',
  claims: { iss: ISSUER, fhirUser: 'https://iris.mock/csp/healthshare/demo/fhir/r4/Practitioner/amara' },
  tokens: {
    token_type: 'bearer',
    expires_in: 3600,
    scope: 'fhirUser launch/patient openid user/*.read',
    patient: 'zoe',
  },
  scopes: ['openid', 'fhirUser', 'launch/patient', 'user/*.read', 'offline_access'],
  refusals: {
    aud: { error: 'invalid_request', error_description: 'Audience required' },
    'refresh token': errorResponse('invalid_grant', 'Invalid refresh token'),
  },

  scenarios: [
    {
      title: 'all endpoints configured, at fixed paths: only the keys are discovered',
      sent: {
        [AUTHORIZE]: { aud: 'https://iris.mock/csp/healthshare/demo/fhir/r4' },
        [TOKEN]: { grant_type: 'authorization_code' },
      },
      session: {
        patient: 'zoe',
        issuer: ISSUER,
        fhirUser: 'https://iris.mock/csp/healthshare/demo/fhir/r4/Practitioner/amara',
      },
      check: ({ requestsTo, mock }) => {
        assert.equal(requestsTo(`${mock.fhirBaseUrl}/.well-known/smart-configuration`).length, 0);
        assert.equal(requestsTo(`${mock.settings?.issuer}/.well-known/openid-configuration`).length, 1);
        assert.equal(requestsTo(mock.jwksUri).length, 1);
      },
    },
    {
      title: 'discovery from the issuer: no smart-configuration, and an app without `endpoints`',
      server: { documents: { [OPENID]: { code_challenge_methods_supported: ['S256'] } } },
      options: { endpoints: undefined },
      session: { patient: 'zoe', issuer: ISSUER },
      // An OpenID configuration has no members of SMART.
      warnings: ['discovery_member_missing'],
      sent: { [AUTHORIZE]: { aud: 'https://iris.mock/csp/healthshare/demo/fhir/r4' } },
      check: ({ requestsTo, mock }) => {
        assert.equal(requestsTo(`${mock.fhirBaseUrl}/.well-known/smart-configuration`).length, 1);
        assert.equal(requestsTo(`${mock.settings?.issuer}/.well-known/openid-configuration`).length, 1);
      },
    },
    {
      title: 'discovery from the issuer: a document that does not list S256',
      options: { endpoints: undefined },
      error: { code: 'pkce_unsupported', hint: /`acceptServerWithoutS256`/ },
      check: ({ visits }) => assert.equal(visits.length, 0),
    },
    {
      title: 'no smart-configuration: an app without `issuer` and `endpoints` gets a hint',
      options: { endpoints: undefined, issuer: undefined },
      error: { code: 'http_status', status: 404, hint: /give `issuer` or `endpoints` to a server without smart-conf/ },
      check: ({ requestsTo, mock, visits }) => {
        assert.equal(requestsTo(`${mock.fhirBaseUrl}/.well-known/smart-configuration`).length, 1);
        assert.equal(visits.length, 0);
      },
    },
    {
      title: 'client auth: none',
      sent: { [TOKEN]: { client_id: 'growth-chart', client_secret: undefined, client_assertion: undefined } },
      check: ({ requestsTo, mock }) => assert.equal(required(requestsTo(mock.tokenEndpoint)[0]).headers.authorization, undefined),
    },
    ...['query', 'fragment', 'form_post'].map((responseMode) => ({
      title: `response_mode ${responseMode}`,
      options: { responseMode },
      sent: { [AUTHORIZE]: { response_mode: responseMode }, [TOKEN]: { code: 'canary-code-1' } },
      session: { patient: 'zoe' },
    })),
    {
      title: 'arbitrary extra authorization params: a value may be a JSON object',
      options: { authorizationParams: { claims: { id_token: { auth_time: { essential: true } } }, ui_locales: 'en' } },
      sent: { [AUTHORIZE]: { claims: '{"id_token":{"auth_time":{"essential":true}}}', ui_locales: 'en' } },
      session: { patient: 'zoe' },
    },
    {
      title: 'an ADFS behind the server requires `resource=urn:microsoft:userinfo`',
      options: { authorizationParams: { resource: 'urn:microsoft:userinfo' } },
      sent: { [AUTHORIZE]: { resource: 'urn:microsoft:userinfo' } },
      session: { patient: 'zoe' },
    },
    {
      title: 'PKCE: verifier of 43 characters',
      sent: { [AUTHORIZE]: { code_challenge_method: 'S256' } },
      check: ({ requestsTo, mock }) =>
        assert.equal(requestsTo(mock.tokenEndpoint)[0]?.fields.get('code_verifier')?.length, 43),
    },
    {
      title: '"Audience required": another `aud` than the FHIR base',
      options: { aud: 'https://iris.mock/elsewhere' },
      error: {
        code: 'authorization_refused',
        oauth: { error: 'invalid_request', description: 'Audience required' },
        hint: /compare `fhirBaseUrl` and `aud`/,
      },
      sent: { [AUTHORIZE]: { aud: 'https://iris.mock/elsewhere' } },
    },
    {
      title: 'unsupported scopes are rejected',
      server: { refusals: { scope: { error: 'invalid_scope', error_description: 'Scope not supported' } } },
      options: { scope: 'openid fhirUser launch/patient user/*.cruds' },
      error: {
        code: 'authorization_refused',
        oauth: { error: 'invalid_scope', description: 'Scope not supported' },
        hint: /for `invalid_scope` request fewer scopes/,
      },
      sent: { [AUTHORIZE]: { scope: 'openid fhirUser launch/patient user/*.cruds' } },
    },
    {
      title: 'unsupported scopes are ignored',
      options: { scope: 'openid fhirUser launch/patient user/*.read user/*.write' },
      session: { scopesNotGranted: ['user/*.write'] },
      warnings: ['scope_not_granted'],
      sent: { [AUTHORIZE]: { scope: 'openid fhirUser launch/patient user/*.read user/*.write' } },
    },
    {
      title: 'public clients may not refresh: no refresh token',
      server: { refreshTokens: false },
      run: async ({ signIn, client, advanceClock }) => {
        await signIn();
        advanceClock(3_601);
        return client.getAccessToken();
      },
      error: { code: 'session_expired', hint: /authorize\(\) to sign in again/ },
      check: ({ requestsTo, mock }) => assert.equal(requestsTo(mock.tokenEndpoint).length, 1),
    },
    {
      title: 'public clients may not refresh: refused, and the access token is used until it expires',
      server: { refusals: { refreshing: errorResponse('unauthorized_client', 'Refresh not allowed') } },
      run: ({ signIn, client }) => signIn().then(() => client.refresh()),
      error: {
        code: 'token_refused',
        oauth: { error: 'unauthorized_client', description: 'Refresh not allowed' },
        hint: /See `oauth` for the reason/,
      },
      sent: { [TOKEN]: { grant_type: 'refresh_token' } },
      check: async ({ client }) => assert.equal((await client.fetch('Patient/zoe')).status, 200),
    },
    {
      title: 'code expires after 60 s',
      run: ({ returnAfter }) => returnAfter(61),
      error: { code: 'token_refused', oauth: { error: 'invalid_grant' }, hint: /A code is valid for about a minute/ },
      sent: { [TOKEN]: { code: 'canary-code-1' } },
    },
    {
      title: 'refresh token expires after 24 h',
      server: { refusals: { refreshing: errorResponse('invalid_grant', 'Refresh token has expired') } },
      run: async ({ signIn, client, advanceClock }) => {
        await signIn();
        advanceClock(86_401);
        return client.getAccessToken();
      },
      error: {
        code: 'refresh_rejected',
        oauth: { error: 'invalid_grant', description: 'Refresh token has expired' },
        hint: /authorize\(\) to sign in again/,
      },
      sent: { [TOKEN]: { refresh_token: 'canary-refresh-1' } },
      check: ({ client }) => assert.equal(client.getState().status, 'unauthenticated'),
    },
    {
      title: 'access token may be encrypted: it is opaque',
      server: { tokens: { access_token: ENCRYPTED_JWT }, claims: { at_hash: undefined } },
      run: ({ signIn, client }) => signIn().then(() => client.fetch('Patient/zoe')),
      check: ({ requestsTo, mock }) =>
        assert.equal(requestsTo(`${mock.fhirBaseUrl}/Patient/zoe`)[0]?.headers.authorization, `Bearer ${ENCRYPTED_JWT}`),
    },
    {
      title: 'unsigned JWTs exist: an ID token with `alg` none is refused',
      server: { tokens: { id_token: UNSIGNED_JWT } },
      error: { code: 'id_token_invalid', message: /`header` of the ID token/, hint: /[Tt]ell the server's operator/ },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
      check: ({ requestsTo, mock }) => assert.equal(requestsTo(mock.jwksUri).length, 0),
    },
    {
      title: 'encrypted ID tokens exist: refused, because an app has no key',
      server: { tokens: { id_token: ENCRYPTED_JWT } },
      error: { code: 'id_token_invalid', message: /`header` of the ID token/, hint: /[Tt]ell the server's operator/ },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: 'access token is compared with `at_hash`',
      server: { claims: { at_hash: 'bm90IHRoaXMgYWNjZXNzIHRva2Vu' } },
      error: { code: 'id_token_invalid', message: /`at_hash` of the ID token/, hint: /The message names the claim/ },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: 'userinfo as JSON; its URL is in the OpenID configuration',
      run: signInAndReadUserInfo,
      check: ({ requestsTo, mock }, claims) => {
        assert.deepEqual(claims, { sub: 'amara', name: 'Amara Okafor' });
        const { method, headers } = required(requestsTo(`${mock.settings?.issuer}/userinfo`)[0]);
        assert.deepEqual([method, headers.authorization], ['GET', 'Bearer canary-access-1']);
      },
    },
    {
      title: 'userinfo as a JWT, verified with keys at the app\'s `jwksUri`',
      options: { endpoints: { ...ENDPOINTS, jwksUri: KEYS } },
      run: signInAndReadSignedUserInfo,
      check: ({ requestsTo, mock }, { name }) => {
        assert.equal(name, 'Amara Okafor');
        assert.equal(requestsTo(`${mock.settings?.issuer}/userinfo`)[0]?.headers.authorization, 'Bearer canary-access-1');
      },
    },
    {
      title: 'userinfo as a JWT, with `jwks_uri` only in the OpenID configuration, which is read once',
      run: signInAndReadSignedUserInfo,
      check: ({ requestsTo, mock }, { name }) => {
        assert.equal(name, 'Amara Okafor');
        assert.equal(requestsTo(`${mock.settings?.issuer}/.well-known/openid-configuration`).length, 1);
      },
    },
    {
      title: 'userinfo as an encrypted JWT: refused, because an app has no key',
      server: { responses: { [USERINFO]: { json: undefined, headers: JWT, body: ENCRYPTED_JWT } } },
      run: signInAndReadUserInfo,
      error: { code: 'userinfo_invalid', message: /`header` of the UserInfo/, hint: /Do not use it/ },
      sent: { [USERINFO]: {} },
    },
    {
      title: 'userinfo: `sub` must equal that of the ID token',
      server: { responses: { [USERINFO]: { json: { sub: 'somebody' } } } },
      run: signInAndReadUserInfo,
      error: { code: 'userinfo_invalid', message: /`sub` of the UserInfo/, hint: /Do not use it/ },
      sent: { [USERINFO]: {} },
    },
    {
      title: 'access token is sent in the header, not in the URL',
      run: ({ signIn, client }) => signIn().then(() => client.fetch('Patient/zoe')),
      check: ({ requestsTo, mock }) => {
        const { headers, query } = required(requestsTo(`${mock.fhirBaseUrl}/Patient/zoe`)[0]);
        assert.equal(headers.authorization, 'Bearer canary-access-1');
        assert.equal(query.get('access_token'), null);
      },
    },
    {
      title: 'revocation is impossible without a secret: signed out locally',
      options: { endpoints: { ...ENDPOINTS, revocationEndpoint: REVOCATION } },
      run: ({ signIn, client }) => signIn().then(() => client.logout()),
      sent: { [REVOCATION]: { client_id: 'growth-chart', token_type_hint: 'access_token' } },
      check: ({ client }, { revoked, error }) => {
        assert.deepEqual([revoked, error?.code, error?.status], [false, 'logout_remote_failed', 401]);
        assert.match(required(error).hint, /session has ended here/);
        assert.equal(client.getState().status, 'unauthenticated');
      },
    },
    {
      title: 'introspection is impossible without a secret',
      run: ({ signIn, client }) => signIn().then(() => client.introspect({ authorizedBy: 'client_id' })),
      error: {
        code: 'token_refused',
        status: 401,
        oauth: { error: 'invalid_client', description: 'Client authentication failed' },
        hint: /See `oauth` for the reason/,
      },
      sent: { [INTROSPECTION]: { client_id: 'growth-chart' } },
    },
    {
      title: 'front-channel logout with `iss` and `sid`',
      server: { claims: { sid: 'a session' } },
      run: async ({ signIn, client, mock }) => {
        await signIn();
        const { iss } = mock.claims;
        /** @param {string} sid */
        const logOut = (sid) =>
          client.frontChannelLogout(`https://app.example/bye?${new URLSearchParams({ iss: String(iss), sid })}`);
        return [await logOut('another'), await logOut('a session')];
      },
      check: ({ client }, results) => {
        assert.deepEqual(results, [false, true]);
        assert.equal(client.getState().status, 'unauthenticated');
      },
    },
    {
      title: 'keys rotate: they are fetched again once',
      run: async ({ signIn, mock }) => {
        await signIn();
        mock.key = 'new';
        return signIn();
      },
      session: { patient: 'zoe' },
      check: ({ requestsTo, mock }) => assert.equal(requestsTo(mock.jwksUri).length, 2),
    },
    {
      title: 'the user cancels: `access_denied` with `error_uri`',
      server: {
        refusals: {
          consent: {
            error: 'access_denied',
            error_description: 'User cancelled',
            error_uri: 'https://iris.mock/help?e=1',
          },
        },
      },
      error: {
        code: 'authorization_refused',
        oauth: { error: 'access_denied', description: 'User cancelled', uri: 'https://iris.mock/help?e=1' },
        hint: /let the user try again/,
      },
      sent: { [AUTHORIZE]: { response_type: 'code' } },
    },
    {
      title: 'a customized server adds members: `roles` with commas, names with slashes, lists of objects: kept unchanged',
      server: {
        tokens: {
          roles: '%DB_CODE,%Manager,createModify,publish',
          'MyCustomNamespace/MyCustomClaim': 'a value',
          claims: [{ claimType: 'department', claimValue: 'cardiology' }],
        },
        claims: { 'MyCustomNamespace/MyCustomClaim': 'a value' },
      },
      session: { patient: 'zoe' },
      check: ({ client, mock, requestsTo }) => {
        const { idToken, ...session } = required(client.getState().session);
        /** @type {Record<string, unknown>} */
        const tokenResponse = session.tokenResponse;
        for (const name of ['roles', 'MyCustomNamespace/MyCustomClaim', 'claims']) {
          assert.deepEqual(tokenResponse[name], mock.tokens[name]);
        }
        assert.equal(idToken?.['MyCustomNamespace/MyCustomClaim'], 'a value');
        assert.equal(requestsTo(mock.tokenEndpoint).length, 1);
      },
    },
    {
      title: 'scopes are returned sorted, and `token_type` is `bearer`: no scope is missing',
      sent: { [AUTHORIZE]: { scope: 'openid fhirUser launch/patient user/*.read' } },
      session: { scopes: ['fhirUser', 'launch/patient', 'openid', 'user/*.read'], scopesNotGranted: [] },
    },
    {
      title: 'confidential app: additional members in the header of the assertion, set with `header`',
      server: BY_KEY,
      options: { clientAuth: keyAuth },
      run: ({ signIn, client }) => signIn().then(() => client.refresh()),
      session: { patient: 'zoe' },
      sent: { [TOKEN]: { grant_type: 'refresh_token', client_id: undefined } },
    },
    {
      title: 'back end: client credentials with a secret',
      server: { authenticates: bySecret },
      run: ({ backend }) => backend(secretAuth, 'system/*.read').request('Patient/zoe'),
      sent: { [TOKEN]: { grant_type: 'client_credentials', scope: 'system/*.read' } },
      check: (_, patient) => assert.equal(Reflect.get(patient, 'id'), 'zoe'),
    },
    {
      title: 'JWT bearer grant: a token for the assertion of another system',
      server: { authenticates: bySecret },
      run: ({ send, mock }) =>
        send(
          createTokenRequest({
            tokenEndpoint: mock.tokenEndpoint,
            clientId: 'growth-chart',
            clientAuth: secretAuth,
            grantType: JWT_BEARER,
            params: { assertion: 'a.b.c', scope: 'user/*.read' },
            allowInsecureLoopback: true,
          }),
        ),
      sent: { [TOKEN]: { grant_type: JWT_BEARER, assertion: 'a.b.c', scope: 'user/*.read' } },
    },
  ],
};
