/**
 * The authorization server: oidc-provider, set up for SMART App Launch 2.2.
 *
 * The library implements OAuth 2.0 and OpenID Connect; this folder adds the requirements of SMART.
 */

import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { errors, Provider } from 'oidc-provider';
import { userById } from '../people/users.mjs';
import { assertionRules } from './assertion.mjs';
import { clientMetadata } from './client.mjs';
import { mismatches } from './mismatch.mjs';
import { paramsOf, smartParameters } from './parameters.mjs';
import { acceptSmartScopes } from './registration.mjs';
import { IDENTITY_SCOPES, isKnownScope, isSystemScope, scopeList } from './scope.mjs';
import { createStore } from './store.mjs';

/** The paths of the endpoints. */
export const ROUTES = {
  authorization: '/authorize',
  token: '/token',
  revocation: '/revoke',
  introspection: '/introspect',
  userinfo: '/userinfo',
  jwks: '/jwks',
  end_session: '/logout',
  pushed_authorization_request: '/par',
  registration: '/register',
};

/**
 * Supported client authentication methods.
 *
 * @type {import('oidc-provider').ClientAuthMethod[]}
 */
export const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'];
/**
 * Supported algorithms for client assertions.
 *
 * @type {import('oidc-provider').SigningAlgorithm[]}
 */
export const AUTH_ALGORITHMS = ['RS384', 'ES384', 'HS256', 'HS384', 'HS512'];

const WORKING_DAY = 12 * 60 * 60;
const HOUR = 60 * 60;

/**
 * @param {object} options
 * @param {string} options.origin the issuer
 * @param {string} options.fhirBaseUrl the required value of `aud`
 * @param {import('../sandbox.d.ts').App[]} options.apps
 * @param {import('./launches.mjs').Launches} options.launches
 * @param {Map<string, import('./context.mjs').LaunchContext>} options.contexts by grant
 * @param {number} options.accessTokenSeconds
 * @param {number} options.refreshTokenSeconds
 * @param {string} [options.initialAccessToken] required to register a client
 * @param {boolean} options.requireDpop whether DPoP proofs need a nonce; the proofs are required by `dpop` of each app
 * @param {Notices} options.notices
 * @returns {Promise<Provider>}
 * @throws {Error} for an app that cannot be registered
 *
 * @typedef {object} Notices pages that oidc-provider asks for, as HTML
 * @property {(error: { error: string, error_description?: string }, mismatches: Mismatch[]) => string} error
 * @property {(form: string, clientName?: string) => string} signOut
 * @property {() => string} signedOut
 *
 * @typedef {import('oidc-provider').KoaContextWithOIDC} KoaContextWithOIDC
 * @typedef {import('./mismatch.mjs').Mismatch} Mismatch
 */
