//! Bytes for tests: of a fake archive, in pieces, and encodings that are none.

use std::collections::VecDeque;

use async_trait::async_trait;
use bytes::Bytes;

use super::cursor::Held;
use crate::Error;
use crate::archive::ByteReader;
use crate::asset::ArchiveId;
use crate::delivery::Decoders;

/// What a fake archive opens; counts as an open call until it is dropped.
pub(super) struct FakeReader {
    rest: Bytes,
    #[expect(dead_code, reason = "it is there to be dropped")]
    held: Held,
}

impl FakeReader {
    pub(super) fn new(rest: Bytes, held: Held) -> Self {
        Self { rest, held }
    }
}

#[async_trait]
impl ByteReader for FakeReader {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        let size = self.rest.len().min(max_bytes as usize);
        Ok(self.rest.split_to(size))
    }
}

/// The same that breaks off after some bytes.
pub(super) struct BreakingReader {
    pub(super) archive: ArchiveId,
    pub(super) reader: FakeReader,
    pub(super) left: usize,
}

#[async_trait]
impl ByteReader for BreakingReader {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        let most = max_bytes.min(u32::try_from(self.left).unwrap_or(u32::MAX));
        if most == 0 {
            let (archive, reason) = (self.archive.clone(), "the connection broke off".to_owned());
            return Err(Error::Upstream { archive, reason, retry_after: None });
        }
        let piece = self.reader.read(most).await?;
        self.left -= piece.len();
        Ok(piece)
    }
}

struct Pieces(VecDeque<Bytes>);

#[async_trait]
impl ByteReader for Pieces {
    async fn read(&mut self, _max_bytes: u32) -> Result<Bytes, Error> {
        Ok(self.0.pop_front().unwrap_or_default())
    }
}

/// Bytes that come in exactly these pieces.
pub fn pieces<const N: usize>(pieces: [&'static str; N]) -> Box<dyn ByteReader> {
    Box::new(Pieces(pieces.into_iter().map(|own| Bytes::from_static(own.as_bytes())).collect()))
}

/// Knows `gzip` and `crinex`, which it takes for "in small letters".
pub struct FakeDecoders;

struct Capitals(Box<dyn ByteReader>);

#[async_trait]
impl ByteReader for Capitals {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        Ok(self.0.read(max_bytes).await?.to_ascii_uppercase().into())
    }
}

#[async_trait]
impl Decoders for FakeDecoders {
    fn know(&self, encoding: &str) -> bool {
        matches!(encoding, "gzip" | "crinex")
    }

    async fn decode(
        &self,
        _archive: &ArchiveId,
        _encoding: &str,
        source: Box<dyn ByteReader>,
    ) -> Result<Box<dyn ByteReader>, Error> {
        Ok(Box::new(Capitals(source)))
    }
}
