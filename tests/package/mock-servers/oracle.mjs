// Oracle Health (Cerner Millennium), as its public documentation and developers' reports describe it.

import assert from 'node:assert/strict';
import { required } from '../required.mjs';

const TENANT = 'ec2458f2-1e24-41c8-b71b-0e701af7583d';
const AUTHORIZATION = 'https://authorization.mock';
const PROTOCOL = `${AUTHORIZATION}/tenants/${TENANT}/protocols/oauth2/profiles/smart-v1`;
const AUTHORIZE = `${PROTOCOL}/personas/provider/authorize`;
const TOKEN = `${AUTHORIZATION}/tenants/${TENANT}/hosts/fhir-ehr/protocols/oauth2/profiles/smart-v1/token`;
const ISSUER = `${AUTHORIZATION}/tenants/${TENANT}`;
/** The issuer in ID tokens until 2025. */
const OLDER_ISSUER = `${ISSUER}/oidc/idsps/${TENANT}/`;
const FHIR = `https://fhir-ehr.mock/r4/${TENANT}`;
const PATIENTS_FHIR = `https://fhir-myrecord.mock/r4/${TENANT}`;

const RESOURCES = Array.from({ length: 100 }, (_, index) => `Resource${index}`);
const SCOPES = ['rs', 'read', 'write'].flatMap((suffix) => RESOURCES.map((name) => `user/${name}.${suffix}`));

/** @param {string} kind */
const errorUri = (kind) =>
  `${AUTHORIZATION}/errors/urn%3Acerner%3Aerror%3A${kind}/instances/343ff05b?client=growth-chart&tenant=${TENANT}`;
/** @param {string} error @param {string} kind */
const errorResponse = (error, kind, status = 400) => ({ status, json: { error, error_uri: errorUri(kind) } });

/** @param {string} persona */
const configuration = (persona) => ({
  issuer: ISSUER,
  jwks_uri: `${AUTHORIZATION}/jwk`,
  authorization_endpoint: `${PROTOCOL}/personas/${persona}/authorize`,
  token_endpoint: TOKEN,
  revocation_endpoint: `${PROTOCOL}/token/revoke`,
  introspection_endpoint: `${AUTHORIZATION}/tokeninfo`,
  grant_types_supported: ['authorization_code', 'client_credentials'],
  scopes_supported: ['openid', 'fhirUser', 'launch', ...SCOPES],
  capabilities: [
    'launch-ehr',
    'launch-standalone',
    'authorize-post',
    'client-public',
    'client-confidential-symmetric',
    'client-confidential-asymmetric',
    'sso-openid-connect',
    'context-banner',
    'permission-online',
    'permission-offline',
    'permission-user',
    'permission-v1',
    'permission-v2',
  ],
  code_challenge_methods_supported: ['S256'],
});

