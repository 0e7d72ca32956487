// Group J: the worker that has the session.

import { required } from '../required.mjs';
import { FORGED } from '../forged.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {Play['workers']} Workers
 * @typedef {Workers['started'][number]} StartedWorker
 */

/** @type {Variant[]} */
const forged = Object.entries(FORGED).map(([title, forge]) => ({
  title,
  isolated: true,
  async run(play) {
    await play.signIn();
    const { error } = await play.workers.forge(forge(play.ehr));
    throw new play.page.SmartError(error);
  },
}));

/**
 * The worker is lost while a user is signed in.
 *
 * @param {string} title
 * @param {(play: Play, worker: StartedWorker) => Promise<unknown>} lose
 * @returns {Variant}
 */
const lostWorker = (title, lose) => ({
  title,
  isolated: true,
  async run(play) {
    await play.signIn();
    /** @type {string[]} */
    const reasons = [];
    play.client.on('signedOut', ({ reason }) => reasons.push(reason));
    play.ehr.answer('/fhir/Patient/slow', { silent: true });
    await lose(play, required(play.workers.started.at(-1)));
    if (reasons.join() !== 'worker_lost') throw new Error('no `signedOut` event with the reason worker_lost');
    throw play.client.getState().error;
  },
});

/**
 * A worker that never starts.
 *
 * @param {string} title
 * @param {(workers: Workers) => unknown} fail
 * @returns {Variant}
 */
const failedStart = (title, fail) => ({
  title,
  isolated: true,
  async run(play) {
    fail(play.workers);
    try {
      await play.client.ready();
    } finally {
      delete play.workers.failure;
      play.workers.script = (url) => url;
    }
  },
});

/** @type {import('./play.mjs').Rows} */
export const ISOLATION = {
  H137: forged,
  H138: [
    lostWorker('ends with an error', async ({ client }, worker) => {
      const call = client.fetch('Patient/slow').catch(() => {});
      worker.dispatch('error');
      await call;
    }),
    lostWorker('is killed without an event', async ({ client, test }, worker) => {
      const { setTimeout } = globalThis;
      const faster = (/** @type {() => void} */ call, /** @type {number} */ milliseconds) => setTimeout(call, milliseconds / 100);
      const { mock } = test.mock.method(globalThis, 'setTimeout', faster);
      await worker.thread.terminate();
      await client.fetch('Patient/slow').catch(() => {});
      mock.restore();
    }),
    failedStart('not permitted by the page’s policy', (workers) => (workers.failure = new DOMException('no', 'SecurityError'))),
    failedStart('the file is missing', (workers) => (workers.script = (url) => url.replace('worker.js', 'missing.js'))),
    failedStart('the script does not parse', (workers) => (workers.script = () => 'data:text/javascript,(')),
  ],
};
