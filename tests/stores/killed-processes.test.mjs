// Many sessions of two processes with one store, at a server that rotates refresh tokens. Processes are killed or stopped for a
// while at random, and the store is killed and started again. One server revokes all tokens of a sign-in when a replaced refresh
// token arrives again; another one still accepts, for 30 seconds, the refresh token that was replaced last. With
// SMART_LAUNCH_FULL=1 there are more sessions, requests, killed processes and pauses.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { read, signIn, startInstance } from './instances.mjs';
import { startPostgres, startRedis } from './programs.mjs';
import { startRotatingServer } from './rotating-server.mjs';

const IS_FULL = process.env.SMART_LAUNCH_FULL === '1';
/** Number of sessions with each store and server, of their requests, of killed processes, and of pauses of a process. */
const [SESSIONS, REQUESTS, KILLS, PAUSES] = IS_FULL ? [500, 10_000, 10, 3] : [250, 5_000, 5, 1];
/** Milliseconds of a pause: longer than the lease for which a stopped process holds its lock. */
const PAUSE = 12_000;
/** Milliseconds that a request may take to reach the server. */
const LAG = 3_000;
/** Number of requests at the same time. */
const WORKERS = 16;

/** Errors of an instance while the store or another instance is down. The session has not ended. */
const TEMPORARY = ['lock_timeout', 'storage_unavailable', 'network', 'timeout'];
/** Errors of a session that has ended. */
const REFUSALS = ['signed_out', 'session_expired', 'refresh_rejected', 'refresh_in_doubt', 'http_status', 'status 401'];

/** The stores, and the seconds for which the server accepts the previous refresh token again. */
const CASES = /** @type {const} */ ([
  ['redis', startRedis, 0],
  ['redis', startRedis, 30],
  ['pg', startPostgres, 0],
  ...(IS_FULL ? [['pg', startPostgres, 30]] : []),
]);

/**
 * @typedef {Awaited<ReturnType<typeof signIn>>} User
 * @typedef {Awaited<ReturnType<typeof startRotatingServer>>['reuses'][number]} Reuse
 */

const seed = process.env.SMART_LAUNCH_SEED ?? String(Date.now());
let drawn = 0;
/** @param {number} limit */
const random = (limit) => createHash('sha256').update(`${seed} ${(drawn += 1)}`).digest().readUInt32BE() % limit;

