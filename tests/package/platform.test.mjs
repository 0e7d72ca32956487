// fetch sends the same as the platform's fetch, plus the token. fetch and request refuse invalid arguments before sending.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { openIsolated } from './isolated.mjs';
import { assertMembersReach, assertSentAsPlatform, CALLS, cyclic, isRefused, put, REFUSED } from './requests.mjs';
import { signIn } from './sign-in.mjs';

async function openSignedIn(test) {
  const ehr = await startEhr(test);
  const client = createSmartClient(ehr.options());
  await signIn(client);
  ehr.answer('/fhir/Patient', { json: {} });
  ehr.requests.length = 0;
  return { ehr, client, url: `${ehr.fhirBaseUrl}/Patient` };
}

for (const [description, createArguments] of Object.entries(CALLS)) {
  test(`sends what the platform's fetch sends: ${description}`, async (t) => {
    const { ehr, client } = await openSignedIn(t);
    await assertSentAsPlatform(ehr, client, createArguments);
  });
}

test('members of a Request reach the platform, and defined members of init override them', async (t) => {
  const { client, url } = await openSignedIn(t);
  await assertMembersReach(t, client, url);
});

test('redirect option of a Request is respected', async (t) => {
  const { ehr, client, url } = await openSignedIn(t);
  ehr.answer('/fhir/Patient', { redirect: '/fhir/Patient/zoe' });
  assert.equal((await client.fetch(new Request(url, { redirect: 'manual' }))).status, 302);
  await assert.rejects(client.fetch(new Request(url)), { code: 'redirected' });
  await assert.rejects(client.fetch(new Request(url, { redirect: 'error' })), { code: 'redirected' });
  assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 0);
});

for (const [description, createArguments] of Object.entries(REFUSED)) {
  test(`refused before sending: ${description}`, async (t) => {
    const { ehr, client, url } = await openSignedIn(t);
    await assert.rejects(client.fetch(...(await createArguments(url))), isRefused);
    await assert.rejects(client.request(...(await createArguments(url))), isRefused);
    assert.equal(ehr.requests.length, 0);
    assert.equal(client.getState().status, 'authenticated');
  });
}

test('refused before sending: body that cannot be JSON', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  for (const body of [cyclic, [cyclic], { n: 1n }]) {
    await assert.rejects(client.request('Patient', { method: 'POST', body }), isRefused);
  }
  assert.equal(ehr.requests.length, 0);
});

test('query is sent encoded, also with characters that are invalid in URLs', async (t) => {
  const { ehr, client, url } = await openSignedIn(t);
  for (const query of ['name=Smith\\,John', 'name="a"', "name='a'", 'name=é', 'name=a b', 'name=\ud800x', 'a=%5C\\']) {
    for (const input of [`Patient?${query}`, `${url}?${query}`, new URL(`${url}?${query}`), new Request(`${url}?${query}`)]) {
      await client.fetch(input);
      const { url: sentUrl } = ehr.requests.at(-1);
      assert.equal(sentUrl, `/fhir${new URL(`${url}?${query}`).href.replaceAll('\\', '%5C').split('/fhir')[1]}`);
    }
  }
  const search = new Request(`${url}?name=a\\,b`, { method: 'POST', body: 'kept' });
  await client.fetch(search);
  assert.equal(ehr.requests.at(-1).body, 'kept');
});

test('path or host with characters that are invalid in URLs is origin_not_allowed', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  for (const character of ['\\', '"', "'", 'é', ' ', '\ud800']) {
    for (const input of [`Patient/a${character}b`, `${ehr.origin}${character}/fhir/Patient`, `${character}Patient?name=x`]) {
      await assert.rejects(client.fetch(input), { code: 'origin_not_allowed', retryable: false }, input);
    }
  }
  assert.equal(ehr.requests.length, 0);
});

test('array in a PATCH is sent as JSON Patch, Parameters as FHIR', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  for (const [method, body, type] of [
    ['PATCH', [{ op: 'remove', path: '/active' }], 'application/json-patch+json'],
    ['patch', [], 'application/json-patch+json'],
    ['PATCH', { resourceType: 'Parameters' }, 'application/fhir+json'],
    ['POST', [], 'application/fhir+json'],
  ]) {
    await client.request('Patient', { method, body });
    assert.equal(ehr.requests.at(-1).headers['content-type'], type);
    assert.equal(ehr.requests.at(-1).method, method.toUpperCase());
  }
});

