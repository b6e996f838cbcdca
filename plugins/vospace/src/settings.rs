//! The archive's settings (`plugin.toml`), read once a call.
//!
//! The gateway has checked their kinds and filled the defaults in; what lies in tables is
//! checked here.

use archway_formats::vospace::NodeUri;
use archway_plugin::types::{Facet, FacetKind, Licence, Value};
use archway_plugin::{Error, Host};

/// The way to bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bytes {
    /// The first that the service offers of those below.
    Auto,
    /// By path.
    Files,
    /// A transfer negotiated at once.
    Sync,
    /// A transfer negotiated as a job.
    Async,
}

/// How names are written in identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identifiers {
    Auto,
    Escaped,
    Plain,
}

impl Identifiers {
    /// Reads an identifier; `None` where it is none.
    pub(crate) fn parse(self, text: &str) -> Option<NodeUri> {
        let is_escaped = match self {
            Self::Escaped => true,
            Self::Plain => false,
            // What no URI may hold was not escaped, and nor was a `%` that escapes nothing.
            Self::Auto => {
                let legal = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}#?".contains(c);
                let escapes = |rest: &str| {
                    let digits = rest.get(..2);
                    digits.is_some_and(|two| two.chars().all(|c| c.is_ascii_hexdigit()))
                };
                text.chars().all(legal) && text.split('%').skip(1).all(escapes)
            }
        };
        let plain = || NodeUri::parse_plain(text);
        if is_escaped { NodeUri::parse(text).or_else(plain) } else { plain() }
    }
}

/// The settings of one archive.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Without a slash at its end.
    pub(crate) base_url: String,
    pub(crate) root: String,
    pub(crate) service: Option<String>,
    pub(crate) nodes_url: Option<String>,
    pub(crate) files_url: Option<String>,
    pub(crate) sync_url: Option<String>,
    pub(crate) transfers_url: Option<String>,
    pub(crate) bytes: Bytes,
    /// `None` leaves the parameter out.
    pub(crate) detail: Option<String>,
    pub(crate) paging: bool,
    pub(crate) page_nodes: usize,
    pub(crate) identifiers: Identifiers,
    pub(crate) follow_links: bool,
    pub(crate) max_depth: usize,
    pub(crate) max_nodes: u64,
    pub(crate) core: String,
    pub(crate) multipart: bool,
    pub(crate) negotiated_us: i64,
    pub(crate) ranges: bool,
    pub(crate) date_as_time: bool,
    pub(crate) collection: Option<String>,
    pub(crate) collection_depth: usize,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) homepage: Option<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) licence: Option<Licence>,
    pub(crate) acknowledgement: Option<String>,
    pub(crate) facets: Vec<Facet>,
    pub(crate) credential: Option<String>,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] that names the setting whose content is wrong.
    pub(crate) fn of(host: &dyn Host) -> Result<Self, Error> {
        let text = |key: &str| host.text_setting(key).filter(|text| !text.trim().is_empty());
        let url = |key: &str| text(key).map(|url| url.trim_end_matches('/').to_owned());
        let flag = |key: &str, default: bool| match host.setting(key) {
            Some(Value::Boolean(truth)) => truth,
            _ => default,
        };
        let count = |key: &str, default: u64| {
            host.integer_setting(key).and_then(|n| u64::try_from(n).ok()).unwrap_or(default)
        };
        let size =
            |key: &str, default: u64| usize::try_from(count(key, default)).unwrap_or(usize::MAX);
        let base_url = url("base_url")
            .ok_or_else(|| Error::invalid_part("base_url", "the setting base_url is missing"))?;
        Ok(Self {
            base_url,
            root: text("root").unwrap_or_else(|| "/".to_owned()),
            service: text("service"),
            nodes_url: url("nodes_url"),
            files_url: url("files_url"),
            sync_url: url("sync_url"),
            transfers_url: url("transfers_url"),
            bytes: match text("bytes").as_deref() {
                Some("files") => Bytes::Files,
                Some("sync") => Bytes::Sync,
                Some("async") => Bytes::Async,
                _ => Bytes::Auto,
            },
            detail: match text("detail") {
                Some(word) if word == "none" => None,
                word => word.or_else(|| Some("max".to_owned())),
            },
            paging: flag("paging", true),
            page_nodes: size("page_nodes", 500).max(2),
            identifiers: match text("identifiers").as_deref() {
                Some("escaped") => Identifiers::Escaped,
                Some("plain") => Identifiers::Plain,
                _ => Identifiers::Auto,
            },
            follow_links: flag("follow_links", false),
            max_depth: size("max_depth", 32),
            max_nodes: count("max_nodes", 200_000),
            core: text("core").unwrap_or_else(|| "ivo://ivoa.net/vospace/core#".to_owned()),
            multipart: text("transfer_body").as_deref() == Some("multipart"),
            negotiated_us: i64::try_from(count("negotiated_s", 300)).unwrap_or(300) * 1_000_000,
            ranges: flag("ranges", true),
            date_as_time: flag("date_as_time", false),
            collection: text("collection"),
            collection_depth: size("collection_depth", 0),
            title: text("title"),
            description: text("description"),
            homepage: text("homepage"),
            publisher: text("publisher"),
            licence: text("licence").map(|words| licence(&words)),
            acknowledgement: text("acknowledgement"),
            facets: facets(host)?,
            credential: text("credential"),
        })
    }

    /// The collection of what lies at `path`, where `root` is the path that the assets are below.
    pub(crate) fn collection_of(&self, path: &str, root: &str) -> String {
        let all = || self.collection.clone().or_else(|| self.title.clone());
        if self.collection_depth > 0 {
            let below = path.strip_prefix(root).unwrap_or_default().trim_start_matches('/');
            // The name of the node itself is no folder.
            let folders = below.rsplit_once('/').map_or("", |(folders, _)| folders);
            let named: Vec<_> = folders.split('/').take(self.collection_depth).collect();
            if named.iter().any(|folder| !folder.is_empty()) {
                return named.join("/");
            }
        }
        all().unwrap_or_else(|| "unnamed".to_owned())
    }
}

fn facets(host: &dyn Host) -> Result<Vec<Facet>, Error> {
    let text = match host.setting("facets") {
        Some(Value::Json(text) | Value::Text(text)) => text,
        _ => return Ok(Vec::new()),
    };
    let wrong = |why: String| Error::invalid_part("facets", why);
    let written: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text)
        .map_err(|e| wrong(format!("the setting facets is not a table: {e}")))?;
    let mut facets = Vec::new();
    for (name, value) in &written {
        let many = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for term in many {
            let term = term.as_str();
            let term =
                term.ok_or_else(|| wrong(format!("the facet {name} = {value} is not a text")))?;
            facets.push(Facet { kind: facet_kind(name), term: term.to_owned(), label: None });
        }
    }
    Ok(facets)
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
    if words.contains(char::is_whitespace) {
        licence.text = Some(words.to_owned());
    } else if words.contains("://") {
        licence.url = Some(words.to_owned());
    } else {
        licence.spdx = Some(words.to_owned());
    }
    licence
}
