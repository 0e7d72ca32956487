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

/** A secret that the server issued ("Symmetric"). Not in a page: everybody could read it there. */
export interface ClientSecretAuth {
  secret: string;
  /** As registered. Default `client_secret_basic`, which the specification has. */
  method?: 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | undefined;
  /**
   * How `client_secret_basic` encodes id and secret: `raw` as the specification's examples, `form` as RFC 6749 §2.3.1. Required
   * where the two differ: for characters other than letters, digits and `-._*`.
   */
  basicEncoding?: 'raw' | 'form' | undefined;
  /** Of `client_secret_jwt`. Default `HS256`. */
  alg?: 'HS256' | 'HS384' | 'HS512' | undefined;
  /** Of `client_secret_jwt`, as {@link ClientKeyAuth.audience}. */
  audience?: string | undefined;
  /** Permit a secret in a page. Default `false`. */
  dangerouslyAllowSecretInPage?: boolean | undefined;
}

/** A private key, of which the server has the public part ("Asymmetric"). */
export interface ClientKeyAuth {
  /**
   * A CryptoKey, which need not be extractable; a private JWK; PKCS#8 in PEM; or a function that signs, for a key in a KMS: it
   * is given the bytes and gives the signature, of ECDSA as r and s one after the other (RFC 7518 §3.4).
   */
  key: CryptoKey | PrivateJwk | string | ((data: Uint8Array) => SignatureBytes | PromiseLike<SignatureBytes>);
  /** `kid` of the key as registered. Default: that of the JWK, else its thumbprint (RFC 7638). */
  keyId?: string | undefined;
  /** JWS algorithm. Default: that of the key; RS384 for RSA. A function that signs needs it. */
  alg?: 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | undefined;
  /** URL of the JWK Set, where it is to be named in the header: as registered. */
  jku?: string | undefined;
  /** `aud` of assertions: the token endpoint's URL by default, `issuer` (RFC 10070), or a text. */
  audience?: string | undefined;
  /** More members of the header. */
  header?: Readonly<Record<string, unknown>> | undefined;
}

/** A private JWK (RFC 7517). */
export interface PrivateJwk {
  readonly kty: string;
  readonly d?: string | undefined;
  readonly [member: string]: unknown;
}

export type SignatureBytes = ArrayBuffer | Uint8Array;
