// A server that binds tokens to keys and checks each proof (RFC 9449 §4.3), at the token endpoint and at its FHIR API.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { startEhr } from './ehr.mjs';

/** @param {string} text */
const sha256 = (text) => createHash('sha256').update(text).digest('base64url');

/** @param {string} part */
const decodedPart = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());

/**
 * Header and claims of a proof.
 *
 * @param {unknown} jwt
 */
export function readProof(jwt) {
  const [header = '', claims = ''] = String(jwt).split('.');
  return { header: decodedPart(header), claims: decodedPart(claims) };
}

/**
 * @param {import('node:test').TestContext} test
 * @param {Parameters<typeof startEhr>[1]} [ehrOptions]
 */
export async function startProofServer(test, ehrOptions) {
  const ehr = await startEhr(test, { ...ehrOptions, tokens: { token_type: 'DPoP', ...ehrOptions?.tokens } });
  /** Thumbprints by token. @type {Map<string, string>} */
  const bound = new Map();
  const usedIds = new Set();
  const state = { nonce: '', resourceNonce: '', clock: () => Math.floor(Date.now() / 1000) };

  /**
   * Checks the proof of a request; returns an error code, or the thumbprint of the key.
   *
   * @param {import('./scripted-server.mjs').ReceivedRequest} request
   * @param {string} nonce
   * @returns {{ error: string } | { jkt: string }}
   */
  function checkProof({ method, path, headers }, nonce) {
    const { dpop, authorization } = headers;
    const [signed, signature] = [String(dpop).slice(0, String(dpop).lastIndexOf('.')), String(dpop).split('.')[2]];
    const { header, claims } = readProof(dpop);
    assert.deepEqual([header.typ, header.alg, Object.keys(header.jwk).sort()], ['dpop+jwt', 'ES256', ['crv', 'kty', 'x', 'y']]);
    const key = { key: createPublicKey({ key: header.jwk, format: 'jwk' }), dsaEncoding: /** @type {const} */ ('ieee-p1363') };
    assert.ok(verify('sha256', Buffer.from(signed), key, Buffer.from(signature ?? '', 'base64url')), 'the signature is valid');
    assert.deepEqual([claims.htm, claims.htu], [method, `${ehr.origin}${path}`]);
    const token = authorization?.replace(/^DPoP /, '');
    assert.equal(claims.ath, token && sha256(token));
    assert.ok(!usedIds.has(claims.jti), 'a proof is used once');
    usedIds.add(claims.jti);
    if (Math.abs(claims.iat - state.clock()) > 60) return { error: 'invalid_dpop_proof' };
    if (nonce && claims.nonce !== nonce) return { error: 'use_dpop_nonce' };
    const { crv, kty, x, y } = header.jwk;
    return { jkt: sha256(JSON.stringify({ crv, kty, x, y })) };
  }

  const usedRefreshTokens = new Set();
  ehr.answer('/token', (request) => {
    const checked = checkProof(request, state.nonce);
    /** @type {Record<string, string>} */
    const headers = { ...(state.nonce && { 'dpop-nonce': state.nonce }), date: new Date(state.clock() * 1000).toUTCString() };
    if ('error' in checked) return { status: 400, headers, json: checked };
    const refreshToken = request.fields.get('refresh_token');
    if (refreshToken) {
      assert.ok(!usedRefreshTokens.has(refreshToken), 'an accepted refresh token is not sent again');
      usedRefreshTokens.add(refreshToken);
      if (bound.get(refreshToken) !== checked.jkt) return { status: 400, headers, json: { error: 'invalid_grant' } };
    }
    const json = ehr.tokenResponse();
    for (const token of [json.access_token, json.refresh_token]) bound.set(token, checked.jkt);
    return { headers, json };
  });
  ehr.answer('/fhir/Patient/zoe', (request) => {
    const [scheme, token = ''] = String(request.headers.authorization).split(' ');
    assert.equal(scheme, 'DPoP');
    const checked = checkProof(request, state.resourceNonce);
    /** @type {Record<string, string>} */
    const headers = { ...(state.resourceNonce && { 'dpop-nonce': state.resourceNonce }) };
    headers.date = new Date(state.clock() * 1000).toUTCString();
    const error = 'error' in checked ? checked.error : bound.get(token) === checked.jkt ? undefined : 'invalid_token';
    if (error) return { status: 401, headers: { ...headers, 'www-authenticate': `Bearer, dPoP error="${error}"` } };
    return { headers, json: { resourceType: 'Patient', id: 'zoe', method: request.method, body: request.body } };
  });
  return { ...ehr, state, bound };
}
