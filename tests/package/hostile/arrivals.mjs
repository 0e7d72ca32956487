// Group S: the URL at which a response arrives, and the page on which the user continues.

import assert from 'node:assert/strict';
import { required } from '../required.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../sign-in.mjs').Sent} Sent
 * @typedef {typeof import('smart-launch').createSmartClient} Create
 */

const APP = 'https://app.example/';
const BACK = `${APP}back`;

/**
 * The parameters of an honest response to the pending sign-in.
 *
 * @param {Play} play
 */
function responseParameters({ honest, request }, redirectUri = BACK) {
  const { searchParams } = new URL(String(honest(required(request))));
  for (const name of new URL(redirectUri).searchParams.keys()) searchParams.delete(name);
  return String(searchParams);
}

/**
 * The response arrives at this URL, where a new page of the app is loaded.
 *
 * @param {Play} play
 * @param {string} url
 * @param {string} remainingUrl
 */
async function arrive(play, url, remainingUrl) {
  await play.open(url.replace('ANSWER', responseParameters(play, String(play.settings.redirectUri))), { fresh: true });
  const outcome = play.client.ready();
  assert.equal(play.address(), remainingUrl, 'the callback is removed from the URL before anything is awaited');
  const session = await outcome;
  assert.equal(session?.patient, 'zoe', 'the callback is not ignored');
  return session;
}

/** @param {string} redirectUri @param {string} url @param {string} remainingUrl @param {object} options @returns {Variant} */
const completedSignIn = (redirectUri, url, remainingUrl, options = {}) => ({
  title: `${url} for ${redirectUri}`,
  code: 'ok',
  left: 'NEW',
  options: { redirectUri, ...options },
  async run(play) {
    await play.begin();
    return arrive(play, url, remainingUrl);
  },
  check: ({ exchanges }) => assert.equal(exchanges()[0]?.fields.get('redirect_uri'), redirectUri),
});

/** @param {string} url @param {string} remainingUrl @returns {Variant} */
const wrongRedirectUri = (url, remainingUrl) => ({
  title: url,
  code: 'callback_malformed',
  left: 'PEND',
  async run(play) {
    await play.begin();
    return arrive(play, url, remainingUrl);
  },
  async check(play) {
    assert.equal(play.exchanges().length, 0);
    assert.equal(await play.client.ready(), null, 'the error is reported once');
  },
});

/**
 * The forms in which an app may pass the callback to `ready()`.
 *
 * @type {Record<string, (parameters: string) => string | URLSearchParams | URL | Request>}
 */
const PARTS = {
  'a query': (parameters) => `?${parameters}`,
  'a query without its question mark': (parameters) => parameters,
  'a path with the query': (parameters) => `/back?tab=1&${parameters}#top`,
  URLSearchParams: (parameters) => new URLSearchParams(parameters),
  'a URL': (parameters) => new URL(`${BACK}?${parameters}`),
  'a Request': (parameters) => new Request(`${BACK}?${parameters}`),
};

/**
 * A page without a URL of its own; the user is signed in elsewhere in the app.
 *
 * @param {string} url
 * @param {boolean} isBlocked
 * @param {string} title
 * @param {string} code
 * @param {(create: Create, options: Parameters<Create>[0]) => unknown} call
 * @returns {Variant}
 */
const withoutAddress = (url, isBlocked, title, code, call) => ({
  title: `${url}${isBlocked ? ', without storage' : ''}: ${title}`,
  code,
  async run(play) {
    await play.signIn();
    play.mark();
    const { ehr } = play;
    const page = await play.tab.open(url, { globals: { origin: 'null' } });
    if (isBlocked) play.tab.block();
    try {
      return await call(page.createSmartClient, ehr.options({ storage: 'session' }));
    } finally {
      await play.open(APP, { fresh: true });
      await play.client.ready();
    }
  },
});

/** The history after a sign-in: entries at which the page is loaded again. */
const LATER_PAGES = {
  reload: ['https://app.example/charts/8?tab=1'],
  'back to the callback': [BACK, `${BACK}?ANSWER`],
  forward: ['https://app.example/charts/8', `${BACK}?ANSWER`, 'https://app.example/charts/9#top'],
};

