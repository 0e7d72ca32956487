// A tab that ends during a refresh, at any point, does not block other tabs.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { browsers, logFigures, openApp } from './app.mjs';

const IN_TIME = 5_000;
/** Permitted error codes if the server has issued a new token that no tab has received. */
const LOST = ['refresh_in_doubt', 'refresh_rejected'];

for (const browser of browsers) {
  describe(browser.name, { timeout: 120_000 }, () => {
    it('a tab that is closed during a refresh leaves the others a token or a SmartError', async (t) => {
      const trial = await openTrial(t, browser, 'close');
      await trial.duringRequest();
      trial.assertResults();
    });

    const skip = browser.name === 'Chromium' ? false : 'WebDriver has no command that crashes a tab';
    it('a tab that crashes during a refresh leaves the others a token or a SmartError', { skip }, async (t) => {
      const trial = await openTrial(t, browser, 'crash');
      await trial.duringRequest();
      await trial.beforeEachCall();
      trial.assertResults();
    });
  });
}

/** @param {'close' | 'crash'} way how tabs end */
async function openTrial(t, browser, way) {
  const app = await openApp(t, browser);
  const tab = await app.open();
  const points = [];

  /**
   * Starts a refresh in a duplicate, ends the duplicate at the point of `arrive`, and requests a token in the other tab.
   *
   * @param {(victim: object) => unknown} arrive resolves when the duplicate has reached the point
   * @param {() => Promise<void>} [afterwards] set if another live tab did the refresh; then no token may be lost
   */
  async function endAt(name, arrive, afterwards) {
    await app.signIn(tab);
    const victim = await app.duplicate(tab);
    await Promise.all([app.expire(tab), app.expire(victim)]);
    const since = app.proxy.passed.length;
    await arrive(victim);
    const isRotated = !afterwards && app.proxy.passed.slice(since).some(({ status }) => status === 200);
    const ended = Date.now();
    await victim[way]();
    const [result] = await Promise.all([tokenOf(tab, ended), afterwards?.()]);
    app.proxy.interfere();
    points.push({ name, isRotated, ...result });
  }

  return {
    async duringRequest() {
      for (const [name, point] of [
        ['the request is under way', 'request'],
        ['the server has responded', 'answer'],
        ['half of the response is received', 'half'],
      ]) {
        await endAt(name, async (victim) => {
          const heldRequest = app.proxy.hold(point);
          await begin(victim);
          await heldRequest.arrived;
          if (point === 'half') await wait(100);
        });
      }
      let heldRequest;
      let otherTab;
      await endAt(
        'it waits for another tab',
        async (victim) => {
          otherTab = await app.duplicate(tab);
          await app.expire(otherTab);
          heldRequest = app.proxy.hold('request');
          await begin(otherTab);
          await heldRequest.arrived;
          await begin(victim);
          await wait(100);
        },
        async () => {
          heldRequest.release();
          await otherTab.run(() => outcome(smart.getAccessToken()));
          await otherTab.close();
        },
      );
    },

    /** Ends the duplicate before each call that other tabs may notice, as recorded in an undisturbed refresh. */
    async beforeEachCall() {
      await app.signIn(tab);
      const model = await app.duplicate(tab);
      await app.expire(model);
      await model.run(() => blockBefore(0));
      await model.run(() => smart.getAccessToken().then(() => {}));
      const calls = await model.run(() => noticed);
      await model.close();
      for (const [at, call] of calls.entries()) {
        await endAt(`it is before ${call}, call ${at + 1} of ${calls.length}`, async (victim) => {
          const blocked = app.page.blockedPage();
          await victim.run((number) => blockBefore(number), at + 1);
          await begin(victim);
          await blocked;
        });
      }
    },

    assertResults() {
      for (const { name, usable, code, milliseconds } of points) {
        const figures = { 'the other tab has': usable ? 'a token' : code, after: `${milliseconds} ms` };
        logFigures(browser, `${way} while ${name}`, figures);
      }
      const isRight = ({ usable, code, milliseconds, isRotated }) =>
        milliseconds <= IN_TIME && (usable || (isRotated && LOST.includes(code)));
      assert.deepEqual(points.filter((point) => !isRight(point)), []);
    },
  };
}

/** Starts a refresh without waiting for it, because the page may be blocked from here on. */
const begin = (tab) => tab.run(() => void setTimeout(() => void outcome(smart.getAccessToken())));

/** The result in the other tab, and its time after the end of the first tab. */
async function tokenOf(tab, ended) {
  const limit = new Promise((resolve) => setTimeout(resolve, 3 * IN_TIME, { code: 'nothing' }).unref());
  const tokenRequest = tab.run(async () => {
    const { value, code } = await outcome(smart.getAccessToken());
    return value ? { usable: await isUsable(value) } : { code };
  });
  const result = await Promise.race([tokenRequest, limit]);
  return { code: 'a token that is refused', ...result, milliseconds: Date.now() - ended };
}
