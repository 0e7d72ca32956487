// A page in a real browser, driven by WebDriver (W3C): the same commands for all browsers.

import { setTimeout as wait } from 'node:timers/promises';
import { DRIVERS } from './drivers.mjs';
import { freePort, startServer } from './program.mjs';

/** Versions of the browsers that have been opened, as they report them. @type {Record<string, string>} */
export const versions = {};

/** Milliseconds until an element must appear. */
const APPEAR_TIMEOUT = 60_000;
/** Milliseconds after a click until an element that is still there is clicked again. */
const DISAPPEAR_TIMEOUT = 5_000;

/**
 * Opens a browser with an empty profile: no cookies, no storage, no cache.
 *
 * @param {import('./run-environment.mjs').Test} test the browser is closed when the test has ended
 * @param {BrowserName} browser
 *
 * @typedef {keyof typeof DRIVERS} BrowserName
 */
export async function openPage(test, browser) {
  const { command, capabilities, environment } = DRIVERS[browser];
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  await startServer(command(port), { url: `${origin}/status`, env: await environment(test), test });
  const request = { capabilities: { alwaysMatch: capabilities } };
  const { sessionId, capabilities: actual } = await send('POST', `${origin}/session`, request);
  versions[browser] = actual.browserVersion;
  const session = `${origin}/session/${sessionId}`;
  test.after(() => send('DELETE', session));

  /** @param {string} selector @returns {Promise<string | undefined>} */
  const find = (selector) =>
    send('POST', `${session}/element`, { using: 'css selector', value: selector }).then(
      (/** @type {Record<string, string>} */ element) => Object.values(element)[0],
      () => undefined,
    );

  return {
    /** @param {string} url */
    goto: (url) => send('POST', `${session}/url`, { url }),
    url: () => send('GET', `${session}/url`),

    /**
     * Clicks an element as soon as it appears, and again until it is gone: during layout an element may move away before the
     * click.
     *
     * @param {string} selector
     */
    async press(selector) {
      for (const deadline = Date.now() + APPEAR_TIMEOUT; Date.now() < deadline; await wait(50)) {
        const id = await find(selector);
        if (!id) continue;
        await send('POST', `${session}/element/${id}/click`, {}).catch(() => {});
        for (const limit = Date.now() + DISAPPEAR_TIMEOUT; Date.now() < limit; await wait(50)) {
          if (!(await find(selector))) return;
        }
      }
      const message = `${selector} did not appear, or was still there after a click, at ${await this.url()}`;
      throw Object.assign(new Error(message), { details: await this.source() });
    },

    source: () => send('GET', `${session}/source`),
  };
}

/** @param {string} method @param {string} url @param {object} [body] */
async function send(method, url, body) {
  const response = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}
