//! The JSON surface: what programs ask, with shapes that scripts may rely on.
//!
//! View types are private to this folder: `core` types promise nothing about JSON.

mod access_view;
pub(crate) mod archives;
mod asset_detail;
mod asset_view;
pub(crate) mod assets;
mod coverage_view;
pub(crate) mod openapi;
mod page_view;
pub(crate) mod problem;
pub(crate) mod search;
