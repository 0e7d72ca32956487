// The app of these tests: a client, its events and the outcomes of its calls.

import { createSmartClient as createBearerClient } from '/smart-launch/dist/index.js';

/** Tokens expire by a clock that the test moves, so that a round takes only as long as a refresh. */
const realNow = Date.now;
const query = new URLSearchParams(location.search);
let ahead = Number(query.get('ahead'));
/** With `tasks-only` the clock is stopped, so that no token expires during a long round. */
const stoppedTime = query.has('tasks-only') ? Number(query.get('at') ?? realNow()) : undefined;
Date.now = () => (stoppedTime ?? realNow()) + ahead;
globalThis.moveClock = (seconds) => void (ahead += seconds * 1000);
/** Milliseconds on a clock that all tabs of a machine share, and that no test moves. */
globalThis.instant = () => performance.timeOrigin + performance.now();

const options = await (await fetch('/config.json')).json();
const { createSmartClient } = options.dpop ? await import('/smart-launch/dist/dpop.js') : { createSmartClient: createBearerClient };
globalThis.smart = createSmartClient(options);
globalThis.changes = [];
globalThis.signOutReasons = [];
/** @type {string | undefined} */
let status;
smart.subscribe(() => {
  if (smart.getState().status === status) return;
  const { status: newStatus } = smart.getState();
  status = newStatus;
  changes.push({ status: newStatus, at: instant() });
});
smart.on('signedOut', ({ reason }) => signOutReasons.push(reason));

/** The result of a call, or its error code, as data. */
globalThis.outcome = (promise) =>
  promise.then(
    (value) => ({ value }),
    ({ code, name }) => ({ code: code ?? name }),
  );

/**
 * Records the calls whose effects other tabs may see, and blocks the page before the call with this number (from 1), by a
 * synchronous request that gets no response.
 */
globalThis.blockBefore = (number) => {
  globalThis.visibleCalls = [];
  for (const [{ prototype }, name] of /** @type {[{ prototype: object }, string][]} */ ([
    [Storage, 'setItem'],
    [Storage, 'removeItem'],
    [BroadcastChannel, 'postMessage'],
    [LockManager, 'request'],
    [IDBObjectStore, 'put'],
    [IDBObjectStore, 'delete'],
  ])) {
    /** @type {Function} */
    const original = Reflect.get(prototype, name);
    /** @this {object} @param {unknown[]} values */
    const blocking = function (...values) {
      if (visibleCalls.push(name) === number) {
        const request = new XMLHttpRequest();
        request.open('GET', '/blocked', false);
        request.send();
      }
      return original.apply(this, values);
    };
    Reflect.set(prototype, name, blocking);
  }
};

/** Whether the FHIR server accepts an access token. */
globalThis.isUsable = async (token) => {
  const patient = smart.getState().session?.patient;
  const headers = { authorization: `Bearer ${token}` };
  const { ok } = await fetch(`${options.fhirBaseUrl}/Patient/${patient}`, { headers });
  return ok;
};

/** @param {string} selector @param {() => void} action */
const onClick = (selector, action) => document.querySelector(selector)?.addEventListener('click', action);
onClick('#duplicate', () => {
  const url = new URL(location.href);
  url.searchParams.set('generation', String(1 + Number(query.get('generation'))));
  url.searchParams.set('ahead', String(ahead));
  if (stoppedTime) url.searchParams.set('at', String(stoppedTime));
  window.open(url);
});
onClick('#sign-in', () => {
  globalThis.attempt = outcome(smart.authorize());
});

if (query.has('tasks')) await import('/tab-tasks.mjs');
globalThis.restored = await outcome(smart.ready().then((session) => Boolean(session)));
globalThis.loaded = true;
