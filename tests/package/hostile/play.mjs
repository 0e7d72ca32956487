// Runs one row of tests/hostile.json: a server, an app in a tab, and the checks after every row.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { cryptoKeyOf } from '../authenticating.mjs';
import { isRevealing, REDIRECT_URI, startEhr } from '../ehr.mjs';
import { useIndexedDb } from '../indexed-db.mjs';
import { startProofServer } from '../proof-server.mjs';
import { required } from '../required.mjs';
import { startServer } from '../scripted-server.mjs';
import { callbackOf, parametersOf } from '../sign-in.mjs';
import { responseOf } from '../signed-callback.mjs';
import { openTab } from '../tab.mjs';
import { watchWorkers } from '../mock-worker.mjs';

const APP = 'https://app.example/';

/**
 * @typedef {Awaited<ReturnType<typeof openPlay>>} Play
 * @typedef {import('node:test').TestContext} TestContext
 * @typedef {import('../ehr.mjs').Ehr} Ehr
 * @typedef {import('../scripted-server.mjs').Script} Script
 * @typedef {import('../sign-in.mjs').Sent} Sent
 * @typedef {import('../page-views.mjs').Views} Views
 * @typedef {import('../page-views.mjs').View} View
 * @typedef {import('smart-launch').SmartClient} SmartClient
 * @typedef {import('smart-launch').SmartClientBehaviour} Behaviour
 * @typedef {import('smart-launch').SmartServerOptions} Server
 * @typedef {Behaviour & Server & { servers?: Partial<Server>[] }} Settings of the client; with
 *   `servers`, the other server options are their defaults
 *
 * @typedef {Partial<import('smart-launch').SmartSession & import('smart-launch').SmartError>} Outcome the result
 *   of a variant: a session or an error
 *
 * @typedef {Record<string, Variant[]>} Rows the variants of each row, by its id in tests/hostile.json
 *
 * @typedef {object} Row the members of a row of that file that are used here
 * @property {string} id
 * @property {string} code
 * @property {string} left the state after the row: a key of `STATE_CHECKS`
 *
 * @typedef {object} Variant
 * @property {string} title
 * @property {(play: Play) => Promise<unknown>} run the steps; if it rejects, the error is the outcome
 * @property {string} [code] if it differs from the row's; `null`: no error and no session
 * @property {string} [left] if it differs from the row's
 * @property {Record<string, unknown>} [configuration] members of the smart-configuration
 * @property {Record<string, unknown>} [options] options of the client
 * @property {boolean} [isolated] the client's session is in a worker
 * @property {boolean} [dpop] the tokens are bound to a key, and the server checks the proofs
 * @property {boolean} [signs] the client has a key, and requests signed responses
 * @property {(play: Play, outcome: Outcome) => unknown} [check] additional assertions
 */

