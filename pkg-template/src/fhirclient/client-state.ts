// The state of a client, as apps see it and save it. Members that depend on the server are `any`, as in the types of
// `fhirclient`, because apps that were written for that package read the members without checks.

export interface ClientState {
  /** Unique for each sign-in: apps can store data about the patient under it. */
  key?: string | undefined;
  serverUrl: string;
  clientId?: string | undefined;
  redirectUri?: string | undefined;
  /** Requested scopes. */
  scope?: string | undefined;
  tokenResponse?: TokenResponse | undefined;
  /** Expiry of the access token in seconds since 1970. */
  expiresAt?: number | undefined;
  authorizeUri?: string | undefined;
  /** Token endpoint, at which `FHIR.client(state)` refreshes the token of a state with a refresh token. */
  tokenUri?: string | undefined;
  registrationUri?: string | undefined;
  codeChallengeMethods?: string[] | undefined;
  completeInTarget?: boolean | undefined;
  codeChallenge?: string | undefined;
  codeVerifier?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
}

/**
 * A token response. After a sign-in, the tokens can be read by name, but are not enumerable, so logs, spreads and JSON do not
 * contain them. In a state that the app has passed to `FHIR.client()`, the tokens are enumerable.
 */
export interface TokenResponse {
  readonly access_token?: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly token_type?: string;
  readonly expires_in?: number;
  readonly scope?: string;
  readonly patient?: string;
  readonly encounter?: string;
  readonly need_patient_banner?: boolean;
  readonly smart_style_url?: string;
  readonly [member: string]: any;
}

/** Claims of an ID token; optional ones depend on the server. */
export interface IDToken {
  iss: string;
  sub: string;
  /** An array if there are several. */
  aud: any;
  iat: number;
  exp: number;
  fhirUser?: any;
  /** The former name of `fhirUser`. */
  profile?: any;
  [claim: string]: any;
}
