//! What lies in every volume beside its files: where they came from, and how to cite them.
//!
//! Called by `staging.rs`. Pure but for the collection's words. `provenance.json` is for
//! programs, its words for relations are those of W3C PROV; `README.txt` is for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::record::FileRecord;
use super::{FileState, Source, Volume, VolumeFile, VolumesNeed};
use crate::coverage::Instant;
use crate::permission::Principal;
use crate::selections::Members;

/// Version of the gateway.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Most DOIs that are named of one collection of an archive.
const MOST_DOIS: usize = 50;

/// Files that are cited alike.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cited {
    archive: Option<String>,
    collection: Option<String>,
    publisher: Option<String>,
    licence: Option<String>,
    licence_url: Option<String>,
    acknowledgement: Option<String>,
}

#[derive(Default)]
struct Group {
    titles: (Option<String>, Option<String>),
    dois: Vec<String>,
    files: u64,
}

/// The two texts, as they grow.
pub(super) struct Provenance {
    head: Map<String, Value>,
    title: String,
    made_from: String,
    missing: Option<String>,
    collection: Option<String>,
    /// Entries of files, with commas between them.
    files: String,
    count: u64,
    bytes: u64,
    cited: BTreeMap<Cited, Group>,
}

impl Provenance {
    /// Of a volume whose last file came `now`.
    pub(super) async fn new(need: &VolumesNeed, volume: &Volume, now: Instant) -> Self {
        let (source, made_from, collection) = source(need, volume).await;
        let mut head = Map::new();
        head.insert("format".to_owned(), json!("archway-provenance/1"));
        head.insert(
            "volume".to_owned(),
            json!({ "id": volume.id.0, "name": volume.name, "title": volume.title }),
        );
        head.insert(
            "activity".to_owned(),
            json!({
                "description": "files copied from their archives and verified",
                "startedAtTime": volume.created.to_rfc3339(),
                "endedAtTime": now.to_rfc3339(),
                "wasAssociatedWith": { "software": "Archway", "version": VERSION },
            }),
        );
        head.insert("source".to_owned(), source);
        if let Some(missing) = &volume.failure {
            head.insert("missing".to_owned(), json!(missing));
        }
        Self {
            head,
            title: volume.title.clone(),
            made_from,
            missing: volume.failure.clone(),
            collection,
            files: String::new(),
            count: 0,
            bytes: 0,
            cited: BTreeMap::new(),
        }
    }

    /// Takes one whole file in.
    pub(super) fn add(&mut self, file: &VolumeFile) {
        let FileState::Whole { sha256, size_bytes, fetched } = &file.state else { return };
        let record = file.read_record();
        // An asset of an archive that was made for the volume is nobody's id but ours.
        let asset = file.asset.as_ref().filter(|_| record.archive.is_some());
        let derived = match (asset, &record.url) {
            (Some(asset), _) => asset.to_string(),
            (None, Some(url)) => url.clone(),
            (None, None) => file.from.clone(),
        };
        let mut entry = json!({
            "path": file.path,
            "size_bytes": size_bytes,
            "sha256": sha256,
            "wasDerivedFrom": derived,
            "generatedAtTime": fetched.to_rfc3339(),
        });
        if let (Some(entry), Ok(Value::Object(more))) =
            (entry.as_object_mut(), serde_json::to_value(&record))
        {
            if asset.is_some() {
                entry.insert("distribution".to_owned(), json!(file.from));
            }
            if let Some(checksum) = &file.checksum {
                let checksum = json!({ "algorithm": checksum.algorithm, "hex": checksum.hex });
                entry.insert("verifiedAgainst".to_owned(), checksum);
            }
            entry.extend(more);
        }
        let comma = if self.count > 0 { ",\n" } else { "" };
        let _ = write!(self.files, "{comma}    {entry}");
        self.count += 1;
        self.bytes += size_bytes;
        self.cite(record);
    }

    fn cite(&mut self, record: FileRecord) {
        let key = Cited {
            archive: record.archive,
            collection: record.collection,
            publisher: record.publisher,
            licence: record.licence,
            licence_url: record.licence_url,
            acknowledgement: record.acknowledgement,
        };
        let group = self.cited.entry(key).or_default();
        group.files += 1;
        group.titles = (record.archive_title, record.collection_title);
        if let Some(doi) = record.doi
            && group.dois.len() < MOST_DOIS
            && !group.dois.contains(&doi)
        {
            group.dois.push(doi);
        }
    }

