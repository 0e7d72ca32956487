import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { freePort } from '../port.mjs';
import { startProgram } from '../program.mjs';
import { registerApp, registerClient } from '../registration.mjs';
import { pythonVersion } from '../version.mjs';

export const version = pythonVersion('canaille');

/** @param {import('../run-server.mjs').StartInput} input @returns {Promise<import('../run-server.mjs').StartedServer>} */
export async function start({ directory, app, dataDirectory, credentials }) {
  const port = await freePort();
  const base = `http://localhost:${port}`;
  await writeFile(`${dataDirectory}/config.toml`, configuration(port, dataDirectory));
  const env = { CANAILLE_CONFIG: `${dataDirectory}/config.toml` };
  const canaille = `${directory}/venv/bin/canaille`;
  const metadata = `${base}/.well-known/openid-configuration`;
  await startProgram({ command: [canaille, 'run', '--bind', `localhost:${port}`], url: metadata, env });
  const options = { env: { ...process.env, ...env }, timeout: 60_000 };
  await promisify(execFile)(canaille, ['create', 'user', ...USER], options);
  const clientMetadata = { client_uri: app.origin, scope: SCOPE };
  /** @param {string} method @param {object} fields */
  const registerConfidential = async (method, fields = {}) => ({
    ...(await registerClient(`${base}/oauth/register`, app, { ...clientMetadata, token_endpoint_auth_method: method, ...fields })),
    scope: SCOPE,
  });
  /** @param {keyof typeof credentials.jwks} algorithm @param {object} fields */
  const byKey = (algorithm, fields = {}) =>
    registerConfidential('private_key_jwt', { jwks: credentials.jwks[algorithm], ...fields });
  const system = { grant_types: ['client_credentials'] };
  return {
    metadata,
    clientId: await registerApp(`${base}/oauth/register`, app, clientMetadata),
    scope: SCOPE,
    registration: { metadata: clientMetadata },
    // The server chooses the secrets itself.
    confidential: {
      basic: await registerConfidential('client_secret_basic'),
      post: await registerConfidential('client_secret_post'),
      RS256: await byKey('RS256'),
      RS384: await byKey('RS384'),
      ES384: await byKey('ES384'),
      // The server's metadata names RS384 and ES384, but the server refuses both.
      backendKey: { ...(await byKey('RS256', system)), algorithm: 'RS256' },
      backendSecret: await registerConfidential('client_secret_basic', system),
    },
    // Canaille cannot issue two tokens for the same user and app within one second.
    pause: 1_100,
    async step(page) {
      for (const [name, value] of /** @type {const} */ ([['login', 'dr1'], ['password', 'password1']])) {
        const field = page.locator(`input[name=${name}]`);
        if (await field.count()) await field.fill(value);
      }
      await page.locator('button[type=submit]').first().click();
    },
  };
}

/** @param {number} port @param {string} dataDirectory */
const configuration = (port, dataDirectory) => `
SECRET_KEY = "on this machine"
SERVER_NAME = "localhost:${port}"
PREFERRED_URL_SCHEME = "http"
[CANAILLE]
CAPTCHA_ENABLED = false
[CANAILLE_SQL]
DATABASE_URI = "sqlite:///${dataDirectory}/db.sqlite"
[CANAILLE_OIDC]
DYNAMIC_CLIENT_REGISTRATION_OPEN = true
`;

const USER = ['--user-name', 'dr1', '--family-name', 'One', '--emails', 'dr1@example.test', '--password', 'password1'];
const SCOPE = 'openid profile email';
