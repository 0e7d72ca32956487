// pages, create, update, patch, delete, and the resource of the user.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient, SmartError } from 'smart-launch';
import { createBackendClient } from 'smart-launch/confidential';
import { createFakeSmartClient } from 'smart-launch/testing';
import { pemOf } from './authenticating.mjs';
import { SCOPE_OPENID, startEhr } from './ehr.mjs';
import { openIsolated } from './isolated.mjs';
import { createBrowser, startApp } from './server-app.mjs';
import { startPages } from './server-page.mjs';
import { callbackOf, signIn } from './sign-in.mjs';

async function signedIn(test, ehrOptions = {}) {
  const ehr = await startEhr(test, { idToken: {}, tokens: { scope: SCOPE_OPENID }, ...ehrOptions });
  const client = createSmartClient(ehr.options({ scope: SCOPE_OPENID }));
  const session = await signIn(client);
  ehr.requests.length = 0;
  return { ehr, client, session, lastRequest: () => ehr.requests.at(-1) };
}

/** The response with a page of a search. `next` is the URL of the next page. */
const page = (number, next) => ({
  json: {
    resourceType: 'Bundle',
    type: 'searchset',
    link: [{ relation: 'self', url: 'any' }, ...(next === undefined ? [] : [{ relation: 'next', url: next }])],
    entry: [{ resource: { resourceType: 'Observation', id: String(number) } }],
  },
});

const idsOf = (bundle) => bundle.entry.map(({ resource }) => resource.id);

/** Reads all pages: returns the ids, and the error that ended the loop. */
async function readAllPages(pages) {
  const ids = [];
  try {
    for await (const bundle of pages) ids.push(...idsOf(bundle));
    return { ids };
  } catch (error) {
    assert.ok(SmartError.is(error), error);
    return { ids, error };
  }
}

test('pages: follows absolute and relative `next` links until there is none', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Observation', page(1, `${ehr.fhirBaseUrl}/Page/2?_token=a`));
  ehr.answer('/fhir/Page/2', page(2, '/fhir?_getpages=b'));
  ehr.answer('/fhir', page(3, '?_getpages=c'), page(4));
  const result = await readAllPages(client.pages('Observation?code=1'));
  // Relative URLs are resolved against the FHIR base URL. `/fhir?_getpages=b` is allowed, because its path is that of the base.
  assert.deepEqual(result.ids, ['1', '2', '3', '4'], result.error);
  assert.deepEqual(ehr.requests.map(({ url }) => url).slice(0, 2), ['/fhir/Observation?code=1', '/fhir/Page/2?_token=a']);
  assert.ok(ehr.requests.every(({ headers }) => headers.accept === 'application/fhir+json'));
});

test('pages: the next page is requested when the loop continues, and none after `break`', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Observation', page(1, 'Page?2'));
  ehr.answer('/fhir/Page', page(2, 'Page?3'), page(3));
  for await (const bundle of client.pages('Observation')) {
    assert.deepEqual(idsOf(bundle), ['1']);
    assert.equal(ehr.requests.length, 1);
    break;
  }
  assert.equal(ehr.requests.length, 1);
  const pages = client.pages(new URL(`${ehr.fhirBaseUrl}/Observation`));
  assert.deepEqual(idsOf((await pages.next()).value), ['1']);
  assert.equal((await pages.return()).done, true);
  assert.equal(ehr.requests.length, 2);
});

test('pages: a `next` link outside the FHIR base is origin_not_allowed, and no request is sent there', async (t) => {
  const { ehr, client } = await signedIn(t);
  for (const next of [`${ehr.origin}/other/Observation?2`, 'https://evil.example/fhir/Observation?2', '//evil.example/', '../Observation?2', 'javascript:1']) {
    ehr.requests.length = 0;
    ehr.answer('/fhir/Observation', page(1, next));
    const { ids, error } = await readAllPages(client.pages('Observation'));
    assert.deepEqual([ids, error?.code, ehr.requests.length], [['1'], 'origin_not_allowed', 1], next);
  }
});

