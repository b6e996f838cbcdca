//! What is kept of an asset with each of its files: for `provenance.json`, the notebook, and to
//! have the file without looking the asset up again.
//!
//! Made by `planning.rs`, read by `fetching.rs`, `provenance.rs` and [`crate::labs`]. Pure.

use serde::{Deserialize, Serialize};

use super::VolumeFile;
use crate::archive::{Collection, Description};
use crate::asset::{
    AgentRole, ArchiveId, Asset, Availability, Distribution, Licence, Location, Size, SizeQuality,
};
use crate::coverage::Instant;
use crate::notebook::NotebookFile;

/// Most names of creators.
const MOST_CREATORS: usize = 20;
/// Most other identifiers.
const MOST_IDENTIFIERS: usize = 20;
/// Longest text of one field, in characters: archives give any.
const MOST_TEXT: usize = 2_000;

/// The text of [`VolumeFile::record`]. Absent is unknown.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the asset model")]
pub struct FileRecord {
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// SPDX identifier, or the archive's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<String>,
    /// Lower case, without resolver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher_did: Option<String>,
    /// Scheme and value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bibcodes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub creators: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The gateway's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub encodings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_type: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// Whether the size is one that the archive rounded or guessed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub size_is_estimate: bool,
}

/// What holds of all assets of an archive.
#[derive(Clone, Debug, Default)]
pub(super) struct ArchiveFacts {
    pub(super) title: String,
    pub(super) publisher: Option<String>,
    pub(super) licence: Option<Licence>,
    pub(super) collections: Vec<Collection>,
}

impl ArchiveFacts {
    /// As an archive describes itself.
    pub(super) fn new(title: String, description: Option<&Description>) -> Self {
        let Some(description) = description else { return Self { title, ..Self::default() } };
        Self {
            title,
            publisher: description.publisher.as_ref().map(|agent| agent.name.clone()),
            licence: description.licence.clone(),
            collections: description.collections.clone(),
        }
    }
}

impl FileRecord {
    /// Of a file of an asset: what the asset does not say, its collection or archive does.
    pub(super) fn of_asset(asset: &Asset, file: &Distribution, archive: &ArchiveFacts) -> Self {
        let name = &asset.identity.collection;
        let collection = archive.collections.iter().find(|own| own.id == *name);
        let publisher = asset.summary.agents.iter().find(|a| a.role == AgentRole::Publisher);
        let publisher = publisher.map(|agent| agent.name.clone());
        let publisher = publisher.or_else(|| collection.and_then(|own| own.publisher.clone()));
        let of_collection = collection.and_then(|own| own.licence.as_ref());
        let licence = asset.rights.licence.as_ref().or(of_collection).or(archive.licence.as_ref());
        let creators = asset.summary.agents.iter().filter(|a| a.role == AgentRole::Creator);
        let from = asset.time.iter().filter_map(|time| time.range.start).min();
        let until = asset.time.iter().filter_map(|time| time.range.end).max();
        let time = |instant: Option<Instant>| instant.map(Instant::to_rfc3339);
        let identifiers = asset.identity.others.iter().take(MOST_IDENTIFIERS);
        let mut record = Self {
            title: asset.summary.title.clone(),
            archive: Some(asset.id.archive.to_string()),
            archive_title: Some(archive.title.clone()),
            collection: Some(name.clone()).filter(|name| !name.is_empty()),
            collection_title: collection.map(|own| own.title.clone()),
            publisher: publisher.or_else(|| archive.publisher.clone()),
            licence: licence.and_then(licence_words),
            licence_url: licence.and_then(|licence| licence.url.clone()),
            acknowledgement: asset.rights.acknowledgement.clone(),
            doi: asset.identity.doi.clone(),
            publisher_did: asset.identity.publisher_did.clone(),
            identifiers: identifiers.map(|i| (i.scheme.clone(), i.value.clone())).collect(),
            bibcodes: asset.summary.bibcodes.iter().take(MOST_IDENTIFIERS).cloned().collect(),
            creators: creators.take(MOST_CREATORS).map(|agent| agent.name.clone()).collect(),
            product_type: asset.summary.product_type.as_ref().map(|term| term.term.clone()),
            observed_from: time(from),
            observed_until: time(until),
            created: time(asset.summary.created),
            modified: time(file.modified.or(asset.summary.modified)),
            ..Self::of_distribution(file)
        };
        let texts = [&mut record.acknowledgement, &mut record.licence];
        for text in texts.into_iter().flatten().chain([&mut record.title]) {
            if let Some((end, _)) = text.char_indices().nth(MOST_TEXT) {
                text.truncate(end);
            }
        }
        record
    }

    fn of_distribution(file: &Distribution) -> Self {
        Self {
            url: match &file.location {
                Location::Url(url) => Some(url.clone()),
                Location::OnRequest => None,
            },
            media_type: file.media_type.clone(),
            format: file.format.clone(),
            encodings: file.encodings.clone(),
            size_is_estimate: file.size.is_some_and(|size| size.quality != SizeQuality::Exact),
            ..Self::default()
        }
    }

    /// As it is kept.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("texts and lists of texts are JSON")
    }
}

fn licence_words(licence: &Licence) -> Option<String> {
    licence.spdx.clone().or_else(|| licence.text.clone()).or_else(|| licence.url.clone())
}

impl VolumeFile {
    /// What is known of it; empty where the text is none of ours.
    pub fn read_record(&self) -> FileRecord {
        serde_json::from_str(&self.record).unwrap_or_default()
    }

    /// The file as a notebook reads it, in the volume of that name.
    pub fn for_notebook(&self, volume: &str) -> NotebookFile {
        let record = self.read_record();
        let (sha256, size) = match &self.state {
            super::FileState::Whole { sha256, size_bytes, .. } => {
                (Some(sha256.clone()), Some(*size_bytes))
            }
            _ => (None, self.size_bytes),
        };
        let named = record.archive.is_some();
        NotebookFile {
            path: format!("{volume}/{}", self.path),
            title: record.title,
            archive: record.archive.unwrap_or_default(),
            collection: record.collection_title.or(record.collection).unwrap_or_default(),
            publisher: record.publisher,
            licence: record.licence,
            acknowledgement: record.acknowledgement,
            identifier: match (&self.asset, record.url) {
                (Some(asset), _) if named => asset.to_string(),
                (_, url) => url.unwrap_or_default(),
            },
            doi: record.doi,
            format: record.format,
            encodings: record.encodings,
            product_type: record.product_type,
            size_bytes: size,
            sha256,
        }
    }

    /// The distribution that it was listed as.
    pub(super) fn distribution(&self) -> Distribution {
        let record = self.read_record();
        let quality =
            if record.size_is_estimate { SizeQuality::Estimated } else { SizeQuality::Exact };
        Distribution {
            id: self.from.clone(),
            role: "#this".to_owned(),
            location: record.url.map_or(Location::OnRequest, Location::Url),
            media_type: record.media_type,
            format: record.format,
            encodings: record.encodings,
            size: self.size_bytes.map(|bytes| Size { bytes, quality }),
            checksums: self.checksum.iter().cloned().collect(),
            file_name: None,
            modified: None,
            availability: Availability::Online,
            provider: None,
        }
    }

    /// Its archive, where it has one that is not made for the volume.
    pub(super) fn archive(&self) -> Option<&ArchiveId> {
        self.asset.as_ref().map(|asset| &asset.archive)
    }
}
