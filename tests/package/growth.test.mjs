// What a call costs with thousands of servers, and a link that is endless.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

const MANY = 10_000;
const CALLS = 100;

/** Microseconds of this process for `work`, which other processes do not change. */
async function costOf(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

test(`with ${MANY} servers a call of the FHIR API costs as much as with one`, async (t) => {
  const ehr = await startEhr(t);
  ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient' } });
  const { fhirBaseUrl, ...shared } = ehr.options();
  const others = Array.from({ length: MANY - 1 }, (_, number) => ({
    fhirBaseUrl: `https://ehr-${number}.example/fhir`,
    redirectUri: `https://app.example/back/${number}`,
    clientId: `app-${number}`,
  }));
  const cost = {};
  for (const [name, servers] of Object.entries({ one: [{ fhirBaseUrl }], many: [...others, { fhirBaseUrl }] })) {
    const client = createSmartClient({ ...shared, servers });
    await signIn(client, { iss: fhirBaseUrl });
    const calls = () => costOf(async () => {
      for (let call = 0; call < CALLS; call++) await client.fetch('Patient/zoe');
    });
    // The first ones compile.
    await calls();
    cost[name] = Math.min(await calls(), await calls(), await calls());
  }
  t.diagnostic(JSON.stringify(cost));
  assert.ok(cost.many < 2 * cost.one, JSON.stringify(cost));
});
