// Token introspection.

export interface IntrospectOptions {
  /** The token to introspect. Default: the session's token of the kind `tokenTypeHint`. */
  token?: string | undefined;
  /** The kind of `token`; without `token`, which of the session's tokens to introspect. Default `access_token`. */
  tokenTypeHint?: 'access_token' | 'refresh_token' | undefined;
  /**
   * How the request is authorized: by the session's access token (default), or as a request of the client, which some servers
   * require: by its id, or by its authentication if it has `clientAuth`.
   */
  authorizedBy?: 'access_token' | 'client_id' | undefined;
}

/** Introspection response (RFC 7662 §2.2), including launch context. */
export interface IntrospectionResponse {
  readonly active: boolean;
  readonly scope?: string;
  readonly client_id?: string;
  /** Seconds since 1970. */
  readonly exp?: number;
  readonly patient?: string;
  readonly [member: string]: unknown;
}
