//! What is in a file: its first part fetched, unpacked and read, and kept for a while.
//!
//! Called by `found.rs`. Calls `servers.rs`, `headers.rs` and the codecs.
//! Rules: of a file no more is fetched than its header needs; what cannot be read is told in
//! the asset, and never costs the search.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use archway_plugin::host::Level;
use archway_plugin::{Error, Host};

use crate::files::{Copy, File};
use crate::headers::{self, Facts, HeaderError};
use crate::servers::Servers;

/// The most that is fetched of a file: no header of [`headers::MOST_BYTES`] is packed into more.
const MOST_FETCHED_BYTES: u64 = 2 * 1024 * 1024;
/// Larger headers are fetched again.
const MOST_KEPT_BYTES: usize = 64 * 1024;
const KEEP_S: u32 = 30 * 24 * 3600;

/// What became of the attempt to read a header.
#[derive(Debug)]
pub(crate) enum Content {
    /// It was read.
    Read(Box<Facts>),
    /// It is none of the formats, cut short or broken; in words.
    Unreadable(String),
}

/// Reads the header of a file from its first copy that can be read.
///
/// # Errors
///
/// An archive that is down or refuses, or a limit of the call.
pub(crate) fn read(host: &dyn Host, servers: &Servers, file: &File) -> Result<Content, Error> {
    let mut last =
        Content::Unreadable("it is packed in a way that is not unpacked here".to_owned());
    for copy in &file.copies {
        // Compact RINEX has its header in the clear.
        let packed: Vec<&str> = copy.encodings.iter().copied().filter(|e| *e != "crinex").collect();
        if packed.iter().any(|encoding| !archway_codecs::ENCODINGS.contains(encoding)) {
            continue;
        }
        match read_copy(host, servers, copy, &packed)? {
            read @ Content::Read(_) => return Ok(read),
            unreadable => last = unreadable,
        }
    }
    Ok(last)
}

fn read_copy(
    host: &dyn Host,
    servers: &Servers,
    copy: &Copy,
    packed: &[&str],
) -> Result<Content, Error> {
    let size = copy.size.map_or(0, |size| size.bytes);
    let modified = copy.modified_us.unwrap_or(0);
    let key = format!("header {} {} {size} {modified}", copy.server, copy.path);
    if let Some(kept) = host.cached(&key) {
        return Ok(match headers::read(kept.as_slice()) {
            Ok(facts) => Content::Read(Box::new(facts)),
            Err(error) => Content::Unreadable(error.to_string()),
        });
    }
    let source = match servers.begin(host, copy.server, &copy.path) {
        Ok(source) => source,
        Err(Error::NotFound(_)) => return Ok(Content::Unreadable("the file is gone".to_owned())),
        Err(error) => return Err(error),
    };
    let seen = Rc::new(RefCell::new(Vec::new()));
    let outcome = match unpacked(Box::new(source.take(MOST_FETCHED_BYTES)), packed) {
        Ok(plain) => headers::read(Tee { source: plain, seen: Rc::clone(&seen) }),
        Err(error) => Err(HeaderError::Unreadable(error)),
    };
    match outcome {
        Ok(facts) => {
            let seen = seen.borrow();
            if seen.len() <= MOST_KEPT_BYTES {
                // A cache that is full only costs the next search another look.
                let _ = host.cache(&key, &seen, Some(KEEP_S));
            }
            Ok(Content::Read(Box::new(facts)))
        }
        Err(HeaderError::Unreadable(error)) => match error.downcast::<Error>() {
            // What the host says of the connection or of a limit is no matter of this file.
            Ok(error @ (Error::Unavailable(_) | Error::Exhausted(_) | Error::Denied(_))) => {
                Err(error)
            }
            Ok(error) => Ok(Content::Unreadable(error.to_string())),
            Err(error) => Ok(Content::Unreadable(format!("the file cannot be unpacked: {error}"))),
        },
        Err(error) => {
            let fields = [("file", copy.path.clone()), ("error", error.to_string())];
            host.log(Level::Debug, "a file's header could not be read", &fields);
            Ok(Content::Unreadable(error.to_string()))
        }
    }
}

/// Takes the compressions off that are really there: some servers unpack what they send.
fn unpacked(source: Box<dyn Read>, packed: &[&str]) -> io::Result<Box<dyn Read>> {
    let mut source = source;
    for encoding in packed {
        let mut start = Vec::new();
        let mut head = source.take(3);
        head.read_to_end(&mut start)?;
        let magic: &[u8] = match *encoding {
            "gzip" => &[0x1f, 0x8b],
            "compress" => &[0x1f, 0x9d],
            _ => b"BZh",
        };
        let is_packed = start.starts_with(magic);
        source = Box::new(io::Cursor::new(start).chain(head.into_inner()));
        if is_packed {
            source = archway_codecs::decoder(encoding, source).map_err(io::Error::other)?;
        }
    }
    Ok(source)
}

/// Keeps what is read through it.
struct Tee {
    source: Box<dyn Read>,
    seen: Rc<RefCell<Vec<u8>>>,
}

impl Read for Tee {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        let mut seen = self.seen.borrow_mut();
        if seen.len() <= MOST_KEPT_BYTES {
            seen.extend_from_slice(buffer.get(..read).unwrap_or_default());
        }
        Ok(read)
    }
}
