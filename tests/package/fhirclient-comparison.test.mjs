// Comparison with the npm package `fhirclient` itself: the same calls, against the same server, have the same outcome and send the
// same requests.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { openApp } from './fhirclient.mjs';

const { SMART_LAUNCH_FHIRCLIENT: directory } = process.env;
if (!directory) throw new Error('run these tests by `cargo xtask test package`');
const { default: TheirClient } = createRequire(`${directory}/`)('fhirclient/lib/Client.js');

const environment = {
  options: {},
  btoa,
  getStorage: () => ({ get: async () => undefined, set: async () => {}, unset: async () => {} }),
};

/** A signed-in client of this library, and a client of `fhirclient` with the same token. */
async function openBoth(test) {
  const app = await openApp(test);
  const { client: ours } = await app.signIn();
  const { serverUrl, tokenResponse } = ours.state;
  const token = { access_token: tokenResponse.access_token, patient: 'zoe' };
  return { ehr: app.ehr, ours, theirs: new TheirClient(environment, { serverUrl, tokenResponse: token }) };
}

/** The outcome of a call as data, with its requests. */
async function outcomeOf(ehr, call, client) {
  ehr.requests.length = 0;
  const result = await call(client).then(comparable, ({ status, statusCode, statusText }) => ({
    failed: { status, statusCode, statusText },
  }));
  const requests = ehr.requests.map(({ method, url, headers, body }) => {
    const { accept, authorization, prefer, 'content-type': type } = headers;
    return { method, url, accept, authorization, type, prefer, body };
  });
  return { result, requests: requests.toSorted((left, right) => left.url.localeCompare(right.url)) };
}

/** The part of a result that is compared. For a Response it is the status. */
async function comparable(value) {
  if (value instanceof Response || value?.constructor?.name === 'Response') return { status: value.status };
  if (value?.response)
    return { body: value.body, status: value.response.status, type: value.response.headers.get('content-type') };
  return structuredClone(value);
}

const reference = (target) => ({ reference: target });
const RESOURCES = {
  'Patient/1': {
    resourceType: 'Patient',
    id: '1',
    name: [{ family: 'Nguyễn' }],
    generalPractitioner: [reference('Practitioner/1'), reference('Practitioner/2')],
  },
  'Practitioner/1': { resourceType: 'Practitioner', id: '1' },
  'Practitioner/2': { resourceType: 'Practitioner', id: '2' },
  'Organization/1': { resourceType: 'Organization', id: '1' },
  'Encounter/1': {
    resourceType: 'Encounter',
    id: '1',
    subject: reference('Patient/1'),
    serviceProvider: reference('Organization/1'),
  },
  'Observation/1': {
    resourceType: 'Observation',
    id: '1',
    subject: reference('Patient/1'),
    encounter: reference('Encounter/1'),
    performer: [reference('Practitioner/1'), reference('Practitioner/2')],
    identifier: [
      { value: 'a', assigner: reference('Organization/1') },
      { value: 'b', assigner: reference('Organization/1') },
    ],
    device: reference('Device/none'),
  },
};

const page = (number, last) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  link: [
    { relation: 'self', url: `Observation?page=${number}` },
    ...(number < last ? [{ relation: 'next', url: `Observation?page=${number + 1}` }] : []),
  ],
  entry: [
    { resource: { resourceType: 'Observation', id: `${number}a`, subject: reference('Patient/1') } },
    {
      resource: {
        resourceType: 'Observation',
        id: `${number}b`,
        subject: reference('Patient/1'),
        encounter: reference('Encounter/1'),
      },
    },
  ],
});

function answerResources(ehr) {
  for (const [path, json] of Object.entries(RESOURCES)) ehr.answer(`/fhir/${path}`, () => ({ json }));
  ehr.answer('/fhir/Device/none', { status: 404, json: { resourceType: 'OperationOutcome' } });
  ehr.answer('/fhir/Observation', ({ query }) => ({ json: page(Number(query.get('page') ?? 1), 3) }));
  ehr.answer('/fhir/Empty', { json: { resourceType: 'Bundle', type: 'searchset' } });
  ehr.answer('/fhir/text', { headers: { 'content-type': 'text/plain' }, body: 'text' });
  ehr.answer('/fhir/empty', { headers: { 'content-type': 'application/json' } });
  ehr.answer('/fhir/null', { json: null });
  ehr.answer('/fhir/bytes', { headers: { 'content-type': 'image/png' }, body: 'bytes' });
  ehr.answer('/fhir/nothing', { status: 204 });
  ehr.answer('/fhir/refused', { status: 422, json: { resourceType: 'OperationOutcome' } });
  ehr.answer('/fhir/Created', { status: 201, headers: { location: `${ehr.fhirBaseUrl}/Patient/1` } });
}

