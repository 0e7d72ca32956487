// Confidential clients at each server: the sign-in of a server-side app, and clients without a user. Each column of the table is
// a function, which returns its cell.

import { generateKeyPairSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { failureCell, followPages, NOT_OFFERED } from './public-app.mjs';

const LIBRARY = pathToFileURL(`${process.env.SMART_LAUNCH_APP}/node_modules/smart-launch/dist/`).href;
/** @type {typeof import('smart-launch/confidential')} */
const { createBackendClient, createConfidentialClient, createTokenRequest, publicJwks } = await import(`${LIBRARY}confidential.js`);
/** @type {typeof import('smart-launch/registration')} */
const { deleteClient, readClient, registerClient, updateClient } = await import(`${LIBRARY}registration.js`);

/** @param {import('node:crypto').KeyPairKeyObjectResult} pair */
const pem = ({ privateKey }) => String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
const rsa = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }));
const KEYS = {
  RS256: { key: rsa, keyId: 'rs256', alg: /** @type {const} */ ('RS256') },
  RS384: { key: rsa, keyId: 'rs384', alg: /** @type {const} */ ('RS384') },
  ES384: { key: pem(generateKeyPairSync('ec', { namedCurve: 'P-384' })), keyId: 'es384' },
};

/** Credentials with which servers register the clients, unless the server chooses a secret. */
export const CREDENTIALS = {
  secret: 'a-secret-of-the-app',
  /** Has characters that the two encodings of HTTP Basic encode differently. */
  specialSecret: 'secret:%41+/',
  jwks: {
    RS256: await publicJwks(KEYS.RS256),
    RS384: await publicJwks(KEYS.RS384),
    ES384: await publicJwks(KEYS.ES384),
  },
};

/**
 * @typedef {object} RegisteredClient a client at the server
 * @property {string} clientId
 * @property {string} [secret] if the server chose it
 * @property {boolean} [sendClientId] whether the server requires `client_id` with an assertion
 * @property {string} [scope] if it differs from that of the public app
 *
 * @typedef {object} Confidential the registered clients; a client is absent if the server does not offer its method
 * @property {RegisteredClient} [basic] `client_secret_basic`
 * @property {RegisteredClient} [post] `client_secret_post`
 * @property {RegisteredClient} [RS256] `private_key_jwt`
 * @property {RegisteredClient} [RS384] `private_key_jwt`
 * @property {RegisteredClient} [ES384] `private_key_jwt`
 * @property {RegisteredClient} [special] without a user, HTTP Basic with `specialSecret`
 * @property {RegisteredClient & { algorithm?: keyof typeof KEYS }} [backendKey] without a user, `private_key_jwt`, by default with
 *   ES384
 * @property {RegisteredClient} [backendSecret] without a user, HTTP Basic
 *
 * @typedef {import('smart-launch/confidential').ClientAuth} ClientAuth
 * @typedef {ReturnType<typeof createConfidentialClient>} ConfidentialClient
 *
 * @typedef {object} Context
 * @property {import('playwright-core').BrowserContext} browser in which the user is signed in
 * @property {import('./app.mjs').App} app
 * @property {import('./run-server.mjs').Server} server
 * @property {Confidential} clients
 * @property {Map<string, ConfidentialClient>} signedIn by the client's name in `clients`
 */

/** @type {Record<string, (context: Context) => Promise<string>>} */
const COLUMNS = {
  Basic: (context) => signInCell(context, 'basic', ({ secret }) => ({ secret })),
  'special characters': encodings,
  post: (context) => signInCell(context, 'post', ({ secret }) => ({ secret, method: 'client_secret_post' })),
  RS256: (context) => signInCell(context, 'RS256', () => KEYS.RS256),
  RS384: (context) => signInCell(context, 'RS384', () => KEYS.RS384),
  ES384: (context) => signInCell(context, 'ES384', () => KEYS.ES384),
  'replayed assertion': replay,
  client_credentials: clientCredentials,
  introspect: ({ signedIn }) => cellOf(signedIn.get('basic'), async (smart) => {
    const { active } = await smart.introspect({ authorizedBy: 'client_id' });
    return active ? 'yes' : 'no (not active)';
  }),
  revocation: ({ signedIn }) => cellOf(signedIn.get('basic'), async (smart) => {
    const { revoked, error } = await smart.logout();
    return revoked === null ? NOT_OFFERED : revoked ? 'yes' : errorCell(error ?? {});
  }),
};
export const CONFIDENTIAL_CELLS = Object.keys(COLUMNS);

