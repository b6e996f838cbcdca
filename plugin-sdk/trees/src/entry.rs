//! One entry of a listing, whatever protocol it came by.

use archway_plugin::types::{Size, SizeQuality};

/// A file, folder or link as a listing tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name without a path, unescaped; the walker refuses names that cannot be one.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Of its bytes; rounded sizes are `estimated`.
    pub size: Option<Size>,
    /// When it last changed, microseconds since 1970, UTC.
    pub modified_us: Option<i64>,
    /// RFC 6838, where the listing says it.
    pub media_type: Option<String>,
    /// The server's validator of its bytes (ETag), where the listing says it.
    pub tag: Option<String>,
    /// The listing's own words for it (a line, a row); empty where there are none.
    pub native: String,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Has bytes.
    File,
    /// Can be listed.
    Folder,
    /// Stands for another path: absolute, or relative to the folder it is in.
    Link(String),
}

impl Entry {
    /// A file of which only the name is known.
    pub fn file(name: impl Into<String>) -> Self {
        Self::new(name, EntryKind::File)
    }

    /// A folder of which only the name is known.
    pub fn folder(name: impl Into<String>) -> Self {
        Self::new(name, EntryKind::Folder)
    }

    /// A link to `target`.
    pub fn link(name: impl Into<String>, target: impl Into<String>) -> Self {
        Self::new(name, EntryKind::Link(target.into()))
    }

    /// An entry of which only name and kind are known.
    pub fn new(name: impl Into<String>, kind: EntryKind) -> Self {
        Self {
            name: name.into(),
            kind,
            size: None,
            modified_us: None,
            media_type: None,
            tag: None,
            native: String::new(),
        }
    }

    /// Sets an exact size.
    #[must_use]
    pub fn with_size(mut self, bytes: u64) -> Self {
        self.size = Some(Size { bytes, quality: SizeQuality::Exact });
        self
    }

    /// Sets when it last changed.
    #[must_use]
    pub fn with_modified(mut self, modified_us: i64) -> Self {
        self.modified_us = Some(modified_us);
        self
    }

    /// Sets the listing's own words.
    #[must_use]
    pub fn with_native(mut self, native: impl Into<String>) -> Self {
        self.native = native.into();
        self
    }
}
