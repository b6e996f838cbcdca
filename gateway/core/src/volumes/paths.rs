//! Paths of files in a volume, made from what archives call them, which may be anything.
//!
//! Called by `planning.rs`. Pure. Rules that hold here and nowhere else:
//!
//! - A path stays below the folder: no `.`, `..`, empty or hidden part, nothing absolute.
//! - Nothing that a terminal or a shell takes for a command: no control characters, no marks
//!   that turn the direction of writing, no dash in front.
//! - No two files share a path, and none is the folder of another, also where `A` is `a`.

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256};

/// Longest part, in bytes; file systems take 255, and a number may come in.
const MOST_PART: usize = 200;
/// Longest path, in bytes.
const MOST_PATH: usize = 1_000;
/// What a part of which nothing is left is called.
const NAMELESS: &str = "file";

/// One part of a path without anything that could harm: never empty, never hidden.
pub(super) fn part(text: &str) -> String {
    let mut clean: String = text.chars().map(|c| if harms(c) { '_' } else { c }).collect();
    clean.truncate(clean.trim_end_matches([' ', '.']).len());
    let begin = clean.trim_start().len();
    clean.drain(..clean.len() - begin);
    if clean.starts_with(['.', '-', '~']) {
        clean.replace_range(..1, "_");
    }
    if clean.len() > MOST_PART {
        clean = shortened(&clean);
    }
    if clean.is_empty() { NAMELESS.to_owned() } else { clean }
}

/// The parts of a `/`-separated path that are worth anything, each made harmless.
pub(super) fn parts(path: &str) -> impl Iterator<Item = String> {
    path.split(['/', '\\']).filter(|own| !matches!(*own, "" | "." | "..")).map(part)
}

