//! Listings of folders, parsed while they arrive.
//!
//! [`Parser`] cuts what it is fed into lines and gives each to the form it is in. The form of a
//! `LIST` is found from its lines, as no server says it. Everything borrows from the bytes that
//! were fed; a line is copied only where it lies across two pieces.
//!
//! Rules: a name that cannot be one (`..`, with a slash or a control character) is refused,
//! entry by entry, and counted; lines are bounded; where not one line is understood, or the
//! form is one of those that are not read, the listing is an error.

mod dos;
mod eplf;
mod foreign;
mod mlsd;
mod months;
mod tokens;
mod unix;

use std::borrow::Cow;

use archway_plugin::Error;
use archway_plugin::types::{Exhaustion, LimitKind};

use crate::{instant, name};

/// Longest line; names have at most 255 bytes on nearly all servers, link targets 4096.
const LONGEST_LINE_BYTES: usize = 8 * 1024;
/// Entries of one folder, unless the caller allows more or less.
const MOST_ENTRIES: u64 = 1_000_000;

/// How a folder is listed and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListingOptions {
    /// Which command.
    pub form: Form,
    /// East of UTC; the times of `LIST` are in the server's own zone, those of `MLSD` are UTC.
    pub zone_s: i32,
    /// Beyond it the listing is refused as endless.
    pub most_entries: u64,
}

impl Default for ListingOptions {
    fn default() -> Self {
        Self { form: Form::Auto, zone_s: 0, most_entries: MOST_ENTRIES }
    }
}

/// What the lines of a listing look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `MLSD` where the server has it, else [`Form::List`].
    Auto,
    /// `MLSD` (RFC 3659, 7).
    Mlsd,
    /// `LIST`: UNIX, DOS/IIS or EPLF, as the lines say.
    List,
}

/// What one line of a listing tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Without a path; see [`name`](crate::name).
    pub name: Cow<'a, str>,
    /// What it is.
    pub kind: EntryKind<'a>,
    /// Of a file.
    pub size_bytes: Option<u64>,
    /// Microseconds since 1970, UTC.
    pub modified_us: Option<i64>,
    /// The line.
    pub native: Cow<'a, str>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind<'a> {
    /// Has bytes.
    File,
    /// Can be listed.
    Folder,
    /// Stands for another path, which not every form names.
    Link(Option<Cow<'a, str>>),
}

/// What became of the lines of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Entries given.
    pub entries: u64,
    /// Lines that were not understood, and names that cannot be one.
    pub refused: u64,
    /// The first of them and why, for the log.
    pub first_refused: Option<String>,
}

/// What the times of a listing refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Microseconds since 1970, UTC: a time without a year is the latest one before it.
    pub now_us: i64,
    /// East of UTC.
    pub zone_s: i32,
}

/// What a line is, before its name is looked at.
struct Raw<'a> {
    name: &'a [u8],
    kind: RawKind<'a>,
    size_bytes: Option<u64>,
    modified_us: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RawKind<'a> {
    File,
    Folder,
    Link(Option<&'a [u8]>),
}

/// What one parser makes of a line.
enum Line<'a> {
    Entry(Raw<'a>),
    /// Understood, and nothing to tell: `total 12`, the folder itself.
    Nothing,
    /// A pipe, a socket, a device: nothing to fetch.
    Special,
    /// Not of this form.
    Unknown,
}

/// The form that the last line understood was in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Mlsd,
    Unix,
    Dos,
    Eplf,
}

/// Reads a listing piece by piece.
pub struct Parser<'f> {
    form: Form,
    clock: Clock,
    most_entries: u64,
    folder: &'f str,
    found: Option<Found>,
    /// The beginning of a line whose end has not come yet.
    carried: Vec<u8>,
    summary: Summary,
    /// The latest that a date without a year can be of.
    year: i32,
}

/// The year of the latest instant that a listing can tell: a day ahead, as clocks differ.
fn latest_year(clock: Clock) -> i32 {
    let zone_us = i64::from(clock.zone_s) * 1_000_000;
    instant::year_of(clock.now_us.saturating_add(zone_us).saturating_add(instant::DAY_US))
}

/// Takes the entries of a listing; its error ends the listing.
pub type Each<'e> = dyn FnMut(Entry<'_>) -> Result<(), Error> + 'e;

