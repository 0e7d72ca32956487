// Measures how long repeated jobs take, in a page and in Node, which loads this module unbundled.

import { implementation } from './implementation.js';
import { rounds } from './rounds.js';
import { createSigner } from './tokens.js';

/**
 * @param {string} origin of a server with metadata
 * @returns {Promise<import('./sections.mjs').Jobs>} milliseconds by job, implementation and round
 */
export async function speeds(origin) {
  const setting = { origin, app: APP };
  // Before any library is loaded, because a library may keep a reference to `fetch`.
  simulateFhirServer();
  return {
    ...(globalThis.document && { ...(await calls(setting)), ...(await boundTokens(setting)) }),
    requests: await measure('requests', {
      setting,
      implementations: ['authorize', 'building-blocks', 'fhirclient', 'oidc-client-ts', 'oauth4webapi'],
      // So that no library has to search the records of earlier requests.
      before: () => sessionStorage.clear(),
      isExpected: (url) => new URL(url).searchParams.get('code_challenge')?.length === 43,
    }),
    callbacks: await measure('callbacks', {
      setting: {
        ...setting,
        codeOf,
        callback: (/** @type {number} */ number, state = APP.state) => callback({ origin, number, state }),
      },
      implementations: ['building-blocks', 'no-launch', 'oidc-client-ts', 'oauth4webapi'],
      isExpected: (code, number) => code === codeOf(number),
    }),
    RS256: await idTokens('RS256'),
    ES256: await idTokens('ES256'),
  };
}

/**
 * The calls of an app with a session. Only in a page, because fhirclient has a different client for Node.
 *
 * @param {{ origin: string, app: typeof APP }} setting
 */
async function calls(setting) {
  const patient = (/** @type {number} */ number) => `Patient/${number}`;
  /** @typedef {{ request(path: string): Promise<{ id: string }>, accessToken(): Promise<string>, can(scope: string): boolean }} Calls */
  /** @type {Record<string, (calls: Calls) => (number: number) => Promise<string>>} */
  const jobs = {
    request: ({ request }) => async (number) => (await request(patient(number))).id,
    together({ request }) {
      const paths = Array.from({ length: 100 }, (_, number) => patient(number));
      return async () => String((await Promise.all(paths.map(request))).length);
    },
    accessToken: ({ accessToken }) => async () => accessToken(),
    can: ({ can }) => async () => String(can('patient/Patient.rs')),
  };
  const implementations = ['smart-launch', 'fhirclient', 'oidc-client-ts', 'oauth4webapi', 'platform'];
  /** @param {keyof typeof jobs} job @param {(result: string, number: number) => boolean} isExpected */
  const measureCalls = (job, isExpected, only = implementations) =>
    measure('calls', {
      setting: { ...setting, call: jobs[job], callbackOf: responseFrom(setting.origin) },
      implementations: only,
      isExpected,
    });
  return {
    request: await measureCalls('request', (id, number) => id === String(number)),
    together: await measureCalls('together', (count) => count === '100'),
    accessToken: await measureCalls('accessToken', (token) => token === 'token'),
    // The other libraries do not evaluate SMART scopes.
    can: await measureCalls('can', (isCovered) => isCovered === 'true', ['smart-launch', 'platform']),
  };
}

/**
 * Requests with tokens that are bound to a key, and proofs. Only in a page, because Node has no IndexedDB.
 *
 * @param {{ origin: string, app: typeof APP }} setting
 */
async function boundTokens(setting) {
  const base = `${setting.origin}/fhir/`;
  const shared = { ...setting, callbackOf: responseFrom(setting.origin) };
  /** @typedef {{ request(path: string): Promise<{ id: string }>, proof(url: string): Promise<string> }} Calls */
  const request = (/** @type {Calls} */ { request }) => async (/** @type {number} */ number) => (await request(`Patient/${number}`)).id;
  const proof = (/** @type {Calls} */ { proof }) => async (/** @type {number} */ number) => proof(`${base}Patient/${number}`);
  return {
    boundRequest: await measure('bound-tokens', {
      setting: { ...shared, call: request },
      implementations: ['dpop', 'bearer'],
      isExpected: (id, number) => id === String(number),
    }),
    proof: await measure('bound-tokens', {
      setting: { ...shared, call: proof },
      implementations: ['dpop', 'platform'],
      isExpected: (text) => text.split('.').length === 3,
    }),
  };
}

