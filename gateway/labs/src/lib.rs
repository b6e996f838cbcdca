#![doc = include_str!("../README.md")]

mod application;
mod egress;
mod error;
mod process;

pub use application::Applications;
pub use egress::{Dial, EgressRules, Wire};
pub use process::{ProcessBackend, ProcessConfig};
