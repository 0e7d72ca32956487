// The claims of an ID token.

/** Claims of a verified ID token (OpenID Connect Core §2). */
export interface IdTokenClaims {
  readonly iss: string;
  /** Who, unique at the issuer; never the same as another person's. */
  readonly sub: string;
  readonly aud: string | readonly string[];
  /** Seconds since 1970. */
  readonly exp: number;
  readonly iat: number;
  readonly fhirUser?: string;
  readonly name?: string;
  readonly [claim: string]: unknown;
}
