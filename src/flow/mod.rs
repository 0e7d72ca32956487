//! The jobs, in order. Each is a short async function over [`Host`](crate::host::Host): what happens when, while
//! `protocol` says what is sent and what an answer means.

pub mod discover;
pub mod record;
pub mod refresh;
pub mod resume;
pub mod send;
pub mod sign_in;
pub mod sign_out;
