//! The methods of client authentication (RFC 7591 §2).

/// The methods, by their names in RFC 7591 §2 (`token_endpoint_auth_method`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `none`: a public client sends its `client_id`.
    Public,
    /// `client_secret_basic`: id and secret in the `Authorization` header.
    SecretBasic,
    /// `client_secret_post`: id and secret among the form fields.
    SecretPost,
    /// `client_secret_jwt`: an assertion with a MAC keyed by the secret.
    SecretJwt,
    /// `private_key_jwt`: an assertion signed with a private key that the host holds.
    PrivateKeyJwt,
}

impl Method {
    /// The method's name in RFC 7591 §2.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "none",
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::SecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}
