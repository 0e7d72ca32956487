//! The purposes of requests. Errors name them.

/// Reads smart-configuration.
pub const DISCOVERY: &str = "discovery";
/// Reads the metadata of an issuer.
pub const OPENID_DISCOVERY: &str = "openid_discovery";
/// Reads the server's public keys.
pub const JWKS: &str = "jwks";
/// Pushes an authorization request (RFC 9126).
pub const PUSHED: &str = "pushed";
/// Requests tokens with any grant except a refresh token.
pub const TOKEN: &str = "token";
/// Uses a refresh token.
pub const REFRESH: &str = "refresh";
/// Revokes a token.
pub const REVOCATION: &str = "revocation";
/// Reads the claims of the user.
pub const USERINFO: &str = "userinfo";
/// Reads the state of a token.
pub const INTROSPECTION: &str = "introspection";
/// Registers a client, or reads, changes or deletes a registration.
pub const REGISTRATION: &str = "registration";