test('pages: a link back to an earlier page is bundle_invalid', async (t) => {
  const { ehr, client } = await signedIn(t);
  // A link to its own page, a link to the first page in another spelling, and a cycle of two pages.
  for (const [responses, maximum] of [
    [[page(1, 'Observation?1')], 2],
    [[page(1, `${ehr.fhirBaseUrl}/Observation?1`)], 1],
    [[page(1, 'Observation?2'), page(2, 'Observation?3'), page(3, 'Observation?2')], 3],
  ]) {
    ehr.requests.length = 0;
    ehr.answer('/fhir/Observation', ...responses);
    const { error } = await readAllPages(client.pages('Observation?1'));
    assert.deepEqual([error?.code, error?.fault, error?.retryable], ['bundle_invalid', 'server', false]);
    assert.ok(ehr.requests.length <= maximum, `${ehr.requests.length} requests`);
  }
});

test('pages: returns the first `limit` pages, and ends with too_many_pages if there are more', async (t) => {
  const { ehr, client } = await signedIn(t);
  let count = 0;
  const endless = () => page(++count, `Observation?${count}`);
  ehr.answer('/fhir/Observation', endless);
  const { ids, error } = await readAllPages(client.pages('Observation', { limit: 3 }));
  assert.deepEqual([ids, error?.code, error?.fault], [['1', '2', '3'], 'too_many_pages', 'app']);
  assert.match(error.message, /3 pages/);
  // If there are exactly `limit` pages, there is no error.
  ehr.answer('/fhir/Observation', page(1, 'Observation?2'), page(2));
  assert.deepEqual(await readAllPages(client.pages('Observation', { limit: 2 })), { ids: ['1', '2'] });
  count = 0;
  ehr.answer('/fhir/Observation', endless);
  assert.deepEqual([(await readAllPages(client.pages('Observation'))).error?.code, count], ['too_many_pages', 1000]);
});

test('pages: a response that is not a Bundle, or has an invalid `entry` or `link`, is bundle_invalid', async (t) => {
  const { ehr, client } = await signedIn(t);
  const bundleWith = (members) => ({ json: { ...page(1).json, ...members } });
  const withLink = (link) => bundleWith({ link });
  const next = { relation: 'next', url: 'Observation?2' };
  for (const response of [
    { json: { resourceType: 'OperationOutcome', issue: [] } },
    { json: null },
    { json: [] },
    { status: 204 },
    withLink([{ relation: 'next' }]),
    withLink([{ relation: 'next', url: '' }]),
    withLink([{ relation: 'next', url: {} }]),
    withLink([{ relation: 'self', url: 'any' }, { ...next, url: ['Observation?2'] }]),
    withLink([{ ...next, relation: ['next'] }]),
    withLink([[next]]),
    ...[next, { next }, { 0: next, length: 1 }, 'next', 1, true, {}, [null], [1], ['next'], [{}]].map(withLink),
    ...[{}, { resource: {} }, { 0: {}, length: 1 }, 'entry', 0, true].map((entry) => bundleWith({ entry })),
  ]) {
    ehr.answer('/fhir/Observation', response);
    const { ids, error } = await readAllPages(client.pages('Observation'));
    assert.deepEqual([ids, error?.code], [[], 'bundle_invalid'], JSON.stringify(response));
  }
  for (const link of [undefined, null, [], [{ relation: 'self' }], [{ relation: 'previous', url: 1 }]]) {
    ehr.answer('/fhir/Observation', withLink(link));
    assert.deepEqual(await readAllPages(client.pages('Observation')), { ids: ['1'] }, JSON.stringify(link));
  }
  for (const entry of [undefined, null, []]) {
    ehr.answer('/fhir/Observation', bundleWith({ entry }));
    const pages = [];
    for await (const page of client.pages('Observation')) pages.push(page.entry);
    assert.deepEqual(pages, [entry]);
  }
});

test('pages: a failed request ends the loop with its error; a new loop starts at the first page', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Observation', page(1, 'Page'));
  ehr.answer('/fhir/Page', { status: 410, json: { resourceType: 'OperationOutcome', issue: [] } }, { body: '<html>' }, page(2));
  const firstRead = await readAllPages(client.pages('Observation'));
  assert.deepEqual([firstRead.ids, firstRead.error.status, firstRead.error.operationOutcome?.resourceType], [['1'], 410, 'OperationOutcome']);
  assert.equal((await readAllPages(client.pages('Observation'))).error.code, 'json_invalid');
  assert.deepEqual(await readAllPages(client.pages('Observation')), { ids: ['1', '2'] });
});

