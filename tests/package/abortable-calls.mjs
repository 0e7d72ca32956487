// Calls that take a signal, and the errors with which they reject when the signal is aborted.

import assert from 'node:assert/strict';

/**
 * Calls that take a signal.
 *
 * @typedef {import('smart-launch').SmartClient} SmartClient
 *
 * @type {Record<string, (client: SmartClient, signal: AbortSignal, ehr: import('./ehr.mjs').Ehr) => Promise<unknown>>}
 */
export const CALLS = {
  fetch: (client, signal) => client.fetch('Patient', { signal }),
  'fetch of a Request': (client, signal, ehr) => client.fetch(new Request(`${ehr.fhirBaseUrl}/Patient`, { signal })),
  request: (client, signal) => client.request('Patient', { signal }),
  pages: (client, signal) => client.pages('Patient', { signal }).next(),
  create: (client, signal) => client.create({ resourceType: 'Patient' }, { signal }),
  patch: (client, signal) => client.patch('Patient/zoe', [], { signal }),
  getAccessToken: (client, signal) => client.getAccessToken({ minValiditySeconds: 60, signal }),
  refresh: (client, signal) => client.refresh({ signal }),
};
/** The names of the calls that send a request to `/fhir/Patient` if the token is valid. */
export const SENDING = ['fetch', 'fetch of a Request', 'request', 'pages', 'create'];

/** @type {[reason: unknown, expected: object][]} */
export const REASONS = [
  [undefined, { name: 'SmartError', code: 'aborted', retryable: false, userMessage: 'The request was stopped.' }],
  [new Error('the user left'), { name: 'SmartError', code: 'aborted', retryable: false }],
  [new DOMException('late', 'TimeoutError'), { name: 'SmartError', code: 'timeout', retryable: true, fault: 'network' }],
  // The app chooses the reason, which may be anything.
  [revokedProxy(), { name: 'SmartError', code: 'aborted' }],
  [new Proxy({}, { get: throwing, getPrototypeOf: throwing }), { name: 'SmartError', code: 'aborted' }],
];

function revokedProxy() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** @returns {never} */
function throwing() {
  throw new RangeError('proxy');
}

/**
 * Asserts that a call rejects when its signal is aborted. The call cannot end in any other way, so the test does not depend on
 * time.
 *
 * @param {(signal: AbortSignal) => Promise<unknown>} begin
 * @param {() => unknown} [waitForCall] resolves when the call has reached the point where the test aborts it
 */
export async function assertRejectsOnAbort(begin, waitForCall = () => {}) {
  for (const [reason, expected] of REASONS) {
    const controller = new AbortController();
    const call = begin(controller.signal);
    call.catch(() => {});
    await waitForCall();
    controller.abort(reason);
    await assert.rejects(call, expected);
  }
}

export const never = () => new Promise(() => {});
/** @param {() => unknown} condition */
export const until = async (condition) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
