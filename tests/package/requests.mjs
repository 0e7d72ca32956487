// Arguments of `fetch`, created for each call, and checks of the requests that are sent.

import assert from 'node:assert/strict';
import { required } from './required.mjs';

/**
 * @typedef {[input: string | URL | Request, init?: SmartFetchInit]} Input of `fetch`
 * @typedef {(url: string) => Input} CreateArguments
 * @typedef {(url: string) => unknown[] | Promise<unknown[]>} CreateAnyArguments
 * @typedef {import('smart-launch').SmartFetchInit} SmartFetchInit
 * @typedef {import('smart-launch').SmartError} SmartError
 */

export const stream = () => new Blob(['{"a":1}']).stream();
export const put = { method: 'PUT', body: '{"a":1}', headers: { 'content-type': 'application/fhir+json', 'x-more': 'yes' } };

/**
 * The DOM's types have no `duplex` yet.
 *
 * @param {string} method
 * @returns {RequestInit}
 */
const streamingInit = (method) => Object.assign({ method, body: stream() }, { duplex: 'half' });

/** Two headers of a name. @param {string} name @returns {[string, string][]} */
const twice = (name) => [
  [name, 'a'],
  [name, 'b'],
];

/** Valid arguments. @type {Record<string, CreateArguments>} */
export const CALLS = {
  'text and init': (url) => [url, put],
  'URL and init': (url) => [new URL(url), put],
  'headers of the same name': (url) => [url, { headers: ['x-more', 'set-cookie'].flatMap(twice) }],
  'members that are undefined': (url) => [url, { method: undefined, headers: undefined, body: undefined, signal: undefined }],
  Request: (url) => [new Request(url, put)],
  'Request that posts': (url) => [new Request(url, { ...put, method: 'POST' })],
  'Request that deletes': (url) => [new Request(url, { method: 'DELETE' })],
  'Request with a form': (url) => [new Request(url, { method: 'POST', body: new URLSearchParams({ name: 'a b' }) })],
  'Request that streams': (url) => [new Request(url, streamingInit('POST'))],
  'Request that streams, idempotent': (url) => [new Request(url, streamingInit('PUT'))],
  'Request and members that are undefined': (url) => [
    new Request(url, put),
    { method: undefined, headers: undefined, body: undefined, signal: undefined },
  ],
  'Request and another body': (url) => [new Request(url, put), { body: 'other' }],
  'Request and body null': (url) => [new Request(url, put), { body: null }],
  'Request and another method': (url) => [new Request(url, put), { method: 'POST' }],
  'Request and other headers': (url) => [new Request(url, put), { headers: { 'x-other': 'yes' } }],
  'used Request and another body': (url) => {
    const request = new Request(url, put);
    void request.text();
    return [request, { body: 'other' }];
  },
  'stream in init': (url) => [url, streamingInit('POST')],
  'bytes in init': (url) => [url, { method: 'POST', body: new TextEncoder().encode('é') }],
  'Blob in init': (url) => [url, { method: 'POST', body: new Blob(['a'], { type: 'image/png' }) }],
  'cache, which the platform sends as headers': (url) => [new Request(url, { cache: 'no-cache' })],
};

/** @type {Record<string, unknown>} */
export const cyclic = {};
cyclic.self = cyclic;
/** @param {Request} request */
const withUsedBody = (request) => {
  void request.text();
  return request;
};
const partlyReadStream = async () => {
  const body = stream();
  const reader = body.getReader();
  await reader.read();
  reader.releaseLock();
  return body;
};