test('pages: a token that expires between two pages is refreshed', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Observation', page(1, 'Page'));
  ehr.answer('/fhir/Page', ({ headers }) => (headers.authorization === 'Bearer canary-access-1' ? { status: 401 } : page(2)));
  assert.deepEqual(await readAllPages(client.pages('Observation')), { ids: ['1', '2'] });
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('pages: after a sign-out, or another sign-in, the loop ends with signed_out and sends nothing', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Observation', page(1, 'Page'));
  ehr.answer('/fhir/Page', page(2));
  for (const change of [() => signIn(client), () => client.logout()]) {
    const pages = client.pages('Observation');
    await pages.next();
    await change();
    await assert.rejects(pages.next(), { code: 'signed_out' });
    assert.equal(ehr.requestsTo('/fhir/Page').length, 0);
    assert.equal((await pages.next()).done, true);
  }
});

test('pages: a page that arrives after another sign-in is not returned', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Observation', page(1, 'Page'));
  const held = ehr.hold('/fhir/Page', () => page(2));
  const pages = client.pages('Observation');
  await pages.next();
  const secondPage = pages.next();
  secondPage.catch(() => {});
  await held.arrived;
  await signIn(client);
  held.release();
  await assert.rejects(secondPage, { code: 'signed_out' });
});

test('pages: a loop that begins before ready() has completed waits for the session', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const pendingSignIn = signIn(client);
  ehr.answer('/fhir/Observation', page(1, 'Page'));
  ehr.answer('/fhir/Page', page(2));
  await new Promise((resolve) => client.subscribe(() => client.getState().activity === 'signing-in' && resolve(undefined)));
  const pages = client.pages('Observation');
  await Promise.all([pages.next(), pendingSignIn]);
  assert.deepEqual(idsOf((await pages.next()).value), ['2']);
  await assert.rejects(createSmartClient(ehr.options()).pages('Observation').next(), { code: 'signed_out' });
});

test('pages: a loop that has waited for the session ends with signed_out when another session replaces it', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const heldPage = ehr.hold('/fhir/Observation', () => page(1, 'Page'));
  ehr.answer('/fhir/Page', page(2));
  const request = await client.authorize({ navigate: false });
  const pendingSignIn = client.ready({ callback: callbackOf(request) });
  const loop = readAllPages(client.pages('Observation'));
  await Promise.all([heldPage.arrived, pendingSignIn]);
  await signIn(client);
  heldPage.release();
  const { ids, error } = await loop;
  assert.deepEqual([ids, error?.code], [[], 'signed_out']);
  assert.equal(ehr.requestsTo('/fhir/Page').length, 0);
});

test('a call during another sign-in is signed_out, and a write is not sent', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Observation', { status: 201 });
  const request = await client.authorize({ navigate: false });
  const heldToken = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const pendingSignIn = client.ready({ callback: callbackOf(request) });
  await heldToken.arrived;
  const pendingCreate = client.create(OBSERVATION);
  const pages = client.pages('Observation').next();
  for (const call of [pendingCreate, pages]) call.catch(() => {});
  heldToken.release();
  await pendingSignIn;
  for (const call of [pendingCreate, pages]) await assert.rejects(call, { name: 'SmartError', code: 'signed_out' });
  assert.equal(ehr.requestsTo('/fhir/Observation').length, 0);
  assert.equal((await client.create(OBSERVATION)).status, 201);
});

test('pages: invalid options are config_invalid', async (t) => {
  const { ehr, client } = await signedIn(t);
  const throwing = { get limit() { throw new RangeError('mine'); } };
  for (const options of [{ limit: 0 }, { limit: NaN }, { limit: -1 }, { limit: 'all' }, null, throwing, { signal: {} }]) {
    await assert.rejects(client.pages('Observation', options).next(), { name: 'SmartError', code: 'config_invalid' });
  }
  await assert.rejects(client.pages({ toString() { throw new RangeError('mine'); } }).next(), { code: 'config_invalid' });
  assert.equal(ehr.requests.length, 0);
});

const OBSERVATION = { resourceType: 'Observation', status: 'final', code: { text: 'Pain' } };
const storedObservation = (id, versionId) => ({ ...OBSERVATION, id, meta: { versionId } });

