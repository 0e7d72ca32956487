//! The jobs. Each is a short function over [`Host`](crate::host::Host) with its steps in order; `protocol` builds the
//! requests and reads the responses.
//!
//! A flow is written as if nothing took time. Where it has to wait, the host fails with
//! [`Code::Waiting`](crate::error::Code::Waiting), and `?` returns from the flow. When the result is available the flow runs
//! again from its start, and every earlier effect returns the same result as before; for a signature that is being checked see
//! [`Host::verify`](crate::host::Host::verify). Between two runs no data of a flow, in particular no token, is in the module; a
//! flow survives a trap in another one; and the module needs no state machines of `async` (2.6 KB of brotli).
//!
//! A flow has to follow two rules: it passes `Waiting` on before the next effect, and it depends on nothing but its arguments and
//! the host.

pub mod backend;
pub mod client_block;
pub mod discover;
pub mod identity;
pub mod inquiry;
pub mod proof;
pub mod record;
pub mod refresh;
pub mod registration;
pub mod resume;
pub mod send;
pub mod sign_in;
pub mod sign_out;
pub mod signed_response;
