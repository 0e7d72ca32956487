//! Error codes: for faults of the configuration, the server, the network and the platform.

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $text:literal;)*) => {
        /// Stable codes, the same in Rust and JavaScript. New codes are added at the end, because JavaScript gets their numbers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
            /// No failure: an effect of the host takes time, and the flow runs again after it. Never leaves the module.
            Waiting,
        }

        impl Code {
            /// Every code that JavaScript may see.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code in snake_case, as JavaScript names it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* Self::Waiting => "waiting" }
            }
        }
    };
}

codes! {
    // --- the caller's configuration or call
    /// An option is missing or wrong.
    ConfigInvalid "config_invalid";
    /// A launch names a server that is not configured.
    IssuerNotAllowed "issuer_not_allowed";
    /// A URL is neither https nor a permitted loopback address.
    EndpointScheme "endpoint_scheme";
    /// A launch URL with an unusable `launch`.
    LaunchInvalid "launch_invalid";
    /// A request for something outside the FHIR base.
    OriginNotAllowed "origin_not_allowed";
    /// There is no session.
    SignedOut "signed_out";
    /// The access token has to be renewed, and the session has no refresh token.
    SessionExpired "session_expired";

    // --- refused by the server
    /// The user or the server refused the authorization request.
    AuthorizationRefused "authorization_refused";
    /// `prompt=none` was requested, and the server needs an interaction with the user.
    InteractionRequired "interaction_required";
    /// The token, UserInfo or introspection endpoint refused the request.
    TokenRefused "token_refused";
    /// The server rejects the refresh token.
    RefreshRejected "refresh_rejected";
    /// The server accepts only pushed authorization requests, and has no endpoint for them.
    ParRequired "par_required";

    // --- invalid server response (or a proxy)
    /// A smart-configuration that cannot be used.
    DiscoveryInvalid "discovery_invalid";
    /// The metadata names another issuer than the configured one, or the issuer could not be verified.
    DiscoveryIssuer "discovery_issuer";
    /// The metadata does not list S256.
    PkceUnsupported "pkce_unsupported";
    /// A token response that cannot be used.
    TokenResponseInvalid "token_response_invalid";
    /// A token that is not a bearer token.
    TokenTypeUnsupported "token_type_unsupported";
    /// Launch context that violates the specification, or that changed during the session.
    LaunchContextInvalid "launch_context_invalid";
    /// Not JSON, or JSON that is refused, for example with repeated members.
    JsonInvalid "json_invalid";
    /// A response that is not declared as JSON.
    ContentType "content_type";
    /// A response over the size limit.
    BodyTooLarge "body_too_large";
    /// The server redirects where it must not.
    Redirected "redirected";
    /// An HTTP error status, without an error response that can be read.
    HttpStatus "http_status";
    /// The user is signed out in the app, but the server did not confirm it.
    LogoutRemoteFailed "logout_remote_failed";

    // --- the callback
    /// There is no pending sign-in of this client for this response.
    StateUnknown "state_unknown";
    /// Not an authorization response, or one that arrived at another URL or could not be verified.
    CallbackMalformed "callback_malformed";
    /// A parameter that may occur only once occurs more than once.
    CallbackDuplicateParam "callback_duplicate_param";
    /// The response arrived in another response mode than the requested one.
    CallbackWrongMode "callback_wrong_mode";
    /// This response was used before.
    CallbackReplayed "callback_replayed";
    /// RFC 9207 `iss` is missing.
    IssMissing "iss_missing";
    /// RFC 9207 `iss` is that of another server.
    IssMismatch "iss_mismatch";

    // --- the network and the platform
    /// No response, or a function of the app that authenticates or signs failed.
    Network "network";
    /// No response in time.
    Timeout "timeout";
    /// A record that must be stored could not be stored, or stored records could not be read.
    StorageUnavailable "storage_unavailable";
    /// A defect of this library, or a platform without a function that it needs.
    Internal "internal";

    // --- identity of the user
    /// An ID token that is missing, not verified, or about another user.
    IdTokenInvalid "id_token_invalid";
    /// The device's clock is so wrong that a token's times cannot be checked, or that the server refuses the client's assertion.
    ClockSkew "clock_skew";
    /// A UserInfo response that is not verified, or about another user.
    UserinfoInvalid "userinfo_invalid";
    /// An introspection response that cannot be used.
    IntrospectionInvalid "introspection_invalid";

    // --- tabs
    /// Another tab or caller holds a lock for too long.
    LockTimeout "lock_timeout";
    /// The refresh token may have been rotated, and its reuse may revoke the whole token family (RFC 9700 §4.14.2).
    RefreshInDoubt "refresh_in_doubt";

    // --- pushed authorization requests
    /// A response without a `request_uri` (RFC 9126 §2.2).
    ParResponseInvalid "par_response_invalid";
    // --- client registration
    /// The server refuses to register the client, or to read, change or delete its registration.
    RegistrationRefused "registration_refused";
    /// A registration response that cannot be used.
    RegistrationResponseInvalid "registration_response_invalid";
    // --- DPoP
    /// The browser has no ES256 keys that can be stored.
    DpopUnavailable "dpop_unavailable";
    /// The server's metadata excludes ES256 for DPoP.
    DpopUnsupported "dpop_unsupported";
    /// The server refuses the DPoP proof (`use_dpop_nonce`, `invalid_dpop_proof`).
    DpopRefused "dpop_refused";
    /// DPoP was requested, and the tokens are not bound.
    DpopDowngrade "dpop_downgrade";
    /// The key to which the tokens are bound is gone.
    DpopKeyLost "dpop_key_lost";
}
