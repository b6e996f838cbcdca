//! The keepers on both databases, the bytes in a folder and in S3, and what they survive.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "what tests are built of fails as tests do, and says what was left out"
)]

mod bytes;
mod databases;
mod faults;
mod keepers;
mod lab_sessions;
mod labs;
mod opening;
mod s3;
mod staging;
mod things;
