//! `archway:host/bytes`: bytes that a plugin is given to work on.
//!
//! Called by the guest of a `decode`. Calls the reader that the bytes come from, whoever
//! that is; waiting for it is not the guest's CPU time.
//!
//! Not here: how much may come out again (`abi/v0_1/operations.rs`).

use std::sync::{Arc, Mutex, PoisonError};

use archway_core::archive::ByteReader;
use wasmtime::component::Resource;

use crate::abi::v0_1::archway::host::bytes::{Host, HostByteSource};
use crate::abi::v0_1::archway::host::types::{Error, Outage, OutageReason};
use crate::instance::State;

/// Most bytes that one `read` gives.
const MOST_READ_BYTES: u32 = 1024 * 1024;

/// Bytes on their way into a guest.
#[expect(unreachable_pub, reason = "the generated binding names it as public")]
pub struct ByteSource {
    reader: Box<dyn ByteReader>,
    failure: Failure,
}

/// Why the bytes ended too early, in the core's words, which a guest cannot carry.
#[derive(Clone, Default)]
pub(crate) struct Failure(Arc<Mutex<Option<archway_core::Error>>>);

impl Failure {
    /// What went wrong with the source, once.
    pub(crate) fn take(&self) -> Option<archway_core::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn put(&self, error: archway_core::Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

impl ByteSource {
    /// Gives a guest what `reader` reads; its error goes to `failure`.
    pub(crate) fn new(reader: Box<dyn ByteReader>, failure: Failure) -> Self {
        Self { reader, failure }
    }
}

impl Host for State {}

impl HostByteSource for State {
    async fn read(
        &mut self,
        source: Resource<ByteSource>,
        max_bytes: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        self.budget.host_call()?;
        let source = self.table.get_mut(&source)?;
        let most = max_bytes.clamp(1, MOST_READ_BYTES);
        match self.budget.wait(source.reader.read(most)).await {
            Ok(bytes) => Ok(Ok(Vec::from(bytes))),
            Err(error) => {
                let message = error.to_string();
                source.failure.put(error);
                Ok(Err(Error::Unavailable(Outage {
                    reason: OutageReason::ConnectionLost,
                    message,
                    reply_code: None,
                    retry_after_ms: None,
                })))
            }
        }
    }

    async fn drop(&mut self, source: Resource<ByteSource>) -> wasmtime::Result<()> {
        self.table.delete(source)?;
        Ok(())
    }
}
