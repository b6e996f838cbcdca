//! From what is found in a source to the files of a volume: which file, under which path.
//!
//! Called by `staging.rs` and `estimate.rs`. Calls the store ([`VolumeKeeper::plan_files`]).
//!
//! Rules that hold here and nowhere else:
//!
//! - What was planned before stays as it is, so that a listing can be begun again.
//! - An asset is in a volume once, by its own file; one that has none is counted and named.
//!
//! [`VolumeKeeper::plan_files`]: super::VolumeKeeper::plan_files

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use super::listing::Listed;
use super::paths::{self, Taken};
use super::record::{ArchiveFacts, FileRecord};
use super::{FileState, Source, VolumeFile, VolumeId, VolumesNeed};
use crate::Error;
use crate::archive::Archive;
use crate::asset::{ArchiveId, Asset, AssetId, AssetKind, Distribution, Location};
use crate::delivery;

/// Files that are written down at once.
const BATCH: usize = 500;
/// Files that are read at once.
const PAGE: u32 = 1_000;
/// How many of a kind of missing things are named.
const MOST_NAMED: usize = 3;
/// Time for an archive to say what it is.
const DESCRIBED_WITHIN: Duration = Duration::from_secs(10);
/// Names at the top of a volume that are the gateway's own.
pub(super) const OWN_NAMES: [&str; 2] = ["provenance.json", "README.txt"];

/// A file that may become one of a volume.
pub(super) struct Candidate {
    pub(super) parts: Vec<String>,
    pub(super) asset: Option<AssetId>,
    pub(super) from: String,
    pub(super) file: Option<Distribution>,
    pub(super) record: FileRecord,
}

impl Candidate {
    pub(super) fn size_bytes(&self) -> Option<u64> {
        Some(self.file.as_ref()?.size?.bytes)
    }
}

/// Chooses files and paths.
pub(super) struct Chooser<'a> {
    need: &'a VolumesNeed,
    source: &'a Source,
    made: Option<Arc<dyn Archive>>,
    facts: HashMap<ArchiveId, Arc<ArchiveFacts>>,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(
        need: &'a VolumesNeed,
        source: &'a Source,
        made: Option<Arc<dyn Archive>>,
    ) -> Self {
        Self { need, source, made, facts: HashMap::new() }
    }

    /// The file of an asset; `None` for one that the source leaves out.
    ///
    /// # Errors
    ///
    /// [`Error::NoBytes`] if it has none.
    pub(super) async fn of_asset(&mut self, asset: &Asset) -> Result<Option<Candidate>, Error> {
        let kind = asset.identity.kind;
        if kind == AssetKind::Container {
            // A folder is where files are, and none.
            return Ok(None);
        }
        let file = delivery::own_file(&asset.id, &asset.distributions)?;
        let asked = matches!(kind, AssetKind::Catalogue | AssetKind::Service);
        if asked && file.location == Location::OnRequest {
            let reason = "it is a table or a service, which is asked and is no file".to_owned();
            return Err(Error::NoBytes { asset: asset.id.clone(), reason });
        }
        let name = with_ending(delivery::file_name(file, &asset.id), file.format.as_deref());
        let parts = match self.source {
            Source::Tree { include, exclude, .. } => {
                let path = tree_path(&asset.id.native, &name);
                let any = |patterns: &[String]| patterns.iter().any(|p| paths::matches(&path, p));
                if any(exclude) || !(include.is_empty() || any(include)) {
                    return Ok(None);
                }
                paths::parts(&path).collect()
            }
            _ => {
                // A collection's name is for people; a folder's is typed too.
                let collection = asset.identity.collection.split_whitespace();
                let collection = collection.collect::<Vec<_>>().join("-");
                [asset.id.archive.as_str(), &collection, &name].map(paths::part).to_vec()
            }
        };
        let facts = self.facts(&asset.id.archive).await;
        let mut record = FileRecord::of_asset(asset, file, &facts);
        if self.made.is_some() {
            // Its name is nobody's but ours, and another one the next time.
            record.archive = None;
            if record.collection.as_deref() == Some("unnamed") {
                (record.collection, record.collection_title) = (None, None);
            }
        }
        let (asset, from) = (Some(asset.id.clone()), file.id.clone());
        Ok(Some(Candidate { parts, asset, from, record, file: Some(file.clone()) }))
    }

    /// A file that is nothing but its URL.
    pub(super) fn of_url(url: &str) -> Candidate {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        let decoded =
            |own: &str| percent_encoding::percent_decode_str(own).decode_utf8_lossy().into_owned();
        // Decoded after it was split: an escaped slash is part of a name.
        let written = path.split('/').filter(|own| !matches!(*own, "" | "." | ".."));
        let parts: Vec<String> = written.map(|own| paths::part(&decoded(own))).collect();
        let record = FileRecord {
            title: parts.last().cloned().unwrap_or_default(),
            url: Some(url.to_owned()),
            ..FileRecord::default()
        };
        Candidate { parts, asset: None, from: url.to_owned(), file: None, record }
    }

    async fn facts(&mut self, id: &ArchiveId) -> Arc<ArchiveFacts> {
        if let Some(known) = self.facts.get(id) {
            return Arc::clone(known);
        }
        let found = match &self.made {
            Some(archive) => Some(Arc::clone(archive)),
            None => self.need.archives.find(id).ok(),
        };
        let facts = match found {
            Some(archive) => {
                let info = archive.info();
                let description = match info.description {
                    Some(description) => Some(description),
                    // What it does not say in time is not known; its files come all the same.
                    None => timeout(DESCRIBED_WITHIN, archive.describe())
                        .await
                        .ok()
                        .and_then(Result::ok),
                };
                // One that is made has its own words for itself only.
                let own = description.as_ref().filter(|_| self.made.is_some());
                let title = own.map_or(info.title, |own| own.title.clone());
                ArchiveFacts::new(title, description.as_deref())
            }
            None => ArchiveFacts::new(id.to_string(), None),
        };
        let facts = Arc::new(facts);
        self.facts.insert(id.clone(), Arc::clone(&facts));
        facts
    }
}