    /// `provenance.json` and `README.txt`.
    pub(super) fn texts(mut self) -> Vec<(String, Bytes)> {
        let readme = self.readme();
        let cite = self.cited.iter().map(|(cited, group)| {
            let all = [
                ("archive", cited.archive.clone()),
                ("archive_title", group.titles.0.clone()),
                ("collection", cited.collection.clone()),
                ("collection_title", group.titles.1.clone()),
                ("publisher", cited.publisher.clone()),
                ("licence", cited.licence.clone()),
                ("licence_url", cited.licence_url.clone()),
                ("acknowledgement", cited.acknowledgement.clone()),
            ];
            let mut entry: Map<String, Value> = all
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), json!(value?))))
                .collect();
            if !group.dois.is_empty() {
                entry.insert("dois".to_owned(), json!(group.dois));
            }
            entry.insert("files".to_owned(), json!(group.files));
            Value::Object(entry)
        });
        self.head.insert("cite".to_owned(), cite.collect());
        let head = serde_json::to_string_pretty(&self.head).expect("texts and numbers are JSON");
        let head = head.strip_suffix("\n}").unwrap_or(&head);
        let files = &self.files;
        let json = format!("{head},\n  \"files\": [\n{files}\n  ]\n}}\n");
        vec![
            ("provenance.json".to_owned(), Bytes::from(json)),
            ("README.txt".to_owned(), Bytes::from(readme)),
        ]
    }

    fn readme(&self) -> String {
        let (title, files, bytes) = (&self.title, self.count, self.bytes);
        let mut text = format!(
            "{title}\n\n{files} files, {bytes} bytes, copied from {} and verified.\n\
             provenance.json says where each file came from.\n",
            self.made_from
        );
        if let Some(missing) = &self.missing {
            let _ = write!(text, "\nNot everything is here: {missing}\n");
        }
        text.push_str("\nHow to cite\n");
        if let Some(collection) = &self.collection {
            let _ = write!(text, "\n{collection}\n");
        }
        for (cited, group) in &self.cited {
            let archive = group.titles.0.as_ref().or(cited.archive.as_ref());
            let collection = group.titles.1.as_ref().or(cited.collection.as_ref());
            let names: Vec<&str> =
                [archive, collection].into_iter().flatten().map(String::as_str).collect();
            let name = if names.is_empty() { "Files by URL".to_owned() } else { names.join(", ") };
            let _ = write!(text, "\n{name} ({} files)\n", group.files);
            let lines = [
                ("Publisher", cited.publisher.as_deref()),
                ("Licence", cited.licence.as_deref()),
                (
                    "Terms",
                    cited.licence_url.as_deref().filter(|u| cited.licence.as_deref() != Some(u)),
                ),
                ("Acknowledge", cited.acknowledgement.as_deref()),
            ];
            for (label, value) in lines {
                if let Some(value) = value {
                    let _ = writeln!(text, "  {label}: {value}");
                }
            }
            for doi in &group.dois {
                let _ = writeln!(text, "  https://doi.org/{doi}");
            }
        }
        text
    }
}

/// The source as JSON, in words, and how its collection is cited.
async fn source(need: &VolumesNeed, volume: &Volume) -> (Value, String, Option<String>) {
    let kind = volume.source.kind();
    match &volume.source {
        Source::Collection(id) => {
            let principal = Principal::on_behalf_of(&volume.owner);
            let Ok(found) = need.collections.collection(&principal, id).await else {
                return (json!({ "kind": kind, "id": id }), format!("the collection `{id}`"), None);
            };
            let licence = found.licence.as_ref();
            let licence = licence.and_then(|own| own.spdx.clone().or_else(|| own.text.clone()));
            let value = json!({
                "kind": kind,
                "id": id,
                "title": found.title,
                "publisher": found.publisher,
                "licence": licence,
                "doi": found.doi,
            });
            let doi = found.doi.map(|doi| format!("https://doi.org/{doi}"));
            let cite = [Some(found.title.clone()), found.publisher, licence, doi];
            let cite = cite.into_iter().flatten().collect::<Vec<_>>().join(". ");
            (value, format!("the collection \"{}\"", found.title), Some(cite))
        }
        Source::Selection(Members::Assets(assets)) => {
            let count = assets.len();
            (json!({ "kind": kind, "assets": count }), format!("{count} selected assets"), None)
        }
        Source::Selection(Members::Query { query, except }) => {
            let value = json!({ "kind": kind, "query": query.0, "except": except.len() });
            (value, "all results of a search".to_owned(), None)
        }
        Source::Tree { preset, plugin, settings, include, exclude } => {
            let value = json!({
                "kind": kind,
                "preset": preset,
                "plugin": plugin,
                "settings": settings,
                "include": include,
                "exclude": exclude,
            });
            let url = settings.iter().find(|(_, value)| value.contains("://"));
            let url = url.map(|(_, url)| url.clone()).or_else(|| preset.clone());
            (value, format!("the tree {}", url.as_deref().unwrap_or(plugin)), None)
        }
        Source::Urls(urls) => {
            (json!({ "kind": kind, "urls": urls.len() }), format!("{} URLs", urls.len()), None)
        }
        Source::Empty => (json!({ "kind": kind }), "nothing".to_owned(), None),
    }
}
