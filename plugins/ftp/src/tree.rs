//! The server as a tree of folders.
//!
//! Called by the walker of `archway-trees`. Rules: one connection, kept from one folder to the
//! next and given up when it was left in the middle of something.

use std::cell::RefCell;

use archway_ftp::{Client, Entry as Listed, EntryKind as ListedKind, Locator};
use archway_plugin::access::{FtpWay, Route};
use archway_plugin::host::Level;
use archway_plugin::types::{Exhaustion, LimitKind};
use archway_plugin::{Error, Host};
use archway_trees::{Entry, EntryKind, Tree};

use crate::settings::Settings;

/// Links of one folder that are looked at one by one, where no listing says where they lead.
const MOST_PROBES: usize = 100;
/// Bytes asked for at once of a small file.
const PIECE_BYTES: u32 = 64 * 1024;

/// A folder of an FTP server and what is below it.
pub(crate) struct FtpTree {
    settings: Settings,
    client: RefCell<Option<Client>>,
}

impl FtpTree {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, client: RefCell::new(None) }
    }

    /// The connection of the last question, else a new one.
    fn client(&self, host: &dyn Host) -> Result<Client, Error> {
        match self.client.borrow_mut().take() {
            Some(client) => Ok(client),
            None => Client::connect(host, &self.settings.server),
        }
    }

    /// Keeps a connection that can be asked more.
    fn keep(&self, client: Client, failure: Option<&Error>) {
        let about_the_path = failure.is_none_or(|error| {
            matches!(error, Error::NotFound(_) | Error::Unauthorised(_) | Error::Unsupported(_))
        });
        if client.is_idle() && about_the_path {
            *self.client.borrow_mut() = Some(client);
        }
    }

    /// Does one thing with the connection and keeps it if it may be used again.
    fn with<T>(
        &self,
        host: &dyn Host,
        ask: impl FnOnce(&mut Client) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut client = self.client(host)?;
        let outcome = ask(&mut client);
        self.keep(client, outcome.as_ref().err());
        outcome
    }

    /// What a link is whose target no listing names: a folder if it can be entered.
    fn probed(&self, host: &dyn Host, folder: &str, mut link: Entry) -> Result<Entry, Error> {
        let path = archway_trees::path::join(folder, &link.name);
        link.kind = self.with(host, |client| {
            Ok(if client.is_folder(&path)? { EntryKind::Folder } else { EntryKind::File })
        })?;
        Ok(link)
    }
}

impl Tree for FtpTree {
    fn root(&self) -> &str {
        &self.settings.root
    }

    fn list(
        &self,
        host: &dyn Host,
        folder: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut probes = Vec::new();
        let summary = self.with(host, |client| {
            client.list(host, folder, &self.settings.listing, &mut |listed| {
                // As good as a file where there are too many to look at: opening it tells.
                let unknown = listed.kind == ListedKind::Link(None) && probes.len() < MOST_PROBES;
                let entry = entry(listed);
                if unknown {
                    probes.push(entry);
                    return Ok(());
                }
                each(entry)
            })
        })?;
        if summary.refused > 0 {
            let fields = [
                ("folder", folder.to_owned()),
                ("refused", summary.refused.to_string()),
                ("first", summary.first_refused.unwrap_or_default()),
            ];
            host.log(Level::Warning, "lines of a listing were not understood", &fields);
        }
        probes.into_iter().try_for_each(|link| each(self.probed(host, folder, link)?))
    }

    fn location(&self, path: &str) -> String {
        Locator::url(&self.settings.server, path)
    }

    fn route(&self, path: &str) -> Route {
        let server = &self.settings.server;
        Route::Ftp(FtpWay {
            host: server.host.clone(),
            port: server.port,
            path: path.to_owned(),
            security: server.security.to_wit(),
            credential: server.login.slot().map(str::to_owned),
        })
    }

    fn read(&self, host: &dyn Host, path: &str, max_bytes: u64) -> Result<Vec<u8>, Error> {
        let too_large = || {
            Error::Exhausted(Exhaustion {
                limit: LimitKind::ArchiveLimit,
                allowed: Some(max_bytes),
                message: format!("{path} has more than {max_bytes} bytes"),
            })
        };
        let mut download = self.client(host)?.retrieve(host, path, 0)?;
        if download.total_bytes().is_some_and(|size| size > max_bytes) {
            return Err(too_large());
        }
        let mut content = Vec::new();
        while let Some(piece) = download.next_piece(PIECE_BYTES)? {
            content.extend_from_slice(&piece);
            if content.len() as u64 > max_bytes {
                return Err(too_large());
            }
        }
        if let Some(client) = download.into_client() {
            self.keep(client, None);
        }
        Ok(content)
    }

    fn detail(&self, host: &dyn Host, entry: &Entry, path: &str) -> Result<Option<Entry>, Error> {
        self.with(host, |client| {
            if client.lists_exactly() && entry.size.is_some() {
                return Ok(None);
            }
            let (size, modified_us) = (client.size(path)?, client.modified(path)?);
            let mut told = entry.clone();
            if let Some(bytes) = size {
                told = told.with_size(bytes);
            }
            told.modified_us = modified_us.or(told.modified_us);
            told.tag = size.zip(modified_us).map(|(size, us)| archway_ftp::tag(size, us));
            Ok(Some(told))
        })
    }
}

/// The walker's entry; a link whose target is not named is a file until it is looked at.
fn entry(listed: Listed<'_>) -> Entry {
    let kind = match listed.kind {
        ListedKind::Folder => EntryKind::Folder,
        ListedKind::Link(Some(target)) => EntryKind::Link(target.into_owned()),
        ListedKind::File | ListedKind::Link(None) => EntryKind::File,
    };
    let mut entry =
        Entry::new(listed.name.into_owned(), kind).with_native(listed.native.into_owned());
    if let Some(bytes) = listed.size_bytes {
        entry = entry.with_size(bytes);
    }
    entry.modified_us = listed.modified_us;
    entry
}