test('request takes a Request with its headers', async (t) => {
  const { ehr, client, url } = await openSignedIn(t);
  await client.request(new Request(url, put));
  const [{ headers, body }] = ehr.requests;
  assert.deepEqual([headers['x-more'], headers['content-type'], body], ['yes', 'application/fhir+json', put.body]);
});

test('`retryAfterSeconds` of the error is Retry-After, limited to the longest delay of a timer', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  for (const status of [429, 503]) {
    for (const [value, isExpected] of [
      ['7', (seconds) => seconds === 7],
      ['0', (seconds) => seconds === 0],
      ['18446744073709551616', (seconds) => seconds === 2_147_483],
      ['9'.repeat(400), (seconds) => seconds === 2_147_483],
      [date, (seconds) => seconds > 3_000 && seconds <= 3_601],
      ['soon', (seconds) => seconds === undefined],
    ]) {
      ehr.answer('/fhir/Patient', { status, headers: { 'retry-after': value } });
      await assert.rejects(client.request('Patient'), (error) => error.retryable && isExpected(error.retryAfterSeconds), value);
    }
  }
  ehr.answer('/fhir/Patient', { status: 429 });
  await assert.rejects(client.request('Patient'), (error) => !('retryAfterSeconds' in error));
});

test('error for a response that is not JSON names its content type and what to call instead', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  for (const [type, body] of [
    ['application/pdf', '%PDF-1.7'],
    ['application/fhir+xml', '<Patient/>'],
    ['text/plain;charset=utf-8', 'text'],
  ]) {
    ehr.answer('/fhir/Patient', { headers: { 'content-type': type }, body });
    await assert.rejects(client.request('Patient'), {
      code: 'json_invalid',
      message: `the response is not JSON, but ${type.split(';')[0]}`,
      hint: /fetch/,
    });
  }
  ehr.answer('/fhir/Patient', { headers: { 'content-type': 'application/fhir+json' }, body: '{"a":' });
  await assert.rejects(client.request('Patient'), { code: 'json_invalid', hint: /truncated/ });
});

test('isolated: the same requests are sent, and the same arguments are refused', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  const { ehr, client } = app;
  const url = `${ehr.fhirBaseUrl}/Patient`;
  ehr.answer('/fhir/Patient', { json: {} });
  ehr.requests.length = 0;
  const summary = ({ method, url: address, body, headers }) => [method, address, body, headers['content-type'], headers['x-more']];
  for (const [description, createArguments] of Object.entries(CALLS)) {
    ehr.requests.length = 0;
    await fetch(...createArguments(url));
    await client.fetch(...createArguments(url));
    assert.deepEqual(summary(ehr.requests[1]), summary(ehr.requests[0]), description);
  }
  ehr.requests.length = 0;
  for (const [description, createArguments] of Object.entries(REFUSED)) {
    await assert.rejects(client.fetch(...(await createArguments(url))), isRefused, description);
  }
  await assert.rejects(client.request('Patient', { method: 'POST', body: cyclic }), isRefused);
  assert.equal(ehr.requests.length, 0);
  await client.fetch('Patient?name=a\\,b');
  assert.equal(ehr.requests[0].url, '/fhir/Patient?name=a%5C,b');
});

test('Retry-After is read in each date format of HTTP', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  const [day, date, month, year, time] = new Date(Date.now() + 3_600_000).toUTCString().replace(',', '').split(' ');
  const days = { Sun: 'Sunday', Mon: 'Monday', Tue: 'Tuesday', Wed: 'Wednesday', Thu: 'Thursday', Fri: 'Friday', Sat: 'Saturday' };
  for (const value of [
    `${day}, ${date} ${month} ${year} ${time} GMT`,
    `${days[day]}, ${date}-${month}-${year.slice(2)} ${time} GMT`,
    `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`,
  ]) {
    ehr.answer('/fhir/Patient', { status: 503, headers: { 'retry-after': value } });
    const { retryAfterSeconds } = await client.request('Patient').catch((error) => error);
    assert.ok(retryAfterSeconds > 3_000 && retryAfterSeconds <= 3_601, `${value}: ${retryAfterSeconds}`);
  }
});
