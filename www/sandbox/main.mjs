#!/usr/bin/env node
/** Starts the sandbox from the command line and prints its URLs. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startDemo } from './demo-server.mjs';
import { keyIds } from './oauth/assertion.mjs';
import { startSandbox } from './sandbox.mjs';
import { users } from './people/users.mjs';

const USAGE = `Usage: smart-launch-sandbox [options]

  --port 4400                   the port to listen on
  --app-url http://localhost:4401/
                                URL of the app
  --redirect-uri URL            URL to which a sign-in returns (repeatable; default: the app URL);
                                pages of its origin may call the server
  --post-logout-redirect-uri URL
                                URL to which a sign-out returns (repeatable; default: the app URL)
  --launch-url URL              URL at which the EHR opens the app (default: the app URL)
  --client-id smart-launch-demo the app's client id
  --client-secret SECRET        of a confidential app
  --client-jwks FILE            public keys of a confidential app (JWK Set)
  --require-par                 the app must push its authorization requests
  --backend-id NAME             the client id of a client without a user
  --backend-jwks FILE           its public keys (JWK Set)
  --initial-access-token TOKEN  required to register a client (default: not required)
  --app-name NAME               the app's name on the pages (default: the client id)
  --token-seconds 300           lifetime of access tokens in seconds
  --require-dpop                bind tokens to a key (DPoP), with nonces
  --demo                        also serve a demo app, at the next port
  --verbose                     print a line for each request
  --help`;

const LAST_PORT = 65535;
/** The options that can be combined with `--demo`. */
const DEMO_OPTIONS = ['demo', 'port', 'token-seconds', 'verbose'];

try {
  await main();
} catch (error) {
  console.error(explain(/** @type {Failure} */ (error)));
  process.exitCode = 1;
}

async function main() {
  const { values, tokens } = parseArgs({
    tokens: true,
    options: {
      port: { type: 'string', default: '4400' },
      'app-url': { type: 'string', default: 'http://localhost:4401/' },
      'redirect-uri': { type: 'string', multiple: true },
      'post-logout-redirect-uri': { type: 'string', multiple: true },
      'launch-url': { type: 'string' },
      'client-id': { type: 'string', default: 'smart-launch-demo' },
      'client-secret': { type: 'string' },
      'client-jwks': { type: 'string' },
      'require-par': { type: 'boolean', default: false },
      'backend-id': { type: 'string' },
      'backend-jwks': { type: 'string' },
      'initial-access-token': { type: 'string' },
      'app-name': { type: 'string' },
      'token-seconds': { type: 'string', default: '300' },
      'require-dpop': { type: 'boolean', default: false },
      demo: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }

  const options = tokens.flatMap((token) => (token.kind === 'option' ? [token] : []));
  const empty = options.find(({ value }) => value === '');
  if (empty) throw new Error(`${empty.rawName} is empty.`);
  const appOptions = options.filter(({ name }) => values.demo && !DEMO_OPTIONS.includes(name)).map(({ rawName }) => rawName);
  if (appOptions.length > 0) throw new Error(`--demo serves an app of its own: leave out ${[...new Set(appOptions)].join(', ')}.`);

  const port = wholeNumber(values, 'port', 0, values.demo ? LAST_PORT - 1 : LAST_PORT);
  const accessTokenSeconds = wholeNumber(values, 'token-seconds', 1, 86400);
  const quiet = !values.verbose;
  if (values.demo) {
    const demo = await startDemo({
      dist: fileURLToPath(new URL('demo', import.meta.url)),
      sandboxPort: port,
      appPort: port === 0 ? 0 : port + 1,
      accessTokenSeconds,
      quiet,
    });
    console.log(demoWelcome(demo));
    closeOnSignal(demo);
    return;
  }

  const app = await appFrom(values);
  const backend = await backendFrom(values);
  const sandbox = await startSandbox({
    port,
    apps: backend ? [app, backend] : [app],
    accessTokenSeconds,
    ...(values['initial-access-token'] !== undefined && { initialAccessToken: values['initial-access-token'] }),
    requireDpop: values['require-dpop'],
    quiet,
  });
  console.log(welcome(sandbox, app, backend));
  closeOnSignal(sandbox);
}

/** @param {{ close: () => Promise<void> }} server */
function closeOnSignal(server) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
}

/**
 * @param {Options} values
 *
 * @typedef {object} Options
 * @property {string} port
 * @property {string} app-url
 * @property {string[]} [redirect-uri]
 * @property {string[]} [post-logout-redirect-uri]
 * @property {string} [launch-url]
 * @property {string} client-id
 * @property {string} [client-secret]
 * @property {string} [client-jwks]
 * @property {boolean} require-par
 * @property {string} [backend-id]
 * @property {string} [backend-jwks]
 * @property {string} [app-name]
 * @property {string} token-seconds
 */
async function appFrom(values) {
  const appUrl = httpUrl('app-url', values['app-url']);
  return {
    clientId: values['client-id'],
    redirectUris: values['redirect-uri']?.map((uri) => httpUrl('redirect-uri', uri)) ?? [appUrl],
    launchUrl: httpUrl('launch-url', values['launch-url'] ?? appUrl),
    postLogoutRedirectUris:
      values['post-logout-redirect-uri']?.map((uri) => httpUrl('post-logout-redirect-uri', uri)) ?? [appUrl],
    requirePar: values['require-par'],
    ...(values['app-name'] !== undefined && { name: values['app-name'] }),
    ...(values['client-secret'] !== undefined && { secret: values['client-secret'] }),
    ...(values['client-jwks'] !== undefined && { jwks: await readKeySet('client-jwks', values['client-jwks']) }),
  };
}

/** @param {Options} values */
async function backendFrom(values) {
  const { 'backend-id': clientId, 'backend-jwks': file } = values;
  if (clientId === undefined && file === undefined) return undefined;
  if (clientId === undefined || file === undefined) throw new Error('--backend-id and --backend-jwks belong together.');
  return { clientId, backend: true, jwks: await readKeySet('backend-jwks', file) };
}

/**
 * @param {string} option
 * @param {string} file
 * @returns {Promise<{ keys: Record<string, unknown>[] }>}
 */
async function readKeySet(option, file) {
  try {
    const set = JSON.parse(await readFile(file, 'utf8'));
    if (Array.isArray(set?.keys)) return set;
  } catch {
    // A file that cannot be read or is not JSON is reported below.
  }
  throw new Error(`--${option} must be a file with a JWK Set, { "keys": [...] }, not '${file}'.`);
}

/** @param {string} option @param {string} text */
function httpUrl(option, text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`--${option} must be an http or https URL, not '${text}'.`);
  return url.href;
}

