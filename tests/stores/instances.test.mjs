// Two instances of an app with one store, at a server that revokes all tokens of a sign-in when a used refresh token is sent again.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { read, signIn, startInstance } from './instances.mjs';
import { startPostgres, startRedis } from './programs.mjs';
import { startRotatingServer } from './rotating-server.mjs';
import { KINDS } from './store-of.mjs';

const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
after(() => Promise.all([redis.end(), postgres.end()]));
/** @type {Record<string, string>} */
const urls = { redis: redis.url, ioredis: redis.url, pg: postgres.url };

for (const kind of KINDS) {
  test(`${kind}: a callback works at another instance, and all instances share one refresh`, async (t) => {
    const server = await startRotatingServer(t);
    const options = { kind, url: String(urls[kind]), fhirBaseUrl: server.fhirBaseUrl };
    const instances = await Promise.all([1, 2].map(() => startInstance(t, options)));
    const [one, other] = instances.map(({ origin }) => origin);
    const user = await signIn(server, 'zoe', String(one), String(other));
    for (let round = 0; round < 4; round++) {
      const requests = Array.from({ length: 12 }, (_, number) => read(String(number % 2 ? one : other), user));
      const responses = await Promise.all(requests);
      for (const answer of responses) assert.deepEqual(answer, { status: 200, patient: 'zoe', read: 'zoe' });
      // Waits until the access token has expired.
      await wait(1_100);
    }
    assert.deepEqual(server.reuses, []);
    assert.ok(server.refreshes >= 3, `${server.refreshes} refreshes`);
  });
}

test('redis: requests fail with storage_unavailable while the store is down, and sessions work when it is back', async (t) => {
  const server = await startRotatingServer(t, { lifetime: 3600 });
  for (const kind of ['redis', 'ioredis']) {
    const { origin } = await startInstance(t, { kind, url: String(urls[kind]), fhirBaseUrl: server.fhirBaseUrl });
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