/** Responds to FHIR requests without the network, so that no network time is measured. */
function simulateFhirServer() {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    const [, id] = /\/fhir\/Patient\/(\d+)$/.exec(input instanceof Request ? input.url : String(input)) ?? [];
    if (id === undefined) return fetch(input, init);
    return new Response(`{"resourceType":"Patient","id":"${id}"}`, { headers: { 'content-type': 'application/fhir+json' } });
  };
}

/** The response to an authorization request, with the request's `nonce` as its code. */
const responseFrom = (/** @type {string} */ origin) => (/** @type {string} */ url) => {
  const { searchParams: parameters } = new URL(url);
  const fields = { code: parameters.get('nonce') ?? 'none', state: parameters.get('state') ?? '', iss: origin };
  return `${parameters.get('redirect_uri')}?${new URLSearchParams(fields)}`;
};

/** @param {keyof typeof import('./tokens.js').PARAMETERS} algorithm */
async function idTokens(algorithm) {
  const { jwks, sign } = await createSigner(algorithm);
  const [issuer, nonce] = ['https://ehr.example', 'n'];
  const claims = { iss: issuer, aud: APP.clientId, nonce, name: 'Zoë' };
  const tokens = await Promise.all(NUMBERS.map((number) => sign({ ...claims, sub: `user ${number}` })));
  /** @param {number} number */
  const tokenResponse = (number) =>
    Response.json({ access_token: 'token', token_type: 'bearer', expires_in: 3_600, id_token: tokens[number] });
  return measure('id-tokens', {
    setting: { issuer, app: APP, nonce, algorithm, jwks, tokens, tokenResponse },
    implementations: ['read-id-token', 'jose', 'token-response', 'oauth4webapi', 'platform'],
    isExpected: (user, number) => user === `user ${number}`,
  });
}

/**
 * @typedef {object} Job
 * @property {object} setting
 * @property {string[]} implementations
 * @property {() => void} [before] called before each repetition
 * @property {(result: string, number: number) => boolean} isExpected whether the result is the expected one
 *
 * @param {string} job
 * @param {Job} details
 */
async function measure(job, { setting, implementations, before = () => {}, isExpected }) {
  /** @type {Record<string, () => Promise<number>>} */
  const measures = {};
  for (const name of implementations) {
    const run = await implementation(job, name, setting);
    measures[name] = async () => {
      let milliseconds = 0;
      for (const number of NUMBERS) {
        before();
        const started = performance.now();
        const result = await run(number);
        milliseconds += performance.now() - started;
        if (!isExpected(result, number)) throw new Error(`${job}, ${name}: ${result}`);
      }
      return milliseconds / NUMBERS.length;
    };
  }
  await rounds(WARM_UP, measures);
  return rounds(ROUNDS, measures);
}

/** @param {{ origin: string, number: number, state: string }} parameters */
const callback = ({ origin, number, state }) =>
  `${APP.redirectUri}?${new URLSearchParams({ code: codeOf(number), state, iss: origin })}`;

/** @param {number} number */
const codeOf = (number) => `3f0c9d5e-7a41-4c8e-9d1b-${String(number).padStart(12, '0')}`;

export const APP = {
  clientId: 'growth-chart',
  scope: 'launch/patient openid fhirUser patient/*.rs',
  redirectUri: 'https://app.example/callback',
  state: 'Ub7vA2kX0mT9sQ4nR6eW1yZ8cL3hJ5dF-gP_oKiBxEs',
};
/** Warm-up rounds that do not count, because engines compile code that runs often. */
const WARM_UP = 5;
const ROUNDS = 41;
/** The numbers of the repetitions in a round. */
const NUMBERS = Array.from({ length: 40 }, (_, number) => number);
