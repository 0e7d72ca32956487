// Every rejection is a SmartError: for any arguments, any missing feature of the platform, and any response.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as smartLaunch from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { openIsolated } from './isolated.mjs';
import { signIn } from './sign-in.mjs';

const { createSmartClient, SmartError } = smartLaunch;
const FAULTS = ['user', 'app', 'server', 'network', 'browser'];

function assertSmartError(error, description) {
  assert.ok(SmartError.is(error), `${description}: ${error?.stack ?? error}`);
  assert.ok(error.code && error.message && error.message !== error.code, description);
  assert.ok(error.userMessage && FAULTS.includes(error.fault), description);
}

/** The result of a call, or the error that it throws or rejects with. */
async function resultOf(call) {
  try {
    return { value: await call() };
  } catch (error) {
    return { error };
  }
}

const cycle = {};
cycle.cycle = cycle;
const hostileValues = () => ({
  null: null,
  number: 7,
  bigint: 7n,
  symbol: Symbol('x'),
  function: () => {},
  array: [[]],
  cycle,
  'a getter that throws': {
    get url() {
      throw new Error('getter');
    },
  },
  'a proxy that throws': new Proxy(
    {},
    {
      get(_, name) {
        if (name === 'then') return undefined;
        throw new RangeError('proxy');
      },
      ownKeys() {
        throw new RangeError('proxy');
      },
    },
  ),
  'an object whose toString throws': {
    toString() {
      throw new Error('text');
    },
  },
  'an object without a prototype': Object.create(null),
});

const CALLS = [
  'ready authorize fetch request getAccessToken refresh userInfo introspect logout completeLogout frontChannelLogout discover',
].flatMap((names) => names.split(' '));
/** The names of the options of each call that get the hostile values. */
const OPTIONS = {
  ready: ['callback'],
  authorize: ['appState', 'returnTo', 'scope', 'iss', 'launch', 'authorizationParams', 'target'],
  getAccessToken: ['minValiditySeconds', 'signal'],
  refresh: ['signal'],
  introspect: ['token', 'tokenTypeHint'],
  logout: ['postLogoutRedirectUri'],
};

test('calls reject only with a SmartError, for any arguments', async (t) => {
  const ehr = await startEhr(t);
  for (const [description, value] of Object.entries(hostileValues())) {
    for (const call of CALLS) {
      const client = createSmartClient(ehr.options());
      await signIn(client);
      const argumentList = [value, ...(OPTIONS[call] ?? []).map((name) => ({ [name]: value, navigate: false }))];
      for (const argument of argumentList) {
        const { error } = await resultOf(() => client[call](argument));
        if (error) assertSmartError(error, `${call}(${description})`);
      }
      if (client.getState().error) assertSmartError(client.getState().error, `state after ${call}(${description})`);
    }
    for (const call of ['fetch', 'request']) {
      const client = createSmartClient(ehr.options());
      await signIn(client);
      for (const init of [value, { headers: value }, { method: value }, { signal: value }, { body: value, method: 'POST' }]) {
        const { error } = await resultOf(() => client[call]('Patient', init));
        if (error) assertSmartError(error, `${call}(…, ${description})`);
      }
    }
  }
});

test('calls of a client reject only with a SmartError, for any options', async (t) => {
  const ehr = await startEhr(t);
  for (const [description, value] of Object.entries(hostileValues())) {
    const options = ['fhirBaseUrl', 'clientId', 'scope', 'redirectUri', 'endpoints', 'storage', 'servers', 'strict'];
    for (const argument of [value, ...options.map((name) => ehr.options({ [name]: value }))]) {
      for (const call of ['ready', 'authorize', 'discover', 'logout']) {
        const { error } = await resultOf(() => createSmartClient(argument)[call]());
        if (error) assertSmartError(error, `${call} of ${description}`);
      }
    }
  }
});

test('building blocks reject only with a SmartError, for any arguments', async () => {
  const namePattern = /^(create(?!SmartClient)|read|parse|normalize|smartConf|scope)/;
  const blocks = Object.keys(smartLaunch).filter((name) => namePattern.test(name));
  assert.ok(blocks.length > 9);
  for (const [description, value] of Object.entries(hostileValues())) {
    for (const name of blocks) {
      for (const argument of [value, { callback: value, url: value, scope: value }]) {
        const { error } = await resultOf(() => smartLaunch[name](argument, value));
        if (error) assertSmartError(error, `${name}(${description})`);
      }
    }
  }
});

test('`can` throws only a SmartError, for any arguments', async (t) => {
  const ehr = await startEhr(t);
  const session = await signIn(createSmartClient(ehr.options()));
  for (const [description, value] of Object.entries(hostileValues())) {
    const { error } = await resultOf(() => session.can('patient/Patient.r', value));
    if (error) assertSmartError(error, `can(${description})`);
  }
});

