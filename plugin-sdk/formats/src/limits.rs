//! The ceilings under which a foreign document is read.

/// How much a document may ask of its reader.
///
/// Every reader of this crate takes one. The defaults suit an answer of an
/// archive that is not trusted; a caller lowers or raises single fields.
/// Crossing a ceiling is [`Error::Limit`](crate::Error::Limit), never a
/// shortened result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of the whole document, after decompression.
    pub total_bytes: u64,
    /// Most nested elements.
    pub depth: usize,
    /// Most attributes of one element.
    pub attributes: usize,
    /// Longest name and longest attribute value, in bytes.
    pub attribute_bytes: usize,
    /// Longest text of one element or table cell, in bytes.
    pub text_bytes: usize,
    /// Most FIELDs of a table.
    pub fields: usize,
    /// Most bytes outside of the rows: what is read into memory at once. Of a
    /// tableset or job list, of one table or job.
    pub head_bytes: u64,
    /// Most bytes that come out of decompression.
    pub decompressed_bytes: u64,
    /// Most bytes out for each byte in, looked at after the first MiB.
    pub decompression_ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total_bytes: 1 << 30,
            depth: 64,
            attributes: 256,
            attribute_bytes: 64 << 10,
            text_bytes: 16 << 20,
            fields: 4096,
            head_bytes: 16 << 20,
            decompressed_bytes: 1 << 30,
            decompression_ratio: 200,
        }
    }
}

/// Which ceiling was crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceiling {
    /// [`Limits::total_bytes`]
    TotalBytes,
    /// [`Limits::depth`]
    Depth,
    /// [`Limits::attributes`]
    Attributes,
    /// [`Limits::attribute_bytes`]
    AttributeBytes,
    /// [`Limits::text_bytes`]
    TextBytes,
    /// [`Limits::fields`]
    Fields,
    /// [`Limits::head_bytes`]
    HeadBytes,
    /// [`Limits::decompressed_bytes`]
    DecompressedBytes,
    /// [`Limits::decompression_ratio`]
    DecompressionRatio,
}

impl std::fmt::Display for Ceiling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TotalBytes => "bytes of the document",
            Self::Depth => "nested elements",
            Self::Attributes => "attributes of one element",
            Self::AttributeBytes => "bytes of a name or an attribute",
            Self::TextBytes => "bytes of one text",
            Self::Fields => "fields of a table",
            Self::HeadBytes => "bytes outside of the rows",
            Self::DecompressedBytes => "decompressed bytes",
            Self::DecompressionRatio => "decompressed bytes for each compressed one",
        })
    }
}

/// A crossed ceiling on its way through [`std::io::Error`].
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("more than {limit} {ceiling}")]
pub(crate) struct Crossed {
    pub(crate) ceiling: Ceiling,
    pub(crate) limit: u64,
}

impl From<Crossed> for std::io::Error {
    fn from(crossed: Crossed) -> Self {
        Self::other(crossed)
    }
}
