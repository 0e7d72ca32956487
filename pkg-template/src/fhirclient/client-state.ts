// The state of a client, as apps see it and save it.

export interface ClientState {
  /** Unique to the sign-in: for what an app keeps of a patient. */
  key?: string | undefined;
  serverUrl: string;
  clientId?: string | undefined;
  redirectUri?: string | undefined;
  /** Scopes asked for. */
  scope?: string | undefined;
  tokenResponse?: TokenResponse | undefined;
  /** Seconds since 1970. */
  expiresAt?: number | undefined;
  authorizeUri?: string | undefined;
  /** Where `FHIR.client(state)` renews the token of a state with a refresh token. */
  tokenUri?: string | undefined;
  registrationUri?: string | undefined;
  codeChallengeMethods?: string[] | undefined;
  completeInTarget?: boolean | undefined;
  codeChallenge?: string | undefined;
  codeVerifier?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
}

/** The tokens answer to their names, and show in no log, spread or JSON. */
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

/** Claims of an ID token; what is in it depends on the server. */
export interface IDToken {
  iss: string;
  sub: string;
  /** A list where the server names several. */
  aud: any;
  iat: number;
  exp: number;
  fhirUser?: any;
  /** What `fhirUser` was called before. */
  profile?: any;
  [claim: string]: any;
}