test('create: posts the resource to its type, and returns the stored resource', async (t) => {
  const { ehr, client, lastRequest } = await signedIn(t);
  ehr.answer('/fhir/Observation', { status: 201, json: storedObservation('7', '1'), headers: { etag: 'W/"1"' } });
  const result = await client.create(OBSERVATION);
  assert.deepEqual(result, { status: 201, id: '7', versionId: '1', resource: storedObservation('7', '1'), operationOutcome: null });
  const { method, body, headers } = lastRequest();
  assert.deepEqual([method, JSON.parse(body), headers['content-type']], ['POST', OBSERVATION, 'application/fhir+json']);
  // If the server does not permit these headers (CORS), a browser does not send the request.
  for (const name of ['prefer', 'if-none-exist', 'if-match']) assert.equal(headers[name], undefined, name);
});

test('create: without a body in the response, id and version are from Location and ETag', async (t) => {
  const { ehr, client } = await signedIn(t);
  const base = ehr.fhirBaseUrl;
  for (const [headers, id, versionId] of [
    [{ location: `${base}/Observation/7/_history/3` }, '7', '3'],
    [{ location: `${base}/Observation/7/_history/3`, etag: 'W/"4"' }, '7', '4'],
    [{ location: 'Observation/7' }, '7', null],
    [{ location: '/fhir/Observation/a-B.9' }, 'a-B.9', null],
    [{ etag: '"5"' }, null, '5'],
    [{ location: 'Observation/7', etag: 'W/"a", W/"b"' }, '7', null],
    [{ location: `${base}/Patient/8` }, null, null],
    [{ location: `${base}/Observation?7`, etag: 'nothing' }, null, null],
    [{}, null, null],
  ]) {
    ehr.answer('/fhir/Observation', { status: 201, headers });
    const expected = { status: 201, id, versionId, resource: null, operationOutcome: null };
    assert.deepEqual(await client.create(OBSERVATION), expected, JSON.stringify(headers));
  }
});

test('create: sends If-None-Exist and Prefer, and returns an OperationOutcome in place of the resource', async (t) => {
  const { ehr, client, lastRequest } = await signedIn(t);
  const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational' }] };
  ehr.answer('/fhir/Observation', { status: 200, json: outcome, headers: { location: 'Observation/7/_history/2' } });
  const ifNoneExist = 'identifier=https://app.example/ids|42&_format=json';
  const result = await client.create(OBSERVATION, { ifNoneExist, prefer: 'OperationOutcome' });
  assert.deepEqual(result, { status: 200, id: '7', versionId: '2', resource: null, operationOutcome: outcome });
  assert.equal(lastRequest().headers['if-none-exist'], ifNoneExist);
  assert.equal(lastRequest().headers.prefer, 'return=OperationOutcome');
});

test('create and patch are sent once, also after a 401; update and delete are sent again with a new token', async (t) => {
  for (const [call, count] of [
    [(client) => client.create(OBSERVATION), 1],
    [(client) => client.patch('Observation/7', []), 1],
    [(client) => client.update(storedObservation('7', '1')), 2],
    [(client) => client.delete('Observation/7'), 2],
  ]) {
    const { ehr, client } = await signedIn(t);
    for (const path of ['Observation', 'Observation/7']) {
      ehr.answer(`/fhir/${path}`, { status: 401 }, { json: storedObservation('7', '2') });
    }
    const result = await call(client).catch((error) => error);
    const sentRequests = ehr.requests.filter(({ path }) => path.startsWith('/fhir/Observation'));
    assert.deepEqual([sentRequests.length, result.status], [count, count === 1 ? 401 : 200], String(call));
    assert.equal(await client.getAccessToken(), 'canary-access-2');
  }
});

