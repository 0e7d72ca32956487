// Group H: requests to the FHIR API.

import assert from 'node:assert/strict';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../scripted-server.mjs').ScriptedResponse} ScriptedResponse
 */

/**
 * A request of a session to this URL, with these responses of the FHIR API.
 *
 * @param {string} title
 * @param {string | ((play: Play) => string)} url
 * @param {(play: Play) => ScriptedResponse | ScriptedResponse[]} [responses]
 * @param {Partial<Variant> & { init?: () => import('smart-launch').SmartRequestInit }} [variant]
 * @returns {Variant}
 */
const requestTo = (title, url, responses, { init, ...variant } = {}) => ({
  title,
  async run(play) {
    await play.signIn();
    if (responses) play.ehr.answer('/fhir/Patient', ...[responses(play)].flat());
    return play.client.request(typeof url === 'function' ? url(play) : url, init?.());
  },
  ...variant,
});
/** @param {Play} play */
const attemptCount = ({ ehr }) => ehr.requestsTo('/fhir/Patient').length;
const unauthorized = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };

/** @type {import('./play.mjs').Rows} */
export const RESOURCE = {
  H121: [
    requestTo('next page elsewhere', ({ otherServer }) => `${otherServer.origin}/fhir?page=2`),
    requestTo('reference elsewhere', 'https://evil.example/fhir/Patient/1'),
    requestTo('reference without scheme', '//evil.example/fhir/Patient/1'),
    requestTo('Location elsewhere', 'Patient', ({ otherServer }) => ({
      status: 307,
      redirect: `${otherServer.origin}/fhir/Patient`,
    })),
    requestTo('Location outside the base', 'Patient', () => ({ status: 307, redirect: '/admin' }), {
      check: ({ ehr }) => assert.equal(ehr.requestsTo('/admin').length, 0),
    }),
  ],
  H122: [
    requestTo('GET', 'Patient', () => [unauthorized, { json: {} }], {
      check: (play) => assert.deepEqual([attemptCount(play), play.refreshes().length], [2, 1]),
    }),
    requestTo('POST that the app permits', 'Patient', () => [unauthorized, { json: {} }], {
      init: () => ({ method: 'POST', body: { resourceType: 'Patient' }, replay: true }),
      check: (play) => assert.deepEqual([attemptCount(play), play.refreshes().length], [2, 1]),
    }),
  ],
  H123: [
    requestTo('GET', 'Patient', () => unauthorized, {
      check: (play, error) => assert.deepEqual([error.status, attemptCount(play), play.refreshes().length], [401, 2, 1]),
    }),
  ],
  H125: [
    requestTo('stream', 'Patient', () => [unauthorized, { json: {} }], {
      init: () => ({ method: 'PUT', body: new Blob(['{}']).stream(), duplex: 'half', replay: true }),
      check: (play, error) => assert.deepEqual([error.status, attemptCount(play)], [401, 1]),
    }),
  ],
};
