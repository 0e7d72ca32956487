// Group C: connections to the token endpoint.

import assert from 'node:assert/strict';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../scripted-server.mjs').ScriptedResponse} ScriptedResponse
 */

/**
 * @param {string} title
 * @param {ScriptedResponse | ((play: Play) => ScriptedResponse)} response
 * @param {Partial<Variant>} variant
 * @returns {Variant}
 */
const tokenResponse = (title, response, variant = {}) => ({
  title,
  run: (play) => play.exchange(typeof response === 'function' ? response(play) : response),
  ...variant,
});
/**
 * The usual token response with another content type or a changed body.
 *
 * @param {string} title
 * @param {string | null} type
 * @param {(text: string) => string | Buffer} edit
 * @param {Partial<Variant>} variant
 */
const editedTokenResponse = (title, type, edit = (text) => text, variant = {}) =>
  tokenResponse(
    title,
    (play) => ({
      headers: { ...(type !== null && { 'content-type': type }) },
      body: edit(JSON.stringify(play.ehr.tokenResponse())),
    }),
    variant,
  );
const JSON_TYPE = 'application/json';
/** A client with a short timeout. */
const shortTimeout = { options: { timeoutSeconds: 1 } };
/** @param {number} status @returns {Pick<Variant, 'check'>} */
const withStatus = (status) => ({ check: (play, error) => assert.equal(error.status, status) });

/**
 * A session whose refresh gets this response.
 *
 * @param {string} title
 * @param {ScriptedResponse} response
 * @param {Partial<Variant>} variant
 * @returns {Variant}
 */
const refreshWith = (title, response, variant = {}) => ({
  title,
  async run(play) {
    await play.signIn();
    play.ehr.answer('/token', response);
    return play.client.refresh();
  },
  ...variant,
});

/**
 * Makes `fetch` treat cookies as browsers do in a page of the server's own origin: they are stored and sent again,
 * except by requests without credentials.
 *
 * @param {import('node:test').TestContext} test
 */
function storeCookies(test) {
  /** @type {string[]} */
  const cookies = [];
  const { fetch } = globalThis;
  test.mock.method(globalThis, 'fetch', async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
    if (init?.credentials === 'omit') return fetch(url, init);
    const headers = new Headers(init?.headers);
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
    const response = await fetch(url, { ...init, headers });
    cookies.push(...response.headers.getSetCookie().map((cookie) => String(cookie.split(';')[0])));
    return response;
  });
  return cookies;
}

/** @type {import('./play.mjs').Rows} */
export const TRANSPORT = {
  H047: [302, 303, 307, 308].flatMap((status) => [
    tokenResponse(`${status} to another server`, (play) => ({ status, redirect: `${play.otherServer.origin}/token` })),
    tokenResponse(
      `${status} on the same server`,
      { status, redirect: '/token2' },
      {
        check: ({ ehr }) => assert.equal(ehr.requestsTo('/token2').length, 0),
      },
    ),
  ]),
  H049: [
    tokenResponse('only the headers arrive', { stalls: true, headers: { 'content-type': JSON_TYPE } }, shortTimeout),
    tokenResponse('nothing arrives', { silent: true }, shortTimeout),
  ],
  H050: [
    editedTokenResponse('truncated JSON', JSON_TYPE, (text) => text.slice(0, 60)),
    tokenResponse(
      'Content-Length too large, which the platform reports as a failed connection',
      { json: { access_token: 'x' }, cut: true },
      {
        code: 'network',
      },
    ),
    tokenResponse(
      'invalid chunked encoding, which the platform reports as a failed connection',
      { body: '{}', garbled: true },
      { code: 'network' },
    ),
    editedTokenResponse('text after the JSON', JSON_TYPE, (text) => `${text}x`),
    editedTokenResponse('bytes that are not UTF-8', JSON_TYPE, (text) => Buffer.concat([Buffer.from(text), Buffer.of(0xff)])),
  ],
  H051: [
    tokenResponse(
      'one byte every 100 ms',
      ({ ehr }) => ({ headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(ehr.tokenResponse()), drips: 100 }),
      shortTimeout,
    ),
  ],
  H053: [
    editedTokenResponse('html', 'text/html'),
    editedTokenResponse('no content type', null),
    editedTokenResponse('a longer word', 'application/jsonevil'),
    editedTokenResponse('text/json', 'text/json'),
    editedTokenResponse('JSON of another kind', 'application/fhir+json'),
    editedTokenResponse('two types', 'text/html, application/json'),
  ],
  H054: [
    editedTokenResponse('upper case, space, charset', 'Application/JSON ; charset=UTF-8'),
    editedTokenResponse('quoted charset', 'application/json;charset="utf-8"'),
    editedTokenResponse('another parameter', 'application/json;profile=x'),
    editedTokenResponse('another charset', 'application/json;charset=us-ascii'),
  ],
  H055: ['null', '[]', '"x"', '1', ''].map((body) => editedTokenResponse(body || 'empty', JSON_TYPE, () => body)),
  H057: [
    tokenResponse(
      '400 with HTML',
      { status: 400, headers: { 'content-type': 'text/html' }, body: '<h1>no</h1>' },
      withStatus(400),
    ),
    tokenResponse('401 with a header only', { status: 401, headers: { 'www-authenticate': 'Basic' } }, withStatus(401)),
    tokenResponse('500 with tokens', (play) => ({ status: 500, json: play.ehr.tokenResponse() }), withStatus(500)),
    tokenResponse('500 with an error', { status: 500, json: { error: 'server_error' } }, withStatus(500)),
    tokenResponse('502 with HTML', { status: 502, body: '<h1>Bad gateway</h1>' }, withStatus(502)),
    tokenResponse('418', { status: 418 }, withStatus(418)),
  ],
  H058: [
    .../** @satisfies {[string, string, number?][]} */ ([
      ['seconds', '120', 120],
      ['1e9 in digits', '1000000000', 300],
      ['1e9', '1e9', undefined],
      ['negative', '-1', undefined],
      ['garbage', 'soon', undefined],
    ]).flatMap(([title, header, seconds]) =>
      [429, 503].map((status) =>
        refreshWith(
          `${status}, ${title}`,
          { status, headers: { 'retry-after': header } },
          {
            check: (play, error) => {
              assert.deepEqual([error.status, error.retryAfterSeconds, error.retryable], [status, seconds, true]);
            },
          },
        ),
      ),
    ),
    refreshWith(
      'a date in the past',
      { status: 503, headers: { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' } },
      {
        check: (play, error) => assert.equal(error.retryAfterSeconds, 0),
      },
    ),
  ],
  H059: [
    {
      title: 'cookies in every response',
      async run(play) {
        play.storedCookies = storeCookies(play.test);
        const headers = {
          'set-cookie': ['a=b; Path=/', 'session=evil; Path=/; HttpOnly'],
          'access-control-allow-origin': '*',
        };
        play.ehr.answer('/fhir/.well-known/smart-configuration', { headers, json: play.ehr.document });
        play.ehr.answer('/token', () => ({ headers, json: play.ehr.tokenResponse() }));
        await play.signIn();
        return play.client.refresh();
      },
      check({ ehr, storedCookies }) {
        assert.deepEqual(storedCookies, []);
        assert.ok(ehr.requests.every(({ headers }) => headers.cookie === undefined));
      },
    },
  ],
};