/** Invalid arguments. @type {Record<string, CreateAnyArguments>} */
export const REFUSED = {
  'invalid header name': (url) => [url, { headers: { 'a b': 'x' } }],
  'invalid header value': (url) => [url, { headers: { a: 'x\ny' } }],
  'headers null': (url) => [url, { headers: null }],
  'invalid method': (url) => [url, { method: 'A B' }],
  'method that is forbidden': (url) => [url, { method: 'TRACE' }],
  'method that is not a string': (url) => [url, { method: Symbol('GET') }],
  'GET with a body': (url) => [url, { body: 'a' }],
  'HEAD with a body': (url) => [url, { method: 'HEAD', body: 'a' }],
  'GET of a Request with a body': (url) => [new Request(url, put), { method: 'GET' }],
  'used Request': (url) => [withUsedBody(new Request(url, put))],
  'stream that is locked': (url) => {
    const body = stream();
    body.getReader();
    return [url, { method: 'POST', body, duplex: 'half' }];
  },
  'stream that was read': async (url) => [url, { method: 'POST', body: await partlyReadStream(), duplex: 'half' }],
  'stream without duplex': (url) => [url, { method: 'POST', body: stream() }],
  'init null': (url) => [url, null],
  'init that is text': (url) => [url, 'POST'],
  'input null': () => [null],
  'input undefined': () => [undefined],
  'input that is a number': () => [7],
  'input that is an object': () => [{ url: 'Patient' }],
  'input that is a symbol': () => [Symbol('Patient')],
  'input without a prototype': () => [Object.create(null)],
  'invalid cache': (url) => [url, { cache: 'x' }],
  'invalid mode': (url) => [url, { mode: 'navigate' }],
  'invalid redirect': (url) => [url, { redirect: 'x' }],
  'signal that is an empty object': (url) => [url, { signal: {} }],
  'signal that is text': (url) => [url, { signal: 'x' }],
};

/**
 * Asserts that the client sends the same as the platform's fetch, plus the token.
 *
 * @param {import('./ehr.mjs').Ehr} ehr
 * @param {import('smart-launch').SmartClient} client
 * @param {CreateArguments} createArguments
 */
export async function assertSentAsPlatform(ehr, client, createArguments) {
  const url = `${ehr.fhirBaseUrl}/Patient`;
  const [input, init] = createArguments(url);
  await fetch(input, init);
  await client.fetch(...createArguments(url));
  const [platformRequest, clientRequest] = ehr.requests.slice(-2).map(required);
  const { authorization, ...headers } = required(clientRequest).headers;
  assert.equal(authorization, 'Bearer canary-access-1');
  for (const requestHeaders of [headers, required(platformRequest).headers]) {
    // The transport decides how a body is framed.
    delete requestHeaders['content-length'];
    delete requestHeaders['transfer-encoding'];
  }
  assert.deepEqual({ ...clientRequest, headers }, platformRequest);
}

/**
 * Asserts that members for the platform's fetch are passed on to it; defined members of init override those of the Request.
 *
 * @param {import('node:test').TestContext} test
 * @param {import('smart-launch').SmartClient} client
 * @param {string} url
 */
export async function assertMembersReach(test, client, url) {
  /** @satisfies {SmartFetchInit} */
  const allMembers = {
    cache: 'no-store',
    credentials: 'omit',
    keepalive: true,
    mode: 'same-origin',
    integrity: 'sha256-abc',
    referrerPolicy: 'no-referrer',
    priority: 'low',
  };
  const { priority, ...readable } = allMembers;
  /** @param {string | URL | Request} input @param {RequestInit} [init] */
  const respond = async (input, init) => (void [input, init], new Response('{}'));
  const platform = test.mock.method(globalThis, 'fetch', respond);
  const sentRequest = () => {
    const [input, init] = required(platform.mock.calls.at(-1)).arguments;
    const request = new Request(required(input), init);
    assert.equal(request.redirect, 'manual');
    assert.equal(request.headers.get('authorization'), 'Bearer canary-access-1');
    return Object.fromEntries(Object.keys(readable).map((name) => [name, Reflect.get(request, name)]));
  };
  for (const method of ['GET', 'POST', 'PUT']) {
    const body = method === 'GET' ? undefined : 'a';
    await client.fetch(new Request(url, { ...allMembers, method, body }));
    assert.deepEqual(sentRequest(), readable, method);
    await client.fetch(new Request(url, { ...allMembers, method, body }), { cache: 'reload', credentials: undefined });
    assert.deepEqual(sentRequest(), { ...readable, cache: 'reload' }, method);
  }
  await client.fetch(url, { ...allMembers, keepalive: undefined });
  assert.deepEqual(sentRequest(), { ...readable, keepalive: false });
  platform.mock.restore();
}

/** Asserts that an error is config_invalid. @param {unknown} error */
export const isRefused = (error) => {
  const { name, code, message, retryable } = /** @type {SmartError} */ (error);
  assert.equal(name, 'SmartError');
  assert.equal(code, 'config_invalid', `${code}: ${message}`);
  assert.equal(retryable, false);
  return true;
};
