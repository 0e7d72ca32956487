// User-access brands (SMART App Launch 2.2, "User-access Brands and Endpoints"): loading, reading and searching bundles.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SmartError } from 'smart-launch';
import { createBrandSearch, loadBrands, readBrands } from 'smart-launch/brands';

const URL_OF_BUNDLE = 'https://vendor.example/brands.json';
const BASE = 'https://vendor.example/';

const extension = (url, members) => ({ url: `http://hl7.org/fhir/StructureDefinition/${url}`, ...members });
const endpoint = (id, members = {}, version = '4.0.1') => ({
  resourceType: 'Endpoint',
  id,
  status: 'active',
  address: `https://fhir.example/${id}`,
  name: `FHIR of ${id}`,
  connectionType: { code: 'hl7-fhir-rest' },
  contact: [{ system: 'url', value: 'https://developers.example' }],
  extension: [extension('endpoint-fhir-version', { valueCode: version })],
  ...members,
});
const portal = (name, ...endpoints) =>
  extension('organization-portal', {
    extension: [
      { url: 'portalName', valueString: name },
      { url: 'portalUrl', valueUrl: 'https://portal.example' },
      ...endpoints.map((id) => ({ url: 'portalEndpoint', valueReference: { reference: `Endpoint/${id}` } })),
    ],
  });
const logo = (url) => extension('organization-brand', { extension: [{ url: 'brandLogo', valueUrl: url }] });
const organization = (id, members = {}) => ({
  resourceType: 'Organization',
  id,
  active: true,
  name: `Name of ${id}`,
  ...members,
});
const bundle = (...resources) => ({
  resourceType: 'Bundle',
  type: 'collection',
  timestamp: '2026-11-29T20:00:00Z',
  entry: resources.map((resource) => ({ fullUrl: `${BASE}${resource.resourceType}/${resource.id}`, resource })),
});
const partOf = (id) => ({ partOf: { reference: `Organization/${id}` } });
const warningCounts = ({ warnings }) => Object.fromEntries(warnings.map(({ code, count }) => [code, count]));
const addresses = ({ endpoints }) => endpoints.map(({ fhirBaseUrl }) => fhirBaseUrl);

test('brand: every member of the profile is read', () => {
  const general = organization('general', {
    alias: ['General Health Associates'],
    identifier: [{ system: 'urn:ietf:rfc:3986', value: 'https://general.example' }],
    type: [{ coding: [{ code: 'clinical' }] }],
    telecom: [
      { system: 'phone', value: '1' },
      { system: 'url', value: 'https://general.example' },
    ],
    address: [{ line: ['1 Main St'], city: 'Boston', state: 'MA', postalCode: '02111', country: 'US' }],
    endpoint: [{ reference: 'Endpoint/r4' }],
    extension: [
      extension('organization-brand', {
        extension: [
          { url: 'brandLogo', valueUrl: 'https://general.example/logo.svg' },
          { url: 'brandLogoLicense', valueUrl: 'https://general.example/license' },
          { url: 'brandBundle', valueUrl: 'https://general.example/brands.json' },
        ],
      }),
      portal('Gateway', 'r4'),
    ],
  });
  const result = readBrands(bundle(general, endpoint('r4')));
  const r4 = {
    fhirBaseUrl: 'https://fhir.example/r4',
    name: 'FHIR of r4',
    fhirVersions: ['4.0.1'],
    developerSite: 'https://developers.example',
  };
  assert.deepEqual(result, {
    brands: [
      {
        id: `${BASE}Organization/general`,
        name: 'Name of general',
        aliases: ['General Health Associates'],
        identifiers: [{ system: 'urn:ietf:rfc:3986', value: 'https://general.example' }],
        categories: ['clinical'],
        website: 'https://general.example',
        addresses: [{ lines: ['1 Main St'], city: 'Boston', state: 'MA', postalCode: '02111', country: 'US' }],
        logo: 'https://general.example/logo.svg',
        logoLicense: 'https://general.example/license',
        bundle: 'https://general.example/brands.json',
        portals: [{ name: 'Gateway', url: 'https://portal.example', endpoints: [r4] }],
        endpoints: [r4],
      },
    ],
    timestamp: '2026-11-29T20:00:00Z',
    warnings: [],
  });
});

