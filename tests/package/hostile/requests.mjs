// Group Q: arguments of fetch, and calls that the app aborts.

import assert from 'node:assert/strict';
import { CALLS as WITH_SIGNAL, never, SENDING, until } from '../abortable-calls.mjs';
import { assertMembersReach, assertSentAsPlatform, CALLS, cyclic, isRefused, REFUSED } from '../requests.mjs';
import { required } from '../required.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {typeof WITH_SIGNAL[string]} Call
 * @typedef {import('../requests.mjs').CreateAnyArguments} CreateAnyArguments
 */

const PATIENT = '/fhir/Patient';

/**
 * Signs in; the FHIR API has a patient.
 *
 * @param {Play} play
 */
async function signInWithPatient(play) {
  await play.signIn();
  play.ehr.answer(PATIENT, { json: {} });
  play.mark();
}

/**
 * The client sends nothing for this input, neither by `fetch` nor by `request`.
 *
 * @param {string} title
 * @param {CreateAnyArguments} createArguments
 * @returns {Variant}
 */
const refusedArguments = (title, createArguments) => ({
  title,
  async run(play) {
    await signInWithPatient(play);
    const { client, ehr } = play;
    const url = `${ehr.fhirBaseUrl}/Patient`;
    const before = ehr.requests.length;
    try {
      await assert.rejects(Reflect.apply(client.request, client, await createArguments(url)), isRefused);
      return await Reflect.apply(client.fetch, client, await createArguments(url));
    } finally {
      assert.equal(ehr.requests.length, before, 'nothing is sent');
    }
  },
  check: (play, error) => isRefused(error),
});

const QUERIES = ['name=Smith\\,John', 'name="a"', "name='a'", 'name=é', 'name=a b', 'name=\ud800x', 'a=%5C\\'];
const INVALID_CHARACTERS = ['\\', '"', "'", 'é', ' ', '\ud800'];

/**
 * A call whose signal is aborted when the call has reached a point.
 *
 * @param {Play} play
 * @param {Call} call
 * @param {() => unknown} reachPoint
 */
async function abortAt(play, call, reachPoint) {
  const controller = new AbortController();
  const result = call(play.client, controller.signal, play.ehr);
  result.catch(() => {});
  await reachPoint();
  controller.abort();
  return result;
}

/**
 * Lets the token expire, and delays the next response of the token endpoint.
 *
 * @param {Play} play
 */
function holdRefresh(play) {
  const expiredTime = Date.now() + 7_200_000;
  const clock = play.test.mock.method(Date, 'now', () => expiredTime);
  const held = play.ehr.hold('/token', () => ({ json: play.ehr.tokenResponse() }));
  const refreshed = new Promise((resolve) => play.client.on('refreshed', resolve));
  /** Lets the refresh continue, and checks that its response is stored. */
  const releaseRefresh = async () => {
    held.release();
    await refreshed;
    clock.mock.restore();
    assert.equal(await play.client.getAccessToken(), play.ehr.issued.at(-1)?.access_token);
  };
  return { held, releaseRefresh };
}

/**
 * The points at which a signal may be aborted, and the calls that reach them.
 *
 * @type {Record<string, { calls?: string[], run: (play: Play, call: Call) => Promise<unknown> }>}
 */
const POINTS = {
  'aborted before the call': {
    async run(play, call) {
      const before = play.ehr.requests.length;
      try {
        return await call(play.client, AbortSignal.abort(), play.ehr);
      } finally {
        assert.equal(play.ehr.requests.length, before, 'nothing is sent');
      }
    },
  },
  'aborted while the library is loaded': {
    async run(play, call) {
      await play.open('https://app.example/', { fresh: true });
      try {
        return await abortAt(play, call, () => {});
      } finally {
        await play.client.ready();
        // A refresh that has started continues; this call waits for it.
        await play.client.refresh();
      }
    },
  },
  'aborted while another call has the lock': {
    async run(play, call) {
      const { held, releaseRefresh } = holdRefresh(play);
      const otherCall = play.client.refresh();
      await held.arrived;
      try {
        return await abortAt(play, call, () => new Promise((resolve) => setImmediate(resolve)));
      } finally {
        await releaseRefresh();
        await otherCall;
      }
    },
  },
  'aborted while the token is refreshed': {
    async run(play, call) {
      const { held, releaseRefresh } = holdRefresh(play);
      try {
        return await abortAt(play, call, () => held.arrived);
      } finally {
        await releaseRefresh();
      }
    },
  },
  'aborted before the headers of the response': {
    calls: SENDING,
    run(play, call) {
      play.ehr.answer(PATIENT, never);
      return abortAt(play, call, () => until(() => play.ehr.requestsTo(PATIENT).length > 0));
    },
  },
  'aborted while the body is read': {
    calls: ['request'],
    run(play, call) {
      play.ehr.answer(PATIENT, { stalls: true });
      return abortAt(play, call, () => until(() => play.ehr.requestsTo(PATIENT).length > 0));
    },
  },
};

