// Messages for users, in every language of the package: `smart-launch/messages`.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createSmartClient, SmartError } from 'smart-launch';
import { readBrands } from 'smart-launch/brands';
import { english, messageFor } from 'smart-launch/messages';
import { german } from 'smart-launch/messages-de';
import { spanish } from 'smart-launch/messages-es';
import { french } from 'smart-launch/messages-fr';
import { packageDirectory } from './installed.mjs';

/** @typedef {import('smart-launch').SmartErrorCode} SmartErrorCode */
/** @typedef {import('smart-launch/messages').SmartMessages} SmartMessages */

const LANGUAGES = { english, german, spanish, french };

/** Members of a union of string literals in the declarations. @param {string} file @param {RegExp} pattern */
async function members(file, pattern) {
  const [, union = ''] = pattern.exec(await readFile(new URL(`dist/${file}.d.ts`, packageDirectory), 'utf8')) ?? [];
  return [...union.matchAll(/'(\w+)'/g)].map(([, member]) => member);
}
const codes = /** @type {SmartErrorCode[]} */ (await members('error/smart-error-code', /SmartErrorCode =([^;]*);/));
const reasons = await members('session/smart-events', /signedOut: \{\s*readonly reason:([^;]*);/);

/** @param {Partial<SmartError>} members */
const errorWith = (members) => new SmartError(/** @type {ConstructorParameters<typeof SmartError>[0]} */ ({ message: 'x', ...members }));

test('every language has a sentence for each code and each reason of `signedOut`, and no others', () => {
  const expected = [...new Set([...codes, ...reasons, 'access_denied', 'unavailable'])].sort();
  for (const [language, messages] of Object.entries(LANGUAGES)) {
    assert.deepEqual(Object.keys(messages).sort(), expected, language);
  }
});

test('every message consists of whole sentences, without codes, names of options and technical terms', () => {
  for (const [language, messages] of Object.entries(LANGUAGES)) {
    for (const [key, text] of Object.entries(messages)) {
      assert.match(text, /^\p{Lu}[^_`{}<>"]*\.$/u, `${language}: ${key}`);
      assert.doesNotMatch(text, /OAuth|FHIR|SMART|token|URL|HTTP|WebAssembly|\.\.|  /i, `${language}: ${key}`);
    }
  }
});

test('in every language the same keys share a message, and every message is translated', () => {
  const keys = /** @type {(keyof SmartMessages)[]} */ (Object.keys(english));
  /** @param {SmartMessages} messages */
  const sharedTexts = (messages) => keys.map((key) => keys.find((other) => messages[other] === messages[key]));
  for (const messages of [german, spanish, french]) {
    assert.deepEqual(sharedTexts(messages), sharedTexts(english));
    for (const key of keys) assert.notEqual(messages[key], english[key], key);
  }
});

test('`userMessage` of an error is the English message', async () => {
  const { describe } = await import(new URL('dist/texts.js', packageDirectory).href);
  for (const code of codes) {
    assert.equal(describe({ code }).userMessage, english[code]);
    assert.equal(messageFor(errorWith({ code })), english[code]);
  }
  for (const [members, key] of /** @type {[Partial<SmartError>, keyof SmartMessages][]} */ ([
    [{ code: 'authorization_refused', oauth: { error: 'access_denied' } }, 'access_denied'],
    [{ code: 'authorization_refused', oauth: { error: 'invalid_scope' } }, 'authorization_refused'],
    [{ code: 'token_refused', oauth: { error: 'access_denied' }, status: 400 }, 'access_denied'],
    [{ code: 'registration_refused', oauth: { error: 'access_denied' } }, 'registration_refused'],
    [{ code: 'storage_unavailable', status: 503 }, 'unavailable'],
    [{ code: 'lock_timeout', status: 503 }, 'unavailable'],
    [{ code: 'http_status', status: 503 }, 'http_status'],
  ])) {
    assert.equal(describe(members).userMessage, english[key], key);
    for (const messages of Object.values(LANGUAGES)) assert.equal(messageFor(errorWith(members), messages), messages[key], key);
  }
});

test('error of a session store on the app’s server has the message that the app is not available', () => {
  for (const code of /** @type {const} */ (['storage_unavailable', 'lock_timeout'])) {
    const error = errorWith({ code, fault: 'app', userMessage: english.unavailable });
    for (const messages of Object.values(LANGUAGES)) assert.equal(messageFor(error, messages), messages.unavailable);
  }
});

test('error of the idle timeout has the message of the reason `idle`', async () => {
  assert.ok((await readFile(new URL('dist/idle-timeout.js', packageDirectory), 'utf8')).includes(english.idle));
  const error = errorWith({ code: 'session_expired', fault: 'user', userMessage: english.idle });
  for (const messages of Object.values(LANGUAGES)) assert.equal(messageFor(error, messages), messages.idle);
});

test('errors that are made before the texts are loaded have the messages of their codes', async () => {
  const options = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' };
  const client = createSmartClient(options);
  const timeout = new DOMException('late', 'TimeoutError');
  const signals = { aborted: AbortSignal.abort(), timeout: AbortSignal.abort(timeout), config_invalid: /** @type {any} */ ('signal') };
  for (const [code, signal] of Object.entries(signals)) {
    await assert.rejects(client.request('Patient/1', { signal }), { code, userMessage: english[/** @type {SmartErrorCode} */ (code)] });
  }
  client.dispose();
  await assert.rejects(client.ready(), { code: 'aborted', userMessage: english.aborted });
  for (const file of ['isolated', 'texts']) {
    assert.ok((await readFile(new URL(`dist/${file}.js`, packageDirectory), 'utf8')).includes(english.worker_lost), file);
  }
  assert.throws(() => readBrands({}), { code: 'json_invalid', userMessage: english.json_invalid });
  assert.ok((await readFile(new URL('dist/index.js', packageDirectory), 'utf8')).includes(english.wasm_unavailable));
});

test('messageFor: an error whose texts could not be loaded has the message of its code', () => {
  const offline = errorWith({ code: 'network' });
  assert.notEqual(offline.userMessage, english.network);
  assert.equal(messageFor(offline), english.network);
  assert.equal(messageFor(offline, german), german.network);
});

test('messageFor: the message contains no text of the server', () => {
  const oauth = { error: 'access_denied', description: 'canary', hint: 'canary', uri: 'https://canary.example' };
  for (const code of codes) {
    const error = errorWith({ code, message: 'canary', hint: 'canary', oauth, body: 'canary', status: 400, url: 'https://canary.example' });
    for (const messages of Object.values(LANGUAGES)) assert.doesNotMatch(messageFor(error, messages), /canary/);
  }
});

test('messageFor: `userMessage` for an unknown code, and the message of `internal` for a value that is not a SmartError', () => {
  for (const code of ['of_a_later_version', 'constructor', '__proto__', 'toString']) {
    const laterError = errorWith({ code: /** @type {SmartErrorCode} */ (code), userMessage: 'Please wait.' });
    assert.equal(messageFor(laterError, german), 'Please wait.', code);
  }
  for (const value of [new TypeError('x'), 'x', undefined, null, { code: 'network' }]) {
    assert.equal(messageFor(value), english.internal);
    assert.equal(messageFor(value, german), german.internal);
  }
});

test('messageFor: messages of the app are used, also empty ones; a missing message is in English', () => {
  const appMessages = { ...german, popup_closed: '' };
  assert.equal(messageFor(errorWith({ code: 'popup_closed' }), appMessages), '');
  // Apps in JavaScript have no type checks.
  const incomplete = /** @type {SmartMessages} */ ({ network: 'Kein Netz.' });
  assert.equal(messageFor(errorWith({ code: 'network' }), incomplete), 'Kein Netz.');
  assert.equal(messageFor(errorWith({ code: 'timeout' }), incomplete), english.timeout);
});

test('the entries of languages import nothing, and `smart-launch/messages` only the main entry', async () => {
  for (const [name, imported] of Object.entries({ messages: ['./index.js'], 'messages-de': [], 'messages-es': [], 'messages-fr': [] })) {
    const code = await readFile(new URL(`dist/${name}.js`, packageDirectory), 'utf8');
    const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, file]) => file);
    assert.deepEqual(imports, imported, name);
  }
});
