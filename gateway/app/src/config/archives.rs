//! `archives/*.toml`: one file per archive, named after its id.

use std::path::{Path, PathBuf};

use archway_core::asset::ArchiveId;
use archway_host::egress::Limits as Rate;
use archway_host::grants::{Granted, Grants, Hosts, Requests};
use archway_host::{ArchiveConfig, LimitsTable, TrustFile};
use serde::Deserialize;

use super::egress::EgressTable;
use super::env::Environment;
use super::file::Layer;
use super::files::of_folder;
use super::report::{Problem, Report};
use super::{credentials, keys, limits};

/// One archive as its file says, checked as far as that is possible without its plugin's
/// manifest. Safe to print.
#[derive(Clone, Debug)]
pub struct ArchiveFile {
    /// What the host makes the archive from; its id is the stem of the file's name.
    pub config: ArchiveConfig,
    /// Archives are listed by this, then by id.
    pub order: i64,
    /// Where this was read.
    pub file: PathBuf,
    /// Everything that is written in it or about it in the environment, without secrets.
    written: toml::Table,
}

impl ArchiveFile {
    /// Whether both make the same archive, as far as secrets do not tell.
    pub fn is_same(&self, other: &Self) -> bool {
        let (one, two) = (&self.config, &other.config);
        (&self.written, &one.egress, &one.trust) == (&other.written, &two.egress, &two.trust)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ArchiveTable {
    id: Option<String>,
    title: Option<String>,
    plugin: Option<String>,
    mirrors: Vec<String>,
    sample: bool,
    untried: bool,
    order: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TlsTable {
    trust: Option<PathBuf>,
}

/// Where an archive stands that does not say so.
const MIDDLE: i64 = 100;

/// The keys at the top of an archive's file.
const TABLES: [&str; 7] = ["archive", "settings", "grants", "credentials", "tls", "limits", "rate"];

/// A folder beside `archway.toml`: "archives", "presets", "apps", "collections".
pub(super) fn folder(file: &Path, name: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(name)
}

/// One file, and what became of it: an archive or mistakes, or both where others are wrong about it.
#[derive(Debug)]
pub struct ArchiveRead {
    /// The stem of the file's name, which should be the archive's id.
    pub stem: String,
    /// As far as it can be told.
    pub archive: Option<ArchiveFile>,
    /// Empty if it can be used.
    pub problems: Vec<Problem>,
}

/// Reads every archive in `folder`, in the order of the federation; mistakes that are not in
/// one of the files go to `problems`.
pub(super) fn read(
    folder: Option<&Path>,
    environment: &Environment,
    egress: &EgressTable,
    problems: &mut Vec<Problem>,
) -> Vec<ArchiveRead> {
    let mut all = Vec::new();
    for file in folder.map(|folder| of_folder(folder, problems)).unwrap_or_default() {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut problems = Vec::new();
        let mut layer = Layer::read(&file, &mut problems);
        // One mistake of syntax is enough; everything else would be missing because of it.
        let archive = if problems.is_empty() {
            environment.overlay_archive(&stem, &mut layer, &mut problems);
            one(&stem, &file, &layer, environment, egress, &mut problems)
        } else {
            None
        };
        all.push(ArchiveRead { stem, archive, problems });
    }
    let known: Vec<&str> = all.iter().map(|read| read.stem.as_str()).collect();
    environment.refuse_other_archives(&known, problems);
    check_mirrors(&mut all);
    // Those that cannot be read go last; nobody sees them.
    all.sort_by_cached_key(|read| {
        (read.archive.as_ref().map_or(i64::MAX, |a| a.order), read.stem.clone())
    });
    all
}

/// Reads the presets of data volumes in `folder`: archives that are asked only when a volume is
/// made from them.
pub(super) fn presets(
    folder: Option<&Path>,
    environment: &Environment,
    egress: &EgressTable,
    problems: &mut Vec<Problem>,
) -> Vec<ArchiveFile> {
    let mut all = Vec::new();
    for file in folder.map(|folder| of_folder(folder, problems)).unwrap_or_default() {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut own = Vec::new();
        let layer = Layer::read(&file, &mut own);
        if own.is_empty() {
            all.extend(one(&stem, &file, &layer, environment, egress, &mut own));
        }
        problems.extend(own);
    }
    all.sort_by_key(|preset| (preset.order, preset.config.id.clone()));
    all
}

fn one(
    stem: &str,
    file: &Path,
    layer: &Layer,
    environment: &Environment,
    egress: &EgressTable,
    problems: &mut Vec<Problem>,
) -> Option<ArchiveFile> {
    let mut top = Report::new(layer, "", problems);
    for key in layer.table.keys().filter(|key| !TABLES.contains(&key.as_str())) {
        top.unknown(key, &TABLES);
    }
    let written: ArchiveTable = keys::section(&mut top, "archive");
    let grants: Granted = keys::section(&mut top, "grants");
    check_grants(&grants, &mut top.below("grants"));
    let settings: toml::Table =
        layer.table.get("settings").and_then(|s| s.as_table()).cloned().unwrap_or_default();
    let limits: LimitsTable = keys::section(&mut top, "limits");
    limits::check(&limits, &mut top.below("limits"));
    let egress = rate(egress, &mut top.below("rate"));
    let credentials = credentials::read(environment, &mut top.below("credentials"));
    let tls: TlsTable = keys::section(&mut top, "tls");
    // One that is not there now may be when the archive is opened again: no mistake of this file.
    let beside = |trust| TrustFile::read(file.parent().unwrap_or(Path::new("")).join(trust));
    let trust = tls.trust.map(beside);

    let mut report = top.below("archive");
    let mut wanted = |key: &str, value: Option<String>| {
        let value = value.filter(|value| !value.is_empty());
        if value.is_none() && !report.reported(key) {
            report.wrong(key, "is missing");
        }
        value
    };
    let (id, title, plugin) = (
        wanted("id", written.id),
        wanted("title", written.title),
        wanted("plugin", written.plugin),
    );
    let (id, title, plugin) = (id?, title?, plugin?);
    let id: ArchiveId = match id.parse() {
        Ok(id) => id,
        Err(bad) => {
            report.wrong("id", bad);
            return None;
        }
    };
    if id.as_str() != stem {
        report.wrong("id", format_args!("`{id}` is not the name of its file; call the file {id}.toml, or the archive `{stem}`"));
    }
    let mut mirrors = Vec::new();
    for mirror in &written.mirrors {
        match mirror.parse() {
            Ok(mirror) => mirrors.push(mirror),
            Err(bad) => report.wrong("mirrors", bad),
        }
    }
    let config = ArchiveConfig {
        title,
        mirrors,
        sample: written.sample,
        untried: written.untried,
        settings,
        grants,
        credentials,
        trust,
        limits,
        egress,
        ..ArchiveConfig::new(id, plugin)
    };
    let order = written.order.unwrap_or(MIDDLE);
    Some(ArchiveFile { config, order, file: file.to_owned(), written: layer.table.clone() })
}

/// `[egress]` with the archive's own numbers in place.
fn rate(gateway: &EgressTable, report: &mut Report<'_>) -> Rate {
    let mut merged = toml::Table::try_from(gateway).expect("texts and numbers are TOML");
    let known: Vec<&str> = keys::of::<EgressTable>()
        .iter()
        .copied()
        .filter(|key| !EgressTable::GATEWAY_ONLY.contains(key))
        .collect();
    for (key, value) in report.table().into_iter().flatten() {
        if known.contains(&key.as_str()) {
            merged.insert(key.clone(), value.clone());
        } else {
            report.unknown(key, &known);
        }
    }
    let merged: EgressTable = keys::table_of(report, &merged);
    merged.check(report)
}

fn check_grants(granted: &Granted, report: &mut Report<'_>) {
    for (key, patterns) in [("http", &granted.http), ("tcp", &granted.tcp)] {
        for pattern in patterns {
            if let Err(bad) = Hosts::new(&[pattern]) {
                report.wrong(key, bad);
            }
        }
    }
    let addresses = Granted { addresses: granted.addresses.clone(), ..Granted::default() };
    if let Err(bad) = Grants::new("", &Requests::default(), &addresses) {
        bad.iter().for_each(|bad| report.wrong("addresses", bad));
    }
}

/// A mirror that only one side knows would send downloads where they are not expected.
fn check_mirrors(all: &mut [ArchiveRead]) {
    let mut found = Vec::new();
    let known: Vec<&str> = all.iter().map(|read| read.stem.as_str()).collect();
    for (at, read) in all.iter().enumerate() {
        let Some(archive) = &read.archive else { continue };
        let id = &archive.config.id;
        for mirror in &archive.config.mirrors {
            let other = all.iter().find(|other| other.stem == mirror.as_str());
            let reason = match other.map(|other| &other.archive) {
                Some(Some(other)) if other.config.mirrors.contains(id) => continue,
                Some(Some(other)) => format!(
                    "`{mirror}` does not say so; add \"{id}\" to archive.mirrors in {}",
                    other.file.display()
                ),
                // What is wrong with that one is said where it is.
                Some(None) => continue,
                None => match keys::nearest(mirror.as_str(), &known) {
                    Some(nearest) => format!("no archive `{mirror}`; did you mean `{nearest}`?"),
                    None => format!("no archive `{mirror}`"),
                },
            };
            let place = archive.file.display().to_string();
            found.push((at, Problem { place, key: "archive.mirrors".to_owned(), reason }));
        }
    }
    for (at, problem) in found {
        if let Some(read) = all.get_mut(at) {
            read.problems.push(problem);
        }
    }
}