test('partOf: a brand without a logo, portals or endpoints has those of its parent', () => {
  const { brands, warnings } = readBrands(
    bundle(
      organization('parent', { extension: [logo('https://parent.example/logo.png'), portal('Parent', 'parent')] }),
      organization('child', partOf('parent')),
      organization('branch', {
        ...partOf('parent'),
        extension: [logo('https://branch.example/logo.png'), portal('Branch', 'branch')],
      }),
      endpoint('parent'),
      endpoint('branch'),
    ),
  );
  const [parent, child, branch] = brands;
  assert.deepEqual(
    [child.name, child.logo, child.portals, child.endpoints],
    ['Name of child', parent.logo, parent.portals, parent.endpoints],
  );
  assert.deepEqual([child.partOf, branch.partOf, parent.partOf], [parent.id, parent.id, undefined]);
  assert.deepEqual(
    [branch.logo, branch.portals[0].name, addresses(branch)],
    ['https://branch.example/logo.png', 'Branch', ['https://fhir.example/branch']],
  );
  assert.deepEqual(warnings, []);
});

test('references may be relative to the base of the entry, absolute, with a version, or only type and id', () => {
  const entry = [
    { fullUrl: 'https://a.example/Organization/1', resource: organization('1', { endpoint: [{ reference: 'Endpoint/1' }] }) },
    { fullUrl: 'https://b.example/Organization/1', resource: organization('1', { endpoint: [{ reference: 'Endpoint/1' }] }) },
    { fullUrl: 'https://a.example/Endpoint/1', resource: endpoint('1', { address: 'https://a.example/fhir' }) },
    { fullUrl: 'https://b.example/Endpoint/1', resource: endpoint('1', { address: 'https://b.example/fhir' }) },
    {
      fullUrl: 'urn:uuid:1',
      resource: organization('c', { endpoint: [{ reference: 'https://b.example/Endpoint/1/_history/2' }] }),
    },
    { resource: organization('d', { endpoint: [{ reference: 'Endpoint/1' }] }) },
  ];
  const { brands, warnings } = readBrands({ resourceType: 'Bundle', entry });
  assert.deepEqual(brands.flatMap(addresses), [
    'https://a.example/fhir',
    'https://b.example/fhir',
    'https://b.example/fhir',
    'https://a.example/fhir',
  ]);
  assert.deepEqual(warnings, []);
});

test('endpoints that are inactive, not FHIR, not https or not R4 are left out and counted', () => {
  const unusable = [
    endpoint('off', { status: 'off' }),
    endpoint('hl7v2', { connectionType: { code: 'hl7v2-mllp' } }),
    endpoint('http', { address: 'http://fhir.example/http' }),
    endpoint('query', { address: 'https://fhir.example/r4?a=b' }),
    endpoint('user', { address: 'https://user:password@fhir.example/r4' }),
    endpoint('script', { address: 'javascript:alert(1)' }),
    endpoint('r2', {}, '1.0.2'),
    endpoint('none', { extension: [] }),
  ];
  const hospital = organization('hospital', {
    endpoint: [...unusable.map(({ id }) => id), 'good'].map((id) => ({ reference: `Endpoint/${id}` })),
  });
  const document = bundle(hospital, ...unusable, endpoint('good'));
  const result = readBrands(document);
  assert.deepEqual(addresses(result.brands[0]), ['https://fhir.example/good']);
  assert.deepEqual(warningCounts(result), {
    endpoint_inactive: 1,
    endpoint_not_fhir: 1,
    endpoint_address_invalid: 4,
    endpoint_version_unsupported: 2,
  });
  const otherVersions = readBrands(document, { fhirVersions: ['1.0', '4.0.1'] });
  assert.deepEqual(addresses(otherVersions.brands[0]), ['https://fhir.example/r2', 'https://fhir.example/good']);
});

