//! Encodings taken off on the way to a client: gzip here, everything else in the sandbox.
//!
//! Called by the core's delivery through [`Decoders`]. Calls the plugin whose manifest `decodes`
//! the encoding, as an archive without settings and without any grant.
//!
//! Rules that hold here and nowhere else:
//!
//! - After the first MiB, decoded bytes may be [`MOST_RATIO`] times what they came from, not
//!   more.
//! - What is wrong with the file is the archive's fault whose file it is, and says which
//!   encoding.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use archway_core::Error;
use archway_core::archive::ByteReader;
use archway_core::asset::ArchiveId;
use archway_core::delivery::Decoders;
use async_compression::tokio::bufread::GzipDecoder;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::io::StreamReader;

use crate::PluginHost;
use crate::config::ArchiveConfig;
use crate::imports::Failure;

/// Most decoded bytes made in one read.
const READ_BYTES: u32 = 64 * 1024;
/// Most bytes read ahead of a decoder.
const SOURCE_BYTES: u32 = 64 * 1024;
/// Before this many decoded bytes the ratio does not count.
const RATIO_FREE_BYTES: u64 = 1024 * 1024;
/// Most decoded bytes for one encoded byte: text of the worst kind packs 100 to 1, a bomb
/// 1,000 to 1.
const MOST_RATIO: u64 = 200;

/// The decoders of this gateway; those of plugins follow what is loaded.
pub struct Decoding(Arc<PluginHost>);

impl Decoding {
    /// gzip, and what the plugins of `host` decode.
    pub fn new(host: Arc<PluginHost>) -> Self {
        Self(host)
    }
}

#[async_trait]
impl Decoders for Decoding {
    fn know(&self, encoding: &str) -> bool {
        encoding == "gzip" || self.0.decoder(encoding).is_some()
    }

    async fn decode(
        &self,
        archive: &ArchiveId,
        encoding: &str,
        source: Box<dyn ByteReader>,
    ) -> Result<Box<dyn ByteReader>, Error> {
        let taken = Arc::new(AtomicU64::new(0));
        let source = Box::new(Counted { source, taken: Arc::clone(&taken) });
        let reader: Box<dyn ByteReader> = if encoding == "gzip" {
            Box::new(gunzip(archive.clone(), source))
        } else {
            let plugin = self.0.decoder(encoding).ok_or_else(|| Error::Unsupported {
                archive: archive.clone(),
                what: format!("decoding of {encoding}: no plugin `decodes` it"),
            })?;
            // Under the archive's name, so that errors and log lines are about it.
            let config = ArchiveConfig::new(archive.clone(), plugin);
            let opened = self.0.open_archive(config);
            let opened = opened.map_err(|error| Error::internal(error.to_string()))?;
            opened.decode(encoding, source).await?
        };
        let (archive, encoding) = (archive.clone(), encoding.to_owned());
        Ok(Box::new(Bounded { reader: Some(reader), archive, encoding, taken, given: 0 }))
    }
}

/// Counts what a decoder takes.
struct Counted {
    source: Box<dyn ByteReader>,
    taken: Arc<AtomicU64>,
}

#[async_trait]
impl ByteReader for Counted {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        let piece = self.source.read(max_bytes).await?;
        self.taken.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok(piece)
    }
}

/// Ends what grows beyond all measure.
struct Bounded {
    /// `None` after a failure.
    reader: Option<Box<dyn ByteReader>>,
    archive: ArchiveId,
    encoding: String,
    taken: Arc<AtomicU64>,
    given: u64,
}

#[async_trait]
impl ByteReader for Bounded {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        let damaged = |reason: String| Error::Damaged { archive: self.archive.clone(), reason };
        let Some(reader) = &mut self.reader else {
            return Err(damaged("they broke off before".to_owned()));
        };
        let piece = match reader.read(max_bytes.min(READ_BYTES)).await {
            Ok(piece) => piece,
            Err(error) => {
                self.reader = None;
                return Err(error);
            }
        };
        self.given += piece.len() as u64;
        let taken = self.taken.load(Ordering::Relaxed);
        if self.given > RATIO_FREE_BYTES && self.given / MOST_RATIO > taken {
            self.reader = None;
            let encoding = &self.encoding;
            return Err(damaged(format!(
                "more than {MOST_RATIO} bytes come from each byte of {encoding}, as from a decompression bomb"
            )));
        }
        Ok(piece)
    }
}

struct Gunzip {
    archive: ArchiveId,
    unpacker: Pin<Box<dyn AsyncRead + Send>>,
    failure: Failure,
}

fn gunzip(archive: ArchiveId, source: Box<dyn ByteReader>) -> Gunzip {
    let failure = Failure::default();
    let mut gzip = GzipDecoder::new(StreamReader::new(Box::pin(pieces(source, failure.clone()))));
    gzip.multiple_members(true);
    Gunzip { archive, unpacker: Box::pin(gzip), failure }
}

fn pieces(
    source: Box<dyn ByteReader>,
    failure: Failure,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::unfold(Some((source, failure)), |state| async move {
        let (mut source, failure) = state?;
        match source.read(SOURCE_BYTES).await {
            Ok(piece) if piece.is_empty() => None,
            Ok(piece) => Some((Ok(piece), Some((source, failure)))),
            Err(error) => {
                failure.put(error);
                Some((Err(io::Error::other("the source failed")), None))
            }
        }
    })
}

#[async_trait]
impl ByteReader for Gunzip {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        let room = max_bytes.clamp(1, READ_BYTES);
        let mut piece = BytesMut::with_capacity(room as usize);
        match self.unpacker.as_mut().take(room.into()).read_buf(&mut piece).await {
            Ok(_) => Ok(piece.freeze()),
            Err(problem) => Err(self.failure.take().unwrap_or_else(|| Error::Damaged {
                archive: self.archive.clone(),
                reason: format!("they are no gzip to the end: {problem}"),
            })),
        }
    }
}