/** The columns of the table of signed requests, signed responses and registration. @type {typeof COLUMNS} */
const SIGNED_COLUMNS = {
  'signed request': ({ server, ...context }) =>
    server.document.request_parameter_supported ? signedRequest({ ...context, server }, 'GET') : Promise.resolve(NOT_OFFERED),
  'signed and pushed': ({ server, ...context }) =>
    server.document.request_parameter_supported && server.document.pushed_authorization_request_endpoint
      ? signedRequest({ ...context, server }, 'push')
      : Promise.resolve(NOT_OFFERED),
  ...Object.fromEntries(
    /** @type {const} */ (['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt']).map((responseMode) => [
      responseMode,
      (/** @type {Context} */ context) =>
        /** @type {string[] | undefined} */ (context.server.document.response_modes_supported)?.includes(responseMode)
          ? signInCell(context, 'basic', ({ secret }) => ({ secret }), { responseMode })
          : Promise.resolve(NOT_OFFERED),
    ]),
  ),
  registration,
};
export const SIGNED_CELLS = Object.keys(SIGNED_COLUMNS);

/**
 * @param {import('playwright-core').BrowserContext} browser
 * @param {Context['app']} app
 * @param {Context['server']} server
 * @param {Confidential} clients
 * @returns {Promise<Record<string, string>[]>} a cell for each of CONFIDENTIAL_CELLS and of SIGNED_CELLS
 */
export async function testConfidentialClients(browser, app, server, clients) {
  const context = { browser, app, server, clients, signedIn: new Map() };
  const rows = [];
  for (const columns of [COLUMNS, SIGNED_COLUMNS]) {
    /** @type {Record<string, string>} */
    const cells = {};
    for (const [name, column] of Object.entries(columns)) {
      await sleep(server.pause ?? 0);
      cells[name] = await column(context);
    }
    rows.push(cells);
  }
  return rows;
}

/**
 * Signs in as a server-side app does, and refreshes.
 *
 * @param {Context} context
 * @param {'basic' | 'post' | keyof typeof KEYS} name
 * @param {(credentials: { secret: string }) => Exclude<ClientAuth, Function>} clientAuth
 * @param {Partial<import('smart-launch/confidential').ConfidentialServerOptions>} [options]
 */
async function signInCell({ browser, app, server, clients, signedIn }, name, clientAuth, options = {}) {
  const client = clients[name];
  if (!client) return NOT_OFFERED;
  const { clientId, secret = CREDENTIALS.secret, scope = server.scope, sendClientId } = client;
  const smart = createConfidentialClient({
    ...server.app,
    clientId,
    scope,
    redirectUri: app.callback,
    storage: 'memory',
    allowInsecureLoopback: true,
    clientAuth: { ...clientAuth({ secret }), ...(sendClientId && { sendClientId }) },
    authorizeMethod: 'GET',
    ...options,
  });
  const page = Object.assign(await browser.newPage(), { lastResponse: { url: '', status: 0 } });
  page.setDefaultTimeout(1_000);
  // Records the request as the app's server would get it, because the page at the redirect URI removes the response from the URL.
  /** @type {{ url: string, body?: string } | undefined} */
  let callback;
  page.on('request', (request) => {
    if (!request.url().startsWith(app.callback)) return;
    const body = request.method() === 'POST' && request.postData();
    callback ??= { url: request.url(), ...(body && { body }) };
  });
  return cellOf(smart, async () => {
    const request = await smart.authorize({ navigate: false });
    if (request.method !== 'GET') throw new Error('the request is not a GET');
    await page.goto(request.url).catch(() => {});
    const failed = await followPages(page, app.callback, server.step);
    if (failed) return failureCell(failed.failure);
    if (!callback) throw new Error('no request to the redirect URI was recorded');
    // The URL of a request has no fragment, so the page's URL is used. It still has the response, because the page's own client
    // does not expect signed responses.
    const { url, body } = callback;
    await smart.ready({ callback: body ? { url, body } : options.responseMode === 'fragment.jwt' ? page.url() : url });
    signedIn.set(name, smart);
    await sleep(server.pause ?? 0);
    const refresh = await cellOf(smart, async () => (await smart.refresh(), ''));
    return refresh ? `yes, refresh: ${refresh}` : 'yes';
  }).finally(() => page.close());
}

/**
 * Signs in with a signed request (RFC 9101), as the first client that has signed in with a key.
 *
 * @param {Context} context
 * @param {'GET' | 'push'} authorizeMethod
 */
async function signedRequest(context, authorizeMethod) {
  const name = /** @type {const} */ (['ES384', 'RS384', 'RS256']).find((name) => context.signedIn.has(name));
  return name ? signInCell(context, name, () => KEYS[name], { requestObject: true, authorizeMethod }) : '–';
}