test('two endpoints with the same address are merged', () => {
  const address = 'https://fhir.example/same';
  const withTwoEndpoints = organization('a', {
    extension: [portal('A', 'one'), portal('B', 'two')],
    endpoint: [{ reference: 'Endpoint/two' }],
  });
  const { brands } = readBrands(bundle(withTwoEndpoints, endpoint('one', { address }), endpoint('two', { address })));
  assert.deepEqual(addresses(brands[0]), [address]);
  assert.deepEqual(brands[0].portals.map(addresses), [[address], [address]]);
});

test('inactive and nameless organizations are left out, organizations without an endpoint are returned; all are counted', () => {
  const result = readBrands(
    bundle(
      organization('closed', { active: false }),
      organization('nameless', { name: ' ' }),
      organization('long', { name: 'x'.repeat(10_000_000) }),
      organization('lonely', { endpoint: [{ reference: 'Endpoint/gone' }] }),
      organization('child', partOf('closed')),
    ),
  );
  assert.deepEqual(
    result.brands.map(({ name }) => name),
    ['Name of lonely', 'Name of child'],
  );
  assert.deepEqual(warningCounts(result), {
    organization_inactive: 1,
    organization_name_missing: 2,
    reference_missing: 1,
    organization_without_endpoint: 2,
  });
  assert.ok(JSON.stringify(result).length < 10_000);
});

test('partOf in a cycle, to itself or too deep is invalid', () => {
  const chain = Array.from({ length: 2_000 }, (_, index) => organization(`c${index}`, partOf(`c${index + 1}`)));
  const result = readBrands(
    bundle(organization('a', partOf('b')), organization('b', partOf('a')), organization('self', partOf('self')), ...chain),
  );
  assert.equal(result.brands.length, 2_003);
  const { part_of_invalid: invalid, reference_missing: missing } = warningCounts(result);
  // The last five of the chain are not too deep, and the last one has no parent.
  assert.deepEqual([invalid, missing], [3 + 2_000 - 5, 1]);
  assert.equal(result.brands[2].partOf, undefined);
});

test('a duplicate entry is ignored; names of members of Object.prototype are ordinary ids', () => {
  const bundleWithDuplicate = bundle(organization('a', { name: 'First' }), organization('a', { name: 'Second' }));
  const result = readBrands(bundleWithDuplicate);
  assert.deepEqual(
    result.brands.map(({ name }) => name),
    ['First'],
  );
  assert.equal(warningCounts(result).entry_duplicate, 1);

  const ids = ['__proto__', 'constructor', 'toString'];
  const document = JSON.parse(
    JSON.stringify(
      bundle(...ids.map((id) => organization(id, { name: id })), organization('b', partOf('hasOwnProperty'))),
    ).replace('"active":true', '"__proto__":{"name":"polluted"},"active":true'),
  );
  const { brands, warnings } = readBrands(document);
  assert.deepEqual(
    brands.map(({ name }) => name),
    [...ids, 'Name of b'],
  );
  assert.equal(warningCounts({ warnings }).reference_missing, 1);
  assert.deepEqual(
    createBrandSearch(brands)('constr').map(({ name }) => name),
    ['constructor'],
  );
  assert.equal({}.name, undefined);
});

