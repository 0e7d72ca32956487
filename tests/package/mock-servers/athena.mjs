// athenahealth (athenaFlex, athenaPractice), as developers report it.

import assert from 'node:assert/strict';

const SERVER = 'https://athena.mock';
const AUTHORIZE = `${SERVER}/oauth2/v1/authorize`;
const TOKEN = `${SERVER}/oauth2/v1/token`;
/** The issuer of the ID tokens, an identity provider at another host. */
const ISSUER = 'https://identity.mock/oauth2/aus2';

/** @type {import('./server.mjs').MockServer} */
export const ATHENA = {
  name: 'athenahealth',
  fhirBaseUrl: `${SERVER}/fhir/r4/practice`,
  authorizationEndpoint: AUTHORIZE,
  tokenEndpoint: TOKEN,
  jwksUri: `${SERVER}/oauth2/v1/keys`,
  documents: {
    [`${SERVER}/fhir/r4/practice/.well-known/smart-configuration`]: {
      issuer: ISSUER,
      jwks_uri: `${SERVER}/oauth2/v1/keys`,
      authorization_endpoint: AUTHORIZE,
      token_endpoint: TOKEN,
      grant_types_supported: ['authorization_code', 'client_credentials'],
      capabilities: ['launch-ehr', 'launch-standalone', 'client-public', 'sso-openid-connect'],
      code_challenge_methods_supported: ['S256'],
    },
  },
  scope: 'openid fhirUser launch/patient patient/Patient.rs',
  claims: { iss: ISSUER, fhirUser: 'Patient/zoe' },
  tokens: { token_type: 'Bearer', expires_in: 3600, patient: 'zoe' },
  refusals: {},

  scenarios: [
    {
      title: 'OpenID issuer is at another host than the endpoints',
      sent: { [AUTHORIZE]: { aud: `${SERVER}/fhir/r4/practice` } },
      session: { issuer: ISSUER },
      check: ({ requestsTo, mock }) => assert.equal(requestsTo(mock.jwksUri).length, 1),
    },
    {
      title: '`response_mode=form_post`',
      options: { responseMode: 'form_post' },
      sent: { [AUTHORIZE]: { response_mode: 'form_post', response_type: 'code' }, [TOKEN]: { code: 'canary-code-1' } },
      session: { patient: 'zoe', fhirUser: `${SERVER}/fhir/r4/practice/Patient/zoe` },
    },
    {
      title: '`response_type=code id_token` in samples of the vendor: refused, because no ID token was requested with the code',
      options: { responseMode: 'form_post' },
      run: async ({ begin, answerTo, client }) => {
        const callback = answerTo(await begin());
        assert.ok(callback instanceof URLSearchParams);
        callback.set('id_token', 'a.b.c');
        return client.ready({ callback });
      },
      error: { code: 'callback_wrong_mode', hint: /Check `responseMode`/ },
      check: ({ requestsTo, mock }) => assert.equal(requestsTo(mock.tokenEndpoint).length, 0),
    },
    {
      title: 'sources disagree on the value of `aud`: the value set by the app is sent',
      options: { aud: `${SERVER}/fhir/r4` },
      sent: { [AUTHORIZE]: { aud: `${SERVER}/fhir/r4` } },
      session: { serverUrl: `${SERVER}/fhir/r4/practice` },
    },
  ],
};
