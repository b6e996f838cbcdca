//! Directory trees as assets, by rules.

mod archive;
mod entry;
mod tree;

pub use archive::TreeArchive;
pub use entry::{Entry, EntryKind};
pub use tree::Tree;
