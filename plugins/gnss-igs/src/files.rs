//! Files of listings, told by their names and brought together: all copies and encodings of
//! one file are one.
//!
//! Called by `batches.rs`. Rules: a name decides what is one file, but an exact size or a
//! checksum that contradicts keeps two apart (centres reprocess under the same name).

use std::collections::BTreeMap;

use archway_codecs::{decoded_name, encodings_of};
use archway_plugin::types::{Checksum, Size, SizeQuality};
use archway_trees::Entry;

use crate::kinds::Kind;
use crate::names::{Latency, Name, Scope, legacy_centre};

/// A file, with all its copies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct File {
    /// Its identifier in the archive.
    pub(crate) key: String,
    /// What the name says; `None` where it is of no grammar.
    pub(crate) said: Option<Said>,
    pub(crate) copies: Vec<Copy>,
    /// Other files of the same thing that this one replaces, by key.
    pub(crate) replaces: Vec<String>,
    /// Those that replace this one.
    pub(crate) replaced_by: Vec<String>,
    /// One of the same name whose bytes are told to be others.
    pub(crate) variant_of: Option<String>,
}

/// What a name says, owned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) kind: Kind,
    pub(crate) format: &'static str,
    /// In upper case; nine characters where the name has them, else four.
    pub(crate) station: Option<String>,
    /// Three letters in upper case.
    pub(crate) centre: Option<String>,
    pub(crate) latency: Option<Latency>,
    pub(crate) start_us: Option<i64>,
    pub(crate) end_us: Option<i64>,
    pub(crate) sampling_s: Option<f64>,
    pub(crate) rate: Option<&'static str>,
    pub(crate) systems: String,
    pub(crate) country: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) lineage: Option<String>,
    /// When it was made, where the name says so (station logs).
    pub(crate) created_us: Option<i64>,
}

/// One copy of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Copy {
    /// Which of the archive's servers it lies on.
    pub(crate) server: usize,
    /// Below the server's root.
    pub(crate) path: String,
    pub(crate) name: String,
    /// Outermost first.
    pub(crate) encodings: Vec<&'static str>,
    pub(crate) size: Option<Size>,
    pub(crate) modified_us: Option<i64>,
    pub(crate) checksums: Vec<Checksum>,
    /// The listing's line.
    pub(crate) native: String,
}

/// Files that are about the others.
pub(crate) fn is_about_others(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let plain = encodings_of(&upper).1;
    let sums = ["MD5", "SHA1", "SHA256", "SHA512"]
        .iter()
        .any(|sum| plain.starts_with(sum) || plain.ends_with(&format!(".{sum}")));
    let pages = [
        "INDEX.HTML",
        "INDEX.HTM",
        "ROBOTS.TXT",
        ".LISTING",
        "README",
        "README.TXT",
        "HEADER.HTML",
    ];
    sums || plain.starts_with('.') || pages.contains(&plain) || plain.ends_with(".STATUS")
}

/// Brings the files of one batch together.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    files: BTreeMap<String, File>,
}

impl Collector {
    /// Adds an entry of a folder, given with its path below the server's root. A name of no
    /// grammar is taken where its content is going to be looked at.
    pub(crate) fn add(
        &mut self,
        server: usize,
        folder: &str,
        entry: &Entry,
        checksums: &[Checksum],
        takes_unknown: bool,
    ) {
        let name = entry.name.as_str();
        let parsed = Name::parse(name);
        let (key, encodings, said) = match &parsed {
            Some(parsed) => (parsed.key(), parsed.encodings(), Some(said(parsed))),
            None if takes_unknown && !is_about_others(name) => {
                let (encodings, _) = encodings_of(name);
                let plain = decoded_name(name, encodings.len()).unwrap_or_else(|| name.to_owned());
                (join(folder, &plain), encodings, None)
            }
            None => return,
        };
        let copy = Copy {
            server,
            path: join(folder, name),
            name: name.to_owned(),
            encodings,
            size: entry.size,
            modified_us: entry.modified_us,
            checksums: checksums.to_vec(),
            native: entry.native.clone(),
        };
        self.insert(key, said, copy);
    }

