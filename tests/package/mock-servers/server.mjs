// Runs a mock server: its metadata, its responses and the requests that it refuses are data. Sign-ins are stored, so that a code
// works once, and a refresh token as often as the server permits.

import { createHash } from 'node:crypto';
import { readTokenResponse } from 'smart-launch';
import { createBackendClient } from 'smart-launch/confidential';
import { REDIRECT_URI, SECRET } from '../ehr.mjs';
import { startServer } from '../scripted-server.mjs';
import { parametersOf } from '../sign-in.mjs';
import { keyFor, leftHash, signed } from '../signer.mjs';
import { openTab } from '../tab.mjs';

/**
 * @typedef {import('../scripted-server.mjs').ScriptedResponse} ScriptedResponse
 * @typedef {import('smart-launch').SmartClient} SmartClient
 * @typedef {import('smart-launch').AuthorizeOptions} AuthorizeOptions
 *
 * @typedef {object} MockServer a server; each URL with a host that ends in `.mock` is replaced by one of a server on this machine
 * @property {string} name
 * @property {string} fhirBaseUrl
 * @property {string} authorizationEndpoint
 * @property {string} tokenEndpoint
 * @property {string} jwksUri
 * @property {Record<string, object>} documents the metadata documents, by URL
 * @property {Record<string, ScriptedResponse>} [responses] responses of other endpoints, by URL
 * @property {string} scope the scopes that an app requests
 * @property {{ issuer?: string, metadataIssuer?: string, endpoints?: object }} [settings] options that an app has to set,
 *   in addition to those that every server needs
 * @property {string} [algorithm] of its ID tokens
 * @property {string} [key] the name of the key that signs its ID tokens
 * @property {string} [published] the name of the published key, if it differs from `key`
 * @property {object} [header] additional or replaced members of the header of its ID tokens
 * @property {Record<string, unknown>} claims additional or replaced claims of its ID tokens
 * @property {Record<string, unknown>} tokens members of its token responses, in addition to the three tokens or replacing them
 * @property {boolean} [refreshTokens] whether it issues refresh tokens. Default `true`
 * @property {boolean} [rotates] whether a refresh token works once
 * @property {string} [code] prefix of its codes
 * @property {string[]} [scopes] the only permitted scopes
 * @property {Record<string, Refusal | undefined>} refusals its error responses, by the failed check; some end the sign-in
 * @property {string[]} [warnings] codes of the warnings of every session
 * @property {(request: ReceivedRequest, mock: MockServer) => boolean} [authenticates] whether a token request authenticates the client; by
 *   default a request with the `client_id` does
 * @property {Scenario[]} scenarios
 *
 * @typedef {ScriptedResponse & { ends?: boolean, error?: string, error_description?: string }} Refusal
 *
 * @typedef {object} Scenario
 * @property {string} title
 * @property {object} [server] differences of this installation
 * @property {object} [options] of the app, beside those of {@link MockServer.settings}; with `clientAuth` it is confidential
 * @property {(play: Play) => Promise<unknown>} [run] the steps. Default: a sign-in
 * @property {object} [session] expected members of the session
 * @property {string[]} [warnings] codes of that session's warnings, if they are not the usual ones
 * @property {object} [error] expected members of the error; `hint` is a part of its hint
 * @property {Record<string, object>} [sent] parameters of the latest request to an endpoint; `undefined`: not sent
 * @property {(play: Play, outcome: Outcome) => unknown} [check] additional assertions
 *
 * @typedef {Partial<Session & LogoutResult & Introspection & Metadata & import('smart-launch').SmartError>} Outcome the
 *   result of a scenario, of one of these types
 *
 * @typedef {import('smart-launch').SmartSession} Session
 * @typedef {import('smart-launch').LogoutResult} LogoutResult
 * @typedef {import('smart-launch').IntrospectionResponse} Introspection
 * @typedef {import('smart-launch').SmartServerMetadata} Metadata
 *
 * @typedef {Awaited<ReturnType<typeof startMockServer>>} RunningMockServer
 * @typedef {RunningMockServer & { client: SmartClient } & ReturnType<typeof actionsOf>} Play
 */

/**
 * @param {import('node:test').TestContext} test
 * @param {MockServer} mock
 * @param {{ cors?: boolean }} [serverOptions] with `cors` it permits the pages of every origin
 *
 * @typedef {Awaited<ReturnType<typeof startServer>>} Server
 * @typedef {import('../scripted-server.mjs').ReceivedRequest} ReceivedRequest
 *
 * @typedef {object} Login a sign-in
 * @property {Record<string, string>} parameters those of the authorization request
 * @property {number} since when the user approved it, in milliseconds
 * @property {string[]} refreshTokens
 * @property {string} [accessToken]
 * @property {boolean} [spent] whether its code was used
 * @property {boolean} [ended] whether the server has revoked its tokens
 * @property {boolean} [isWithoutPages] whether it is a grant without an authorization request
 */
