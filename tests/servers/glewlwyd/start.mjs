import { execFileSync } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { freePort } from '../port.mjs';
import { startProgram } from '../program.mjs';
import { debianVersion } from '../version.mjs';
import { configure, USER } from './configure.mjs';

/** The names of the clients in configure.mjs. */
const CONFIDENTIAL = ['basic', 'post', 'RS256', 'RS384', 'ES384', 'special', 'backendKey', 'backendSecret'];

export const version = debianVersion('glewlwyd');
export const isPinned = false;

/** @param {import('../run-server.mjs').StartInput} input @returns {Promise<import('../run-server.mjs').StartedServer>} */
export async function start({ app, fhirBaseUrl, dataDirectory, credentials }) {
  const port = await freePort();
  const base = `http://localhost:${port}`;
  await createFiles(dataDirectory, base, port);
  const command = ['glewlwyd', `--config-file=${dataDirectory}/glewlwyd.conf`];
  await startProgram({ command, url: `${base}/login.html` });
  const scope = await configure(base, app, fhirBaseUrl, credentials);
  return {
    metadata: `${base}/api/oidc/.well-known/openid-configuration`,
    clientId: 'app',
    scope,
    confidential: Object.fromEntries(
      CONFIDENTIAL.map((clientId) => [clientId, { clientId, ...(clientId in credentials.jwks && { sendClientId: true }) }]),
    ),
    async step(page) {
      const login = page.locator('#loginbut');
      const grant = page.locator('button.btn-primary', { hasText: 'Grant access' });
      const continueButton = page.locator('.card-footer button.btn-success:enabled');
      // Read before `grant`: the page shows this button together with the scopes to grant. If they appeared after
      // `grant` was read, the button would be clicked although no scope is granted.
      const canContinue = await continueButton.isVisible();
      if (await login.isVisible()) {
        await page.locator('#username').fill(USER.username);
        await page.locator('#password').fill(USER.password);
        await login.click();
      } else if (await grant.isVisible()) {
        const unchecked = page.locator('.list-group input[type=checkbox]:not([disabled]):not(:checked)');
        await ((await unchecked.count()) ? unchecked.first().check() : grant.click());
      } else if (canContinue) {
        await continueButton.click();
      } else if (page.url().endsWith('&prompt=end_session')) {
        await page.locator('button.btn-danger', { hasText: 'Logout' }).click();
      }
    },
  };
}

/**
 * Creates a database, a configuration and copies of the pages: Debian installs symbolic links, which the server does not serve.
 *
 * @param {string} dataDirectory
 * @param {string} base
 * @param {number} port
 */
async function createFiles(dataDirectory, base, port) {
  const tables = await readFile('/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3');
  execFileSync('sqlite3', [`${dataDirectory}/db.sqlite`], { input: tables, timeout: 60_000 });
  await cp('/usr/share/glewlwyd/webapp', `${dataDirectory}/webapp`, {
    recursive: true,
    dereference: true,
    filter: (file) => !file.endsWith('/config.json'),
  });
  await cp('/etc/glewlwyd/config-2.7.json/config.json', `${dataDirectory}/webapp/config.json`);
  const template = await readFile('/etc/glewlwyd/glewlwyd.conf', 'utf8');
  const configuration = template
    .replace(/^port=.*/m, `port=${port}`)
    .replace(/^#bind_address=.*/m, 'bind_address="127.0.0.1"')
    .replace(/^external_url=.*/m, `external_url="${base}"`)
    .replace(/^# static_files_path=.*/m, `static_files_path="${dataDirectory}/webapp/"`)
    .replace(/^log_mode=.*/m, 'log_mode="console"')
    .replace(/^@include.*/m, `database = { type = "sqlite3"; path = "${dataDirectory}/db.sqlite" };`);
  await writeFile(`${dataDirectory}/glewlwyd.conf`, configuration);
}
