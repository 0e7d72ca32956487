// Token introspection.

export interface IntrospectOptions {
  /** The token to ask about. Default: the session's own. */
  token?: string | undefined;
  /** Which of the session's tokens, or of which kind `token` is. Default `access_token`. */
  tokenTypeHint?: 'access_token' | 'refresh_token' | undefined;
  /** What authorizes the request: the session's access token (default), or the client's id, as some servers want it. */
  authorizedBy?: 'access_token' | 'client_id' | undefined;
}

/** What a server says of a token (RFC 7662 §2.2), launch context among it. */
export interface IntrospectionResponse {
  readonly active: boolean;
  readonly scope?: string;
  readonly client_id?: string;
  /** Seconds since 1970. */
  readonly exp?: number;
  readonly patient?: string;
  readonly [member: string]: unknown;
}
