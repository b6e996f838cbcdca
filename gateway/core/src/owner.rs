//! Whose something is, and how much they may have.

use std::fmt;

/// The opaque name of a principal, as it is stored: never an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner(pub String);

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one owner may have at once. Configured in `[quota]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    /// Labs that have not ended.
    pub labs: u32,
    /// CPU cores of them together.
    pub cores: f64,
    /// Memory of them together.
    pub memory_mib: u64,
    /// Bytes in data volumes and in the owner's own space.
    pub volume_bytes: u64,
    /// Data volumes.
    pub volumes: u32,
}

impl Default for Quota {
    /// A laptop's.
    fn default() -> Self {
        Self {
            labs: 4,
            cores: 8.0,
            memory_mib: 16 * 1024,
            volume_bytes: 100_000_000_000,
            volumes: 100,
        }
    }
}

/// What an owner has at the moment, in the units of [`Quota`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of Quota")]
pub struct Usage {
    pub labs: u32,
    pub cores: f64,
    pub memory_mib: u64,
    pub volume_bytes: u64,
    pub volumes: u32,
}
