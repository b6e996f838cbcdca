//! The settings that all trees share, read once a call.
//!
//! Called by `archive.rs`. Calls `settings/rules.rs` for the nested ones.
//! Rules: every mistake is found before any is told.

mod place;
mod rules;

use std::collections::BTreeMap;

use archway_plugin::types::{Agent, AgentRole, FacetKind, Licence, Region, Value};
use archway_plugin::{Error, Host};

use crate::reading::{Problems, Table, texts};
use crate::rules::Rules;

/// Names that servers put into folders for themselves.
const SKIPPED: [&str; 12] = [
    "index.html",
    "index.htm",
    "robots.txt",
    "favicon.ico",
    ".listing",
    ".htaccess",
    ".message",
    ".ftpquota",
    "ls-lR",
    "ls-lR.gz",
    "ls-lR.Z",
    "HEADER.html",
];

/// The settings of one archive, as far as all trees have them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) homepage: Option<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) licence: Option<Licence>,
    pub(crate) rules: Rules,
    /// Where the sites are that rules name.
    pub(crate) sites: BTreeMap<String, Region>,
    /// Name of this copy of the data.
    pub(crate) provider: Option<String>,
    pub(crate) limits: Limits,
    /// How long a listing is kept; 0 is not at all.
    pub(crate) cache_s: u32,
    pub(crate) follow_links: bool,
    /// Whether lists of checksums are read.
    pub(crate) checksums: bool,
    /// Names that are no assets, besides those of every server.
    pub(crate) skipped: Vec<String>,
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Folders below the root.
    pub(crate) depth: usize,
    /// Entries of one folder.
    pub(crate) entries: usize,
    /// Folders of one walk.
    pub(crate) folders: u64,
}

impl Settings {
    /// Reads them.
    pub(crate) fn of(host: &dyn Host) -> Result<Self, Error> {
        let problems = Problems::default();
        // A line break is a blank: these texts become titles and names.
        let text = |key: &str| {
            let text = host.text_setting(key)?;
            let words: Vec<&str> = text.split_whitespace().collect();
            (!words.is_empty()).then(|| words.join(" "))
        };
        let flag = |key: &str, default: bool| match host.setting(key) {
            Some(Value::Boolean(truth)) => truth,
            _ => default,
        };
        let count = |key: &str, default: u32| {
            host.integer_setting(key).and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
        };
        let collections = nested(host, "collections", &problems);
        let written = nested(host, "rules", &problems);
        let sites = nested(host, "sites", &problems);
        let sites = sites.as_ref().map_or(BTreeMap::new(), |v| place::sites(v, &problems));
        let facets = nested(host, "facets", &problems);
        let title = text("title");
        let defaults = rules::Defaults {
            title: title.clone(),
            publisher: text("publisher"),
            licence: text("licence").map(|words| licence(&words)),
            acknowledgement: text("acknowledgement"),
            created: text("created"),
            facets: facets.as_ref().map_or(Vec::new(), |v| written_facets("facets", v, &problems)),
        };
        let rules = rules::read(collections.as_ref(), written.as_ref(), &defaults, &problems);
        let skipped = match host.setting("skip") {
            Some(Value::Texts(names)) => names,
            _ => Vec::new(),
        };
        let found = problems.into_all();
        if let Some(first) = found.first() {
            let part = first.split([':', '.', '[']).next().unwrap_or_default().to_owned();
            return Err(Error::invalid_part(&part, found.join("; ")));
        }
        Ok(Self {
            title,
            description: text("description"),
            homepage: text("homepage"),
            publisher: defaults.publisher,
            licence: defaults.licence,
            rules,
            sites,
            provider: text("provider"),
            limits: Limits {
                depth: count("max_depth", 16) as usize,
                entries: count("max_entries", 200_000) as usize,
                folders: u64::from(count("max_folders", 100_000)),
            },
            cache_s: count("cache_s", 600),
            follow_links: flag("follow_links", true),
            checksums: flag("checksums", true),
            skipped,
        })
    }

    /// Whether a file of this name is none of the archive's.
    pub(crate) fn skips(&self, name: &str) -> bool {
        SKIPPED.iter().any(|known| name.eq_ignore_ascii_case(known))
            || self.skipped.iter().any(|known| known == name)
    }
}

/// A setting of kind `table`, which arrives as JSON.
fn nested(host: &dyn Host, key: &str, problems: &Problems) -> Option<serde_json::Value> {
    let (Value::Json(text) | Value::Text(text)) = host.setting(key)? else { return None };
    match serde_json::from_str(&text) {
        Ok(value) => Some(value),
        Err(error) => {
            problems.add(key, format!("it is not a table: {error}"));
            None
        }
    }
}

/// Facets as a table writes them: name and term, or terms; placeholders unread.
fn written_facets(
    key: &str,
    value: &serde_json::Value,
    problems: &Problems,
) -> Vec<(FacetKind, String)> {
    let Some(table) = Table::of(key.to_owned(), value, problems) else { return Vec::new() };
    let mut facets = Vec::new();
    for (name, value) in table.entries() {
        let terms = texts(&table.key_of(name), value, problems);
        facets.extend(terms.into_iter().map(|term| (facet_kind(name), term.to_owned())));
    }
    facets
}

/// The facet of that name, as settings and surfaces write it.
fn facet_kind(name: &str) -> FacetKind {
    match name {
        "category" => FacetKind::Category,
        "organization" => FacetKind::Organization,
        "domain" => FacetKind::Domain,
        "mission" => FacetKind::Mission,
        "instrument-host" => FacetKind::InstrumentHost,
        "instrument" => FacetKind::Instrument,
        "detector" => FacetKind::Detector,
        "characteristic" => FacetKind::Characteristic,
        "tag" => FacetKind::Tag,
        "waveband" => FacetKind::Waveband,
        "processing-level" => FacetKind::ProcessingLevel,
        "station" => FacetKind::Station,
        "constellation" => FacetKind::Constellation,
        "target" => FacetKind::Target,
        other => FacetKind::Other(other.to_owned()),
    }
}

/// An SPDX identifier has no blank, a URL has a scheme, all else is words.
fn licence(words: &str) -> Licence {
    let mut licence = Licence { spdx: None, url: None, text: None };
    if words.contains("://") && !words.contains(char::is_whitespace) {
        licence.url = Some(words.to_owned());
    } else if words.contains(char::is_whitespace) {
        licence.text = Some(words.to_owned());
    } else {
        licence.spdx = Some(words.to_owned());
    }
    licence
}

/// Somebody who did something for the data.
fn agent(name: &str, role: AgentRole) -> Agent {
    Agent { name: name.to_owned(), role, identifier: None, affiliation: None }
}

#[cfg(test)]
mod tests;
