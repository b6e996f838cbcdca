//! The archive's servers, asked by HTTP index pages or FTP.
//!
//! Called by `batches.rs` and `contents.rs`. Rules: one control connection to each FTP
//! server, kept for the whole call; what is not there is empty, what is down is an error.

mod ftp_tree;
mod kept;

use std::io::{self, Read};

use archway_plugin::access::Route;
use archway_plugin::types::OutageReason;
use archway_plugin::{Error, Host, Request};
use archway_trees::http::HttpTree;
use archway_trees::{Checksums, Entry, EntryKind, Listing, Tree, path};

use self::ftp_tree::FtpTree;
use self::kept::Kept;
use crate::settings::{Protocol, ServerSettings, Settings};

/// More files than any folder of a data centre has.
const MOST_ENTRIES: usize = 50_000;

/// All servers of an archive, its own first.
pub(crate) struct Servers {
    all: Vec<Server>,
    /// How long listings are kept.
    keep_s: u32,
}

struct Server {
    provider: String,
    root: String,
    tree: Kind,
    /// The slot whose credential goes with requests.
    credential: Option<String>,
}

enum Kind {
    Http(HttpTree),
    Ftp(Box<FtpTree>),
}

impl Server {
    fn tree(&self) -> &dyn Tree {
        match &self.tree {
            Kind::Http(tree) => tree,
            Kind::Ftp(tree) => tree.as_ref(),
        }
    }

    /// The path on the server of one below the root.
    fn absolute(&self, below: &str) -> String {
        if below.is_empty() {
            if self.root.is_empty() { "/".to_owned() } else { self.root.clone() }
        } else {
            path::join(&self.root, below)
        }
    }
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Sorted by name.
    pub(crate) entries: Vec<Entry>,
    pub(crate) checksums: Checksums,
}

impl Servers {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let all = settings.servers.iter().map(server).collect::<Result<_, _>>()?;
        Ok(Self { all, keep_s: settings.keep_s })
    }

    /// The name of a server in distributions.
    pub(crate) fn provider(&self, server: usize) -> Option<&str> {
        self.all.get(server).map(|server| server.provider.as_str())
    }

    /// Lists a folder below the root of a server, with the checksums that lie in it; `None`
    /// where there is no such folder.
    ///
    /// # Errors
    ///
    /// A server that is down or refuses, a listing of no known form, a limit of the call.
    pub(crate) fn list(
        &self,
        host: &dyn Host,
        server: usize,
        folder: &str,
    ) -> Result<Option<Listed>, Error> {
        let Some(own) = self.all.get(server) else { return Ok(None) };
        let tree = Kept { tree: own.tree(), server, keep_s: self.keep_s };
        let folder = tree.named(&own.absolute(folder));
        let listing = Listing { most_entries: MOST_ENTRIES, keep_s: self.keep_s };
        let listed = match listing.of(host, &tree, &folder) {
            Ok(listed) => listed,
            Err(Error::NotFound(_)) => return Ok(None),
            Err(error) => return Err(told(error)),
        };
        let names = listed.entries.iter().map(|entry| entry.name.as_str());
        let checksums = Checksums::of_folder(host, &tree, &folder, names)?;
        Ok(Some(Listed { entries: listed.entries, checksums }))
    }

    /// Asks whether files are there that no listing shows (HTTP only), all at once.
    ///
    /// # Errors
    ///
    /// A server that is down, or a limit of the call.
    pub(crate) fn ask_for(
        &self,
        host: &dyn Host,
        server: usize,
        folder: &str,
        names: &[String],
    ) -> Result<Vec<Entry>, Error> {
        let Some(server) = self.all.get(server) else { return Ok(Vec::new()) };
        let head = |name: &String| {
            let path = server.absolute(&crate::files::join(folder, name));
            let url = server.tree().location(&path);
            let method = archway_plugin::http::Method::Head;
            Request::new(method, url, archway_plugin::http::Body::Empty)
                .credential(server.credential.clone())
        };
        let mut entries = Vec::new();
        let responses = host.send_all(names.iter().map(head).collect());
        for (name, response) in names.iter().zip(responses) {
            let response = response.map_err(told)?;
            match response.status {
                200 => {
                    let mut entry = Entry::file(name.as_str());
                    let length = response.header("content-length").and_then(|l| l.parse().ok());
                    if let Some(bytes) = length {
                        entry = entry.with_size(bytes);
                    }
                    entry.modified_us = response.header("last-modified").and_then(http_date);
                    entries.push(entry);
                }
                // Buckets that may not be listed say 403 for what is not there.
                403 | 404 | 410 => {}
                status => {
                    let asked = format!("HEAD {}", response.final_url);
                    return Err(Error::malformed(asked, "200 or 404", &format!("status {status}")));
                }
            }
        }
        Ok(entries)
    }

    /// Whether an entry leads to a file; a link is taken for one where its name is a file's.
    pub(crate) fn is_file(entry: &Entry) -> bool {
        match &entry.kind {
            EntryKind::File => true,
            EntryKind::Folder => false,
            EntryKind::Link(_) => crate::names::Name::parse(&entry.name).is_some(),
        }
    }

    /// Begins to read a file below the root of a server; the rest is never fetched.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], and those of the connection.
    pub(crate) fn begin(
        &self,
        host: &dyn Host,
        server: usize,
        below: &str,
    ) -> Result<Box<dyn Read>, Error> {
        let missing = || Error::NotFound(below.to_owned());
        let server = self.all.get(server).ok_or_else(missing)?;
        let path = server.absolute(below);
        match &server.tree {
            Kind::Ftp(tree) => tree.begin(host, &path),
            Kind::Http(tree) => {
                let request =
                    Request::get(tree.location(&path)).credential(server.credential.clone());
                let response = host.send(request)?;
                match response.status {
                    200 => Ok(Box::new(response)),
                    404 | 410 => Err(missing()),
                    status => {
                        let asked = format!("GET {}", response.final_url);
                        Err(Error::malformed(asked, "200", &format!("status {status}")))
                    }
                }
            }
        }
    }

    /// A small file of the archive's own server.
    ///
    /// # Errors
    ///
    /// Those of the server.
    pub(crate) fn small_file(
        &self,
        host: &dyn Host,
        below: &str,
        most_bytes: u64,
    ) -> Result<Vec<u8>, Error> {
        let source = self.begin(host, 0, below)?;
        let mut bytes = Vec::new();
        io::BufReader::new(source).take(most_bytes).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// What the server says of one file, where its listing tells the size only roughly; `None`
    /// where that brings nothing new.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], and those of the connection.
    pub(crate) fn detail(
        &self,
        host: &dyn Host,
        copy: &crate::files::Copy,
    ) -> Result<Option<Entry>, Error> {
        let Some(server) = self.all.get(copy.server) else { return Ok(None) };
        let mut entry = Entry::file(copy.name.as_str());
        entry.size = copy.size;
        server.tree().detail(host, &entry, &server.absolute(&copy.path))
    }

    /// URL of a file below the root of a server, for people; without secrets.
    pub(crate) fn location(&self, server: usize, below: &str) -> Option<String> {
        let server = self.all.get(server)?;
        Some(server.tree().location(&server.absolute(below)))
    }

    /// The way to the bytes of a file below the root of a server.
    pub(crate) fn route(&self, server: usize, below: &str) -> Option<Route> {
        let server = self.all.get(server)?;
        Some(server.tree().route(&server.absolute(below)))
    }
}

