// Mock servers in place of servers that cannot be installed here, written from public documentation, source code and reports. The
// titles of the scenarios are listed in docs/servers.md.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { createSmartClient, SmartError } from 'smart-launch';
import { createConfidentialClient } from 'smart-launch/confidential';
import { ATHENA } from './mock-servers/athena.mjs';
import { EPIC } from './mock-servers/epic.mjs';
import { IRIS } from './mock-servers/iris.mjs';
import { MEDPLUM } from './mock-servers/medplum.mjs';
import { OPENEMR } from './mock-servers/openemr.mjs';
import { ORACLE } from './mock-servers/oracle.mjs';
import { actionsOf, changed, startMockServer } from './mock-servers/server.mjs';

const MOCK_SERVERS = [MEDPLUM, OPENEMR, IRIS, EPIC, ORACLE, ATHENA];
/** The documentation of these servers. */
const docs = await readFile(new URL('mock-servers/servers.md', import.meta.url), 'utf8');
const passedScenarios = new Map(MOCK_SERVERS.map(({ name }) => [name, 0]));

for (const mock of MOCK_SERVERS) {
  describe(mock.name, () => {
    for (const scenario of mock.scenarios) {
      test(scenario.title, async (t) => {
        await runScenario(t, changed(mock, { ...scenario.server, scenario }));
        passedScenarios.set(mock.name, passedScenarios.get(mock.name) + 1);
      });
    }
  });
}

test('documentation lists the scenarios that are run', () => {
  const expectedLines = MOCK_SERVERS.map(({ name, scenarios }) => [
    `### ${name}`,
    '',
    ...scenarios.map(({ title }) => `- ${title}`),
    '',
  ]);
  assert.equal(docs.slice(docs.indexOf(`### ${MOCK_SERVERS[0].name}\n`)), expectedLines.flat().join('\n'));
});

after(() => {
  const counts = MOCK_SERVERS.map(({ name, scenarios }) => `${name} ${passedScenarios.get(name)} of ${scenarios.length}`);
  console.log(`mock servers: scenarios met: ${counts.join(', ')}`);
});

/** Runs a scenario, and checks its requests and its outcome. */
async function runScenario(test, mock) {
  const server = await startMockServer(test, mock);
  const { scenario } = server.mock;
  assert.ok(scenario.sent ?? scenario.check, 'the scenario has `sent` or `check`');
  const createClient = scenario.options?.clientAuth ? createConfidentialClient : createSmartClient;
  const client = createClient(server.options(scenario.options));
  const context = { ...server, client, ...actionsOf(test, server, client) };
  const promise = (scenario.run ?? (({ signIn }) => signIn()))(context);
  const outcome = scenario.error ? await rejectedWith(promise, scenario.error) : await promise;
  for (const [name, value] of Object.entries(scenario.session ?? {})) assert.deepEqual(outcome[name], value, name);
  if (outcome?.warnings) {
    const codes = outcome.warnings.map(({ code }) => code);
    assert.deepEqual(codes.sort(), [...(scenario.warnings ?? mock.warnings ?? [])].sort());
  }
  for (const [url, expected] of Object.entries(scenario.sent ?? {})) {
    const parameters = parametersSentTo(url, context);
    for (const [name, value] of Object.entries(expected)) assert.equal(parameters[name], value, `${name} at ${url}`);
  }
  await scenario.check?.(context, outcome);
}

async function rejectedWith(promise, { hint, message = /./, ...members }) {
  const error = await promise.then(
    () => assert.fail('the scenario did not fail'),
    (error) => error,
  );
  assert.ok(SmartError.is(error), error);
  for (const [name, value] of Object.entries(members)) assert.deepEqual(error[name], value, name);
  assert.match(error.hint, hint);
  assert.match(error.message, message);
  return error;
}

/** The parameters of the latest request that the browser or the app has sent to an endpoint. */
function parametersSentTo(url, { mock, visits, requestsTo }) {
  return url === mock.authorizationEndpoint ? visits.at(-1) : Object.fromEntries(requestsTo(url).at(-1).fields);
}
