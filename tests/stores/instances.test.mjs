// Two instances of an app over one store, at a server that revokes all tokens when a refresh token comes twice.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startPostgres, startRedis } from './programs.mjs';
import { startRotatingServer } from './rotating-server.mjs';
import { KINDS } from './store-of.mjs';

/** Errors that an instance may report while processes are killed, and for a session that the server has revoked. */
const TYPED = [
  ...['signed_out', 'session_expired', 'refresh_rejected', 'refresh_in_doubt'],
  ...['lock_timeout', 'storage_unavailable', 'network', 'http_status'],
];

const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
after(() => Promise.all([redis.end(), postgres.end()]));
/** @type {Record<string, string>} */
const urls = { redis: redis.url, ioredis: redis.url, pg: postgres.url };

/**
 * @param {import('node:test').TestContext} t
 * @param {string} kind
 * @param {string} fhirBaseUrl
 */
async function startInstance(t, kind, fhirBaseUrl) {
  const child = fork(new URL('./instance.mjs', import.meta.url), [JSON.stringify({ kind, url: urls[kind], fhirBaseUrl })]);
  t.after(() => child.kill('SIGKILL'));
  const [port] = await once(child, 'message');
  return { child, origin: `http://127.0.0.1:${port}` };
}

/**
 * Signs in: the login at one instance, the callback at another.
 *
 * @param {Awaited<ReturnType<typeof startRotatingServer>>} server
 * @param {string} patient
 * @param {string} first
 * @param {string} second
 */
async function signIn(server, patient, first, second) {
  const login = await fetch(`${first}/auth/login`, { redirect: 'manual' });
  assert.equal(login.status, 303, await login.text());
  const asked = new URL(String(login.headers.get('location'))).searchParams;
  const cookie = cookieOf(login);
  const query = new URLSearchParams({ code: server.approve(asked, patient), state: String(asked.get('state')) });
  const callback = await fetch(`${second}/auth/callback?${query}`, { redirect: 'manual', headers: { cookie } });
  assert.equal(callback.status, 303, await callback.text());
  const id = String(new URL(String(callback.headers.get('location'))).searchParams.get('smart_session'));
  return { patient, headers: { cookie: cookieOf(callback), 'smart-session': id } };
}

/** @param {Response} response */
const cookieOf = (response) => response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');

/**
 * @param {string} origin
 * @param {Awaited<ReturnType<typeof signIn>>} user
 * @returns {Promise<{ status: number, code?: string, patient?: string, read?: string }>}
 */
async function read(origin, { headers }) {
  const response = await fetch(`${origin}/page`, { headers });
  return { status: response.status, ...(await response.json()) };
}

for (const kind of KINDS) {
  test(`${kind}: callback at another instance, and one refresh for all instances`, async (t) => {
    const server = await startRotatingServer(t);
    const instances = await Promise.all([1, 2].map(() => startInstance(t, kind, server.fhirBaseUrl)));
    const [one, other] = instances.map(({ origin }) => origin);
    const user = await signIn(server, 'zoe', String(one), String(other));
    for (let round = 0; round < 4; round++) {
      const asked = Array.from({ length: 12 }, (_, number) => read(String(number % 2 ? one : other), user));
      const answers = await Promise.all(asked);
      for (const answer of answers) assert.deepEqual(answer, { status: 200, patient: 'zoe', read: 'zoe' });
      // The access token expires.
      await wait(1_100);
    }
    assert.equal(server.reused, 0);
    assert.ok(server.refreshes >= 3, `${server.refreshes} refreshes`);
  });

  test(`${kind}: killing a process ends no session, except one that was being refreshed`, async (t) => {
    const server = await startRotatingServer(t);
    server.delay = 30;
    let instances = await Promise.all([1, 2].map(() => startInstance(t, kind, server.fhirBaseUrl)));
    const [one, other] = instances.map(({ origin }) => origin);
    const users = await Promise.all(
      ['amara', 'ben', 'chloe', 'dev'].map((patient) => signIn(server, patient, String(one), String(other))),
    );
    let [isOver, answers] = [false, 0];
    /** @type {Map<string, number>} */
    const codes = new Map();
    const traffic = users.map(async (user) => {
      while (!isOver) {
        const { origin } = /** @type {(typeof instances)[0]} */ (instances[Math.floor(Math.random() * 2)]);
        const answer = await read(origin, user).catch(() => undefined);
        if (!answer) await wait(20);
        else if (answer.status === 200) {
          assert.deepEqual([answer.patient, answer.read], [user.patient, user.patient]);
          answers += 1;
        } else {
          assert.ok(TYPED.includes(String(answer.code)), JSON.stringify(answer));
          codes.set(String(answer.code), (codes.get(String(answer.code)) ?? 0) + 1);
          await wait(50);
        }
      }
    });
    for (let round = 0; round < 6; round++) {
      await wait(300 + Math.random() * 700);
      const at = round % 2;
      const { child } = /** @type {(typeof instances)[0]} */ (instances[at]);
      child.kill('SIGKILL');
      const next = await startInstance(t, kind, server.fhirBaseUrl);
      instances = instances.map((instance, number) => (number === at ? next : instance));
    }
    isOver = true;
    await Promise.all(traffic);
    assert.ok(answers > 50, `${answers} answers`);
    // The leases of killed processes have expired: each session works, with its own patient, or has ended.
    for (const user of users) {
      const answer = await read(String(instances[0]?.origin), user);
      if (answer.status === 200) assert.equal(answer.read, user.patient);
      else assert.ok(TYPED.includes(String(answer.code)), JSON.stringify(answer));
    }
    // A refresh token comes twice only if a process was killed between its request and the response.
    assert.ok(server.reused <= 6, `${server.reused} came twice`);
    const user = await signIn(server, 'eve', String(instances[1]?.origin), String(instances[0]?.origin));
    assert.equal((await read(String(instances[1]?.origin), user)).read, 'eve');
  });
}

test('redis: requests fail with storage_unavailable while the store is down, and sessions work when it is back', async (t) => {
  const server = await startRotatingServer(t, { lifetime: 3600 });
  for (const kind of ['redis', 'ioredis']) {
    const { origin } = await startInstance(t, kind, server.fhirBaseUrl);
    const user = await signIn(server, 'zoe', origin, origin);
    await redis.stop();
    const down = await read(origin, user);
    assert.deepEqual([down.status, down.code], [500, 'storage_unavailable']);
    const route = await fetch(`${origin}/auth/session`, { headers: user.headers });
    assert.deepEqual([route.status, route.headers.get('retry-after')], [503, '1']);
    await redis.start();
    let back = await read(origin, user);
    while (back.code === 'storage_unavailable') back = await read(origin, user);
    assert.deepEqual(back, { status: 200, patient: 'zoe', read: 'zoe' });
  }
});
