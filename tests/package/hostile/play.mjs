// One row of the table, played: a server, an app in a tab, and what must hold afterwards.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { isRevealing, startEhr } from '../ehr.mjs';
import { startServer } from '../scripted-server.mjs';
import { callbackOf } from '../sign-in.mjs';
import { openTab } from '../tab.mjs';
import { watchWorkers } from '../worker-double.mjs';

const APP = 'https://app.example/';

/**
 * @typedef {Awaited<ReturnType<typeof openPlay>>} Play
 *
 * @typedef {object} Variant
 * @property {string} what
 * @property {(play: Play) => Promise<unknown>} run what is done; what it rejects with is the outcome
 * @property {string} [code] where it is not the row's; `null` where nothing fails and there is no session
 * @property {string} [left] where it is not the row's
 * @property {object} [configuration] members of the smart-configuration
 * @property {object} [options] options of the client
 * @property {boolean} [isolated] the client's session is in a worker
 * @property {(play: Play, outcome: unknown) => unknown} [check] what else must hold
 */

/** @param {import('node:test').TestContext} test @param {Partial<Variant>} variant */
export async function openPlay(test, { configuration, options, isolated = false }) {
  const ehr = await startEhr(test, { configuration });
  const elsewhere = await startServer(test);
  const tab = openTab(test);
  const settings = ehr.options({ storage: isolated ? undefined : 'session', ...options });
  const play = {
    test,
    ehr,
    elsewhere,
    tab,
    settings,
    isolated,
    workers: watchWorkers(test),
    /** Opens the app at a URL. */
    async open(url = APP, options = { fresh: false }) {
      play.page = await tab.open(url, { also: ['isolated'], ...options });
      play.address = play.page.address;
      const { createSmartClient, createIsolatedSmartClient } = play.page;
      play.client = (isolated ? createIsolatedSmartClient : createSmartClient)(play.settings);
      return play.client;
    },
    /** Opens the app as an EHR does and begins to sign in. */
    async launch(parameters) {
      const query =
        typeof parameters === 'string' ? parameters : new URLSearchParams({ launch: 'handle', ...parameters });
      const client = await play.open(`${APP}launch?${query}`);
      return client.authorize({ navigate: false });
    },
    /** Begins a sign-in: what is answered to it from here on is the play's. Another one waits beside it. */
    async begin(more = {}) {
      play.beside = await play.client.authorize({ navigate: false });
      play.request = await play.client.authorize({ ...more, navigate: false });
      return play.request;
    },
    /** The callback that an honest server gives. */
    honest: (request) =>
      callbackOf(request, ehr.document.authorization_response_iss_parameter_supported ? { iss: ehr.origin } : {}),
    /** Comes back with the answer to that sign-in, changed. */
    async answer(changes = {}, edit = (url) => url) {
      const request = play.request ?? (await play.begin());
      return play.client.ready({ callback: edit(callbackOf(request, changes)) });
    },
    /** Signs in with a token endpoint that answers like this, and in the usual way afterwards. */
    async exchange(answer) {
      ehr.answer('/token', answer, () => ({ json: ehr.tokenResponse() }));
      return play.answer();
    },
    /** The same with a token response that is changed. */
    tokens: (changes) => play.exchange(() => ({ json: ehr.tokenResponse(changes) })),
    /** Signs in as usual. */
    async signIn() {
      await play.begin();
      return play.answer();
    },
    /** Remembers what is stored and who is signed in, for `unchanged` and `kept`. */
    mark: () => (play.marked = standing(play)),
    exchanges: () => ehr.askedFor('/token').filter(({ fields }) => fields.get('grant_type') === 'authorization_code'),
    refreshes: () => ehr.askedFor('/token').filter(({ fields }) => fields.get('grant_type') === 'refresh_token'),
  };
  await play.open();
  return play;
}

/** Plays a variant and checks its outcome, what is left, and what must hold after every row. */
export async function playVariant(test, row, variant) {
  const play = await openPlay(test, variant);
  const written = [];
  for (const method of ['debug', 'error', 'info', 'log', 'warn']) {
    test.mock.method(console, method, (...values) => written.push(values));
  }
  let outcome;
  let code = 'ok';
  try {
    outcome = await variant.run(play);
  } catch (error) {
    assert.equal(error.name, 'SmartError', inspect(error));
    ({ code } = error);
    outcome = error;
    assert.ok(!isRevealing(`${inspect(error, { depth: 9 })}${JSON.stringify(error)}`), 'a secret in the error');
  }
  if (code === 'ok' && outcome === null) code = 'null';
  assert.equal(code, variant.code ?? row.code);
  await variant.check?.(play, outcome);
  await LEFT[variant.left ?? row.left](play);
  assert.deepEqual(written, [], 'something is written to the console');
  assert.equal(play.elsewhere.asked.length, 0, 'another server was contacted');
  assert.ok(!isRevealing(play.address()), 'the URL is not clean');
  await assertUsable(play);
}

/** The sessions and pending sign-ins that are stored, and who is signed in. */
function standing({ client, tab }) {
  const stored = [tab.storage, globalThis.localStorage ?? {}].flatMap(Object.keys);
  const records = stored.filter((key) => /:(session|sign-in):/.test(key));
  const { status, session } = client.getState();
  return { records, isSignedIn: status === 'authenticated', patient: session?.patient };
}

