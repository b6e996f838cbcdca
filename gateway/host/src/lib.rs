//! Runs plugins in a sandbox and reaches archives for them.

pub mod credentials;
pub mod egress;
pub mod grants;
