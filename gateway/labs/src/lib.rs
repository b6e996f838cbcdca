#![doc = include_str!("../README.md")]

mod application;
mod docker;
mod egress;
mod error;
mod inside;
mod owners;
mod process;
mod space;

pub use application::Applications;
pub use docker::{DockerBackend, DockerConfig};
pub use egress::{Dial, EgressRules, Wire};
pub use process::{ProcessBackend, ProcessConfig};
