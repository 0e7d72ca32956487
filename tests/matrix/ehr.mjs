// The sandbox, a simulated user who signs in there, and the endpoint to which an app reports its results.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fromSandbox } from './setting.mjs';
import { keysAfterToken } from '../request-order.mjs';

/** @type {typeof import('../../www/sandbox/sandbox.mjs')} */
const { startSandbox } = await fromSandbox('sandbox.mjs');
/** @type {typeof import('../../www/sandbox/user/user.mjs')} */
const { signIn } = await fromSandbox('user/user.mjs');

const SECRET = 'a-secret-of-the-app';

/** The report of app/sign-in.js after a successful sign-in. */
const TOLD = {
  family: 'Alvarez',
  isProven: true,
  isRenewed: true,
  isOfIssuer: true,
  scope: 'patient/Observation.rs',
  revoked: true,
  refused: { code: 'signed_out', hint: 'Call authorize() first.' },
};

/** The requests to the authorization server for this, in order. */
const PURPOSES = ['discovery', 'authorize', 'token', 'jwks', 'token', 'revoke', 'revoke'];
/** A program also acts as a client without a user, and as two confidential clients with one. */
const ASKED_BY_CONFIDENTIAL = ['authorize', 'token', 'token', 'revoke', 'revoke'];
const ASKED_BY_ALL = ['token', ...ASKED_BY_CONFIDENTIAL, ...ASKED_BY_CONFIDENTIAL, ...PURPOSES];
/** Which of its clients share cached metadata depends on the bundler. */
export const PURPOSES_OF_PROGRAM = ASKED_BY_ALL.filter((purpose) => purpose !== 'discovery');
/** A page that is loaded again after the authorization server has lost its cached metadata. */
export const ASKED_BY_PAGE = PURPOSES.toSpliced(PURPOSES.indexOf('revoke'), 0, 'discovery');

/**
 * @param {import('./attempt.mjs').Test} test
 * @param {string} [redirectUri] the app's
 *
 * @typedef {Awaited<ReturnType<typeof openEhr>>} Ehr
 *
 * @typedef {{ fhirBaseUrl: string, userUrl: string, redirectUri: string, key: object, secret: string }} Address the configuration of an app
 *
 * @typedef {{ failed?: string, message?: string, stack?: string, sent?: object[], [member: string]: unknown }} Told
 */
export async function openEhr(test, redirectUri = 'https://app.example/back') {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'matrix' };
  const jwks = { keys: [{ ...key, d: undefined }] };
  const sandbox = await startSandbox({
    apps: [
      { clientId: 'matrix', name: 'matrix', redirectUris: [redirectUri] },
      { clientId: 'matrix-back-end', backend: true, jwks },
      { clientId: 'matrix-secret', redirectUris: [redirectUri], secret: SECRET },
      { clientId: 'matrix-key', redirectUris: [redirectUri], jwks },
    ],
  });
  test.after(() => sandbox.close());

  /** @type {(told: Told) => void} */
  let settle = () => {};
  /** @type {Promise<Told>} */
  const told = new Promise((resolve) => (settle = resolve));
  // An app without a page sends the authorization URL here, and receives the callback in return.
  const user = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    response.setHeader('access-control-allow-origin', '*');
    if (pathname === '/told') {
      settle(JSON.parse(await text(request)));
      return response.end();
    }
    const callback = signIn(String(searchParams.get('url')));
    return response.end(await callback.catch((error) => error.message));
  }).listen(0, 'localhost');
  await once(user, 'listening');
  test.after(() => {
    user.close();
    user.closeAllConnections();
  });

  const { port } = /** @type {import('node:net').AddressInfo} */ (user.address());
  const userUrl = `http://localhost:${port}`;

  const requestPurposes = () => {
    const requests = sandbox.requests.filter(({ method }) => method !== 'OPTIONS');
    const purposes = requests.map(({ purpose }) => purpose);
    return keysAfterToken(purposes.filter((purpose) => purpose !== undefined && PURPOSES.includes(purpose)));
  };

  return {
    address: { fhirBaseUrl: sandbox.fhirBaseUrl, userUrl, redirectUri, key, secret: SECRET },
    /** Origins to which an app sends requests. */
    origins: [sandbox.origin, userUrl],
    /** The app's report. */
    told,
    /** The requests to the authorization server. */
    requestPurposes,
    /**
     * Asserts that the app has signed in and used everything that a session offers.
     *
     * @param {string[] | null} [expected] the requests to the authorization server; `null`: any
     */
    async signedIn(expected = PURPOSES) {
      const { failed, message, stack, sent, isBackEnd, families, ...outcome } = await told;
      if (failed) throw Object.assign(new Error(`${failed}: ${message}`), { details: stack });
      assert.deepEqual(outcome, TOLD);
      const isProgram = expected === PURPOSES_OF_PROGRAM;
      assert.equal(isBackEnd, isProgram ? true : undefined);
      assert.deepEqual(families, isProgram ? [TOLD.family, TOLD.family] : undefined);
      if (expected) assert.deepEqual(isProgram ? requestPurposes().filter((purpose) => purpose !== 'discovery') : requestPurposes(), expected);
    },
    /**
     * Asserts that the app has failed with this code before it sent any request.
     *
     * @param {string} code
     */
    async failed(code) {
      const { failed, message } = await told;
      assert.equal(failed, code, message);
      assert.deepEqual(requestPurposes(), []);
    },
  };
}