for (const [kind, startStore, reuseSeconds] of CASES) {
  const reuse = reuseSeconds ? `the previous refresh token again for ${reuseSeconds} s` : 'each refresh token once';
  const end = `ends, unless ${reuseSeconds ? 'two processes were' : 'a process was'} killed or stopped during its refresh`;
  const title = `${kind}, a server that accepts ${reuse}: none of ${SESSIONS} sessions shows another patient, and none ${end}`;
  test(title, { timeout: 1_200_000 }, async (t) => {
    const start = performance.now();
    const store = await startStore();
    t.after(store.end);
    const server = await startRotatingServer(t, { lifetime: 12, reuseSeconds });
    const startOne = () => startInstance(t, { kind, url: store.url, fhirBaseUrl: server.fhirBaseUrl });
    let instances = await Promise.all([startOne(), startOne()]);
    const instance = () => /** @type {Awaited<ReturnType<typeof startOne>>} */ (instances[random(instances.length)]);

    /** @type {User[]} */
    const users = [];
    await inParallel(SESSIONS, async (number) => {
      users.push(await signIn(server, `patient-${number}`, instance().origin, instance().origin));
    });

    /** Client secrets of the processes that were killed or stopped, and when. @type {{ secret: string, time: number }[]} */
    const stops = [];
    /** Chooses a process that gets no more requests. @param {NodeJS.Signals} signal */
    function stop(signal) {
      const chosen = instance();
      instances = instances.filter((other) => other !== chosen);
      stops.push({ secret: chosen.secret, time: performance.now() });
      chosen.child.kill(signal);
      return chosen;
    }
    async function kill() {
      await once(stop('SIGKILL').child, 'exit');
      instances = [...instances, await startOne()];
    }
    async function pause() {
      const paused = stop('SIGSTOP');
      await wait(PAUSE);
      paused.child.kill('SIGCONT');
      instances = [...instances, paused];
    }
    async function restart() {
      await store.stop();
      await store.start();
    }
    // The restart comes after all kills: a process that is killed while the store is down loses tokens that it could not store.
    const restartAt = Math.floor(REQUESTS * 0.9) + random(REQUESTS / 20);
    const randomTimes = (/** @type {number} */ count) =>
      new Set(Array.from({ length: count }, (_, part) => Math.floor((REQUESTS * 0.85 * (part + 0.2)) / count) + random(REQUESTS / 20)));
    const [killsAt, pausesAt] = [randomTimes(KILLS), randomTimes(PAUSES)];
    /** Resolves when the kills, pauses and restarts that have begun are done. They run one after the other. */
    let disturbed = Promise.resolve();

    /** @type {Map<string, number>} */
    const tally = new Map();
    /** @type {Set<User>} */
    const endedUsers = new Set();
    let started = 0;
    /** Number of responses with another patient than that of the session. */
    let mixed = 0;
    /** @param {User} user */
    async function request(user) {
      const path = random(2) ? '/page' : `/auth/fhir/Patient/${user.patient}`;
      const answer = await read(instance().origin, user, path).catch(() => undefined);
      if (!answer) return count('interrupted');
      if (answer.status === 200) {
        if ((answer.read ?? answer.id) !== user.patient) mixed += 1;
        return count('ok');
      }
      const code = answer.error?.code ?? answer.code ?? `status ${answer.status}`;
      if (REFUSALS.includes(code)) endedUsers.add(user);
      else {
        assert.ok(TEMPORARY.includes(code), JSON.stringify(answer));
        await wait(50);
      }
      return count(code);
    }
    /** @param {string} outcome */
    function count(outcome) {
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
      return outcome;
    }

    await inParallel(REQUESTS, async () => {
      started += 1;
      if (killsAt.has(started)) disturbed = disturbed.then(kill);
      if (pausesAt.has(started)) disturbed = disturbed.then(pause);
      if (started === restartAt) disturbed = disturbed.then(restart);
      const activeUsers = users.filter((user) => !endedUsers.has(user));
      const user = /** @type {User} */ (activeUsers[random(activeUsers.length)]);
      // A user whose request was interrupted reloads the page.
      while ((await request(user)) === 'interrupted');
    });
    await disturbed;

    const during = Object.fromEntries(tally);
    for (const user of endedUsers) assert.notEqual(await request(user), 'ok', 'an ended session stays ended');
    await inParallel(SESSIONS, async (number) => {
      const user = /** @type {User} */ (users[number]);
      while (!endedUsers.has(user) && (await request(user)) !== 'ok');
    });

    /**
     * Whether a process that sent a refresh token was killed or stopped, and another process has then sent the token once more.
     *
     * @param {Reuse} reuse
     */
    function isExplained({ sendings: [first, second, ...more] }) {
      if (!first || !second || more.length > 0 || first.sender === second.sender) return false;
      return stops.some(({ secret, time }) => secret === first.sender && first.time - LAG < time && time < second.time);
    }
    /**
     * Whether the server has refused to refresh a session, or two processes have sent its refresh token, and both were killed or
     * stopped.
     *
     * @param {User} user
     */
    function isRefused({ patient }) {
      const { refusals = 0, sendings = [] } = server.signIns.get(patient) ?? {};
      return refusals > 0 || (sendings.length === 2 && sendings.every(({ sender }) => stops.some(({ secret }) => secret === sender)));
    }
    const { reuses, refreshes } = server;
    const unexplained = reuses.filter((reuse) => !isExplained(reuse));
    const figures = {
      seed,
      sessions: SESSIONS,
      kills: KILLS,
      pauses: PAUSES,
      restarts: 1,
      seconds: Math.round((performance.now() - start) / 1_000),
      ...during,
      refreshes,
      reuses: reuses.length,
      unexplained: unexplained.length,
      mixed,
      lost: endedUsers.size,
    };
    const texts = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
    console.log(`${kind}, reuse interval ${reuseSeconds} s: ${texts.join(', ')}`);
    assert.equal(mixed, 0);
    assert.deepEqual(unexplained, []);
    for (const user of endedUsers) assert.ok(isRefused(user), `the session of ${user.patient} ended without a refusal`);
    const refused = [...server.signIns.values()].filter(({ refusals }) => refusals > 0);
    assert.equal(refused.length, reuseSeconds ? 0 : reuses.length);
  });
}

/**
 * @param {number} count
 * @param {(number: number) => Promise<void>} work
 */
async function inParallel(count, work) {
  let next = 0;
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      while (next < count) await work(next++);
    }),
  );
}