    fn insert(&mut self, key: String, said: Option<Said>, copy: Copy) {
        let new = |key: &str, said: &Option<Said>, copy: &Copy| File {
            key: key.to_owned(),
            said: said.clone(),
            copies: vec![copy.clone()],
            replaces: Vec::new(),
            replaced_by: Vec::new(),
            variant_of: None,
        };
        match self.files.get_mut(&key) {
            None => {
                self.files.insert(key.clone(), new(&key, &said, &copy));
            }
            Some(file) if file.copies.contains(&copy) => {}
            Some(file) if !file.copies.iter().any(|known| contradict(known, &copy)) => {
                file.copies.push(copy);
            }
            Some(_) => {
                // The copy of another server with other bytes: a file of its own.
                let variant = format!("{key}@{}", copy.server);
                let mut file = new(&variant, &said, &copy);
                file.variant_of = Some(key);
                match self.files.get_mut(&variant) {
                    Some(known) => known.copies.push(copy),
                    None => {
                        self.files.insert(variant, file);
                    }
                }
            }
        }
    }

    /// All of them by key, finals related to what they replace.
    pub(crate) fn finish(mut self) -> Vec<File> {
        let mut lines: BTreeMap<String, Vec<(Latency, String)>> = BTreeMap::new();
        for file in self.files.values().filter(|file| file.variant_of.is_none()) {
            if let Some(said) = &file.said
                && let (Some(lineage), Some(latency)) = (&said.lineage, said.latency)
            {
                lines.entry(lineage.clone()).or_default().push((latency, file.key.clone()));
            }
        }
        for line in lines.values() {
            for (latency, key) in line {
                let keys = |better: bool| {
                    line.iter()
                        .filter(|(other, _)| if better { other > latency } else { other < latency })
                        .map(|(_, key)| key.clone())
                        .collect::<Vec<_>>()
                };
                if let Some(file) = self.files.get_mut(key) {
                    file.replaces = keys(false);
                    file.replaced_by = keys(true);
                }
            }
        }
        let mut files: Vec<File> = self.files.into_values().collect();
        for file in &mut files {
            // The archive's own server first, and there the plainest copy.
            file.copies.sort_by(|a, b| {
                let rank = |copy: &Copy| (copy.server, copy.encodings.len());
                (rank(a), &a.path).cmp(&(rank(b), &b.path))
            });
        }
        files
    }
}

/// Whether two copies in one encoding are told to have other bytes.
fn contradict(one: &Copy, other: &Copy) -> bool {
    if one.encodings != other.encodings || one.server == other.server {
        return false;
    }
    let exact =
        |copy: &Copy| copy.size.filter(|s| s.quality == SizeQuality::Exact).map(|s| s.bytes);
    let sizes = matches!((exact(one), exact(other)), (Some(a), Some(b)) if a != b);
    let sums = one
        .checksums
        .iter()
        .any(|a| other.checksums.iter().any(|b| a.algorithm == b.algorithm && a.hex != b.hex));
    sizes || sums
}

