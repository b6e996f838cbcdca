//! The bytes of an asset: one distribution for each location and encoding.

use crate::coverage::Instant;

/// A digest of the bytes as they are at the location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// "md5", "sha-256"; lower case.
    pub algorithm: String,
    /// Lower case.
    pub hex: String,
}

/// Whether a size may be compared or only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeQuality {
    /// To the byte.
    Exact,
    /// Rounded, or guessed by the archive.
    Estimated,
}

/// How many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The number.
    pub bytes: u64,
    /// What it is worth.
    pub quality: SizeQuality,
}

/// How quickly the bytes can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Availability {
    /// At once.
    #[default]
    Online,
    /// After staging.
    Nearline,
    /// Not.
    Offline,
}

/// Where the bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// http, https, ftp or ftps.
    Url(String),
    /// No URL yet: ask for access.
    OnRequest,
}

/// One way an asset exists as bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The plugin's own name for it, opaque.
    pub id: String,
    /// DataLink term ("#this", "#preview").
    pub role: String,
    /// Where the bytes are.
    pub location: Location,
    /// With parameters.
    pub media_type: Option<String>,
    /// The gateway's word ("fits", "rinex-obs").
    pub format: Option<String>,
    /// Outermost first ("gzip", "crinex").
    pub encodings: Vec<String>,
    /// How many bytes.
    pub size: Option<Size>,
    /// Of the bytes at the location.
    pub checksums: Vec<Checksum>,
    /// A name to store it under.
    pub file_name: Option<String>,
    /// When the bytes last changed.
    pub modified: Option<Instant>,
    /// How quickly they can be had.
    pub availability: Availability,
    /// Name of the mirror.
    pub provider: Option<String>,
}
