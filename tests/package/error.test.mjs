// SmartError: stable code, message, hint and other members.

import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createSmartClient, parseLaunch, SmartError } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { copyOfPackage, packageDirectory } from './installed.mjs';
import { signIn } from './sign-in.mjs';

test('SmartError is an Error with a name, a code, a message and `retryable`', async () => {
  const error = await parseLaunch('https://app.example/?iss=data%3Ax&launch=y').catch((error) => error);
  assert.ok(error instanceof Error);
  assert.ok(error instanceof SmartError);
  assert.equal(error.name, 'SmartError');
  assert.equal(error.code, 'endpoint_scheme');
  assert.equal(error.retryable, false);
  assert.match(error.stack, /^SmartError: /);
  assert.equal(String(error), `SmartError: ${error.message}`);
});

test('error that an app creates for its tests has the members that it was given, and defaults for the others', () => {
  const error = new SmartError({ code: 'session_expired', message: 'the session has ended' });
  assert.ok(error instanceof Error && SmartError.is(error));
  const { name, code, message, hint, retryable, cause } = error;
  assert.deepEqual(
    { name, code, message, hint, retryable, cause },
    {
      name: 'SmartError',
      code: 'session_expired',
      message: 'the session has ended',
      hint: '',
      retryable: false,
      cause: undefined,
    },
  );
  const oauth = { error: 'invalid_grant' };
  const caused = new SmartError({ code: 'token_refused', message: 'refused', status: 400, oauth }, error);
  assert.deepEqual([caused.status, caused.oauth, caused.cause], [400, oauth, error]);
});

test('SmartError.is recognizes errors of another copy of the package', async (t) => {
  const { SmartError: OtherSmartError, parseLaunch: parseLaunchOfCopy } = await import(pathToFileURL(await copyOfPackage(t)));
  const error = await parseLaunchOfCopy('https://app.example/?iss=data%3Ax&launch=y').catch((error) => error);
  assert.notEqual(OtherSmartError, SmartError);
  assert.ok(!(error instanceof SmartError));
  assert.ok(SmartError.is(error));
  for (const value of [new Error('x'), { code: 'network' }, null, undefined, 'network'])
    assert.ok(!SmartError.is(value));
});

test('server’s texts are in `oauth`, filtered and limited in length, and not in the message', async (t) => {
  const ehr = await startEhr(t);
  const oauthMembers = {
    error: 'invalid_request',
    error_description: 'a\u202eb<img>"\n',
    error_uri: 'https://ehr.example/help',
  };
  ehr.answer('/token', { status: 400, json: oauthMembers });
  const error = await signIn(createSmartClient(ehr.options())).catch((error) => error);
  assert.equal(error.code, 'token_refused');
  assert.deepEqual(error.oauth, {
    error: 'invalid_request',
    description: 'ab<img>"',
    uri: 'https://ehr.example/help',
  });
  assert.ok(!error.message.includes('invalid_request') && !error.message.includes('img'));
  ehr.answer('/token', {
    status: 400,
    json: { ...oauthMembers, error_description: 'x'.repeat(5_000), error_uri: 'javascript:alert(1)' },
  });
  const longError = await signIn(createSmartClient(ehr.options())).catch((error) => error);
  assert.equal(longError.oauth.description.length, 1_024);
  assert.equal(longError.oauth.uri, undefined);
});

test('Retry-After is in retryAfterSeconds, at most 300', async (t) => {
  const ehr = await startEhr(t);
  for (const [header, seconds] of [
    ['5', 5],
    ['1000000000', 300],
    ['-1', undefined],
    ['garbage', undefined],
  ]) {
    ehr.answer('/token', { status: 429, headers: { 'retry-after': header } });
    await assert.rejects(signIn(createSmartClient(ehr.options())), (error) => {
      assert.equal(error.retryAfterSeconds, seconds);
      return error.status === 429 && error.retryable;
    });
  }
});

test('`retryable` is true without a response and after 408 or 500, false after 404, a refusal or an invalid body', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options({ timeoutSeconds: 1 }));
  for (const [response, retryable] of [
    [{ silent: true }, true],
    [{ cut: true, json: {} }, true],
    [{ status: 500 }, true],
    [{ status: 408 }, true],
    [{ status: 404 }, false],
    [{ status: 400, json: { error: 'invalid_grant' } }, false],
    [{ json: [] }, false],
  ]) {
    ehr.answer('/token', response);
    await assert.rejects(signIn(client), (error) => error.retryable === retryable, JSON.stringify(response));
  }
});

test('every code of the declarations has a sentence and a hint, and no other code has', async () => {
  const declared = ['smart-error-code', 'smart-warning'].map((name) => new URL(`dist/error/${name}.d.ts`, packageDirectory));
  const declarations = (await Promise.all(declared.map((file) => readFile(file, 'utf8')))).join('');
  const union = declarations.match(/export type SmartErrorCode =([^;]*);/)[1];
  const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code).sort();
  const { ERRORS, WARNINGS } = await import(new URL('dist/texts.js', packageDirectory));
  assert.deepEqual(Object.keys(ERRORS).sort(), codes);
  for (const [message, hint] of Object.values(ERRORS)) assert.ok(message.length > 10 && hint.length > 10);
  const warningUnion = declarations.match(/export type SmartWarningCode =([^;]*);/)[1];
  const warningCodes = [...warningUnion.matchAll(/'(\w+)'/g)].map(([, code]) => code).sort();
  assert.deepEqual(Object.keys(WARNINGS).sort(), warningCodes);
});

test('without the chunk with the texts, as without a network, an error of the network has a hint and a message for users', async (t) => {
  const entry = await copyOfPackage(t);
  const page = await import(pathToFileURL(entry));
  const client = page.createSmartClient({ clientId: 'app', fhirBaseUrl: 'https://ehr.example', scope: 'openid', redirectUri: 'https://app.example/' });
  await rm(join(dirname(entry), 'texts.js'));
  t.mock.method(globalThis, 'fetch', async () => {
    throw new TypeError('Failed to fetch');
  });
  await assert.rejects(client.authorize({ navigate: false }), (error) => {
    assert.deepEqual([error.code, error.fault, error.retryable], ['network', 'network', true]);
    assert.match(error.userMessage, /cannot be reached/);
    assert.ok(error.hint);
    return true;
  });
  await rm(join(dirname(entry), 'session.js'));
  await assert.rejects(client.getAccessToken(), (error) => {
    assert.deepEqual([error.code, error.fault, error.retryable], ['wasm_unavailable', 'network', true]);
    assert.match(error.userMessage, /could not be loaded/);
    return true;
  });
});