/// A path below the root.
pub(crate) fn join(folder: &str, name: &str) -> String {
    let folder = folder.trim_matches('/');
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn said(name: &Name<'_>) -> Said {
    let meaning = name.meaning();
    let (mut station, mut centre) = (None, None);
    let mut latency = meaning.latency;
    match meaning.scope {
        Scope::Station(id) => station = Some(id.to_ascii_uppercase()),
        Scope::Centre(letters) => {
            let (code, by_letters) = legacy_centre(letters);
            centre = Some(code);
            // In long names the letters say nothing of the latency, which is told beside them.
            if latency.is_some_and(|told| told == Latency::Final && by_letters != Latency::Final) {
                latency = Some(by_letters);
            }
        }
        Scope::Whole => {}
    }
    if let Some(of_product) = meaning.station {
        station = Some(of_product.to_ascii_uppercase());
    }
    let country = station.as_ref().and_then(|id| id.get(6..9)).map(str::to_owned);
    let (version, project) = name.solution();
    Said {
        kind: meaning.kind,
        format: name.format(),
        station,
        centre,
        latency,
        start_us: meaning.start_us,
        end_us: meaning.end_us,
        sampling_s: meaning.sampling_s,
        rate: meaning.rate,
        systems: meaning.systems.to_ascii_uppercase(),
        country,
        version,
        project,
        lineage: name.lineage(),
        created_us: name.created_us(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(entries: &[(usize, &str, &str, Option<u64>)]) -> Vec<File> {
        let mut collector = Collector::default();
        for (server, folder, name, size) in entries {
            let mut entry = Entry::file(*name);
            if let Some(bytes) = size {
                entry = entry.with_size(*bytes);
            }
            collector.add(*server, folder, &entry, &[], true);
        }
        collector.finish()
    }

    #[test]
    fn copies_on_mirrors_and_encodings_are_one_file() {
        let files = collected(&[
            (0, "obs/2023/254", "WTZR00DEU_R_20232540000_01D_30S_MO.crx.gz", Some(10)),
            (1, "data/2023/254", "WTZR00DEU_R_20232540000_01D_30S_MO.crx.gz", Some(10)),
            (0, "obs/2023/254", "WTZR00DEU_R_20232540000_01D_30S_MO.rnx.gz", Some(30)),
            (0, "obs/2023/254", "SHA512SUMS", None),
            (0, "obs/2023/254", "23254.status", None),
        ]);
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].key, "WTZR00DEU_R_20232540000_01D_30S_MO.rnx");
        let encodings: Vec<_> =
            files[0].copies.iter().map(|c| (c.server, c.encodings.join(" "))).collect();
        assert_eq!(
            encodings,
            [(0, "gzip".into()), (0, "gzip crinex".into()), (1, "gzip crinex".into())]
        );
    }

    #[test]
    fn the_same_name_with_other_bytes_is_another_file() {
        let name = "ESA0OPSFIN_20231000000_01D_15M_ORB.SP3.gz";
        let files = collected(&[
            (0, "p", name, Some(10)),
            (1, "p", name, Some(11)),
            (2, "p", name, Some(10)),
        ]);
        let told: Vec<_> = files
            .iter()
            .map(|f| (f.key.as_str(), f.copies.len(), f.variant_of.is_some()))
            .collect();
        assert_eq!(
            told,
            [
                ("ESA0OPSFIN_20231000000_01D_15M_ORB.SP3", 2, false),
                ("ESA0OPSFIN_20231000000_01D_15M_ORB.SP3@1", 1, true)
            ]
        );
    }

    #[test]
    fn a_final_replaces_the_rapid_and_both_stay() {
        let files = collected(&[
            (0, "products/1590", "igs15904.sp3.Z", None),
            (0, "products/1590", "igr15904.sp3.Z", None),
            (0, "products/1590", "igs15905.sp3.Z", None),
        ]);
        let related: Vec<_> = files
            .iter()
            .map(|f| (f.key.as_str(), f.replaces.clone(), f.replaced_by.clone()))
            .collect();
        assert_eq!(
            related,
            [
                ("igr15904.sp3", vec![], vec!["igs15904.sp3".to_owned()]),
                ("igs15904.sp3", vec!["igr15904.sp3".to_owned()], vec![]),
                ("igs15905.sp3", vec![], vec![]),
            ]
        );
    }

    #[test]
    fn names_of_no_grammar_are_known_by_their_path() {
        let files = collected(&[
            (0, "samples", "sample.crx.gz", None),
            (0, "samples", "sample.rnx.Z", None),
            (0, "obs/2021/078", "SEPT078M1.21O.gz", None),
            (0, "", "MD5SUMS", None),
            (0, "", "README", None),
            (0, "", "files.md5", None),
        ]);
        let keys: Vec<_> = files.iter().map(|file| file.key.as_str()).collect();
        assert_eq!(keys, ["obs/2021/078/SEPT078M1.21O", "samples/sample.rnx"]);
        assert_eq!(files[1].copies.len(), 2);
    }
}
