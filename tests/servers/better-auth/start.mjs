import { freePort } from '../port.mjs';
import { startProgram } from '../program.mjs';
import { isValidProof } from '../proof.mjs';
import { registerApp } from '../registration.mjs';
import { npmVersion } from '../version.mjs';

export const version = npmVersion('better-auth');

export const configurations = { '': { dpop: false }, 'DPoP required': { dpop: true } };

/** @param {import('../run-server.mjs').StartInput} input @returns {Promise<import('../run-server.mjs').StartedServer>} */
export async function start({ directory, app, fhirBaseUrl, credentials, setup: { dpop } }) {
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const user = { email: 'dr1@example.test', password: 'password1' };
  const { origin, callback } = app;
  const input = { port, fhirBaseUrl, origin, callback, credentials, user };
  await startProgram({
    command: ['node', 'server.mjs', JSON.stringify(input)],
    cwd: directory,
    url: `${base}/.well-known/openid-configuration`,
  });
  /**
   * Whether the provider has issued the token, and the proof is made with the token's key.
   *
   * @param {string} token
   * @param {string | undefined} proof
   */
  async function accepts(token, proof) {
    try {
      const tokenData = await (await fetch(`${base}/token.json`, { headers: { 'x-token': token } })).json();
      return tokenData.active && (await isValidProof(token, proof, tokenData));
    } catch {
      return false;
    }
  }
  const scope = 'openid offline_access fhirUser launch/patient patient/*.rs';
  return {
    metadata: `${base}/.well-known/openid-configuration`,
    // better-auth requires https for web apps, and permits loopback only for native apps.
    clientId: await registerApp(`${base}/api/auth/oauth2/register`, app, {
      application_type: 'native',
      scope,
      ...(dpop ? { dpop_bound_access_tokens: true } : {}),
    }),
    scope,
    ...(dpop
      ? { dpop: true, accepts }
      : {
          registration: { metadata: { application_type: 'native', scope } },
          confidential: await (await fetch(`${base}/clients.json`)).json(),
        }),
    async step(page) {
      if (await page.locator('input[name=email]').count()) {
        await page.locator('input[name=email]').fill(user.email);
        await page.locator('input[name=password]').fill(user.password);
      }
      await page.locator('button').first().click();
      await page.waitForURL((url) => !/\/(login|consent)$/.test(url.pathname), { timeout: 3_000 });
    },
  };
}