fn server(settings: &ServerSettings) -> Result<Server, Error> {
    let (tree, credential) = match &settings.protocol {
        Protocol::Http { origin, index, credential } => {
            let url = format!("{origin}{}/", settings.root);
            let tree = HttpTree::new(&url, *index)?.with_credential(credential.clone());
            (Kind::Http(tree), credential.clone())
        }
        Protocol::Ftp(server) => {
            let tree = FtpTree::new(server.clone(), settings.root.clone());
            (Kind::Ftp(Box::new(tree)), None)
        }
    };
    let (provider, root) = (settings.provider.clone(), tree_root(&tree));
    Ok(Server { provider, root, tree, credential })
}

/// Says what a name that nobody knows is for want of.
fn told(error: Error) -> Error {
    match error {
        Error::Unavailable(mut outage) if outage.reason == OutageReason::UnresolvedName => {
            outage.message += ": this archive needs a network that reaches it";
            Error::Unavailable(outage)
        }
        error => error,
    }
}

/// As the tree has it: unescaped, without a slash at its end.
fn tree_root(tree: &Kind) -> String {
    let root = match tree {
        Kind::Http(tree) => tree.root(),
        Kind::Ftp(tree) => tree.root(),
    };
    root.trim_end_matches('/').to_owned()
}

/// `Thu, 01 Jul 2010 12:00:00 GMT` (RFC 9110, 5.6.7).
fn http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, date, month, year, clock, "GMT"] = words.as_slice() else { return None };
    let month = MONTHS.iter().position(|known| known == month)? as u32 + 1;
    let day = crate::time::Day::of_date(year.parse().ok()?, month, date.parse().ok()?)?;
    let mut parts = clock.split(':').map(|part| part.parse::<u32>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    crate::time::instant_us(day, hour, minute, f64::from(second))
}

#[cfg(test)]
mod tests {
    use super::http_date;
    use crate::time::written;

    #[test]
    fn dates_of_http_are_read() {
        let read = |text: &str| http_date(text).map(written);
        assert_eq!(read("Thu, 01 Jul 2010 12:00:01 GMT").as_deref(), Some("2010-07-01T12:00:01"));
        assert_eq!(read("yesterday"), None);
        assert_eq!(read("Thu, 01 Jux 2010 12:00:01 GMT"), None);
    }
}
