//! The settings of an archive, read once per call.
//!
//! Rules: every mistake inside a table is named with the key and what would be right;
//! a server inherits the folders of the archive unless it has its own.

mod collections;
mod folders;
mod licence;
pub(crate) use self::licence::licence;
#[cfg(test)]
mod tests;

use archway_ftp::{Login, Security, Server};
use archway_plugin::types::{Licence, Value};
use archway_plugin::{Error, Host};
use archway_trees::http::IndexKind;
use serde::Deserialize;

pub(crate) use self::collections::{Collection, Collections};
pub(crate) use self::folders::{Folder, Step};
use crate::kinds::Kind;
use crate::stations::Stations;
use crate::time::{DAY_US, Day};

/// Everything an archive's file says.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The archive's own server first, then the mirrors.
    pub(crate) servers: Vec<ServerSettings>,
    /// Only files of these kinds; empty is all.
    pub(crate) kinds: Vec<Kind>,
    pub(crate) collections: Collections,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) homepage: Option<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) licence: Option<Licence>,
    pub(crate) acknowledgement: Option<String>,
    /// Days before now, or before `until_us`, that a question without a time is about.
    pub(crate) default_days: i64,
    /// Where the archive begins.
    pub(crate) from: Day,
    /// The end of the archive's last day; `None` for one that still grows.
    pub(crate) until_us: Option<i64>,
    /// Folders that one question may list.
    pub(crate) max_folders: u32,
    /// How long listings are kept; 0 is not at all.
    pub(crate) keep_s: u32,
    pub(crate) read_headers: bool,
    /// Headers that one question may read.
    pub(crate) max_headers: u32,
    pub(crate) stations: Stations,
    /// Where a list of stations lies, on the archive's own server.
    pub(crate) station_list: Option<String>,
}

/// One server with its files.
#[derive(Clone, Debug)]
pub(crate) struct ServerSettings {
    /// Its name in distributions.
    pub(crate) provider: String,
    pub(crate) protocol: Protocol,
    /// The path below which everything lies, without a slash at its end.
    pub(crate) root: String,
    /// Empty is the whole tree.
    pub(crate) folders: Vec<Folder>,
}

/// How a server is asked.
#[derive(Clone, Debug)]
pub(crate) enum Protocol {
    /// By index pages.
    Http {
        /// Scheme, host and port.
        origin: String,
        index: IndexKind,
        credential: Option<String>,
    },
    Ftp(Server),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MirrorTable {
    provider: String,
    base_url: String,
    index: Option<String>,
    folders: Option<Vec<folders::FolderTable>>,
}

impl Settings {
    /// Reads them all.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] with the key and what is wrong.
    pub(crate) fn of(host: &dyn Host) -> Result<Self, Error> {
        let text = |key: &str| host.text_setting(key).filter(|text| !text.trim().is_empty());
        let base_url = text("base_url")
            .ok_or_else(|| Error::invalid_part("base_url", "the setting base_url is missing"))?;
        let title = text("title");
        let credential = text("credential");
        let contact = text("contact");
        let provider =
            text("provider").or_else(|| title.clone()).unwrap_or_else(|| base_url.clone());
        let folders: Vec<folders::FolderTable> = nested(host, "folders")?.unwrap_or_default();
        let folders = folders::checked(folders, "folders")?;
        let index = text("index").unwrap_or_default();
        let (own, root) = protocol(&base_url, &index, credential, contact.as_deref(), "base_url")?;
        let mut servers =
            vec![ServerSettings { provider, protocol: own, root, folders: folders.clone() }];
        let mirrors: Vec<MirrorTable> = nested(host, "mirrors")?.unwrap_or_default();
        for mirror in mirrors {
            // A mirror is public: what the archive itself wants as a credential stays with it.
            let (protocol, root) = protocol(
                &mirror.base_url,
                mirror.index.as_deref().unwrap_or_default(),
                None,
                contact.as_deref(),
                "mirrors",
            )?;
            let folders = match mirror.folders {
                Some(own) => folders::checked(own, "mirrors")?,
                None => folders.clone(),
            };
            servers.push(ServerSettings { provider: mirror.provider, protocol, root, folders });
        }
        if servers.iter().any(|one| one.folders.is_empty() != folders.is_empty()) {
            return Err(Error::invalid_part(
                "mirrors",
                "the archive and its mirrors have folders all, or none of them has",
            ));
        }
        let kinds = kinds(host)?;
        let number = |key: &str, default: i64| host.integer_setting(key).unwrap_or(default);
        let date = |key: &str| match text(key) {
            None => Ok(None),
            Some(written) => day(&written).map(Some).ok_or_else(|| {
                Error::invalid_part(key, format!("{key} = {written:?} is no date like 2010-07-01"))
            }),
        };
        let beginning = Day::of_date(1992, 1, 1).expect("that day exists");
        Ok(Self {
            servers,
            kinds,
            collections: Collections::of(host, text("collection"))?,
            title,
            description: text("description"),
            homepage: text("homepage"),
            publisher: text("publisher"),
            licence: text("licence").map(|words| licence(&words)),
            acknowledgement: text("acknowledgement"),
            default_days: number("default_days", 7).max(1),
            from: date("from")?.unwrap_or(beginning),
            until_us: date("until")?.map(|day| day.start_us() + DAY_US - 1),
            max_folders: u32::try_from(number("max_folders", 60)).unwrap_or(60),
            keep_s: u32::try_from(number("keep_s", 300)).unwrap_or(300),
            read_headers: matches!(host.setting("read_headers"), Some(Value::Boolean(true))),
            max_headers: u32::try_from(number("max_headers", 500)).unwrap_or(500),
            stations: Stations::of_settings(nested(host, "stations")?)?,
            station_list: text("station_list"),
        })
    }

