// A SMART server that does what the guide says, until its script says otherwise; and an app registered there.

import { startServer } from './scripted-server.mjs';

export const REDIRECT_URI = 'https://app.example/back';
export const SCOPE = 'launch/patient patient/*.rs offline_access';

/** What must never be seen outside requests to the server and tokens asked for by name. */
export const SECRET = 'canary';

/**
 * @param {import('node:test').TestContext} test the server ends with it
 * @param {{ configuration?: object, tokens?: object }} [more] members beside or instead of the usual ones
 */
export async function startEhr(test, { configuration = {}, tokens = {} } = {}) {
  const server = await startServer(test);
  const { origin } = server;
  const fhirBaseUrl = `${origin}/fhir`;
  let issued = 0;

  const document = {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    revocation_endpoint: `${origin}/revoke`,
    grant_types_supported: ['authorization_code'],
    capabilities: ['launch-ehr', 'launch-standalone', 'client-public'],
    code_challenge_methods_supported: ['S256'],
    ...configuration,
  };

  /** A token response, each time with new tokens. */
  const tokenResponse = (changes = {}) => {
    issued += 1;
    return {
      access_token: `${SECRET}-access-${issued}`,
      refresh_token: `${SECRET}-refresh-${issued}`,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: SCOPE,
      patient: 'zoe',
      ...tokens,
      ...changes,
    };
  };

  const ehr = {
    ...server,
    fhirBaseUrl,
    document,
    tokenResponse,
    /** Sets what the smart-configuration says, beside or instead of the usual members. */
    configure(changes) {
      server.answer('/fhir/.well-known/smart-configuration', { json: { ...document, ...changes } });
    },
    /** Sets what the token endpoint answers, in turn: changes of the usual token response. */
    grant(...changes) {
      server.answer('/token', ...changes.map((change) => () => ({ json: tokenResponse(change) })));
    },
    /** Options of an app registered here. */
    options: (more = {}) => ({
      fhirBaseUrl,
      clientId: 'growth-chart',
      scope: SCOPE,
      redirectUri: REDIRECT_URI,
      allowInsecureLoopback: true,
      storage: 'memory',
      ...more,
    }),
  };
  ehr.configure({});
  ehr.grant({});
  server.answer('/revoke', { status: 200 });
  return ehr;
}
