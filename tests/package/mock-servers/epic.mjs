// Epic, as its public documentation and developers' reports describe it.

import assert from 'node:assert/strict';
import { required } from '../required.mjs';

const SERVER = 'https://epic.mock/interconnect-fhir-oauth';
const AUTHORIZE = `${SERVER}/oauth2/authorize`;
const TOKEN = `${SERVER}/oauth2/token`;
const CONFIGURATION = `${SERVER}/api/FHIR/R4/.well-known/smart-configuration`;

const CAPABILITIES = [
  'launch-ehr',
  'launch-standalone',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'context-banner',
  'context-ehr-patient',
  'context-standalone-patient',
  'permission-offline',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
  'sso-openid-connect',
];
const MANY_SCOPES = Array.from({ length: 80 }, (_, index) => `patient/Resource${index}OfALongList.read`).join(' ');
const PATIENT = 'eRp.Zoe-DlKB8MhAkz3';

/** The codes of this server are JWTs of hundreds of characters. */
const LONG_CODE = `canary.${'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9'.repeat(40)}.c2lnbmF0dXJl`;

/** @type {import('./server.mjs').MockServer} */
export const EPIC = {
  name: 'Epic',
  fhirBaseUrl: `${SERVER}/api/FHIR/R4`,
  authorizationEndpoint: AUTHORIZE,
  tokenEndpoint: TOKEN,
  jwksUri: `${SERVER}/api/epic/2019/Security/Open/PublicKeys/530027/OIDC`,
  documents: {
    [CONFIGURATION]: {
      issuer: `${SERVER}/oauth2`,
      jwks_uri: `${SERVER}/api/epic/2019/Security/Open/PublicKeys/530027/OIDC`,
      authorization_endpoint: AUTHORIZE,
      token_endpoint: TOKEN,
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      scopes_supported: ['epic.scanning.dmsusername', 'fhirUser', 'launch', 'openid', 'profile'],
      response_types_supported: ['code'],
      capabilities: [...CAPABILITIES, 'authorize-post'],
      code_challenge_methods_supported: ['S256'],
    },
  },
  scope: 'launch openid fhirUser',
  claims: {
    iss: `${SERVER}/oauth2`,
    fhirUser: `${SERVER}/api/FHIR/R4/Practitioner/eM5CWtq15N0`,
    at_hash: undefined,
  },
  tokens: {
    token_type: 'bearer',
    expires_in: 3240,
    scope: 'fhirUser launch openid patient/Observation.read patient/Patient.read',
    patient: PATIENT,
    '__epic.dstu2.patient': 'TLqt-Zoe.rX88jQ',
    encounter: 'eUAW2-QkdwCE7',
    location: 'eweKBcq8ruM',
    appointment: 'eVa-Ad1SCIenV',
    loginDepartment: 'e4W4rmGe9Qzu',
    state: 'abc123',
    need_patient_banner: 'false',
    smart_style_url: `${SERVER}/api/epic/2016/EDI/HTTP/style/335.json`,
  },
  // `need_patient_banner` is a string.
  warnings: ['launch_context_malformed'],
  refreshTokens: false,
  refusals: {
    aud: { error: 'invalid_request', error_description: 'The aud is invalid' },
    client: { status: 400, json: { error: 'invalid_client', error_description: null } },
  },

  scenarios: [
    {
      title: '`aud` may be enforced per site: in an EHR launch it is `iss`, unchanged',
      run: ({ signIn, mock }) => signIn({ iss: mock.fhirBaseUrl, launch: 'handle' }),
      sent: { [AUTHORIZE]: { aud: `${SERVER}/api/FHIR/R4`, launch: 'handle', scope: 'launch openid fhirUser' } },
      session: { issuer: `${SERVER}/oauth2`, encounter: 'eUAW2-QkdwCE7' },
    },
    {
      title: '`aud` may be enforced per site: `iss` with a trailing slash is sent unchanged as `aud`',
      server: { refusals: { aud: undefined } },
      run: ({ signIn, mock }) => signIn({ iss: `${mock.fhirBaseUrl}/`, launch: 'handle' }),
      sent: { [AUTHORIZE]: { aud: `${SERVER}/api/FHIR/R4/` } },
      session: { serverUrl: `${SERVER}/api/FHIR/R4` },
    },
    {
      title: '`aud` may be enforced per site: another FHIR base than the one registered',
      options: { aud: `${SERVER}/api/FHIR/DSTU2` },
      error: {
        code: 'authorization_refused',
        oauth: { error: 'invalid_request', description: 'The aud is invalid' },
        hint: /compare `fhirBaseUrl` and `aud`/,
      },
      sent: { [AUTHORIZE]: { aud: `${SERVER}/api/FHIR/DSTU2` } },
    },
    {
      title: 'redirect URI with a fragment: refused before the sign-in',
      options: { redirectUri: 'https://app.example/#/back' },
      error: { code: 'config_invalid', message: /`redirectUri`/, hint: /Correct the options/ },
      check: ({ visits }) => assert.equal(visits.length, 0),
    },
    {
      title: 'refresh token is granted without `offline_access` shown in the scope',
      server: { refreshTokens: true },
      run: ({ signIn, client }) => signIn().then(() => client.refresh()),
      sent: { [TOKEN]: { grant_type: 'refresh_token', refresh_token: 'canary-refresh-1', client_id: 'growth-chart' } },
      session: { refreshable: true },
    },
    {
      title: 'browser apps get no refresh token: the session ends with the access token',
      run: async ({ signIn, client, advanceClock }) => {
        await signIn();
        advanceClock(3_241);
        return client.getAccessToken();
      },
      error: { code: 'session_expired', hint: /authorize\(\) to sign in again/ },
      check: ({ requestsTo, mock }) => assert.equal(requestsTo(mock.tokenEndpoint).length, 1),
    },
    {
      title: 'code is a JWT: sent unchanged',
      server: { code: LONG_CODE },
      sent: { [TOKEN]: { code: `${LONG_CODE}-code-1` } },
      session: { patient: PATIENT },
    },
    {
      title: '`fhirUser` is a full URL',
      sent: { [AUTHORIZE]: { scope: 'openid fhirUser' } },
      session: { fhirUser: `${SERVER}/api/FHIR/R4/Practitioner/eM5CWtq15N0` },
    },
    {
      title: 'without `authorize-post` even the longest request is a GET',
      server: { documents: { [CONFIGURATION]: { capabilities: CAPABILITIES } } },
      options: { scope: `launch/patient openid fhirUser ${MANY_SCOPES}` },
      run: async ({ begin, answerTo, client }) => {
        const request = await begin();
        assert.equal(request.method, 'GET');
        assert.ok(request.url.length > 2_000);
        return client.ready({ callback: answerTo(request) });
      },
      sent: { [AUTHORIZE]: { code_challenge_method: 'S256' } },
      session: { patient: PATIENT },
      warnings: ['launch_context_malformed', 'scope_not_granted'],
    },
    {
      title: 'granted scopes are those of the registration, not those of the request',
      session: {
        scopes: ['fhirUser', 'launch', 'openid', 'patient/Observation.read', 'patient/Patient.read'],
        scopesNotGranted: [],
      },
      check: ({ client, visits }) => {
        assert.equal(visits[0]?.scope, 'openid fhirUser');
        assert.ok(required(client.getState().session).can('patient/Observation.rs'));
      },
    },
    {
      title: 'scopes have the vendor\'s own names, some with spaces: granted access cannot be derived from these names',
      server: { tokens: { scope: 'openid Patient.Read (R4) Patient.search ' } },
      options: { scope: 'openid fhirUser launch/patient patient/Patient.read' },
      sent: { [AUTHORIZE]: { scope: 'openid fhirUser launch/patient patient/Patient.read' } },
      session: {
        patient: PATIENT,
        scopes: ['openid', 'Patient.Read', '(R4)', 'Patient.search'],
        scopesNotGranted: ['launch/patient', 'patient/Patient.read'],
      },
      warnings: ['launch_context_malformed', 'scope_not_granted'],
    },
    {
      title: '`need_patient_banner` is a string',
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
      session: { needPatientBanner: false },
    },
    {
      title: '`need_patient_banner` is a string: refused by `strict`',
      options: { strict: true },
      error: {
        code: 'token_response_invalid',
        message: /of the launch context has the wrong type/,
        hint: /tell the server's operator/i,
      },
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
    },
    {
      title: '`__epic.dstu2.patient`, `appointment` and others in the token response: kept unchanged',
      sent: { [TOKEN]: { grant_type: 'authorization_code' } },
      session: { patient: PATIENT },
      check: ({ client, mock }) => {
        /** @type {Record<string, unknown>} */
        const tokenResponse = required(client.getState().session).tokenResponse;
        for (const name of ['__epic.dstu2.patient', 'location', 'appointment', 'loginDepartment', 'state']) {
          assert.equal(tokenResponse[name], mock.tokens[name], name);
        }
      },
    },
    {
      title: '`error_description` is null',
      options: { clientId: 'another' },
      error: {
        code: 'token_refused',
        status: 400,
        oauth: { error: 'invalid_client' },
        hint: /See `oauth` for the reason/,
      },
      sent: { [TOKEN]: { client_id: 'another' } },
    },
  ],
};
