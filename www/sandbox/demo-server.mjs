/** Serves the built demo app, the sandbox that it signs in to, and an app that signs in on its server. */

import { existsSync } from 'node:fs';
import { startSandbox } from './sandbox.mjs';
import { staticFiles } from './static-files.mjs';

const LOOPBACK = '127.0.0.1';
const PORTS_TRIED = 10;
const CLIENT_ID = 'smart-launch-demo';

const SCOPE = [
  'launch/patient',
  'openid',
  'fhirUser',
  'offline_access',
  'patient/Patient.rs',
  'patient/Observation.rs',
  'patient/Condition.rs',
  'patient/MedicationRequest.rs',
  'patient/AllergyIntolerance.rs',
  'patient/Encounter.rs',
].join(' ');

/**
 * Starts the demo app, the sandbox and the app that signs in on its server, on this machine. If a port is in use, one of the
 * next ports is used; port 0 means any free port.
 *
 * @param {object} options
 * @param {string} options.dist where the built app is
 * @param {number} [options.appPort]
 * @param {number} [options.serverAppPort]
 * @param {(port: number) => Promise<ServerApp>} [options.startServerApp] starts the app that signs in on its server
 * @param {number} [options.sandboxPort]
 * @param {number} [options.accessTokenSeconds] lifetime of the sandbox's access tokens
 * @param {boolean} [options.quiet] `false` prints a line for each request to the sandbox
 * @returns {Promise<{ url: string, serverAppUrl: string | undefined, sandbox: Sandbox, close: () => Promise<void> }>} `url`: the
 *   origin of the demo; `serverAppUrl`: the origin of the app that signs in on its server
 *
 * @typedef {import('./sandbox.mjs').Sandbox} Sandbox
 *
 * @typedef {object} ServerApp
 * @property {string} url
 * @property {import('./sandbox.mjs').App} app its registration
 * @property {(sandbox: Sandbox, demo: string) => void} open starts to serve; called when the sandbox runs
 * @property {() => Promise<unknown>} close
 *
 * @typedef {object} SandboxDetails known once the sandbox runs
 * @property {string} [origin] the sandbox's origin
 * @property {object} [config] the configuration that the app requests
 */
export async function startDemo({
  dist,
  appPort = 4401,
  serverAppPort = 4402,
  startServerApp,
  sandboxPort = 4400,
  accessTokenSeconds = 300,
  quiet = true,
}) {
  if (!existsSync(`${dist}/index.html`)) throw new Error(`There is no built app in ${dist}.`);

  // The demo app needs the sandbox's URL to sign in, and the sandbox needs the app's URL as the redirect URI. The app requests
  // the sandbox's URL only when a user opens the page, so the app starts first.
  /** @type {SandboxDetails} */
  const sandboxDetails = {};
  const app = await staticFiles({
    directory: dist,
    headers: () => ({
      'Content-Security-Policy': contentSecurityPolicy(sandboxDetails.origin),
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    }),
    documents: () => ({ '/config.json': sandboxDetails.config }),
  });
  await onFreePort(appPort, (port) => listen(app, port));
  const { port } = /** @type {import('node:net').AddressInfo} */ (app.address());
  const url = `http://localhost:${port}`;
  let serverApp;
  let sandbox;
  try {
    serverApp = startServerApp && (await onFreePort(serverAppPort, startServerApp));
    const registered = {
      clientId: CLIENT_ID,
      name: 'smart-launch demo',
      redirectUris: [`${url}/`],
      launchUrl: `${url}/`,
      postLogoutRedirectUris: [`${url}/`],
    };
    const apps = serverApp ? [serverApp.app, registered] : [registered];
    sandbox = await onFreePort(sandboxPort, (free) => startSandbox({ port: free, apps, accessTokenSeconds, quiet }));
    serverApp?.open(sandbox, url);
  } catch (error) {
    await Promise.all([close(app), serverApp?.close()]);
    throw error;
  }
  const { origin, fhirBaseUrl, ehrUrl } = sandbox;
  sandboxDetails.origin = origin;
  const serverAppUrl = serverApp?.url;
  sandboxDetails.config = { fhirBaseUrl, ehrUrl, serverAppUrl, clientId: CLIENT_ID, scope: SCOPE, accessTokenSeconds };
  return {
    url,
    serverAppUrl,
    sandbox,
    async close() {
      await Promise.all([close(app), serverApp?.close(), sandbox.close()]);
    },
  };
}

/**
 * A policy that a deployment may use as well. `wasm-unsafe-eval` lets the library's WebAssembly module start. The
 * sandbox receives the requests, and authorization requests by POST; its EHR may put this app in a frame.
 */
function contentSecurityPolicy(sandbox = '') {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "font-src 'self'",
    // Logos of organizations are images in data URLs.
    "img-src 'self' data:",
    `connect-src 'self' ${sandbox}`,
    // An authorization request by POST is a form. The sandbox redirects back to this app: browsers check both URLs.
    `form-action 'self' ${sandbox}`,
    `frame-ancestors 'self' ${sandbox}`,
    "base-uri 'none'",
  ].join('; ');
}

/**
 * @template T
 * @param {number} port
 * @param {(port: number) => Promise<T>} start
 */
async function onFreePort(port, start) {
  for (let offset = 0; ; offset += 1) {
    try {
      return await start(port === 0 ? 0 : port + offset);
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== 'EADDRINUSE' || port === 0 || offset === PORTS_TRIED - 1) throw error;
    }
  }
}

/** @param {import('node:http').Server} server @param {number} port @returns {Promise<void>} */
function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** @param {import('node:http').Server} server @returns {Promise<void>} */
function close(server) {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
