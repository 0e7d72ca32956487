// A SMART server that rotates refresh tokens, and revokes all tokens of a sign-in when a used refresh token is sent again.

import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * @typedef {object} Family the tokens of one sign-in
 * @property {string} patient
 * @property {string} refreshToken the only one that is valid
 * @property {string} accessToken the latest
 * @property {boolean} isRevoked
 * @property {number} refreshes
 */

/**
 * @param {import('node:test').TestContext} t
 * @param {{ lifetime?: number }} [options] seconds of an access token
 */
export async function startRotatingServer(t, { lifetime = 1 } = {}) {
  /** By token, including replaced tokens. @type {Map<string, Family>} */
  const families = new Map();
  /** @type {Map<string, { patient: string, challenge: string }>} */
  const codes = new Map();
  const server = {
    /** How often a used refresh token was sent again. */
    reused: 0,
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
     * @param {URLSearchParams} asked
     * @param {string} patient
     */
    approve(asked, patient) {
      const code = randomUUID();
      codes.set(code, { patient, challenge: String(asked.get('code_challenge')) });
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
      const family = { patient, refreshToken: '', accessToken: '', isRevoked: false, refreshes: 0 };
      server.signIns.set(patient, family);
      return answer(200, issue(family));
    }
    await server.observe('arrived');
    const family = families.get(String(fields.get('refresh_token')));
    if (!family || family.isRevoked) return answer(400, { error: 'invalid_grant' });
    if (family.refreshToken !== fields.get('refresh_token')) {
      server.reused += 1;
      family.isRevoked = true;
      return answer(400, { error: 'invalid_grant' });
    }
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
