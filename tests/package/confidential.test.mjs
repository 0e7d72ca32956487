// Confidential clients with a user: how each request is authenticated, and which options are refused.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import {
  createClientAssertion,
  createCodeTokenRequest,
  createConfidentialClient,
  createIntrospectionRequest,
  createRefreshTokenRequest,
  createRevocationRequest,
  createTokenRequest,
  dangerouslyCreatePasswordTokenRequest,
  publicJwks,
} from 'smart-launch/confidential';
import { CLIENT_SECRET, createAssertionCheck, cryptoKeyOf, isSigned, jwkOf, pemOf, read, signerOf } from './authenticating.mjs';
import { startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

const KEYS = {
  'PEM RS384': async () => ({ key: pemOf('RS384'), keyId: 'k' }),
  'PEM ES384': async () => ({ key: pemOf('ES384'), keyId: 'k' }),
  'JWK RS384': async () => ({ key: jwkOf('RS384', { kid: 'k', alg: 'RS384', key_ops: ['sign'] }) }),
  'JWK ES384': async () => ({ key: jwkOf('ES384', { kid: 'k', use: 'sig' }) }),
  'CryptoKey RS384': async () => ({ key: await cryptoKeyOf('RS384'), keyId: 'k' }),
  'CryptoKey ES384': async () => ({ key: await cryptoKeyOf('ES384'), keyId: 'k' }),
  'function ES384': async () => ({ key: signerOf('ES384'), alg: 'ES384', keyId: 'k' }),
};

for (const [name, credentials] of Object.entries(KEYS)) {
  test(`${name}: each request has its own assertion`, async (t) => {
    const ehr = await startEhr(t, { configuration: { introspection_endpoint: undefined } });
    const client = createConfidentialClient(ehr.options({ clientAuth: await credentials() }));
    await signIn(client);
    await client.refresh();
    assert.equal((await client.logout()).revoked, true);
    const postRequests = ehr.requests.filter(({ method }) => method === 'POST');
    assert.deepEqual(postRequests.map(({ path }) => path), ['/token', '/token', '/revoke', '/revoke']);
    const checks = [createAssertionCheck({ clientId: 'growth-chart', audience: ehr.document.token_endpoint })];
    checks.push(checks[0], createAssertionCheck({ clientId: 'growth-chart', audience: ehr.origin }));
    for (const [number, { fields }] of postRequests.entries()) {
      const { header } = checks[Math.min(number, 2)](fields);
      assert.deepEqual([header.kid, header.alg], ['k', name.split(' ')[1]]);
    }
  });
}

test('secret: client id and secret are sent unchanged by HTTP Basic', async (t) => {
  const ehr = await startEhr(t);
  const client = createConfidentialClient(ehr.options({ clientAuth: { secret: CLIENT_SECRET } }));
  await signIn(client);
  await client.refresh();
  await client.logout();
  const expected = `Basic ${Buffer.from(`growth-chart:${CLIENT_SECRET}`).toString('base64')}`;
  for (const { headers, fields } of ehr.requests.filter(({ method }) => method === 'POST')) {
    assert.equal(headers.authorization, expected);
    assert.equal(fields.has('client_id'), false);
  }
});

test('secret with `method`: is sent as a form field, or is the key of an HS256 assertion', async (t) => {
  for (const method of ['client_secret_post', 'client_secret_jwt']) {
    const ehr = await startEhr(t);
    const client = createConfidentialClient(ehr.options({ clientAuth: { secret: CLIENT_SECRET, method } }));
    await signIn(client);
    const [{ fields, headers }] = ehr.requestsTo('/token');
    assert.equal(headers.authorization, undefined);
    assert.equal(fields.get('client_secret'), method === 'client_secret_post' ? CLIENT_SECRET : null);
    if (method === 'client_secret_jwt') assert.equal(read(fields.get('client_assertion')).header.alg, 'HS256');
  }
});

test('a `clientAuth` function is called for each token request, so that credentials can be replaced', async (t) => {
  const ehr = await startEhr(t);
  let calls = 0;
  const clientAuth = async () => ({ secret: `${CLIENT_SECRET}-${++calls}` });
  const client = createConfidentialClient(ehr.options({ clientAuth }));
  await signIn(client);
  const callsBefore = calls;
  await client.getAccessToken();
  assert.equal(calls, callsBefore, 'a call with a valid token needs no credentials');
  await client.refresh();
  const last = Buffer.from(ehr.requests.at(-1).headers.authorization.slice(6), 'base64').toString();
  assert.equal(last, `growth-chart:${CLIENT_SECRET}-${calls}`);
  assert.ok(calls > callsBefore);
});

test('credentials function that fails does not end the session: the refresh token is not sent', async (t) => {
  const ehr = await startEhr(t);
  let fails = false;
  const cause = new Error('the vault is closed');
  const client = createConfidentialClient(
    ehr.options({
      clientAuth: () => {
        if (fails) throw cause;
        return { secret: CLIENT_SECRET };
      },
    }),
  );
  await signIn(client);
  fails = true;
  await assert.rejects(client.refresh(), (error) => error.code === 'network' && error.retryable && error.cause === cause);
  assert.equal(ehr.requestsTo('/token').length, 1);
  assert.equal(client.getState().status, 'authenticated');
  fails = false;
  await client.refresh();
});

test('secret in a page is refused before the secret is sent', async (t) => {
  Object.defineProperty(globalThis, 'document', { configurable: true, value: {} });
  t.after(() => Reflect.deleteProperty(globalThis, 'document'));
  const ehr = await startEhr(t);
  for (const clientAuth of [{ secret: CLIENT_SECRET }, { secret: CLIENT_SECRET, method: 'client_secret_jwt' }]) {
    const client = createConfidentialClient(ehr.options({ clientAuth }));
    await assert.rejects(client.authorize({ navigate: false }), isRefusal(/`secret` is in a page/));
  }
  assert.equal(ehr.requests.length, 0);
  const deferred = createConfidentialClient(ehr.options({ clientAuth: () => ({ secret: CLIENT_SECRET }) }));
  await assert.rejects(deferred.authorize({ navigate: false }), isRefusal(/`secret` is in a page/));
  const allowedInPage = { secret: CLIENT_SECRET, dangerouslyAllowSecretInPage: true };
  await createConfidentialClient(ehr.options({ clientAuth: allowedInPage })).authorize({ navigate: false });
  const key = { key: await cryptoKeyOf('ES384'), keyId: 'k' };
  await createConfidentialClient(ehr.options({ clientAuth: key })).authorize({ navigate: false });
  assert.equal(ehr.requestsTo('/token').length, 0);
});

test('method or algorithm that the metadata excludes is refused before the navigation', async (t) => {
  const basic = { token_endpoint_auth_methods_supported: ['client_secret_basic'] };
  const rsa = {
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384'],
  };
  for (const configuration of [basic, rsa]) {
    const ehr = await startEhr(t, { configuration });
    const client = createConfidentialClient(ehr.options({ clientAuth: { key: pemOf('ES384'), keyId: 'k' } }));
    await assert.rejects(client.authorize({ navigate: false }), isRefusal(/`clientAuth` is for `/));
  }
});

test('if the server refuses the client, refresh() rejects with config_invalid, and the session is kept', async (t) => {
  const ehr = await startEhr(t);
  const client = createConfidentialClient(ehr.options({ clientAuth: { secret: CLIENT_SECRET } }));
  const { patient } = await signIn(client);
  ehr.answer('/token', { status: 401, json: { error: 'invalid_client', error_description: `no ${CLIENT_SECRET}` } });
  await assert.rejects(client.refresh(), (error) => {
    assert.deepEqual([error.code, error.fault, error.oauth.error], ['config_invalid', 'app', 'invalid_client']);
    assert.doesNotMatch(JSON.stringify(error) + error.stack, /canary/);
    return true;
  });
  assert.equal(ehr.requestsTo('/token').length, 2);
  assert.equal(client.getState().session.patient, patient);
});

test('error for an unusable key says what is wrong, without repeating the key', async (t) => {
  const ehr = await startEhr(t);
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign', 'verify']);
  const shortKey = await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-384' },
    true,
    ['sign', 'verify'],
  );
  const { d: _, ...onlyPublic } = jwkOf('ES384');
  for (const [clientAuth, message] of [
    [{ key: pemOf('RS384'), alg: 'ES384', keyId: 'k' }, /not one for ES384/],
    [{ key: pemOf('ES384'), alg: 'RS384', keyId: 'k' }, /not one for RS384/],
    [{ key: await cryptoKeyOf('RS384'), alg: 'RS256', keyId: 'k' }, /is for RS384/],
    [{ key: publicKey, keyId: 'k' }, /not a private key/],
    [{ key: onlyPublic, keyId: 'k' }, /public key/],
    [{ key: await crypto.subtle.exportKey('jwk', shortKey.privateKey), keyId: 'k' }, /2,048/],
    [{ key: await cryptoKeyOf('ES384') }, /`keyId` is missing/],
    [{ key: signerOf('ES384'), keyId: 'k' }, /`alg` is missing/],
    [{ key: shortKey.privateKey, keyId: 'k' }, /2,048/],
    [{ key: `${CLIENT_SECRET} is no PEM`, keyId: 'k' }, /PKCS#8/],
    [{ key: pemOf('ES384').replaceAll('PRIVATE', 'EC PRIVATE'), keyId: 'k' }, /openssl/],
    [{ key: pemOf('ES384').replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'), keyId: 'k' }, /encrypted: `openssl pkcs8 -topk8 -nocrypt`/],
    [{ key: pemOf('ES384').replaceAll('PRIVATE', 'PUBLIC'), keyId: 'k' }, /public key/],
    [{ key: pemOf('ES384').replaceAll('\n', '\\n'), keyId: 'k' }, /in place of line breaks/],
    [{ key: pemOf('ES384').replace(/\n[\w+/]{20}/, '\n'), keyId: 'k' }, /not a private key/],
    [{ key: { kty: 'EC', crv: 'P-384', d: CLIENT_SECRET, x: 'x', y: 'y' }, keyId: 'k' }, /not one for ES384/],
    [{ key: 7 }, /no CryptoKey, JWK, PEM or function/],
    [{ key: pemOf('ES384'), keyId: 'k', header: { alg: 'none' } }, /`header`/],
    [{ key: pemOf('ES384'), secret: CLIENT_SECRET }, /set one of them/],
    [{ secret: undefined }, /`clientAuth.secret` is undefined/],
    [{ secret: null, method: 'client_secret_post' }, /`clientAuth.secret` is null/],
    [{ secret: '' }, /`clientAuth.secret` is empty/],
    [{ key: undefined, keyId: 'k' }, /`clientAuth.key` is undefined/],
    [async () => ({ secret: undefined }), /`clientAuth.secret` is undefined/],
    [{ keyId: 'k' }, /`clientAuth` has neither `key` nor `secret`/],
    [CLIENT_SECRET, /`clientAuth` is not valid/],
    [null, /`clientAuth` is not valid/],
    [{ secret: CLIENT_SECRET, alg: 1n }, /`clientAuth` is not valid/],
    [{ secret: CLIENT_SECRET, secert: 'x' }, /`secert` is not a setting/],
    [{ secret: CLIENT_SECRET, basicEncoding: 'utf8' }, /`basicEncoding`/],
    [{ secret: `${CLIENT_SECRET}%+` }, /`basicEncoding` is missing/],
  ]) {
    const client = createConfidentialClient(ehr.options({ clientAuth }));
    await assert.rejects(client.authorize({ navigate: false }), isRefusal(message));
  }
  assert.equal(ehr.requests.some(({ method }) => method === 'POST'), false);
});

test('URL of the key set in assertions has to be https', async (t) => {
  const ehr = await startEhr(t);
  const authorizeWith = (jku) => {
    const clientAuth = { key: pemOf('ES384'), keyId: 'k', jku };
    return createConfidentialClient(ehr.options({ clientAuth })).authorize({ navigate: false });
  };
  for (const jku of ['http://app.example/jwks.json', 'ftp://app.example/jwks.json', '/jwks.json', '']) {
    await assert.rejects(authorizeWith(jku), (error) => error.code === 'endpoint_scheme' && /`jku`/.test(error.message), jku);
  }
  await authorizeWith('https://app.example/jwks.json');
  const assertion = await createClientAssertion({
    tokenEndpoint: 'https://ehr.example/token',
    clientId: 'app',
    clientAuth: { key: pemOf('ES384'), jku: 'https://app.example/jwks.json' },
  });
  assert.equal(read(assertion).header.jku, 'https://app.example/jwks.json');
});

test('examples of the documentation authenticate with a key', async () => {
  const root = new URL('../', import.meta.resolve('smart-launch'));
  // In registration.md, the server chooses the method of the client that it registers. The examples of server-frameworks.md are
  // tested with the sandbox, and the page recommends a key.
  const excludedPages = ['registration.md', 'server-frameworks.md'];
  const pages = (await readdir(new URL('docs', root))).filter((name) => name.endsWith('.md') && !excludedPages.includes(name));
  const declarations = (await readdir(new URL('dist', root), { recursive: true })).filter((name) => name.endsWith('.d.ts'));
  let count = 0;
  for (const file of [...pages.map((name) => `docs/${name}`), ...declarations.map((name) => `dist/${name}`)]) {
    const text = await readFile(new URL(file, root), 'utf8');
    const examples = text.match(file.endsWith('.md') ? /^```ts\n[^]*?^```$/gm : /\/\*\*[^]*?\*\//g) ?? [];
    for (const example of examples.filter((example) => /clientAuth: [^;]*[{(]/.test(example))) {
      assert.match(example, /\bkey\b/, `${file}: ${example}`);
      assert.doesNotMatch(example, /clientAuth: \{ secret/, file);
      count++;
    }
  }
  assert.ok(count > 10, `${count} examples`);
});

test('client authentication is not sent to a server without `clientAuth` in `servers`', async (t) => {
  const [confidentialEhr, publicEhr] = [await startEhr(t), await startEhr(t)];
  const { clientId, scope } = confidentialEhr.options();
  const client = createConfidentialClient({
    clientId,
    scope,
    allowInsecureLoopback: true,
    servers: [
      { fhirBaseUrl: confidentialEhr.fhirBaseUrl, redirectUri: 'https://app.example/one', clientAuth: { secret: CLIENT_SECRET } },
      { fhirBaseUrl: publicEhr.fhirBaseUrl, redirectUri: 'https://app.example/other' },
    ],
  });
  await signIn(client, { iss: publicEhr.fhirBaseUrl });
  assert.equal(publicEhr.requestsTo('/token')[0].headers.authorization, undefined);
  assert.equal(publicEhr.requestsTo('/token')[0].fields.get('client_id'), clientId);
});

test('failed import of a key leaves a newer import of the same key in the cache', async (t) => {
  const importKey = crypto.subtle.importKey.bind(crypto.subtle);
  for (const key of [pemOf('ES384'), jwkOf('ES384')]) {
    let [begin, fail] = [() => {}, () => {}];
    const begun = new Promise((resolve) => (begin = resolve));
    const failure = new Promise((_, reject) => (fail = reject));
    const { mock } = t.mock.method(crypto.subtle, 'importKey', (format, keyData, parameters, ...rest) => {
      if (parameters.name === 'ECDSA') return importKey(format, keyData, parameters, ...rest);
      begin();
      return failure;
    });
    const assertionBy = (alg) =>
      createClientAssertion({ tokenEndpoint: 'https://ehr.example/token', clientId: 'app', clientAuth: { key, alg, keyId: 'k' } });
    const failing = assert.rejects(assertionBy('RS384'), isRefusal(/not one for RS384/));
    await begun;
    await assertionBy('ES384');
    fail(new Error('on purpose'));
    await failing;
    const importCount = mock.callCount();
    await assertionBy('ES384');
    assert.equal(mock.callCount(), importCount);
    mock.restore();
  }
});

test('publicJwks: keys have no private members, and the same `kid` as assertions', async () => {
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign', 'verify']);
  const set = await publicJwks(
    { key: pemOf('RS384'), keyId: '2026-11' },
    jwkOf('ES384', { kid: 'next' }),
    pemOf('ES384'),
    publicKey,
  );
  const algorithms = ['RS384', 'ES384', 'ES384', 'ES384'];
  assert.deepEqual(set.keys.map(({ alg, use }) => [alg, use]), algorithms.map((alg) => [alg, 'sig']));
  assert.deepEqual(set.keys.map(({ kid }) => kid).slice(0, 2), ['2026-11', 'next']);
  for (const key of set.keys) assert.equal(['d', 'p', 'q', 'dp', 'dq', 'qi'].some((name) => name in key), false);
  const assertion = await createClientAssertion({
    tokenEndpoint: 'https://ehr.example/token',
    clientId: 'app',
    clientAuth: { key: pemOf('ES384') },
  });
  assert.equal(read(assertion).header.kid, set.keys[2].kid);
  assert.ok(isSigned(assertion, set.keys[2]));
  await assert.rejects(publicJwks(await cryptoKeyOf('ES384')), isRefusal(/public key of the pair/));
  await assert.rejects(publicJwks({ kty: 'oct', k: CLIENT_SECRET }), isRefusal(/no asymmetric key/));
});

test('`key` function that does not return a signature is config_invalid', async () => {
  const der = Uint8Array.of(0x30, 0x66, ...Array(102).fill(1));
  for (const returned of [der, 96, '96', new Uint8Array(95), new Uint8Array(70_000), Array(96).fill(1), undefined]) {
    const clientAuth = { key: () => returned, alg: 'ES384', keyId: 'k' };
    const assertion = createClientAssertion({ tokenEndpoint: 'https://ehr.example/token', clientId: 'app', clientAuth });
    await assert.rejects(assertion, isRefusal(/returned no signature/));
  }
});

test('`clientAuth` or `key` function that never settles times out, and the error is retryable', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let resolveCalled = () => {};
  const called = new Promise((resolve) => (resolveCalled = resolve));
  const never = () => {
    resolveCalled();
    return new Promise(() => {});
  };
  for (const clientAuth of [never, { key: never, alg: 'ES384', keyId: 'k' }]) {
    const assertion = createClientAssertion({ tokenEndpoint: 'https://ehr.example/token', clientId: 'app', clientAuth });
    const timesOut = assert.rejects(assertion, (error) => error.code === 'network' && error.retryable);
    await called;
    for (let turn = 0; turn < 20; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      t.mock.timers.tick(1_000);
    }
    await timesOut;
  }
});

test('publicJwks refuses a key with an algorithm of another type, and ignores a kid that is not a string', async () => {
  const ecdhKeys = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
  for (const key of [ecdhKeys.publicKey, { key: jwkOf('ES384'), alg: 'RS384' }, jwkOf('RS384', { alg: 'RSA-OAEP' }), jwkOf('ES384', { alg: 'none' })]) {
    await assert.rejects(publicJwks(key), isRefusal(/not one for its `alg`/));
  }
  const setWithInvalidKid = await publicJwks(jwkOf('ES384', { kid: jwkOf('ES384') }));
  const setWithoutKid = await publicJwks(jwkOf('ES384'));
  assert.deepEqual(setWithInvalidKid, setWithoutKid);
  await assert.rejects(publicJwks(jwkOf('ES384'), pemOf('ES384')), isRefusal(/the same `kid`/));
  const shortKeyParams = { modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-384', name: 'RSASSA-PKCS1-v1_5' };
  const { publicKey } = await crypto.subtle.generateKey(shortKeyParams, true, ['sign', 'verify']);
  await assert.rejects(publicJwks(publicKey), isRefusal(/2,048 bits/));
  for (const modulusLength of [2041, 2047]) {
    const key = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });
    const padded = { ...key, n: `AAAA${key.n}` };
    for (const jwk of [key, padded]) await assert.rejects(publicJwks(jwk), isRefusal(/2,048 bits/), `${modulusLength} bits`);
  }
  for (const n of ['!'.repeat(400), 'A'.repeat(400), `${'x'.repeat(342)}==`]) {
    await assert.rejects(publicJwks({ kty: 'RSA', e: 'AQAB', n }), isRefusal(/2,048 bits/));
  }
});

test('thumbprint is the same as in the example of RFC 7638', async () => {
  const key = {
    kty: 'RSA',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
  };
  assert.equal((await publicJwks(key)).keys[0].kid, 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});

test('clients of the main entry refuse `clientAuth`, and the error does not contain the secret', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options({ clientAuth: { secret: CLIENT_SECRET } }));
  await assert.rejects(client.authorize({ navigate: false }), isRefusal(/`clientAuth`/));
  assert.equal(ehr.requestsTo('/token').length, 0);
});

test('building blocks take clientAuth', async () => {
  const tokenEndpoint = 'https://ehr.example/token';
  const secret = { clientId: 'app', clientAuth: { secret: CLIENT_SECRET } };
  const code = { tokenEndpoint, code: 'c', redirectUri: 'https://app.example/back', codeVerifier: 'v' };
  const basic = `Basic ${Buffer.from(`app:${CLIENT_SECRET}`).toString('base64')}`;
  const exchange = await createCodeTokenRequest({ ...code, ...secret });
  assert.equal(exchange.init.headers.authorization, basic);
  assert.equal(exchange.init.body, 'code=c&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.example%2Fback&code_verifier=v');
  const post = { clientId: 'app', clientAuth: { secret: CLIENT_SECRET, method: 'client_secret_post' } };
  const refresh = await createRefreshTokenRequest({ tokenEndpoint, refreshToken: 'r', ...post });
  assert.equal(refresh.init.body, `grant_type=refresh_token&refresh_token=r&client_id=app&client_secret=${CLIENT_SECRET}`);
  const check = createAssertionCheck({ clientId: 'app', audience: tokenEndpoint });
  const key = { clientId: 'app', clientAuth: { key: pemOf('RS384'), keyId: 'k' } };
  const grant = { tokenEndpoint, grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer', params: { assertion: 'a.b.c' } };
  const fields = new URLSearchParams((await createTokenRequest({ ...grant, ...key })).init.body);
  assert.deepEqual([fields.get('grant_type'), fields.get('assertion')], [grant.grantType, 'a.b.c']);
  check(fields);
  const publicGrant = await createTokenRequest({ ...grant, clientId: 'app' });
  assert.match(publicGrant.init.body, /^client_id=app&grant_type=/);
  const tokenParams = { token: 't', tokenTypeHint: 'access_token' };
  const revocation = await createRevocationRequest({ revocationEndpoint: 'https://ehr.example/revoke', ...tokenParams, ...secret });
  assert.deepEqual([revocation.init.headers.authorization, revocation.init.body], [basic, 'token=t&token_type_hint=access_token']);
  const introspectionEndpoint = 'https://ehr.example/introspect';
  const introspection = await createIntrospectionRequest({ introspectionEndpoint, ...tokenParams, ...key });
  createAssertionCheck({ clientId: 'app', audience: introspectionEndpoint })(new URLSearchParams(introspection.init.body));
  await assert.rejects(createTokenRequest({ ...grant, ...secret, params: { client_secret: 'x' } }), isRefusal(/`client_secret`/));
});

test('password grant: has a separate function, is refused in a page, and errors do not contain the password', async () => {
  const tokenEndpoint = 'https://ehr.example/token';
  const client = { tokenEndpoint, clientId: 'app', clientAuth: { key: pemOf('ES384'), keyId: 'k' } };
  const user = { username: 'amara', password: 'canary & password', scope: 'api:oemr', params: { user_role: 'users' } };
  const { url, init } = await dangerouslyCreatePasswordTokenRequest({ ...client, ...user });
  assert.deepEqual([url, init.method, init.redirect], [tokenEndpoint, 'POST', 'manual']);
  const fields = new URLSearchParams(init.body);
  createAssertionCheck({ clientId: 'app', audience: tokenEndpoint })(fields);
  const authenticationFields = ['client_assertion_type', 'client_assertion'];
  assert.deepEqual([...fields].filter(([name]) => !authenticationFields.includes(name)), [
    ['grant_type', 'password'],
    ['username', 'amara'],
    ['password', 'canary & password'],
    ['scope', 'api:oemr'],
    ['user_role', 'users'],
  ]);
  const publicClient = await dangerouslyCreatePasswordTokenRequest({ tokenEndpoint, clientId: 'app', username: 'a', password: 'b' });
  assert.equal(publicClient.init.body, 'client_id=app&grant_type=password&username=a&password=b');

  await assert.rejects(dangerouslyCreatePasswordTokenRequest({ ...client, ...user, username: '' }), isRefusal(/`username`/));
  for (const name of ['grant_type', 'username', 'password', 'scope', 'client_secret']) {
    const withReservedParam = { ...client, ...user, params: { [name]: 'x' } };
    await assert.rejects(dangerouslyCreatePasswordTokenRequest(withReservedParam), isRefusal(new RegExp(`\`${name}\``)), name);
  }
  const grant = { ...client, grantType: 'password', params: { username: 'amara', password: 'canary' } };
  await assert.rejects(createTokenRequest(grant), isRefusal(/dangerouslyCreatePasswordTokenRequest/));
  globalThis.document = {};
  try {
    await assert.rejects(dangerouslyCreatePasswordTokenRequest({ ...client, ...user }), isRefusal(/password of a user/));
  } finally {
    delete globalThis.document;
  }
});

/** Checks for a `config_invalid` error with a matching message that contains no part of a key or a secret. */
function isRefusal(message) {
  return (error) => {
    assert.deepEqual([error.code, error.fault], ['config_invalid', 'app']);
    assert.match(error.message, message);
    const shown = `${JSON.stringify(error)} ${error.stack} ${error.cause}`;
    assert.ok(!shown.includes('canary') && !shown.includes(jwkOf('ES384').d) && !shown.includes(jwkOf('RS384').d), shown);
    return true;
  };
}