test('logos are https URLs or images in data URLs; other URLs are https', () => {
  const png = 'data:image/png;base64,AAAA';
  const logos = [
    'javascript:alert(1)',
    'http://a.example/l.png',
    'data:text/html,<script>',
    ' data:image/png,x',
    'blob:x',
    7,
    png,
  ];
  const organizations = logos.map((url, index) =>
    organization(`o${index}`, { extension: [logo(url)], telecom: [{ system: 'url', value: url }] }),
  );
  const result = readBrands(bundle(...organizations));
  assert.deepEqual(
    result.brands.map((brand) => brand.logo),
    [...Array(6).fill(undefined), png],
  );
  assert.deepEqual([warningCounts(result).logo_invalid, warningCounts(result).url_invalid], [6, 7]);
  assert.ok(result.brands.every((brand) => brand.website === undefined));
});

test('HTML in texts is not interpreted', () => {
  const name = '<img src=x onerror=alert(1)>';
  const { brands } = readBrands(bundle(organization('a', { name, alias: ['<b>'] })));
  assert.deepEqual([brands[0].name, brands[0].aliases], [name, ['<b>']]);
  assert.equal(createBrandSearch(brands)('onerror').length, 1);
});

test('members of wrong types are left out, and a document that is no Bundle is an error', () => {
  const membersOfWrongTypes = {
    alias: 'x',
    identifier: { value: 1 },
    type: [null, { coding: 'x' }],
    address: ['x'],
    telecom: 7,
    extension: {},
    endpoint: [1, null],
  };
  const result = readBrands({
    resourceType: 'Bundle',
    entry: [null, 1, {}, { resource: { resourceType: 'Patient', id: '1' } }, { resource: organization('a', membersOfWrongTypes) }],
  });
  assert.deepEqual(result.brands, [
    {
      id: 'Organization/a',
      name: 'Name of a',
      aliases: [],
      identifiers: [],
      categories: [],
      addresses: [],
      portals: [],
      endpoints: [],
    },
  ]);
  assert.deepEqual(warningCounts(result), { entry_invalid: 4, organization_without_endpoint: 1 });
  assert.deepEqual(warningCounts(readBrands({ resourceType: 'Bundle', entry: {} })), { entry_invalid: 1 });
  for (const document of [null, [], 'Bundle', { resourceType: 'OperationOutcome' }]) {
    assert.throws(() => readBrands(document), { name: 'SmartError', code: 'json_invalid' });
  }
});

test('warnings name at most five entries', () => {
  const { warnings } = readBrands(bundle(...Array.from({ length: 9 }, (_, index) => organization(`${index}`, { active: false }))));
  assert.deepEqual([warnings[0].count, warnings[0].entries.length, warnings[0].entries[0]], [9, 5, `${BASE}Organization/0`]);
  assert.match(warnings[0].message, /not active/);
});

/** Makes `fetch` return these responses, one for each request. Returns the list of requests. */
function mockResponses(t, ...responses) {
  const requests = [];
  t.mock.method(globalThis, 'fetch', async (url, init) => {
    requests.push({ url, headers: new Headers(init.headers), init });
    const next = responses.shift();
    if (next instanceof Error) throw next;
    return next;
  });
  return requests;
}
const bundleResponse = (...resources) => new Response(JSON.stringify(bundle(...resources)), { headers: { etag: 'W/"1"' } });
const redirect = (location) => new Response(null, { status: 302, headers: { location } });
const assertRejects = async (promise, members) => {
  const error = await promise.then(
    () => assert.fail('the call did not reject'),
    (thrown) => thrown,
  );
  assert.ok(SmartError.is(error), String(error));
  assert.deepEqual(Object.fromEntries(Object.keys(members).map((name) => [name, error[name]])), members);
};