fn harms(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '/' | '\\' | '\u{FFFD}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}')
        || matches!(letter, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The beginning and the ending of a long name, and a digest of it so that others stay others.
fn shortened(name: &str) -> String {
    let (stem, ending) = split_ending(name);
    let ending = if ending.len() <= 32 { ending } else { "" };
    let digest = format!("~{:08x}", digest(name) as u32);
    let mut end = MOST_PART - ending.len() - digest.len();
    while !stem.is_char_boundary(end.min(stem.len())) {
        end -= 1;
    }
    let stem = stem.get(..end.min(stem.len())).unwrap_or_default();
    format!("{stem}{digest}{ending}")
}

/// A name in front of its ending, and the ending with its dot: `.fits`, `.fits.gz`.
fn split_ending(name: &str) -> (&str, &str) {
    let at = |text: &str| text.rfind('.').filter(|at| *at > 0);
    let Some(dot) = at(name) else { return (name, "") };
    let (stem, ending) = name.split_at(dot);
    let packed = [".gz", ".z", ".bz2", ".xz", ".zst", ".zip"];
    let packed = packed.iter().any(|own| ending.eq_ignore_ascii_case(own));
    match at(stem).filter(|before| packed && stem.len() - before <= 8) {
        Some(before) => name.split_at(before),
        None => (stem, ending),
    }
}

fn digest(text: &str) -> u128 {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
    u128::from_le_bytes(bytes)
}

/// The paths of one volume that are taken.
#[derive(Debug, Default)]
pub(super) struct Taken {
    files: HashSet<u128>,
    folders: HashSet<u128>,
    /// The next number to try for a path that was wanted more than once.
    next: HashMap<u128, u32>,
}

impl Taken {
    /// Nothing but the names that are the gateway's own.
    pub(super) fn new(own: &[&str]) -> Self {
        let mut taken = Self::default();
        for name in own {
            taken.files.insert(folded(name));
        }
        taken
    }

    /// Takes a path as it is: one that was given before.
    pub(super) fn note(&mut self, path: &str) {
        for (at, _) in path.match_indices('/') {
            self.folders.insert(folded(path.get(..at).unwrap_or_default()));
        }
        self.files.insert(folded(path));
    }

    /// A path of these parts that nobody has, numbered where it must be.
    pub(super) fn give(&mut self, parts: impl IntoIterator<Item = String>) -> String {
        let mut parts: Vec<String> = parts.into_iter().collect();
        let name = parts.pop().unwrap_or_else(|| NAMELESS.to_owned());
        let mut folder = String::new();
        for own in parts {
            // What is left must have room for a name with a number.
            if folder.len() + own.len() + 2 * MOST_PART > MOST_PATH {
                break;
            }
            folder = self.numbered(&folder, &own, |taken, path| !taken.files.contains(&path));
        }
        let free =
            |taken: &Self, path| !taken.files.contains(&path) && !taken.folders.contains(&path);
        let path = self.numbered(&folder, &name, free);
        self.note(&path);
        path
    }

    fn numbered(&mut self, folder: &str, name: &str, free: impl Fn(&Self, u128) -> bool) -> String {
        let below = |name: &str| {
            if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
        };
        let wanted = below(name);
        let key = folded(&wanted);
        if free(self, key) {
            return wanted;
        }
        let (stem, ending) = split_ending(name);
        let mut number = self.next.get(&key).copied().unwrap_or(2);
        let path = loop {
            let path = below(&format!("{stem}-{number}{ending}"));
            if free(self, folded(&path)) {
                break path;
            }
            number += 1;
        };
        self.next.insert(key, number);
        path
    }
}

fn folded(path: &str) -> u128 {
    digest(&path.to_lowercase())
}

/// Whether a path is one of those a user names: `*` and `?` stay within a part, `**` is any
/// number of parts, and a pattern without a slash is of the name alone.
pub(super) fn matches(path: &str, pattern: &str) -> bool {
    let pattern = pattern.trim_start_matches('/');
    let name = path.rsplit('/').next().unwrap_or(path);
    if !pattern.contains('/') && pattern != "**" {
        return crate::discovery::matches_glob(name, pattern);
    }
    let mut pattern: Vec<&str> = pattern.split('/').collect();
    // `folder/` is everything below it.
    if pattern.last() == Some(&"") {
        pattern.pop();
        pattern.push("**");
    }
    let path: Vec<&str> = path.split('/').collect();
    // Which beginnings of the path the pattern so far is.
    let mut reached = vec![false; path.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for wanted in pattern {
        let mut next = vec![false; path.len() + 1];
        let mut before = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let here = reached.get(at).copied().unwrap_or_default();
            if wanted == "**" {
                before |= here;
                *slot = before;
            } else if at > 0 {
                let own = path.get(at - 1).copied().unwrap_or_default();
                let from = reached.get(at - 1).copied().unwrap_or_default();
                *slot = from && crate::discovery::matches_glob(own, wanted);
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::{MOST_PATH, Taken, matches, part, parts};

    fn give(taken: &mut Taken, path: &str) -> String {
        taken.give(parts(path))
    }

    #[test]
    fn what_archives_call_files_becomes_harmless() {
        let cases = [
            ("M31.fits", "M31.fits"),
            ("a b.fits", "a b.fits"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            (".bashrc", "_bashrc"),
            ("-rf", "_rf"),
            ("a\u{1b}[2J\n", "a_[2J_"),
            ("gepj.\u{202E}exe", "gepj._exe"),
            ("", "file"),
            ("..", "file"),
            ("  x. ", "x"),
        ];
        for (given, expected) in cases {
            assert_eq!(part(given), expected, "case: {given:?}");
        }
        let long = part(&format!("{}.fits.gz", "x".repeat(500)));
        assert_eq!((long.len(), long.ends_with(".fits.gz")), (200, true), "{long}");
    }

    #[test]
    fn no_two_files_share_a_path_and_none_is_a_folder_of_another() {
        let mut taken = Taken::new(&["provenance.json"]);
        let cases = [
            ("provenance.json", "provenance-2.json"),
            ("hst/M31/a.fits.gz", "hst/M31/a.fits.gz"),
            ("hst/M31/a.fits.gz", "hst/M31/a-2.fits.gz"),
            ("hst/M31/A.FITS.GZ", "hst/M31/A-3.FITS.GZ"),
            ("hst/M31", "hst/M31-2"),
            ("hst/M31/a.fits.gz/b", "hst/M31/a-2.fits-2.gz/b"),
            ("/../hst/./x", "hst/x"),
        ];
        for (given, expected) in cases {
            let found = give(&mut taken, given);
            if given.ends_with("/b") {
                assert!(found.ends_with("/b") && !found.starts_with("hst/M31/a.fits.gz/"));
            } else {
                assert_eq!(found, expected, "case: {given}");
            }
        }
    }

    #[test]
    fn patterns_are_of_the_name_or_of_the_whole_path() {
        let cases = [
            ("2024/001/a.rnx", "*.rnx", true),
            ("2024/001/a.rnx", "a*", true),
            ("2024/001/a.rnx", "2024", false),
            ("2024/001/a.rnx", "2024/*/a.rnx", true),
            ("2024/001/a.rnx", "2024/*", false),
            ("2024/001/a.rnx", "2024/**", true),
            ("2024/001/a.rnx", "2024/", true),
            ("2024/001/a.rnx", "/2024/**/*.rnx", true),
            ("2024/a.rnx", "2024/**/*.rnx", true),
            ("2024/001/a.rnx", "**/00?/*", true),
            ("2024/001/a.rnx", "**", true),
            ("a.rnx", "**/a.rnx", true),
        ];
        for (path, pattern, expected) in cases {
            assert_eq!(matches(path, pattern), expected, "case: {path} {pattern}");
        }
    }

    proptest! {
        #[test]
        fn every_path_is_harmless_and_its_own(
            wanted in prop::collection::vec("(\\PC|[/.\\-aA]|\\x00|\\x1b){0,40}", 1..30),
            long in 0usize..3000,
        ) {
            let mut taken = Taken::new(&["provenance.json"]);
            let mut given = HashSet::new();
            for text in wanted.into_iter().chain(["d/".repeat(long) + "x", "y".repeat(long)]) {
                let path = give(&mut taken, &text);
                prop_assert!(path.len() <= MOST_PATH);
                for own in path.split('/') {
                    prop_assert!(!own.is_empty() && own.len() <= 255);
                    prop_assert!(!own.starts_with(['.', '-', '~']), "{}", path);
                    prop_assert!(!own.chars().any(char::is_control));
                }
                prop_assert!(given.insert(path.to_lowercase()), "{} twice", path);
            }
            for path in &given {
                let below = format!("{path}/");
                prop_assert!(!given.iter().any(|other| other.starts_with(&below)), "{}", path);
            }
        }

        #[test]
        fn patterns_end_in_time(path in "[a/*]{0,60}", pattern in "[a/*?]{0,60}") {
            let _ = matches(&path, &pattern);
        }
    }
}
