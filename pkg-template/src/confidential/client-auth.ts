// The credentials of confidential clients.

import type { CryptoKey } from '../values/platform.js';

/**
 * The credentials of a confidential client (SMART App Launch 2.2, "Client Authentication"). A function is called for each
 * request, so that secrets and keys can be replaced while the program runs.
 *
 * @example
 * createConfidentialClient({
 *   fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'portal', scope: 'launch patient/*.rs',
 *   clientAuth: { key: privateKeyPem, keyId: '2026-11' },
 * });
 */
export type ClientAuth =
  | ClientSecretAuth
  | ClientKeyAuth
  | (() => ClientSecretAuth | ClientKeyAuth | PromiseLike<ClientSecretAuth | ClientKeyAuth>);

/** A secret that the server issued ("Symmetric"). Do not use it in a page, where everybody can read it. */
export interface ClientSecretAuth {
  secret: string;
  /** The registered method. Default `client_secret_basic`, as specified. */
  method?: 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | undefined;
  /**
   * How `client_secret_basic` encodes id and secret: `raw` as in the specification's examples, `form` as in RFC 6749 §2.3.1.
   * Required if the two encodings differ: for characters other than letters, digits and `-._*`.
   */
  basicEncoding?: 'raw' | 'form' | undefined;
  /** Algorithm of `client_secret_jwt`. Default `HS256`. */
  alg?: 'HS256' | 'HS384' | 'HS512' | undefined;
  /** Audience of `client_secret_jwt`, like {@link ClientKeyAuth.audience}. */
  audience?: string | undefined;
  /** Permit a secret in a page. Default `false`. */
  dangerouslyAllowSecretInPage?: boolean | undefined;
}

/** A private key whose public part is registered at the server ("Asymmetric"). */
export interface ClientKeyAuth {
  /**
   * A CryptoKey, which need not be extractable; a private JWK; PKCS#8 in PEM; or, for a key in a KMS, a signing function, which
   * takes the bytes and returns the signature. An ECDSA signature is r followed by s (RFC 7518 §3.4).
   */
  key: CryptoKey | PrivateJwk | string | ((data: Uint8Array) => SignatureBytes | PromiseLike<SignatureBytes>);
  /**
   * `kid` of the key as registered. Default for a JWK and PEM: the JWK's `kid`, else the thumbprint (RFC 7638). Required for a
   * CryptoKey and a signing function.
   */
  keyId?: string | undefined;
  /**
   * JWS algorithm. Default: the key's algorithm; RS384 for an RSA key in PEM, and for an RSA JWK without `alg`. Required for a
   * signing function.
   */
  alg?: 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | undefined;
  /** URL of the JWK Set as registered, to be sent in the assertion's header. */
  jku?: string | undefined;
  /**
   * `aud` of assertions. Default: at the token endpoint the URL of that endpoint; at other endpoints the server's issuer, or the
   * URL of the endpoint if the issuer is not known or has another origin. `issuer` means the issuer at all endpoints (RFC 10070).
   * Any other value is sent unchanged.
   */
  audience?: string | undefined;
  /** Send `client_id` beside the assertion. The specification does not ask for it, but some servers do. Default `false`. */
  sendClientId?: boolean | undefined;
  /** Additional members of the assertion's header. */
  header?: Readonly<Record<string, unknown>> | undefined;
}

/** A private JWK (RFC 7517). */
export interface PrivateJwk {
  readonly kty: string;
  readonly d?: string | undefined;
  readonly [member: string]: unknown;
}

export type SignatureBytes = ArrayBuffer | Uint8Array;
