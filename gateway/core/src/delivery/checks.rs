//! Whether bytes are what the archive says they are, while they pass.
//!
//! Called by `delivery.rs`. Rules that hold here and nowhere else:
//!
//! - The last bytes are held back until length and digest are right, so that a client which
//!   counts never takes a wrong file for a whole one.
//! - What failed once fails ever after, and the call upstream has ended by then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use sha2::digest::DynDigest;

use crate::Error;
use crate::archive::ByteReader;
use crate::asset::{ArchiveId, Checksum};

/// A checksum to be reached.
pub(super) struct Digest {
    hasher: Box<dyn DynDigest + Send>,
    algorithm: &'static str,
    expected: String,
}

/// The algorithms that can be calculated, the strongest first: name, its spellings, hexadecimal
/// digits.
const ALGORITHMS: [(&str, &[&str], usize); 4] = [
    ("sha-512", &["sha-512", "sha512"], 128),
    ("sha-256", &["sha-256", "sha256"], 64),
    ("sha-1", &["sha-1", "sha1", "sha"], 40),
    ("md5", &["md5", "md-5"], 32),
];

impl Digest {
    /// The checksum that is worth most; those that can be none of their algorithm do not count.
    pub(super) fn best(checksums: &[Checksum]) -> Option<&Checksum> {
        let sound = |own: &&Checksum, names: &[&str], digits: usize| {
            names.contains(&own.algorithm.as_str())
                && own.hex.len() == digits
                && own.hex.chars().all(|c| c.is_ascii_hexdigit())
        };
        ALGORITHMS
            .iter()
            .find_map(|(_, names, digits)| checksums.iter().find(|own| sound(own, names, *digits)))
    }

    /// `None` if the algorithm is not known.
    pub(super) fn new(checksum: &Checksum) -> Option<Self> {
        let known = |(_, names, _): &&(_, &[&str], _)| names.contains(&checksum.algorithm.as_str());
        let (algorithm, ..) = *ALGORITHMS.iter().find(known)?;
        let hasher: Box<dyn DynDigest + Send> = match algorithm {
            "sha-512" => Box::<sha2::Sha512>::default(),
            "sha-256" => Box::<sha2::Sha256>::default(),
            "sha-1" => Box::<sha1::Sha1>::default(),
            _ => Box::<md5::Md5>::default(),
        };
        Some(Self { hasher, algorithm, expected: checksum.hex.to_ascii_lowercase() })
    }