/// Where a file lies in its tree: the folder of the archive's own identifier, and its name.
fn tree_path(native: &str, name: &str) -> String {
    // `vos://authority!service/path`
    let path = native
        .split_once("://")
        .map_or(native, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    match path.rsplit_once('/') {
        Some((folder, _)) => format!("{}/{name}", folder.trim_start_matches('/')),
        None => name.to_owned(),
    }
}

/// Plans the files of one volume.
pub(super) struct Planner<'a> {
    need: &'a VolumesNeed,
    id: &'a VolumeId,
    chooser: Chooser<'a>,
    taken: Taken,
    /// What is in it already.
    known: HashSet<u128>,
    batch: Vec<VolumeFile>,
    /// Files in all, and their bytes as far as archives say.
    pub(super) files: u64,
    pub(super) bytes: u64,
    missing: Vec<String>,
    missing_count: u64,
    without: Vec<String>,
    without_count: u64,
}

impl<'a> Planner<'a> {
    /// Goes on behind what was planned before.
    pub(super) async fn new(
        need: &'a VolumesNeed,
        id: &'a VolumeId,
        chooser: Chooser<'a>,
    ) -> Result<Self, Error> {
        let mut planner = Self {
            need,
            id,
            chooser,
            taken: Taken::new(&OWN_NAMES),
            known: HashSet::new(),
            batch: Vec::new(),
            files: 0,
            bytes: 0,
            missing: Vec::new(),
            missing_count: 0,
            without: Vec::new(),
            without_count: 0,
        };
        loop {
            let page = need.keeper.files(id, planner.files, PAGE).await?;
            let Some(last) = page.last() else { return Ok(planner) };
            planner.files = last.number + 1;
            for file in &page {
                planner.taken.note(&file.path);
                planner.known.insert(planner.key(file.asset.as_ref(), &file.from));
                planner.bytes += file.size_bytes.unwrap_or_default();
            }
        }
    }

    /// Takes what was found; returns whether something was written down.
    ///
    /// # Errors
    ///
    /// The store's; [`Error::QuotaExceeded`] for more files than a volume may have.
    pub(super) async fn take(&mut self, found: Listed) -> Result<bool, Error> {
        let candidate = match found {
            Listed::Total(_) => return Ok(false),
            Listed::Missing(words) => {
                name(&mut self.missing, &mut self.missing_count, words);
                return Ok(false);
            }
            Listed::Url(url) => Chooser::of_url(&url),
            Listed::Asset(asset) => match self.chooser.of_asset(&asset).await {
                Ok(Some(candidate)) => candidate,
                Ok(None) => return Ok(false),
                Err(error) => {
                    name(&mut self.without, &mut self.without_count, error.to_string());
                    return Ok(false);
                }
            },
        };
        if !self.known.insert(self.key(candidate.asset.as_ref(), &candidate.from)) {
            return Ok(false);
        }
        let most = self.need.config.most_files;
        if self.files >= most {
            let reason = format!("it holds more than the {most} files that a volume may have");
            return Err(Error::QuotaExceeded { reason });
        }
        let size_bytes = candidate.size_bytes();
        let checksums = candidate.file.as_ref().map_or(&[][..], |file| &file.checksums);
        self.batch.push(VolumeFile {
            number: self.files,
            path: self.taken.give(candidate.parts),
            checksum: delivery::best_checksum(checksums).cloned(),
            asset: candidate.asset,
            from: candidate.from,
            size_bytes,
            record: candidate.record.text(),
            state: FileState::Planned,
        });
        self.files += 1;
        self.bytes = self.bytes.saturating_add(size_bytes.unwrap_or_default());
        let full = self.batch.len() >= BATCH;
        if full {
            self.flush().await?;
        }
        Ok(full)
    }

