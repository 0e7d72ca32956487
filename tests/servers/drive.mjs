// The test at each server: the app signs in, requests data, refreshes and signs out as its users would. Each step returns its
// cells of the table.

import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENT } from './fhir-server.mjs';

export const CELLS = [
  'sign-in',
  'ID token',
  'fhirUser',
  'context',
  'FHIR read',
  'userInfo',
  'introspect',
  'refresh',
  'reused token',
  'silent',
  'fragment',
  'form_post',
  'POST',
  'revocation',
  'logout',
  'warnings',
];

/**
 * @typedef {import('./app.mjs').App} App
 * @typedef {import('./run-server.mjs').Server} Server
 * @typedef {import('smart-launch').AuthorizeOptions} AuthorizeOptions
 *
 * @typedef {import('playwright-core').Page & { shown: { url: string, status: number } }} Tab with the shown URL and status
 *
 * @typedef {{ refused?: Refused | undefined }} Answer the part of a call's result that is used here
 *
 * @param {import('playwright-core').BrowserContext} context in which no user is signed in yet
 * @param {App} app
 * @param {Server} server
 * @returns {Promise<Record<string, string>>} a cell for each of CELLS
 */
export async function drive(context, app, server) {
  const tab = async (options = {}) => {
    app.config = { ...server.app, ...options };
    /** @type {Tab} */
    const page = Object.assign(await context.newPage(), { shown: { url: '', status: 0 } });
    page.setDefaultTimeout(STEP);
    page.setDefaultNavigationTimeout(PATIENCE);
    page.on('response', (response) => {
      const shown = response.request().isNavigationRequest() && response.frame() === page.mainFrame();
      if (shown) page.shown = { url: response.url(), status: response.status() };
    });
    await page.goto(app.origin);
    await isLoaded(page);
    return page;
  };
  const page = await tab();
  const first = await signIn(page, app, server);
  /** @type {Record<string, string>} */
  const cells = Object.fromEntries(CELLS.map((cell) => [cell, '–']));
  if (!first.session) return { ...cells, 'sign-in': no(first.refused) };
  Object.assign(cells, sessionCells(first.session, server), await requestCells(page));
  cells.silent = await silentSignIn(await tab(), server);
  Object.assign(cells, await refreshCells(page, server));
  for (const responseMode of /** @type {const} */ (['fragment', 'form_post'])) {
    const offered = server.document.response_modes_supported?.includes(responseMode);
    const signedIn = offered && (await signIn(await tab({ responseMode }), app, server, { responseMode }));
    cells[responseMode] = signedIn ? yes(signedIn) : NOT_OFFERED;
  }
  cells.POST = yes(await signIn(await tab(), app, server, { authorizeMethod: 'POST' }));
  return { ...cells, ...(await signOutCells(await tab(), app, server, cells.silent)) };
}

/** @param {Tab} page */
const isLoaded = (page) => page.waitForFunction(() => globalThis.loaded, null, { timeout: PATIENCE });

/**
 * Signs in by leaving the page, and returns the session or the reason for the failure.
 *
 * @param {Tab} page
 * @param {App} app
 * @param {Server} server
 * @param {AuthorizeOptions} request
 */
async function signIn(page, app, server, request = {}) {
  await sleep(server.pause ?? 0);
  await page.evaluate((request) => {
    globalThis.signInResult = new Promise((resolve) => globalThis.signIn(request).catch((error) => resolve(reason(error))));
    globalThis.signInResult.then((result) => (globalThis.stopped = result));
  }, request);
  const answer = await followPages(page, app.callback, server.step);
  if (answer) return { ...answer, session: undefined };
  await isLoaded(page);
  return page.evaluate(async () => {
    const { session, refused } = await signInResult;
    if (session) globalThis.session = session;
    return { session: session && { ...session, algorithm: algorithm(session) }, refused };

    /** @param {import('smart-launch').SmartSession} session @returns {string | undefined} */
    function algorithm({ tokenResponse: { id_token } }) {
      return id_token && JSON.parse(atob(String(id_token.split('.')[0]).replaceAll('-', '+').replaceAll('_', '/'))).alg;
    }
  });
}

