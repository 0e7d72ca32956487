// Group F: responses of a FHIR server that attacks the app's pages.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { BASE_URL } from '../server-app.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('./play.mjs').Outcome} Outcome
 */

const SCRIPT = '<script xmlns="http://www.w3.org/1999/xhtml">alert(document.cookie)</script>';
/** Bodies with a script or a link to another site, by content type. @type {Record<string, string | undefined>} */
const DOCUMENTS = {
  'text/html': `<!doctype html>${SCRIPT}`,
  'application/xhtml+xml': SCRIPT,
  'image/svg+xml': `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${SCRIPT}</svg>`,
  'text/xml': `<?xml-stylesheet type="text/xsl" href="https://evil.example/x.xsl"?><a>${SCRIPT}</a>`,
  'application/fhir+xml': `<Patient xmlns="http://hl7.org/fhir"><text><div>${SCRIPT}</div></text></Patient>`,
  'text/javascript': 'alert(1)',
  'text/css': '*{background:url(https://evil.example)}',
  'multipart/x-mixed-replace; boundary=x': `--x\r\nContent-Type: text/html\r\n\r\n${SCRIPT}\r\n--x`,
  'application/pdf': '%PDF-1.7',
  'text/html; charset=utf-7': '+ADw-script+AD4-alert(1)+ADw-/script+AD4-',
  'x-evil': SCRIPT,
  none: SCRIPT,
};

/** Headers of the FHIR server, all of which the proxy removes or replaces, except `location` if the response is no redirect. */
const HOSTILE_HEADERS = {
  'set-cookie': ['canary=1; Domain=app.example', '__Host-smart-launch.x=y; Path=/; Secure'],
  'access-control-allow-credentials': 'true',
  'access-control-allow-origin': 'https://evil.example',
  'access-control-expose-headers': '*',
  'alt-svc': 'h3="evil.example:443"',
  'clear-site-data': '"*"',
  'content-security-policy': 'default-src *',
  'content-security-policy-report-only': 'report-uri https://evil.example',
  'cross-origin-resource-policy': 'cross-origin',
  'cross-origin-opener-policy': 'unsafe-none',
  'document-policy': 'x',
  expires: 'Thu, 01 Jan 2099 00:00:00 GMT',
  'cache-control': 'public, max-age=31536000, immutable',
  age: '1',
  'last-event-id': '1',
  link: '<https://evil.example/x.js>; rel=preload; as=script',
  location: 'https://evil.example/',
  nel: '{"report_to":"x"}',
  'origin-agent-cluster': '?1',
  'permissions-policy': 'camera=*',
  'public-key-pins': 'x',
  'referrer-policy': 'unsafe-url',
  refresh: '0;url=https://evil.example',
  'report-to': '{"group":"x","endpoints":[{"url":"https://evil.example"}]}',
  'reporting-endpoints': 'x="https://evil.example"',
  server: 'evil',
  'server-timing': 'x',
  'service-worker-allowed': '/',
  'smart-error': 'signed_out',
  'smart-session': 'another',
  'smart-session-ends': '999999',
  sourcemap: 'https://evil.example/x.map',
  'strict-transport-security': 'max-age=0',
  'timing-allow-origin': '*',
  'www-authenticate': 'Basic realm="Your password, please"',
  'x-content-type-options': 'none',
  'x-dns-prefetch-control': 'on',
  'x-frame-options': 'ALLOWALL',
  'x-powered-by': 'evil',
  'x-sendfile': '/etc/passwd',
  'x-accel-redirect': '/internal/',
};
/** The headers that the proxy sets, with their values. */
const PROXY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** @param {string} title @param {(play: Play) => string} target @param {RegExp} message @returns {Variant} */
const redirectVariant = (title, target, message) => ({
  title,
  async run(play) {
    const { ehr, send, fhir } = play;
    /** @type {Record<string, Outcome>} */
    const outcomes = {};
    for (const status of [301, 302, 303, 307, 308]) {
      const headers = { location: target(play), 'set-cookie': 'canary=1', refresh: '0' };
      ehr.answer('/fhir/Patient/moved', { status, headers, body: '<a>canary</a>' });
      const before = fhir().length;
      const response = await send('fhir/Patient/moved');
      assert.equal(fhir().length, before + 1);
      const names = ['location', 'set-cookie', 'refresh'].filter((name) => response.headers.has(name));
      assert.deepEqual([response.status, names], [502, []]);
      assert.match((await response.clone().json()).error.message, message);
      outcomes[status] = response;
    }
    return outcomes;
  },
});

/**
 * A response that the page gets, and whose body cannot be read to the end.
 *
 * @param {string} title
 * @param {import('../scripted-server.mjs').ScriptedResponse} response
 * @returns {Variant}
 */
