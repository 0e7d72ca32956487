// OpenEMR, as its public source and documentation show it.

import assert from 'node:assert/strict';
import { dangerouslyCreatePasswordTokenRequest } from 'smart-launch/confidential';
import { assertionOf, CLIENT_SECRET, pemOf } from '../authenticating.mjs';
import { required } from '../required.mjs';

const SITE = 'https://openemr.mock/oauth2/default';
const TOKEN = `${SITE}/token`;
const AUTHORIZE = `${SITE}/authorize`;
const LOGOUT = `${SITE}/logout`;
const INTROSPECT = `${SITE}/introspect`;
const BASE = 'https://openemr.mock/apis/default/fhir';
const CONFIGURATION = `${BASE}/.well-known/smart-configuration`;

const MALFORMED = 'The request is missing a required parameter, or is otherwise malformed.';
/** @param {string} [hint] */
const invalidRequest = (hint, status = 400, description = MALFORMED) => ({
  status,
  json: { error: 'invalid_request', error_description: description, hint, message: description },
});

/** Members that the smart-configuration of the oldest releases lacks. */
const OLDEST = {
  issuer: undefined,
  jwks_uri: undefined,
  code_challenge_methods_supported: undefined,
  grant_types_supported: undefined,
};

/** @param {import('smart-launch').IntrospectOptions} [options] */
const signInAndIntrospect =
  (options) =>
  /** @param {import('./server.mjs').Play} play */
  ({ signIn, client }) =>
    signIn().then(() => client.introspect(options));

/**
 * Signs out, and returns from the server.
 *
 * @param {(state: string) => string} returnUrlOf
 * @returns {import('./server.mjs').Scenario['run']}
 */
function signOutAndReturn(returnUrlOf) {
  return async ({ openApp, signIn, client }) => {
    await openApp();
    await signIn();
    const result = await client.logout({ postLogoutRedirectUri: 'https://app.example/bye' });
    await client.completeLogout(returnUrlOf(required(new URL(required(result.logoutUrl)).searchParams.get('state'))));
    return result;
  };
}

/** Assertions must be signed with RS384, and a refresh needs `client_id` as well. */
const BY_KEY = {
  refreshTokens: true,
  /** @type {import('./server.mjs').MockServer['authenticates']} */
  authenticates: (request, { tokenEndpoint }) => {
    const { header, claims } = assertionOf(request) ?? {};
    const { fields } = request;
    const isNamed = fields.get('grant_type') !== 'refresh_token' || fields.get('client_id') === 'growth-chart';
    return header?.alg === 'RS384' && claims.aud === tokenEndpoint && claims.iat !== undefined && isNamed;
  },
};
const keyAuth = { key: pemOf('RS384'), keyId: 'k', sendClientId: true };
/** @param {import('./server.mjs').Play} play */
const signInAndRefresh = ({ signIn, client }) => signIn().then(() => client.refresh());
/** @type {import('./server.mjs').MockServer['authenticates']} */
const bySecret = ({ fields }) => fields.get('client_id') === 'growth-chart' && fields.get('client_secret') === CLIENT_SECRET;

