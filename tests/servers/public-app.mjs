// Tests a public app at a server: signs in, requests data, refreshes and signs out as its users would. Each step returns its cells
// of the table.

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
 * @typedef {import('playwright-core').Page & { lastResponse: { url: string, status: number } }} Tab with its latest response
 *
 * @typedef {{ failure?: Failure | undefined }} Result the part of a call's result that the tests need
 *
 * @param {import('playwright-core').BrowserContext} context in which no user is signed in yet
 * @param {App} app
 * @param {Server} server
 * @returns {Promise<Record<string, string>>} a cell for each of CELLS
 */
export async function testPublicApp(context, app, server) {
  const openTab = async (options = {}) => {
    app.config = { ...server.app, ...options };
    /** @type {Tab} */
    const page = Object.assign(await context.newPage(), { lastResponse: { url: '', status: 0 } });
    page.setDefaultTimeout(STEP_TIMEOUT);
    page.setDefaultNavigationTimeout(SERVER_TIMEOUT);
    page.on('response', (response) => {
      const isShown = response.request().isNavigationRequest() && response.frame() === page.mainFrame();
      if (isShown) page.lastResponse = { url: response.url(), status: response.status() };
    });
    await page.goto(app.origin);
    await waitUntilLoaded(page);
    return page;
  };
  const page = await openTab();
  const result = await signIn(page, app, server);
  /** @type {Record<string, string>} */
  const cells = Object.fromEntries(CELLS.map((cell) => [cell, '–']));
  if (!result.session) return { ...cells, 'sign-in': failureCell(result.failure) };
  Object.assign(cells, sessionCells(result.session, server), await requestCells(page));
  cells.silent = await silentSignInCell(await openTab(), server);
  Object.assign(cells, await refreshCells(page, server));
  for (const responseMode of /** @type {const} */ (['fragment', 'form_post'])) {
    const isOffered = server.document.response_modes_supported?.includes(responseMode);
    const signedIn = isOffered && (await signIn(await openTab({ responseMode }), app, server, { responseMode }));
    cells[responseMode] = signedIn ? resultCell(signedIn) : NOT_OFFERED;
  }
  cells.POST = resultCell(await signIn(await openTab(), app, server, { authorizeMethod: 'POST' }));
  return { ...cells, ...(await signOutCells(await openTab(), app, server, cells.silent)) };
}

/** @param {Tab} page */
const waitUntilLoaded = (page) => page.waitForFunction(() => globalThis.loaded, null, { timeout: SERVER_TIMEOUT });

/**
 * Signs in by leaving the page, and returns the session or the failure.
 *
 * @param {Tab} page
 * @param {App} app
 * @param {Server} server
 * @param {AuthorizeOptions} request
 */
async function signIn(page, app, server, request = {}) {
  await sleep(server.pause ?? 0);
  await page.evaluate((request) => {
    globalThis.signInResult = new Promise((resolve) => globalThis.signIn(request).catch((error) => resolve(failureOf(error))));
    globalThis.signInResult.then((result) => (globalThis.localResult = result));
  }, request);
  const failed = await followPages(page, app.callback, server.step);
  if (failed) return { ...failed, session: undefined };
  await waitUntilLoaded(page);
  return page.evaluate(async () => {
    const { session, failure } = await signInResult;
    if (session) globalThis.session = session;
    return { session: session && { ...session, algorithm: algorithm(session) }, failure };

    /** @param {import('smart-launch').SmartSession} session @returns {string | undefined} */
    function algorithm({ tokenResponse: { id_token } }) {
      return id_token && JSON.parse(atob(String(id_token.split('.')[0]).replaceAll('-', '+').replaceAll('_', '/'))).alg;
    }
  });
}

/**
 * Goes through a server's own pages until the browser is at `destination`. Returns the failure if the browser does not get there.
 *
 * @param {Tab} page
 * @param {string} destination
 * @param {Server['step']} step the user's action on the current page, if any
 */
export async function followPages(page, destination, step) {
  const deadline = Date.now() + SERVER_TIMEOUT;
  while (!page.url().startsWith(destination)) {
    const failure = await page.evaluate(() => globalThis.localResult?.failure).catch(() => undefined);
    if (failure) return { failure };
    const { status } = page.lastResponse;
    if (status >= 400) return { failure: { code: `HTTP ${status}`, message: await pageSummary(page) } };
    if (Date.now() > deadline) return { failure: { code: 'no response', message: await pageSummary(page) } };
    // A page may be replaced during a click; only the final URL matters.
    if (!page.url().startsWith(new URL(destination).origin)) await step(page).catch(() => {});
    await sleep(50);
  }
  return undefined;
}

/**
 * The URL of the tab's latest response without the query, and the beginning of the page's text.
 *
 * @param {Tab} page
 */
