//! The bytes of a file, and whether they are whole.
//!
//! Rules: the last piece is held back until the server has said that all was sent (226), the
//! bytes are as many as `SIZE` told, and `SIZE` and `MDTM` are what they were before; so
//! whoever counts bytes is not deceived either. What breaks off is an error, never an end.

use archway_plugin::Error;

use crate::client::Client;
use crate::control::Transfer;
use crate::refusal;

/// Pieces as small as TLS gives them are put together, up to so many bytes: each crossing of
/// the sandbox costs more than the copy.
const GATHER_BYTES: usize = 256 * 1024;
/// Larger pieces are passed on as they are.
const SMALL_BYTES: usize = 32 * 1024;
/// Least bytes asked of the network at once.
const LEAST_READ_BYTES: usize = 16 * 1024;

/// What a server says of a file at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) size_bytes: Option<u64>,
    pub(crate) modified_us: Option<i64>,
}

/// A validator of a file's bytes: another one when size or time is another. Opaque.
pub fn tag(size_bytes: u64, modified_us: i64) -> String {
    format!("{size_bytes:x}-{modified_us:x}")
}

/// A file that is being read.
pub struct Download {
    path: String,
    before: State,
    client: Client,
    /// `None` once it has ended, well or badly.
    transfer: Option<Transfer>,
    /// Where the next byte from the network lies in the file.
    offset: u64,
    /// Read and not given yet.
    held: Vec<u8>,
    /// How it ended badly, for whoever asks again.
    failure: Option<Error>,
}

impl Download {
    pub(crate) fn new(
        client: Client,
        path: String,
        transfer: Transfer,
        before: State,
        offset: u64,
    ) -> Self {
        let (transfer, held) = (Some(transfer), Vec::new());
        Self { path, before, client, transfer, offset, held, failure: None }
    }

    /// Of the whole file.
    pub fn total_bytes(&self) -> Option<u64> {
        self.before.size_bytes
    }

    /// When the file last changed, microseconds since 1970, UTC.
    pub fn modified_us(&self) -> Option<i64> {
        self.before.modified_us
    }

    /// Another one when the file is another; only where the server tells size and time.
    pub fn tag(&self) -> Option<String> {
        let State { size_bytes, modified_us } = self.before;
        Some(tag(size_bytes?, modified_us?))
    }

    /// The client again, if the download has come to its end.
    pub fn into_client(self) -> Option<Client> {
        self.client.is_idle().then_some(self.client)
    }

    /// The next piece, at most `max_bytes`; `None` is the end, and that it was whole.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] where the transfer broke off or the file changed meanwhile; the
    /// same again to whoever asks once more.
    pub fn next_piece(&mut self, max_bytes: u32) -> Result<Option<Vec<u8>>, Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let piece = self.advance(max_bytes.max(1) as usize);
        if let Err(error) = &piece {
            self.failure = Some(error.clone());
            self.transfer = None;
        }
        piece
    }

    fn advance(&mut self, max_bytes: usize) -> Result<Option<Vec<u8>>, Error> {
        while let Some(transfer) = &mut self.transfer {
            if self.held.len() > max_bytes {
                // Something stays held back even so.
                return Ok(Some(self.give(None, max_bytes)));
            }
            let wanted = max_bytes.clamp(LEAST_READ_BYTES, crate::client::READ_BYTES as usize);
            let piece = transfer.data.read(u32::try_from(wanted).unwrap_or(u32::MAX))?;
            if piece.is_empty() {
                self.conclude()?;
                break;
            }
            self.offset += piece.len() as u64;
            if self.before.size_bytes.is_some_and(|size| self.offset > size) {
                return Err(refusal::changed(&self.path, "it is longer than the server said"));
            }
            let together = self.held.len() + piece.len();
            if self.held.is_empty() {
                self.held = piece;
            } else if piece.len() < SMALL_BYTES && together <= GATHER_BYTES.min(max_bytes) {
                self.held.extend_from_slice(&piece);
            } else {
                return Ok(Some(self.give(Some(piece), max_bytes)));
            }
        }
        if self.held.is_empty() { Ok(None) } else { Ok(Some(self.give(None, max_bytes))) }
    }

    /// What is held, as much of it as may be given; `next` is held instead.
    fn give(&mut self, next: Option<Vec<u8>>, max_bytes: usize) -> Vec<u8> {
        let mut given = std::mem::take(&mut self.held);
        if given.len() > max_bytes {
            self.held = given.split_off(max_bytes);
        }
        match next {
            Some(next) if self.held.is_empty() => self.held = next,
            Some(next) => self.held.extend_from_slice(&next),
            None => {}
        }
        given
    }

    /// The bytes have ended: whether that is the end of the file.
    fn conclude(&mut self) -> Result<(), Error> {
        let Some(transfer) = self.transfer.take() else { return Ok(()) };
        drop(transfer.data);
        self.client.end_transfer(&transfer.asked)?;
        if let Some(size) = self.before.size_bytes
            && size != self.offset
        {
            let found = format!("{} of {size} bytes came", self.offset);
            return Err(refusal::cut_short(&self.path, &found));
        }
        let after = self.client.state(&self.path)?;
        if after != self.before {
            let found = match (self.before.size_bytes, after.size_bytes) {
                (Some(before), Some(after)) if before != after => {
                    format!("it had {before} bytes and has {after}")
                }
                _ => "its time is another".to_owned(),
            };
            return Err(refusal::changed(&self.path, &found));
        }
        Ok(())
    }
}
