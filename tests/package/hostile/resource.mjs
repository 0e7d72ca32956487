// Group H: requests to the FHIR API.

import assert from 'node:assert/strict';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../scripted-server.mjs').Answer} Answer
 */

/**
 * A request of a session to this URL, with these responses of the FHIR API.
 *
 * @param {string} title
 * @param {string | ((play: Play) => string)} url
 * @param {(play: Play) => Answer | Answer[]} [answer]
 * @param {Partial<Variant> & { init?: () => import('smart-launch').SmartRequestInit }} [more]
 * @returns {Variant}
 */
const requestBy = (title, url, answer, { init, ...more } = {}) => ({
  title,
  async run(play) {
    await play.signIn();
    if (answer) play.ehr.answer('/fhir/Patient', ...[answer(play)].flat());
    return play.client.request(typeof url === 'function' ? url(play) : url, init?.());
  },
  ...more,
});
/** @param {Play} play */
const attempts = ({ ehr }) => ehr.requestsTo('/fhir/Patient').length;
const unauthorized = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };

/** @type {import('./play.mjs').Rows} */
export const RESOURCE = {
  H121: [
    requestBy('next page elsewhere', ({ elsewhere }) => `${elsewhere.origin}/fhir?page=2`),
    requestBy('reference elsewhere', 'https://evil.example/fhir/Patient/1'),
    requestBy('reference without scheme', '//evil.example/fhir/Patient/1'),
    requestBy('Location elsewhere', 'Patient', ({ elsewhere }) => ({
      status: 307,
      redirect: `${elsewhere.origin}/fhir/Patient`,
    })),
    requestBy('Location outside the base', 'Patient', () => ({ status: 307, redirect: '/admin' }), {
      check: ({ ehr }) => assert.equal(ehr.requestsTo('/admin').length, 0),
    }),
  ],
  H122: [
    requestBy('GET', 'Patient', () => [unauthorized, { json: {} }], {
      check: (play) => assert.deepEqual([attempts(play), play.refreshes().length], [2, 1]),
    }),
    requestBy('POST that the app permits', 'Patient', () => [unauthorized, { json: {} }], {
      init: () => ({ method: 'POST', body: { resourceType: 'Patient' }, replay: true }),
      check: (play) => assert.deepEqual([attempts(play), play.refreshes().length], [2, 1]),
    }),
  ],
  H123: [
    requestBy('GET', 'Patient', () => unauthorized, {
      check: (play, error) => assert.deepEqual([error.status, attempts(play), play.refreshes().length], [401, 2, 1]),
    }),
  ],
  H125: [
    requestBy('stream', 'Patient', () => [unauthorized, { json: {} }], {
      init: () => ({ method: 'PUT', body: new Blob(['{}']).stream(), duplex: 'half', replay: true }),
      check: (play, error) => assert.deepEqual([error.status, attempts(play)], [401, 1]),
    }),
  ],
};
