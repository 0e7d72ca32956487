// The claims of an ID token.

/** Claims of a verified ID token (OpenID Connect Core §2). */
export interface IdTokenClaims {
  readonly iss: string;
  /** The user's id, unique at the issuer and never reassigned. */
  readonly sub: string;
  readonly aud: string | readonly string[];
  /** When the token expires, in seconds since 1970. */
  readonly exp: number;
  /** When the token was issued, in seconds since 1970. */
  readonly iat: number;
  readonly fhirUser?: string;
  readonly name?: string;
  readonly [claim: string]: unknown;
}
