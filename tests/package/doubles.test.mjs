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
import { changed, startDouble } from './doubles/server.mjs';
import { openTab } from './tab.mjs';

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

test('documentation lists what is run', () => {
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
  const stage = { ...server, client, ...acts(test, server, client) };
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

/** What a scenario does. */
function acts(test, server, client) {
  function later(seconds) {
    const now = Date.now() + seconds * 1_000;
    test.mock.method(Date, 'now', () => now);
  }

  const begin = (options) => client.authorize({ navigate: false, ...options });
  return {
    begin,
    /** Signs in; parameters of the answer may be changed on the way. */
    async signIn(options, changes = {}) {
      const answer = server.answerTo(await begin(options));
      return client.ready({ callback: typeof answer === 'string' ? withChanges(answer, changes) : answer });
    },
    /** The user comes back from a sign-in so many seconds after saying yes. */
    async answerAfter(seconds) {
      const callback = server.answerTo(await begin());
      later(seconds);
      return client.ready({ callback });
    },
    /** Lets seconds go by, here and there. */
    later,
    /** The page of an app: where there is none, there is no storage either. */
    openApp: () => openTab(test).open('https://app.example/'),
  };
}

function withChanges(callback, changes) {
  const url = new URL(callback);
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
  return url.href;
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
