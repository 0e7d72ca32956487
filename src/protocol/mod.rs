//! The wire as values: build a request, read a response. Pure: no clock, no randomness, no storage.

pub mod answer;
pub mod authorization;
pub mod base64url;
pub mod client;
pub mod context;
pub mod discovery;
pub mod family;
pub mod form;
pub mod http;
pub mod id_token;
pub mod introspection;
pub mod json;
pub mod jws;
pub mod launch;
pub mod logout;
pub mod resource;
pub mod revocation;
pub mod scope;
pub mod session;
pub mod setting;
pub mod split;
pub mod token;
pub mod url;
pub mod userinfo;
pub mod utf8;
pub mod warning;
