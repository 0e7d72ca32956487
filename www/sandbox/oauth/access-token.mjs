/**
 * The access token of a request to the FHIR API (RFC 6750 §2.1; RFC 9449 §7.1).
 */

import { invalidToken, missingToken, nonceRequired } from '../fhir/outcome.mjs';
import { dpopProofs } from './dpop.mjs';
import { hasEnded } from './provider.mjs';

/**
 * @param {import('oidc-provider').Provider} provider
 * @param {import('./dpop.mjs').Nonces} [nonces] if each proof needs one of these nonces
 * @returns {(ctx: import('koa').Context) => Promise<import('../fhir/access.mjs').Access>} throws an Outcome, 401
 */
export function accessTokens(provider, nonces) {
  const check = dpopProofs(nonces);

  return async (ctx) => {
    const header = ctx.get('Authorization');
    if (!header) throw missingToken();
    const [, scheme = '', value] = /^(Bearer|DPoP) +([\w~+/.-]+=*)$/i.exec(header) ?? [];
    if (!value) throw invalidToken("The Authorization header must be 'Bearer' or 'DPoP', a space and an access token.");

    // Opaque tokens are looked up, so expired or revoked ones are not found.
    const systemToken = await provider.ClientCredentials.find(value);
    if (systemToken) {
      checkBinding(ctx, { token: systemToken, scheme, value });
      return { scope: systemToken.scope ?? '', accountId: '', isSystem: true, clientId: systemToken.clientId };
    }
    const token = await provider.AccessToken.find(value);
    if (!token || (await hasEnded(provider, token))) {
      throw invalidToken('The access token is unknown, expired or revoked.');
    }
    checkBinding(ctx, { token, scheme, value });
    const context = /** @type {import('./context.mjs').LaunchContext | undefined} */ (token.extra);
    return { scope: token.scope ?? '', accountId: token.accountId, patient: context?.patient };
  };

  /**
   * @param {import('koa').Context} ctx
   * @param {{ token: { jkt?: string }, scheme: string, value: string }} credentials
   */
  function checkBinding(ctx, { token, scheme, value }) {
    const usesDpopScheme = scheme.toLowerCase() === 'dpop';
    if (nonces) ctx.set('DPoP-Nonce', nonces.current());
    if (!token.jkt && !usesDpopScheme) return;
    const proof = {
      jwt: ctx.get('DPoP'),
      method: ctx.method,
      url: `${provider.issuer}${ctx.path}`,
      accessToken: value,
    };
    const result = usesDpopScheme && token.jkt ? check({ ...proof, thumbprint: token.jkt }) : 'invalid';
    if (result === 'without nonce') throw nonceRequired();
    if (result === 'invalid') {
      throw invalidToken(
        "A token that is bound to a key needs the scheme 'DPoP' and a new, valid proof; any other token needs 'Bearer'.",
        'DPoP',
      );
    }
  }
}
