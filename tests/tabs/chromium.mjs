// Chromium, started with no flag of browser automation and driven over its own protocol (CDP) on two pipes. Automation
// tools start it without back/forward cache, popup blocking, storage partitioning and throttling of hidden tabs, and
// tell every tab that it has the focus.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLAGS } from '../chromium-flags.mjs';
import { programText, until } from './page-program.mjs';

export const chromium = {
  name: 'Chromium',

  /** @param {string} program */
  async open(program = process.env.CHROMIUM) {
    const profile = await mkdtemp(join(tmpdir(), 'smart-launch-chromium-'));
    const child = spawn(program, ['--headless', ...FLAGS, '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const { send, on } = speak(child.stdio[3], child.stdio[4]);
    /** Tabs by their id, in the order in which they were opened. */
    const tabs = new Map();
    on('Target.targetCreated', ({ targetInfo: { targetId, type } }) => {
      if (type === 'page') tabs.set(targetId, tab(send, targetId));
    });
    on('Target.targetCrashed', ({ targetId }) => Object.assign(tabs.get(targetId) ?? {}, { crashed: true }));
    on('Target.targetDestroyed', ({ targetId }) => tabs.delete(targetId));
    await send('Target.setDiscoverTargets', { discover: true });

    return {
      name: this.name,

      async open(url) {
        const { targetId } = await send('Target.createTarget', { url });
        return until(() => tabs.get(targetId), 'the tab is there');
      },

      /** The tab that opens while `action` runs. */
      async opened(action) {
        const before = new Set(tabs.keys());
        await action();
        const id = await until(() => [...tabs.keys()].find((id) => !before.has(id)), 'a tab opens');
        return tabs.get(id);
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

function tab(send, targetId) {
  let attached;
  const attach = () =>
    (attached ??= send('Target.attachToTarget', { targetId, flatten: true }).then(({ sessionId }) => sessionId));
  const command = async (method, params) => send(method, params, await attach());

  const self = {
    /** A command of Chromium's own protocol. */
    command,

    /** Runs a function in the page and gives what it gives. */
    async run(program, ...input) {
      const { result, exceptionDetails } = await command('Runtime.evaluate', {
        expression: programText(program, input),
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },

    /** A click of the user, in the tab that is in front. */
    async click(selector) {
      await self.front();
      const place = await self.run(async (selector) => {
        const element = document.querySelector(selector);
        element.scrollIntoView({ block: 'center' });
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };
      }, selector);
      const event = { ...place, button: 'left', clickCount: 1 };
      await command('Input.dispatchMouseEvent', { ...event, type: 'mousePressed' });
      await command('Input.dispatchMouseEvent', { ...event, type: 'mouseReleased' });
    },

    front: () => send('Target.activateTarget', { targetId }),

    goto: (url) => command('Page.navigate', { url }),

    async url() {
      const { currentIndex, entries } = await command('Page.getNavigationHistory');
      return entries[currentIndex].url;
    },

    async back() {
      const { currentIndex, entries } = await command('Page.getNavigationHistory');
      await command('Page.navigateToHistoryEntry', { entryId: entries[currentIndex - 1].id });
    },

    close: () => send('Target.closeTarget', { targetId }),

    /** Ends the tab's process, as running out of memory does; the tab itself is closed too. */
    async crash() {
      command('Page.crash').catch(() => {});
      await until(() => self.crashed, 'the tab has crashed');
      await self.close();
    },
  };
  return self;
}

/** Commands out and answers in: JSON texts, each with a zero byte behind it. */
function speak(out, into) {
  const waiting = new Map();
  const listeners = new Map();
  let last = 0;
  let rest = '';
  into.setEncoding('utf8');
  into.on('data', (chunk) => {
    const texts = (rest + chunk).split('\0');
    rest = texts.pop();
    for (const { id, method, params, result, error } of texts.map((text) => JSON.parse(text))) {
      if (id === undefined) listeners.get(method)?.(params);
      else if (error) waiting.get(id).reject(new Error(error.message));
      else waiting.get(id).resolve(result);
      waiting.delete(id);
    }
  });
  const end = () => waiting.forEach(({ reject }) => reject(new Error('Chromium has ended')));
  into.on('close', end).on('error', end);
  out.on('error', end);
  return {
    on: (method, listener) => void listeners.set(method, listener),
    send: (method, params = {}, sessionId = undefined) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        out.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
      }),
  };
}