    fn key(&self, asset: Option<&AssetId>, from: &str) -> u128 {
        let asset = match asset {
            // An archive that is made has another name each time.
            Some(asset) if self.chooser.made.is_some() => asset.native.clone(),
            Some(asset) => asset.to_string(),
            None => String::new(),
        };
        let mut hasher = Sha256::new();
        hasher.update((asset.len() as u64).to_le_bytes());
        hasher.update(asset.as_bytes());
        hasher.update(from.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize()[..16]);
        u128::from_le_bytes(key)
    }

    /// Writes down what was not yet.
    pub(super) async fn flush(&mut self) -> Result<(), Error> {
        if !self.batch.is_empty() {
            self.need.keeper.plan_files(self.id, &self.batch).await?;
            self.batch.clear();
        }
        Ok(())
    }

    /// What is not in the volume, in words; `None` if nothing is missing.
    pub(super) fn notes(&self) -> Option<String> {
        let mut notes = Vec::new();
        if self.missing_count > 0 {
            notes.push(format!("missing: {}", listed(&self.missing, self.missing_count)));
        }
        match self.without_count {
            0 => {}
            1 => notes.push(format!("one asset has no file: {}", listed(&self.without, 1))),
            count => {
                notes
                    .push(format!("{count} assets have no file: {}", listed(&self.without, count)));
            }
        }
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}

fn name(names: &mut Vec<String>, count: &mut u64, words: String) {
    *count += 1;
    if names.len() < MOST_NAMED {
        names.push(words);
    }
}

fn listed(names: &[String], count: u64) -> String {
    let named = names.join("; ");
    match count.saturating_sub(names.len() as u64) {
        0 => named,
        more => format!("{named}; and {more} more"),
    }
}

/// A name with an ending where it has none and the format is known: addresses of services
/// (`.../download?id=7`) name no file.
fn with_ending(name: String, format: Option<&str>) -> String {
    let ending = match format {
        Some("fits") => ".fits",
        Some("votable") => ".vot",
        Some("csv") => ".csv",
        Some("hdf5") => ".h5",
        Some("netcdf") => ".nc",
        Some("cdf") => ".cdf",
        Some("png") => ".png",
        Some("jpeg") => ".jpg",
        Some("pdf") => ".pdf",
        _ => "",
    };
    if name.contains('.') { name } else { name + ending }
}

#[cfg(test)]
mod tests {
    use super::{Chooser, tree_path, with_ending};

    #[test]
    fn a_tree_keeps_its_folders() {
        let cases = [
            ("2024/001/a.rnx", "a.rnx.gz", "2024/001/a.rnx.gz"),
            ("a.rnx", "a.rnx.gz", "a.rnx.gz"),
            ("/maps/x", "x.fits", "maps/x.fits"),
            ("vos://cadc.nrc.ca!vault/me/out/x.fits", "x.fits", "me/out/x.fits"),
        ];
        for (native, name, expected) in cases {
            assert_eq!(tree_path(native, name), expected, "case: {native}");
        }
    }

    #[test]
    fn a_name_without_ending_gets_that_of_its_format() {
        let name = |name: &str, format| with_ending(name.to_owned(), format);
        assert_eq!(name("download", Some("fits")), "download.fits");
        assert_eq!(name("a.fits.gz", Some("fits")), "a.fits.gz");
        assert_eq!(name("download", Some("rinex-obs")), "download");
        assert_eq!(name("download", None), "download");
    }

    #[test]
    fn a_url_lies_below_its_host() {
        let path = |url: &str| Chooser::of_url(url).parts.join("/");
        assert_eq!(path("https://x.example/a/b%20c.fits?d=e#f"), "x.example/a/b c.fits");
        assert_eq!(
            path("https://x.example:8080/%2e%2e/%2Fetc%2Fpasswd"),
            "x.example:8080/file/_etc_passwd"
        );
    }
}
