//! A tree of folders on an FTP server, over one connection that is opened when it is needed.

use std::cell::RefCell;
use std::io::{self, Read};

use archway_ftp::{Client, Download, EntryKind as Listed, ListingOptions, Locator, Server};
use archway_plugin::access::{FtpWay, Route};
use archway_plugin::types::{Exhaustion, LimitKind, Size, SizeQuality};
use archway_plugin::{Error, Host};
use archway_trees::{Entry, EntryKind, Tree};

/// A piece of a download.
const PIECE_BYTES: u32 = 64 * 1024;

/// See the file.
pub(super) struct FtpTree {
    server: Server,
    root: String,
    client: RefCell<Option<Client>>,
}

impl FtpTree {
    pub(super) fn new(server: Server, root: String) -> Self {
        let root = if root.is_empty() { "/".to_owned() } else { root };
        Self { server, root, client: RefCell::new(None) }
    }

    /// The connection, a new one where there is none.
    fn client(&self, host: &dyn Host) -> Result<Client, Error> {
        match self.client.take() {
            Some(client) => Ok(client),
            None => Client::connect(host, &self.server),
        }
    }

    /// Begins to read a file. The connection is the download's and ends with it.
    pub(super) fn begin(&self, host: &dyn Host, path: &str) -> Result<Box<dyn Read>, Error> {
        let download = self.client(host)?.retrieve(host, path, 0)?;
        Ok(Box::new(Bytes { download, piece: io::Cursor::new(Vec::new()) }))
    }
}

impl Tree for FtpTree {
    fn root(&self) -> &str {
        &self.root
    }

    fn list(
        &self,
        host: &dyn Host,
        folder: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut client = self.client(host)?;
        let outcome = client.list(host, folder, &ListingOptions::default(), &mut |listed| {
            let kind = match listed.kind {
                Listed::File => EntryKind::File,
                Listed::Folder => EntryKind::Folder,
                Listed::Link(target) => EntryKind::Link(target.unwrap_or_default().into_owned()),
            };
            let mut entry = Entry::new(listed.name, kind);
            entry.size = listed.size_bytes.map(|bytes| Size { bytes, quality: SizeQuality::Exact });
            entry.modified_us = listed.modified_us;
            entry.native = listed.native.into_owned();
            each(entry)
        });
        match outcome {
            Ok(_) => {
                self.client.replace(Some(client));
                Ok(())
            }
            Err(error @ Error::NotFound(_)) => {
                // The connection is as good as before.
                self.client.replace(Some(client));
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    fn location(&self, path: &str) -> String {
        Locator::url(&self.server, path)
    }

    fn route(&self, path: &str) -> Route {
        Route::Ftp(FtpWay {
            host: self.server.host.clone(),
            port: self.server.port,
            path: path.to_owned(),
            security: self.server.security.to_wit(),
            credential: self.server.login.slot().map(str::to_owned),
        })
    }

    fn read(&self, host: &dyn Host, path: &str, max_bytes: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.begin(host, path)?.take(max_bytes + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > max_bytes {
            return Err(Error::Exhausted(Exhaustion {
                limit: LimitKind::ArchiveLimit,
                allowed: Some(max_bytes),
                message: format!("{path} is larger than a file of its kind"),
            }));
        }
        Ok(bytes)
    }
}

/// The bytes of a download.
struct Bytes {
    download: Download,
    piece: io::Cursor<Vec<u8>>,
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.piece.read(buffer)?;
        if read > 0 || buffer.is_empty() {
            return Ok(read);
        }
        match self.download.next_piece(PIECE_BYTES)? {
            Some(piece) => {
                self.piece = io::Cursor::new(piece);
                self.piece.read(buffer)
            }
            None => Ok(0),
        }
    }
}
