//! Files of checksums: lists for a folder (`MD5SUMS`, `SHA512SUMS`) and those beside one
//! file (`NAME.md5`).
//!
//! Rules: what is no checksum is passed over; a checksum is told by its length, so that a
//! file named wrongly does no harm.

use std::collections::BTreeMap;

use archway_plugin::host::Level;
use archway_plugin::types::Checksum;
use archway_plugin::{Error, Host};

use crate::path;
use crate::tree::Tree;

/// Names of lists, compared without case.
const LISTS: [&str; 13] = [
    "MD5SUMS",
    "MD5SUM",
    "MD5SUMS.txt",
    "md5sum.txt",
    "CHECKSUMS",
    "SHA1SUMS",
    "SHA1SUM",
    "SHA256SUMS",
    "SHA256SUM",
    "SHA256SUMS.txt",
    "SHA512SUMS",
    "SHA512SUM",
    "SHA512SUMS.txt",
];

/// Endings of files with the checksum of one other.
const BESIDE: [&str; 8] =
    ["md5", "md5sum", "sha1", "sha256", "sha256sum", "sha512", "sha512sum", "sha1sum"];

/// A list of a folder of 100,000 files has 16 MB of SHA-512.
const MOST_LIST_BYTES: u64 = 24 * 1024 * 1024;
const MOST_BESIDE_BYTES: u64 = 64 * 1024;

/// Whether a file of this name lists checksums of its folder.
pub(crate) fn is_list(name: &str) -> bool {
    LISTS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The file whose checksum a file of this name holds.
pub(crate) fn beside(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let is_known = BESIDE.iter().any(|known| ending.eq_ignore_ascii_case(known));
    (!stem.is_empty() && is_known).then_some(stem)
}

/// Checksums by the name of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checksums(BTreeMap<String, Vec<Checksum>>);

impl Checksums {
    /// Those of one file.
    pub fn of(&self, name: &str) -> &[Checksum] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Reads a list: `HEX  NAME`, `HEX *NAME` (GNU), or `MD5 (NAME) = HEX` (BSD), a line
    /// each. Of a name with folders in front the last part counts, where these are `./`.
    pub fn read_list(&mut self, text: &str) {
        for line in text.lines() {
            if let Some((name, checksum)) = line_of_list(line) {
                self.add(name, checksum);
            }
        }
    }

    /// Reads the file with the checksum of `name`: as a line of a list, or alone.
    pub fn read_beside(&mut self, name: &str, text: &str) {
        for line in text.lines() {
            let checksum = match line_of_list(line) {
                Some((named, checksum)) if named == name => checksum,
                Some(_) => continue,
                None => match line.split_whitespace().next().and_then(checksum) {
                    Some(checksum) => checksum,
                    None => continue,
                },
            };
            self.add(name, checksum);
        }
    }

    fn add(&mut self, name: &str, checksum: Checksum) {
        let known = self.0.entry(name.to_owned()).or_default();
        // Two that contradict each other: neither can be trusted.
        match known.iter().position(|one| one.algorithm == checksum.algorithm) {
            Some(at) if known.get(at) != Some(&checksum) => {
                known.remove(at);
            }
            Some(_) => {}
            None => known.push(checksum),
        }
    }

    /// Reads the lists among the names of a folder. One that cannot be had is logged: the
    /// files are there all the same.
    ///
    /// # Errors
    ///
    /// An archive that is down, or a limit of the call.
    pub fn of_folder<'a>(
        host: &dyn Host,
        tree: &dyn Tree,
        folder: &str,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<Self, Error> {
        let mut checksums = Self::default();
        for name in names.filter(|name| is_list(name)) {
            if let Some(text) = text(host, tree, &path::join(folder, name), MOST_LIST_BYTES)? {
                checksums.read_list(&text);
            }
        }
        Ok(checksums)
    }

    /// Adds those that stand beside one file.
    ///
    /// # Errors
    ///
    /// An archive that is down, or a limit of the call.
    pub fn add_beside<'a>(
        &mut self,
        host: &dyn Host,
        tree: &dyn Tree,
        folder: &str,
        file: &str,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<(), Error> {
        for name in names.filter(|name| beside(name) == Some(file)) {
            if let Some(text) = text(host, tree, &path::join(folder, name), MOST_BESIDE_BYTES)? {
                self.read_beside(file, &text);
            }
        }
        Ok(())
    }
}

fn text(
    host: &dyn Host,
    tree: &dyn Tree,
    path: &str,
    most_bytes: u64,
) -> Result<Option<String>, Error> {
    match tree.read(host, path, most_bytes) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error @ Error::Unavailable(_)) => Err(error),
        Err(error) => {
            let fields = [("path", path.to_owned()), ("error", error.to_string())];
            host.log(Level::Warning, "a file of checksums could not be read", &fields);
            Ok(None)
        }
    }
}