const withPages = (call) => async (client) => {
  const pages = [];
  const result = await call(client, async (...args) => void pages.push(structuredClone(args)));
  return { result, pages };
};

async function collect(sequence) {
  const items = [];
  for await (const item of sequence) items.push(item);
  return items;
}

const CALLS = {
  'a resource': (client) => client.request('Patient/1'),
  'a path with a slash in front': (client) => client.request('/Patient/1'),
  'a whole URL': (client) => client.request(`${client.state.serverUrl}/Patient/1`),
  'a URL object': (client) => client.request(new URL(`${client.state.serverUrl}/Patient/1`)),
  'options with a URL': (client) => client.request({ url: 'Patient/1', headers: { Accept: 'application/fhir+json' } }),
  'a post': (client) =>
    client.request({ url: 'Patient/1', method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }),
  'the response with the body': (client) => client.request({ url: 'Patient/1', includeResponse: true }),
  text: (client) => client.request('text'),
  'text with its response': (client) => client.request({ url: 'text', includeResponse: true }),
  'JSON without a body': (client) => client.request('empty'),
  'JSON null': (client) => client.request('null'),
  'neither JSON nor text': (client) => client.request('bytes'),
  'no content': (client) => client.request('nothing'),
  'an error': (client) => client.request('refused'),
  'a missing resource': (client) => client.request('Patient/none'),
  'one page': (client) => client.request('Observation'),
  'one page, flat': (client) => client.request('Observation', { flat: true }),
  'an empty Bundle, flat': (client) => client.request('Empty', { flat: true }),
  'two pages': (client) => client.request('Observation', { pageLimit: 2 }),
  'all pages': (client) => client.request('Observation', { pageLimit: 0 }),
  'all pages, flat': (client) => client.request('Observation', { pageLimit: 0, flat: true }),
  'all pages of a search that has one': (client) => client.request('Observation?page=3', { pageLimit: 0 }),
  'all pages with the first response': (client) =>
    client.request({ url: 'Observation', includeResponse: true }, { pageLimit: 0, flat: true }),
  'page limit of a resource': (client) => client.request('Patient/1', { pageLimit: 0, flat: true }),
  'each page': withPages((client, onPage) => client.request('Observation', { pageLimit: 0, onPage })),
  'each page, flat': withPages((client, onPage) => client.request('Observation', { pageLimit: 2, onPage, flat: true })),
  'a callback that rejects': (client) =>
    client.request('Observation', { pageLimit: 0, onPage: () => Promise.reject({ status: 1 }) }),
  'a reference': (client) => client.request('Observation/1', { resolveReferences: 'subject' }),
  'references through others, in any order': (client) =>
    client.request('Observation/1', {
      resolveReferences: ['encounter.serviceProvider', 'subject', 'encounter', 'encounter.subject'],
    }),
  'references of a list': (client) => client.request('Observation/1', { resolveReferences: ['performer'] }),
  'a reference of a list': (client) =>
    client.request('Observation/1', { resolveReferences: ['performer.1', ' performer.1 ', ''] }),
  'references of each in a list': (client) =>
    client.request('Observation/1', { resolveReferences: ['identifier..assigner'] }),
  'a reference to a missing resource': (client) =>
    client.request('Observation/1', { resolveReferences: ['device', 'none.of.it'] }),
  'references, separately': (client) =>
    client.request('Observation/1', { resolveReferences: ['subject', 'performer', 'device'], graph: false }),
  'no references, separately': (client) => client.request('Observation/1', { graph: false }),
  'references of pages': (client) =>
    client.request('Observation', {
      resolveReferences: ['subject', 'encounter', 'encounter.serviceProvider'],
      pageLimit: 0,
    }),
  'references of pages, separately, flat': (client) =>
    client.request('Observation', {
      resolveReferences: ['subject', 'encounter'],
      pageLimit: 2,
      graph: false,
      flat: true,
    }),
  'references of each page, separately': withPages((client, onPage) =>
    client.request('Observation', { resolveReferences: ['subject', 'encounter'], pageLimit: 0, graph: false, onPage }),
  ),
  'references separately, with the response': (client) =>
    client.request({ url: 'Observation/1', includeResponse: true }, { resolveReferences: 'subject', graph: false }),
  'the patient': (client) => client.patient.read(),
  // Not the name of a type: the request is sent to `Patient/1`, whose response has a body.
  create: (client) => client.create({ resourceType: 'Patient/1' }),
  'create without a body in the response': (client) => client.create({ resourceType: 'Created' }),
  update: (client) => client.update({ resourceType: 'Patient', id: '1' }, { includeResponse: true }),
  delete: (client) => client.delete('nothing'),
  patch: (client) =>
    client.patch('Patient/1', [{ op: 'remove', path: '/name' }], { headers: { prefer: 'return=minimal' } }),
  getReferences: (client) =>
    client.getReferences(structuredClone(RESOURCES['Observation/1']), ['subject', 'performer']),
  async resolveReferences(client) {
    const resource = structuredClone(RESOURCES['Observation/1']);
    await client.resolveReferences(resource, ['subject', 'performer.0']);
    return resource;
  },
  pages: (client) => collect(client.pages('Observation')),
  'pages of a Bundle': (client) => collect(client.pages(page(2, 3))),
  resources: (client) => collect(client.resources('Observation')),
  'resources, three': (client) => collect(client.resources('Observation', { limit: 3 })),
};