export async function startMockServer(test, mock, serverOptions) {
  /** @type {Map<string, Server>} */
  const servers = new Map();
  for (const host of new Set(JSON.stringify(mock).match(HOSTS))) servers.set(host, await startServer(test, serverOptions));
  const localMock = withLocalUrls(mock, servers);
  /**
   * The sign-ins, by code.
   *
   * @type {Map<string, Login>}
   */
  const logins = new Map();
  /** @type {Record<string, string>[]} */
  const visits = [];
  let issued = 0;

  /** @param {string} url */
  const endpointAt = (url) => {
    const { origin, pathname } = new URL(url);
    const server = [...servers.values()].find((server) => server.origin === origin);
    if (!server) throw new Error(`no server of this mock is at ${url}`);
    return {
      /** @param {import('../scripted-server.mjs').Script} script */
      setResponse: (script) => server.answer(pathname, script),
      requests: () => server.requestsTo(pathname),
    };
  };

  for (const [url, json] of Object.entries(localMock.documents)) endpointAt(url).setResponse({ json });
  for (const [url, response] of Object.entries(localMock.responses ?? {})) endpointAt(url).setResponse(response);
  endpointAt(localMock.jwksUri).setResponse(() => ({ json: { keys: [keyFor(localMock.algorithm, localMock.published ?? localMock.key).jwk] } }));
  endpointAt(localMock.tokenEndpoint).setResponse((request) => refusalOf(request) ?? tokenResponse(request));
  const patient = `${localMock.fhirBaseUrl}/Patient/zoe`;
  endpointAt(patient).setResponse(({ headers }) => (isValid(headers.authorization) ? { json: { id: 'zoe' } } : { status: 401 }));

  /** @param {ReceivedRequest} request @returns {Login | undefined} */
  const loginOf = ({ fields }) =>
    fields.get('grant_type') === 'refresh_token'
      ? [...logins.values()].find(({ refreshTokens }) => refreshTokens.includes(fields.get('refresh_token') ?? ''))
      : logins.get(fields.get('code') ?? '');

  /** @param {string | undefined} authorization */
  const isValid = (authorization) =>
    [...logins.values()].some(({ ended, accessToken }) => !ended && authorization === `Bearer ${accessToken}`);

  /** @param {ReceivedRequest} request @returns {Refusal | undefined} */
  function refusalOf(request) {
    const login = loginOf(request);
    /** @type {Record<string, Refusal | undefined>} */
    const refusals = { ...DEFAULT_REFUSALS, ...localMock.refusals };
    const checks = [...REQUEST_CHECKS, ...(CHECKS[request.fields.get('grant_type') ?? ''] ?? [])];
    const failedCheck = checks.find(([name, passes]) => refusals[name] && !passes(request, login, localMock));
    const refusal = failedCheck && refusals[failedCheck[0]];
    if (refusal?.ends && login) login.ended = true;
    return refusal;
  }

  /** @param {ReceivedRequest} request */
  function tokenResponse(request) {
    issued += 1;
    const login = loginOf(request) ?? createLoginWithoutPages(request);
    login.accessToken = `${SECRET}-access-${issued}`;
    login.spent = true;
    if (localMock.rotates || login.refreshTokens.length === 0) login.refreshTokens.push(`${SECRET}-refresh-${issued}`);
    const tokens = {
      access_token: login.accessToken,
      refresh_token: localMock.refreshTokens === false || login.isWithoutPages ? undefined : login.refreshTokens.at(-1),
      id_token: login.parameters.scope?.includes('openid') ? idToken(login) : undefined,
      ...localMock.tokens,
    };
    return { json: { scope: login.parameters.scope, ...tokens } };
  }

  /** For a grant without an authorization request, such as client credentials. @param {ReceivedRequest} request */
  function createLoginWithoutPages({ fields }) {
    if (Object.hasOwn(CHECKS, fields.get('grant_type') ?? '')) throw new Error('a request without a sign-in was not refused');
    /** @type {Login} */
    const login = { parameters: { scope: fields.get('scope') ?? '' }, since: Date.now(), refreshTokens: [], isWithoutPages: true };
    logins.set(`without pages ${issued}`, login);
    return login;
  }

  /** @param {Login} login */
  function idToken({ accessToken = '', parameters: { nonce } }) {
    const key = keyFor(localMock.algorithm, localMock.key);
    const now = Math.floor(Date.now() / 1_000);
    const times = { iat: now, exp: now + 300 };
    const defaults = { sub: 'amara', aud: CLIENT_ID, ...times, nonce, at_hash: leftHash(256, accessToken) };
    return signed({ alg: key.algorithm, typ: 'JWT', kid: key.kid, ...localMock.header }, { ...defaults, ...localMock.claims }, key);
  }

  return {
    mock: localMock,
    /**
     * The requests of the app to a URL.
     *
     * @param {string} url
     */
    requestsTo: (url) => endpointAt(url).requests(),
    /** The parameters of the authorization requests so far. */
    visits,
    /**
     * Sets the response of a URL.
     *
     * @param {string} url
     * @param {import('../scripted-server.mjs').Script} script
     */
    answer: (url, script) => endpointAt(url).setResponse(script),
    /**
     * Options of an app that is registered here.
     *
     * @param {object} [changes]
     * @returns {import('smart-launch').SmartClientOptions}
     */
    options: (changes) => ({
      fhirBaseUrl: localMock.fhirBaseUrl,
      clientId: CLIENT_ID,
      scope: localMock.scope,
      redirectUri: REDIRECT_URI,
      allowInsecureLoopback: true,
      storage: 'memory',
      ...localMock.settings,
      ...changes,
    }),
    /**
     * The response to an authorization request: approved by the user, unless a check of the server fails.
     *
     * @param {import('../sign-in.mjs').Sent} request
     */
    answerTo(request) {
      const parameters = parametersOf(request);
      visits.push(parameters);
      const failedCheck = AUTHORIZATION_CHECKS.find(([name, passes]) => localMock.refusals[name] && !passes(parameters, localMock));
      const code = `${localMock.code ?? SECRET}-code-${logins.size + 1}`;
      if (!failedCheck) logins.set(code, { parameters, since: Date.now(), refreshTokens: [] });
      const { state = '' } = parameters;
      const errorFields = failedCheck && /** @type {Record<string, string>} */ (localMock.refusals[failedCheck[0]]);
      const response = new URLSearchParams(errorFields ? { ...errorFields, state } : { code, state });
      if (parameters.response_mode === 'form_post') return response;
      return `${parameters.redirect_uri}${parameters.response_mode === 'fragment' ? '#' : '?'}${response}`;
    },
  };
}