test('update: sends PUT with If-Match of the version that was read, unless `ifMatch` is set', async (t) => {
  const { ehr, client, lastRequest } = await signedIn(t);
  ehr.answer('/fhir/Observation/7', { json: storedObservation('7', '4') });
  const { meta: _, ...unversioned } = storedObservation('7', '3');
  for (const [resource, options, expected] of [
    [storedObservation('7', '3'), undefined, 'W/"3"'],
    [storedObservation('7', '3'), { ifMatch: '2' }, 'W/"2"'],
    [storedObservation('7', '3'), { ifMatch: false }, undefined],
    [unversioned, undefined, undefined],
    [unversioned, { ifMatch: 'v-1.0' }, 'W/"v-1.0"'],
  ]) {
    const result = await client.update(resource, options);
    const stored = storedObservation('7', '4');
    assert.deepEqual(result, { status: 200, id: '7', versionId: '4', resource: stored, operationOutcome: null });
    const { method, headers, body } = lastRequest();
    assert.deepEqual([method, headers['if-match'], JSON.parse(body)], ['PUT', expected, resource]);
  }
  await assert.rejects(client.update(unversioned, { ifMatch: '' }), { code: 'config_invalid' });
  await client.update(unversioned, { prefer: 'minimal' });
  assert.equal(lastRequest().headers.prefer, 'return=minimal');
});

test('update, patch, delete: 412 or 409, because the resource has changed, is http_status with the OperationOutcome', async (t) => {
  const { ehr, client } = await signedIn(t);
  const operationOutcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'conflict' }] };
  for (const status of [412, 409]) {
    ehr.answer('/fhir/Observation/7', { status, json: operationOutcome });
    const expected = { code: 'http_status', status, retryable: false, operationOutcome };
    await assert.rejects(client.update(storedObservation('7', '3')), expected);
    await assert.rejects(client.patch('Observation/7', [], { ifMatch: '3' }), { status, operationOutcome });
    await assert.rejects(client.delete('Observation/7'), { status, operationOutcome });
  }
});

test('update and patch: another resource in the response is not returned as the stored resource', async (t) => {
  const { ehr, client } = await signedIn(t);
  for (const json of [storedObservation('8', '1'), { resourceType: 'Patient', id: '7' }, 'text', [], { id: '7' }]) {
    ehr.answer('/fhir/Observation/7', { json, headers: { etag: 'W/"9"' } });
    const expected = { status: 200, id: '7', versionId: '9', resource: null, operationOutcome: null };
    assert.deepEqual(await client.update(storedObservation('7', '8')), expected, JSON.stringify(json));
    assert.deepEqual(await client.patch('Observation/7', []), expected, JSON.stringify(json));
  }
});

test('patch: sends PATCH with a JSON Patch', async (t) => {
  const { ehr, client, lastRequest } = await signedIn(t);
  ehr.answer('/fhir/Observation/7', { json: storedObservation('7', '4') });
  const operations = [{ op: 'replace', path: '/status', value: 'amended' }];
  for (const [options, expected] of [[undefined, undefined], [{ ifMatch: '3', prefer: 'representation' }, 'W/"3"']]) {
    assert.equal((await client.patch(`${ehr.fhirBaseUrl}/Observation/7`, operations, options)).resource.id, '7');
    const { method, headers, body } = lastRequest();
    assert.deepEqual([method, headers['content-type']], ['PATCH', 'application/json-patch+json']);
    assert.deepEqual([headers['if-match'], JSON.parse(body)], [expected, operations]);
  }
});

test('delete: sends DELETE for one resource', async (t) => {
  const { ehr, client, lastRequest } = await signedIn(t);
  ehr.answer('/fhir/Observation/7', { status: 204 });
  const expected = { status: 204, id: '7', versionId: null, resource: null, operationOutcome: null };
  assert.deepEqual(await client.delete('Observation/7'), expected);
  assert.deepEqual(await client.delete(new URL(`${ehr.fhirBaseUrl}/Observation/7`)), expected);
  assert.deepEqual([lastRequest().method, lastRequest().body, lastRequest().headers['if-match']], ['DELETE', '', undefined]);
  await client.delete('Observation/7', { ifMatch: '3' });
  assert.equal(lastRequest().headers['if-match'], 'W/"3"');
});