for (const [description, call] of Object.entries(CALLS)) {
  test(`${description}: same result and requests as fhirclient`, async (t) => {
    const { ehr, ours, theirs } = await openBoth(t);
    t.mock.method(console, 'warn', () => {});
    answerResources(ehr);
    ehr.answer('/fhir/Patient/zoe', { json: { id: 'zoe' } });
    const expected = await outcomeOf(ehr, call, theirs);
    assert.ok(expected.requests.length > 0, 'no request was sent');
    assert.deepEqual(await outcomeOf(ehr, call, ours), expected);
  });
}

test('pages with `limit: 2`: same pages as fhirclient, and no further page is requested', async (t) => {
  const { ehr, ours, theirs } = await openBoth(t);
  answerResources(ehr);
  const call = (client) => collect(client.pages('Observation', { limit: 2 }));
  const { result } = await outcomeOf(ehr, call, theirs);
  assert.equal(result.length, 2);
  const actual = await outcomeOf(ehr, call, ours);
  assert.deepEqual([actual.result, actual.requests.length], [result, 2]);
});

const OBSERVATIONS = [
  {
    resourceType: 'Observation',
    id: '1',
    code: { coding: [{ code: 'a' }, { code: 'b' }] },
    category: [{ coding: [{ code: 'v' }] }],
  },
  {
    resourceType: 'Observation',
    id: '2',
    code: { coding: [{ code: 'a' }, {}] },
    category: [{ text: 'none' }, { coding: [{ code: 'l' }, { code: 'v' }] }],
  },
  { resourceType: 'Observation', id: '3', code: { text: 'no code' } },
  { resourceType: 'Condition', id: '4', code: { coding: [{ code: 'a' }] } },
];

const SYNCHRONOUS_CALLS = {
  'byCode()': ({ byCode }) => [
    byCode(OBSERVATIONS, 'code'),
    byCode(OBSERVATIONS, 'category'),
    byCode(OBSERVATIONS[0], 'code'),
    byCode([], 'code'),
  ],
  'byCodes()': (client) => {
    const find = client.byCodes(OBSERVATIONS, 'category');
    return [find('v'), find('l', 'v'), find('none'), find()];
  },
  'getPath()': (client) =>
    ['', ' name ', 'name.0.family', 'name.1.family', 'none.of.it', 'generalPractitioner..reference', 'id.length'].map(
      (path) => client.getPath(RESOURCES['Patient/1'], path),
    ),
  'getPath() of nothing': (client) => [client.getPath(null, 'a'), client.getPath(0, 'a.b'), client.getPath({ a: 1 })],
  'units.cm()': ({ units }) =>
    ['cm', 'm', 'in', '[in_us]', '[in_i]', 'ft', '[ft_us]'].map((code) => units.cm({ code, value: 12.3 })),
  'units.kg()': ({ units }) =>
    ['kg', 'g', 'lb', '[lb_av]', 'oz', '[oz_av]'].map((code) => units.kg({ code, value: 12.3 })),
  'units.any()': ({ units }) => units.any({ code: 'anything', value: 1 }),
  'unknown units': ({ units }) =>
    [
      ['cm', 'mile', 1],
      ['kg', 'stone', 1],
      ['cm', 'cm', '1'],
      ['kg', 'g', null],
      ['any', 'x', undefined],
    ].map(([name, code, value]) => {
      try {
        return units[name]({ code, value });
      } catch ({ message }) {
        return message;
      }
    }),
  'the context of the launch': (client) => [
    client.patient.id,
    client.encounter.id,
    client.getState('tokenResponse.patient'),
    client.getAuthorizationHeader(),
  ],
};

for (const [description, call] of Object.entries(SYNCHRONOUS_CALLS)) {
  test(`${description}: same result as fhirclient`, async (t) => {
    const { ours, theirs } = await openBoth(t);
    const expected = call(theirs);
    assert.notEqual(expected, undefined);
    assert.deepEqual(call(ours), expected);
  });
}
