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
const EXPECTED_REPORT = {
  family: 'Alvarez',
  isIdTokenOfIssuer: true,
  isRenewed: true,
  isSessionOfIssuer: true,
  scope: 'patient/Observation.rs',
  revoked: true,
  refused: { code: 'signed_out', hint: 'Call authorize() first.' },
};

/** The purposes of the requests of such a sign-in to the authorization server, in order. */
const PURPOSES = ['discovery', 'authorize', 'token', 'jwks', 'token', 'revoke', 'revoke'];
/**
 * The purposes of a confidential client with a user. A program runs a client without a user, then two confidential clients with a
 * user, then a public client.
 */
const PURPOSES_OF_CONFIDENTIAL_CLIENT = ['authorize', 'token', 'token', 'revoke', 'revoke'];
const PURPOSES_OF_ALL_CLIENTS = ['token', ...PURPOSES_OF_CONFIDENTIAL_CLIENT, ...PURPOSES_OF_CONFIDENTIAL_CLIENT, ...PURPOSES];
/** Without discovery, because the bundler determines which of the program's clients share cached metadata. */
export const PURPOSES_OF_PROGRAM = PURPOSES_OF_ALL_CLIENTS.filter((purpose) => purpose !== 'discovery');
/** A page that is loaded again by the redirect has lost its cached metadata. */
export const PURPOSES_OF_PAGE = PURPOSES.toSpliced(PURPOSES.indexOf('revoke'), 0, 'discovery');

/**
 * @param {import('./run-environment.mjs').Test} test
 * @param {string} [redirectUri] of the app
 *
 * @typedef {Awaited<ReturnType<typeof openEhr>>} Ehr
 *
 * @typedef {{ fhirBaseUrl: string, userUrl: string, redirectUri: string, key: object, secret: string }} AppConfig
 *
 * @typedef {{ failed?: string, message?: string, stack?: string, sent?: object[], [member: string]: unknown }} Report
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

  /** @type {(report: Report) => void} */
  let settle = () => {};
  /** @type {Promise<Report>} */
  const report = new Promise((resolve) => (settle = resolve));
  // An app without a page sends the authorization URL here, and receives the callback in return.
  const user = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    response.setHeader('access-control-allow-origin', '*');
    if (pathname === '/report') {
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
    appConfig: { fhirBaseUrl: sandbox.fhirBaseUrl, userUrl, redirectUri, key, secret: SECRET },
    /** Origins to which an app sends requests. */
    origins: [sandbox.origin, userUrl],
    /** The app's report. */
    report,
    /** The purposes of the requests to the authorization server. */
    requestPurposes,
    /**
     * Asserts that the app has reported the expected results, by the expected requests.
     *
     * @param {string[] | null} [expected] the purposes of the requests to the authorization server; `null`: any
     */
    async signedIn(expected = PURPOSES) {
      const { failed, message, stack, sent, readsAllPatients, families, ...outcome } = await report;
      if (failed) throw Object.assign(new Error(`${failed}: ${message}`), { details: stack });
      assert.deepEqual(outcome, EXPECTED_REPORT);
      const isProgram = expected === PURPOSES_OF_PROGRAM;
      assert.equal(readsAllPatients, isProgram ? true : undefined);
      assert.deepEqual(families, isProgram ? [EXPECTED_REPORT.family, EXPECTED_REPORT.family] : undefined);
      if (expected) assert.deepEqual(isProgram ? requestPurposes().filter((purpose) => purpose !== 'discovery') : requestPurposes(), expected);
    },
    /**
     * Asserts that the app has failed with this code before it sent any request.
     *
     * @param {string} code
     */
    async failed(code) {
      const { failed, message } = await report;
      assert.equal(failed, code, message);
      assert.deepEqual(requestPurposes(), []);
    },
  };
}