/**
 * Goes through a server's own pages until the browser is at `destination`. Returns the reason if it does not get there.
 *
 * @param {Tab} page
 * @param {string} destination
 * @param {Server['step']} step the user's action on the current page, if any
 */
export async function followPages(page, destination, step) {
  const deadline = Date.now() + PATIENCE;
  while (!page.url().startsWith(destination)) {
    const refused = await page.evaluate(() => globalThis.stopped?.refused).catch(() => undefined);
    if (refused) return { refused };
    if (page.shown.status >= 400) return { refused: { code: `HTTP ${page.shown.status}`, message: await pageSummary(page) } };
    if (Date.now() > deadline) return { refused: { code: 'no response', message: await pageSummary(page) } };
    // A page may be replaced during a click; only the final URL matters.
    if (!page.url().startsWith(new URL(destination).origin)) await step(page).catch(() => {});
    await sleep(50);
  }
  return undefined;
}

/**
 * The browser's URL without the query, and the beginning of the page's text.
 *
 * @param {Tab} page
 */
async function pageSummary(page) {
  const text = await page.textContent('body').catch(() => '');
  return `${page.shown.url.split('?')[0]} ${String(text).replace(/\s+/g, ' ').trim().slice(0, 200)}`;
}

/**
 * @param {import('smart-launch').SmartSession & { algorithm?: string | undefined }} session
 * @param {Server} server
 */
function sessionCells(session, server) {
  const { idToken, fhirUser, patient, algorithm, warnings } = session;
  reasons.push(...warnings);
  return {
    'sign-in': 'yes',
    'ID token': idToken ? `yes (${algorithm})` : NOT_OFFERED,
    fhirUser: fhirUser === `${server.app.fhirBaseUrl}/Practitioner/dr1` ? 'yes' : NOT_OFFERED,
    context: patient === PATIENT ? 'yes' : NOT_OFFERED,
    warnings: [...new Set(warnings.map(({ code }) => code))].join(', ') || 'none',
  };
}

/**
 * The requests that the session's token permits.
 *
 * @param {Tab} page
 */
async function requestCells(page) {
  /**
   * @param {'request' | 'introspect' | 'userInfo'} name
   * @param {unknown[]} input
   * @returns {Promise<Answer & { gained?: Record<string, unknown> }>}
   */
  const call = (name, ...input) =>
    page.evaluate(
      ([name, input]) => Reflect.apply(smart[name], smart, input).then((/** @type {object} */ gained) => ({ gained }), reason),
      /** @type {const} */ ([name, input]),
    );
  const read = await call('request', `Patient/${PATIENT}`);
  /** @type {(Answer & { by?: string })[]} */
  const ways = [];
  for (const authorizedBy of ['access_token', 'client_id']) {
    const { gained, refused } = await call('introspect', { authorizedBy });
    ways.push(gained?.active ? { by: `yes (${authorizedBy})` } : { refused: refused ?? { code: 'not active', message: '' } });
  }
  const there = ways.find(({ by }) => by);
  return {
    'FHIR read': read.gained?.id === PATIENT ? 'yes' : no(read.refused),
    userInfo: yes(await call('userInfo')),
    introspect: there?.by ?? no(ways[0]?.refused),
  };
}

/**
 * Refreshes, then sends the used refresh token as an attacker would, then refreshes again with the current token.
 *
 * @param {Tab} page
 * @param {Server} server
 */