const truncatedVariant = (title, response) => ({
  title,
  code: 'ok',
  async run({ ehr, send }) {
    ehr.answer('/fhir/Patient/zoe', response);
    await assert.rejects((await send('fhir/Patient/zoe')).text());
    return { FHIR: 'ok' };
  },
});

/** Reads the first chunk of a response, and cancels the rest. Returns the chunk's size. @param {Response} response */
async function sizeOfFirstChunk(response) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return value?.length ?? 0;
}

const FHIR_JSON = { 'content-type': 'application/fhir+json' };

/** @type {Record<string, Variant[]>} */
export const RESPONSES = {
  S060: [
    {
      title: 'each media type',
      async run({ ehr, send }) {
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const [type, body] of Object.entries(DOCUMENTS)) {
          ehr.answer('/fhir/Binary/1', { headers: type === 'none' ? {} : { 'content-type': type }, body: String(body) });
          for (const destination of ['document', 'iframe', 'embed', 'object', 'image', 'empty']) {
            const response = await send('fhir/Binary/1', { headers: { 'sec-fetch-dest': destination } });
            const { headers } = response;
            assert.deepEqual(Object.keys(PROXY_HEADERS).map((name) => headers.get(name)), Object.values(PROXY_HEADERS), type);
            assert.equal(headers.get('content-type'), type === 'none' ? 'application/octet-stream' : type);
            assert.equal(await response.text(), body);
            outcomes[`${type} ${destination}`] = 'ok';
          }
        }
        return outcomes;
      },
    },
  ],

  S061: [
    {
      title: `${Object.keys(HOSTILE_HEADERS).length} headers`,
      async run({ ehr, send, id }) {
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const status of [200, 201]) {
          ehr.answer('/fhir/Patient', { status, headers: { ...HOSTILE_HEADERS, ...FHIR_JSON, etag: 'W/"1"' }, body: '{}' });
          const response = await send('fhir/Patient');
          const { 'smart-session-ends': ends, location, ...headers } = Object.fromEntries(response.headers);
          assert.match(String(ends), /^1(?:800|7\d\d)$/);
          assert.equal(location, 'https://evil.example/', 'pages can read the URL of a created resource; browsers do not follow it');
          assert.deepEqual(headers, { ...PROXY_HEADERS, ...FHIR_JSON, etag: 'W/"1"', 'smart-session': id });
          outcomes[status] = response;
        }
        return outcomes;
      },
    },
  ],

  S062: [
    redirectVariant('a link-local address', () => 'http://169.254.169.254/', /outside of the FHIR base/),
    redirectVariant('another host', ({ otherServer }) => `${otherServer.origin}/fhir/Patient`, /outside of the FHIR base/),
    redirectVariant('two slashes', ({ otherServer }) => `//${new URL(otherServer.origin).host}/fhir`, /outside of the FHIR base/),
    redirectVariant('outside of the base', ({ ehr }) => `${ehr.origin}/token`, /outside of the FHIR base/),
    redirectVariant('dot segments', () => '../../token', /outside of the FHIR base/),
    redirectVariant('javascript:', () => 'javascript:alert(1)', /outside of the FHIR base/),
    redirectVariant('not a URL', () => 'http://[', /outside of the FHIR base/),
    redirectVariant('under the base', () => '/fhir/Patient/other', /under the FHIR base/),
  ],

  S063: [
    {
      title: 'gzip',
      async run({ ehr, send }) {
        const size = 64 * 1024 * 1024;
        const body = gzipSync(Buffer.alloc(size));
        ehr.answer('/fhir/Binary/bomb', { headers: { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip' }, body });
        const response = await send('fhir/Binary/bomb');
        const { headers } = response;
        assert.deepEqual(['content-encoding', 'content-length'].map((name) => headers.get(name)), [null, null]);
        const before = process.memoryUsage().arrayBuffers;
        assert.ok((await sizeOfFirstChunk(response)) < 1_000_000);
        assert.ok(process.memoryUsage().arrayBuffers - before < size / 4, 'the proxy does not decompress the whole body');
        return { bomb: 'ok' };
      },
    },
  ],

  S064: [
    {
      title: 'a link whose value never ends',
      async run({ ehr, send }) {
        const text = `{"resourceType":"Bundle","link":[{"url":"${'x'.repeat(300_000)}`;
        const connectionEnds = ehr.watch('/fhir/Patient');
        ehr.answer('/fhir/Patient', { headers: FHIR_JSON, body: text, stalls: true });
        const reader = /** @type {ReadableStream<Uint8Array>} */ ((await send('fhir/Patient')).body).getReader();
        let size = 0;
        // The proxy buffers at most 64 KiB of `link`. All other bytes have to arrive, although the response does not end.
        while (size < text.length - 65_536) size += (await reader.read()).value?.length ?? 0;
        await reader.cancel();
        await connectionEnds;
        return { link: 'ok' };
      },
    },
    {
      title: 'deeply nested JSON, invalid JSON and links to other hosts',
      async run({ ehr, send }) {
        const links = '{"link":[{"relation":"next","url":"https://evil.example/fhir/Patient"},{"url":7},null,[],{"url":"//evil.example"}]}';
        const texts = ['['.repeat(100_000), `{"link":${'['.repeat(100_000)}`, ']'.repeat(100_000), '{"link":[{"url":"\\ud800"}]', '"\\', '\u0000', '', links];
        for (const text of texts) {
          ehr.answer('/fhir/Patient', { headers: FHIR_JSON, body: text });
          assert.equal(await (await send('fhir/Patient')).text(), text);
        }
        return { JSON: 'ok' };
      },
    },
  ],

  S065: [
    {
      title: 'each URL in both headers',
      async run({ ehr, send }) {
        for (const url of [
          ...['https://evil.example/fhir/Patient/1', 'javascript:alert(1)', '//evil.example/', 'Patient/1', '/token', 'http://[', `${ehr.fhirBaseUrl}.evil.example/`],
          ...[`${ehr.fhirBaseUrl}@evil.example/`, `${ehr.fhirBaseUrl}/../token`, `${ehr.origin}/fhirx`, `${ehr.fhirBaseUrl}%2f..%2ftoken`],
        ]) {
          ehr.answer('/fhir/Patient', { status: 201, headers: { location: url, 'content-location': url }, json: {} });
          const { origin } = new URL(BASE_URL);
          const { headers } = await send('fhir/Patient', { method: 'POST', body: '{}', headers: { origin } });
          for (const name of ['location', 'content-location']) assert.equal(headers.get(name), url);
        }
        return { Location: 'ok' };
      },
    },
  ],

  S066: [
    truncatedVariant('truncated JSON', { body: '{"canary":', cut: true, headers: FHIR_JSON }),
    truncatedVariant('truncated, not JSON', { body: 'canary', cut: true }),
    {
      title: 'invalid chunks',
      code: 'ok',
      async run({ ehr, send }) {
        ehr.answer('/fhir/Patient/zoe', { garbled: true, body: 'x' });
        const response = await send('fhir/Patient/zoe');
        if (!response.headers.has('smart-error')) await assert.rejects(response.text());
        return { FHIR: 'ok' };
      },
    },
    {
      title: 'not HTTP',
      code: 'network',
      async run({ ehr, send }) {
        ehr.answer('/fhir/Patient/zoe', { raw: 'SSH-2.0-OpenSSH\r\n' });
        return { FHIR: await send('fhir/Patient/zoe') };
      },
    },
    {
      title: 'headers of 100 KB',
      code: 'network',
      async run({ ehr, send }) {
        ehr.answer('/fhir/Patient/zoe', { headers: { 'x-a': 'a'.repeat(100_000) } });
        return { FHIR: await send('fhir/Patient/zoe') };
      },
    },
  ],

  S067: [
    {
      title: 'each value',
      async run({ ehr, send }) {
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const disposition of [
          ...['attachment; filename="../../evil.sh"', 'inline; filename="x.html"', 'attachment; filename=setup.exe', `attachment; filename*=UTF-8''%e2%80%aegnp.exe`],
          ...['inline', 'attachment; filename="x"; filename="y"', `attachment; filename="${'a'.repeat(3_000)}"`, 'attachment; filename="é"'],
        ]) {
          const type = `text/html; x=${'a'.repeat(3_000)}`;
          ehr.answer('/fhir/Binary/1', { headers: { 'content-disposition': disposition, 'content-type': type }, body: SCRIPT });
          const response = await send('fhir/Binary/1');
          const { headers } = response;
          assert.deepEqual([headers.get('content-disposition'), headers.get('content-type')], [disposition, type]);
          assert.equal(headers.get('content-security-policy'), PROXY_HEADERS['content-security-policy']);
          outcomes[disposition] = response;
        }
        return outcomes;
      },
    },
  ],

  S068: [
    ...[401, 402, 407, 421, 431, 511].map((status) => ({
      title: String(status),
      // Node's `fetch` has no response for a 407 (Fetch standard, "HTTP-network-or-cache fetch").
      code: status === 407 ? 'network' : status === 511 ? 'HTTP 511' : 'HTTP 4xx',
      // No refresh token: otherwise a 401 would start a refresh.
      ehr: { tokens: { refresh_token: undefined } },
      /** @param {Play} play */
      async run({ ehr, send }) {
        const headers = { 'www-authenticate': 'Basic realm="x"', 'proxy-authenticate': 'Basic realm="x"', 'set-cookie': 'a=b' };
        ehr.answer('/fhir/Patient/zoe', { status, headers, json: { resourceType: 'OperationOutcome' } });
        const response = await send('fhir/Patient/zoe');
        assert.deepEqual(Object.keys(headers).filter((name) => response.headers.has(name)), []);
        return { FHIR: response };
      },
    })),
  ],
};
