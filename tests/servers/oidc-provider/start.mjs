import { createRemoteJWKSet, jwtVerify } from '../jose.mjs';
import { freePort } from '../port.mjs';
import { startProgram } from '../program.mjs';
import { isValidProof } from '../proof.mjs';
import { npmVersion } from '../version.mjs';

const DEFAULTS = { rotates: true, jwt: true, pushedOnly: false, client: {} };

/** The names of the clients in server.mjs. */
const CONFIDENTIAL = ['basic', 'post', 'RS256', 'RS384', 'ES384', 'special', 'backendKey', 'backendSecret'];

export const version = npmVersion('oidc-provider');

export const configurations = {
  'rotation, JWT access tokens': DEFAULTS,
  'one refresh token, opaque access tokens': {
    ...DEFAULTS,
    rotates: false,
    jwt: false,
    client: { id_token_signed_response_alg: 'ES256' },
    // oidc-provider does not introspect JWT access tokens.
    isConfidential: true,
  },
  'no smart-configuration': { ...DEFAULTS, hasNoConfiguration: true },
  'PAR required': { ...DEFAULTS, pushedOnly: true },
  'PAR, DPoP and nonces required': { ...DEFAULTS, pushedOnly: true, client: { dpop_bound_access_tokens: true }, dpop: true },
};

/** @param {import('../run-server.mjs').StartInput} input @returns {Promise<import('../run-server.mjs').StartedServer>} */
export async function start({ directory, app, fhirBaseUrl, credentials, setup }) {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const { callback, postLogoutUri } = app;
  await startProgram({
    command: ['node', 'server.mjs', JSON.stringify({ port, fhirBaseUrl, callback, postLogoutUri, credentials, setup })],
    cwd: directory,
    url: `${issuer}/.well-known/openid-configuration`,
  });
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  /** @param {string} token @param {string | undefined} proof */
  async function isValidToken(token, proof) {
    try {
      const { payload } = await jwtVerify(token, keys, { issuer, audience: fhirBaseUrl });
      return !setup.dpop || (await isValidProof(token, proof, payload));
    } catch {
      return false;
    }
  }
  return {
    metadata: `${issuer}/.well-known/openid-configuration`,
    // The app uses the metadata of this issuer instead of a smart-configuration.
    issuer: setup.hasNoConfiguration ? issuer : undefined,
    clientId: 'app',
    dpop: setup.dpop ? true : undefined,
    scope: 'openid fhirUser launch/patient patient/*.rs',
    accepts: setup.jwt ? isValidToken : undefined,
    confidential: setup.isConfidential
      ? Object.fromEntries(CONFIDENTIAL.map((clientId) => [clientId, { clientId }]))
      : undefined,
    async step(page) {
      const login = page.locator('input[name=login]');
      if (await login.count()) {
        await login.fill('dr1');
        await page.locator('input[name=password]').fill('any');
      }
      await page.locator('button[type=submit]').first().click();
    },
  };
}