async function pageSummary(page) {
  const text = await page.textContent('body').catch(() => '');
  return `${page.lastResponse.url.split('?')[0]} ${String(text).replace(/\s+/g, ' ').trim().slice(0, 200)}`;
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
 * Sends requests with the session's token.
 *
 * @param {Tab} page
 */
async function requestCells(page) {
  /**
   * @param {'request' | 'introspect' | 'userInfo'} name
   * @param {unknown[]} input
   * @returns {Promise<Result & { value?: Record<string, unknown> }>}
   */
  const call = (name, ...input) =>
    page.evaluate(
      ([name, input]) => Reflect.apply(smart[name], smart, input).then((/** @type {object} */ value) => ({ value }), failureOf),
      /** @type {const} */ ([name, input]),
    );
  const read = await call('request', `Patient/${PATIENT}`);
  /** @type {(Result & { cell?: string })[]} */
  const introspections = [];
  for (const authorizedBy of ['access_token', 'client_id']) {
    const { value, failure } = await call('introspect', { authorizedBy });
    const result = value?.active ? { cell: `yes (${authorizedBy})` } : { failure: failure ?? { code: 'not active', message: '' } };
    introspections.push(result);
  }
  const active = introspections.find(({ cell }) => cell);
  return {
    'FHIR read': read.value?.id === PATIENT ? 'yes' : failureCell(read.failure),
    userInfo: resultCell(await call('userInfo')),
    introspect: active?.cell ?? failureCell(introspections[0]?.failure),
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
      }, failureOf),
    );
  };
  const previous = await page.evaluate(() => session.tokenResponse.refresh_token);
  if (!previous) return { refresh: NOT_OFFERED, 'reused token': '–' };
  const { failure } = await refresh();
  if (failure) return { refresh: failureCell(failure), 'reused token': '–' };
  if ((await page.evaluate(() => session.tokenResponse.refresh_token)) === previous) {
    return { refresh: 'yes (same token)', 'reused token': '–' };
  }
  const reuse = await send(page, server, previous);
  return { refresh: 'yes (rotates)', 'reused token': `${resultCell(reuse)}, then ${resultCell(await refresh())}` };
}

/**
 * Sends a refresh token without the client.
 *
 * @param {Tab} page
 * @param {Server} server
 * @param {string} refreshToken
 * @returns {Promise<Result>}
 */
async function send(page, server, refreshToken) {
  await sleep(server.pause ?? 0);
  return page.evaluate((refreshToken) => globalThis.sendRefreshToken(refreshToken).then(() => ({}), failureOf), refreshToken);
}

/**
 * Signs in through a hidden iframe while the user is signed in at the server.
 *
 * @param {Tab} page
 * @param {Server} server
 */
async function silentSignInCell(page, server) {
  await sleep(server.pause ?? 0);
  /** @type {Result} */
  const result = await page.evaluate(() => smart.authorize({ target: 'frame' }).then(() => ({}), failureOf));
  return resultCell(result);
}

/**
 * Signs out in the app and at the server. Checks that the server has revoked the token, and that silent sign-in, if it worked
 * before, does not work any more.
 *
 * @param {Tab} page
 * @param {App} app
 * @param {Server} server
 * @param {string | undefined} silentCell the result of the silent sign-in
 */
async function signOutCells(page, app, server, silentCell) {
  const { failure } = await signIn(page, app, server);
  if (failure) throw new Error(`the app signed in before, but not now: ${JSON.stringify(failure)}`);
  const refreshToken = await page.evaluate(() => session.tokenResponse.refresh_token);
  const { revoked, logoutUrl, error } = await page.evaluate(async (postLogoutRedirectUri) => {
    const { error, ...rest } = await smart.logout({ postLogoutRedirectUri });
    return { ...rest, error: error && failureOf(error).failure };
  }, app.postLogoutUri);
  const isTokenValid = refreshToken && !(await send(page, server, refreshToken)).failure;
  const revocation = revoked === null ? NOT_OFFERED : !revoked ? failureCell(error) : isTokenValid ? 'yes (no effect)' : 'yes';
  return { revocation, logout: logoutUrl ? await signOutAtServer(page, app, server, logoutUrl, silentCell) : NOT_OFFERED };
}

/**
 * @param {Tab} page
 * @param {App} app
 * @param {Server} server
 * @param {string} logoutUrl
 * @param {string | undefined} silentCell the result of the silent sign-in
 */
async function signOutAtServer(page, app, server, logoutUrl, silentCell) {
  await page.goto(logoutUrl).catch(() => {});
  const failed = await followPages(page, app.postLogoutUri, server.step);
  if (failed) return failureCell(failed.failure);
  await waitUntilLoaded(page);
  /** @type {Result} */
  const completed = await page.evaluate(() => smart.completeLogout().then(() => ({}), failureOf));
  if (completed.failure) return failureCell(completed.failure);
  const isSignedOut = silentCell !== 'yes' || (await silentSignInCell(page, server)) !== 'yes';
  return isSignedOut ? 'yes' : 'yes (no effect)';
}

/** @param {Result} result */
const resultCell = ({ failure }) => (failure ? failureCell(failure) : 'yes');

/** @param {Pick<Failure, 'code'> | null | undefined} failure */
export function failureCell(failure) {
  if (!failure) throw new Error('the failure has no error');
  if (failure.code === 'discovery_invalid') return NOT_OFFERED;
  reasons.push(failure);
  return `no (${failure.code})`;
}

/**
 * Details of the error codes, for reading the output of a run.
 *
 * @type {{ code: string, message?: string, oauth?: object }[]}
 */
export const reasons = [];

export const NOT_OFFERED = 'not offered';
/** Time limits in milliseconds for a server, and for one action of its user. */
const SERVER_TIMEOUT = 20_000;
const STEP_TIMEOUT = 1_000;
