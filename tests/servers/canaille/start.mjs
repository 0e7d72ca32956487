import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { freePort } from '../port.mjs';
import { startProgram } from '../program.mjs';
import { register } from '../registration.mjs';
import { ofPython } from '../version.mjs';

export const version = ofPython('canaille');

/** @param {import('../run-server.mjs').Place} given @returns {Promise<import('../run-server.mjs').Started>} */
export async function start({ directory, app, place }) {
  const port = await freePort();
  const base = `http://localhost:${port}`;
  await writeFile(`${place}/config.toml`, configuration(port, place));
  const env = { CANAILLE_CONFIG: `${place}/config.toml` };
  const canaille = `${directory}/venv/bin/canaille`;
  const metadata = `${base}/.well-known/openid-configuration`;
  await startProgram({ command: [canaille, 'run', '--bind', `localhost:${port}`], url: metadata, env });
  const how = { env: { ...process.env, ...env }, timeout: 60_000 };
  await promisify(execFile)(canaille, ['create', 'user', ...USER], how);
  return {
    metadata,
    clientId: await register(`${base}/oauth/register`, app, { client_uri: app.origin, scope: SCOPE }),
    scope: SCOPE,
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

/** @param {number} port @param {string} place */
const configuration = (port, place) => `
SECRET_KEY = "on this machine"
SERVER_NAME = "localhost:${port}"
PREFERRED_URL_SCHEME = "http"
[CANAILLE]
CAPTCHA_ENABLED = false
[CANAILLE_SQL]
DATABASE_URI = "sqlite:///${place}/db.sqlite"
[CANAILLE_OIDC]
DYNAMIC_CLIENT_REGISTRATION_OPEN = true
`;

const USER = ['--user-name', 'dr1', '--family-name', 'One', '--emails', 'dr1@example.test', '--password', 'password1'];
const SCOPE = 'openid profile email';
