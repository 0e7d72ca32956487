// Chromium, started with no flag of browser automation and driven over its own protocol (CDP) on two pipes. Automation
// tools start Chromium without back/forward cache, popup blocking, storage partitioning and throttling of hidden tabs,
// and give every tab the focus.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { required } from '../package/required.mjs';
import { FLAGS } from '../chromium-flags.mjs';
import { programText, until } from './page-program.mjs';

/**
 * A tab of either browser.
 *
 * @typedef {object} Tab
 * @property {Run} run runs a function in the page and returns its result
 * @property {(selector: string) => Promise<void>} click brings the tab to the front, and clicks as a user does
 * @property {() => Promise<unknown>} front
 * @property {(url: string) => Promise<unknown>} goto
 * @property {() => Promise<string>} url
 * @property {() => Promise<unknown>} back
 * @property {() => Promise<unknown>} close
 *
 * @typedef {<In extends unknown[], Out>(program: (...input: In) => Out, ...input: In) => Promise<Awaited<Out>>} Run
 *
 * @typedef {object} Settings
 * @property {string[]} [hosts] names that resolve to loopback
 * @property {string} [certificate] hash of the public key of a certificate that is accepted
 * @property {boolean} [blocksThirdPartyCookies] whether the user has Chromium block third-party cookies; Firefox always partitions
 *   these cookies
 *
 * @typedef {object} Browser
 * @property {string} name
 * @property {(url: string) => Promise<Tab>} open
 * @property {(action: () => unknown) => Promise<Tab>} tabOpenedBy the tab that opens while `action` runs
 * @property {() => number | Promise<number>} count of tabs
 * @property {() => Promise<void>} close
 *
 * @typedef {import('playwright-core').CDPSession['send']} Send
 * @typedef {{ targetId: string, targetInfo: { targetId: string, type: string } }} TargetEvent
 */