test('prepareFormPost rejects only with a SmartError, for any arguments on any platform', async (t) => {
  const { postedCallback, prepareFormPost } = await import('smart-launch/form-post');
  const broken = { controller: { postMessage: unusable }, register: unusable, getRegistration: unusable };
  const pages = [{}, { location: new URL('https://app.example/'), navigator: { serviceWorker: broken } }];
  const { navigator } = globalThis;
  t.after(() => {
    Object.defineProperty(globalThis, 'navigator', { configurable: true, value: navigator });
    delete globalThis.location;
  });
  for (const page of pages) {
    for (const name of ['location', 'navigator']) Object.defineProperty(globalThis, name, { configurable: true, value: page[name] });
    for (const [description, value] of [['nothing', undefined], ...Object.entries(hostileValues())]) {
      for (const argument of [value, { redirectUri: value }, { redirectUri: '/', worker: value }]) {
        const { error } = await resultOf(() => prepareFormPost(argument));
        assertSmartError(error, `prepareFormPost(${description})`);
      }
    }
    const { value, error } = await resultOf(postedCallback);
    if (error) assertSmartError(error, 'postedCallback');
    else assert.equal(value, undefined);
  }
});

function unusable() {
  throw new DOMException('not here', 'InvalidStateError');
}

test('an argument that cannot be read is config_invalid', async (t) => {
  const ehr = await startEhr(t);
  const { 'a proxy that throws': proxy } = hostileValues();
  for (const call of [
    () => smartLaunch.createCodeTokenRequest(proxy),
    () => smartLaunch.readIdToken({ idToken: proxy }),
    () => smartLaunch.normalizeScope(proxy),
    () => smartLaunch.parseLaunch({ toString: () => { throw proxy; } }),
    () => createSmartClient(ehr.options({ servers: [proxy] })).frontChannelLogout('https://app.example/'),
  ]) {
    const { error } = await resultOf(call);
    assertSmartError(error, String(call));
    assert.deepEqual([error.code, error.fault], ['config_invalid', 'app'], String(call));
  }
});

test('`appState` that JSON cannot represent is refused before the navigation', async (t) => {
  const ehr = await startEhr(t);
  const { client } = await openIsolated(t);
  for (const appState of [cycle, { a: 7n }, { a: [() => {}] }, Symbol('x'), () => {}]) {
    const pageClient = createSmartClient(ehr.options());
    const expectedError = { name: 'SmartError', code: 'config_invalid', fault: 'app' };
    await assert.rejects(pageClient.authorize({ navigate: false, appState }), expectedError);
    assert.equal(pageClient.getState().error.code, 'config_invalid');
  }
  await assert.rejects(client.authorize({ appState: cycle }), { code: 'config_invalid' });
});

test('error in a page without Web Crypto says that the page needs https', async (t) => {
  const ehr = await startEhr(t);
  const { crypto } = globalThis;
  t.after(() => Object.defineProperty(globalThis, 'crypto', { configurable: true, value: crypto }));
  for (const value of [undefined, {}, { getRandomValues: crypto.getRandomValues.bind(crypto) }]) {
    Object.defineProperty(globalThis, 'crypto', { configurable: true, value });
    const expectedError = { code: 'crypto_unavailable', message: /needs https/, fault: 'app' };
    await assert.rejects(createSmartClient(ehr.options()).authorize({ navigate: false }), expectedError);
    await assert.rejects(smartLaunch.createPkcePair(), expectedError);
  }
});

test('an error has the purpose and the URL of the request that failed', async (t) => {
  const ehr = await startEhr(t, { idToken: {}, tokens: { scope: 'openid fhirUser launch/patient patient/*.rs offline_access' } });
  const scope = 'openid fhirUser launch/patient patient/*.rs offline_access';
  const client = () => createSmartClient(ehr.options({ scope }));
  const urlOf = (path) => ({ url: `${ehr.origin}${path}` });
  const discovery = '/fhir/.well-known/smart-configuration';
  ehr.answer(discovery, { status: 404 });
  await assert.rejects(client().discover(), {
    code: 'http_status', purpose: 'discovery', ...urlOf(discovery), status: 404, message: /HTTP 404/, hint: /fhirBaseUrl/,
  });
  for (const [response, code] of [
    [{ json: [] }, 'discovery_invalid'],
    [{ headers: { 'content-type': 'text/html' }, body: '<html>' }, 'discovery_invalid'],
    [{ redirect: '/x' }, 'redirected'],
  ]) {
    ehr.answer(discovery, response);
    await assert.rejects(client().discover(), { code, purpose: 'discovery', ...urlOf(discovery) });
  }
  ehr.configure({});
  const signedInClient = client();
  await signIn(signedInClient);
  ehr.answer('/token', { status: 401, json: { error: 'invalid_client' } });
  await assert.rejects(signIn(client()), {
    code: 'token_refused', purpose: 'token', ...urlOf('/token'), message: /client authentication/, fault: 'app',
  });
  ehr.answer('/token', { status: 500 });
  await assert.rejects(signIn(client()), { code: 'http_status', purpose: 'token', message: /HTTP 500/, fault: 'server' });
  await assert.rejects(signedInClient.refresh(), { code: 'http_status', purpose: 'refresh', ...urlOf('/token') });
  ehr.answer('/revoke', { status: 500 });
  assert.equal((await signedInClient.logout()).error.purpose, 'revocation');
});

