// Pages of different launches that share storage: each shows its own patient, or none.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browsers, logFigures, openApp } from './app.mjs';
import { until } from './page-program.mjs';

const PATIENTS = ['maria-alvarez', 'noah-adeyemi'];

for (const browser of browsers) {
  describe(browser.name, { timeout: 180_000 }, () => {
    for (const storage of ['session', 'local']) {
      it(`${storage} storage: two iframes of the app in one page keep their own patients`, async (t) => {
        const app = await openApp(t, browser);
        app.page.config.options.storage = storage;
        const tab = await openFrames(app);
        for (const [frame, patient] of PATIENTS.entries()) await signIn(app, tab, frame, patient);
        assert.deepEqual(await shownPatients(tab), PATIENTS);

        const outcomes = {};
        for (const [name, go] of Object.entries(NAVIGATIONS)) {
          for (const frame of [1, 0]) {
            await tab.run(go, frame);
            await until(() => tab.run(isLoadedAgain, frame), `${name} of a frame`);
            assert.deepEqual(await shownPatients(tab), PATIENTS, name);
          }
          outcomes[name] = 'own';
        }
        await tab.run(() => void setTimeout(() => location.reload(), 20, (globalThis.isOldDocument = true)));
        const areLoadedAgain = () => !globalThis.isOldDocument && [0, 1].every((frame) => frames[frame]?.loaded);
        await until(() => tab.run(areLoadedAgain), 'both frames are loaded again');
        const after = await shownPatients(tab);
        for (const [frame, patient] of after.entries()) {
          assert.ok(patient === null || patient === PATIENTS[frame], `${patient} in frame ${frame}`);
        }
        logFigures(browser, `two frames, ${storage}`, { ...outcomes, 'reload of the embedding page': JSON.stringify(after) });
      });
    }

    it('one tab, two patients one after the other, and back: a page never shows the other patient', async (t) => {
      const app = await openApp(t, browser);
      const tab = await app.open();
      const signInFor = async (patient) => {
        const request = await tab.run(() => smart.authorize({ navigate: false }));
        await tab.goto(await app.callbackOf(request, { patient }));
        await app.waitUntilLoaded(tab);
        assert.equal(await tab.run(() => smart.getState().session.patient), patient);
      };
      await signInFor(PATIENTS[0]);
      await tab.goto(`${app.url}?page=of-the-first`);
      await app.waitUntilLoaded(tab);
      assert.equal(await tab.run(() => smart.getState().session.patient), PATIENTS[0]);
      await signInFor(PATIENTS[1]);
      const patients = [];
      for (let step = 0; step < 2; step++) {
        await tab.back();
        await until(() => tab.run(() => globalThis.loaded && location.href), 'the previous page is loaded');
        await tab.run(() => smart.getAccessToken().catch(() => {}));
        patients.push(await tab.run(() => smart.getState().session?.patient ?? null));
      }
      logFigures(browser, 'back to the first patient', { patients: JSON.stringify(patients) });
      assert.ok(patients.every((patient) => patient !== PATIENTS[1]), 'no page of the first patient shows the second patient');
    });

    it('local storage: two tabs keep their own patients, and a third tab has no session', async (t) => {
      const app = await openApp(t, browser);
      app.page.config.options.storage = 'local';
      const tabs = [];
      for (const patient of PATIENTS) {
        const tab = await app.open();
        tabs.push(tab);
        const request = await tab.run(() => smart.authorize({ navigate: false }));
        await tab.goto(await app.callbackOf(request, { patient }));
        await app.waitUntilLoaded(tab);
      }
      for (const [number, tab] of tabs.entries()) {
        await tab.goto(app.url);
        await app.waitUntilLoaded(tab);
        assert.equal(await tab.run(() => smart.getState().session?.patient), PATIENTS[number]);
      }
      const thirdTab = await app.open();
      assert.equal(await thirdTab.run(() => smart.getState().status), 'unauthenticated');
    });
  });
}

const NAVIGATIONS = {
  reload: (frame) => {
    frames[frame].isOldDocument = true;
    frames[frame].location.reload();
  },
  navigation: (frame) => {
    frames[frame].isOldDocument = true;
    frames[frame].location.href = `/?frame&page=${Date.now()}`;
  },
  'reload behind a router': (frame) => {
    frames[frame].isOldDocument = true;
    frames[frame].history.pushState({ idx: 1 }, '', '/?frame&route');
    frames[frame].history.replaceState({ idx: 2 }, '');
    frames[frame].location.reload();
  },
};

async function openFrames(app) {
  const tab = await app.openBlank(`${app.url}two-frames.html`);
  await until(() => tab.run(() => [0, 1].every((frame) => frames[frame]?.loaded)), 'both frames are loaded');
  return tab;
}

async function signIn(app, tab, frame, patient) {
  const request = await tab.run((frame) => frames[frame].smart.authorize({ navigate: false }), frame);
  const callback = await app.callbackOf(request, { patient });
  await tab.run((frame, url) => ((frames[frame].isOldDocument = true), void (frames[frame].location.href = url)), frame, callback);
  await until(() => tab.run(isLoadedAgain, frame), 'the frame has signed in');
}

/** Runs in the page. */
const isLoadedAgain = (frame) => frames[frame].loaded && !frames[frame].isOldDocument;

const shownPatients = (tab) =>
  tab.run(async () => {
    const patients = [];
    for (const frame of [0, 1]) {
      await frames[frame].smart.getAccessToken().catch(() => {});
      patients.push(frames[frame].smart.getState().session?.patient ?? null);
    }
    return patients;
  });
