// Client metadata.

/** Client metadata (RFC 7591 §2), with the names of the specification. Servers may define more members. */
export interface ClientMetadata {
  redirect_uris?: readonly string[] | undefined;
  /** Default at the server: `client_secret_basic`. `none` for a public client. */
  token_endpoint_auth_method?: string | undefined;
  /** Default at the server: `authorization_code` alone. */
  grant_types?: readonly string[] | undefined;
  response_types?: readonly string[] | undefined;
  client_name?: string | undefined;
  client_uri?: string | undefined;
  logo_uri?: string | undefined;
  /** Scopes that the client may request, separated by spaces. */
  scope?: string | undefined;
  contacts?: readonly string[] | undefined;
  tos_uri?: string | undefined;
  policy_uri?: string | undefined;
  /** URL of the client's public keys. */
  jwks_uri?: string | undefined;
  /** The client's public keys: `publicJwks` of `smart-launch/confidential` returns them. Some servers take JSON text. */
  jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | string | undefined;
  software_id?: string | undefined;
  software_version?: string | undefined;
  /** Metadata signed by a party that the server trusts (RFC 7591 §2.3). */
  software_statement?: string | undefined;
  /** Any other member. `null` deletes it in {@link updateClient}. */
  [member: string]: unknown;
}
