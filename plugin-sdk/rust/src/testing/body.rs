//! The body of a response in a test: bytes in short reads, and perhaps a failure behind them.

use std::io::{self, Read};

use crate::types::Error;

#[derive(Debug)]
pub(super) struct Body {
    bytes: io::Cursor<Vec<u8>>,
    read_bytes: usize,
    then: Option<Error>,
}

impl Body {
    pub(super) fn new(bytes: Vec<u8>, read_bytes: usize) -> Self {
        Self { bytes: io::Cursor::new(bytes), read_bytes, then: None }
    }

    pub(super) fn then(mut self, error: Option<Error>) -> Self {
        self.then = error;
        self
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(self.read_bytes);
        let given = self.bytes.read(&mut buffer[..wanted])?;
        match &self.then {
            Some(error) if given == 0 && wanted > 0 => Err(error.clone().into()),
            _ => Ok(given),
        }
    }
}
