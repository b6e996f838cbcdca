//! Digests of bytes while they pass, and of files that lie there.

use std::io::Read;

use sha2::digest::DynDigest;
use sha2::{Digest, Sha256};

use super::names::hex;

/// The name of an algorithm, whatever an archive writes; `None` for one that is not known.
pub(super) fn algorithm(written: &str) -> Option<&'static str> {
    match written.trim().to_ascii_lowercase().as_str() {
        "sha-512" | "sha512" => Some("sha-512"),
        "sha-256" | "sha256" => Some("sha-256"),
        "sha-1" | "sha1" | "sha" => Some("sha-1"),
        "md5" | "md-5" => Some("md5"),
        _ => None,
    }
}

fn hasher(algorithm: &str) -> Box<dyn DynDigest + Send> {
    match algorithm {
        "sha-512" => Box::<sha2::Sha512>::default(),
        "sha-256" => Box::<Sha256>::default(),
        "sha-1" => Box::<sha1::Sha1>::default(),
        _ => Box::<md5::Md5>::default(),
    }
}

/// SHA-256, and one more where an archive gives another.
pub(super) struct Digests {
    sha256: Sha256,
    other: Option<(&'static str, Box<dyn DynDigest + Send>)>,
}

impl Digests {
    /// Of nothing yet; with `announced`, which may be anything.
    pub(super) fn new(announced: Option<&'static str>) -> Self {
        let other = announced.filter(|name| *name != "sha-256").map(|name| (name, hasher(name)));
        Self { sha256: Sha256::new(), other }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        Digest::update(&mut self.sha256, bytes);
        if let Some((_, other)) = &mut self.other {
            other.update(bytes);
        }
    }

    /// Everything that can still be read.
    pub(super) fn update_from(&mut self, source: &mut impl Read) -> std::io::Result<()> {
        let mut buffer = vec![0; 1 << 20];
        loop {
            match source.read(&mut buffer)? {
                0 => return Ok(()),
                count => self.update(buffer.get(..count).unwrap_or_default()),
            }
        }
    }

    /// The SHA-256 so far.
    pub(super) fn sha256(&self) -> String {
        hex(&Digest::finalize(self.sha256.clone()))
    }

    /// The digest so far by that algorithm, if it was computed.
    pub(super) fn of(&self, algorithm: &str) -> Option<String> {
        match &self.other {
            // Of a copy: more bytes may come.
            Some((name, other)) if *name == algorithm => Some(hex(&other.box_clone().finalize())),
            _ if algorithm == "sha-256" => Some(self.sha256()),
            _ => None,
        }
    }
}