test('a reference that does not name one resource, or an invalid option, is config_invalid before anything is sent', async (t) => {
  const { ehr, client } = await signedIn(t);
  const references = [
    ...['', 'Observation', 'Observation/', 'Observation?code=1', 'Observation/?code=1', 'Observation/7?x', 'Observation/7#x'],
    ...['Observation/..', 'Observation/.', 'Observation/7/', 'Observation/%2e%2e', 'Observation/7/_history/1', 'observation/7'],
    ...['../other/Observation/7', 'Observation/../Patient/1', 'Observation/Patient/1', '/fhir/Patient/1', '//evil.example/Patient/1'],
    ...['Observation/a b', 'Observation/ü', `Observation/${'1'.repeat(65)}`, 'urn:uuid:1', undefined, null, {}, 7],
  ];
  for (const reference of references) {
    await assert.rejects(client.delete(reference), { code: 'config_invalid' }, String(reference));
    await assert.rejects(client.patch(reference, []), { code: 'config_invalid' }, String(reference));
  }
  for (const resource of [undefined, null, {}, { resourceType: 'Observation?x' }, { resourceType: '../Patient' }, { resourceType: 1 }]) {
    await assert.rejects(client.create(resource), { code: 'config_invalid' }, JSON.stringify(resource));
    await assert.rejects(client.update({ id: '7', ...resource }), { code: 'config_invalid' }, JSON.stringify(resource));
  }
  for (const id of [undefined, null, '', '..', 'a/b', 'a?b', 'Patient/1', '../Patient/1', 'https://evil.example/Patient/1']) {
    await assert.rejects(client.update({ resourceType: 'Observation', id }), { code: 'config_invalid' }, id);
  }
  for (const options of [{ ifMatch: '' }, { ifMatch: '"' }, { ifMatch: 'a\r\nb' }, { prefer: 'ü€' }]) {
    await assert.rejects(client.patch('Observation/7', [], options), { code: 'config_invalid' }, JSON.stringify(options));
  }
  for (const operations of [undefined, null, {}, 'text']) {
    await assert.rejects(client.patch('Observation/7', operations), { code: 'config_invalid' });
  }
  for (const ifNoneExist of ['', '?identifier=1', 'identifier', 'a\nb=1', 'näme=€']) {
    await assert.rejects(client.create(OBSERVATION, { ifNoneExist }), { code: 'config_invalid' }, ifNoneExist);
  }
  assert.equal(ehr.requests.length, 0);
  await assert.rejects(client.delete('https://evil.example/fhir/Observation/7'), { code: 'origin_not_allowed' });
  await assert.rejects(client.patch(`${ehr.fhirBaseUrl}/../other/Observation/7`, []), { code: 'origin_not_allowed' });
  assert.equal(ehr.requests.length, 0);
});

test('a write whose response is not JSON is json_invalid; the status shows that the server has accepted the write', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Observation', { status: 201, body: '<html>', headers: { 'content-type': 'text/html' } });
  await assert.rejects(client.create(OBSERVATION), { code: 'json_invalid', status: 201 });
});

test('session.user(): reads the resource of fhirUser', async (t) => {
  const { ehr, session, lastRequest } = await signedIn(t);
  ehr.answer('/fhir/Practitioner/amara', { json: { resourceType: 'Practitioner', id: 'amara' } });
  assert.deepEqual(await session.user(), { resourceType: 'Practitioner', id: 'amara' });
  assert.equal(lastRequest().url, '/fhir/Practitioner/amara');
  assert.ok(!Object.keys(session).includes('user'), '`user` is not enumerable');
  ehr.answer('/fhir/Practitioner/amara', { status: 403 });
  await assert.rejects(session.user(), { code: 'http_status', status: 403 });
  await assert.rejects(session.user({ signal: AbortSignal.abort() }), { code: 'aborted' });
});

test('session.user(): config_invalid without fhirUser, origin_not_allowed if fhirUser is at another server', async (t) => {
  for (const [fhirUser, code] of [[undefined, 'config_invalid'], ['https://other.example/fhir/Person/1', 'origin_not_allowed']]) {
    const { ehr, session } = await signedIn(t, { idToken: { fhirUser } });
    await assert.rejects(session.user(), { code });
    assert.equal(ehr.requests.length, 0);
  }
});

test('session.user(): works after a refresh; after another sign-in or a sign-out it is signed_out', async (t) => {
  const { ehr, client, session } = await signedIn(t);
  ehr.answer('/fhir/Practitioner/amara', { json: { resourceType: 'Practitioner', id: 'amara' } });
  const refreshed = await client.refresh();
  assert.equal((await session.user()).id, 'amara');
  assert.equal((await refreshed.user()).id, 'amara');
  const nextSession = await signIn(client);
  await assert.rejects(session.user(), { code: 'signed_out' });
  assert.equal((await nextSession.user()).id, 'amara');
  await client.logout();
  await assert.rejects(nextSession.user(), { code: 'signed_out' });
  assert.equal(ehr.requestsTo('/fhir/Practitioner/amara').length, 3);
});

