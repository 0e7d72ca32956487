/** What went wrong, as FHIR says it (FHIR R4 OperationOutcome) and as OAuth says it (RFC 6750 §3). */

/** An error that the API answers with an OperationOutcome. */
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

/** No access token came. RFC 6750 §3.1: then the challenge carries no error. */
export const missingToken = () =>
  new Outcome(401, 'login', 'No access token was sent.', { 'WWW-Authenticate': challenge({}) });

/**
 * The access token is unknown, expired or revoked, or not shown as it must be.
 *
 * @param {string} diagnostics
 */
export const invalidToken = (diagnostics, scheme = 'Bearer') =>
  new Outcome(401, 'login', diagnostics, { 'WWW-Authenticate': challenge({ error: 'invalid_token' }, scheme) });

/**
 * The access token is good, but not for this.
 *
 * @param {string} diagnostics
 * @param {string} scope that is missing
 */
export const insufficientScope = (diagnostics, scope) =>
  new Outcome(403, 'forbidden', diagnostics, { 'WWW-Authenticate': challenge({ error: 'insufficient_scope', scope }) });

/** @param {string} diagnostics */
export const notFound = (diagnostics) => new Outcome(404, 'not-found', diagnostics);

/** @param {number} status @param {string} diagnostics */
export const invalid = (status, diagnostics) => new Outcome(status, 'invalid', diagnostics);

/** @param {Record<string, string>} parameters */
function challenge(parameters, scheme = 'Bearer') {
  const quoted = Object.entries({ realm: 'fhir', ...parameters }).map(([name, value]) => `${name}="${value}"`);
  return `${scheme} ${quoted.join(', ')}`;
}