impl<'f> Parser<'f> {
    /// A parser of the listing of `folder`, which is named in errors.
    pub fn new(form: Form, clock: Clock, most_entries: u64, folder: &'f str) -> Self {
        Self {
            form,
            clock,
            most_entries,
            folder,
            found: None,
            carried: Vec::new(),
            summary: Summary::default(),
            year: latest_year(clock),
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedReply`] for a line without an end, [`Error::Unsupported`] for a form
    /// that is not read, [`Error::Exhausted`] beyond the most entries, and that of `each`.
    pub fn feed(&mut self, bytes: &[u8], each: &mut Each<'_>) -> Result<(), Error> {
        let mut rest = bytes;
        if !self.carried.is_empty() {
            let Some(at) = tokens::find(rest, b'\n') else {
                self.carried.extend_from_slice(rest);
                return self.bounded(self.carried.len());
            };
            let (end, behind) = rest.split_at(at);
            let mut line = std::mem::take(&mut self.carried);
            line.extend_from_slice(end);
            self.line(&line, each)?;
            rest = behind.get(1..).unwrap_or_default();
        }
        while let Some(at) = tokens::find(rest, b'\n') {
            let (line, behind) = rest.split_at(at);
            self.line(line, each)?;
            rest = behind.get(1..).unwrap_or_default();
        }
        self.carried.extend_from_slice(rest);
        self.bounded(rest.len())
    }

    /// The listing has ended.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedReply`] where nothing of it was understood, and those of a line.
    pub fn finish(mut self, each: &mut Each<'_>) -> Result<Summary, Error> {
        if !self.carried.is_empty() {
            let line = std::mem::take(&mut self.carried);
            self.line(&line, each)?;
        }
        if self.found.is_none() && self.summary.refused > 0 {
            let first = self.summary.first_refused.unwrap_or_default();
            return Err(Error::malformed(
                format!("the listing of {}", self.folder),
                "lines as UNIX, DOS, EPLF or MLSD have them",
                &first,
            ));
        }
        Ok(self.summary)
    }

    fn bounded(&self, line_bytes: usize) -> Result<(), Error> {
        if line_bytes <= LONGEST_LINE_BYTES {
            return Ok(());
        }
        Err(Error::malformed(
            format!("the listing of {}", self.folder),
            format!("lines of at most {LONGEST_LINE_BYTES} bytes"),
            &String::from_utf8_lossy(self.carried.get(..256).unwrap_or_default()),
        ))
    }

    fn line(&mut self, line: &[u8], each: &mut Each<'_>) -> Result<(), Error> {
        self.bounded(line.len())?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Ok(());
        }
        match self.understand(line)? {
            Line::Entry(raw) => self.give(line, &raw, each),
            Line::Nothing | Line::Special => Ok(()),
            Line::Unknown => {
                self.refuse(line, "not understood");
                Ok(())
            }
        }
    }

    /// Tries the form that the lines before were in, then the others.
    fn understand<'a>(&mut self, line: &'a [u8]) -> Result<Line<'a>, Error> {
        if self.form == Form::Mlsd {
            let understood = mlsd::line(line);
            if !matches!(understood, Line::Unknown) {
                self.found = Some(Found::Mlsd);
            }
            return Ok(understood);
        }
        if let Some(found) = self.found {
            return Ok(self.as_form(found, line));
        }
        for form in [Found::Eplf, Found::Unix, Found::Dos] {
            let understood = self.as_form(form, line);
            if !matches!(understood, Line::Unknown) {
                // `total 0` is what UNIX begins with, but so does MVS without its files.
                self.found = Some(form);
                return Ok(understood);
            }
        }
        if let Some(system) = foreign::system(line) {
            return Err(Error::Unsupported(format!(
                "listings as {system} writes them, which {} is in: only those of UNIX, DOS, \
                 EPLF and MLSD are read",
                self.folder
            )));
        }
        Ok(Line::Unknown)
    }

    fn as_form<'a>(&self, form: Found, line: &'a [u8]) -> Line<'a> {
        match form {
            Found::Mlsd => mlsd::line(line),
            Found::Unix => unix::line(line, self.clock, self.year),
            Found::Dos => dos::line(line, self.clock),
            Found::Eplf => eplf::line(line),
        }
    }

    fn give(&mut self, line: &[u8], raw: &Raw<'_>, each: &mut Each<'_>) -> Result<(), Error> {
        if matches!(raw.name, b"." | b"..") && !matches!(raw.kind, RawKind::File) {
            // The folder itself and the one above, as many servers list them.
            return Ok(());
        }
        if let Some(fault) = name::fault(raw.name) {
            self.refuse(line, fault);
            return Ok(());
        }
        if self.summary.entries >= self.most_entries {
            return Err(Error::Exhausted(Exhaustion {
                limit: LimitKind::ArchiveLimit,
                allowed: Some(self.most_entries),
                message: format!("{} has more than {} entries", self.folder, self.most_entries),
            }));
        }
        self.summary.entries += 1;
        let kind = match raw.kind {
            RawKind::File => EntryKind::File,
            RawKind::Folder => EntryKind::Folder,
            RawKind::Link(target) => EntryKind::Link(target.map(name::to_text)),
        };
        let entry = Entry {
            name: name::to_text(raw.name),
            kind,
            size_bytes: raw.size_bytes,
            modified_us: raw.modified_us,
            native: name::to_text(line),
        };
        each(entry)
    }

    fn refuse(&mut self, line: &[u8], why: &str) {
        self.summary.refused += 1;
        if self.summary.first_refused.is_none() {
            let line = line.get(..line.len().min(200)).unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            self.summary.first_refused = Some(format!("{why}: {}", line.escape_debug()));
        }
    }
}
