//! Native tests: `protocol` and `flow` mirror `src`, `hostile` runs the table of hostile servers (tests/hostile.json),
//! `vectors` are examples of the specifications, `rooms` and `circles` check the imports in the sources.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod app;
mod arbitrary;
mod circles;
mod confidential;
mod confidential_vectors;
mod ehr;
mod error;
mod explorer;
mod final_state;
mod flow;
mod host;
mod hostile;
mod interleavings;
mod javascript_rooms;
mod linear_cost;
mod lossy_network;
mod members;
mod protocol;
mod rooms;
mod rotation;
mod secrets;
mod signing_keys;
mod sources;
mod two_servers;
mod vectors;
mod wake_up_load;