test('loadBrands: sends no credentials, sends the ETag as If-None-Match, returns the previous result after a 304', async (t) => {
  const requests = mockResponses(
    t,
    bundleResponse(organization('a')),
    new Response(null, { status: 304 }),
    bundleResponse(organization('b')),
    bundleResponse(organization('c')),
  );
  const first = await loadBrands(new URL(URL_OF_BUNDLE));
  assert.deepEqual([first.url, first.etag, first.brands.length], [URL_OF_BUNDLE, 'W/"1"', 1]);
  const stored = JSON.parse(JSON.stringify(first));
  assert.equal(await loadBrands(URL_OF_BUNDLE, { previous: stored }), stored);
  assert.equal((await loadBrands(URL_OF_BUNDLE, { previous: first })).brands[0].name, 'Name of b');
  await loadBrands('https://other.example/', { previous: first });
  assert.deepEqual(
    requests.map(({ headers }) => headers.get('if-none-match')),
    [null, 'W/"1"', 'W/"1"', null],
  );
  for (const { init } of requests) assert.deepEqual([init.credentials, init.referrerPolicy], ['omit', 'no-referrer']);
});

test('loadBrands: a failed request is repeated without If-None-Match, because the preflight may have failed', async (t) => {
  const requests = mockResponses(t, bundleResponse(), new TypeError('Failed to fetch'), bundleResponse(organization('a')));
  const previous = await loadBrands(URL_OF_BUNDLE);
  assert.equal((await loadBrands(URL_OF_BUNDLE, { previous })).brands.length, 1);
  assert.deepEqual(
    requests.map(({ headers }) => headers.has('if-none-match')),
    [false, true, false],
  );
});

test('loadBrands: follows at most five redirects, and only to https', async (t) => {
  const requests = mockResponses(t, redirect('/moved'), redirect('https://cdn.example/b.json'), bundleResponse());
  assert.equal((await loadBrands(URL_OF_BUNDLE)).url, URL_OF_BUNDLE);
  assert.deepEqual(
    requests.map(({ url }) => url),
    [URL_OF_BUNDLE, 'https://vendor.example/moved', 'https://cdn.example/b.json'],
  );
  for (const location of [
    'http://vendor.example/brands.json',
    'data:application/json,{}',
    'http://[',
    'https://a:b@c.example/',
  ]) {
    t.mock.restoreAll();
    const redirectRequests = mockResponses(t, redirect(location), bundleResponse());
    await assertRejects(loadBrands(URL_OF_BUNDLE), { code: 'redirected', url: URL_OF_BUNDLE });
    assert.equal(redirectRequests.length, 1);
  }
  t.mock.restoreAll();
  const endlessRequests = mockResponses(t, ...Array.from({ length: 9 }, () => redirect(URL_OF_BUNDLE)));
  await assertRejects(loadBrands(URL_OF_BUNDLE), { code: 'redirected' });
  assert.equal(endlessRequests.length, 6);
});

test('loadBrands: browsers hide redirects, so the URL of the response is checked', async (t) => {
  const hidden = () => Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' });
  const withUrl = (url) => Object.defineProperty(bundleResponse(), 'url', { value: url });
  mockResponses(t, hidden(), withUrl('https://cdn.example/b.json'), hidden(), withUrl('http://cdn.example/b.json'));
  assert.equal((await loadBrands(URL_OF_BUNDLE)).brands.length, 0);
  await assertRejects(loadBrands(URL_OF_BUNDLE), { code: 'redirected' });
});

test('loadBrands: a URL that is not https is refused before anything is sent', async (t) => {
  const requests = mockResponses(t);
  for (const url of ['http://vendor.example/', 'data:application/json,{}', 'javascript:1', 'https://a:b@vendor.example/']) {
    await assertRejects(loadBrands(url), { code: 'endpoint_scheme', fault: 'app' });
  }
  for (const url of ['brands.json', '', undefined, null]) await assertRejects(loadBrands(url), { code: 'config_invalid' });
  await assertRejects(loadBrands(URL_OF_BUNDLE, { signal: 7 }), { code: 'config_invalid' });
  assert.equal(requests.length, 0);
});

