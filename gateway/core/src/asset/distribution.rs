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

impl Checksum {
    /// Algorithm and digest in lower case, whatever the archive writes.
    pub fn new(algorithm: &str, hex: &str) -> Self {
        Self {
            algorithm: algorithm.trim().to_ascii_lowercase(),
            hex: hex.trim().to_ascii_lowercase(),
        }
    }
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

impl Size {
    /// Kilobytes of 1,000 bytes, rounded up, as ObsCore and EPN-TAP `access_estsize` count.
    /// Never convert back: the rounding is lost.
    pub fn kilobytes(&self) -> u64 {
        self.bytes.div_ceil(1000)
    }
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

#[cfg(test)]
mod tests {
    use super::{Checksum, Size, SizeQuality};

    #[test]
    fn kilobytes_are_rounded_up() {
        for (bytes, kilobytes) in
            [(0, 0), (1, 1), (1000, 1), (1001, 2), (u64::MAX, 18_446_744_073_709_552)]
        {
            let size = Size { bytes, quality: SizeQuality::Exact };
            assert_eq!(size.kilobytes(), kilobytes, "{bytes} bytes");
        }
    }

    #[test]
    fn digests_are_lower_case() {
        let md5 = Checksum::new("MD5", " D41D8CD98F00B204E9800998ECF8427E");
        assert_eq!(md5.algorithm, "md5");
        assert_eq!(md5.hex, "d41d8cd98f00b204e9800998ecf8427e");
    }
}
