//! Whose something is, and how much they may have.

use std::fmt;

use crate::coverage::Instant;
use crate::labs::bytes_in_words;

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
    /// Those of `volume_bytes` that lie in the owner's own space, when it was last measured.
    pub space_bytes: u64,
    pub volumes: u32,
}

impl Usage {
    /// Why whoever has more bytes than they may have gets no new lab, in words; `None` if there
    /// is no reason. One lab that sees no volume is always allowed: only in a lab can files be
    /// removed from the owner's own space.
    pub fn too_many_bytes(&self, quota: &Quota, sees_volumes: bool) -> Option<String> {
        let may_tidy_up = !sees_volumes && self.labs == 0;
        if self.volume_bytes <= quota.volume_bytes || may_tidy_up {
            return None;
        }
        let used = bytes_in_words(self.volume_bytes);
        let most = bytes_in_words(quota.volume_bytes);
        let volumes = bytes_in_words(self.volume_bytes.saturating_sub(self.space_bytes));
        let space = bytes_in_words(self.space_bytes);
        Some(format!(
            "{used} are in use where you may have {most}: {volumes} in data volumes, {space} in \
             your own space; delete data volumes, or launch one lab without data and delete files \
             in your space"
        ))
    }
}

/// What an owner's own space held when it was last measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// Bytes in its files.
    pub bytes: u64,
    /// When it was measured first.
    pub since: Instant,
}

#[cfg(test)]
mod tests {
    use super::{Quota, Usage};

    #[test]
    fn more_bytes_than_allowed_refuse_every_lab_but_one_to_tidy_up_in() {
        let quota = Quota { volume_bytes: 1_000, ..Quota::default() };
        let used = |volume_bytes, labs| Usage { labs, volume_bytes, ..Usage::default() };
        let cases = [
            ("all that is allowed", used(1_000, 0), true, true),
            ("one byte more", used(1_001, 0), true, false),
            ("one byte more, without data", used(1_001, 0), false, true),
            ("one byte more, without data beside another", used(1_001, 1), false, false),
        ];
        for (name, usage, sees_volumes, allowed) in cases {
            let reason = usage.too_many_bytes(&quota, sees_volumes);
            assert_eq!(reason.is_none(), allowed, "{name}: {reason:?}");
        }
        let usage = Usage { space_bytes: 400, ..used(1_500, 0) };
        insta::assert_snapshot!(
            usage.too_many_bytes(&quota, true).unwrap(),
            @"1.5 kB are in use where you may have 1.0 kB: 1.1 kB in data volumes, 400 bytes in your own space; delete data volumes, or launch one lab without data and delete files in your space"
        );
    }
}