test('allowInsecureLoopback: permits http for servers on this machine, and for no others', async (t) => {
  const loopbackUrls = ['http://localhost:4400/fhir', 'http://ehr.localhost/fhir', 'http://127.1.2.3/fhir', 'http://[::1]:1/fhir'];
  const otherHosts = ['localhost.example', 'notlocalhost', 'ehr.example', 'a:b@localhost', '128.0.0.1'];
  const otherUrls = otherHosts.map((host) => `http://${host}/fhir`);
  const endpoints = [...loopbackUrls, ...otherUrls].map((address, index) => endpoint(`e${index}`, { address }));
  const hospital = organization('hospital', { endpoint: endpoints.map(({ id }) => ({ reference: `Endpoint/${id}` })) });
  assert.deepEqual(addresses(readBrands(bundle(hospital, ...endpoints)).brands[0]), []);
  const { brands } = readBrands(bundle(hospital, ...endpoints), { allowInsecureLoopback: true });
  assert.deepEqual(addresses(brands[0]), loopbackUrls);

  const options = { allowInsecureLoopback: true };
  const requests = mockResponses(
    t,
    bundleResponse(hospital, ...endpoints),
    redirect('http://localhost/b'),
    bundleResponse(),
    redirect('http://ehr.example/b'),
  );
  assert.deepEqual(addresses((await loadBrands('http://localhost:4400/brands.json', options)).brands[0]), loopbackUrls);
  assert.equal((await loadBrands(URL_OF_BUNDLE, options)).brands.length, 0);
  await assertRejects(loadBrands(URL_OF_BUNDLE, options), { code: 'redirected' });
  await assertRejects(loadBrands('http://ehr.example/brands.json', options), { code: 'endpoint_scheme' });
  assert.equal(requests.length, 4);
});

test('loadBrands: an error status is reported also if a replaced fetch returns a body that cannot be cancelled', async (t) => {
  const response = Object.defineProperty(new Response('', { status: 503 }), 'body', { value: {} });
  mockResponses(t, response);
  await assertRejects(loadBrands(URL_OF_BUNDLE), { code: 'http_status', status: 503, retryable: true });
});

test('loadBrands: an error status, a body that is no Bundle and a network failure have their own error codes', async (t) => {
  const json = (text) => new Response(text);
  mockResponses(
    t,
    new Response('', { status: 503 }),
    new Response('', { status: 404 }),
    json('<html>'),
    json('{"resourceType":"Patient"}'),
    json(new Uint8Array([34, 255, 34])),
    new TypeError('fetch failed'),
  );
  const load = () => loadBrands(`${URL_OF_BUNDLE}?key=secret#x`);
  await assertRejects(load(), { code: 'http_status', status: 503, retryable: true, url: URL_OF_BUNDLE });
  await assertRejects(load(), { code: 'http_status', status: 404, retryable: false });
  for (let count = 0; count < 3; count += 1) await assertRejects(load(), { code: 'json_invalid', fault: 'server' });
  await assertRejects(load(), { code: 'network', retryable: true, url: URL_OF_BUNDLE });
});

test('loadBrands: stops reading at 100 MB', async (t) => {
  let sentBytes = 0;
  let canceled = false;
  const body = new ReadableStream({
    pull(controller) {
      sentBytes += 10_000_000;
      controller.enqueue(new Uint8Array(10_000_000).fill(32));
    },
    cancel() {
      canceled = true;
    },
  });
  mockResponses(t, new Response(body));
  await assertRejects(loadBrands(URL_OF_BUNDLE), { code: 'body_too_large' });
  assert.ok(canceled && sentBytes <= 130_000_000, String(sentBytes));
});

test('loadBrands: the signal aborts the call while the body is loading', async (t) => {
  const controller = new AbortController();
  const requests = mockResponses(t, new Response(new ReadableStream({ pull: () => controller.abort() }, { highWaterMark: 0 })));
  await assertRejects(loadBrands(URL_OF_BUNDLE, { signal: controller.signal }), { code: 'aborted' });
  assert.equal(requests[0].init.signal, controller.signal);
  await assertRejects(loadBrands(URL_OF_BUNDLE, { signal: controller.signal }), { code: 'aborted' });
  assert.equal(requests.length, 1);
});

