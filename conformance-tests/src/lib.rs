//! To come.

pub mod components;