/** @param {Options} values @param {'port' | 'token-seconds'} option @param {number} min @param {number} max */
function wholeNumber(values, option, min, max) {
  const number = Number(values[option]);
  if (!Number.isInteger(number) || number < min || number > max) {
    throw new Error(`--${option} must be a whole number from ${min} to ${max}, not '${values[option]}'.`);
  }
  return number;
}

/**
 * @param {import('./sandbox.mjs').Sandbox} sandbox
 * @param {Awaited<ReturnType<typeof appFrom>>} app
 * @param {Awaited<ReturnType<typeof backendFrom>>} backend
 */
function welcome({ origin, fhirBaseUrl, ehrUrl }, app, backend) {
  const backendLines = backend
    ? `
  Back end        ${backend.clientId}
  Its key ids     ${keyIds(backend.jwks).join(', ')}`
    : '';
  return `
  SMART on FHIR sandbox, synthetic data only

  Overview        ${origin}/
  EHR             ${ehrUrl}
  FHIR base URL   ${fhirBaseUrl}
  Client id       ${app.clientId}
  Redirect URIs   ${app.redirectUris.join('\n                  ')}
  Launch URL      ${app.launchUrl}${backendLines}
  Users           ${users.map(({ name }) => name).join(', ')} (no passwords)

  Stop with Ctrl+C.
`;
}

/** @param {Awaited<ReturnType<typeof startDemo>>} demo */
function demoWelcome({ url, sandbox: { ehrUrl, fhirBaseUrl } }) {
  return `
  SMART on FHIR sandbox with a demo app, synthetic data only

  Demo            ${url}/
  EHR             ${ehrUrl}
  FHIR base URL   ${fhirBaseUrl}
  Users           ${users.map(({ name }) => name).join(', ')} (no passwords)

  Stop with Ctrl+C.
`;
}

/**
 * @param {Failure} error
 *
 * @typedef {NodeJS.ErrnoException & { port?: number }} Failure
 */
function explain(error) {
  if (error.code === 'EADDRINUSE')
    return `Port ${error.port} is in use: stop the other program, or choose another port with --port.`;
  return error.code === undefined || error.code.startsWith('ERR_PARSE_ARGS') ? error.message : error.stack;
}
