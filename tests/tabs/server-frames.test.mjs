// Sessions on a server in iframes of an EHR of another site, where browsers block or partition third-party cookies.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browsers } from './app.mjs';
import { HOSTS, createCertificate, startSites } from './ehr-of-another-site.mjs';
import { until } from './page-program.mjs';

const PATIENTS = ['maria-alvarez', 'noah-adeyemi'];
const certificate = createCertificate();

for (const program of browsers) {
  describe(program.name, { timeout: 180_000 }, () => {
    it('two frames of the app in an EHR of another site keep their own patients', async (t) => {
      const { ehr, app } = await startSites(t, certificate, PATIENTS);
      const settings = { hosts: Object.values(HOSTS), certificate: certificate.hash, blocksThirdPartyCookies: true };
      const browser = await program.open(settings);
      t.after(browser.close);
      const firstParty = await browser.open(`${app}/first-party`);
      await until(() => firstParty.run(() => document.cookie.includes('mark=1')), 'the app has a cookie as the first party');
      const tab = await browser.open(`${ehr}/`);

      /** @param {number} frame */
      const shownIn = (frame) =>
        until(() => tab.run((frame) => globalThis.frameReports?.[frame], frame), `frame ${frame} shows something`);
      /** @param {number} frame @param {string} page @param {string | null} [patient] */
      async function assertFrame(frame, page, patient = PATIENTS[frame]) {
        const { cookie, script, ...shown } = await shownIn(frame);
        const expected = patient === null ? 'signed_out' : patient;
        assert.deepEqual(shown, { page, patient, read: patient, session: expected, proxied: expected }, `frame ${frame}`);
        assert.ok(!cookie.includes('mark=1'), 'the frame does not have the cookies of the first party');
        assert.ok(!script.includes('smart-launch'), 'scripts cannot read the session cookie');
      }
      for (const frame of [0, 1]) await assertFrame(frame, '/');
      for (const frame of [1, 0]) {
        for (const [job, page] of [['reload', '/'], ['next', '/next'], ['reload', '/next'], ['back', '/']]) {
          await tab.run((frame, job) => globalThis.postJob(frame, job), frame, job);
          await assertFrame(frame, String(page));
        }
      }
      await tab.run((frame, job) => globalThis.postJob(frame, job), 0, 'signOut');
      await assertFrame(0, '/', null);
      await tab.run((frame, job) => globalThis.postJob(frame, job), 1, 'reload');
      await assertFrame(1, '/');
    });
  });
}
