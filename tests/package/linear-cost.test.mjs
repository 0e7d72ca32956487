// The cost of calls with thousands of servers, many pages and long paths.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { cpuTimeOf } from './cost.mjs';
import { startEhr } from './ehr.mjs';
import { openApp } from './fhirclient.mjs';
import { signIn } from './sign-in.mjs';

const SERVER_COUNT = 10_000;
const CALL_COUNT = 100;

test(`with ${SERVER_COUNT} servers a call of the FHIR API costs less than twice as much as with one server`, async (t) => {
  const ehr = await startEhr(t);
  ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient' } });
  const { fhirBaseUrl, ...shared } = ehr.options();
  const others = Array.from({ length: SERVER_COUNT - 1 }, (_, number) => ({
    fhirBaseUrl: `https://ehr-${number}.example/fhir`,
    redirectUri: `https://app.example/back/${number}`,
    clientId: `app-${number}`,
  }));
  const cost = {};
  for (const [name, servers] of Object.entries({ one: [{ fhirBaseUrl }], many: [...others, { fhirBaseUrl }] })) {
    const client = createSmartClient({ ...shared, servers });
    await signIn(client, { iss: fhirBaseUrl });
    const measureCalls = () => cpuTimeOf(async () => {
      for (let call = 0; call < CALL_COUNT; call++) await client.fetch('Patient/zoe');
    });
    // The first runs include compilation.
    await measureCalls();
    cost[name] = Math.min(await measureCalls(), await measureCalls(), await measureCalls());
  }
  t.diagnostic(JSON.stringify(cost));
  assert.ok(cost.many < 2 * cost.one, JSON.stringify(cost));
});

test('references of each page cost as much at the last page as at the first', async (t) => {
  const app = await openApp(t);
  const { client } = await app.signIn();
  app.ehr.answer('/fhir/Patient/1', { json: { resourceType: 'Patient' } });
  const page = ({ query }) => {
    const number = Number(query.get('page') ?? 1);
    const link = number < 5 ? [{ relation: 'next', url: `Observation?page=${number + 1}` }] : [];
    const subject = { reference: 'Patient/1' };
    return { json: { resourceType: 'Bundle', link, entry: [{ resource: { resourceType: 'Observation', subject } }] } };
  };
  app.ehr.answer('/fhir/Observation', page);
  const referenceMaps = new Set();
  const onPage = (_, references) => void referenceMaps.add(references);
  await client.request('Observation', { pageLimit: 0, graph: false, resolveReferences: 'subject', onPage });
  assert.equal(referenceMaps.size, 1, 'no page copies the references of earlier pages');
  assert.deepEqual(Object.keys([...referenceMaps][0]), ['Patient/1']);
});

test('FHIR base and path with many slashes and dots take linear time', async (t) => {
  const { client, FhirClient } = await (await openApp(t)).open('https://app.example/');
  const { getPath } = client('https://r4.example');
  t.mock.method(globalThis, 'fetch', async () => Response.json({}));
  const cost = {};
  for (const length of [25_000, 100_000]) {
    const base = `https://r4.example/${'/'.repeat(length)}fhir`;
    const nested = { a: {} };
    nested.a.a = nested;
    const work = async () => {
      await new FhirClient(base).fhirRequest('Patient/1');
      getPath(nested, 'a.'.repeat(length));
    };
    cost[length] = Math.min(await cpuTimeOf(work), await cpuTimeOf(work), await cpuTimeOf(work));
  }
  t.diagnostic(JSON.stringify(cost));
  assert.ok(cost[100_000] < 12 * Math.max(cost[25_000], 2_000), JSON.stringify(cost));
});
