//! An FTP listing made into assets: the work of the plugin `ftp`, without a network.

use std::fmt::Write as _;
use std::rc::Rc;

use archway_ftp::listing::{Clock, EntryKind as ListedKind, Form, Parser};
use archway_plugin::Host;
use archway_plugin::access::{HttpWay, Route};
use archway_plugin::types::{Error, SearchQuery};
use archway_trees::{Entry, EntryKind, Tree, TreeArchive};

/// Entries of the listing.
pub const ENTRIES: u64 = 100_000;

/// The rules of an archive of daily files, as an operator would write them.
pub const RULES: &str = r#"{ "path": "{station:4}{doy}0.{yy}o", "title": "{station} of day {doy}", "product_type": "time-series" }"#;

/// Lists a folder of [`ENTRIES`] files `times` times and makes assets of them; returns how many.
///
/// # Errors
///
/// The rules or the listing are not understood.
pub fn read(host: &dyn Host, times: u64) -> Result<u64, Error> {
    let archive = TreeArchive::new(host, Rc::new(Folder { listing: listing() }))?;
    let mut assets = 0;
    for _ in 0..times {
        let mut found = archive.search(host, &SearchQuery::everything())?;
        while let Some(batch) = found.assets.next(host, 1000)? {
            assets += batch.assets.len() as u64;
        }
    }
    Ok(assets)
}

/// As `MLSD` gives it (RFC 3659, 7.7).
fn listing() -> String {
    let mut listing = String::new();
    for n in 0..ENTRIES {
        let (station, doy) = (n / 366, n % 366 + 1);
        let size = 1_000_000 + n * 37 % 900_000;
        // Writing to a string cannot fail.
        let _ = write!(
            listing,
            "type=file;size={size};modify=20240102030405;UNIX.mode=0644;unique=801g{n:x}; s{station:03}{doy:03}0.24o.gz\r\n"
        );
    }
    listing
}

struct Folder {
    listing: String,
}

impl Tree for Folder {
    fn root(&self) -> &str {
        "/"
    }

    fn list(
        &self,
        _host: &dyn Host,
        folder: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let clock = Clock { now_us: 0, zone_s: 0 };
        let mut parser = Parser::new(Form::Mlsd, clock, ENTRIES, folder);
        let mut give = |listed: archway_ftp::Entry<'_>| {
            let kind = match listed.kind {
                ListedKind::Folder => EntryKind::Folder,
                ListedKind::File | ListedKind::Link(_) => EntryKind::File,
            };
            let mut entry =
                Entry::new(listed.name.into_owned(), kind).with_native(listed.native.into_owned());
            if let Some(bytes) = listed.size_bytes {
                entry = entry.with_size(bytes);
            }
            entry.modified_us = listed.modified_us;
            each(entry)
        };
        for piece in self.listing.as_bytes().chunks(256 * 1024) {
            parser.feed(piece, &mut give)?;
        }
        parser.finish(&mut give).map(drop)
    }

    fn location(&self, path: &str) -> String {
        format!("ftp://ftp.example.org{path}")
    }

    fn route(&self, path: &str) -> Route {
        Route::Http(HttpWay {
            method: archway_plugin::http::Method::Get,
            url: self.location(path),
            headers: Vec::new(),
            credential: None,
            ranges: true,
        })
    }

    fn read(&self, _host: &dyn Host, path: &str, _max_bytes: u64) -> Result<Vec<u8>, Error> {
        Err(Error::NotFound(path.to_owned()))
    }
}
