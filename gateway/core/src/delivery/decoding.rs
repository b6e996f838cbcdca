//! Encodings that are taken off on the way to the client.
//!
//! Called by `delivery.rs`. Calls [`Decoders`], which the host implements: gzip itself, the
//! rest in the sandbox.

use async_trait::async_trait;
use bytes::Bytes;

use super::checks::Seal;
use super::names;
use crate::Error;
use crate::archive::ByteReader;
use crate::asset::ArchiveId;

/// What can take encodings off.
#[async_trait]
pub trait Decoders: Send + Sync {
    /// Whether it can take this one off: `gzip`, `compress`, `bzip2`, `crinex`.
    fn know(&self, encoding: &str) -> bool;

    /// The bytes of `source` without the encoding. `archive` is whose bytes they are, for errors.
    async fn decode(
        &self,
        archive: &ArchiveId,
        encoding: &str,
        source: Box<dyn ByteReader>,
    ) -> Result<Box<dyn ByteReader>, Error>;
}

/// What is taken off, outermost first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Decoding(Vec<String>);

impl Decoding {
    /// `asked` in any spelling, `declared` as the record says.
    pub(super) fn new(
        asked: &[String],
        declared: &[String],
        decoders: &dyn Decoders,
    ) -> Result<Self, Error> {
        let wrong = |words: String| Error::bad_request("decode", words);
        let mut encodings = Vec::new();
        for (place, asked) in asked.iter().enumerate() {
            let encoding = plain(asked);
            let declared: Vec<&str> = declared.iter().map(|own| plain(own)).collect();
            if declared.get(place) != Some(&encoding) {
                let words = match declared.get(place..).unwrap_or_default() {
                    [] if declared.is_empty() => {
                        format!("`{asked}` cannot be taken off: the record names no encoding")
                    }
                    [] => format!(
                        "`{asked}` is one too many: the record names {}",
                        declared.join(",")
                    ),
                    left => format!(
                        "`{asked}` is not the outermost that is left; outermost first these are {}",
                        left.join(",")
                    ),
                };
                return Err(wrong(words));
            }
            if !decoders.know(encoding) {
                let words = "no plugin of this gateway takes it off; one whose plugin.toml lists it in `decodes` would";
                return Err(wrong(format!("`{encoding}`: {words}")));
            }
            encodings.push(encoding.to_owned());
        }
        Ok(Self(encodings))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn encodings(&self) -> &[String] {
        &self.0
    }

    /// The name without what the encodings added to it.
    pub(super) fn name(&self, name: String) -> String {
        self.0.iter().fold(name, |name, encoding| names::without(&name, encoding))
    }
}

/// The one word for an encoding.
fn plain(word: &str) -> &str {
    match word.trim() {
        "gz" | "x-gzip" | "GZIP" => "gzip",
        "Z" | "z" | "x-compress" | "lzw" => "compress",
        "bz2" | "x-bzip2" => "bzip2",
        "hatanaka" | "crx" => "crinex",
        other => other,
    }
}

/// Decoded bytes, whose last are held back until what they were decoded from was right.
pub(super) struct Decoded {
    /// `None` at the end.
    reader: Option<Box<dyn ByteReader>>,
    archive: ArchiveId,
    seal: Option<Seal>,
    held: Option<Bytes>,
}

impl Decoded {
    pub(super) fn new(reader: Box<dyn ByteReader>, archive: ArchiveId, seal: Option<Seal>) -> Self {
        Self { reader: Some(reader), archive, seal, held: None }
    }
}

#[async_trait]
impl ByteReader for Decoded {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        loop {
            let Some(reader) = &mut self.reader else { return Ok(Bytes::new()) };
            let piece = reader.read(max_bytes).await?;
            if piece.is_empty() {
                self.reader = None;
                if self.seal.as_ref().is_some_and(|seal| !seal.is_set()) {
                    self.held = None;
                    let reason = "they go on where what they are encoded in has ended".to_owned();
                    return Err(Error::Damaged { archive: self.archive.clone(), reason });
                }
                return Ok(self.held.take().unwrap_or_default());
            }
            match self.held.replace(piece) {
                Some(before) => return Ok(before),
                None => continue,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Decoding;
    use crate::testing::FakeDecoders;

    #[test]
    fn only_what_the_record_names_is_taken_off_outermost_first() {
        let declared: Vec<String> = ["gzip", "crinex"].map(str::to_owned).into();
        let said = |asked: &str, declared: &[String]| {
            let asked: Vec<String> = asked.split(',').map(str::to_owned).collect();
            match Decoding::new(&asked, declared, &FakeDecoders) {
                Ok(decoding) => decoding.encodings().join(","),
                Err(error) => error.to_string(),
            }
        };
        insta::assert_snapshot!(
            [
                said("gzip", &declared),
                said("gz,hatanaka", &declared),
                said("hatanaka", &declared),
                said("gzip,crinex,gzip", &declared),
                said("gzip", &[]),
                said("zstd", &["zstd".to_owned()]),
            ]
            .join("\n"),
            @r"
        gzip
        gzip,crinex
        decode: `hatanaka` is not the outermost that is left; outermost first these are gzip,crinex
        decode: `gzip` is one too many: the record names gzip,crinex
        decode: `gzip` cannot be taken off: the record names no encoding
        decode: `zstd`: no plugin of this gateway takes it off; one whose plugin.toml lists it in `decodes` would
        "
        );
    }

    #[test]
    fn a_name_loses_what_the_encodings_added() {
        let name = |encodings: &[&str], name: &str| {
            Decoding(encodings.iter().map(|own| (*own).to_owned()).collect()).name(name.to_owned())
        };
        let cases = [
            (&["gzip"][..], "a.fits.gz", "a.fits"),
            (
                &["gzip", "crinex"],
                "WTZR00DEU_R_20232540000_01D_30S_MO.crx.gz",
                "WTZR00DEU_R_20232540000_01D_30S_MO.rnx",
            ),
            (&["compress", "crinex"], "wtzr2540.23d.Z", "wtzr2540.23o"),
            (&["bzip2"], "a.tar.bz2", "a.tar"),
            (&["gzip"], "a.tgz", "a.tar"),
            (&["gzip"], "a", "a"),
            (&["gzip"], ".gz", ".gz"),
        ];
        for (encodings, given, expected) in cases {
            assert_eq!(name(encodings, given), expected, "case: {given}");
        }
    }
}