/**
 * The steps of scenarios.
 *
 * @param {import('node:test').TestContext} test
 * @param {RunningMockServer} server
 * @param {SmartClient} client
 */
export function actionsOf(test, server, client) {
  /** @param {number} seconds */
  function advanceClock(seconds) {
    const now = Date.now() + seconds * 1_000;
    test.mock.method(Date, 'now', () => now);
  }

  /** @param {AuthorizeOptions} [options] */
  const begin = (options) => client.authorize({ ...options, navigate: false });
  return {
    begin,
    /**
     * Signs in; parameters of the authorization response may be changed.
     *
     * @param {AuthorizeOptions} [options]
     * @param {Record<string, string>} [changes]
     */
    async signIn(options, changes = {}) {
      const callback = server.answerTo(await begin(options));
      return client.ready({ callback: typeof callback === 'string' ? withChanges(callback, changes) : callback });
    },
    /**
     * The user returns from the server this many seconds after approving.
     *
     * @param {number} seconds
     */
    async returnAfter(seconds) {
      const callback = server.answerTo(await begin());
      advanceClock(seconds);
      return client.ready({ callback });
    },
    /** A client without a user. @param {import('smart-launch/confidential').ClientAuth} clientAuth @param {string} scope */
    backend(clientAuth, scope) {
      const { fhirBaseUrl, settings } = server.mock;
      const registration = { clientId: CLIENT_ID, clientAuth, scope, allowInsecureLoopback: true };
      return createBackendClient({ fhirBaseUrl, ...settings, ...registration });
    },
    /** Sends a request that a building block made. @param {Promise<import('smart-launch').TokenRequest>} request */
    async send(request) {
      const { url, init } = await request;
      const response = await fetch(url, init);
      const { status, headers } = response;
      return readTokenResponse({ status, contentType: headers.get('content-type'), body: await response.text() });
    },
    /** Moves the clock of the app and the server forward. */
    advanceClock,
    /** Opens the app in a page; scenarios without a page have no storage. */
    openApp: () => openTab(test).open('https://app.example/'),
  };
}