const brand = (name, address = {}, aliases = []) => ({ name, aliases, addresses: [address] });
const search = (brands) => {
  const find = createBrandSearch(brands);
  return (text, options) => find(text, options).map(({ name }) => name);
};

test('search: each word of the text has to begin a word of name, alias, city, state or postal code', () => {
  const find = search([
    brand("St. Mary's Hospital", { city: 'Boston', state: 'MA', postalCode: '02111-1234' }),
    brand('Saint Mary Clinic', { city: 'Reno', state: 'NV' }, ['Nevada Care']),
  ]);
  for (const text of ['st mar', "MARY'S hosp", 'hospital bos', 'ma 02111', '02111-12', 'boston', 'ma, st. mary’s']) {
    assert.deepEqual(find(text), ["St. Mary's Hospital"], text);
  }
  assert.deepEqual(find('nevada'), ['Saint Mary Clinic']);
  assert.deepEqual(find('nv clin'), ['Saint Mary Clinic']);
  for (const text of ['', ' ,.', 'ospital', 'mary tokyo', 'st st st x']) assert.deepEqual(find(text), [], text);
});

test('search: accents and case make no difference', () => {
  const find = search([brand('Hôpital Saint-Étienne'), brand('Łódź Straße Ørsted'), brand('東京病院')]);
  for (const text of ['HOPITAL', 'étienne', 'saint-etienne', 'ho\u0302pital'])
    assert.deepEqual(find(text), ['Hôpital Saint-Étienne'], text);
  for (const text of ['lodz', 'STRASSE', 'orsted', 'ØRS']) assert.deepEqual(find(text), ['Łódź Straße Ørsted'], text);
  assert.deepEqual(find('東京'), ['東京病院']);
});

test('search: names that begin with the text come first, then other names, aliases and places; equal ranks by name', () => {
  const find = search([
    brand('Zebra', { city: 'Mercy' }),
    brand('Yak', {}, ['Mercy']),
    brand('Mercyhurst'),
    brand('North Mercy'),
    brand('Mercy'),
    brand('Mercy West'),
    brand('Mercy East'),
  ]);
  const ranked = ['Mercy', 'Mercy East', 'Mercy West', 'Mercyhurst', 'North Mercy', 'Yak', 'Zebra'];
  assert.deepEqual(find('mercy'), ranked);
  assert.deepEqual(find('mercy', { limit: 3 }), ranked.slice(0, 3));
  assert.deepEqual(find('mercy', { limit: 0 }), []);
});

test('search: each beginning of a text finds brands among 50,000; the times are printed', (t) => {
  const kinds = ['Hospital', 'Health', 'Medical Center', 'Clinic', 'Family Practice'];
  const states = ['MA', 'WI', 'IA', 'CA', 'NV'];
  const brands = Array.from({ length: 50_000 }, (_, index) =>
    brand(`Saint ${index.toString(36)} ${kinds[index % 5]}`, {
      city: `City ${index % 3_000}`,
      state: states[index % 5],
      postalCode: String(10_000 + index),
    }),
  );
  const start = performance.now();
  const find = createBrandSearch(brands);
  const indexTime = performance.now() - start;
  const text = 'saint hosp ma 10000';
  const times = Array.from({ length: text.length }, (_, index) => {
    const before = performance.now();
    const hits = find(text.slice(0, index + 1));
    assert.ok(hits.length > 0);
    return performance.now() - before;
  });
  assert.deepEqual(
    find(text).map(({ name }) => name),
    ['Saint 0 Hospital'],
  );
  const [first = 0, ...others] = times.map((time) => Math.round(time * 10) / 10);
  t.diagnostic(`index: ${indexTime.toFixed(0)} ms; first key: ${first} ms; then at most ${Math.max(...others)} ms`);
});
