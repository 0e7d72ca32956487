// A tab that ends during a refresh, at any point, does not block other tabs.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { browsers, logFigures, openApp } from './app.mjs';

const TIME_LIMIT = 5_000;
/** Permitted error codes if the server has issued a new token that no tab has received. */
const LOST_TOKEN_CODES = ['refresh_in_doubt', 'refresh_rejected'];

for (const browser of browsers) {
  describe(browser.name, { timeout: 120_000 }, () => {
    it('if a tab is closed during a refresh, another tab gets a token, or an error if the new token is lost', async (t) => {
      const trial = await openTrial(t, browser, 'close');
      await trial.duringRequest();
      trial.assertResults();
    });

    const skip = browser.name === 'Chromium' ? false : 'WebDriver has no command that crashes a tab';
    it('if a tab crashes during a refresh, another tab gets a token, or an error if the new token is lost', { skip }, async (t) => {
      const trial = await openTrial(t, browser, 'crash');
      await trial.duringRequest();
      await trial.beforeEachCall();
      trial.assertResults();
    });
  });
}

/** @param {'close' | 'crash'} method how tabs end */
async function openTrial(t, browser, method) {
  const app = await openApp(t, browser);
  const tab = await app.open();
  const results = [];

  /**
   * Starts a refresh in a duplicate, ends the duplicate after `reachPoint`, and requests a token in the original tab.
   *
   * @param {(endingTab: object) => unknown} reachPoint starts the refresh, and resolves when the duplicate is to end
   * @param {() => Promise<void>} [finishOtherTab] completes the refresh if a third tab makes it; no token may be lost in this case
   */
  async function endAt(name, reachPoint, finishOtherTab) {
    await app.signIn(tab);
    const endingTab = await app.duplicate(tab);
    await Promise.all([app.expire(tab), app.expire(endingTab)]);
    const since = app.proxy.tokenRequests.length;
    await reachPoint(endingTab);
    const isRotated = !finishOtherTab && app.proxy.tokenRequests.slice(since).some(({ status }) => status === 200);
    const endedAt = Date.now();
    await endingTab[method]();
    const [result] = await Promise.all([tokenOf(tab, endedAt), finishOtherTab?.()]);
    app.proxy.interfere();
    results.push({ name, isRotated, ...result });
  }

  return {
    async duringRequest() {
      for (const [name, point] of [
        ['the request is under way', 'request'],
        ['the server has responded', 'response'],
        ['half of the response is received', 'half'],
      ]) {
        await endAt(name, async (endingTab) => {
          const heldRequest = app.proxy.hold(point);
          await startRefresh(endingTab);
          await heldRequest.arrived;
          if (point === 'half') await wait(100);
        });
      }
      let heldRequest;
      let otherTab;
      await endAt(
        'the tab waits for another tab',
        async (endingTab) => {
          otherTab = await app.duplicate(tab);
          await app.expire(otherTab);
          heldRequest = app.proxy.hold('request');
          await startRefresh(otherTab);
          await heldRequest.arrived;
          await startRefresh(endingTab);
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
      const recordingTab = await app.duplicate(tab);
      await app.expire(recordingTab);
      await recordingTab.run(() => blockBefore(0));
      await recordingTab.run(() => smart.getAccessToken().then(() => {}));
      const calls = await recordingTab.run(() => visibleCalls);
      await recordingTab.close();
      for (const [at, call] of calls.entries()) {
        await endAt(`the tab is about to call ${call}, call ${at + 1} of ${calls.length}`, async (endingTab) => {
          const blocked = app.page.blockedPage();
          await endingTab.run((number) => blockBefore(number), at + 1);
          await startRefresh(endingTab);
          await blocked;
        });
      }
    },

    assertResults() {
      for (const { name, usable, code, milliseconds } of results) {
        const figures = { 'the other tab has': usable ? 'a token' : code, after: `${milliseconds} ms` };
        logFigures(browser, `${method} while ${name}`, figures);
      }
      const isExpected = ({ usable, code, milliseconds, isRotated }) =>
        milliseconds <= TIME_LIMIT && (usable || (isRotated && LOST_TOKEN_CODES.includes(code)));
      assert.deepEqual(results.filter((result) => !isExpected(result)), []);
    },
  };
}

/** Starts a refresh without waiting for it, because the page may be blocked from here on. */
const startRefresh = (tab) => tab.run(() => void setTimeout(() => void outcome(smart.getAccessToken())));

/**
 * Requests a token in a tab; returns whether it is usable, or as `code` why there is none (an error code, or words), and how
 * many milliseconds after `endedAt` the result came.
 */
async function tokenOf(tab, endedAt) {
  const limit = new Promise((resolve) => setTimeout(resolve, 3 * TIME_LIMIT, { code: 'nothing' }).unref());
  const tokenRequest = tab.run(async () => {
    const { value, code } = await outcome(smart.getAccessToken());
    return value ? { usable: await isUsable(value) } : { code };
  });
  const result = await Promise.race([tokenRequest, limit]);
  return { code: 'a token that is refused', ...result, milliseconds: Date.now() - endedAt };
}
