//! To come.
mod cli;
mod dachs;
mod portal;
