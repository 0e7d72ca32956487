// The session stores in Redis and PostgreSQL, with each client library.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { postgresStore } from 'smart-launch/server-postgres';
import { startPostgres, startRedis } from './programs.mjs';
import { KINDS, storeOf } from './store-of.mjs';

const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
after(() => Promise.all([redis.end(), postgres.end()]));
/** @type {Record<string, string>} */
const urls = { redis: redis.url, ioredis: redis.url, pg: postgres.url };

test('pg: the table is created once by instances that start together', async (t) => {
  const pool = new pg.Pool({ connectionString: postgres.url, max: 8 });
  t.after(() => pool.end());
  await Promise.all(Array.from({ length: 8 }, () => pool.query('SELECT 1')));
  // In each round PostgreSQL refuses some of the commands, with one of three error codes; the rarest occurs in one round of ten.
  for (const round of Array.from({ length: 100 }).keys()) {
    const table = `sessions_${round}`;
    await Promise.all(Array.from({ length: 8 }, () => postgresStore(pool, { table }).createTable()));
    await postgresStore(pool, { table }).set('a', 'one', 60);
  }
});

for (const kind of KINDS) {
  test(`${kind}: values are stored, replaced, removed, and expire`, async (t) => {
    const { store, close } = await storeOf(kind, String(urls[kind]));
    t.after(close);
    assert.equal((await store.get('a')) ?? null, null);
    await store.set('a', 'one', 60);
    await store.set('a', 'two', 60);
    await store.set('b', 'x'.repeat(100_000), 60);
    assert.deepEqual([await store.get('a'), (await store.get('b'))?.length], ['two', 100_000]);
    await store.delete('a');
    await store.delete('a');
    assert.equal((await store.get('a')) ?? null, null);
    await store.set('c', 'short', 0.05);
    while (await store.get('c')) await wait(10);
  });

  test(`${kind}: \`replace\` replaces only the expected value, and only one of several concurrent calls succeeds`, async (t) => {
    const all = await Promise.all([1, 2, 3].map(() => storeOf(kind, String(urls[kind]))));
    t.after(() => Promise.all(all.map(({ close }) => close())));
    const [{ store }] = /** @type {[(typeof all)[0]]} */ (/** @type {unknown} */ (all));
    const long = 'x'.repeat(100_000);
    assert.equal(await store.replace?.('d', 'one', 'two', 60), false, 'no value is stored');
    assert.equal((await store.get('d')) ?? null, null);
    await store.set('d', 'one', 60);
    assert.deepEqual([await store.replace?.('d', 'two', 'three', 60), await store.get('d')], [false, 'one']);
    assert.deepEqual([await store.replace?.('d', 'one', long, 60), await store.get('d')], [true, long]);
    assert.deepEqual([await store.replace?.('d', long, '', 60), (await store.get('d')) ?? ''], [true, '']);
    for (let round = 0; round < 20; round++) {
      await store.set('d', 'one', 60);
      const results = await Promise.all(all.flatMap(({ store }, number) => [
        store.replace?.('d', 'one', `${number}, first`, 60),
        store.replace?.('d', 'one', `${number}, second`, 60),
      ]));
      assert.equal(results.filter(Boolean).length, 1, JSON.stringify(results));
      const winner = results.indexOf(true);
      assert.equal(await store.get('d'), `${Math.floor(winner / 2)}, ${winner % 2 ? 'second' : 'first'}`);
    }
    const last = String(await store.get('d'));
    assert.equal(await store.replace?.('d', last, 'short', 0.05), true);
    while (await store.get('d')) await wait(10);
    assert.equal(await store.replace?.('d', 'short', 'late', 60), false, 'the stored value has expired');
    assert.equal((await store.get('d')) ?? null, null);
  });

  test(`${kind}: a lock has one holder at a time, and other callers get it in turn`, async (t) => {
    const all = await Promise.all([1, 2, 3].map(() => storeOf(kind, String(urls[kind]))));
    t.after(() => Promise.all(all.map(({ close }) => close())));
    let [holders, count] = [0, 0];
    await Promise.all(
      Array.from({ length: 12 }, async (_, number) => {
        const lock = await /** @type {(typeof all)[0]} */ (all[number % 3]).store.lock('one', 60);
        assert.ok(lock);
        assert.equal((holders += 1), 1);
        count += 1;
        await wait(5);
        assert.ok(lock.isHeld());
        holders -= 1;
        await lock.release();
        assert.equal(lock.isHeld(), false);
      }),
    );
    assert.equal(count, 12);
  });

  test(`${kind}: a lock that another caller holds is not granted, and only the holder of a lock can release it`, async (t) => {
    const { store, close } = await storeOf(kind, String(urls[kind]));
    t.after(close);
    const held = await store.lock('two', 1);
    assert.ok(held);
    assert.equal((await store.lock('two', 0.2)) ?? null, null);
    assert.ok(await store.lock('three', 1).then((lock) => lock?.release().then(() => true)));
    await held.release();
    const next = await store.lock('two', 1);
    assert.ok(next);
    // The previous holder releases its lock again, which must not release the lock of the next holder.
    await held.release();
    assert.equal((await store.lock('two', 0.2)) ?? null, null);
    await next.release();
  });
}

test('pg: removeExpired() removes expired rows and no others, and invalid table names are refused', async (t) => {
  const pool = new pg.Pool({ connectionString: postgres.url });
  t.after(() => pool.end());
  const store = postgresStore(pool, { table: 'expiring' });
  await store.createTable();
  await store.set('old', 'x', 0.01);
  await store.set('new', 'x', 60);
  while (await store.get('old')) await wait(10);
  await store.removeExpired();
  const { rows } = await pool.query('SELECT key FROM expiring');
  assert.deepEqual(rows, [{ key: 'new' }]);
  const never = () => Promise.reject(new Error('not called'));
  for (const table of ['', 'a;drop table b', 'a"b', 'a.b.c', "a'"]) {
    assert.throws(() => postgresStore({ query: never }, { table }), TypeError);
  }
});
