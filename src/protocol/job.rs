//! The jobs of calls from JavaScript, each with the further members of the [`Call`](super::call::Call).
//!
//! One job has no constant: `resource` returns the URL of a FHIR request, `{key, url}`.

/// Whether one list of scopes covers another: `{granted, needed}`.
pub const CAN: &str = "can";
/// Completes a sign-in or restores the session: `{url? | part? | body?, withdrawn?, former?, arrived?, family? | only?}`;
/// beside `body`, `url` is the URL it was posted to.
pub const READY: &str = "ready";
/// Restores the session: `{family? | only?}`.
pub const RESTORE: &str = "restore";
/// Begins a sign-in: `{launchUrl?, options: AuthorizeOptions, key?}`.
pub const AUTHORIZE: &str = "authorize";
/// Returns a valid access token, refreshed if necessary: `{key, seconds? | instead? | renew?}`.
pub const TOKEN: &str = "token";
/// Takes over a session that another tab refreshed: `{key, record}`.
pub const ADOPT: &str = "adopt";
/// Ends one session and no other: `{key, family, generation}`, without `generation` if no other tab has signed out.
pub const END: &str = "end";
/// Signs out: `{present?, postLogoutRedirectUri?}`.
pub const LOGOUT: &str = "logout";
/// Reads the metadata of a server: `{iss?}`.
pub const DISCOVER: &str = "discover";
/// Verifies an ID token that the app passes: `{options: ReadIdTokenOptions}`.
pub const ID_TOKEN: &str = "idToken";
/// Requests the claims of the user at the UserInfo endpoint: `{key}`.
pub const USERINFO: &str = "userinfo";
/// Introspects a token: `{key, options: IntrospectOptions}`.
pub const INTROSPECTION: &str = "introspect";
/// Requests an access token of a client without a user.
pub const BACKEND_TOKEN: &str = "backendToken";
/// Returns the URL of a FHIR request of a client without a user: `{url}`.
pub const BACKEND_RESOURCE: &str = "backendResource";
/// Reads the metadata of the server of a client without a user.
pub const BACKEND_DISCOVER: &str = "backendDiscover";
/// Creates a request with the authentication of a client, and does not send it: `{block, options}`.
pub const CLIENT_BLOCK: &str = "clientBlock";
/// Signs an authorization request: `{options}`.
pub const REQUEST_OBJECT: &str = "requestObject";
/// Registers a client: `{options: RegisterClientOptions}`.
pub const REGISTER_CLIENT: &str = "registerClient";
/// Reads a registration: `{options: ManagedClientOptions}`.
pub const READ_CLIENT: &str = "readClient";
/// Changes a registration: `{options: UpdateClientOptions}`.
pub const UPDATE_CLIENT: &str = "updateClient";
/// Deletes a registration: `{options: ManagedClientOptions}`.
pub const DELETE_CLIENT: &str = "deleteClient";
/// The signing input of the proof of a FHIR request: see [`signing_input`](super::dpop::signing_input).
pub const PROOF: &str = "proof";
/// Reads a response to a FHIR request with a proof: see [`read_response`](super::dpop::read_response).
pub const PROVED: &str = "proved";
