//! The JSON surface: what programs ask, with shapes that scripts may rely on.
//!
//! View types are private to this folder: `core` types promise nothing about JSON. What a
//! request says is read by `body.rs`, which names what it does not know.

mod access_view;
pub(crate) mod apps;
pub(crate) mod archives;
mod asset_detail;
mod asset_view;
pub(crate) mod assets;
mod body;
pub(crate) mod collections;
mod coverage_view;
mod following;
pub(crate) mod idempotency;
mod lab_body;
pub(crate) mod lab_events;
pub(crate) mod lab_steps;
mod lab_view;
pub(crate) mod labs;
mod members;
pub(crate) mod openapi;
mod page_view;
pub(crate) mod problem;
mod reading;
pub(crate) mod search;
pub(crate) mod selections;
pub(crate) mod sources;
pub(crate) mod usage;
mod volume_body;
pub(crate) mod volume_events;
pub(crate) mod volume_steps;
mod volume_view;
pub(crate) mod volumes;