/**
 * The operations of RFC 7591 and RFC 7592 that the server supports. An update and a deletion are checked by their effect.
 *
 * @param {Context} context
 */
async function registration({ app, server }) {
  if (!server.document.registration_endpoint) return NOT_OFFERED;
  const loopback = { allowInsecureLoopback: true };
  const metadata = {
    client_name: 'registered',
    redirect_uris: [app.callback],
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    ...server.registration?.metadata,
  };
  const { fhirBaseUrl } = server.app;
  const { initialAccessToken } = server.registration ?? {};
  /** @type {string[]} */
  const verbs = [];
  const request = { ...loopback, fhirBaseUrl, metadata, initialAccessToken };
  const refusal = await cellOf(request, async () => {
    let client = await registerClient(request);
    verbs.push('register');
    if (!client.registrationClientUri) return '';
    client = await readClient({ client, ...loopback });
    verbs.push('read');
    client = await updateClient({ client, metadata: { client_name: 'changed' }, ...loopback });
    if (client.metadata.client_name === 'changed') verbs.push('update');
    await deleteClient({ client, ...loopback });
    if (await readClient({ client, ...loopback }).then(() => false, () => true)) verbs.push('delete');
    return '';
  });
  return [verbs.join(', '), refusal].filter(Boolean).join(', then ');
}

/** The ways to send a secret with special characters that the server accepts. @param {Context} context */
async function encodings({ server, clients: { special } }) {
  if (!special) return NOT_OFFERED;
  const accepted = [];
  for (const basicEncoding of /** @type {const} */ (['form', 'raw'])) {
    const { specialSecret: secret } = CREDENTIALS;
    const cell = await tokenCell(server, special, { secret, basicEncoding });
    if (cell === 'yes') accepted.push(basicEncoding);
  }
  return accepted.join(', ') || 'neither';
}

/**
 * Sends the same assertion twice, with an unknown refresh token, so that both requests are refused. If both errors are the same,
 * the server has accepted the assertion twice.
 *
 * @param {Context} context
 */
async function replay({ server, clients, signedIn }) {
  const name = /** @type {const} */ (['ES384', 'RS384', 'RS256']).find((name) => signedIn.has(name));
  const client = name && clients[name];
  if (!client) return NOT_OFFERED;
  const { url, init } = await createTokenRequest({
    tokenEndpoint: String(server.document.token_endpoint),
    clientId: client.clientId,
    clientAuth: { ...KEYS[name], sendClientId: client.sendClientId },
    grantType: 'refresh_token',
    params: { refresh_token: 'unknown' },
    allowInsecureLoopback: true,
  });
  const send = async () => {
    const response = await fetch(url, init);
    const error = /"error" *: *"(\w+)"/.exec(await response.text())?.[1];
    return error ?? `HTTP ${response.status}`;
  };
  const [first, second] = [await send(), await send()];
  return first === second ? 'accepted' : `refused (${second})`;
}

/** @param {Context} context */
async function clientCredentials({ server, clients: { backendKey, backendSecret } }) {
  const { secret } = CREDENTIALS;
  const cells = [];
  if (backendKey) cells.push(['key', await tokenCell(server, backendKey, KEYS[backendKey.algorithm ?? 'ES384'])]);
  if (backendKey && backendSecret) await sleep(server.pause ?? 0);
  if (backendSecret) cells.push(['secret', await tokenCell(server, backendSecret, { secret: backendSecret.secret ?? secret })]);
  return cells.map(([name, cell]) => `${cell} (${name})`).join(', ') || NOT_OFFERED;
}

/**
 * Requests a token for a client without a user.
 *
 * @param {Context['server']} server
 * @param {RegisteredClient} client
 * @param {ClientAuth} clientAuth
 */
async function tokenCell(server, { clientId, scope = 'system/*.rs' }, clientAuth) {
  const { fhirBaseUrl, issuer } = server.app;
  const backend = createBackendClient({
    fhirBaseUrl,
    issuer,
    clientId,
    scope,
    clientAuth,
    allowOtherScopes: true,
    allowInsecureLoopback: true,
  });
  return cellOf(backend, async () => (await backend.getAccessToken()) && 'yes');
}

/**
 * The cell that `use` returns, or the cell of its error; `–` without a client.
 *
 * @template C
 * @param {C | undefined} client
 * @param {(client: C) => Promise<string>} use
 */
async function cellOf(client, use) {
  if (client === undefined) return '–';
  return use(client).catch(errorCell);
}

/** @param {any} error a SmartError, or anything else that was thrown, hence `any` */
const errorCell = ({ code = 'no SmartError', message, oauth }) => failureCell(/** @type {Failure} */ ({ code, message, oauth }));
