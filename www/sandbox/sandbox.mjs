/**
 * The sandbox: a SMART on FHIR server on loopback, to get started without an EHR.
 *
 * It is an authorization server (SMART App Launch 2.2 with oidc-provider), a FHIR R4 API with synthetic patients, and a
 * small EHR to launch apps from. It stores everything in memory.
 */

import { createServer } from 'node:http';
import { brandBundle } from './brands/bundle.mjs';
import { calendar } from './chart/calendar.mjs';
import { chart } from './chart/chart.mjs';
import { ehr } from './ehr/ehr.mjs';
import { createRoster } from './ehr/roster.mjs';
import { fhirApi } from './fhir/api.mjs';
import { capabilityStatement } from './fhir/capability.mjs';
import { bulkExports } from './fhir/export.mjs';
import { createRecords } from './fhir/records.mjs';
import { explainRefusals } from './oauth/assertion.mjs';
import { accessTokens } from './oauth/access-token.mjs';
import { authorizeByPost } from './oauth/authorize.mjs';
import { createNonces } from './oauth/dpop.mjs';
import { interactions } from './oauth/interaction.mjs';
import { createLaunches } from './oauth/launches.mjs';
import { createProvider, ROUTES } from './oauth/provider.mjs';
import { registrationFromPages } from './oauth/registration.mjs';
import { smartConfiguration } from './oauth/smart-configuration.mjs';
import { smartStyle } from './oauth/style.mjs';
import { tokenResponse } from './oauth/token-response.mjs';
import { errorPage, signedOutPage, signOutPage } from './pages/notices.mjs';
import { pages } from './pages/pages.mjs';
import { groups } from './people/groups.mjs';
import { patients } from './people/patients.mjs';
import { practitioners } from './people/practitioners.mjs';
import { recordRequests } from './requests.mjs';

const LOOPBACK = '127.0.0.1';
/** Path of the user-access brands below the FHIR base. */
const BRANDS = 'brands.json';

/**
 * Starts a sandbox and resolves when it is listening.
 *
 * @example
 * const sandbox = await startSandbox({
 *   apps: [{ clientId: 'my-app', redirectUris: ['http://localhost:5173/'], launchUrl: 'http://localhost:5173/' }],
 * })
 * console.log(sandbox.fhirBaseUrl)
 * await sandbox.close()
 *
 * @param {object} [options]
 * @param {number} [options.port] a free one when 0 or absent
 * @param {string} [options.host] the host name in its URLs; the server always listens on 127.0.0.1
 * @param {App[]} [options.apps] the registered clients
 * @param {number} [options.accessTokenSeconds] lifetime of access tokens
 * @param {number} [options.refreshTokenSeconds] lifetime of refresh tokens
 * @param {string} [options.initialAccessToken] required to register a client
 * @param {boolean} [options.requireDpop] binds the tokens of every app with a user to a key, with nonces
 * @param {boolean} [options.quiet] `false` prints a line for each request
 * @returns {Promise<Sandbox>}
 * @throws {Error} with `code: 'EADDRINUSE'` if the port is in use; an error without this code if an app cannot be registered
 *
 * @typedef {import('./sandbox.d.ts').App} App
 *
 * @typedef {object} Sandbox
 * @property {string} origin also the issuer
 * @property {string} fhirBaseUrl
 * @property {string} ehrUrl
 * @property {import('./requests.mjs').RequestEntry[]} requests live; may be emptied by setting its `length` to 0
 * @property {() => Promise<void>} close
 */
