//! To come.
mod dachs;
mod portal;
