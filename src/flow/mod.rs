//! The jobs, in order. Each is a short function over [`Host`](crate::host::Host): what happens when, while `protocol` says
//! what is sent and what an answer means.
//!
//! A flow reads as if nothing took time. Where it has to wait, the host says [`Code::Waiting`](crate::error::Code::Waiting),
//! which `?` carries out of the flow; once the answer is there the flow is run again from its start, and every effect it
//! had before gives what it gave then. So between two steps nothing of a flow, no token above all, is in the module; it
//! survives a trap of another one; and the state machines of `async` (2.6 KB of brotli) are not there.
//!
//! What this asks of a flow: an error of the host is passed on before the next effect, and the host is all it depends on.

pub mod discover;
pub mod identity;
pub mod inquiry;
pub mod record;
pub mod refresh;
pub mod resume;
pub mod send;
pub mod sign_in;
pub mod sign_out;
