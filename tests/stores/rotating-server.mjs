// A SMART server that rotates refresh tokens. When a replaced refresh token arrives again, the server revokes all tokens of the
// sign-in, unless it still accepts, for some seconds, the refresh token that was replaced last.

import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * @typedef {{ sender: string, time: number }} Sending of a refresh token: by which client secret, and when it arrived
 *
 * @typedef {object} Family the tokens of one sign-in
 * @property {string} patient
 * @property {string} refreshToken the latest
 * @property {string} accessToken the latest
 * @property {{ token: string, until: number } | undefined} reusable the refresh token that was replaced last
 * @property {string} sentToken the refresh token that arrived last
 * @property {Sending[]} sendings of `sentToken`
 * @property {boolean} isRevoked
 * @property {number} refreshes
 * @property {number} refusals of refresh tokens
 */

/**
 * @param {import('node:test').TestContext} t
 * @param {{ lifetime?: number, reuseSeconds?: number }} [options] seconds of an access token, and seconds for which the refresh
 *   token that was replaced last is still accepted
 */
export async function startRotatingServer(t, { lifetime = 1, reuseSeconds = 0 } = {}) {
  /** By token, replaced ones included. @type {Map<string, Family>} */
  const families = new Map();
  /** @type {Map<string, { patient: string, challenge: string }>} */
  const codes = new Map();
  const server = {
    /**
     * For each arrival of a replaced refresh token of a sign-in that is not revoked: its sendings so far.
     *
     * @type {{ patient: string, sendings: Sending[] }[]}
     */
    reuses: [],
    refreshes: 0,
    /** Called when a refresh request arrives, and when tokens are rotated. @type {(step: 'arrived' | 'rotated') => unknown} */
    observe: () => {},
    /** Milliseconds that a refresh takes. */
    delay: 5,
    /** Milliseconds that a FHIR request takes. */
    fhirDelay: 0,
    families,
    /** The latest sign-in of each patient. @type {Map<string, Family>} */
    signIns: new Map(),
    fhirBaseUrl: '',
    /**
     * Approves an authorization request for a patient, and returns the code.
     *
     * @param {URLSearchParams} parameters
     * @param {string} patient
     */
    approve(parameters, patient) {
      const code = randomUUID();
      codes.set(code, { patient, challenge: String(parameters.get('code_challenge')) });
      return code;
    },
  };
  const http = createServer(async (request, response) => {
    /** @param {number} status @param {object} json */
    const answer = (status, json) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(json));
    };
    let body = '';
    for await (const chunk of request) body += chunk;
    const fields = new URLSearchParams(body);
    if (request.url === '/fhir/.well-known/smart-configuration') {
      return answer(200, {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        code_challenge_methods_supported: ['S256'],
        capabilities: ['client-confidential-symmetric'],
        grant_types_supported: ['authorization_code'],
      });
    }
    if (request.url?.startsWith('/fhir/')) {
      const family = families.get(String(request.headers.authorization).slice(7));
      if (!family || family.isRevoked) return answer(401, { resourceType: 'OperationOutcome' });
      if (server.fhirDelay) await wait(server.fhirDelay);
      return answer(200, { resourceType: 'Patient', id: family.patient });
    }
    if (request.url !== '/token') return answer(404, {});
    if (fields.get('grant_type') === 'authorization_code') {
      const found = codes.get(String(fields.get('code')));
      codes.delete(String(fields.get('code')));
      const challenge = createHash('sha256').update(String(fields.get('code_verifier'))).digest('base64url');
      if (!found || challenge !== found.challenge) return answer(400, { error: 'invalid_grant' });
      const { patient } = found;
      /** @type {Family} */
      const family = {
        patient,
        refreshToken: '',
        accessToken: '',
        reusable: undefined,
        sentToken: '',
        sendings: [],
        isRevoked: false,
        refreshes: 0,
        refusals: 0,
      };
      server.signIns.set(patient, family);
      return answer(200, issue(family));
    }
    const token = String(fields.get('refresh_token'));
    const family = families.get(token);
    if (family) {
      if (family.sentToken !== token) Object.assign(family, { sentToken: token, sendings: [] });
      family.sendings.push({ sender: senderOf(request), time: performance.now() });
    }
    await server.observe('arrived');
    const isReplaced = family && family.refreshToken !== token;
    if (isReplaced && !family.isRevoked) server.reuses.push({ patient: family.patient, sendings: [...family.sendings] });
    const isReusable = family?.reusable?.token === token && performance.now() < family.reusable.until;
    if (!family || family.isRevoked || (isReplaced && !isReusable)) {
      if (family) Object.assign(family, { isRevoked: true, refusals: family.refusals + 1 });
      return answer(400, { error: 'invalid_grant' });
    }
    if (!isReplaced) family.reusable = { token, until: performance.now() + reuseSeconds * 1_000 };
    server.refreshes += 1;
    family.refreshes += 1;
    const issued = issue(family);
    await server.observe('rotated');
    await wait(server.delay);
    answer(200, issued);
  });

  /** @param {Family} family */
  function issue(family) {
    family.refreshToken = `refresh-${randomUUID()}`;
    family.accessToken = `access-${randomUUID()}`;
    families.set(family.refreshToken, family).set(family.accessToken, family);
    const { accessToken: access_token, refreshToken: refresh_token, patient } = family;
    return { access_token, refresh_token, patient, token_type: 'Bearer', expires_in: lifetime, scope: 'launch/patient patient/*.rs' };
  }

  /** The client secret of a request. @param {import('node:http').IncomingMessage} request */
  function senderOf({ headers: { authorization = '' } }) {
    return decodeURIComponent(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':')[1] ?? '');
  }

  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const origin = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (http.address()).port}`;
  server.fhirBaseUrl = `${origin}/fhir`;
  t.after(() => {
    http.close();
    http.closeAllConnections();
  });
  return server;
}
