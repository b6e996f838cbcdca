//! Byte streams as a plugin uses them: for FTP and whatever else is no HTTP.

use crate::bindings::archway::host::tcp as wit;
use crate::types::Error;

pub use wit::{SecretPart, Security as TcpSecurity};

/// An open byte stream to a granted host. Dropping it closes it.
///
/// The gateway ends TLS, so what is read and written here is always plain.
pub trait TcpConnection {
    /// Opens a second stream to this peer's address, on a port that it named in its last
    /// replies (FTP `PASV`, `EPSV`). Needs no grant of its own, and shares TLS sessions.
    fn connect_related(
        &self,
        port: u16,
        security: TcpSecurity,
    ) -> Result<Box<dyn TcpConnection>, Error>;
    /// Goes on in TLS (`AUTH TLS`, RFC 4217).
    fn start_tls(&mut self) -> Result<(), Error>;
    /// Waits for bytes and gives at most `max_bytes`; empty means that the peer has closed.
    fn read(&mut self, max_bytes: u32) -> Result<Vec<u8>, Error>;
    /// Writes all of it.
    fn write(&mut self, content: &[u8]) -> Result<(), Error>;
    /// Writes `before`, one part of the slot's credential, then `after`: `USER ` or `PASS `,
    /// and a line break. A plugin never sees what is between them.
    fn write_credential(
        &mut self,
        slot: &str,
        before: &str,
        part: SecretPart,
        after: &str,
    ) -> Result<(), Error>;
    /// Nothing more will be written; what the peer still says can be read.
    fn finish(&mut self) -> Result<(), Error>;
}

/// Opens a stream through the gateway.
pub(crate) fn connect(
    host: &str,
    port: u16,
    security: TcpSecurity,
) -> Result<Box<dyn TcpConnection>, Error> {
    Ok(Box::new(wit::Connection::connect(host, port, security)?))
}

impl TcpConnection for wit::Connection {
    fn connect_related(
        &self,
        port: u16,
        security: TcpSecurity,
    ) -> Result<Box<dyn TcpConnection>, Error> {
        Ok(Box::new(Self::connect_related(self, port, security)?))
    }

    fn start_tls(&mut self) -> Result<(), Error> {
        Self::start_tls(self)
    }

    fn read(&mut self, max_bytes: u32) -> Result<Vec<u8>, Error> {
        Self::read(self, max_bytes)
    }

    fn write(&mut self, content: &[u8]) -> Result<(), Error> {
        Self::write(self, content)
    }

    fn write_credential(
        &mut self,
        slot: &str,
        before: &str,
        part: SecretPart,
        after: &str,
    ) -> Result<(), Error> {
        Self::write_credential(self, slot, before, part, after)
    }

    fn finish(&mut self) -> Result<(), Error> {
        Self::finish(self)
    }
}