test('after dispose() every call rejects', async (t) => {
  const { ehr, client, session } = await signedIn(t);
  ehr.answer('/fhir/Observation', page(1, 'Page'));
  const pages = client.pages('Observation');
  await pages.next();
  client.dispose();
  ehr.requests.length = 0;
  for (const call of [client.create(OBSERVATION), client.delete('Observation/7'), client.pages('Observation').next()]) {
    await assert.rejects(call, { code: 'aborted' });
  }
  await assert.rejects(pages.next(), { code: 'signed_out' });
  await assert.rejects(session.user(), SmartError.is);
  assert.equal(ehr.requests.length, 0);
});

/** Makes the FHIR calls of a client or session, against a server with two pages, one resource and one user. */
async function assertCalls(calls, ehr, user) {
  ehr.answer('/fhir/Observation', ({ method }) =>
    method === 'POST' ? { status: 201, json: storedObservation('7', '1') } : page(1, `${ehr.fhirBaseUrl}/Observation/Page`),
  );
  ehr.answer('/fhir/Observation/Page', page(2));
  const updated = { json: storedObservation('7', '2') };
  ehr.answer('/fhir/Observation/7', ({ method }) => (method === 'DELETE' ? { status: 204 } : updated));
  ehr.answer('/fhir/Practitioner/amara', { json: { resourceType: 'Practitioner', id: 'amara' } });
  assert.deepEqual(await readAllPages(calls.pages('Observation')), { ids: ['1', '2'] });
  assert.deepEqual(await calls.create(OBSERVATION), {
    status: 201,
    id: '7',
    versionId: '1',
    resource: storedObservation('7', '1'),
    operationOutcome: null,
  });
  assert.equal((await calls.update(storedObservation('7', '1'), { prefer: 'representation' })).versionId, '2');
  const { headers } = ehr.requests.at(-1);
  assert.deepEqual([headers['if-match'], headers.prefer], ['W/"1"', 'return=representation']);
  assert.equal((await calls.patch('Observation/7', [])).resource.id, '7');
  assert.equal((await calls.delete('Observation/7')).status, 204);
  await assert.rejects(calls.delete('Observation'), { name: 'SmartError', code: 'config_invalid' });
  await assert.rejects(calls.pages('https://evil.example/').next(), { name: 'SmartError', code: 'origin_not_allowed' });
  ehr.answer('/fhir/Observation', { status: 422, json: { resourceType: 'OperationOutcome', issue: [] } });
  await assert.rejects(calls.create(OBSERVATION), { code: 'http_status', status: 422 });
  if (user) assert.equal((await user()).id, 'amara');
}

test('createIsolatedSmartClient: the FHIR calls work, and reject with signed_out after a sign-out', async (t) => {
  const app = await openIsolated(t);
  const session = await app.signIn();
  await assertCalls(app.client, app.ehr, () => session.user());
  await app.client.refresh();
  assert.equal((await session.user()).id, 'amara');
  assert.equal((await app.client.getState().session.user()).id, 'amara');
  const pages = app.client.pages('Observation/Page');
  app.ehr.answer('/fhir/Observation/Page', page(1, 'Page'));
  await pages.next();
  await app.client.logout();
  await assert.rejects(pages.next(), { code: 'signed_out' });
  await assert.rejects(session.user(), { code: 'signed_out' });
});

test('createIsolatedSmartClient: a listener may read the user as soon as there is a session', async (t) => {
  const app = await openIsolated(t);
  app.ehr.answer('/fhir/Practitioner/amara', { json: { resourceType: 'Practitioner', id: 'amara' } });
  await app.openCallback();
  const user = new Promise((resolve) => {
    const stop = app.client.subscribe(() => {
      const { session } = app.client.getState();
      if (!session) return;
      stop();
      resolve(session.user());
    });
  });
  user.catch(() => {});
  await app.client.ready();
  assert.equal((await user).id, 'amara');
});

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