export const chromium = {
  name: 'Chromium',

  /** @param {Settings} [settings] */
  async open({ hosts = [], certificate, blocksThirdPartyCookies = false } = {}) {
    const profile = await mkdtemp(join(tmpdir(), 'smart-launch-chromium-'));
    if (blocksThirdPartyCookies) {
      await mkdir(join(profile, 'Default'));
      // The preferences that the user's choice in the settings sets.
      const preferences = { profile: { cookie_controls_mode: 1, block_third_party_cookies: true } };
      await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
    }
    const flags = [...FLAGS];
    if (hosts.length > 0) flags.push(`--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join()}`);
    if (certificate) flags.push(`--ignore-certificate-errors-spki-list=${certificate}`);
    const child = spawn(required(process.env.CHROMIUM), ['--headless', ...flags, '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const [, , , output, input] = child.stdio;
    const { sendTo, on } = connect(/** @type {Writable} */ (output), /** @type {Readable} */ (input));
    const send = sendTo();
    /** Tabs by their id, in the order in which they were opened. @type {Map<string, ReturnType<typeof tab>>} */
    const tabs = new Map();
    on('Target.targetCreated', ({ targetInfo: { targetId, type } }) => {
      if (type === 'page') tabs.set(targetId, tab(sendTo, targetId));
    });
    on('Target.targetCrashed', ({ targetId }) => Object.assign(tabs.get(targetId) ?? {}, { crashed: true }));
    on('Target.targetDestroyed', ({ targetId }) => tabs.delete(targetId));
    await send('Target.setDiscoverTargets', { discover: true });

    return {
      name: this.name,

      /** @param {string} url */
      async open(url) {
        const { targetId } = await send('Target.createTarget', { url });
        return until(() => tabs.get(targetId), 'the tab is open');
      },

      /**
       * Returns the tab that opens while `action` runs.
       *
       * @param {() => unknown} action
       */
      async tabOpenedBy(action) {
        const before = new Set(tabs.keys());
        await action();
        const id = await until(() => [...tabs.keys()].find((id) => !before.has(id)), 'a tab opens');
        return required(tabs.get(id));
      },

      count: () => tabs.size,

      async close() {
        await send('Browser.close').catch(() => {});
        if (child.exitCode === null) await once(child, 'exit');
        await rm(profile, { recursive: true, force: true, maxRetries: 10 });
      },
    };
  },
};

/** @param {(sessionId?: string) => Send} sendTo @param {string} targetId */
function tab(sendTo, targetId) {
  const send = sendTo();
  /** @type {Promise<string> | undefined} */
  let attached;
  const attach = () =>
    (attached ??= send('Target.attachToTarget', { targetId, flatten: true }).then(({ sessionId }) => sessionId));
  /** @type {Send} */
  const command = async (method, params) => sendTo(await attach())(method, params);

  const self = {
    crashed: false,

    /** A command of Chromium's own protocol. */
    command,

    /** @type {Tab['run']} */
    async run(program, ...input) {
      const { result, exceptionDetails } = await command('Runtime.evaluate', {
        expression: programText(program, input),
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },

    /** @param {string} selector */
    async click(selector) {
      await self.front();
      const position = await self.run(async (selector) => {
        const element = document.querySelector(selector);
        if (!element) throw new Error(`there is no ${selector}`);
        element.scrollIntoView({ block: 'center' });
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };
      }, selector);
      const event = { ...position, button: /** @type {const} */ ('left'), clickCount: 1 };
      await command('Input.dispatchMouseEvent', { ...event, type: 'mousePressed' });
      await command('Input.dispatchMouseEvent', { ...event, type: 'mouseReleased' });
    },

    front: () => send('Target.activateTarget', { targetId }),

    /** @param {string} url */
    goto: (url) => command('Page.navigate', { url }),

    async url() {
      const { currentIndex, entries } = await command('Page.getNavigationHistory');
      return required(entries[currentIndex]).url;
    },

    async back() {
      const { currentIndex, entries } = await command('Page.getNavigationHistory');
      await command('Page.navigateToHistoryEntry', { entryId: required(entries[currentIndex - 1]).id });
    },

    close: () => send('Target.closeTarget', { targetId }),

    /** Kills the tab's process, as when memory runs out, and closes the tab. */
    async crash() {
      command('Page.crash').catch(() => {});
      await until(() => self.crashed, 'the tab has crashed');
      await self.close();
    },
  };
  return self;
}

/**
 * Sends commands and receives replies: JSON texts, each followed by a zero byte.
 *
 * @typedef {import('node:stream').Writable} Writable
 * @typedef {import('node:stream').Readable} Readable
 *
 * @param {Writable} output
 * @param {Readable} input
 */
function connect(output, input) {
  /** @type {Map<number, { resolve(result: unknown): void, reject(error: Error): void }>} */
  const waiting = new Map();
  /** @type {Map<string, (params: TargetEvent) => void>} */
  const listeners = new Map();
  let lastId = 0;
  let rest = '';
  input.setEncoding('utf8');
  input.on('data', (/** @type {string} */ chunk) => {
    const texts = (rest + chunk).split('\0');
    rest = texts.pop() ?? '';
    for (const { id, method, params, result, error } of texts.map((text) => JSON.parse(text))) {
      if (id === undefined) listeners.get(method)?.(params);
      else if (error) waiting.get(id)?.reject(new Error(error.message));
      else waiting.get(id)?.resolve(result);
      waiting.delete(id);
    }
  });
  const end = () => waiting.forEach(({ reject }) => reject(new Error('Chromium has exited')));
  input.on('close', end).on('error', end);
  output.on('error', end);
  return {
    /** @param {string} method @param {(params: TargetEvent) => void} listener */
    on: (method, listener) => void listeners.set(method, listener),
    /** @type {(sessionId?: string) => Send} */
    sendTo: (sessionId) => (method, params) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        output.write(`${JSON.stringify({ id: lastId, method, params: params ?? {}, sessionId })}\0`);
      }),
  };
}
