// Warnings.

/**
 * A violation of the specification that does not affect security, which is an error with `strict`; or another fact, which is a
 * warning even with `strict`, such as `scope_not_granted`.
 */
export interface SmartWarning {
  readonly code: SmartWarningCode;
  /** One sentence. */
  readonly message: string;
}

export type SmartWarningCode =
  | 'discovery_content_type'
  | 'discovery_member_missing'
  | 'discovery_member_invalid'
  | 'discovery_relative_url'
  | 'pkce_plain_advertised'
  | 'pkce_not_advertised'
  | 'scope_not_granted'
  | 'scope_malformed'
  | 'expires_in_invalid'
  | 'launch_context_missing'
  | 'launch_context_malformed'
  | 'storage_unavailable'
  | 'resource_id_malformed'
  | 'nonce_missing'
  | 'refreshed_id_token_malformed'
  | 'auth_time_missing'
  | 'id_token_missing'
  | 'id_token_malformed'
  | 'id_token_unverified'
  | 'fhir_user_invalid'
  | 'fhir_user_elsewhere'
  | 'patient_context_not_asked'
  | 'registered_redirect_uris_differ'
  | 'registered_auth_method_differs'
  | 'registered_grant_types_differ'
  | 'registered_scope_differs'
  | 'registration_member_missing'
  | 'registration_uri_unusable';
