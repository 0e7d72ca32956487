/** Errors in FHIR's format (FHIR R4 OperationOutcome) and in OAuth's (RFC 6750 §3). */

/** An error to which the API responds with an OperationOutcome. */
export class Outcome extends Error {
  /**
   * @param {number} status of HTTP
   * @param {string} code of FHIR's issue types
   * @param {string} diagnostics one sentence for the developer
   * @param {Record<string, string>} [headers]
   */
  constructor(status, code, diagnostics, headers = {}) {
    super(diagnostics);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  toJSON() {
    return {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: this.code, diagnostics: this.message }],
    };
  }
}

/** The request has no access token. In this case, the challenge has no error code (RFC 6750 §3.1). */
export const missingToken = () =>
  new Outcome(401, 'login', 'No access token was sent.', { 'WWW-Authenticate': challenge({}) });

/**
 * The access token is unknown, expired or revoked, or not sent in the required way.
 *
 * @param {string} diagnostics
 */
export const invalidToken = (diagnostics, scheme = 'Bearer') =>
  new Outcome(401, 'login', diagnostics, { 'WWW-Authenticate': challenge({ error: 'invalid_token' }, scheme) });

/** The proof needs the nonce in the response's header `DPoP-Nonce` (RFC 9449 §9). */
export const nonceRequired = () =>
  new Outcome(401, 'login', 'The proof of possession has no nonce of this server.', {
    'WWW-Authenticate': challenge({ error: 'use_dpop_nonce' }, 'DPoP'),
  });

/**
 * The access token is valid, but does not permit this request.
 *
 * @param {string} diagnostics
 * @param {string} [scope] that is required; absent if there is none with which the user has access
 */
export const insufficientScope = (diagnostics, scope) =>
  new Outcome(403, 'forbidden', diagnostics, {
    'WWW-Authenticate': challenge({ error: 'insufficient_scope', ...(scope && { scope }) }),
  });

/** @param {string} diagnostics */
export const notFound = (diagnostics) => new Outcome(404, 'not-found', diagnostics);

/** @param {number} status @param {string} diagnostics */
export const invalid = (status, diagnostics) => new Outcome(status, 'invalid', diagnostics);

/** @param {string} diagnostics */
export const notSupported = (diagnostics, status = 400) => new Outcome(status, 'not-supported', diagnostics);

/** @param {string} diagnostics */
export const preconditionFailed = (diagnostics) => new Outcome(412, 'conflict', diagnostics);

/** @param {string} method @param {string[]} allowed */
export const methodNotAllowed = (method, allowed) =>
  new Outcome(405, 'not-supported', `The sandbox does not support ${method} here.`, {
    Allow: [...allowed, 'OPTIONS'].join(', '),
  });

/**
 * An OperationOutcome that reports a success.
 *
 * @param {string} diagnostics
 */
export const success = (diagnostics) => ({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'information', code: 'informational', diagnostics }],
});

/** @param {Record<string, string>} parameters */
function challenge(parameters, scheme = 'Bearer') {
  const quoted = Object.entries({ realm: 'fhir', ...parameters }).map(([name, value]) => `${name}="${value}"`);
  return `${scheme} ${quoted.join(', ')}`;
}
