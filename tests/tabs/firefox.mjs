// Firefox, driven by WebDriver. geckodriver and Firefox itself change some preferences for tests; those that a page
// could notice are set back to the values that users have.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { required } from '../package/required.mjs';
import { programText, until } from './page-program.mjs';

/**
 * @typedef {import('./chromium.mjs').Tab} Tab
 *
 * @typedef {{
 *   '/window/handles': string[],
 *   '/window/new': { handle: string },
 *   '/execute/async': { value?: unknown, error?: string },
 *   '/element': object,
 *   '/url': string,
 *   '/window': unknown,
 *   '/actions': unknown,
 *   '/back': unknown,
 * }} Values results of WebDriver commands, by their paths in a session
 *
 * @typedef {<Path extends keyof Values>(method: string, path: Path, body?: object) => Promise<Values[Path]>} Send
 */

const PREFERENCES = {
  // Enables the popup blocker.
  'dom.disable_open_during_load': true,
  // Lets only one tab have the focus.
  'focusmanager.testmode': false,
  // Throttles the timers of hidden tabs.
  'dom.min_background_timeout_value': 1000,
};

export const firefox = {
  name: 'Firefox',

  /** @param {import('./chromium.mjs').Settings} [settings] */
  async open({ hosts = [], certificate } = {}) {
    const child = spawn(required(process.env.GECKODRIVER), ['--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const end = () => child.kill();
    process.once('exit', end);
    const origin = await listeningUrl(child);
    /** @param {string} method @param {string} path @param {object} [body] */
    const command = async (method, path, body) => {
      const response = await fetch(`${origin}${path}`, {
        method,
        body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined,
        headers: { 'content-type': 'application/json' },
      });
      const { value } = await response.json();
      if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
      return value;
    };
    const prefs = { ...PREFERENCES, 'network.dns.localDomains': hosts.join() };
    const options = { binary: required(process.env.FIREFOX), args: ['-headless'], prefs };
    const { sessionId } = await command('POST', '/session', {
      capabilities: {
        alwaysMatch: {
          'moz:firefoxOptions': options,
          acceptInsecureCerts: certificate !== undefined,
          timeouts: { script: 120_000 },
        },
      },
    });
    // Commands run one after the other, because each applies to the window that was selected before it.
    /** @type {Promise<unknown>} */
    let lastCommand = Promise.resolve();
    /** @template T @param {() => Promise<T>} work */
    const inTurn = (work) => {
      const result = lastCommand.then(work, work);
      lastCommand = result;
      return result;
    };
    /** @type {Send} */
    const send = (method, path, body) => command(method, `/session/${sessionId}${path}`, body);
    const handles = () => inTurn(() => send('GET', '/window/handles'));
    /** @type {(handle: string) => Send} */
    const within = (handle) => (method, path, body) =>
      inTurn(async () => {
        await send('POST', '/window', { handle });
        return send(method, path, body);
      });

    // This window stays open, so that WebDriver always has a window.
    const permanentWindow = required((await handles())[0]);

    return {
      name: this.name,

      /** @param {string} url */
      async open(url) {
        const { handle } = await within(permanentWindow)('POST', '/window/new', { type: 'tab' });
        const newTab = tab(within(handle));
        await newTab.goto(url);
        return newTab;
      },

      /** @param {() => unknown} action */
      async tabOpenedBy(action) {
        const before = await handles();
        await action();
        const handle = await until(
          async () => (await handles()).find((handle) => !before.includes(handle)),
          'a tab opens',
        );
        return tab(within(handle));
      },

      count: async () => (await handles()).length,

      async close() {
        await command('DELETE', `/session/${sessionId}`).catch(() => {});
        end();
        process.off('exit', end);
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      },
    };
  },
};

/** @param {Send} send */
function tab(send) {
  const self = {
    /** @type {Tab['run']} */
    async run(program, ...input) {
      const script = `(async () => ${programText(program, input)})().then(
        (value) => arguments[0]({ value }),
        (error) => arguments[0]({ error: String(error) }),
      )`;
      const execute = () => send('POST', '/execute/async', { script, args: [] });
      // There is no result if the document is replaced while the script is sent; the script is then sent again.
      const { value, error } = (await execute()) ?? (await execute());
      if (error) throw new Error(error);
      // The program's result, as JSON.
      return /** @type {never} */ (value ?? undefined);
    },

    // Uses pointer actions: the click command leaves listeners in the page, and Firefox does not cache a page that has them.
    /** @param {string} selector */
    async click(selector) {
      await self.run((selector) => document.querySelector(selector)?.scrollIntoView({ block: 'center' }), selector);
      const origin = await send('POST', '/element', { using: 'css selector', value: selector });
      const actions = [
        { type: 'pointerMove', origin, x: 0, y: 0 },
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ];
      await send('POST', '/actions', { actions: [{ type: 'pointer', id: 'mouse', actions }] });
    },

    /** Brings the tab to the front: WebDriver selects its window. */
    front: () => self.run(() => {}),

    /** @param {string} url */
    goto: (url) => send('POST', '/url', { url }),

    url: () => send('GET', '/url'),

    back: () => send('POST', '/back'),

    close: () => send('DELETE', '/window'),
  };
  return self;
}

/**
 * The URL at which geckodriver listens, from the first line of its output.
 *
 * @param {{ stdout: import('node:stream').Readable }} child
 */
async function listeningUrl(child) {
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const [, address] = required(/Listening on (\S+)/.exec(line));
  return `http://${address}`;
}
