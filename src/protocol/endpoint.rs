//! The endpoints of a server.

/// An endpoint, by the name of its member in settings, in a [`Server`](super::server::Server) and in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint(pub(super) &'static str);

impl Endpoint {
    /// Token endpoint (RFC 6749 §3.2).
    pub const TOKEN: Self = Self("tokenEndpoint");
    /// Revocation endpoint (RFC 7009 §2).
    pub const REVOCATION: Self = Self("revocationEndpoint");
    /// Introspection endpoint (RFC 7662 §2).
    pub const INTROSPECTION: Self = Self("introspectionEndpoint");
    /// Pushed authorization request endpoint (RFC 9126 §2).
    pub const PUSHED: Self = Self("pushedAuthorizationRequestEndpoint");
    /// Logout endpoint (OpenID Connect RP-Initiated Logout 1.0 §2).
    pub const END_SESSION: Self = Self("endSessionEndpoint");
    /// UserInfo endpoint (OpenID Connect Core §5.3).
    pub const USERINFO: Self = Self("userinfoEndpoint");
    /// URL of the server's public keys (RFC 8414 §2, `jwks_uri`).
    pub const JWKS: Self = Self("jwksUri");
}