    /// Whether the archive is a tree of which everything is looked at.
    pub(crate) fn is_tree(&self) -> bool {
        self.servers.iter().all(|server| server.folders.is_empty())
    }

    /// The instant behind which nothing is looked for.
    pub(crate) fn end_us(&self, host: &dyn Host) -> i64 {
        // Predictions reach beyond today.
        self.until_us.unwrap_or_else(|| host.now_us().saturating_add(2 * DAY_US))
    }

    /// Whether files of a kind are of this archive.
    pub(crate) fn wants(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

/// A setting of kind `table`, which arrives as JSON.
fn nested<T: for<'a> Deserialize<'a>>(host: &dyn Host, key: &str) -> Result<Option<T>, Error> {
    let text = match host.setting(key) {
        Some(Value::Json(text) | Value::Text(text)) => text,
        _ => return Ok(None),
    };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|e| Error::invalid_part(key, format!("the setting {key}: {e}")))
}

fn kinds(host: &dyn Host) -> Result<Vec<Kind>, Error> {
    let Some(Value::Texts(words)) = host.setting("formats") else { return Ok(Vec::new()) };
    let kind = |word: &String| {
        Kind::of_format(word).ok_or_else(|| {
            Error::invalid_part("formats", format!("formats: {word:?} is no format of GNSS files"))
        })
    };
    words.iter().map(kind).collect()
}

/// `2010-07-01`.
pub(crate) fn day(text: &str) -> Option<Day> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    Day::of_date(year, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?)
}

fn protocol(
    url: &str,
    index: &str,
    credential: Option<String>,
    contact: Option<&str>,
    key: &str,
) -> Result<(Protocol, String), Error> {
    let wrong = |what: &str| Error::invalid_part(key, format!("{url}: {what}"));
    let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("is no URL"))?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let root = path.trim_matches('/');
    let root = if root.is_empty() { String::new() } else { format!("/{root}") };
    let scheme = scheme.to_ascii_lowercase();
    if scheme == "http" || scheme == "https" {
        let origin = format!("{scheme}://{authority}");
        let index = match index {
            "page" => IndexKind::Page,
            "iis" => IndexKind::Iis,
            "s3" => IndexKind::S3,
            "webdav" => IndexKind::WebDav,
            "list" => IndexKind::List,
            _ => IndexKind::Auto,
        };
        return Ok((Protocol::Http { origin, index, credential }, root));
    }
    let security = match scheme.as_str() {
        "ftp" => Security::Plain,
        "ftps" => Security::ImplicitTls,
        "ftpes" => Security::ExplicitTls,
        _ => return Err(wrong("its scheme is none of http, https, ftp, ftps and ftpes")),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            (host, port.parse().map_err(|_| wrong("its port is no number"))?)
        }
        _ => (authority, security.default_port()),
    };
    let login = match (credential, contact) {
        (Some(slot), _) => Login::Slot(slot),
        (None, Some(contact)) => Login::Anonymous { contact: contact.to_owned() },
        (None, None) => Login::anonymous(),
    };
    let host = host.trim_matches(['[', ']']).to_owned();
    Ok((Protocol::Ftp(Server { host, port, security, login }), root))
}
