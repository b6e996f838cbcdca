//! Whether a file is what its archive says, by the digest in the answer's head.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use sha2::digest::DynDigest;

/// Bytes read at once.
const CHUNK_BYTES: usize = 1 << 20;
/// By their names in RFC 9530, the strongest first, and the bytes that each has.
const ALGORITHMS: [(&str, usize); 4] = [("sha-512", 64), ("sha-256", 32), ("sha", 20), ("md5", 16)];

/// A digest to be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Digest {
    algorithm: String,
    hex: String,
}

impl Digest {
    /// The strongest digest of a `Repr-Digest` (RFC 9530: `sha-256=:base64:, ...`).
    pub(super) fn of_header(header: &str) -> Option<Self> {
        let given: Vec<(&str, Vec<u8>)> = header
            .split(',')
            .filter_map(|member| {
                let (algorithm, value) = member.trim().split_once('=')?;
                let value = value.strip_prefix(':')?.strip_suffix(':')?;
                Some((algorithm, STANDARD.decode(value).ok()?))
            })
            .collect();
        ALGORITHMS.iter().find_map(|(algorithm, length)| {
            let (_, bytes) =
                given.iter().find(|(own, bytes)| own == algorithm && bytes.len() == *length)?;
            Some(Self { algorithm: (*algorithm).to_owned(), hex: hex(bytes) })
        })
    }

    /// Reads a file; what is wrong with it, if anything is. Blocks.
    pub(super) fn check(&self, path: &Path) -> io::Result<Result<(), String>> {
        let mut hasher: Box<dyn DynDigest> = match self.algorithm.as_str() {
            "sha-512" => Box::new(sha2::Sha512::new()),
            "sha-256" => Box::new(sha2::Sha256::new()),
            "sha" => Box::new(sha1::Sha1::new()),
            _ => Box::new(md5::Md5::new()),
        };
        let mut file = File::open(path)?;
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => hasher.update(chunk.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let found = hex(&hasher.finalize());
        Ok(if found == self.hex {
            Ok(())
        } else {
            Err(format!("its {} is {found}, where the archive says {}", self.algorithm, self.hex))
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn the_strongest_digest_counts() {
        // Of "abc": RFC 1321 and FIPS 180-4 have the same in hexadecimal.
        let md5 = "md5=:kAFQmDzST7DWlj99KOF/cg==:";
        let sha = "sha=:qZk+NkcGgWq6PiVxeFDCbJzQ2J0=:";
        let sha_256 = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:";
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "abc").unwrap();
        for (header, algorithm) in [
            (md5.to_owned(), Some("md5")),
            (format!("{md5}, {sha}"), Some("sha")),
            (format!("{sha},{sha_256},{md5}"), Some("sha-256")),
            ("crc32c=:AAAAAA==:".to_owned(), None),
            ("sha-256=:AAAA:".to_owned(), None),
            ("sha-256=ungWv48B".to_owned(), None),
            (String::new(), None),
        ] {
            let digest = Digest::of_header(&header);
            assert_eq!(digest.as_ref().map(|own| own.algorithm.as_str()), algorithm, "{header}");
            if let Some(digest) = digest {
                assert_eq!(digest.check(file.path()).unwrap(), Ok(()), "{header}");
            }
        }
        std::fs::write(&file, "abd").unwrap();
        let wrong = Digest::of_header(md5).unwrap().check(file.path()).unwrap().unwrap_err();
        assert_eq!(
            wrong,
            "its md5 is 4911e516e5aa21d327512e0c8b197616, where the archive says 900150983cd24fb0d6963f7d28e17f72"
        );
    }
}