export async function createProvider({
  origin,
  fhirBaseUrl,
  apps,
  launches,
  contexts,
  accessTokenSeconds,
  refreshTokenSeconds,
  initialAccessToken,
  requireDpop,
  notices,
}) {
  const unnamed = apps.find(({ clientId }) => !clientId);
  if (unnamed) throw new Error('An app cannot be registered: it has no client id.');
  const jkus = new Map(apps.flatMap(({ clientId, jku }) => (jku ? [[clientId, jku]] : [])));
  /** @type {(route: string) => string} */
  const urlFor = (route) => provider.urlFor(route);
  /** @type {Provider} */
  const provider = new Provider(origin, {
    adapter: createStore(),
    clients: apps.map(clientMetadata),
    clientAuthMethods: AUTH_METHODS,
    assertJwtClientAuthClaimsAndHeader: assertionRules({ issuer: origin, urlFor, jkus }),
    clientBasedCORS: (_ctx, requestOrigin, { redirectUris = [] }) =>
      redirectUris.some((uri) => new URL(uri).origin === requestOrigin),
    jwks: { keys: [await signingKey()] },
    cookies: cookies(origin),
    routes: ROUTES,
    responseTypes: ['code'],
    enabledJWA: {
      // The FHIR API checks proofs itself, and accepts only this algorithm.
      dPoPSigningAlgValues: ['ES256'],
      clientAuthSigningAlgValues: AUTH_ALGORITHMS,
      requestObjectSigningAlgValues: AUTH_ALGORITHMS,
    },
    scopes: IDENTITY_SCOPES,
    claims: { openid: ['sub'], fhirUser: ['fhirUser'], profile: ['name', 'given_name', 'family_name'] },
    // SMART apps read `fhirUser` from the ID token, without a userinfo request.
    conformIdTokenClaims: false,
    extraParams: smartParameters({ issuer: origin, fhirBaseUrl, launches }),
    findAccount: (_ctx, id, token) => findAccount(provider, fhirBaseUrl, id, token),
    loadExistingGrant,
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    issueRefreshToken: (_ctx, app, { scopes }) =>
      app.grantTypeAllowed('refresh_token') && (scopes.has('offline_access') || scopes.has('online_access')),
    rotateRefreshToken: true,
    // `findAccount` ends tokens without `offline_access` together with the user's session. oidc-provider's own rule would
    // also end them when the same browser signs in to the app a second time.
    expiresWithSession: () => false,
    extraTokenClaims: (_ctx, token) =>
      // Grants with client credentials have no user.
      token.kind === 'AccessToken'
        ? { ...contexts.get(token.grantId), fhirUser: `${fhirBaseUrl}/${userById(token.accountId)?.reference}` }
        : undefined,
    ttl: {
      AccessToken: accessTokenSeconds,
      AuthorizationCode: 60,
      ClientCredentials: accessTokenSeconds,
      Grant: refreshTokenSeconds + WORKING_DAY,
      IdToken: 3600,
      Interaction: HOUR,
      // A new token inherits the remaining lifetime of the rotated token, since otherwise a token family would never expire.
      RefreshToken: (ctx) => ctx.oidc.entities.RotatedRefreshToken?.remainingTTL ?? refreshTokenSeconds,
      Session: WORKING_DAY,
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => requireDpop },
      introspection: { enabled: true, allowedPolicy: (_ctx, caller, token) => token.clientId === caller.clientId },
      jwtResponseModes: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      requestObjects: { enabled: true },
      registration: { enabled: true, initialAccessToken },
      registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => fhirBaseUrl,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, resource) => fhirServer(ctx, resource, fhirBaseUrl),
      },
      revocation: { enabled: true, allowedPolicy: (_ctx, caller, token) => token.clientId === caller.clientId },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => void (ctx.body = notices.signOut(form, ctx.oidc.client?.clientName)),
        postLogoutSuccessSource: (ctx) => void (ctx.body = notices.signedOut()),
      },
      userinfo: { enabled: true },
    },
    renderError(ctx, error) {
      ctx.type = 'html';
      ctx.body = notices.error(error, mismatches(ctx, apps));
    },
  });

  acceptSmartScopes(provider);
  askForConsentEachTime(provider);
  // A SMART access token is valid for both the FHIR API and userinfo. oidc-provider's userinfo refuses a token with an
  // audience, so these tokens have none; the sandbox has no other API that needs one.
  provider.AccessToken.prototype.setAudience = () => {};
  provider.on('server_error', (_ctx, error) => console.error(error));
  for (const { clientId } of apps) await checkRegistration(provider, clientId);
  return provider;
}

/**
 * oidc-provider checks the metadata of an app only at its first request. This check reports mistakes when the sandbox
 * starts.
 *
 * @param {Provider} provider
 * @param {string} clientId
 */
async function checkRegistration(provider, clientId) {
  try {
    await provider.Client.find(clientId);
  } catch (error) {
    const { message, error_description: description = message } = /** @type {errors.OIDCProviderError} */ (error);
    throw new Error(`The app '${clientId}' cannot be registered: ${description}.`, { cause: error });
  }
}

