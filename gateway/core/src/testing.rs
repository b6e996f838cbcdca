//! Fakes for the tests of this and other crates (feature `testing`).

mod application;
mod archive;
mod assets;
mod backend;
mod bytes;
mod cursor;
mod keeper;
mod kill;
mod outside;
mod volumes;

pub use application::{FakeApplication, fake_catalogue};
pub use archive::FakeArchive;
pub use assets::{asset, asset_at};
pub use backend::{FakeBackend, Script};
pub use bytes::{FakeDecoders, pieces};
pub use keeper::MemoryKeeper;
pub use kill::Kill;
pub use outside::{NEW_YEAR, fixed_outside, outside};
pub use volumes::{FakeBytes, FakeSources, fake_volumes, fake_volumes_need};