test('an error of the FHIR API has the URL of the request and the text of the server, without the token', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const { tokenResponse } = await signIn(client);
  const diagnostics = `no such patient; ${tokenResponse.access_token} ${btoa(tokenResponse.access_token)}`;
  const outcomes = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found', diagnostics }] };
  ehr.answer('/fhir/Patient/x', { status: 404, json: outcomes });
  const error = await client.request('Patient/x?_format=json').catch((failure) => failure);
  assertSmartError(error, 'FHIR');
  assert.match(error.message, /HTTP 404 to the FHIR request/);
  assert.equal(error.url, `${ehr.fhirBaseUrl}/Patient/x`);
  assert.equal(error.operationOutcome, error.body);
  assert.match(error.body.issue[0].diagnostics, /^no such patient; \*\*\* \S*\*\*\*\S*$/);
});

test('exception of the platform is the cause', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options({ fhirBaseUrl: 'http://127.0.0.1:1/fhir' }));
  const error = await client.discover().catch((failure) => failure);
  assert.deepEqual([error.code, error.purpose, error.fault], ['network', 'discovery', 'network']);
  assert.ok(error.cause instanceof TypeError);
});

test('error under `strict` has the text of the warning', async (t) => {
  const ehr = await startEhr(t);
  ehr.grant({ expires_in: 'soon' });
  await assert.rejects(signIn(createSmartClient(ehr.options({ strict: true }))), {
    warning: 'expires_in_invalid',
    message: /not a number of seconds.*strict/,
  });
});

test('error about an invalid option names the option and says what is wrong', async (t) => {
  const ehr = await startEhr(t);
  for (const [options, message] of [
    [{ redirectUri: '/callback' }, /`redirectUri` is not an absolute URL/],
    [{ scope: ['launch'] }, /`scope` is not text/],
    [{ clientId: 7 }, /`clientId` is not text/],
    [{ fhirBaseUrl: undefined }, /`fhirBaseUrl` is missing/],
    [{ fhirBaseUrl: 'http://localhost/fhir', allowInsecureLoopback: false }, /needs `allowInsecureLoopback`/],
  ]) {
    await assert.rejects(createSmartClient(ehr.options(options)).discover(), { message, fault: 'app' });
  }
  const httpsClient = createSmartClient(ehr.options({ fhirBaseUrl: 'https://localhost:1/fhir', allowInsecureLoopback: false }));
  await assert.rejects(httpsClient.discover(), { code: 'network' });
});

test('the page of an isolated client gets no token in any encoding', async (t) => {
  const app = await openIsolated(t);
  const { ehr, workers } = app;
  ehr.grant({ access_token: 'AQ/b+3cd=access-token-one', refresh_token: 'AQ/b+3cd=refresh-token-one' });
  await app.signIn();
  for (const secret of ['AQ/b+3cd=access-token-one', 'AQ/b+3cd=refresh-token-one']) {
    for (const encoded of [
      secret, secret.slice(0, 20), secret.slice(5), encodeURIComponent(secret), encodeURIComponent(encodeURIComponent(secret)),
      secret.replaceAll('/', '\\u002f'), secret.replaceAll('/', '\\/'), btoa(secret), btoa(`x:${secret}`), secret.replaceAll('+', ' '),
      secret.toUpperCase(), Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('hex').toUpperCase(),
    ]) {
      ehr.answer('/token', { status: 400, json: { error: 'invalid_request', error_description: `bad ${encoded}` } });
      await assert.rejects(app.client.refresh(), { code: 'token_refused' });
      ehr.answer('/fhir/Patient/x', { json: { [encoded]: encoded } });
      await app.client.request('Patient/x');
      const receivedText = JSON.stringify(workers.received.map((message) => ({
        ...message,
        result: message.result?.body ? new TextDecoder().decode(message.result.body) : message.result,
      })));
      assert.ok(!receivedText.includes(JSON.stringify(encoded).slice(1, -1)), encoded);
    }
  }
});
