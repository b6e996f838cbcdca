//! Explicit TLS (RFC 4217, 4) over libunftp 0.24 without its race.
//!
//! It answers `AUTH TLS` before its control loop has given up reading plain commands. A client
//! whose handshake comes at once, as on loopback, is now and then read as a command and
//! answered in plain text. So what follows `AUTH` is held here until libunftp logs that it
//! upgrades the connection.

use std::sync::Arc;

use slog::{Drain, Logger, Never, OwnedKVList, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Enough for a command; a longer one comes in pieces.
const COMMAND_BYTES: usize = 4096;

/// What libunftp logs when it no longer reads plain commands.
const UPGRADING: &str = "Upgrading control channel to TLS";

/// Told once by a session of libunftp.
#[derive(Clone, Debug, Default)]
pub(super) struct Upgrading(Arc<Notify>);

impl Upgrading {
    /// For the session whose upgrade is awaited.
    pub(super) fn logger(&self) -> Logger {
        Logger::root(self.clone(), slog::o!())
    }

    /// Carries a control connection both ways until either end closes.
    pub(super) async fn relay(self, mut client: TcpStream, mut server: TcpStream) {
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let questions = async {
            let mut command = [0; COMMAND_BYTES];
            loop {
                let read = from_client.read(&mut command).await?;
                if read == 0 {
                    return to_server.shutdown().await;
                }
                to_server.write_all(&command[..read]).await?;
                if command[..read].trim_ascii().eq_ignore_ascii_case(b"AUTH TLS") {
                    self.0.notified().await;
                    return tokio::io::copy(&mut from_client, &mut to_server).await.map(drop);
                }
            }
        };
        // How a connection ends is the client's business.
        tokio::select! {
            _ = questions => {}
            _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
        }
    }
}

impl Drain for Upgrading {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, _: &OwnedKVList) -> Result<(), Never> {
        if record.msg().to_string() == UPGRADING {
            self.0.notify_one();
        }
        Ok(())
    }
}