/** @param {string} callback @param {Record<string, string>} changes */
function withChanges(callback, changes) {
  const url = new URL(callback);
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
  return url.href;
}

/**
 * A copy with changed members; objects are changed member by member.
 *
 * @template {object} T
 * @param {T} object
 * @param {object} [changes]
 * @returns {T}
 */
export function changed(object, changes = {}) {
  const merged = Object.entries(changes).map(([name, value]) => {
    /** @type {unknown} */
    const original = Reflect.get(object, name);
    return [name, isPlainObject(value) && isPlainObject(original) ? changed(original, value) : value];
  });
  return { ...object, ...Object.fromEntries(merged) };
}

/**
 * @template T
 * @param {T} value
 * @param {Map<string, Server>} servers
 * @returns {T} a copy with the URLs of the servers on this machine
 */
function withLocalUrls(value, servers) {
  /** @param {unknown} part @returns {unknown} */
  const replaceHosts = (part) => {
    if (typeof part === 'string') return part.replace(HOSTS, (host) => servers.get(host)?.origin ?? host);
    if (Array.isArray(part)) return part.map(replaceHosts);
    if (!isPlainObject(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([name, member]) => [replaceHosts(name), replaceHosts(member)]));
  };
  return /** @type {T} */ (replaceHosts(value));
}

/** @param {unknown} value @returns {value is object} */
const isPlainObject = (value) => Object.prototype.toString.call(value) === '[object Object]';
const challengeOf = (verifier = '') => createHash('sha256').update(verifier).digest('base64url');

/**
 * Checks of authorization requests. A server performs those for which it has an error response.
 *
 * @type {[name: string, passes: (parameters: Record<string, string>, mock: MockServer) => boolean][]}
 */
const AUTHORIZATION_CHECKS = [
  ['aud', ({ aud }, { fhirBaseUrl }) => aud === fhirBaseUrl],
  ['scope', ({ scope }, { scopes }) => scope?.split(' ').every((name) => scopes?.includes(name)) === true],
  ['consent', () => false],
];

/**
 * Checks of token requests.
 *
 * @typedef {[name: string, passes: (request: ReceivedRequest, login: Login | undefined, mock: MockServer) => boolean]} Check
 *
 * @type {Check[]}
 */
const REQUEST_CHECKS = [
  ['content type', ({ headers }) => headers['content-type'] === 'application/x-www-form-urlencoded'],
  [
    'client',
    (request, _, mock) => mock.authenticates?.(request, mock) ?? request.fields.get('client_id') === CLIENT_ID,
  ],
  ['state', ({ fields }) => fields.has('state')],
  ['anything', () => false],
];
/** @type {Record<string, Check[]>} */
const CHECKS = {
  authorization_code: [
    ['code', (_, login) => login !== undefined],
    ['spent code', (_, login) => !login?.spent],
    ['expired code', (_, login) => Date.now() - (login?.since ?? 0) < CODE_LIFETIME],
    ['redirect URI', ({ fields }, login) => fields.get('redirect_uri') === login?.parameters.redirect_uri],
    [
      'verifier',
      ({ fields }, login) => challengeOf(fields.get('code_verifier') ?? undefined) === login?.parameters.code_challenge,
    ],
  ],
  refresh_token: [
    ['refreshing', () => false],
    ['refresh token', (_, login) => login !== undefined],
    ['ended', (_, login) => !login?.ended],
    ['spent refresh token', ({ fields }, login) => fields.get('refresh_token') === login?.refreshTokens.at(-1)],
  ],
};

/** @param {string} error */
const invalid = (error, status = 400) => ({ status, json: { error } });
/** Error responses for the checks of every server (RFC 6749 §5.2, RFC 7636 §4.6), if it has none of its own. */
const DEFAULT_REFUSALS = {
  'content type': invalid('invalid_request'),
  client: invalid('invalid_client', 401),
  code: invalid('invalid_grant'),
  'spent code': invalid('invalid_grant'),
  'expired code': invalid('invalid_grant'),
  'redirect URI': invalid('invalid_grant'),
  verifier: invalid('invalid_grant'),
  'refresh token': invalid('invalid_grant'),
  ended: invalid('invalid_grant'),
  'spent refresh token': invalid('invalid_grant'),
};

const CLIENT_ID = 'growth-chart';
/** Lifetime of a code in milliseconds. */
const CODE_LIFETIME = 60_000;
const HOSTS = /https:\/\/[a-z.-]+\.mock/g;
