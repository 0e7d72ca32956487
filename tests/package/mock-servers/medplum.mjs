// Medplum, as its public source and documentation show it.

import assert from 'node:assert/strict';
import { assertionOf, pemOf } from '../authenticating.mjs';
import { required } from '../required.mjs';

/** @param {string} error_description */
const invalidRequest = (error_description) => ({ status: 400, json: { error: 'invalid_request', error_description } });
/** @param {string} error_description */
const invalidGrant = (error_description) => ({ status: 400, json: { error: 'invalid_grant', error_description } });

const TOKEN = 'https://medplum.mock/oauth2/token';
const AUTHORIZE = 'https://medplum.mock/oauth2/authorize';
const INTROSPECT = 'https://medplum.mock/oauth2/introspect';
const CONFIGURATION = 'https://medplum.mock/fhir/R4/.well-known/smart-configuration';

const GRANTS = [
  'client_credentials',
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:token-exchange',
];

/** @param {import('./server.mjs').Play} play */
const refreshRequests = ({ requestsTo, mock }) =>
  requestsTo(mock.tokenEndpoint).filter(({ fields }) => fields.get('grant_type') === 'refresh_token');

/** `aud` of an assertion has to be exactly the URL of the token endpoint, as a string and not as an array. */
const BY_KEY = {
  /** @type {import('./server.mjs').MockServer['authenticates']} */
  authenticates: (request, { tokenEndpoint }) => assertionOf(request)?.claims.aud === tokenEndpoint,
  refusals: { client: invalidRequest('Invalid client assertion audience') },
};
/** The credentials of HTTP Basic are not form-decoded, and the secret ends at a second colon. */
const BY_SECRET = {
  /** @type {import('./server.mjs').MockServer['authenticates']} */
  authenticates: ({ headers }) => {
    const [, credentials = ''] = headers.authorization?.split(' ') ?? [];
    const [id, secret] = Buffer.from(credentials, 'base64').toString('ascii').split(':');
    return id === 'growth-chart' && secret === CLIENT_SECRET;
  },
  refusals: { client: invalidRequest('Invalid secret') },
};
const CLIENT_SECRET = 'canary+client%2Fsecret';
const keyAuth = { key: pemOf('ES384'), keyId: 'k' };
/** @param {import('./server.mjs').Play} play */
const signInAndRefresh = ({ signIn, client }) => signIn().then(() => client.refresh());