test('createSmartServer: the FHIR calls of a session work', async (t) => {
  const { ehr, smart } = await startApp(t, { scope: SCOPE_OPENID }, { idToken: {}, tokens: { scope: SCOPE_OPENID } });
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const session = await smart.session(browser.requestOf(`/chart?smart_session=${id}`));
  await assertCalls(session, ehr, () => session.user());
  assert.ok(!Object.keys(session).some((name) => ['pages', 'create', 'user'].includes(name)), 'the calls are not enumerable');
});

test('createServerSessionClient: the FHIR calls work, and reject with signed_out after a sign-out', async (t) => {
  const options = { scope: SCOPE_OPENID, proxy: { methods: METHODS } };
  const pages = await startPages(t, options, { idToken: {}, tokens: { scope: SCOPE_OPENID } });
  const { location } = await pages.browser.signIn();
  const { smart } = await pages.open(pages.tab(), location.href);
  const session = await smart.ready();
  await assertCalls(smart, pages.ehr, () => session.user());
  pages.ehr.answer('/fhir/Observation', page(1, `${pages.ehr.fhirBaseUrl}/Observation/Page`));
  const loop = smart.pages('Observation');
  await loop.next();
  await smart.logout();
  await assert.rejects(loop.next(), { code: 'signed_out' });
  await assert.rejects(session.user(), { code: 'signed_out' });
});

test('createBackendClient: the FHIR calls work', async (t) => {
  const ehr = await startEhr(t, { configuration: { grant_types_supported: ['client_credentials'], capabilities: ['client-confidential-asymmetric'] } });
  const { clientId, fhirBaseUrl, allowInsecureLoopback } = ehr.options();
  const clientAuth = { key: pemOf('ES384'), keyId: 'k' };
  await assertCalls(createBackendClient({ clientId, fhirBaseUrl, allowInsecureLoopback, scope: 'system/*.cruds', clientAuth }), ehr);
});

test('createFakeSmartClient: the FHIR calls return `resources`, and reject with signed_out after another sign-in', async () => {
  const requests = [];
  const responses = {
    'GET /r4/Observation': () => page(1, 'https://fhir.example/r4/Page').json,
    'GET /r4/Page': () => page(2).json,
    'GET /r4/Practitioner/amara': () => ({ resourceType: 'Practitioner', id: 'amara' }),
    'POST /r4/Observation': () => Response.json(storedObservation('7', '1'), { status: 201 }),
    'DELETE /r4/Observation/7': () => new Response(null, { status: 204 }),
  };
  const smart = createFakeSmartClient({
    session: { fhirUser: 'https://fhir.example/r4/Practitioner/amara' },
    resources({ method, url }) {
      requests.push(method);
      return responses[`${method} ${new URL(url).pathname}`]?.();
    },
  });
  const session = await smart.ready();
  assert.deepEqual(await readAllPages(smart.pages('Observation')), { ids: ['1', '2'] });
  assert.equal((await smart.create(OBSERVATION)).id, '7');
  assert.equal((await smart.delete('Observation/7')).status, 204);
  await assert.rejects(smart.update(storedObservation('9', '1')), { code: 'http_status', status: 404 });
  assert.equal((await session.user()).id, 'amara');
  await smart.refresh();
  assert.equal((await session.user()).id, 'amara');

  const pages = smart.pages('Observation');
  await pages.next();
  smart.signIn({ patient: 'another' });
  requests.length = 0;
  await assert.rejects(pages.next(), { code: 'signed_out' });
  await assert.rejects(session.user(), { code: 'signed_out' });
  await assert.rejects(smart.getState().session.user(), { code: 'config_invalid' });
  assert.deepEqual(requests, []);
  smart.dispose();
  await assert.rejects(smart.pages('Observation').next(), { code: 'aborted' });
});

test('create: a call after a sign-out is not sent with the token of a sign-in that is in progress', async (t) => {
  const { ehr, client } = await signedIn(t);
  await client.logout();
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const heldToken = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const pendingSignIn = client.ready({ callback });
  await heldToken.arrived;
  const pendingCreate = client.create({ resourceType: 'Observation' });
  pendingCreate.catch(() => {});
  heldToken.release();
  await pendingSignIn;
  await assert.rejects(pendingCreate, { code: 'signed_out' });
  assert.equal(ehr.requestsTo('/fhir/Observation').length, 0);
});