/** @param {TestContext} test @param {Partial<Variant>} variant */
export async function openPlay(test, { configuration, options, isolated = false, dpop = false, signs = false }) {
  if (dpop) useIndexedDb(test);
  const proofs = dpop ? await startProofServer(test, { configuration }) : undefined;
  const ehr = proofs ?? (await startEhr(test, { configuration }));
  const otherServer = await startServer(test);
  const tab = openTab(test);
  const workers = watchWorkers(test);
  /** @type {Settings} */
  const settings = ehr.options({
    storage: isolated ? undefined : 'session',
    ...(dpop && { dpop }),
    ...(signs && { responseMode: 'jwt', clientAuth: { key: await cryptoKeyOf('ES384'), keyId: 'k' } }),
    ...options,
  });

  /** @param {Settings} settings @param {string} url @param {import('../tab.mjs').Opening} opening */
  async function openPage(settings, url, opening) {
    // The entry `dpop` has the same function as the main one.
    const also = ['isolated', ...(dpop ? ['dpop'] : []), ...(signs ? ['confidential'] : [])];
    const page = await tab.open(url, { also, ...opening });
    const createSmartClient = /** @type {(settings: Settings) => SmartClient} */ (
      signs ? /** @type {unknown} */ (page.createConfidentialClient) : page.createSmartClient
    );
    const { createIsolatedSmartClient } = page;
    // Variants with an isolated client make only calls that this client has.
    const create = /** @type {(settings: Settings) => SmartClient} */ (
      /** @type {unknown} */ (isolated ? createIsolatedSmartClient : createSmartClient)
    );
    return { page, address: page.address, createSmartClient, client: create(settings) };
  }

  const play = {
    ...(await openPage(settings, APP, { fresh: false })),
    test,
    ehr,
    proofs,
    otherServer,
    tab,
    settings,
    isolated,
    workers,
    /** The authorization request of the pending sign-in. @type {Sent | undefined} */
    request: undefined,
    /** The request of another sign-in that is pending at the same time. @type {Sent | undefined} */
    otherRequest: undefined,
    /** The records and the user when `mark` was called. @type {ReturnType<typeof recordsAndUser> | undefined} */
    markedState: undefined,
    /** A second server. @type {Ehr | undefined} */
    attacker: undefined,
    /** The pages, if there are several. @type {Views | undefined} */
    views: undefined,
    /** The pages whose sessions are checked at the end. @type {View[]} */
    pages: [],
    /** Reasons of the `signedOut` events so far. @type {unknown[]} */
    signedOutReasons: [],
    /** Cookies that the platform has stored. @type {string[]} */
    storedCookies: [],
    /**
     * Opens the app at a URL.
     *
     * @param {string} url
     * @param {import('../tab.mjs').Opening} options
     * @returns {Promise<SmartClient>}
     */
    async open(url = APP, options = { fresh: false }) {
      Object.assign(play, await openPage(play.settings, url, options));
      return play.client;
    },
    /**
     * Opens the app at a launch URL and starts a sign-in.
     *
     * @param {string | Record<string, string>} parameters
     * @returns {Promise<Sent>}
     */
    async launch(parameters) {
      const query =
        typeof parameters === 'string' ? parameters : new URLSearchParams({ launch: 'handle', ...parameters });
      const client = await play.open(`${APP}launch?${query}`);
      return client.authorize({ navigate: false });
    },
    /**
     * Starts a sign-in for the responses that follow, and another sign-in that is pending at the same time.
     *
     * @param {import('smart-launch').AuthorizeOptions} options
     * @returns {Promise<Sent>}
     */
    async begin(options = {}) {
      play.otherRequest = await play.client.authorize({ navigate: false });
      return (play.request = await play.client.authorize({ ...options, navigate: false }));
    },
    /**
     * The callback of an honest server.
     *
     * @param {Sent} request
     * @returns {string | { url: string, body: URLSearchParams }}
     */
    honest: (request) => {
      const callback = callbackOf(request, sendsIss(ehr) ? { iss: ehr.origin } : {});
      return signs ? `${REDIRECT_URI}?response=${responseOf(ehr, String(parametersOf(request).state))}` : callback;
    },
    /**
     * Returns to the app with a changed response to the pending sign-in.
     *
     * @param {Record<string, string>} changes
     * @param {(url: string) => string} edit
     * @returns {ReturnType<SmartClient['ready']>}
     */
    async respond(changes = {}, edit = (url) => url) {
      const request = play.request ?? (await play.begin());
      return play.client.ready({ callback: edit(callbackOf(request, changes)) });
    },
    /**
     * Signs in with this response of the token endpoint; later responses are the usual ones.
     *
     * @param {Script} script
     * @returns {ReturnType<SmartClient['ready']>}
     */
    async exchange(script) {
      ehr.answer('/token', script, () => ({ json: ehr.tokenResponse() }));
      return play.respond();
    },
    /**
     * Signs in with changed members of the token response.
     *
     * @param {object} changes
     * @returns {ReturnType<SmartClient['ready']>}
     */
    tokens: (changes) => play.exchange(() => ({ json: ehr.tokenResponse(changes) })),
    /**
     * Signs in as usual.
     *
     * @returns {ReturnType<SmartClient['ready']>}
     */
    async signIn() {
      await play.begin();
      return play.respond();
    },
    /** Records the stored keys and the user, to be compared by `unchanged` and `kept`. */
    mark() {
      play.markedState = recordsAndUser(play);
    },
    exchanges: () => ehr.requestsTo('/token').filter(({ fields }) => fields.get('grant_type') === 'authorization_code'),
    refreshes: () => ehr.requestsTo('/token').filter(({ fields }) => fields.get('grant_type') === 'refresh_token'),
  };
  return play;
}

/** @param {Ehr} ehr */
const sendsIss = ({ document }) => Reflect.get(document, 'authorization_response_iss_parameter_supported') === true;