/** @type {import('./play.mjs').Rows} */
export const REQUESTS = {
  // These variants run in Node. tests/matrix checks requests of Chromium, Firefox and WebKit.
  H170: [
    ...Object.entries(CALLS).map(/** @returns {Variant} */ ([title, createArguments]) => ({
      title,
      async run(play) {
        await signInWithPatient(play);
        await assertSentAsPlatform(play.ehr, play.client, createArguments);
      },
    })),
    {
      title: 'cache, credentials, keepalive and other members that a server does not see',
      async run(play) {
        await signInWithPatient(play);
        await assertMembersReach(play.test, play.client, `${play.ehr.fhirBaseUrl}/Patient`);
      },
    },
    {
      title: 'redirect',
      async run(play) {
        await signInWithPatient(play);
        const { client, ehr } = play;
        ehr.answer(PATIENT, { redirect: '/fhir/Patient/elsewhere' });
        const requestWith = (/** @type {RequestRedirect} */ redirect) => new Request(`${ehr.fhirBaseUrl}/Patient`, { redirect });
        assert.equal((await client.fetch(requestWith('manual'))).status, 302);
        await assert.rejects(client.fetch(requestWith('error')), { code: 'redirected' });
        assert.equal(ehr.requestsTo('/fhir/Patient/elsewhere').length, 0);
      },
    },
    {
      title: 'signal',
      async run(play) {
        await signInWithPatient(play);
        const request = new Request(`${play.ehr.fhirBaseUrl}/Patient`, { signal: AbortSignal.abort() });
        await assert.rejects(play.client.fetch(request), { code: 'aborted' });
        assert.equal((await play.client.fetch(request, { signal: null })).status, 200, 'the signal of init is used');
      },
    },
  ],
  H171: [
    ...Object.entries(REFUSED).map(([title, createArguments]) => refusedArguments(title, createArguments)),
    {
      title: 'cyclic body',
      async run(play) {
        await signInWithPatient(play);
        const before = play.ehr.requests.length;
        try {
          return await play.client.request('Patient', { method: 'POST', body: cyclic });
        } finally {
          assert.equal(play.ehr.requests.length, before, 'nothing is sent');
        }
      },
      check: (play, error) => isRefused(error),
    },
  ],
  H172: [
    ...QUERIES.map(/** @returns {Variant} */ (query) => ({
      title: `query ${query}`,
      code: 'ok',
      async run(play) {
        await signInWithPatient(play);
        const { client, ehr } = play;
        const url = `${ehr.fhirBaseUrl}/Patient?${query}`;
        const encoded = new URL(url).href.replaceAll('\\', '%5C').slice(ehr.origin.length);
        for (const input of [`Patient?${query}`, url, new URL(url), new Request(url)]) {
          await client.fetch(input);
          assert.equal(ehr.requests.at(-1)?.url, encoded);
        }
      },
    })),
    ...INVALID_CHARACTERS.flatMap((character) =>
      /** @satisfies {[string, (play: Play) => string][]} */ ([
        ['path', () => `Patient/a${character}b`],
        ['host', ({ ehr }) => `${ehr.origin}${character}/fhir/Patient`],
        ['beginning', () => `${character}Patient?name=x`],
      ]).map(/** @returns {Variant} */ ([title, input]) => ({
        title: `${title} ${character}`,
        code: 'origin_not_allowed',
        async run(play) {
          await signInWithPatient(play);
          const before = play.ehr.requests.length;
          try {
            return await play.client.fetch(input(play));
          } finally {
            assert.equal(play.ehr.requests.length, before, 'nothing is sent');
          }
        },
        check: (play, { retryable }) => assert.equal(retryable, false),
      })),
    ),
  ],
  H173: Object.entries(POINTS).flatMap(([point, { run, calls = Object.keys(WITH_SIGNAL) }]) =>
    calls.map((name) => ({
      title: `${name} ${point}`,
      // With the default timeout a slow call could end as `timeout` in place of `aborted`.
      options: { timeoutSeconds: 3_600 },
      async run(play) {
        await play.signIn();
        play.mark();
        return run(play, required(WITH_SIGNAL[name]));
      },
    })),
  ),
};