    fn check(&mut self) -> Result<(), String> {
        let found = hex(&self.hasher.finalize_reset());
        if found == self.expected {
            return Ok(());
        }
        let (algorithm, expected) = (self.algorithm, &self.expected);
        Err(format!("their {algorithm} is {found} where the record says {expected}"))
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Says whether the bytes came to their end and were right.
#[derive(Clone, Default)]
pub(super) struct Seal(Arc<AtomicBool>);

impl Seal {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// What the bytes must be.
pub(super) struct Expected {
    /// How many, where that is known.
    pub(super) length: Option<u64>,
    /// Whether more of them is only not wanted, rather than wrong.
    pub(super) cut: bool,
    pub(super) digest: Option<Digest>,
}

/// Bytes that are checked on the way.
pub(super) struct Checked {
    /// `None` once there is nothing more to read.
    reader: Option<Box<dyn ByteReader>>,
    archive: ArchiveId,
    left: Option<u64>,
    cut: bool,
    digest: Option<Digest>,
    held: Option<Bytes>,
    seal: Seal,
    failed: bool,
}

impl Checked {
    pub(super) fn new(
        reader: Box<dyn ByteReader>,
        archive: ArchiveId,
        expected: Expected,
        seal: Seal,
    ) -> Self {
        let Expected { length, cut, digest } = expected;
        let (reader, held, failed) = (Some(reader), None, false);
        Self { reader, archive, left: length, cut, digest, held, seal, failed }
    }

    fn fail(&mut self, error: Error) -> Error {
        self.reader = None;
        self.held = None;
        self.failed = true;
        error
    }

    fn damaged(&mut self, reason: String) -> Error {
        let archive = self.archive.clone();
        self.fail(Error::Damaged { archive, reason })
    }

    /// The end of what the archive gives: gives what was held back, if all is right.
    fn end(&mut self) -> Result<Bytes, Error> {
        self.reader = None;
        if let Some(left) = self.left.filter(|left| *left > 0) {
            return Err(self.damaged(format!("they end {left} bytes too early")));
        }
        if let Some(Err(reason)) = self.digest.as_mut().map(Digest::check) {
            return Err(self.damaged(reason));
        }
        self.seal.set();
        Ok(self.held.take().unwrap_or_default())
    }
}

#[async_trait]
impl ByteReader for Checked {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        if self.failed {
            return Err(self.damaged("they broke off before".to_owned()));
        }
        loop {
            if self.cut && self.left == Some(0) {
                return self.end();
            }
            let Some(reader) = &mut self.reader else { return Ok(Bytes::new()) };
            let mut piece = match reader.read(max_bytes).await {
                Ok(piece) => piece,
                Err(error) => return Err(self.fail(error)),
            };
            if piece.is_empty() {
                return self.end();
            }
            if let Some(left) = self.left {
                let size = piece.len() as u64;
                if size > left && !self.cut {
                    let reason = "there are more of them than there should be".to_owned();
                    return Err(self.damaged(reason));
                }
                if size > left {
                    piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                }
                self.left = Some(left - piece.len() as u64);
            }
            if let Some(digest) = &mut self.digest {
                digest.hasher.update(&piece);
            }
            let last = match self.left {
                Some(left) => left == 0 && !self.cut,
                // Any piece may be the last one.
                None => self.digest.is_some(),
            };
            if !last {
                return Ok(piece);
            }
            if let Some(before) = self.held.replace(piece) {
                return Ok(before);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Checked, Checksum, Digest, Expected, Seal};
    use crate::archive::ByteReader as _;
    use crate::testing::pieces;

    /// What a client gets of "abcdef" in pieces of two, and how it ends.
    async fn passed(length: Option<u64>, cut: bool, checksum: Option<(&str, &str)>) -> String {
        let digest = checksum.and_then(|(a, h)| Digest::new(&Checksum::new(a, h)));
        let expected = Expected { length, cut, digest };
        let reader = pieces(["ab", "cd", "ef"]);
        let seal = Seal::default();
        let mut checked = Checked::new(reader, "hst".parse().unwrap(), expected, seal.clone());
        let mut got = String::new();
        loop {
            match checked.read(100).await {
                Ok(piece) if piece.is_empty() => {
                    assert!(seal.is_set(), "who ends well has sealed");
                    return format!("{got}.");
                }
                Ok(piece) => got += std::str::from_utf8(&piece).unwrap(),
                Err(error) => {
                    let again = checked.read(100).await;
                    assert!(again.is_err(), "what failed fails ever after");
                    assert!(!seal.is_set());
                    let words = error.to_string();
                    return format!("{got}! {}", words.rsplit(": ").next().unwrap());
                }
            }
        }
    }

    #[tokio::test]
    async fn a_wrong_file_breaks_before_its_last_byte() {
        let md5 = Some(("md5", "e80b5017098950fc58aad83c8c14978e"));
        let sha1 = Some(("sha-1", "1f8ac10f23c5b5bc1167bda84b833e5c057a77d2"));
        let sha256 = "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721";
        let wrong = Some(("md5", "00000000000000000000000000000000"));
        let is = "their md5 is e80b5017098950fc58aad83c8c14978e where the record says";
        let zeros = "0".repeat(32);
        let cases = [
            ("nothing known", None, false, None, "abcdef.".to_owned()),
            ("the length", Some(6), false, None, "abcdef.".to_owned()),
            ("the digest", None, false, md5, "abcdef.".to_owned()),
            ("both", Some(6), false, sha1, "abcdef.".to_owned()),
            ("sha-256", Some(6), false, Some(("sha256", sha256)), "abcdef.".to_owned()),
            ("a part", Some(3), true, None, "abc.".to_owned()),
            ("a wrong digest", None, false, wrong, format!("abcd! {is} {zeros}")),
            ("and the length", Some(6), false, wrong, format!("abcd! {is} {zeros}")),
            ("too short", Some(7), false, None, "abcdef! they end 1 bytes too early".to_owned()),
            (
                "too long",
                Some(4),
                false,
                None,
                "ab! there are more of them than there should be".to_owned(),
            ),
            (
                "too long within a piece",
                Some(5),
                false,
                None,
                "abcd! there are more of them than there should be".to_owned(),
            ),
            (
                "a part that ends early",
                Some(9),
                true,
                None,
                "abcdef! they end 3 bytes too early".to_owned(),
            ),
        ];
        for (name, length, cut, checksum, expected) in cases {
            assert_eq!(passed(length, cut, checksum).await, expected, "case: {name}");
        }
    }

    #[test]
    fn the_strongest_checksum_counts_and_nonsense_does_not() {
        let md5 = Checksum::new("md5", &"0".repeat(32));
        let sha256 = Checksum::new("sha-256", &"0".repeat(64));
        let short = Checksum::new("sha-512", "00");
        let other = Checksum::new("adler32", "11e60398");
        let all = [other.clone(), md5.clone(), short, sha256.clone()];
        assert_eq!(Digest::best(&all), Some(&sha256));
        assert_eq!(Digest::best(&all[..2]), Some(&md5));
        assert_eq!(Digest::best(&[other]), None);
    }
}
