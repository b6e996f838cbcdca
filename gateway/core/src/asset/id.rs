//! Names of archives and assets.

use std::fmt;
use std::str::FromStr;

/// The operator's name of an archive: 1 to 64 of `a-z`, `0-9`, `-`, starting with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchiveId(String);

/// A name that is no archive id or no asset id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// Not an archive id.
    #[error(
        "`{0}` is not an archive id: 1 to 64 of a-z, 0-9 and -, starting with a letter or a digit"
    )]
    Archive(String),
    /// Not an asset id.
    #[error("`{0}` is not an asset id: an archive id, a slash, and the archive's own identifier")]
    Asset(String),
}

impl ArchiveId {
    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ArchiveId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let valid =
            (1..=64).contains(&text.len()) && text.chars().all(plain) && !text.starts_with('-');
        valid.then(|| Self(text.to_owned())).ok_or_else(|| BadId::Archive(text.to_owned()))
    }
}

impl fmt::Display for ArchiveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `archive/native-id`, split at the first slash.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssetId {
    /// The archive that gave it.
    pub archive: ArchiveId,
    /// The archive's own identifier; may hold anything, slashes too.
    pub native: String,
}

impl FromStr for AssetId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let (archive, native) =
            text.split_once('/').ok_or_else(|| BadId::Asset(text.to_owned()))?;
        if native.is_empty() {
            return Err(BadId::Asset(text.to_owned()));
        }
        Ok(Self { archive: archive.parse()?, native: native.to_owned() })
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.archive, self.native)
    }
}

#[cfg(test)]
mod tests {
    use super::{ArchiveId, AssetId};

    #[test]
    fn an_asset_id_is_split_at_its_first_slash() {
        let id: AssetId = "hst/ivo://esavo/hst?a/b".parse().unwrap();
        assert_eq!((id.archive.as_str(), id.native.as_str()), ("hst", "ivo://esavo/hst?a/b"));
        assert_eq!(id.to_string(), "hst/ivo://esavo/hst?a/b");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "-a", "Gaia", "a_b", "a b", &"a".repeat(65)] {
            assert!(text.parse::<ArchiveId>().is_err(), "case: {text:?}");
        }
        for text in ["", "hst", "hst/", "/x", "HST/x"] {
            assert!(text.parse::<AssetId>().is_err(), "case: {text:?}");
        }
    }
}
