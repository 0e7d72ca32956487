// A SMART server, which follows the specification unless a test changes its responses; and the options of an app that is
// registered there.

import { createHash } from 'node:crypto';
import { startServer } from './scripted-server.mjs';
import { holdsSignedPart, keyFor, signed } from './signer.mjs';

export const REDIRECT_URI = 'https://app.example/back';
export const SCOPE = 'launch/patient patient/*.rs offline_access';
/** `SCOPE` with the scopes of an app that identifies the user. */
export const SCOPE_OPENID = `openid fhirUser ${SCOPE}`;

/** A part of each secret. Secrets may be only in requests to the server, and in members that an app reads by name. */
export const SECRET = 'canary';

/**
 * Whether a text contains a secret, or a part of an ID token.
 *
 * @param {string} text
 */
export const isRevealing = (text) => text.includes(SECRET) || holdsSignedPart(text);

/**
 * The nonces of authorization requests, by the code challenge of the same request.
 *
 * @type {Map<string | undefined, string | undefined>}
 */
const nonces = new Map();

/**
 * Approves an authorization request with these parameters.
 *
 * @param {Record<string, string>} parameters
 */
export const allow = ({ code_challenge, nonce }) => nonces.set(code_challenge, nonce);

/**
 * @param {import('node:test').TestContext} test the server is closed when this test ends
 * @param {{ configuration?: object, tokens?: object, idToken?: object, cors?: boolean }} [more] members to add to
 *   the smart-configuration and the token responses, or to replace; with `idToken` each token response has an ID token with these
 *   claims; with `cors` the server permits the pages of every origin
 *
 * @typedef {Awaited<ReturnType<typeof startEhr>>} Ehr
 *
 * @typedef {Pick<import('./signer.mjs').Key, 'algorithm' | 'kid' | 'sign'>} SigningKey
 *
 * @typedef {object} TokenResponse
 * @property {string} access_token
 * @property {string} refresh_token
 * @property {string} [id_token]
 */
export async function startEhr(test, { configuration = {}, tokens = {}, idToken: idTokenClaims, cors } = {}) {
  const server = await startServer(test, { cors });
  const { origin } = server;
  const fhirBaseUrl = `${origin}/fhir`;
  /** @type {TokenResponse[]} */
  const issued = [];

  const document = {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    revocation_endpoint: `${origin}/revoke`,
    jwks_uri: `${origin}/jwks`,
    grant_types_supported: ['authorization_code'],
    capabilities: ['launch-ehr', 'launch-standalone', 'client-public'],
    code_challenge_methods_supported: ['S256'],
    ...configuration,
  };

  /** The nonce that belongs to the latest token request. */
  const nonce = () => {
    const verifier = server.requestsTo('/token').at(-1)?.fields.get('code_verifier');
    return nonces.get(createHash('sha256').update(verifier ?? '').digest('base64url'));
  };

  const claims = (changes = {}) => {
    // Not `Date.now`, because tests that replace it for the app must not change the server's clock.
    const now = Math.floor(new Date().getTime() / 1_000);
    return {
      iss: origin,
      sub: 'amara',
      aud: 'growth-chart',
      exp: now + 300,
      iat: now,
      nonce: nonce(),
      fhirUser: `${fhirBaseUrl}/Practitioner/amara`,
      ...changes,
    };
  };

  /** @param {object} [changes] @param {{ header?: object, key?: SigningKey }} [more] */
  const idToken = (changes = {}, { header = {}, key = keyFor() } = {}) =>
    signed({ alg: key.algorithm, typ: 'JWT', kid: key.kid, ...header }, claims(changes), key);

  /** Creates a token response with new tokens. */
  const tokenResponse = (changes = {}) => {
    const number = issued.length + 1;
    const response = {
      access_token: `${SECRET}-access-${number}`,
      refresh_token: `${SECRET}-refresh-${number}`,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: SCOPE,
      patient: 'zoe',
      ...(idTokenClaims && { id_token: idToken(idTokenClaims) }),
      ...tokens,
      ...changes,
    };
    issued.push(response);
    return response;
  };

  const ehr = {
    ...server,
    fhirBaseUrl,
    document,
    /** The token responses so far. */
    issued,
    tokenResponse,
    /** The claims of an ID token for the current token request, with changes. */
    claims,
    /** An ID token with these claims; its `header` may be changed, and it may be signed with another `key`. */
    idToken,
    /**
     * Sets the keys that the server publishes.
     *
     * @param {...object} jwks
     */
    publish(...jwks) {
      server.answer('/jwks', { json: { keys: jwks } });
    },
    /**
     * Sets additional or replaced members of the smart-configuration.
     *
     * @param {object} changes
     */
    configure(changes) {
      server.answer('/fhir/.well-known/smart-configuration', { json: { ...document, ...changes } });
    },
    /**
     * Sets the next responses of the token endpoint: changes of the default token response, or functions that return them.
     *
     * @param {...(object | (() => object))} changes
     */
    grant(...changes) {
      /** @param {object | (() => object)} change */
      const membersOf = (change) => (typeof change === 'function' ? change() : change);
      server.answer('/token', ...changes.map((change) => () => ({ json: tokenResponse(membersOf(change)) })));
    },
    /**
     * Options of an app registered here.
     *
     * @param {object} [changes]
     * @returns {import('smart-launch').SmartClientBehaviour & import('smart-launch').SmartServerOptions & { fhirBaseUrl: string }}
     */
    options: (changes = {}) => ({
      fhirBaseUrl,
      clientId: 'growth-chart',
      scope: SCOPE,
      redirectUri: REDIRECT_URI,
      allowInsecureLoopback: true,
      storage: 'memory',
      ...changes,
    }),
  };
  ehr.configure({});
  ehr.grant({});
  server.answer('/revoke', { status: 200 });
  server.answer('/jwks', () => ({ json: { keys: [keyFor().jwk] } }));
  return ehr;
}
