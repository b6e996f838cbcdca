//! Trees behind HTTP: index pages, S3 and WebDAV listings, text lists.
//!
//! [`HttpTree`] asks and reads; the parsers beside it are pure and read as they are read.

mod html;
mod list;
pub mod place;
mod rows;
mod s3;
mod status;
mod tree;
mod webdav;
mod xml;

pub use list::read_list;
pub use rows::{Dialect, read_index};
pub use s3::{Page, read_page};
pub use tree::{HttpTree, IndexKind};
pub use webdav::read_multistatus;
