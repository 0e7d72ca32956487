// Prints figures of one process of an app with each store: the time of a FHIR request compared with a bare `fetch` in the same
// process, requests a second, and the CPU time of a request. The figures are not asserted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read, signIn, startInstance } from './instances.mjs';
import { startPostgres, startRedis } from './programs.mjs';
import { startRotatingServer } from './rotating-server.mjs';

const ROUNDS = 50;
const REQUESTS = 300;
/** Number of requests at the same time. */
const WORKERS = 8;
/** Milliseconds that the FHIR server takes. */
const DELAYS = [0, 20];

for (const [kind, startStore] of Object.entries({ redis: startRedis, pg: startPostgres })) {
  test(`${kind}: time of a FHIR request compared with a bare fetch`, async (t) => {
    const store = await startStore();
    t.after(store.end);
    const server = await startRotatingServer(t, { lifetime: 3_600 });
    const { origin } = await startInstance(t, { kind, url: store.url, fhirBaseUrl: server.fhirBaseUrl });
    const user = await signIn(server, 'zoe', origin, origin);
    const authorization = `Bearer ${server.signIns.get('zoe')?.accessToken}`;
    const ways = {
      bare: () => read(origin, { ...user, headers: { ...user.headers, authorization, patient: 'zoe' } }, '/bare'),
      proxy: () => read(origin, user, '/auth/fhir/Patient/zoe'),
      page: () => read(origin, user, '/page'),
      session: () => read(origin, user, '/auth/session'),
    };
    /** @param {keyof typeof ways} way */
    async function timed(way) {
      const start = performance.now();
      const answer = await ways[way]();
      assert.equal(answer.read ?? answer.patient ?? answer.id, 'zoe');
      return performance.now() - start;
    }

    for (const delay of DELAYS) {
      server.fhirDelay = delay;
      /** @type {Record<keyof typeof ways, number[]>} */
      const times = { bare: [], proxy: [], page: [], session: [] };
      const names = /** @type {(keyof typeof ways)[]} */ (Object.keys(ways));
      for (let round = -10; round < ROUNDS; round++) {
        for (const way of names) {
          const time = await timed(way);
          // The first rounds are slower, and do not count.
          if (round >= 0) times[way].push(time);
        }
      }
      const medians = names.map((way) => `${way} ${median(times[way]).toFixed(2)}`).join(', ');
      const ratio = (median(times.proxy) / median(times.bare)).toFixed(2);
      console.log(`${kind}, FHIR server with ${delay} ms: milliseconds ${medians}; proxy ÷ bare ${ratio}`);
    }
    server.fhirDelay = 0;
    const cpu = async () => {
      const { user, system } = await (await fetch(`${origin}/cpu`)).json();
      return (user + system) / 1_000;
    };
    for (const way of /** @type {const} */ (['bare', 'proxy', 'page', 'session'])) {
      const [start, before] = [performance.now(), await cpu()];
      let requestCount = 0;
      await Promise.all(
        Array.from({ length: WORKERS }, async () => {
          while (requestCount++ < REQUESTS) await timed(way);
        }),
      );
      const rate = Math.round((REQUESTS * 1_000) / (performance.now() - start));
      const used = ((await cpu()) - before) / REQUESTS;
      console.log(`${kind}, ${way}: ${rate} requests a second, ${used.toFixed(2)} ms of CPU time for one`);
    }
  });
}

/** @param {number[]} values */
const median = (values) => Number(values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]);
