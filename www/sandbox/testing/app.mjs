/** An app for the tests: it requests authorization, gets tokens and reads from the FHIR API. */

import assert from 'node:assert/strict';
import { createHash, randomBytes, sign } from 'node:crypto';
import { startSandbox } from '../sandbox.mjs';
import { Browser, formData } from '../user/browser.mjs';
import { launchFromEhr } from '../user/launch.mjs';
import { passPages } from '../user/sign-in.mjs';

export const APP_ORIGIN = 'http://localhost:4401';
export const REDIRECT_URI = `${APP_ORIGIN}/callback`;

export const SCOPE = 'openid fhirUser launch/patient patient/*.rs offline_access';
export const EHR_SCOPE = 'openid fhirUser launch patient/*.rs online_access';

/**
 * The registration of the app at the sandbox.
 *
 * @param {string} clientId
 * @param {Partial<import('../sandbox.d.ts').App>} [changes]
 */
export const registration = (clientId, changes = {}) => ({
  clientId,
  name: 'Demo <app>',
  redirectUris: [REDIRECT_URI],
  launchUrl: `${APP_ORIGIN}/launch?theme=blue`,
  postLogoutRedirectUris: [`${APP_ORIGIN}/bye`],
  ...changes,
});

/**
 * A sandbox and an app with two token responses: `patientTokens` with a patient in context, `clinicianTokens` without.
 *
 * @param {string} [scope] of `patientTokens`
 */
export async function startWithUsers(scope = 'launch/patient patient/*.cruds') {
  const sandbox = await startSandbox({ apps: [registration('demo')] });
  const app = await testApp(sandbox);
  const patientTokens = await app.signIn({ scope });
  const clinicianTokens = await app.signIn({ scope: 'user/*.cruds' });
  return { sandbox, app, patientTokens, clinicianTokens };
}

/**
 * @param {import('../sandbox.mjs').Sandbox} sandbox
 *
 * @typedef {object} AuthorizationRequest
 * @property {Record<string, string>} parameters
 * @property {string} verifier
 * @property {string} state
 * @property {string} [nonce]
 *
 * @typedef {object} Choices the choices of the user on the pages
 * @property {Browser} [browser] a new browser when absent
 * @property {string} [user]
 * @property {string} [patient]
 * @property {string[]} [granted] the checkboxes that stay checked; all when absent
 * @property {boolean} [byPost] true if the request is sent as a form
 *
 * @typedef {typeof import('../oauth/smart-configuration.mjs').smartConfiguration} smartConfiguration
 *
 * @typedef {object} TokenResponse
 * @property {string} access_token
 * @property {string} scope
 * @property {string} [refresh_token]
 * @property {string} [id_token]
 * @property {string} [patient]
 */
export async function testApp({ fhirBaseUrl, ehrUrl }) {
  const response = await fetch(`${fhirBaseUrl}/.well-known/smart-configuration`);
  const server = /** @type {ReturnType<smartConfiguration>} */ (await response.json());

  /** @param {Record<string, string | undefined>} [changes] @returns {AuthorizationRequest} */
  function authorizationRequest(changes = {}) {
    const verifier = randomBytes(32).toString('base64url');
    const scope = changes.scope ?? SCOPE;
    const parameters = {
      response_type: 'code',
      client_id: 'demo',
      redirect_uri: REDIRECT_URI,
      state: randomBytes(16).toString('base64url'),
      // A nonce belongs to OpenID Connect and is refused in other requests.
      ...(scope.includes('openid') && { nonce: randomBytes(16).toString('base64url') }),
      aud: fhirBaseUrl,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...changes,
      scope,
    };
    const present = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
    return { parameters: present, verifier, state: parameters.state, nonce: parameters.nonce };
  }

  /** @param {Pick<AuthorizationRequest, 'parameters'>} request */
  const authorizationUrl = ({ parameters }) => `${server.authorization_endpoint}?${new URLSearchParams(parameters)}`;

  /**
   * Goes through the pages, if there are any, up to the response.
   *
   * @param {Pick<AuthorizationRequest, 'parameters'>} request
   * @param {Choices} [choices]
   */
  async function authorize(request, choices = {}) {
    const { browser = new Browser(), granted, byPost, ...userChoices } = choices;
    const page = byPost
      ? await browser.open(server.authorization_endpoint, { form: request.parameters })
      : await browser.open(authorizationUrl(request));
    return passPages(browser, page, { ...userChoices, ...(granted && { granted: () => granted }) });
  }

  /** @param {string} url @param {Record<string, string>} form @param {Record<string, string>} [headers] */
  const post = (url, form, headers = {}) => fetch(url, { method: 'POST', headers, body: formData(form) });

  /** @param {AuthorizationRequest} request @param {string} code @param {Record<string, string>} [headers] */
  function exchange({ verifier, parameters }, code, headers) {
    const { client_id = '' } = parameters;
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      client_id,
      code_verifier: verifier,
    };
    return post(server.token_endpoint, form, headers);
  }

  /** @param {string} token @param {Record<string, string>} [parameters] */
  const refresh = (token, parameters = {}) =>
    post(server.token_endpoint, { grant_type: 'refresh_token', refresh_token: token, client_id: 'demo', ...parameters });

  /**
   * Signs in and returns the token response.
   *
   * @param {{ scope?: string, launch?: string } & Choices} [options]
   */
  async function signIn({ scope, launch, ...choices } = {}) {
    const request = authorizationRequest({ scope: scope ?? (launch ? EHR_SCOPE : SCOPE), launch });
    const { redirect } = await authorize(request, choices);
    assert.ok(redirect);
    const response = await exchange(request, String(redirect.searchParams.get('code')));
    assert.equal(response.status, 200);
    return /** @type {TokenResponse} */ (await response.json());
  }

  /**
   * Presses 'New tab' in a chart of the EHR, and returns the URL at which the app is opened.
   *
   * @param {Partial<Parameters<typeof launchFromEhr>[0]>} [chart]
   */
  async function launchInEhr({ clientId = 'demo', ...chart } = {}) {
    const url = new URL(await launchFromEhr({ ehrUrl, clientId, ...chart }));
    return { url, launch: url.searchParams.get('launch') };
  }

  /** @param {{ access_token: string }} tokens @param {string} path @param {RequestInit & { prefer?: string }} [init] */
  function fhir({ access_token: token }, path, { prefer, headers: otherHeaders, ...init } = {}) {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(prefer && { prefer }),
      ...(init.body && { 'content-type': 'application/fhir+json' }),
      ...otherHeaders,
    };
    return fetch(`${fhirBaseUrl}/${path}`, { ...init, headers });
  }

  return {
    server,
    authorizationRequest,
    authorizationUrl,
    authorize,
    post,
    exchange,
    refresh,
    signIn,
    launchFromEhr: launchInEhr,
    fhir,
  };
}

/**
 * The scopes of a token response, in an order that can be compared.
 *
 * @param {{ scope: string }} response
 */
export const scopes = ({ scope }) => scope.split(' ').toSorted();

/**
 * The claims of an ID token, without verification.
 *
 * @param {string} jwt
 */
export const claimsOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());

/**
 * A proof of possession (RFC 9449 §4.2).
 *
 * @param {import('node:crypto').KeyPairKeyObjectResult} key
 * @param {{ htm: string, htu: string, ath?: string, nonce?: string }} claims
 */
export function dpopProof({ privateKey, publicKey }, claims) {
  const part = (/** @type {object} */ value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) };
  const payload = { jti: randomBytes(16).toString('base64url'), iat: Math.floor(Date.now() / 1000), ...claims };
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
