// The sections of the page, one for each benchmark: its implementations by name, a figure for each, and the pairs to compare.

const AUTHORIZE = '`authorize()`';
const SIGN_IN = '`authorize()`, `ready()`';
const BLOCKS = 'building blocks';
const REQUESTS = {
  authorize: AUTHORIZE,
  'building-blocks': BLOCKS,
  fhirclient: 'fhirclient',
  'oidc-client-ts': 'oidc-client-ts',
  oauth4webapi: 'oauth4webapi',
};
/** The apps of `pages/`. */
const PAGES = {
  'smart-launch': 'smart-launch',
  preload: 'smart-launch with preload',
  static: '`smart-launch/static`',
  fhirclient: 'fhirclient',
  'oidc-client-ts': 'oidc-client-ts',
  oauth4webapi: 'oauth4webapi',
  platform: 'no library',
};
/** @type {Pair[]} */
const PAGE_PAIRS = ['smart-launch', 'preload'].flatMap((ours) =>
  ['fhirclient', 'oidc-client-ts', 'oauth4webapi', 'platform'].map((theirs) => /** @type {Pair} */ ([ours, theirs])),
);
/** Our implementation comes first. @type {Pair[]} */
const REQUEST_PAIRS = [
  ['authorize', 'fhirclient'],
  ['authorize', 'oidc-client-ts'],
  ['building-blocks', 'oauth4webapi'],
];

/**
 * @typedef {object} Section
 * @property {string} title
 * @property {{ unit: string, format: (value: number) => string }} figure
 * @property {Record<string, string>} names names of its implementations by file name
 * @property {Pair[]} pairs the implementations to compare
 *
 * @typedef {[ours: string, theirs: string]} Pair
 *
 * @typedef {Record<string, Record<string, number[]>>} Samples by column, implementation and round; a column lacks the
 *   implementations that cannot do its job
 *
 * @typedef {Record<'requests' | 'callbacks' | 'RS256' | 'ES256', Record<string, number[]>> &
 *   Partial<Record<'request' | 'together' | 'accessToken' | 'can' | 'boundRequest' | 'proof', Record<string, number[]>>>} Jobs by job, implementation and round
 */

/** @param {number} number */
const whole = (number) => Math.round(number).toLocaleString('en');
const perSecond = { unit: 'Times a second', format: (/** @type {number} */ milliseconds) => whole(1_000 / milliseconds) };

/** @type {Record<string, Section>} */
export const SECTIONS = {
  requests: { title: 'Authorization requests: time', figure: perSecond, names: REQUESTS, pairs: REQUEST_PAIRS },
  calls: {
    title: 'Calls with a session: time',
    figure: perSecond,
    names: {
      'smart-launch': '`request()`, `getAccessToken()`, `can()`',
      fhirclient: 'fhirclient',
      'oidc-client-ts': 'oidc-client-ts, `fetch()`',
      oauth4webapi: 'oauth4webapi',
      platform: '`fetch()` alone',
    },
    pairs: ['fhirclient', 'oidc-client-ts', 'oauth4webapi', 'platform'].map((theirs) => ['smart-launch', theirs]),
  },
  'bound-tokens': {
    title: 'Bound tokens: time',
    figure: perSecond,
    names: {
      dpop: '`request()`, `createProof()` with `dpop`',
      bearer: '`request()` with a bearer token',
      platform: 'a proof with WebCrypto alone',
    },
    pairs: [
      ['dpop', 'bearer'],
      ['dpop', 'platform'],
    ],
  },
  callbacks: {
    title: 'Callbacks: time',
    figure: perSecond,
    names: {
      'building-blocks': '`readAuthorizationResponse()`',
      'oidc-client-ts': 'oidc-client-ts',
      oauth4webapi: 'oauth4webapi',
      'no-launch': '`parseLaunch()` of no launch',
    },
    pairs: [
      ['building-blocks', 'oidc-client-ts'],
      ['building-blocks', 'oauth4webapi'],
    ],
  },
  'id-tokens': {
    title: 'ID tokens: time',
    figure: perSecond,
    names: {
      'read-id-token': '`readIdToken()`',
      jose: 'jose',
      'token-response': '`readTokenResponse()`, `readIdToken()`',
      oauth4webapi: 'oauth4webapi',
      platform: 'WebCrypto alone',
    },
    pairs: [
      ['read-id-token', 'jose'],
      ['token-response', 'oauth4webapi'],
    ],
  },
  'cold-start': { title: 'Cold start: time', figure: { unit: 'Milliseconds', format: whole }, names: PAGES, pairs: PAGE_PAIRS },
  'after-sign-in': {
    title: 'Callback and reload: time',
    figure: { unit: 'Milliseconds', format: whole },
    names: PAGES,
    pairs: PAGE_PAIRS,
  },
  'main-thread': {
    title: 'Main thread: CPU time',
    figure: { unit: 'Milliseconds', format: (milliseconds) => milliseconds.toFixed(1) },
    names: PAGES,
    pairs: PAGE_PAIRS,
  },
  'page-bytes': {
    title: 'Pages and scripts: bytes',
    figure: { unit: 'Bytes, with brotli', format: whole },
    names: PAGES,
    pairs: PAGE_PAIRS.filter(([, theirs]) => theirs !== 'platform'),
  },
  memory: {
    title: 'Memory: bytes',
    figure: { unit: 'KB', format: (bytes) => whole(bytes / 1_000) },
    names: {
      ...REQUESTS,
      authorize: SIGN_IN,
      'authorize-linear': `${SIGN_IN}: linear memory`,
      'building-blocks-linear': `${BLOCKS}: linear memory`,
    },
    pairs: REQUEST_PAIRS,
  },
};

/**
 * Converts the results of each JavaScript engine into the samples of the sections: by column, implementation and round.
 *
 * @param {Record<string, Jobs>} engines
 * @returns {Record<string, Samples>}
 */
export function byJob(engines) {
  /** @param {(entry: [engine: string, jobs: Jobs]) => [string, Record<string, number[]>][]} pick */
  const columns = (pick) => Object.fromEntries(Object.entries(engines).flatMap(pick));
  return {
    requests: columns(([engine, { requests }]) => [[engine, requests]]),
    calls: columns(([, { request, together, accessToken, can }]) =>
      request && together && accessToken && can
        ? [
            ['one request', request],
            ['100 at once', together],
            ['access token', accessToken],
            ['permission', can],
          ]
        : [],
    ),
    'bound-tokens': columns(([, { boundRequest, proof }]) =>
      boundRequest && proof
        ? [
            ['one request', boundRequest],
            ['one proof', proof],
          ]
        : [],
    ),
    callbacks: columns(([engine, { callbacks }]) => [[engine, callbacks]]),
    'id-tokens': columns(([engine, { RS256, ES256 }]) => [
      [`RS256, ${engine}`, RS256],
      [`ES256, ${engine}`, ES256],
    ]),
  };
}