export async function startSandbox({
  port = 0,
  host = 'localhost',
  apps = [],
  accessTokenSeconds = 300,
  refreshTokenSeconds = 86400,
  initialAccessToken,
  requireDpop = false,
  quiet = true,
} = {}) {
  // The sandbox's URLs contain the port, so the server listens first. Requests that arrive before it can respond have to wait.
  /** @type {(listener: import('node:http').RequestListener) => void} */
  let setListener = () => {};
  /** @type {Promise<import('node:http').RequestListener>} */
  const ready = new Promise((resolve) => (setListener = resolve));
  const server = createServer(async (request, response) => (await ready)(request, response));
  await listen(server, port);

  const { port: boundPort } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const origin = `http://${host}:${boundPort}`;
  const fhirBaseUrl = `${origin}/fhir`;
  const ehrUrl = `${origin}/ehr`;
  const { requests, recorder } = recordRequests(quiet ? undefined : print);

  const today = calendar();
  const records = createRecords([...practitioners, ...groups, ...patients.flatMap((person) => chart(person, today))]);
  const roster = createRoster(records);
  const launches = createLaunches();
  /** @type {Map<string, import('./oauth/context.mjs').LaunchContext>} */
  const contexts = new Map();

  const provider = await createProvider({
    origin,
    fhirBaseUrl,
    apps: requireDpop ? apps.map((app) => ({ ...app, dpop: !app.backend })) : apps,
    launches,
    contexts,
    accessTokenSeconds,
    refreshTokenSeconds,
    ...(initialAccessToken !== undefined && { initialAccessToken }),
    requireDpop,
    notices: { error: errorPage, signOut: signOutPage, signedOut: signedOutPage },
  }).catch(async (error) => {
    // A server that listens would keep the program running.
    await close(server);
    throw error;
  });
  provider.on('grant.revoked', (_ctx, grantId) => contexts.delete(grantId));
  explainRefusals(provider, apps);

  /** @param {string} route */
  const urlFor = (route) => provider.urlFor(route);
  const withUser = apps.filter(({ backend }) => !backend);
  const requirePar = withUser.length > 0 && withUser.every((app) => app.requirePar);
  const documents = {
    metadata: capabilityStatement({ fhirBaseUrl, urlFor, started: new Date() }),
    '.well-known/smart-configuration': smartConfiguration({ issuer: origin, urlFor, requirePar, brandsUrl: `${fhirBaseUrl}/${BRANDS}` }),
    [BRANDS]: brandBundle({ fhirBaseUrl }),
    '.well-known/smart-style.json': smartStyle,
  };

  const nonces = requireDpop ? createNonces() : undefined;
  provider.use(recorder);
  provider.use(refuseOtherHosts(new URL(origin).host));
  const exports = bulkExports({ origin, fhirBaseUrl, records });
  provider.use(fhirApi({ fhirBaseUrl, records, exports, documents, authenticate: accessTokens(provider, nonces) }));
  provider.use(await pages({ fhirBaseUrl, ehrUrl, apps }));
  provider.use(ehr({ fhirBaseUrl, apps, launches, roster }));
  provider.use(interactions({ provider, fhirBaseUrl, launches, contexts, roster, errorPage }));
  provider.use(authorizeByPost(ROUTES.authorization));
  provider.use(registrationFromPages(ROUTES.registration));
  provider.use(tokenResponse(ROUTES.token, contexts));
  setListener(provider.callback());

  return { origin, fhirBaseUrl, ehrUrl, requests, close: () => close(server) };
}

/**
 * Refuses requests with any other host name: the URLs in responses would not match, and another site could reach the
 * server under its own host name (DNS rebinding).
 *
 * @param {string} host
 * @returns {import('koa').Middleware}
 */
function refuseOtherHosts(host) {
  return async (ctx, next) => {
    if (ctx.host === host) return next();
    ctx.status = 421;
    ctx.body = `This sandbox responds at http://${host}/\n`;
  };
}

/** @param {import('node:http').Server} server @param {number} port */
function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve(undefined);
    });
  });
}

/** @param {import('node:http').Server} server */
function close(server) {
  return new Promise((resolve) => {
    server.close(() => resolve(undefined));
    server.closeAllConnections();
  });
}

/** @param {import('./requests.mjs').RequestEntry} entry */
function print({ method, path, status }) {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${String(status ?? '---')}  ${method.padEnd(7)} ${path}`);
}
