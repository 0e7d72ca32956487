// How long a job takes that is done over and over: the same in a page and in Node, where this module is loaded as it is.

import { implementation } from './implementation.js';
import { rounds } from './rounds.js';
import { createSigner } from './tokens.js';

/**
 * @param {string} origin of a server with metadata
 * @returns {Promise<import('./sections.mjs').Jobs>} milliseconds by job, implementation and round
 */
export async function speeds(origin) {
  const setting = { origin, app: APP };
  return {
    requests: await measure('requests', {
      setting,
      implementations: ['authorize', 'building-blocks', 'fhirclient', 'oidc-client-ts', 'oauth4webapi'],
      // No library has to look through what the requests before have left.
      before: () => sessionStorage.clear(),
      isDone: (url) => new URL(url).searchParams.get('code_challenge')?.length === 43,
    }),
    callbacks: await measure('callbacks', {
      setting: {
        ...setting,
        codeOf,
        callback: (/** @type {number} */ number, state = APP.state) => callback({ origin, number, state }),
      },
      implementations: ['building-blocks', 'no-launch', 'oidc-client-ts', 'oauth4webapi'],
      isDone: (code, number) => code === codeOf(number),
    }),
    RS256: await idTokens('RS256'),
    ES256: await idTokens('ES256'),
  };
}

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
    isDone: (user, number) => user === `user ${number}`,
  });
}

/**
 * @typedef {object} Job
 * @property {object} setting
 * @property {string[]} implementations
 * @property {() => void} [before] each time
 * @property {(done: string, number: number) => boolean} isDone whether it is what was to be made
 *
 * @param {string} job
 * @param {Job} of
 */
async function measure(job, { setting, implementations, before = () => {}, isDone }) {
  /** @type {Record<string, () => Promise<number>>} */
  const measures = {};
  for (const name of implementations) {
    const work = await implementation(job, name, setting);
    measures[name] = async () => {
      let milliseconds = 0;
      for (const number of NUMBERS) {
        before();
        const begun = performance.now();
        const done = await work(number);
        milliseconds += performance.now() - begun;
        if (!isDone(done, number)) throw new Error(`${job}, ${name}: ${done}`);
      }
      return milliseconds / NUMBERS.length;
    };
  }
  await rounds(WARM_UP, measures);
  return rounds(ROUNDS, measures);
}

/** @param {{ origin: string, number: number, state: string }} of */
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
/** Rounds that do not count: engines compile what is done often. */
const WARM_UP = 5;
const ROUNDS = 41;
/** Of each time in a round. */
const NUMBERS = Array.from({ length: 40 }, (_, number) => number);
