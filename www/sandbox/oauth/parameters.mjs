/**
 * The parameters that SMART adds to the authorization request, and the rules by which they are refused (SMART App
 * Launch 2.2, "Obtain authorization code").
 */

import { errors } from 'oidc-provider';
import { scopeList } from './scope.mjs';

/**
 * Validators by parameter, for oidc-provider's option `extraParams`.
 *
 * @param {object} options
 * @param {string} options.issuer
 * @param {string} options.fhirBaseUrl
 * @param {import('./launches.mjs').Launches} options.launches
 *
 * @typedef {import('oidc-provider').KoaContextWithOIDC} Context
 */
export function smartParameters({ issuer, fhirBaseUrl, launches }) {
  return {
    /** @param {Context} ctx @param {string | undefined} aud */
    aud(ctx, aud) {
      // A pushed request is stored as a JWT, whose own `aud` has replaced this parameter; it was checked when the
      // request was pushed.
      const pushed = ctx.oidc.entities.PushedAuthorizationRequest;
      if (pushed && aud === issuer) return;
      // The same applies to the app's own request object (RFC 9101), which names the FHIR server as `resource`.
      const { trusted = [] } = ctx.oidc;
      if (trusted.includes('aud') && aud === issuer && paramsOf(ctx.oidc).resource === fhirBaseUrl) return;
      if (aud !== fhirBaseUrl) throw new errors.InvalidRequest(`aud must be the FHIR base URL ${fhirBaseUrl}`);
    },
    /** @param {Context} ctx @param {string | undefined} handle @param {import('oidc-provider').Client} app */
    launch(ctx, handle, app) {
      if (handle === undefined) return;
      if (!launches.find(handle, app.clientId)) {
        throw new errors.InvalidRequest('launch is not a handle for this app, is too old, or was used before');
      }
      if (!scopeList(paramsOf(ctx.oidc).scope).includes('launch')) {
        throw new errors.InvalidScope("a request with a launch parameter needs the scope 'launch'", 'launch');
      }
    },
  };
}

/**
 * The parameters of an authorization request that oidc-provider has checked.
 *
 * @param {{ params?: Record<string, unknown> }} request
 * @returns {AuthorizationParameters}
 *
 * @typedef {object} AuthorizationParameters
 * @property {string} client_id
 * @property {string} [scope]
 * @property {string} [prompt]
 * @property {string} [launch]
 * @property {string} [resource]
 */
export const paramsOf = ({ params }) => /** @type {AuthorizationParameters} */ (params ?? {});