/** @type {import('./server.mjs').MockServer} */
export const ORACLE = {
  name: 'Oracle Health',
  fhirBaseUrl: FHIR,
  authorizationEndpoint: AUTHORIZE,
  tokenEndpoint: TOKEN,
  jwksUri: `${AUTHORIZATION}/jwk`,
  responses: { [`${PROTOCOL}/token/revoke`]: { status: 200 } },
  documents: {
    [`${FHIR}/.well-known/smart-configuration`]: configuration('provider'),
    [`${PATIENTS_FHIR}/.well-known/smart-configuration`]: configuration('patient'),
  },
  scope: 'launch openid fhirUser user/Patient.read online_access',
  // As in the vendor's documentation, ID tokens have no `nonce`.
  claims: { iss: ISSUER, fhirUser: `${FHIR}/Practitioner/98765`, nonce: undefined, at_hash: undefined },
  tokens: {
    token_type: 'Bearer',
    expires_in: 570,
    tenant: TENANT,
    username: 'portal',
    user: '4464007',
    active_ttl: 3600,
    need_patient_banner: true,
  },
  refusals: {
    client: errorResponse('invalid_client', 'oauth2%3Atoken%3Ainvalid-client', 401),
    code: errorResponse('invalid_grant', 'oauth2%3Atoken%3Ainvalid-code'),
  },
  warnings: ['nonce_missing'],

  scenarios: [
    {
      title: 'tenant id in every path; the authorization server is at another host than FHIR',
      run: async ({ signIn, client }) => {
        const session = await signIn();
        await client.fetch('Patient/zoe');
        return session;
      },
      sent: { [AUTHORIZE]: { aud: FHIR } },
      session: { tenant: TENANT, issuer: ISSUER, fhirUser: `${FHIR}/Practitioner/98765` },
      check: ({ requestsTo, mock }) =>
        assert.equal(requestsTo(`${mock.fhirBaseUrl}/Patient/zoe`)[0]?.headers.authorization, 'Bearer canary-access-1'),
    },
    {
      title: 'separate provider and patient FHIR hosts and personas: two servers with a redirect URI each',
      options: {
        servers: [
          { fhirBaseUrl: FHIR, issuer: ISSUER, redirectUri: 'https://app.example/back/provider' },
          { fhirBaseUrl: PATIENTS_FHIR, issuer: ISSUER, redirectUri: 'https://app.example/back/patient' },
        ],
        fhirBaseUrl: undefined,
        redirectUri: undefined,
      },
      run: async ({ signIn, begin, mock }) => {
        const [, patients] = Object.keys(mock.documents);
        const iss = required(patients).replace('/.well-known/smart-configuration', '');
        const request = await begin({ iss });
        assert.ok(request.method === 'GET');
        assert.match(request.url, /personas\/patient\/authorize/);
        return signIn({ iss });
      },
      sent: { [AUTHORIZE]: { aud: PATIENTS_FHIR, redirect_uri: 'https://app.example/back/patient' } },
      session: { serverUrl: PATIENTS_FHIR },
      warnings: ['nonce_missing', 'fhir_user_elsewhere'],
    },
    {
      title: 'capabilities include `authorize-post`, and 300 scopes make a long request: it is sent by POST',
      options: { scope: `openid fhirUser ${SCOPES.join(' ')}` },
      run: async ({ begin, answerTo, client }) => {
        const request = await begin();
        assert.equal(request.method, 'POST');
        assert.doesNotMatch(request.action, /\?/);
        return client.ready({ callback: answerTo(request) });
      },
      sent: { [AUTHORIZE]: { scope: `openid fhirUser ${SCOPES.join(' ')}`, code_challenge_method: 'S256' } },
      session: { scopesNotGranted: [] },
    },
    {
      title: 'ID token without `nonce`: PKCE still binds the code',
      options: { scope: 'launch openid fhirUser user/Patient.read' },
      check: ({ visits, client }) => {
        assert.match(required(visits[0]?.nonce), /^[\w-]{43}$/);
        assert.equal(client.getState().session?.idToken?.sub, 'amara');
      },
      session: { issuer: ISSUER },
    },
    {
      title: 'until 2025 ID tokens named another issuer than the metadata: the sign-in is refused',
      server: { claims: { iss: OLDER_ISSUER } },
      error: { code: 'id_token_invalid', message: /`iss` of the ID token/, hint: /needs `issuer` and `metadataIssuer`/ },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: 'until 2025 ID tokens named another issuer than the metadata: with both options set',
      server: { claims: { iss: OLDER_ISSUER } },
      options: { issuer: OLDER_ISSUER, metadataIssuer: ISSUER },
      sent: { [AUTHORIZE]: { aud: FHIR } },
      session: { issuer: OLDER_ISSUER, fhirUser: `${FHIR}/Practitioner/98765` },
    },
    {
      title: 'keys are published later than they are used: refused, and accepted a minute later',
      server: { key: 'new', published: 'old' },
      run: async ({ signIn, mock, advanceClock }) => {
        await assert.rejects(signIn(), { code: 'id_token_invalid', message: /`signature` of the ID token/ });
        mock.published = 'new';
        advanceClock(61);
        return signIn();
      },
      session: { issuer: ISSUER },
      check: ({ requestsTo, mock }) => assert.equal(requestsTo(mock.jwksUri).length, 2),
    },
    {
      title: 'errors of the token endpoint are often only `error` and `error_uri`',
      run: ({ signIn }) => signIn({}, { code: 'another' }),
      error: {
        code: 'token_refused',
        status: 400,
        oauth: { error: 'invalid_grant', uri: errorUri('oauth2%3Atoken%3Ainvalid-code') },
        hint: /See `oauth` for the reason/,
      },
      sent: { [TOKEN]: { code: 'another' } },
    },
    {
      title: 'errors of the authorization endpoint are often only `error` and `error_uri`',
      server: {
        refusals: {
          consent: { error: 'invalid_request', error_uri: errorUri('smart-v1%3Agrant%3Alaunch%3Ainvalid-launch-code') },
        },
      },
      run: ({ signIn, mock }) => signIn({ iss: mock.fhirBaseUrl, launch: 'made-up' }),
      error: {
        code: 'authorization_refused',
        oauth: { error: 'invalid_request', uri: errorUri('smart-v1%3Agrant%3Alaunch%3Ainvalid-launch-code') },
        hint: /See `oauth` for the reason/,
      },
      sent: { [AUTHORIZE]: { launch: 'made-up', aud: FHIR } },
    },
    {
      title: 'access token is valid for 570 s: refreshed a minute before expiry',
      run: async ({ signIn, client, advanceClock }) => {
        await signIn();
        advanceClock(500);
        await client.request('Patient/zoe');
        advanceClock(15);
        await client.request('Patient/zoe');
        return client.getState().session;
      },
      sent: { [TOKEN]: { grant_type: 'refresh_token', client_id: 'growth-chart' } },
      session: { refreshable: true },
      check: ({ requestsTo, mock }) => assert.equal(requestsTo(mock.tokenEndpoint).length, 2),
    },
    {
      title: 'no patient in the token response of a standalone launch: the user is the patient',
      server: { claims: { fhirUser: `${FHIR}/Patient/12724066` } },
      options: { scope: 'launch/patient openid fhirUser patient/Observation.read' },
      sent: { [AUTHORIZE]: { scope: 'launch/patient openid fhirUser patient/Observation.read' } },
      session: { patient: null, fhirUser: `${FHIR}/Patient/12724066` },
      warnings: ['launch_context_missing', 'nonce_missing'],
    },
    {
      title: 'scopes are trimmed to `openid fhirUser launch online_access`',
      server: { tokens: { scope: 'openid fhirUser launch online_access' } },
      run: ({ signIn, mock }) => signIn({ iss: mock.fhirBaseUrl, launch: 'handle' }),
      sent: { [AUTHORIZE]: { scope: 'launch openid fhirUser user/Patient.read online_access' } },
      session: { scopesNotGranted: ['user/Patient.read'] },
      warnings: ['nonce_missing', 'scope_not_granted'],
    },
    {
      title: 'refresh token is revoked on logout',
      run: ({ signIn, client }) => signIn().then(() => client.logout()),
      sent: { [`${PROTOCOL}/token/revoke`]: { client_id: 'growth-chart', token: 'canary-access-1' } },
      check: ({ requestsTo, mock }, { revoked, error }) => {
        assert.deepEqual([revoked, error], [true, null]);
        const tokens = requestsTo(required(Object.keys(mock.responses ?? {})[0])).map(({ fields }) => fields.get('token'));
        assert.deepEqual(tokens, ['canary-refresh-1', 'canary-access-1']);
      },
    },
    {
      title: '`username`, `user` and `active_ttl` in the token response: kept unchanged',
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
      session: { needPatientBanner: true },
      check: ({ client }) => {
        const { username, user, active_ttl: ttl } = required(client.getState().session).tokenResponse;
        assert.deepEqual([username, user, ttl], ['portal', '4464007', 3600]);
      },
    },
  ],
};
