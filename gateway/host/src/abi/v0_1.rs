//! `archway:archive@0.1`: the generated binding, and the way between its types and the core's.
//!
//! Called by `archive.rs` (operations), `imports/` (the host's side) and `abi.rs` (linking).
//! WIT types do not leave this folder and `imports/`.
//!
//! Rules that hold here and nowhere else: nothing a plugin answers is believed (`checked.rs`);
//! an answer that breaks the contract is the plugin's error, whole batch, naming field and value.

mod access;
mod asset;
mod bindings;
mod checked;
mod columns;
mod coverage;
mod description;
mod error;
mod exports;
mod operations;
mod question;
mod tabular;

pub(crate) use bindings::{Plugin, archway};
pub(crate) use exports::{Exports, Ready};
pub(crate) use operations::{
    Guest, access, decode, describe, harvest, look_up, next_assets, next_changes, next_rows, open,
    outcome, query, read, search, tables,
};
pub(crate) use question::value_to_wit;

/// The functions and resources of the world's one export.
use bindings::exports::archway::archive::archive as wit;
