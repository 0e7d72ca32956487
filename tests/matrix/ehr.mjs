// The sandbox, the user who signs in there, and whom an app tells how that went.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fromSandbox } from './setting.mjs';

/** @type {typeof import('../../www/sandbox/sandbox.mjs')} */
const { startSandbox } = await fromSandbox('sandbox.mjs');
/** @type {typeof import('../../www/sandbox/user/user.mjs')} */
const { signIn } = await fromSandbox('user/user.mjs');

/** What app/sign-in.js tells of a sign-in as it should be. */
const TOLD = {
  family: 'Alvarez',
  isProven: true,
  isRenewed: true,
  isOfIssuer: true,
  scope: 'patient/Observation.rs',
  revoked: true,
  refused: { code: 'signed_out', hint: 'Call authorize() first.' },
};

/** What the authorization server is asked for that, in order. */
const ASKED = ['discovery', 'authorize', 'token', 'jwks', 'token', 'revoke', 'revoke'];
/** A program is a client without a user as well. */
export const ASKED_BY_PROGRAM = ['discovery', 'token', ...ASKED];
/** A page that comes back from the server has forgotten what it had read. */
export const ASKED_BY_PAGE = ASKED.toSpliced(ASKED.indexOf('revoke'), 0, 'discovery');

/**
 * @param {import('./attempt.mjs').Test} test
 * @param {string} [redirectUri] the app's
 *
 * @typedef {Awaited<ReturnType<typeof openEhr>>} Ehr
 *
 * @typedef {{ fhirBaseUrl: string, userUrl: string, redirectUri: string, key: object }} Address what an app has to know
 *
 * @typedef {{ failed?: string, message?: string, stack?: string, sent?: object[], [member: string]: unknown }} Told
 */
export async function openEhr(test, redirectUri = 'https://app.example/back') {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'matrix' };
  const sandbox = await startSandbox({
    apps: [
      { clientId: 'matrix', name: 'matrix', redirectUris: [redirectUri] },
      { clientId: 'matrix-back-end', backend: true, jwks: { keys: [{ ...key, d: undefined }] } },
    ],
  });
  test.after(() => sandbox.close());

  /** @type {(told: Told) => void} */
  let settle = () => {};
  /** @type {Promise<Told>} */
  const told = new Promise((resolve) => (settle = resolve));
  // Where an app that has no page sends its user, and takes the callback from.
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

  const asked = () => {
    const requests = sandbox.requests.filter(({ method }) => method !== 'OPTIONS');
    return requests.map(({ purpose }) => purpose).filter((purpose) => purpose !== undefined && ASKED.includes(purpose));
  };

  return {
    address: { fhirBaseUrl: sandbox.fhirBaseUrl, userUrl, redirectUri, key },
    /** Origins that an app has to reach. */
    origins: [sandbox.origin, userUrl],
    /** What the app tells. */
    told,
    /** The app has signed in, and done everything that there is to do with a session. */
    async signedIn(expected = ASKED) {
      const { failed, message, stack, sent, isBackEnd, ...outcome } = await told;
      if (failed) throw Object.assign(new Error(`${failed}: ${message}`), { details: stack });
      assert.deepEqual(outcome, TOLD);
      assert.equal(isBackEnd, expected === ASKED_BY_PROGRAM ? true : undefined);
      assert.deepEqual(asked(), expected);
    },
    /**
     * The app has failed with this code, before it asked for anything.
     *
     * @param {string} code
     */
    async failed(code) {
      const { failed, message } = await told;
      assert.equal(failed, code, message);
      assert.deepEqual(asked(), []);
    },
  };
}
