// Many sessions of two processes over one store, at a server that revokes all tokens when a used refresh token is sent
// again. Processes are killed at random, and the store is killed and started again.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { read, signIn, startInstance } from './instances.mjs';
import { startPostgres, startRedis } from './programs.mjs';
import { startRotatingServer } from './rotating-server.mjs';

/** Number of sessions with each store. */
const SESSIONS = 250;
const REQUESTS = 5_000;
const KILLS = 5;
/** Number of requests at the same time. */
const WORKERS = 16;

/** Errors of an instance while the store or another instance is down; the session goes on. */
const TEMPORARY = ['lock_timeout', 'storage_unavailable', 'network', 'timeout'];
/** Errors of a session that the server has ended. */
const REFUSALS = ['signed_out', 'session_expired', 'refresh_rejected', 'refresh_in_doubt', 'http_status', 'status 401'];

/**
 * @typedef {Awaited<ReturnType<typeof signIn>>} User
 * @typedef {{ user: User, refreshes: number }} Pending a request, and how often the session had been refreshed before it
 */

const seed = process.env.SMART_LAUNCH_SEED ?? String(Date.now());
let drawn = 0;
/** @param {number} limit */
const random = (limit) => createHash('sha256').update(`${seed} ${(drawn += 1)}`).digest().readUInt32BE() % limit;

for (const [kind, startStore] of Object.entries({ redis: startRedis, pg: startPostgres })) {
  const title = `${kind}: of ${SESSIONS} sessions none shows another patient, and only a refresh in a killed process ends one`;
  test(title, { timeout: 600_000 }, async (t) => {
    const store = await startStore();
    t.after(store.end);
    const server = await startRotatingServer(t, { lifetime: 12 });
    const start = async () => ({
      ...(await startInstance(t, { kind, url: store.url, fhirBaseUrl: server.fhirBaseUrl })),
      /** @type {Set<Pending>} */
      pending: new Set(),
    });
    let instances = await Promise.all([start(), start()]);
    const origin = () => instance().origin;
    const instance = () => /** @type {Awaited<ReturnType<typeof start>>} */ (instances[random(instances.length)]);
    /** @param {User} user */
    const refreshesOf = ({ patient }) => Number(server.signIns.get(patient)?.refreshes);

    /** @type {User[]} */
    const users = [];
    await inParallel(SESSIONS, async (number) => {
      users.push(await signIn(server, `patient-${number}`, origin(), origin()));
    });

    /** Users whose tokens were refreshed in a process that was killed before it responded. @type {Set<User>} */
    const doubtful = new Set();
    async function kill() {
      const killed = instance();
      instances = instances.filter((other) => other !== killed);
      const pending = [...killed.pending];
      killed.child.kill('SIGKILL');
      await once(killed.child, 'exit');
      instances = [...instances, await start()];
      // By now the server has received everything that the process had sent.
      for (const { user, refreshes } of pending) if (refreshesOf(user) > refreshes) doubtful.add(user);
    }
    async function restart() {
      await store.stop();
      await store.start();
    }
    // After all kills: a process that is killed while the store is down loses the tokens that it could not store.
    const restartAt = Math.floor(REQUESTS * 0.9) + random(REQUESTS / 20);
    const killAt = (/** @type {number} */ part) => Math.floor((REQUESTS * 0.85 * (part + 0.2)) / KILLS) + random(REQUESTS / 20);
    const killsAt = new Set([...Array(KILLS).keys()].map(killAt));
    /** Kills and restarts run one after the other. */
    let disturbed = Promise.resolve();

    /** @type {Map<string, number>} */
    const tally = new Map();
    /** @type {Set<User>} */
    const over = new Set();
    let asked = 0;
    /** @param {User} user */
    async function request(user) {
      const at = instance();
      const pending = { user, refreshes: refreshesOf(user) };
      at.pending.add(pending);
      const path = random(2) ? '/page' : `/auth/fhir/Patient/${user.patient}`;
      const answer = await read(at.origin, user, path).catch(() => undefined);
      at.pending.delete(pending);
      if (!answer) return count('killed');
      if (answer.status === 200) {
        assert.equal(answer.read ?? answer.id, user.patient);
        return count('ok');
      }
      const code = answer.error?.code ?? answer.code ?? `status ${answer.status}`;
      if (REFUSALS.includes(code)) over.add(user);
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
      asked += 1;
      if (killsAt.has(asked)) disturbed = disturbed.then(kill);
      if (asked === restartAt) disturbed = disturbed.then(restart);
      const good = users.filter((user) => !over.has(user));
      await request(/** @type {User} */ (good[random(good.length)]));
    });
    await disturbed;

    const during = Object.fromEntries(tally);
    for (const user of over) assert.notEqual(await request(user), 'ok', 'an ended session stays ended');
    await inParallel(SESSIONS, async (number) => {
      const user = /** @type {User} */ (users[number]);
      while (!over.has(user) && (await request(user)) !== 'ok');
    });
    const { reused, refreshes } = server;
    const figures = { seed, ...during, refreshes, reused, lost: over.size, doubtful: doubtful.size };
    console.log(`${kind}: ${Object.entries(figures).map(([name, value]) => `${name} ${value}`).join(', ')}`);
    for (const user of users.filter((user) => !doubtful.has(user))) {
      assert.ok(!over.has(user), `the session of ${user.patient} is lost`);
      assert.ok(!server.signIns.get(user.patient)?.isRevoked, `a refresh token of ${user.patient} came twice`);
    }
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