fn line_of_list(line: &str) -> Option<(&str, Checksum)> {
    let line = line.trim_end();
    if let Some((_, rest)) = line.split_once(" (")
        && let Some((name, hex)) = rest.rsplit_once(") = ")
    {
        return Some((plain(name)?, checksum(hex)?));
    }
    let (hex, name) = line.split_once(' ')?;
    let name = name.trim_start_matches(' ');
    Some((plain(name.strip_prefix('*').unwrap_or(name))?, checksum(hex)?))
}

/// A name of this folder.
fn plain(name: &str) -> Option<&str> {
    let name = name.strip_prefix("./").unwrap_or(name);
    path::refusal(name).is_none().then_some(name)
}

/// The algorithm is told by the length.
fn checksum(hex: &str) -> Option<Checksum> {
    let algorithm = match hex.len() {
        32 => "md5",
        40 => "sha-1",
        64 => "sha-256",
        128 => "sha-512",
        _ => return None,
    };
    let all_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    all_hex.then(|| Checksum { algorithm: algorithm.to_owned(), hex: hex.to_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "0CC175B9C0F1B6A831C399E269772661";

    #[test]
    fn lists_are_read_in_each_of_their_forms() {
        let cases = [
            ("GNU", format!("{MD5}  a.fits\n"), 1),
            ("GNU, binary", format!("{MD5} *a.fits"), 1),
            ("with a folder", format!("{MD5}  ./a.fits\r\n"), 1),
            ("BSD", format!("MD5 (a.fits) = {MD5}"), 1),
            ("another folder's", format!("{MD5}  old/a.fits"), 0),
            ("no checksum", "hello  a.fits".to_owned(), 0),
            ("one too short", format!("{}  a.fits", &MD5[1..]), 0),
            ("contradicting", format!("{MD5}  a.fits\n{}  a.fits", MD5.replace('0', "1")), 0),
        ];
        for (name, text, wanted) in cases {
            let mut read = Checksums::default();
            read.read_list(&text);
            assert_eq!(read.of("a.fits").len(), wanted, "case: {name}");
        }
    }

    #[test]
    fn a_checksum_beside_a_file_may_stand_alone() {
        assert_eq!(beside("a.fits.MD5"), Some("a.fits"));
        for text in [MD5.to_owned(), format!("{MD5}  a.fits"), format!("{MD5} -\n")] {
            let mut read = Checksums::default();
            read.read_beside("a.fits", &text);
            let hexes: Vec<_> = read.of("a.fits").iter().map(|c| c.hex.as_str()).collect();
            let wanted = MD5.to_lowercase();
            let wanted = if text.ends_with("-\n") { vec![] } else { vec![wanted.as_str()] };
            assert_eq!(hexes, wanted, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn anything_may_be_a_list(text in "([0-9a-f]{0,33}[ *()=\n]{0,3}[\\PC\n]{0,10}){0,5}") {
            Checksums::default().read_list(&text);
            Checksums::default().read_beside("a", &text);
        }
    }
}