/** All that was stored is there, and the same patient is shown. */
function assertStanding(play) {
  const { records, ...shown } = standing(play);
  const { records: before, ...shownBefore } = play.marked;
  assert.deepEqual(shown, shownBefore);
  assert.deepEqual(before.filter((key) => !records.includes(key)), []);
}

const LEFT = {
  async unchanged(play) {
    const { client, ehr, request, honest } = play;
    assertStanding(play);
    if (client.getState().session) return assertAccepted(play);
    if (!request) return;
    ehr.grant({});
    assert.equal((await client.ready({ callback: honest(request) })).patient, 'zoe');
  },
  async kept(play) {
    assertStanding(play);
    await assertAccepted(play);
    play.ehr.grant({});
    // As long as any server may want to be left alone.
    const later = Date.now() + 300_000;
    setClock(play.test, () => later);
    await play.client.refresh();
    assert.equal(await assertAccepted(play), play.ehr.issued.at(-1).access_token);
  },
  async NONE(play) {
    const { ehr, tab } = play;
    if (ehr.issued.length > 0) {
      await LEFT.OUT(play);
      return assert.equal(await (await play.open(APP, { fresh: true })).ready(), null, 'nor after a reload');
    }
    assert.deepEqual(Object.keys(tab.storage), []);
    assert.equal(ehr.asked.filter(({ path }) => !path.includes('/.well-known/')).length, 0);
  },
  async own({ views, pages }) {
    for (const view of pages) {
      await views.reload(view);
      await views.check(view);
    }
  },
  async PEND({ client, request, ehr, honest }) {
    ehr.grant({});
    const session = await client.ready({ callback: honest(request) });
    assert.equal(session.patient, 'zoe');
  },
  async USED({ client, request, beside, ehr, bad = ehr, honest }) {
    assert.equal(client.getState().session, null);
    const exchanges = () => ehr.askedFor('/token').length + bad.askedFor('/token').length;
    const before = exchanges();
    await assert.rejects(client.ready({ callback: honest(request) }), { code: 'callback_replayed' });
    assert.equal(exchanges(), before);
    ehr.grant({});
    assert.equal((await client.ready({ callback: honest(beside) })).patient, 'zoe');
  },
  async KEEP({ client, ehr, refreshes, isolated, test }) {
    // Of a client in a worker nobody gets the tokens: they are seen where they are sent.
    const { access_token, refresh_token } = isolated ? ehr.issued.at(-1) : client.getState().session.tokenResponse;
    if (isolated) await client.fetch('Patient/zoe');
    const sent = () => ehr.askedFor('/fhir/Patient/zoe').at(-1).headers.authorization;
    assert.equal(isolated ? sent() : `Bearer ${await client.getAccessToken()}`, `Bearer ${access_token}`);
    ehr.grant({});
    // As long as any server may want to be left alone.
    const later = Date.now() + 300_000;
    setClock(test, () => later);
    await client.refresh();
    assert.equal(refreshes().at(-1).fields.get('refresh_token'), refresh_token);
  },
  async OUT({ client, tab }) {
    assert.equal(client.getState().session, null);
    assert.ok(Object.keys(tab.storage).every((key) => !key.includes(':session:')));
    await assert.rejects(client.fetch('Patient/zoe'), { code: 'signed_out' });
  },
  async DOUBT({ client, refreshes }) {
    const sent = refreshes().length;
    assert.match(await client.getAccessToken(), /./, 'the access token is good until it expires');
    await assert.rejects(client.refresh(), { code: 'refresh_in_doubt' });
    assert.equal(refreshes().length, sent, 'not sent again');
  },
  async NORT({ client, refreshes }) {
    const sent = refreshes().length;
    assert.equal(client.getState().session.refreshable, false);
    assert.match(await client.getAccessToken(), /./, 'the access token is good until it expires');
    await assert.rejects(client.refresh(), { code: 'session_expired' });
    assert.equal(refreshes().length, sent);
  },
  async NEW({ client }) {
    assert.equal(client.getState().status, 'authenticated');
    assert.match(client.getState().session.tokenResponse.access_token, /./);
  },
};

/** Requests are sent with the session's token, which the server has issued. */
async function assertAccepted({ client, ehr, isolated }) {
  await client.fetch('Patient/zoe');
  const sent = ehr.askedFor('/fhir/Patient/zoe').at(-1).headers.authorization.replace('Bearer ', '');
  assert.ok(ehr.issued.some((tokens) => tokens.access_token === sent));
  if (!isolated) assert.equal(sent, client.getState().session.tokenResponse.access_token);
  return sent;
}

/** No lock is held, no instance is broken: the same client reads metadata, which takes a lock. */
async function assertUsable({ client, settings, page, ehr }) {
  if (settings.endpoints) return;
  const { fhirBaseUrl, origin } = ehr;
  const endpoints = { authorizationEndpoint: `${origin}/authorize`, tokenEndpoint: `${origin}/token` };
  const { servers, issuer, authorizeMethod, ...shared } = settings;
  const again = page.createSmartClient({ ...shared, fhirBaseUrl, redirectUri: `${APP}again`, endpoints });
  assert.equal((await again.authorize({ navigate: false })).method, 'GET');
  await Promise.race([
    client.discover(fhirBaseUrl).catch(() => {}),
    new Promise((_, reject) => setTimeout(reject, 3_000, new Error('a lock is held')).unref()),
  ]);
}

/** Mocks are restored in the order they were made in: of two of one function, the first would stay. */
function setClock(test, now) {
  if (Date.now.mock) Date.now.mock.mockImplementation(now);
  else test.mock.method(Date, 'now', now);
}
