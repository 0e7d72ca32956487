import { execFileSync } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { freePort } from '../port.mjs';
import { startProgram } from '../program.mjs';
import { ofDebian } from '../version.mjs';
import { configure, USER } from './configure.mjs';

/** The clients in configure.mjs. */
const CONFIDENTIAL = ['basic', 'post', 'RS256', 'RS384', 'ES384', 'special', 'backendKey', 'backendSecret'];

export const version = ofDebian('glewlwyd');
export const isPinned = false;

/** @param {import('../run-server.mjs').Place} given @returns {Promise<import('../run-server.mjs').Started>} */
export async function start({ app, fhirBaseUrl, place, credentials }) {
  const port = await freePort();
  const base = `http://localhost:${port}`;
  await layOut(place, base, port);
  const command = ['glewlwyd', `--config-file=${place}/glewlwyd.conf`];
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
      const goOn = page.locator('.card-footer button.btn-success:enabled');
      // Checked first, because the button appears together with the scopes to grant and does not wait for them.
      const mayGoOn = await goOn.isVisible();
      if (await login.isVisible()) {
        await page.locator('#username').fill(USER.username);
        await page.locator('#password').fill(USER.password);
        await login.click();
      } else if (await grant.isVisible()) {
        const left = page.locator('.list-group input[type=checkbox]:not([disabled]):not(:checked)');
        await ((await left.count()) ? left.first().check() : grant.click());
      } else if (mayGoOn) {
        await goOn.click();
      } else if (page.url().endsWith('&prompt=end_session')) {
        await page.locator('button.btn-danger', { hasText: 'Logout' }).click();
      }
    },
  };
}

/**
 * Creates a database, a configuration and copies of the pages: Debian installs symbolic links, which the server does not serve.
 *
 * @param {string} place
 * @param {string} base
 * @param {number} port
 */
async function layOut(place, base, port) {
  const tables = await readFile('/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3');
  execFileSync('sqlite3', [`${place}/db.sqlite`], { input: tables, timeout: 60_000 });
  await cp('/usr/share/glewlwyd/webapp', `${place}/webapp`, {
    recursive: true,
    dereference: true,
    filter: (file) => !file.endsWith('/config.json'),
  });
  await cp('/etc/glewlwyd/config-2.7.json/config.json', `${place}/webapp/config.json`);
  const usual = await readFile('/etc/glewlwyd/glewlwyd.conf', 'utf8');
  const own = usual
    .replace(/^port=.*/m, `port=${port}`)
    .replace(/^#bind_address=.*/m, 'bind_address="127.0.0.1"')
    .replace(/^external_url=.*/m, `external_url="${base}"`)
    .replace(/^# static_files_path=.*/m, `static_files_path="${place}/webapp/"`)
    .replace(/^log_mode=.*/m, 'log_mode="console"')
    .replace(/^@include.*/m, `database = { type = "sqlite3"; path = "${place}/db.sqlite" };`);
  await writeFile(`${place}/glewlwyd.conf`, own);
}