/**
 * True if a token has to end because its grant has ended, or, without `offline_access`, the user's session.
 *
 * @param {Provider} provider
 * @param {{ grantId?: string, sessionUid?: string, accountId?: string }} token
 */
export async function hasEnded(provider, { grantId, sessionUid, accountId }) {
  const grant = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (!grant) return true;
  if (scopeList(grant.getOIDCScope()).includes('offline_access')) return false;
  const session = sessionUid === undefined ? undefined : await provider.Session.findByUid(sessionUid);
  return session?.accountId !== accountId;
}

/**
 * oidc-provider drops `offline_access` from a request without `prompt=consent` (OpenID Connect Core §11). SMART apps
 * send no prompt, so every request (by GET, by POST or pushed) is treated as one with `prompt=consent`. Only
 * `prompt=none` is unchanged.
 *
 * @param {Provider} provider
 */
function askForConsentEachTime(provider) {
  Object.defineProperty(provider.OIDCContext.prototype, 'prompts', {
    /** @this {KoaContextWithOIDC['oidc']} */
    get() {
      const prompts = new Set(scopeList(paramsOf(this).prompt));
      return prompts.has('none') ? prompts : prompts.add('consent');
    },
  });
}

/**
 * The FHIR server as a protected resource: it accepts all SMART scopes that are requested.
 *
 * @param {KoaContextWithOIDC} ctx
 * @param {string} resource
 * @param {string} fhirBaseUrl
 * @returns {import('oidc-provider').ResourceServer}
 */
function fhirServer(ctx, resource, fhirBaseUrl) {
  if (resource !== fhirBaseUrl) throw new errors.InvalidTarget();
  const { entities } = ctx.oidc;
  const source = entities.AuthorizationCode ?? entities.RotatedRefreshToken ?? entities.RefreshToken;
  const requested = scopeList(paramsOf(ctx.oidc).scope ?? source?.scope);
  const isBackend = ctx.oidc.client?.grantTypeAllowed('client_credentials');
  if (isBackend && (requested.length === 0 || !requested.every(isSystemScope))) {
    throw new errors.InvalidScope('a client without a user may only have system scopes', requested.join(' '));
  }
  const scopes = requested.filter(isBackend ? isSystemScope : isKnownScope);
  return { scope: scopes.join(' '), accessTokenFormat: 'opaque' };
}

/**
 * The grant of this consent. If the user has not been asked (such as with `prompt=none`), it is the latest grant of the app in
 * this session, or none for a request with `launch`.
 *
 * @param {KoaContextWithOIDC} ctx
 */
async function loadExistingGrant(ctx) {
  const { result, session, client: app, provider } = ctx.oidc;
  const { launch } = paramsOf(ctx.oidc);
  const id = result?.consent?.grantId ?? (launch || !app ? undefined : session?.grantIdFor(app.clientId));
  return id ? provider.Grant.find(id) : undefined;
}

/**
 * @param {Provider} provider
 * @param {string} fhirBaseUrl
 * @param {string} id
 * @param {Parameters<import('oidc-provider').FindAccount>[2]} token
 */
async function findAccount(provider, fhirBaseUrl, id, token) {
  const user = userById(id);
  if (!user || (token && (await hasEnded(provider, token)))) return undefined;
  return {
    accountId: id,
    claims: () => ({
      sub: id,
      fhirUser: `${fhirBaseUrl}/${user.reference}`,
      name: user.name,
      given_name: user.given,
      family_name: user.family,
    }),
  };
}

async function signingKey() {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };
}

/**
 * Browsers share cookies between all ports of a host, so the names contain the port: two sandboxes do not conflict.
 *
 * @param {string} origin
 */
function cookies(origin) {
  const prefix = `sandbox-${new URL(origin).port}`;
  return {
    keys: [randomBytes(32).toString('base64url')],
    names: { session: `${prefix}-session`, interaction: `${prefix}-interaction`, resume: `${prefix}-resume` },
  };
}
