// Many tabs with one session: if several need a token at the same time, the server receives one refresh.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browsers, LIFETIME, openApp, percentile, logFigures } from './app.mjs';
import { seeded } from '../package/seeded-random.mjs';

const TABS = 21;
const ROUNDS = { Chromium: { same: 200, changing: 40 }, Firefox: { same: 30, changing: 10 } };
/** In rounds whose index is a multiple of this number, each tab sends its token to the FHIR server. */
const CHECK_EVERY = 20;

for (const browser of browsers) {
  describe(browser.name, { timeout: 900_000 }, () => {
    it(`${TABS} tabs whose token expires make one refresh`, async (t) => {
      const app = await openApp(t, browser);
      const tabs = await openTabs(app);
      const rounds = await runRounds(app, ROUNDS[browser.name].same, async () => tabs);
      report(browser, `${TABS} tabs`, rounds);
    });

    it(`${TABS} tabs make one refresh per round, although before each round one tab is closed and one is duplicated`, async (t) => {
      const app = await openApp(t, browser);
      const tabs = await openTabs(app);
      const random = seeded(1);
      const rounds = await runRounds(app, ROUNDS[browser.name].changing, async () => {
        const [closed] = tabs.splice(random(tabs.length), 1);
        await closed.close();
        tabs.push(await app.duplicate(tabs[random(tabs.length)]));
        return tabs;
      });
      report(browser, `${TABS} tabs, one closed and one duplicated each round`, rounds);
    });
  });
}

/** Opens one tab with a session, and duplicates of it. */
async function openTabs(app) {
  const firstTab = await app.open(`${app.tasksUrl}&tasks-only`);
  await app.signIn(firstTab);
  const tabs = [firstTab];
  while (tabs.length < TABS) tabs.push(await app.duplicate(firstTab));
  const reports = await firstTab.run((count) => runInAllTabs('ping', null, count), TABS);
  assert.equal(reports.length, TABS, 'all tabs are open');
  return tabs;
}

/** Runs rounds until one fails, because all later rounds would fail too. */
async function runRounds({ proxy }, count, tabsOfRound) {
  const rounds = [];
  while (rounds.length < count && rounds.every(isExpected)) {
    const tabs = await tabsOfRound(rounds.length);
    const since = proxy.tokenRequests.length;
    const moved = await tabs[0].run((seconds, count) => runInAllTabs('expire', seconds, count), LIFETIME, tabs.length);
    assert.equal(moved.length, tabs.length, 'the clock of each tab is moved before a token is requested');
    const input = { check: rounds.length % CHECK_EVERY === 0 };
    const reports = await tabs[0].run((input, count) => runInAllTabs('token', input, count), input, tabs.length);
    rounds.push({ ...proxy.count(since), reports, unresponsive: tabs.length - reports.length });
  }
  return rounds;
}

const tokensOf = ({ reports }) => new Set(reports.map(({ token }) => token));
const signOutsOf = ({ reports }) => reports.reduce((sum, { signOuts }) => sum + signOuts, 0);
const unusableOf = ({ reports }) => reports.filter(({ token, usable }) => !token || usable === false).length;

const isExpected = (round) =>
  round.refreshes === 1 &&
  round.refused === 0 &&
  round.unresponsive === 0 &&
  tokensOf(round).size === 1 &&
  signOutsOf(round) === 0 &&
  unusableOf(round) === 0;

function report(browser, title, rounds) {
  const sum = (figure) => rounds.reduce((total, round) => total + figure(round), 0);
  const spread = ({ reports }) => {
    const starts = reports.map(({ started }) => started);
    return Math.max(...starts) - Math.min(...starts);
  };
  const codes = rounds.flatMap(({ reports }) => reports.map(({ code }) => code).filter(Boolean));
  logFigures(browser, title, {
    rounds: rounds.length,
    refreshes: sum(({ refreshes }) => refreshes),
    'with a used token': sum(({ refused }) => refused),
    'sign-outs': sum(signOutsOf),
    'without a token': sum(unusableOf),
    'no response': sum(({ unresponsive }) => unresponsive),
    'spread of the calls': `${Math.round(percentile(rounds.map(spread), 0.5))} ms (p50)`,
    ...(codes.length > 0 && { codes: [...new Set(codes)].join(' ') }),
  });
  const failedRound = rounds.findIndex((round) => !isExpected(round));
  const { reports: _, ...figures } = rounds[failedRound] ?? {};
  assert.equal(failedRound, -1, `round ${failedRound + 1} of ${rounds.length} went wrong: ${JSON.stringify(figures)}`);
}
