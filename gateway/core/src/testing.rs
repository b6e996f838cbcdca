//! Fakes for the tests of this and other crates (feature `testing`).

mod archive;
mod assets;
mod bytes;
mod cursor;

pub use archive::FakeArchive;
pub use assets::{asset, asset_at};
pub use bytes::{FakeDecoders, pieces};
