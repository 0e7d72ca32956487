// Servers that cannot be installed here, as doubles made from their public documentation and source: what an app meets
// there, scenario by scenario, each under the words in which it is told.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { createSmartClient, SmartError } from 'smart-launch';
import { ATHENA } from './doubles/athena.mjs';
import { EPIC } from './doubles/epic.mjs';
import { IRIS } from './doubles/iris.mjs';
import { MEDPLUM } from './doubles/medplum.mjs';
import { OPENEMR } from './doubles/openemr.mjs';
import { ORACLE } from './doubles/oracle.mjs';
import { actionsOf, changed, startDouble } from './doubles/server.mjs';

const DOUBLES = [MEDPLUM, OPENEMR, IRIS, EPIC, ORACLE, ATHENA];
/** What the documentation says of these servers. */
const docs = await readFile(new URL('doubles/servers.md', import.meta.url), 'utf8');
const met = new Map(DOUBLES.map(({ name }) => [name, 0]));

for (const double of DOUBLES) {
  describe(double.name, () => {
    for (const scenario of double.scenarios) {
      test(scenario.what, async (t) => {
        await play(t, changed(double, { ...scenario.server, scenario }));
        met.set(double.name, met.get(double.name) + 1);
      });
    }
  });
}

test('documentation lists the scenarios that are run', () => {
  const listed = DOUBLES.map(({ name, scenarios }) => [
    `### ${name}`,
    '',
    ...scenarios.map(({ what }) => `- ${what}`),
    '',
  ]);
  assert.equal(docs.slice(docs.indexOf(`### ${DOUBLES[0].name}\n`)), listed.flat().join('\n'));
});

after(() => {
  const counts = DOUBLES.map(({ name, scenarios }) => `${name} ${met.get(name)} of ${scenarios.length}`);
  console.log(`doubles: scenarios met: ${counts.join(', ')}`);
});

/** Plays a scenario, and compares what was sent and what came of it. */
async function play(test, double) {
  const server = await startDouble(test, double);
  const { scenario } = server.double;
  assert.ok(scenario.sent ?? scenario.check, 'says what is sent');
  const client = createSmartClient(server.options(scenario.options));
  const stage = { ...server, client, ...actionsOf(test, server, client) };
  const ends = (scenario.run ?? (({ signIn }) => signIn()))(stage);
  const outcome = scenario.error ? await failure(ends, scenario.error) : await ends;
  for (const [name, value] of Object.entries(scenario.session ?? {})) assert.deepEqual(outcome[name], value, name);
  if (outcome?.warnings) {
    const codes = outcome.warnings.map(({ code }) => code);
    assert.deepEqual(codes.sort(), [...(scenario.warnings ?? double.warnings ?? [])].sort());
  }
  for (const [url, expected] of Object.entries(scenario.sent ?? {})) {
    const sent = sentTo(url, stage);
    for (const [name, value] of Object.entries(expected)) assert.equal(sent[name], value, `${name} at ${url}`);
  }
  await scenario.check?.(stage, outcome);
}

async function failure(ends, { hint, message = /./, ...members }) {
  const error = await ends.then(
    () => assert.fail('it ended well'),
    (error) => error,
  );
  assert.ok(SmartError.is(error), error);
  for (const [name, value] of Object.entries(members)) assert.deepEqual(error[name], value, name);
  assert.match(error.hint, hint);
  assert.match(error.message, message);
  return error;
}

/** The parameters of the latest request to an endpoint, by the browser or by the app. */
function sentTo(url, { double, visits, askedFor }) {
  return url === double.authorizationEndpoint ? visits.at(-1) : Object.fromEntries(askedFor(url).at(-1).fields);
}
