import { generateKeyPairSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { freePort } from '../port.mjs';
import { startProgram } from '../program.mjs';
import { pythonVersion } from '../version.mjs';

export const version = pythonVersion('django-oauth-toolkit');

/** @param {import('../run-server.mjs').StartInput} input @returns {Promise<import('../run-server.mjs').StartedServer>} */
export async function start({ directory, app, fhirBaseUrl, dataDirectory, credentials }) {
  const port = await freePort();
  const scope = 'openid offline_access fhirUser launch/patient patient/*.rs';
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const { origin, callback, postLogoutUri } = app;
  const input = { port, dataDirectory, key, scope, fhirBaseUrl, origin, callback, postLogoutUri, credentials };
  const metadata = `http://localhost:${port}/o/.well-known/openid-configuration`;
  await startProgram({
    command: [`${directory}/venv/bin/python`, fileURLToPath(new URL('provider.py', import.meta.url)), JSON.stringify(input)],
    url: metadata,
  });
  return {
    metadata,
    // The server has these endpoints, but its metadata does not name them.
    unlistedEndpoints: {
      revocation_endpoint: `http://localhost:${port}/o/revoke_token/`,
      introspection_endpoint: `http://localhost:${port}/o/introspect/`,
    },
    clientId: 'app',
    scope,
    // The server has no `private_key_jwt`.
    confidential: {
      basic: { clientId: 'basic' },
      post: { clientId: 'post' },
      special: { clientId: 'special' },
      backendSecret: { clientId: 'backendSecret' },
    },
    async step(page) {
      const user = page.locator('input[name=username]');
      if (await user.count()) {
        await user.fill('dr1');
        await page.locator('input[name=password]').fill('password');
        await page.locator('button').click();
      } else {
        await page.locator('input[name=allow]').click();
      }
    },
  };
}