/** @type {import('./server.mjs').MockServer} */
export const MEDPLUM = {
  name: 'Medplum',
  fhirBaseUrl: 'https://medplum.mock/fhir/R4',
  authorizationEndpoint: AUTHORIZE,
  tokenEndpoint: TOKEN,
  jwksUri: 'https://medplum.mock/.well-known/jwks.json',
  documents: {
    [CONFIGURATION]: {
      issuer: 'https://medplum.mock/',
      jwks_uri: 'https://medplum.mock/.well-known/jwks.json',
      authorization_endpoint: AUTHORIZE,
      grant_types_supported: GRANTS,
      token_endpoint: TOKEN,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS256', 'RS384', 'ES384'],
      scopes_supported: [
        'patient/*.rs',
        'user/*.cruds',
        'openid',
        'fhirUser',
        'launch',
        'launch/patient',
        'offline_access',
        'online_access',
      ],
      response_types_supported: ['code'],
      capabilities: [
        'authorize-post',
        'client-public',
        'context-banner',
        'context-style',
        'launch-ehr',
        'launch-standalone',
        'permission-offline',
        'permission-patient',
        'permission-user',
        'permission-v1',
        'permission-v2',
        'sso-openid-connect',
      ],
      code_challenge_methods_supported: ['S256'],
    },
    'https://medplum.mock/.well-known/openid-configuration': {
      issuer: 'https://medplum.mock/',
      authorization_endpoint: AUTHORIZE,
      token_endpoint: TOKEN,
      userinfo_endpoint: 'https://medplum.mock/oauth2/userinfo',
      jwks_uri: 'https://medplum.mock/.well-known/jwks.json',
      introspection_endpoint: INTROSPECT,
      registration_endpoint: 'https://medplum.mock/oauth2/register',
    },
  },
  scope: 'launch/patient openid fhirUser patient/*.rs offline_access',
  algorithm: 'ES256',
  claims: { iss: 'https://medplum.mock/', fhirUser: 'Practitioner/amara', login_id: 'b7a1', at_hash: undefined },
  tokens: {
    token_type: 'Bearer',
    expires_in: 3600,
    project: { reference: 'Project/7', display: 'Lakeside' },
    profile: { reference: 'Practitioner/amara', display: 'Amara Okafor' },
    patient: 'zoe',
    smart_style_url: 'https://medplum.mock/fhir/R4/.well-known/smart-styles.json',
    need_patient_banner: true,
  },
  rotates: true,
  refusals: {
    aud: { error: 'invalid_request', error_description: 'Invalid aud' },
    'content type': {
      status: 400,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: 'Unsupported content type',
    },
    client: invalidRequest('Invalid client'),
    code: invalidRequest('Invalid code'),
    'spent code': { ...invalidGrant('Token already granted'), ends: true },
    verifier: invalidRequest('Invalid code verifier'),
    'refresh token': invalidRequest('Invalid refresh token'),
    ended: invalidGrant('Token revoked'),
    'spent refresh token': invalidRequest('Invalid token'),
  },

  scenarios: [
    {
      title: 'body of a token request must be form-urlencoded',
      sent: { [TOKEN]: { grant_type: 'authorization_code', client_id: 'growth-chart', client_secret: undefined } },
      check: ({ requestsTo, mock }) =>
        assert.equal(requestsTo(mock.tokenEndpoint)[0]?.headers['content-type'], 'application/x-www-form-urlencoded'),
    },
    {
      title: 'token request whose body a proxy has changed: HTTP 400 with a body that is not JSON',
      server: {
        refusals: {
          anything: { status: 400, headers: { 'content-type': 'text/html' }, body: 'Unsupported content type' },
        },
      },
      error: { code: 'http_status', status: 400, retryable: false, oauth: undefined, hint: /See `status`/ },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: 'grants that are not supported are `invalid_request`, not `unsupported_grant_type`',
      server: { refusals: { refreshing: invalidRequest('Unsupported grant_type') } },
      run: ({ signIn, client }) => signIn().then(() => client.refresh()),
      error: {
        code: 'token_refused',
        status: 400,
        oauth: { error: 'invalid_request', description: 'Unsupported grant_type' },
        hint: /See `oauth`/,
      },
      sent: { [TOKEN]: { grant_type: 'refresh_token' } },
      check: ({ client }) => assert.equal(client.getState().status, 'authenticated'),
    },
    {
      title: 'nearly every failure is `invalid_request` with a useful `error_description`: an unknown code',
      run: ({ signIn }) => signIn({}, { code: 'another' }),
      error: {
        code: 'token_refused',
        status: 400,
        oauth: { error: 'invalid_request', description: 'Invalid code' },
        hint: /start the sign-in again/,
      },
      sent: { [TOKEN]: { code: 'another' } },
    },
    {
      title: 'nearly every failure is `invalid_request` with a useful `error_description`: an unknown client',
      options: { clientId: 'another' },
      error: {
        code: 'token_refused',
        oauth: { error: 'invalid_request', description: 'Invalid client' },
        hint: /See `oauth` for the reason/,
      },
      sent: { [TOKEN]: { client_id: 'another' } },
    },
    {
      title: '`invalid_grant` only for a few failures: after a revocation the refresh token is not used any more',
      server: { refusals: { refreshing: invalidGrant('Token revoked') } },
      run: ({ signIn, client }) => signIn().then(() => client.refresh()),
      error: {
        code: 'refresh_rejected',
        oauth: { error: 'invalid_grant', description: 'Token revoked' },
        hint: /authorize\(\) to sign in again/,
      },
      sent: { [TOKEN]: { grant_type: 'refresh_token' } },
      check: ({ client }) => assert.equal(client.getState().session?.refreshable, false),
    },
    {
      title: 'the `error` member itself is a free-text sentence',
      server: { refusals: { anything: { status: 400, json: { error: 'Unable to connect to "redis": no topic' } } } },
      error: {
        code: 'token_refused',
        oauth: { error: 'Unable to connect to "redis": no topic' },
        hint: /See `oauth` for the reason/,
      },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: 'PKCE is required ("Missing verification context"): the challenge is sent',
      sent: { [AUTHORIZE]: { code_challenge_method: 'S256' } },
      check: ({ visits }) => assert.match(required(visits[0]?.code_challenge), /^[\w-]{43}$/),
    },
    {
      title: 'second use of a code revokes the whole login, so a code is sent once: two calls at once',
      run: async ({ begin, answerTo, client }) => {
        const callback = answerTo(await begin());
        const [session] = await Promise.all([client.ready({ callback }), client.ready({ callback })]);
        return session;
      },
      session: { patient: 'zoe' },
      check: async ({ requestsTo, mock, client }) => {
        assert.equal(requestsTo(mock.tokenEndpoint).length, 1);
        assert.equal((await client.fetch('Patient/zoe')).status, 200);
      },
    },
    {
      title: 'second use of a code revokes the whole login, so a code is sent once: the response is lost',
      server: { refusals: { anything: { cut: true, json: {} } } },
      run: async ({ begin, answerTo, client }) => {
        const callback = answerTo(await begin());
        await assert.rejects(client.ready({ callback }), { code: 'network' });
        return client.ready({ callback });
      },
      error: { code: 'callback_replayed', hint: /Start the sign-in again/ },
      check: ({ requestsTo, mock }) => assert.equal(requestsTo(mock.tokenEndpoint).length, 1),
    },
    {
      title: 'each refresh rotates the refresh token: twenty calls at once refresh once, and the next refresh sends the new token',
      run: async ({ signIn, client, advanceClock }) => {
        await signIn();
        advanceClock(3_600);
        await Promise.all(Array.from({ length: 20 }, () => client.request('Patient/zoe')));
        return client.refresh();
      },
      session: { patient: 'zoe', refreshable: true },
      check: (play) =>
        assert.deepEqual(
          refreshRequests(play).map(({ fields }) => fields.get('refresh_token')),
          ['canary-refresh-1', 'canary-refresh-2'],
        ),
    },
    {
      // Only `invalid_grant` means that the refresh token is invalid. But a request that was refused for another reason would be
      // refused again, so the session ends once the access token has expired.
      title: 'reuse of an old refresh token is `invalid_request` "Invalid token"',
      server: { refusals: { refreshing: invalidRequest('Invalid token') } },
      run: async ({ signIn, client, advanceClock }) => {
        await signIn();
        advanceClock(3_600);
        const request = client.request('Patient/zoe');
        await request.catch(() => {});
        await assert.rejects(client.request('Patient/zoe'), { code: 'signed_out' });
        return request;
      },
      error: {
        code: 'token_refused',
        oauth: { error: 'invalid_request', description: 'Invalid token' },
        hint: /start the sign-in again/,
      },
      check: (play) => {
        assert.equal(refreshRequests(play).length, 1);
        assert.equal(play.client.getState().status, 'unauthenticated');
      },
    },
    {
      title: '`project` and `profile` are FHIR References, `hub.url` and `hub.topic` have dots: kept unchanged',
      options: { scope: 'launch/patient openid fhirUser patient/*.rs offline_access fhircast/Patient-open.read' },
      server: { tokens: { 'hub.url': 'https://medplum.mock/fhircast/STU3', 'hub.topic': 'a topic' } },
      session: {
        patient: 'zoe',
        needPatientBanner: true,
        smartStyleUrl: 'https://medplum.mock/fhir/R4/.well-known/smart-styles.json',
      },
      sent: {
        [AUTHORIZE]: { scope: 'launch/patient openid fhirUser patient/*.rs offline_access fhircast/Patient-open.read' },
      },
      check: ({ client, mock }) => {
        const { project, profile, ...rest } = required(client.getState().session).tokenResponse;
        assert.deepEqual({ project, profile }, { project: mock.tokens.project, profile: mock.tokens.profile });
        assert.equal(rest['hub.topic'], 'a topic');
        assert.equal(rest['hub.url'], mock.tokens['hub.url']);
      },
    },
    {
      title: '`expires_in` is 0 for tokens without expiry: each call refreshes',
      server: { tokens: { expires_in: 0 } },
      run: async ({ signIn, client }) => {
        const session = await signIn();
        await client.request('Patient/zoe');
        return session;
      },
      session: { patient: 'zoe' },
      check: (play) => assert.equal(refreshRequests(play).length, 1),
    },
    {
      title: 'members without a value are left out of the token response: no patient although `launch/patient` was granted',
      server: { tokens: { patient: undefined, need_patient_banner: false } },
      session: { patient: null, encounter: null, needPatientBanner: false },
      warnings: ['launch_context_missing'],
      sent: { [AUTHORIZE]: { scope: 'launch/patient openid fhirUser patient/*.rs offline_access' } },
    },
    {
      title: 'OpenID issuer is the host, not the FHIR base; `fhirUser` is relative to the FHIR base',
      session: { issuer: 'https://medplum.mock/', fhirUser: 'https://medplum.mock/fhir/R4/Practitioner/amara' },
      check: ({ requestsTo, mock, client }) => {
        assert.equal(client.getState().session?.idToken?.iss, mock.claims.iss);
        assert.equal(requestsTo(mock.jwksUri).length, 1);
      },
    },
    {
      title: '`aud` is accepted only as the FHIR base',
      sent: { [AUTHORIZE]: { aud: 'https://medplum.mock/fhir/R4' } },
      session: { serverUrl: 'https://medplum.mock/fhir/R4' },
    },
    {
      title: '`aud` is accepted only as the FHIR base: not with a trailing slash',
      options: { fhirBaseUrl: 'https://medplum.mock/fhir/R4/' },
      error: {
        code: 'authorization_refused',
        oauth: { error: 'invalid_request', description: 'Invalid aud' },
        hint: /`fhirBaseUrl` and `aud`/,
      },
      sent: { [AUTHORIZE]: { aud: 'https://medplum.mock/fhir/R4/' } },
    },
    {
      title: '`aud` is accepted only as the FHIR base: an app with a trailing slash sets `aud`',
      options: { fhirBaseUrl: 'https://medplum.mock/fhir/R4/', aud: 'https://medplum.mock/fhir/R4' },
      sent: { [AUTHORIZE]: { aud: 'https://medplum.mock/fhir/R4' } },
      session: { patient: 'zoe' },
    },
    {
      title: '`prompt=none` without a session is `login_required`, and this response has no `iss`',
      server: { refusals: { consent: { error: 'login_required' } } },
      options: { authorizationParams: { prompt: 'none' } },
      error: {
        code: 'interaction_required',
        oauth: { error: 'login_required' },
        hint: /authorize\(\) without `prompt`/,
      },
      sent: { [AUTHORIZE]: { prompt: 'none' } },
    },
    {
      title: 'introspection endpoint is only in the OpenID configuration: found there',
      server: { responses: { [INTROSPECT]: { json: { active: true, sub: 'amara' } } } },
      run: ({ signIn, client }) => signIn().then(() => client.introspect()),
      sent: { [INTROSPECT]: { token: 'canary-access-1', token_type_hint: 'access_token' } },
      check: (_, introspection) => assert.deepEqual(introspection, { active: true, sub: 'amara' }),
    },
    {
      title: 'tokens cannot be revoked, and there is no logout page',
      run: ({ signIn, client }) => signIn().then(() => client.logout()),
      check: ({ requestsTo, mock, client }, result) => {
        assert.deepEqual(result, { revoked: null, logoutUrl: null, error: null });
        assert.equal(client.getState().status, 'unauthenticated');
        assert.equal(requestsTo(mock.tokenEndpoint).length, 1);
      },
    },
    {
      title: 'confidential app: `aud` of an assertion is the token URL, in each request',
      server: BY_KEY,
      options: { clientAuth: keyAuth },
      run: signInAndRefresh,
      session: { patient: 'zoe', refreshable: true },
      check: ({ requestsTo, mock }) => {
        const ids = requestsTo(mock.tokenEndpoint).map((request) => assertionOf(request)?.claims.jti);
        assert.deepEqual([ids.length, new Set(ids).size], [2, 2]);
      },
    },
    {
      title: 'confidential app: another `aud` is `invalid_request` "Invalid client assertion audience"',
      server: BY_KEY,
      options: { clientAuth: { ...keyAuth, audience: 'issuer' } },
      error: {
        code: 'config_invalid',
        oauth: { error: 'invalid_request', description: 'Invalid client assertion audience' },
        hint: /./,
      },
      sent: { [TOKEN]: { client_id: undefined } },
    },
    {
      title: 'confidential app: id and secret in HTTP Basic are not form-decoded, so `basicEncoding` is `raw`',
      server: BY_SECRET,
      options: { clientAuth: { secret: CLIENT_SECRET, basicEncoding: 'raw' } },
      run: signInAndRefresh,
      session: { patient: 'zoe', refreshable: true },
      sent: { [TOKEN]: { grant_type: 'refresh_token', client_id: undefined, client_secret: undefined } },
    },
    {
      title: 'confidential app: `basicEncoding` `form` is refused as "Invalid secret"',
      server: BY_SECRET,
      options: { clientAuth: { secret: CLIENT_SECRET, basicEncoding: 'form' } },
      error: { code: 'config_invalid', oauth: { error: 'invalid_request', description: 'Invalid secret' }, hint: /./ },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: 'back end: client credentials with the secret',
      server: { ...BY_SECRET, tokens: { patient: undefined } },
      run: ({ backend }) => backend({ secret: CLIENT_SECRET, basicEncoding: 'raw' }, 'system/*.rs').request('Patient/zoe'),
      sent: { [TOKEN]: { grant_type: 'client_credentials', scope: 'system/*.rs' } },
      check: (_, patient) => assert.equal(Reflect.get(patient, 'id'), 'zoe'),
    },
  ],
};