/**
 * Runs a variant; checks its outcome, the state that it leaves, and the rules for every row.
 *
 * @param {TestContext} test
 * @param {Row} row
 * @param {Variant} variant
 */
export async function playVariant(test, row, variant) {
  const play = await openPlay(test, variant);
  /** @type {unknown[][]} */
  const consoleCalls = [];
  for (const method of /** @type {const} */ (['debug', 'error', 'info', 'log', 'warn'])) {
    test.mock.method(console, method, (/** @type {unknown[]} */ ...values) => consoleCalls.push(values));
  }
  /** @type {unknown} */
  let outcome;
  let code = 'ok';
  try {
    outcome = await variant.run(play);
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'SmartError' && 'code' in error, inspect(error));
    code = String(error.code);
    outcome = error;
    assert.ok(!isRevealing(`${inspect(error, { depth: 9 })}${JSON.stringify(error)}`), 'the error contains no secret');
  }
  if (code === 'ok' && outcome === null) code = 'null';
  assert.equal(code, variant.code ?? row.code);
  // A session or an error, according to the code that was compared.
  await variant.check?.(play, /** @type {Outcome} */ (outcome));
  await required(STATE_CHECKS[variant.left ?? row.left])(play);
  assert.deepEqual(consoleCalls, [], 'nothing is written to the console');
  assert.equal(play.otherServer.requests.length, 0, 'no request is sent to another server');
  assert.ok(!isRevealing(play.address()), 'the URL contains no secret');
  await assertUsable(play);
}

/**
 * The stored sessions and pending sign-ins, and the signed-in patient.
 *
 * @param {{ client: SmartClient, tab: import('../tab.mjs').Tab }} page
 */
function recordsAndUser({ client, tab }) {
  const stored = [tab.storage, globalThis.localStorage ?? {}].flatMap(Object.keys);
  const records = stored.filter((key) => /:(session|sign-in):/.test(key));
  const { status, session } = client.getState();
  return { records, isSignedIn: status === 'authenticated', patient: session?.patient };
}

/**
 * Asserts that all records are still stored, and that the same patient is shown.
 *
 * @param {Play} play
 */
function assertUnchanged(play) {
  const { records, ...user } = recordsAndUser(play);
  const { records: recordsBefore, ...userBefore } = required(play.markedState);
  assert.deepEqual(user, userBefore);
  assert.deepEqual(recordsBefore.filter((key) => !records.includes(key)), []);
}

