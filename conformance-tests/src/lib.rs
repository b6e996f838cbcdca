//! What the conformance tests stand on: the sample site, scriptable and
//! hostile servers, and a real peer.

pub mod components;
pub mod dachs;
pub mod fake_tap;
pub mod hostile_server;
pub mod notebook;
pub mod samples;
pub mod vospace;
