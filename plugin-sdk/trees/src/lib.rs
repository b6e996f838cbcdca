#![doc = include_str!("../README.md")]

mod access;
mod archive;
mod asset;
mod checksums;
mod dates;
mod describe;
mod entry;
mod formats;
mod harvest;
pub mod http;
mod links;
mod listing;
mod look_up;
pub mod path;
mod pattern;
mod question;
mod reading;
mod rules;
mod search;
mod settings;
mod template;
mod tree;
mod visit;
mod walk;

pub use archive::TreeArchive;
pub use checksums::Checksums;
pub use entry::{Entry, EntryKind};
pub use formats::{Format, format_of};
pub use listing::{Folder, Listing};
pub use tree::Tree;
