// A tab that ends in the middle of a refresh, wherever that is, holds up no other.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { browsers, openApp, tell } from './app.mjs';

const IN_TIME = 5_000;
/** What may come where the server has renewed the token and nobody knows the new one. */
const LOST = ['refresh_in_doubt', 'refresh_rejected'];

for (const browser of browsers) {
  const ways = browser.name === 'Chromium' ? ['close', 'crash'] : ['close'];

  describe(browser.name, { timeout: 180_000 }, () => {
    it('a tab that ends during a refresh, at any point, leaves the others a token or a typed error', async (t) => {
      const app = await openApp(t, browser);
      const tab = await app.open();
      const points = [];
      const atEach = async (name, way, arrive, { release } = {}) => {
        await app.signIn(tab);
        const victim = await app.duplicate(tab);
        await Promise.all([app.expire(tab), app.expire(victim)]);
        const since = app.gate.passed.length;
        const helper = await arrive(victim);
        // Where a live tab holds the new token, nothing is lost.
        const rotated = !release && app.gate.count(since).refreshes > 0 && app.gate.passed.at(-1).status === 200;
        const killed = Date.now();
        await victim[way]();
        release?.();
        points.push({ name: `${name} (${way})`, rotated, ...(await took(app, tab, killed)), ...app.gate.count(since) });
        app.gate.interfere();
        await helper?.close();
      };

      for (const way of ways) {
        for (const [name, point] of [
          ['the request is under way', 'request'],
          ['the server has answered', 'answer'],
          ['half of the answer is there', 'half'],
        ]) {
          await atEach(name, way, async (victim) => {
            const held = app.gate.hold(point);
            await begin(victim);
            await held.arrived;
            if (point === 'half') await wait(100);
          });
        }
        const holder = {};
        await atEach(
          'it waits for another tab',
          way,
          async (victim) => {
            const other = await app.duplicate(tab);
            await app.expire(other);
            const held = app.gate.hold('request');
            holder.release = held.release;
            await begin(other);
            await held.arrived;
            await begin(victim);
            await wait(100);
            return other;
          },
          { release: () => holder.release() },
        );
      }

      if (ways.includes('crash')) {
        // Each call that other tabs may notice, as a refresh that nobody disturbs makes them.
        await app.signIn(tab);
        const model = await app.duplicate(tab);
        await app.expire(model);
        await model.run(() => standBefore(0));
        await model.run(() => smart.getAccessToken().then(() => {}));
        const calls = await model.run(() => noticed);
        await model.close();
        for (const [at, name] of calls.entries()) {
          await atEach(`before ${name}, call ${at + 1} of ${calls.length}`, 'crash', async (victim) => {
            const stands = app.page.stands();
            await victim.run((number) => standBefore(number), at + 1);
            await begin(victim);
            await stands;
          });
        }
      }

      for (const { name, milliseconds, token, code } of points) {
        tell(browser, `ended while ${name}`, { 'the other tab has': token ? 'a token' : code, after: `${milliseconds} ms` });
      }
      const wrong = points.filter(
        ({ usable, code, milliseconds, rotated }) => milliseconds > IN_TIME || !(usable || (rotated && LOST.includes(code))),
      );
      assert.deepEqual(wrong, []);
    });
  });
}

/** Begins a refresh, and does not wait for it: the page may stand still from here on. */
const begin = (tab) => tab.run(() => void setTimeout(() => void outcome(smart.getAccessToken())));

/** What the other tab gets, and how long after the end of the first. */
async function took(app, tab, killed) {
  const limit = new Promise((resolve) => setTimeout(resolve, 3 * IN_TIME, { code: 'nothing' }).unref());
  const asked = tab.run(async () => {
    const { value, code } = await outcome(smart.getAccessToken());
    return value ? { token: true, usable: await isUsable(value) } : { code };
  });
  const result = await Promise.race([asked, limit]);
  return { ...result, milliseconds: Date.now() - killed };
}
