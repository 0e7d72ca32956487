// Starts one server in one configuration, tests apps with it, and stops it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CREDENTIALS, testConfidentialClients } from './confidential.mjs';
import { optionsByDoctor } from './doctor.mjs';
import { testPublicApp } from './public-app.mjs';
import { stopPrograms } from './program.mjs';
import { startFhirServer } from './fhir-server.mjs';

/** Time limit in milliseconds for the whole run. */
const TIME_LIMIT = 240_000;

/**
 * @typedef {import('./app.mjs').App} App
 * @typedef {import('./fhir-server.mjs').Metadata} Metadata
 *
 * @typedef {object} StartInput the input of `start` in a start.mjs
 * @property {string} directory where the server is installed
 * @property {Record<string, unknown>} setup the server's configuration
 * @property {App} app the app that signs in at the server
 * @property {string} fhirBaseUrl
 * @property {string} dataDirectory for the server's files
 * @property {typeof CREDENTIALS} credentials of the confidential clients
 *
 * @typedef {object} StartedServer the result of `start` in a start.mjs
 * @property {string} metadata URL of the server's OpenID configuration
 * @property {string} clientId
 * @property {string} scope
 * @property {boolean | undefined} [dpop] whether the app binds its tokens to a key
 * @property {(page: import('playwright-core').Page) => Promise<void>} step the user's action on the current page
 * @property {string} [issuer] if the app has to set it
 * @property {Metadata} [unlistedEndpoints] endpoints that the server's metadata does not name
 * @property {(token: string, proof: string | undefined) => Promise<boolean>} [accepts] whether an access token is from
 *   the server and valid, with its DPoP proof if it has one
 * @property {import('./confidential.mjs').Confidential} [confidential] the confidential clients that are registered
 * @property {{ metadata?: object, initialAccessToken?: string }} [registration] values that the server requires of a client
 * @property {number} [pause] milliseconds to wait before each request for tokens
 *
 * @typedef {{ fhirBaseUrl: string, issuer: string | undefined, clientId: string, scope: string, dpop: boolean | undefined }} AppOptions
 *
 * @typedef {StartedServer & { document: Metadata, app: AppOptions }} Server a started server, its metadata, and
 *   the options of an app there
 *
 * @param {import('playwright-core').Browser} browser
 * @param {App} app
 * @param {(input: StartInput) => Promise<StartedServer>} start from the server's start.mjs
 * @param {{ directory: string, setup: Record<string, unknown> }} installation the installation directory, and the configuration
 * @returns {Promise<(Record<string, string> | undefined)[]>} the cells of a row of each table
 */
export async function runServer(browser, app, start, installation) {
  const fhir = await startFhirServer();
  const dataDirectory = await mkdtemp(join(tmpdir(), 'smart-launch-server-'));
  const context = await browser.newContext();
  const timeout = sleep(TIME_LIMIT, undefined, { ref: false }).then(() => {
    throw new Error(`not done after ${TIME_LIMIT / 1_000} s`);
  });
  try {
    return await Promise.race([run(), timeout]);
  } finally {
    await context.close();
    await stopPrograms();
    await rm(dataDirectory, { recursive: true });
    fhir.close();
  }

  async function run() {
    const { fhirBaseUrl } = fhir;
    const started = await start({ app, fhirBaseUrl, dataDirectory, credentials: CREDENTIALS, ...installation });
    const { metadata, unlistedEndpoints, issuer, clientId, scope, dpop } = started;
    const document = { ...(await (await fetch(metadata)).json()), ...unlistedEndpoints };
    // If the app sets the issuer, the provider's own document is the only metadata.
    fhir.publish(document, started.accepts, { hasConfiguration: !issuer });
    const server = { ...started, document, app: { fhirBaseUrl, issuer, clientId, scope, dpop } };
    const options = await optionsByDoctor(started, app, fhirBaseUrl);
    const cells = await testPublicApp(context, app, { ...server, app: { ...server.app, ...options } });
    return [cells, ...(started.confidential ? await testConfidentialClients(context, app, server, started.confidential) : [])];
  }
}
