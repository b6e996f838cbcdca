//! The keepers on both databases, the bytes in a folder and in S3, and what they survive.

mod bytes;
mod databases;
mod faults;
mod keepers;
mod opening;
mod s3;
mod things;