/** @type {import('./play.mjs').Rows} */
export const ARRIVALS = {
  H181: [
    completedSignIn('https://app.example//back', 'https://app.example//back?ANSWER', '//back'),
    completedSignIn('https://app.example/a/index.html', 'https://app.example/a/?ANSWER', '/a/'),
    completedSignIn('https://app.example/a/', 'https://app.example/a/index.html?ANSWER', '/a/index.html'),
    completedSignIn('https://app.example/a', 'https://app.example/a/?ANSWER', '/a/'),
    completedSignIn('https://app.example/a/', 'https://app.example/a?ANSWER&tab=1', '/a?tab=1'),
    completedSignIn(BACK, `${BACK}#/callback?ANSWER`, '/back#/callback', { responseMode: 'fragment' }),
    completedSignIn(BACK, `${BACK}#!/callback?tab=1&ANSWER`, '/back#!/callback?tab=1', { responseMode: 'fragment' }),
    completedSignIn(BACK, `${BACK}#/ANSWER`, '/back#/', { responseMode: 'fragment' }),
    ...Object.entries(PARTS).map(/** @returns {Variant} */ ([title, toCallback]) => ({
      title: `ready() is given ${title}`,
      code: 'ok',
      left: 'NEW',
      async run(play) {
        await play.begin();
        await play.open('https://app.example/elsewhere', { fresh: true });
        return play.client.ready({ callback: toCallback(responseParameters(play)) });
      },
    })),
    wrongRedirectUri('https://app.example/elsewhere?x=1&ANSWER', '/elsewhere?x=1'),
    wrongRedirectUri('https://app.example/back/more?ANSWER#top', '/back/more#top'),
    wrongRedirectUri('https://app.example/#/callback?ANSWER&tab=1', '/#/callback?tab=1'),
    wrongRedirectUri('https://app.example/#!/callback?ANSWER', '/#!/callback'),
    wrongRedirectUri('https://app.example/#ANSWER', '/'),
    wrongRedirectUri('https://www.app.example/back?ANSWER', '/back'),
  ],
  H182: [
    // As a URL, a path that begins with two slashes names a host; a `<base>` changes what relative URLs refer to.
    .../** @satisfies {[string, string?][]} */ ([
      [APP.replace('e/', 'e//back'), undefined],
      [APP.replace('e/', 'e//back'), 'https://cdn.example/x/'],
      [BACK, 'https://cdn.example/x/'],
    ]).map(/** @returns {Variant} */ ([redirectUri, base]) => ({
      title: base ? `${redirectUri}, <base href="${base}">` : redirectUri,
      code: 'ok',
      options: { redirectUri },
      async run(play) {
        await play.begin();
        const { pathname } = new URL(redirectUri);
        await play.open(`${redirectUri}?${responseParameters(play, redirectUri)}`, { fresh: true });
        if (base) play.page.setBase(base);
        const outcome = play.client.ready();
        assert.equal(play.address(), pathname);
        assert.equal((await outcome)?.patient, 'zoe');
        play.mark();
      },
    })),
    // As in an iframe with `srcdoc`; tests/e2e/callback-urls.test.mjs uses real iframes.
    ...['about:blank', 'about:srcdoc', 'data:text/html,x', 'blob:https://app.example/7', 'file:///x/index.html'].flatMap(
      (url) =>
        [false, true].flatMap((isBlocked) => [
          withoutAddress(url, isBlocked, 'nothing to restore', 'ok', async (create, options) =>
            assert.equal(await create({ ...options, clientId: 'another' }).ready(), null),
          ),
          withoutAddress(url, isBlocked, 'the app navigates itself', 'ok', (create, options) =>
            create(options).authorize({ navigate: false }),
          ),
          withoutAddress(url, isBlocked, 'no redirect URI is set', 'endpoint_scheme', (create, options) =>
            create({ ...options, redirectUri: undefined }).authorize({ navigate: false }),
          ),
        ]),
    ),
  ],
  H183: Object.entries(LATER_PAGES).map(([title, places]) => ({
    title,
    async run(play) {
      await play.begin({ returnTo: 'https://app.example/charts/7?tab=2#top' });
      const response = responseParameters(play);
      await play.open(`${BACK}?${response}`, { fresh: true });
      assert.equal((await play.client.ready())?.returnTo, '/charts/7?tab=2#top');
      play.mark();
      for (const place of places) {
        const url = place.replace('ANSWER', response);
        await play.open(url, { fresh: true });
        const session = await play.client.ready();
        assert.deepEqual([session?.patient, session?.returnTo], ['zoe', null]);
        assert.equal(play.address(), url.replace(`?${response}`, '').slice(APP.length - 1), 'the URL stays the same');
      }
      assert.equal(play.exchanges().length, 1);
      assert.ok(!JSON.stringify(play.tab.storage).includes('/charts/7'), '`returnTo` is not stored any more');
    },
  })),
};
