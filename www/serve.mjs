// Serves the built demo, the demo that signs in on its server, and the sandbox server that both sign in to.
//
//   node serve.mjs [--port 4401] [--server-port 4402] [--sandbox-port 4400] [--token-seconds 300]

import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { preview } from 'vite';
import { startSandbox } from './sandbox/sandbox.mjs';
import { startServerApp } from './server/app.mjs';

/**
 * Starts all on this machine. If a port is in use, one of the next ports is used; port 0 means any free port.
 *
 * @param {object} [options]
 * @param {string} [options.dist] where the built app is
 * @param {number} [options.appPort]
 * @param {number} [options.serverAppPort]
 * @param {number} [options.sandboxPort]
 * @param {number} [options.accessTokenSeconds] lifetime of the sandbox's access tokens
 * @param {boolean} [options.quiet] prints nothing on the console
 * @returns {Promise<{ url: string, serverAppUrl: string, sandbox: Sandbox, close: () => Promise<void> }>} `url`: the demo's
 *   origin; `serverAppUrl`: that of the demo that signs in on its server.
 *
 * @typedef {import('./sandbox/sandbox.mjs').Sandbox} Sandbox
 * @typedef {import('vite').PreviewServer} PreviewServer
 *
 * @typedef {object} Address of the sandbox, known once it runs
 * @property {string} [sandbox] its origin
 * @property {object} [config] the configuration that the app requests
 */
export async function startDemo({
  dist = fileURLToPath(new URL('./dist', import.meta.url)),
  appPort = 4401,
  serverAppPort = 4402,
  sandboxPort = 4400,
  accessTokenSeconds = 300,
  quiet = false,
} = {}) {
  if (!existsSync(`${dist}/index.html`)) throw new Error(`No built app in ${dist}: run "npm run build" first.`);

  // Each needs the other's URL: the app to sign in, the sandbox for its redirect URIs. The app requests the sandbox's
  // URL only when a user opens the page, so the app starts first.
  /** @type {Address} */
  const address = {};
  const app = await serveApp(dist, appPort, address);
  const { port } = /** @type {import('node:net').AddressInfo} */ (app.httpServer.address());
  const url = `http://localhost:${port}`;
  let serverApp;
  let sandbox;
  try {
    const started = (serverApp = await near(serverAppPort, startServerApp));
    const options = {
      apps: [
        started.app,
        {
          clientId: CLIENT_ID,
          name: 'smart-launch demo',
          redirectUris: [`${url}/`],
          launchUrl: `${url}/`,
          postLogoutRedirectUris: [`${url}/`],
        },
      ],
      accessTokenSeconds,
      quiet: true,
    };
    sandbox = await near(sandboxPort, (port) => startSandbox({ ...options, port }));
    started.open(sandbox, url);
  } catch (error) {
    await Promise.all([closeApp(app), serverApp?.close()]);
    throw error;
  }
  address.sandbox = sandbox.origin;
  address.config = {
    fhirBaseUrl: sandbox.fhirBaseUrl,
    ehrUrl: sandbox.ehrUrl,
    serverAppUrl: serverApp.url,
    clientId: CLIENT_ID,
    scope: SCOPE,
    accessTokenSeconds,
  };
  if (!quiet) {
    const elsewhere = appPort !== 0 && port !== appPort ? ` (port ${appPort} is taken)` : '';
    console.log(`\n  The demo is at ${url}${elsewhere}\n  The demo that signs in on its server is at ${serverApp.url}\n  Ctrl-C stops it.\n`);
  }
  return {
    url,
    serverAppUrl: serverApp.url,
    sandbox,
    async close() {
      await Promise.all([closeApp(app), serverApp.close(), sandbox.close()]);
    },
  };
}

/** @param {string} dist @param {number} port @param {Address} address */
function serveApp(dist, port, address) {
  return preview({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    logLevel: 'silent',
    build: { outDir: dist },
    preview: { host: 'localhost', port, strictPort: false },
    plugins: [
      {
        name: 'smart-launch-demo-config',
        configurePreviewServer(server) {
          server.middlewares.use((request, response, next) => {
            response.setHeader('Content-Security-Policy', contentSecurityPolicy(address.sandbox));
            response.setHeader('Referrer-Policy', 'no-referrer');
            response.setHeader('X-Content-Type-Options', 'nosniff');
            if (new URL(request.url ?? '', 'http://localhost').pathname !== '/config.json') return next();
            response.setHeader('Content-Type', 'application/json');
            response.setHeader('Cache-Control', 'no-store');
            response.statusCode = address.config === undefined ? 503 : 200;
            response.end(JSON.stringify(address.config ?? {}));
          });
        },
      },
    ],
  });
}

/** @param {PreviewServer} app */
async function closeApp(app) {
  // Browsers keep connections open, and a server that waits for them does not stop.
  /** @type {import('node:http').Server} */ (app.httpServer).closeAllConnections();
  await app.close();
}

/**
 * Starts a server on a port, or one of the next if it is in use.
 *
 * @template Server
 * @param {number} port
 * @param {(port: number) => Promise<Server>} start
 */
async function near(port, start) {
  for (let offset = 0; ; offset += 1) {
    try {
      return await start(port === 0 ? 0 : port + offset);
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== 'EADDRINUSE' || port === 0 || offset === PORTS_TRIED - 1) throw error;
    }
  }
}

/**
 * A policy that a deployment may use as well. `wasm-unsafe-eval` lets the library's WebAssembly module start. The
 * sandbox receives the requests and the sign-in form, and its EHR may put this app in a frame.
 */
function contentSecurityPolicy(sandbox = '') {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${sandbox}`,
    // The form is posted to the server, which redirects back to this app: browsers check both URLs.
    `form-action 'self' ${sandbox}`,
    `frame-ancestors 'self' ${sandbox}`,
    "base-uri 'none'",
  ].join('; ');
}

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

const PORTS_TRIED = 10;

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4401' },
      'server-port': { type: 'string', default: '4402' },
      'sandbox-port': { type: 'string', default: '4400' },
      'token-seconds': { type: 'string', default: '300' },
      dist: { type: 'string' },
    },
  });
  const demo = await startDemo({
    appPort: wholeNumber('--port', values.port),
    serverAppPort: wholeNumber('--server-port', values['server-port']),
    sandboxPort: wholeNumber('--sandbox-port', values['sandbox-port']),
    accessTokenSeconds: wholeNumber('--token-seconds', values['token-seconds']),
    ...(values.dist === undefined ? {} : { dist: values.dist }),
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await demo.close();
      process.exit(0);
    });
  }
}

/** @param {string} option @param {string} text */
function wholeNumber(option, text) {
  if (!/^\d+$/.test(text)) throw new Error(`${option} takes a whole number, not "${text}".`);
  return Number(text);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