/** @type {import('./server.mjs').MockServer} */
export const OPENEMR = {
  name: 'OpenEMR',
  fhirBaseUrl: 'https://openemr.mock/apis/default/fhir',
  authorizationEndpoint: AUTHORIZE,
  tokenEndpoint: TOKEN,
  jwksUri: `${SITE}/jwk`,
  documents: {
    [CONFIGURATION]: {
      issuer: 'https://openemr.mock/apis/default/fhir',
      jwks_uri: `${SITE}/jwk`,
      authorization_endpoint: AUTHORIZE,
      token_endpoint: TOKEN,
      registration_endpoint: `${SITE}/registration`,
      introspection_endpoint: INTROSPECT,
      // A list in a list, as the server sends it.
      scopes_supported: [['openid', 'fhirUser', 'launch/patient', 'patient/Patient.read', 'patient/Observation.read']],
      response_types_supported: ['code', 'token', 'id_token', 'code token', 'code id_token'],
      capabilities: [
        'launch-ehr',
        'launch-standalone',
        'client-public',
        'context-banner',
        'sso-openid-connect',
        'permission-patient',
      ],
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: ['client_credentials', 'authorization_code'],
    },
    [`${SITE}/.well-known/openid-configuration`]: {
      issuer: SITE,
      authorization_endpoint: AUTHORIZE,
      token_endpoint: TOKEN,
      jwks_uri: `${SITE}/jwk`,
      userinfo_endpoint: `${SITE}/userinfo`,
      end_session_endpoint: LOGOUT,
      introspection_endpoint: INTROSPECT,
    },
  },
  settings: { issuer: SITE, metadataIssuer: BASE },
  // `scopes_supported` is a list in a list.
  warnings: ['discovery_member_invalid'],
  scope: 'openid fhirUser launch/patient patient/Patient.read patient/Observation.read',
  // Public apps get no refresh token.
  refreshTokens: false,
  claims: { iss: SITE, fhirUser: 'https://openemr.mock/apis/default/fhir/Patient/zoe', at_hash: undefined },
  tokens: {
    token_type: 'Bearer',
    expires_in: 3600,
    patient: 'zoe',
    need_patient_banner: true,
    smart_style_url: 'https://openemr.mock/public/smart-styles/smart-light.json',
  },
  refusals: {
    client: {
      status: 401,
      json: {
        error: 'invalid_client',
        error_description: 'Client authentication failed',
        message: 'Client authentication failed',
      },
    },
    code: invalidRequest('Cannot decrypt the authorization code'),
    'spent code': invalidRequest('Authorization code has been revoked'),
    'expired code': invalidRequest('Authorization code has expired'),
    'refresh token': invalidRequest('Cannot decrypt the refresh token', 401, 'The refresh token is invalid.'),
    'spent refresh token': invalidRequest('Token has been revoked', 401, 'The refresh token is invalid.'),
  },
  header: { kid: undefined },

  scenarios: [
    {
      title: 'endpoints are at `/oauth2/<site>/…`, the FHIR base is elsewhere',
      sent: {
        [AUTHORIZE]: { aud: 'https://openemr.mock/apis/default/fhir' },
        [TOKEN]: { grant_type: 'authorization_code' },
      },
      session: { patient: 'zoe', issuer: SITE, fhirUser: 'https://openemr.mock/apis/default/fhir/Patient/zoe' },
    },
    {
      title: 'supported scopes are a nested list',
      options: { issuer: undefined, metadataIssuer: undefined },
      run: ({ client }) => client.discover(),
      check: ({ requestsTo, mock }, { scopesSupported, configuration }) => {
        assert.equal(requestsTo(`${mock.fhirBaseUrl}/.well-known/smart-configuration`).length, 1);
        assert.deepEqual(scopesSupported, []);
        assert.deepEqual(configuration?.scopes_supported, [mock.scope.split(' ')]);
      },
    },
    {
      title: '`issuer` is the FHIR base, but ID tokens name `/oauth2/<site>`: the sign-in is refused',
      options: { issuer: undefined, metadataIssuer: undefined },
      error: { code: 'id_token_invalid', message: /`iss` of the ID token/, hint: /needs `issuer` and `metadataIssuer`/ },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: '`issuer` is the FHIR base, but ID tokens name `/oauth2/<site>`: refused with `issuer` alone',
      options: { metadataIssuer: undefined },
      error: { code: 'discovery_issuer', hint: /but the smart-configuration another one, set `metadataIssuer`/ },
      check: ({ visits }) => assert.equal(visits.length, 0),
    },
    {
      title: '`issuer` is the FHIR base, but ID tokens name `/oauth2/<site>`: with both options set',
      session: { issuer: SITE },
      check: ({ requestsTo, mock, client }) => {
        assert.equal(client.getState().session?.idToken?.iss, mock.claims.iss);
        assert.equal(requestsTo(mock.jwksUri).length, 1);
      },
    },
    {
      title: 'older releases state neither `issuer` nor `jwks_uri`: those of the option `issuer` are used',
      server: { documents: { [CONFIGURATION]: { issuer: undefined, jwks_uri: undefined } } },
      session: { issuer: SITE },
      // These releases list `sso-openid-connect` without an issuer.
      warnings: ['discovery_member_invalid', 'discovery_member_missing'],
      check: ({ requestsTo, mock }) => assert.equal(requestsTo(mock.jwksUri).length, 1),
    },
    {
      title: 'the oldest releases do not list S256',
      server: { documents: { [CONFIGURATION]: OLDEST } },
      error: { code: 'pkce_unsupported', hint: /`acceptServerWithoutS256`/ },
      check: ({ visits }) => assert.equal(visits.length, 0),
    },
    {
      title: 'the oldest releases do not list S256: it is sent anyway with `acceptServerWithoutS256`',
      server: { documents: { [CONFIGURATION]: OLDEST } },
      options: { acceptServerWithoutS256: true },
      sent: { [AUTHORIZE]: { code_challenge_method: 'S256' } },
      session: { patient: 'zoe' },
      warnings: ['discovery_member_invalid', 'discovery_member_missing', 'pkce_not_advertised'],
    },
    {
      title: 'public apps: only `client_id`, no secret',
      sent: { [TOKEN]: { client_id: 'growth-chart', client_secret: undefined, client_assertion: undefined } },
      check: ({ requestsTo, mock }) => assert.equal(required(requestsTo(mock.tokenEndpoint)[0]).headers.authorization, undefined),
    },
    {
      title: 'public apps get no refresh token for any scope: the session ends with the access token',
      options: { scope: 'openid fhirUser launch/patient patient/Patient.read offline_access' },
      server: { tokens: { scope: 'openid fhirUser launch/patient patient/Patient.read' } },
      run: async ({ signIn, client, advanceClock }) => {
        const { refreshable, scopesNotGranted } = required(await signIn());
        assert.deepEqual([refreshable, scopesNotGranted], [false, ['offline_access']]);
        advanceClock(3_601);
        return client.fetch('Patient/zoe');
      },
      error: { code: 'session_expired', hint: /authorize\(\) to sign in again/ },
      sent: { [AUTHORIZE]: { scope: 'openid fhirUser launch/patient patient/Patient.read offline_access' } },
    },
    {
      // The package has no option for parameters of the token request.
      title: '`state` is required in the token request',
      server: { refusals: { state: invalidRequest('Check the `state` parameter') } },
      error: {
        code: 'token_refused',
        status: 400,
        oauth: { error: 'invalid_request', description: MALFORMED, hint: 'Check the `state` parameter' },
        hint: /See `oauth` for the reason/,
      },
      sent: { [TOKEN]: { state: undefined } },
    },
    {
      title: 'scopes with colons and slashes are percent-encoded, and those with a colon are never listed as granted',
      options: { scope: 'openid fhirUser api:fhir site:default launch/patient patient/Patient.read' },
      server: { tokens: { scope: 'openid fhirUser launch/patient patient/Patient.read' } },
      run: async ({ begin, answerTo, client }) => {
        const request = await begin();
        assert.ok(request.method === 'GET');
        assert.match(request.url, /api%3Afhir(\+|%20)site%3Adefault(\+|%20)launch%2Fpatient/);
        return client.ready({ callback: answerTo(request) });
      },
      session: { scopesNotGranted: ['api:fhir', 'site:default'] },
      warnings: ['discovery_member_invalid', 'scope_not_granted'],
      sent: { [AUTHORIZE]: { scope: 'openid fhirUser api:fhir site:default launch/patient patient/Patient.read' } },
    },
    {
      title: 'code is valid for 60 s',
      run: ({ returnAfter }) => returnAfter(61),
      error: {
        code: 'token_refused',
        // Only `hint` mentions that the code has expired.
        oauth: { error: 'invalid_request', description: MALFORMED, hint: 'Authorization code has expired' },
        hint: /A code is valid for about a minute and works once/,
      },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: 'code is valid for 60 s: exchanged after 59 s',
      run: ({ returnAfter }) => returnAfter(59),
      session: { patient: 'zoe' },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: 'token endpoint fails with HTTP 500 and plain text',
      server: { refusals: { anything: { status: 500, body: 'SQLSTATE[HY000] [2002] Connection refused' } } },
      error: {
        code: 'http_status',
        status: 500,
        retryable: true,
        oauth: undefined,
        hint: /try again later if `retryable`/,
      },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: 'logout: `id_token_hint`, registered `post_logout_redirect_uri` and `state`',
      run: signOutAndReturn((state) => `https://app.example/bye?state=${state}`),
      check: ({ mock, requestsTo }, { logoutUrl, revoked, error }) => {
        assert.deepEqual([revoked, error], [null, null]);
        const { id_token_hint: hint, state, ...otherParameters } = Object.fromEntries(new URL(required(logoutUrl)).searchParams);
        assert.equal(logoutUrl?.split('?')[0], `${mock.settings?.issuer}/logout`);
        assert.match(required(hint), /^[\w-]+\.[\w-]+\.[\w-]+$/);
        assert.match(required(state), /^[\w-]{43}$/);
        assert.deepEqual(otherParameters, { client_id: 'growth-chart', post_logout_redirect_uri: 'https://app.example/bye' });
        assert.equal(requestsTo(mock.tokenEndpoint).length, 1);
      },
    },
    {
      title: 'logout: `&state=` is appended to the redirect URL without `?`, so `state` counts as missing',
      run: signOutAndReturn((state) => `https://app.example/bye&state=${state}`),
      error: { code: 'state_unknown', hint: /the link may be old, or from elsewhere/ },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
      check: ({ client }) => assert.equal(client.getState().status, 'unauthenticated'),
    },
    {
      title: 'logout: the endpoint is only in the OpenID configuration: found there',
      run: ({ signIn, client }) => signIn().then(() => client.logout()),
      check: ({ requestsTo, mock }, outcome) => {
        const { logoutUrl, ...result } = outcome;
        assert.deepEqual(result, { revoked: null, error: null });
        assert.ok(logoutUrl?.startsWith(`${mock.settings?.issuer}/logout?id_token_hint=`), String(logoutUrl));
        assert.equal(requestsTo(`${mock.settings?.issuer}/.well-known/openid-configuration`).length, 1);
      },
    },
    {
      title: 'tokens are rejected after logout although unexpired: 401, without a refresh token',
      server: {
        responses: {
          'https://openemr.mock/apis/default/fhir/Observation': { status: 401, json: { error: 'unauthorized' } },
        },
      },
      run: ({ signIn, client }) => signIn().then(() => client.request('Observation')),
      error: {
        code: 'http_status',
        status: 401,
        retryable: false,
        body: { error: 'unauthorized' },
        hint: /See `status`/,
      },
      check: ({ requestsTo, mock }) => {
        assert.equal(requestsTo(`${mock.fhirBaseUrl}/Observation`).length, 1);
        assert.equal(requestsTo(mock.tokenEndpoint).length, 1);
      },
    },
    {
      title: 'introspection: form with `client_id`, `token_type_hint` and `token`; extra member `status`',
      server: {
        responses: {
          [INTROSPECT]: {
            json: { active: true, status: 'active', client_id: 'growth-chart', sub: 'zoe', scope: 'openid' },
          },
        },
      },
      run: signInAndIntrospect({ authorizedBy: 'client_id' }),
      sent: { [INTROSPECT]: { client_id: 'growth-chart', token_type_hint: 'access_token', token: 'canary-access-1' } },
      check: ({ requestsTo, mock }, introspection) => {
        assert.deepEqual([introspection.active, introspection.status], [true, 'active']);
        assert.equal(required(requestsTo(`${mock.settings?.issuer}/introspect`)[0]).headers.authorization, undefined);
      },
    },
    {
      title: 'introspection: the response for an expired or revoked token still has other members',
      server: {
        responses: { [INTROSPECT]: { json: { active: false, status: 'revoked', exp: 1_700_000_000, scope: 'openid' } } },
      },
      run: signInAndIntrospect({ authorizedBy: 'client_id' }),
      sent: { [INTROSPECT]: { token_type_hint: 'access_token' } },
      check: (_, introspection) =>
        assert.deepEqual(introspection, { active: false, status: 'revoked', exp: 1_700_000_000, scope: 'openid' }),
    },
    {
      title: 'introspection: without `client_id` the client is not known',
      server: {
        responses: {
          [INTROSPECT]: {
            status: 401,
            json: { error: 'invalid_request', error_description: 'Not a registered client' },
          },
        },
      },
      run: signInAndIntrospect(),
      error: {
        code: 'token_refused',
        status: 401,
        oauth: { error: 'invalid_request', description: 'Not a registered client' },
        hint: /See `oauth` for the reason/,
      },
      sent: { [INTROSPECT]: { client_id: undefined } },
    },
    {
      title: 'introspection: HTTP 400 and plain text for a malformed token',
      server: { responses: { [INTROSPECT]: { status: 400, body: 'The JWT string must have two dots' } } },
      run: signInAndIntrospect({ authorizedBy: 'client_id', token: 'mangled' }),
      error: { code: 'http_status', status: 400, oauth: undefined, hint: /See `status`/ },
      sent: { [INTROSPECT]: { token: 'mangled' } },
    },
    {
      title: 'refresh needs `client_id`, if an installation issues a refresh token',
      server: { refreshTokens: true },
      run: ({ signIn, client }) => signIn().then(() => client.refresh()),
      sent: { [TOKEN]: { grant_type: 'refresh_token', client_id: 'growth-chart' } },
      session: { patient: 'zoe', refreshable: true },
    },
    {
      // `refresh_rejected` would be the better code, because this response means the same as `invalid_grant`. The session ends,
      // because the access token has expired.
      title: 'invalid refresh token is `invalid_request`',
      server: {
        refreshTokens: true,
        refusals: { refreshing: invalidRequest('Token has expired', 401, 'The refresh token is invalid.') },
      },
      run: async ({ signIn, client, advanceClock }) => {
        await signIn();
        advanceClock(3_601);
        return client.fetch('Patient/zoe');
      },
      error: {
        code: 'token_refused',
        status: 401,
        oauth: { error: 'invalid_request', description: 'The refresh token is invalid.', hint: 'Token has expired' },
        hint: /start the sign-in again/,
      },
      sent: { [TOKEN]: { grant_type: 'refresh_token' } },
      check: ({ client }) => assert.equal(client.getState().status, 'unauthenticated'),
    },
    {
      title: 'EHR launch: `need_patient_banner` is false, with `intent` and `encounter`',
      server: { tokens: { need_patient_banner: false, encounter: '95a2', intent: 'patient.demographics.dialog' } },
      options: { scope: 'launch openid fhirUser patient/Patient.read' },
      run: ({ signIn, mock }) => signIn({ iss: mock.fhirBaseUrl, launch: 'handle' }),
      sent: {
        [AUTHORIZE]: {
          launch: 'handle',
          aud: 'https://openemr.mock/apis/default/fhir',
          scope: 'launch openid fhirUser patient/Patient.read',
        },
      },
      session: { patient: 'zoe', encounter: '95a2', intent: 'patient.demographics.dialog', needPatientBanner: false },
    },
    {
      title: 'confidential app: a refresh needs `client_id` beside the assertion, set with `sendClientId`',
      server: BY_KEY,
      options: { clientAuth: keyAuth },
      run: signInAndRefresh,
      session: { patient: 'zoe', refreshable: true },
      sent: { [TOKEN]: { grant_type: 'refresh_token', client_id: 'growth-chart' } },
    },
    {
      title: 'confidential app: without `sendClientId` the refresh is refused, and the session continues',
      server: BY_KEY,
      options: { clientAuth: { ...keyAuth, sendClientId: false } },
      run: signInAndRefresh,
      error: { code: 'config_invalid', status: 401, hint: /./ },
      sent: { [TOKEN]: { grant_type: 'refresh_token', client_id: undefined } },
      check: ({ client }) => assert.equal(client.getState().session?.refreshable, true),
    },
    {
      title: 'confidential app: assertions signed with ES384 are refused',
      server: BY_KEY,
      options: { clientAuth: { ...keyAuth, key: pemOf('ES384') } },
      error: { code: 'config_invalid', status: 401, hint: /./ },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: 'confidential app: a secret by POST',
      server: { refreshTokens: true, authenticates: bySecret },
      options: { clientAuth: { secret: CLIENT_SECRET, method: 'client_secret_post' } },
      run: signInAndRefresh,
      session: { patient: 'zoe', refreshable: true },
      sent: { [TOKEN]: { grant_type: 'refresh_token', client_id: 'growth-chart', client_secret: CLIENT_SECRET } },
    },
    {
      title: 'back end: tokens are valid for a minute, and two calls at once request one',
      server: { ...BY_KEY, tokens: { expires_in: 60 } },
      async run({ backend }) {
        const client = backend(keyAuth, 'system/Patient.rs');
        /** @type {number[]} */
        const expiries = [];
        client.on('renewed', ({ expiresAt }) => expiries.push(Number(expiresAt)));
        await Promise.all([client.request('Patient/zoe'), client.request('Patient/zoe')]);
        return { expiries };
      },
      sent: { [TOKEN]: { grant_type: 'client_credentials', scope: 'system/Patient.rs' } },
      check(_, outcome) {
        const [expiry, ...otherExpiries] = /** @type {number[]} */ (Reflect.get(outcome, 'expiries'));
        assert.deepEqual(otherExpiries, []);
        assert.ok(Number(expiry) - Date.now() <= 60_000);
      },
    },
    {
      title: 'password grant, if the operator enables it: `user_role` is required',
      server: { authenticates: bySecret },
      run: ({ send, mock }) =>
        send(
          dangerouslyCreatePasswordTokenRequest({
            tokenEndpoint: mock.tokenEndpoint,
            clientId: 'growth-chart',
            clientAuth: { secret: CLIENT_SECRET, method: 'client_secret_post' },
            username: 'admin',
            password: 'canary-password',
            scope: 'api:oemr',
            params: { user_role: 'users' },
            allowInsecureLoopback: true,
          }),
        ),
      // No metadata is read.
      warnings: [],
      sent: {
        [TOKEN]: {
          grant_type: 'password',
          username: 'admin',
          password: 'canary-password',
          scope: 'api:oemr',
          user_role: 'users',
        },
      },
    },
  ],
};
