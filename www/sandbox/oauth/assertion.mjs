/**
 * Requirements of SMART for client assertions beyond RFC 7523 (SMART App Launch 2.2, "Client Authentication: Asymmetric").
 * oidc-provider checks the signature and the issuer, and that no assertion is used twice.
 */

import { errors } from 'oidc-provider';

/** Longest lifetime of an assertion, in seconds. */
const MAX_LIFETIME = 300;

/**
 * For oidc-provider's option `assertJwtClientAuthClaimsAndHeader`.
 *
 * @param {object} options
 * @param {string} options.issuer
 * @param {(route: string) => string} options.urlFor of an OAuth endpoint
 * @param {ReadonlyMap<string, string>} options.jkus the registered URL of a key set, by client
 */
export function assertionRules({ issuer, urlFor, jkus }) {
  /**
   * @param {import('oidc-provider').KoaContextWithOIDC} ctx
   * @param {{ aud?: unknown, exp?: unknown, jti?: unknown, sub?: unknown }} claims
   * @param {{ typ?: unknown, kid?: unknown, jku?: unknown, alg?: unknown }} header
   * @param {import('oidc-provider').Client} app
   */
  return async (ctx, claims, header, app) => {
    const token = urlFor('token');
    const now = Math.floor(Date.now() / 1000);
    // At endpoints other than the token endpoint, servers differ, so the issuer and the URL of the endpoint are also
    // accepted.
    const isForToken = ctx.oidc.route === 'token';
    const audiences = isForToken ? [token] : [issuer, token, urlFor(ctx.oidc.route)];
    if (header.typ !== 'JWT') refuse('its header needs `typ` with the value `JWT`');
    if (!String(header.alg).startsWith('HS') && typeof header.kid !== 'string') refuse('its header needs `kid`');
    if (header.jku !== undefined && header.jku !== jkus.get(app.clientId)) refuse('`jku` is not the registered URL');
    if (claims.sub !== app.clientId) refuse('`sub` must be the client id');
    if (!audiences.includes(/** @type {string} */ (claims.aud))) refuse(`\`aud\` must be ${token}`);
    if (!Number.isInteger(claims.exp) || Number(claims.exp) > now + MAX_LIFETIME) {
      refuse('`exp` must be a whole number, at most 300 seconds in the future');
    }
    if (Number(claims.exp) <= now) refuse('it has expired');
  };
}

/** Errors whose responses get a reason. */
const EXPLAINED = ['invalid_client', 'invalid_grant'];

/** The ids of the keys in a key set. @param {{ readonly keys: readonly Record<string, unknown>[] }} jwks */
export const keyIds = (jwks) => jwks.keys.map(({ kid }) => String(kid ?? 'without `kid`'));

/**
 * Adds the reason to responses in which a provider refuses a client, a code or a refresh token. oidc-provider omits it.
 *
 * @param {import('oidc-provider').default} provider
 * @param {readonly import('../sandbox.d.ts').App[]} apps
 */
export function explainRefusals(provider, apps) {
  /** @param {import('oidc-provider').KoaContextWithOIDC} ctx @param {import('oidc-provider').errors.OIDCProviderError} error */
  const explain = ({ body, oidc }, error) => {
    if (!EXPLAINED.includes(error.error) || typeof body !== 'object' || body === null) return;
    const reason = unknownKey(oidc, apps) ?? error.error_detail;
    if (reason) Object.assign(body, { error_description: `${error.error_description}: ${reason}` });
  };
  provider.on('grant.error', explain);
  provider.on('pushed_authorization_request.error', explain);
  provider.on('revocation.error', explain);
  provider.on('introspection.error', explain);
}

/**
 * @param {import('oidc-provider').OIDCContext} oidc
 * @param {readonly import('../sandbox.d.ts').App[]} apps
 */
function unknownKey({ params, client }, apps) {
  const app = apps.find(({ clientId }) => clientId === client?.clientId);
  const [header = ''] = String(params?.client_assertion ?? '').split('.');
  if (!app?.jwks || !header) return undefined;
  try {
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const ids = keyIds(app.jwks);
    if (ids.includes(kid)) return undefined;
    return `\`${app.clientId}\` has no key with the \`kid\` ${JSON.stringify(kid)}; its keys are ${ids.join(', ')}`;
  } catch {
    return undefined;
  }
}

/** @param {string} reason @returns {never} */
function refuse(reason) {
  throw new errors.InvalidClientAuth(`client assertion: ${reason}`);
}