/** Checks of the state after a row, by its name in tests/hostile.json. @type {Record<string, (play: Play) => Promise<unknown>>} */
const STATE_CHECKS = {
  async unchanged(play) {
    const { client, ehr, request, honest } = play;
    assertUnchanged(play);
    if (client.getState().session) return assertAccepted(play);
    if (!request) return;
    ehr.grant({});
    assert.equal((await client.ready({ callback: honest(request) }))?.patient, 'zoe');
  },
  async kept(play) {
    assertUnchanged(play);
    await assertAccepted(play);
    play.ehr.grant({});
    // The longest `Retry-After` that is respected.
    const newTime = Date.now() + 300_000;
    setClock(play.test, () => newTime);
    await play.client.refresh();
    assert.equal(await assertAccepted(play), play.ehr.issued.at(-1)?.access_token);
  },
  async NONE(play) {
    const { ehr, tab } = play;
    if (ehr.issued.length > 0) {
      await assertSignedOut(play);
      return assert.equal(await (await play.open(APP, { fresh: true })).ready(), null, 'no session after a reload');
    }
    assert.deepEqual(Object.keys(tab.storage), []);
    assert.equal(ehr.requests.filter(({ path }) => !path.includes('/.well-known/') && path !== '/par').length, 0);
  },
  async own({ views: openedViews, pages }) {
    const views = required(openedViews);
    for (const view of pages) {
      await views.reload(view);
      await views.check(view);
    }
  },
  async PEND({ client, request, ehr, honest }) {
    ehr.grant({});
    const session = await client.ready({ callback: honest(required(request)) });
    assert.equal(session?.patient, 'zoe');
  },
  async USED({ client, request, otherRequest, ehr, attacker = ehr, honest }) {
    assert.equal(client.getState().session, null);
    const exchanges = () => ehr.requestsTo('/token').length + attacker.requestsTo('/token').length;
    const before = exchanges();
    await assert.rejects(client.ready({ callback: honest(required(request)) }), { code: 'callback_replayed' });
    assert.equal(exchanges(), before);
    ehr.grant({});
    assert.equal((await client.ready({ callback: honest(required(otherRequest)) }))?.patient, 'zoe');
  },
  async KEEP({ client, ehr, refreshes, isolated, test }) {
    // An isolated client returns no token, so the token is read from a request.
    const { access_token, refresh_token } = required(
      isolated ? ehr.issued.at(-1) : client.getState().session?.tokenResponse,
    );
    if (isolated) await client.fetch('Patient/zoe');
    const sentAuthorization = () => ehr.requestsTo('/fhir/Patient/zoe').at(-1)?.headers.authorization;
    assert.equal(isolated ? sentAuthorization() : `Bearer ${await client.getAccessToken()}`, `Bearer ${access_token}`);
    ehr.grant({});
    // The longest `Retry-After` that is respected.
    const newTime = Date.now() + 300_000;
    setClock(test, () => newTime);
    await client.refresh();
    assert.equal(refreshes().at(-1)?.fields.get('refresh_token'), refresh_token);
  },
  OUT: assertSignedOut,
  async DOUBT({ client, refreshes }) {
    const count = refreshes().length;
    assert.match(await client.getAccessToken(), /./, 'the access token is returned until it expires');
    await assert.rejects(client.refresh(), { code: 'refresh_in_doubt' });
    assert.equal(refreshes().length, count, 'the refresh token is not sent again');
  },
  async NORT({ client, refreshes }) {
    const count = refreshes().length;
    assert.equal(client.getState().session?.refreshable, false);
    assert.match(await client.getAccessToken(), /./, 'the access token is returned until it expires');
    await assert.rejects(client.refresh(), { code: 'session_expired' });
    assert.equal(refreshes().length, count);
  },
  async NEW({ client }) {
    assert.equal(client.getState().status, 'authenticated');
    assert.match(required(client.getState().session).tokenResponse.access_token, /./);
  },
};

/** @param {Play} play */
async function assertSignedOut({ client, tab }) {
  assert.equal(client.getState().session, null);
  assert.ok(Object.keys(tab.storage).every((key) => !key.includes(':session:')));
  await assert.rejects(client.fetch('Patient/zoe'), { code: 'signed_out' });
}

/**
 * Asserts that requests are sent with the session's token, which the server has issued.
 *
 * @param {Play} play
 */
async function assertAccepted({ client, ehr, isolated }) {
  await client.fetch('Patient/zoe');
  const sentToken = ehr.requestsTo('/fhir/Patient/zoe').at(-1)?.headers.authorization?.replace(/^(Bearer|DPoP) /, '');
  assert.ok(ehr.issued.some((tokens) => tokens.access_token === sentToken));
  if (!isolated) assert.equal(sentToken, client.getState().session?.tokenResponse.access_token);
  return sentToken;
}

/**
 * Asserts that no lock is held and the instance works: the same client reads metadata, which needs a lock.
 *
 * @param {Play} play
 */
async function assertUsable({ client, settings, createSmartClient, ehr }) {
  if (settings.endpoints) return;
  const { fhirBaseUrl, origin } = ehr;
  const endpoints = { authorizationEndpoint: `${origin}/authorize`, tokenEndpoint: `${origin}/token` };
  const { servers, issuer, authorizeMethod, responseMode, ...shared } = settings;
  const secondClient = createSmartClient({ ...shared, fhirBaseUrl, redirectUri: `${APP}again`, endpoints });
  assert.equal((await secondClient.authorize({ navigate: false })).method, 'GET');
  await Promise.race([
    client.discover(fhirBaseUrl).catch(() => {}),
    new Promise((_, reject) => setTimeout(reject, 3_000, new Error('a lock is held')).unref()),
  ]);
}

/**
 * Sets the clock by an existing mock, if there is one. Node restores mocks in the order of creation: after two mocks of one
 * function the first mock would stay in place.
 *
 * @param {TestContext} test
 * @param {() => number} now
 */
function setClock(test, now) {
  const { mock } = /** @type {{ mock?: import('node:test').MockFunctionContext<() => number> }} */ (Date.now);
  if (mock) mock.mockImplementation(now);
  else test.mock.method(Date, 'now', now);
}