async function refreshCells(page, server) {
  /** @returns {Promise<SignInResult>} */
  const refresh = async () => {
    await sleep(server.pause ?? 0);
    return page.evaluate(() =>
      smart.refresh().then((session) => {
        globalThis.session = session;
        return { session };
      }, reason),
    );
  };
  const previous = await page.evaluate(() => session.tokenResponse.refresh_token);
  if (!previous) return { refresh: NOT_OFFERED, 'reused token': '–' };
  const { refused } = await refresh();
  if (refused) return { refresh: no(refused), 'reused token': '–' };
  if ((await page.evaluate(() => session.tokenResponse.refresh_token)) === previous) {
    return { refresh: 'yes (same token)', 'reused token': '–' };
  }
  const reuse = await send(page, server, previous);
  return { refresh: 'yes (rotates)', 'reused token': `${yes(reuse)}, then ${yes(await refresh())}` };
}

/**
 * Sends a refresh token outside the client.
 *
 * @param {Tab} page
 * @param {Server} server
 * @param {string} refreshToken
 * @returns {Promise<Answer>}
 */
async function send(page, server, refreshToken) {
  await sleep(server.pause ?? 0);
  return page.evaluate((refreshToken) => globalThis.send(refreshToken).then(() => ({}), reason), refreshToken);
}

/**
 * Signs in through a hidden iframe while the user is signed in at the server.
 *
 * @param {Tab} page
 * @param {Server} server
 */
async function silentSignIn(page, server) {
  await sleep(server.pause ?? 0);
  /** @type {Answer} */
  const answer = await page.evaluate(() => smart.authorize({ target: 'frame' }).then(() => ({}), reason));
  return yes(answer);
}

/**
 * Signs out in the app and at the server. Checks that the server has revoked the token, and ended the session if it was `known`.
 *
 * @param {Tab} page
 * @param {App} app
 * @param {Server} server
 * @param {string | undefined} known
 */
async function signOutCells(page, app, server, known) {
  const { refused } = await signIn(page, app, server);
  if (refused) throw new Error(`it signed in before, and now not: ${JSON.stringify(refused)}`);
  const refreshToken = await page.evaluate(() => session.tokenResponse.refresh_token);
  const { revoked, logoutUrl, error } = await page.evaluate(async (postLogoutRedirectUri) => {
    const { error, ...rest } = await smart.logout({ postLogoutRedirectUri });
    return { ...rest, error: error && reason(error).refused };
  }, app.goodbye);
  const alive = refreshToken && !(await send(page, server, refreshToken)).refused;
  const revocation = revoked === null ? NOT_OFFERED : !revoked ? no(error) : alive ? 'yes (no effect)' : 'yes';
  return { revocation, logout: logoutUrl ? await signOutAtServer(page, app, server, logoutUrl, known) : NOT_OFFERED };
}

/**
 * @param {Tab} page
 * @param {App} app
 * @param {Server} server
 * @param {string} logoutUrl
 * @param {string | undefined} known
 */
async function signOutAtServer(page, app, server, logoutUrl, known) {
  await page.goto(logoutUrl).catch(() => {});
  const lost = await followPages(page, app.goodbye, server.step);
  if (lost) return no(lost.refused);
  await isLoaded(page);
  /** @type {Answer} */
  const back = await page.evaluate(() => smart.completeLogout().then(() => ({}), reason));
  if (back.refused) return no(back.refused);
  const forgotten = known !== 'yes' || (await silentSignIn(page, server)) !== 'yes';
  return forgotten ? 'yes' : 'yes (no effect)';
}

/** @param {Answer} answer */
const yes = ({ refused }) => (refused ? no(refused) : 'yes');

/** @param {Pick<Refused, 'code'> | null | undefined} refused */
export function no(refused) {
  if (!refused) throw new Error('it failed, and does not say why');
  if (refused.code === 'discovery_invalid') return NOT_OFFERED;
  reasons.push(refused);
  return `no (${refused.code})`;
}

/**
 * Details of the error codes, for reading the output of a run.
 *
 * @type {{ code: string, message?: string, oauth?: object }[]}
 */
export const reasons = [];

export const NOT_OFFERED = 'not offered';
/** Time limits in milliseconds for a server, and for one action of its user. */
const PATIENCE = 20_000;
const STEP = 1_000;
