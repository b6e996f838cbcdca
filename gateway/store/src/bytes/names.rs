//! Names that become parts of paths. Whoever made them, they are looked at here.

use std::fmt::Write as _;

use archway_core::owner::Owner;
use archway_core::volumes::VolumeId;
use sha2::{Digest as _, Sha256};

use crate::error::StoreError;

/// A volume's id as the name of a folder.
pub(super) fn volume(id: &VolumeId) -> Result<&str, StoreError> {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=64).contains(&id.0.len()) && id.0.chars().all(sound) {
        return Ok(&id.0);
    }
    Err(StoreError::name("id of a data volume", &id.0))
}

/// A SHA-256 in hexadecimal.
pub(super) fn digest(sha256: &str) -> Result<&str, StoreError> {
    let sound = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if sha256.len() == 64 && sha256.chars().all(sound) {
        return Ok(sha256);
    }
    Err(StoreError::name("SHA-256 in lower-case hexadecimal", sha256))
}

/// Where the bytes of a digest lie below a folder: `ab/cdef...`.
pub(super) fn below(sha256: &str) -> String {
    let (first, rest) = sha256.split_at(2);
    format!("{first}/{rest}")
}

/// An owner as the name of a folder: themselves if they are plain, else a digest of them, which
/// no plain name can be.
pub(super) fn owner(owner: &Owner) -> String {
    let plain =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    let name = &owner.0;
    if (1..=64).contains(&name.len()) && name.chars().all(plain) && !name.starts_with('.') {
        return name.clone();
    }
    format!("~{}", hex(&Sha256::digest(name.as_bytes())))
}

/// The parts of a path below a volume's folder.
pub(super) fn path(path: &str) -> Result<Vec<&str>, StoreError> {
    const DEEPEST: usize = 64;
    let bad = || StoreError::name("path of a file in a data volume", path);
    let parts: Vec<&str> = path.split('/').collect();
    let sound = |part: &&str| {
        (1..=255).contains(&part.len())
            && !matches!(*part, "." | "..")
            && !part.chars().any(|c| c == '\0' || c == '\\')
    };
    if path.len() <= 4096 && parts.len() <= DEEPEST && parts.iter().all(sound) {
        return Ok(parts);
    }
    Err(bad())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use archway_core::owner::Owner;
    use archway_core::volumes::VolumeId;
    use proptest::prelude::*;

    use super::{digest, owner, path, volume};

    #[test]
    fn names_that_could_leave_their_folder_are_refused() {
        let long = "a".repeat(256);
        let deep = vec!["a"; 65].join("/");
        let paths = [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            "a\0b",
            "a\\b",
            &long,
            &deep,
        ];
        for hostile in paths {
            assert!(path(hostile).is_err(), "path: {hostile:?}");
        }
        for hostile in ["", "..", "a/b", ".a", "A", "a b", &"a".repeat(65)] {
            assert!(volume(&VolumeId(hostile.to_owned())).is_err(), "volume: {hostile:?}");
        }
        for hostile in ["", "..", &"A".repeat(64), &"g".repeat(64), &"a".repeat(63)] {
            assert!(digest(hostile).is_err(), "digest: {hostile:?}");
        }
        assert_eq!(path("deep/er/..a b.fits").unwrap(), ["deep", "er", "..a b.fits"]);
    }

    #[test]
    fn owners_that_are_no_names_get_one_that_no_plain_owner_has() {
        assert_eq!(owner(&Owner("local".to_owned())), "local");
        for hostile in ["", "..", ".", "a/b", "Ann", "~ann", "a\0b", &"a".repeat(65)] {
            let name = owner(&Owner(hostile.to_owned()));
            assert!(name.starts_with('~') && name.len() == 65, "owner: {hostile:?} is {name}");
        }
    }

    proptest! {
        #[test]
        fn a_path_that_is_taken_stays_below_and_says_the_same(text in "[a./\\\\\0]{0,12}") {
            if let Ok(parts) = path(&text) {
                prop_assert_eq!(parts.join("/"), &*text);
                prop_assert!(parts.iter().all(|part| !part.is_empty() && *part != ".." && *part != "."));
            }
        }
    }
}
