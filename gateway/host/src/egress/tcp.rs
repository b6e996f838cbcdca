//! Byte streams to granted hosts, for FTP and the like.
//!
//! Called by `imports/tcp.rs`. The same checks as for HTTP: grant (`grants.tcp`), addresses,
//! places, pace, breaker. TLS ends here, so a plugin sees plain bytes and no keys.
//!
//! Rules that hold here and nowhere else:
//!
//! - A further connection goes to the very address of its control connection, and to a port
//!   that the peer has named in a reply to PASV or EPSV (`tcp/ports.rs`). The address in such a
//!   reply is ignored: that is how FTP servers were made to scan networks (CVE-2020-8284).
//! - A credential is written as the argument of `USER` or `PASS` only: in any other command a
//!   server would echo it in its reply.
//! - TLS that ends without saying so is a lost connection, not an end.
//! - Nothing is repeated here: what was said on a stream cannot be unsaid.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::attempt::left_alone;
use super::breaker::Verdict;
use super::connector::cause;
use super::error::{Error, OutageReason, RefusalReason};
use super::metrics::Event;
use super::{Broker, Egress};
use crate::credentials::{Channel, LoginPart, Scheme};
use crate::grants::{Denial, Endpoint, List};

mod ports;

use ports::NamedPorts;

/// Most bytes given by one read: as many as a piece on its way to a client has, because each
/// crossing of the sandbox costs more than the copy.
const READ_BYTES: usize = 256 * 1024;

/// Whether a stream is readable for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// As it is.
    Plain,
    /// TLS from the first byte.
    Tls,
}

type Stream = Either<TcpStream, TlsStream<TcpStream>>;

/// One byte stream. Dropping it closes it.
#[derive(Debug)]
pub struct Connection {
    broker: Arc<Broker>,
    endpoint: Endpoint,
    /// Where it leads, also behind a proxy.
    peer: SocketAddr,
    /// `None` once a change of the stream itself has failed.
    stream: Option<Stream>,
    /// `None` on a further connection, whose bytes are data and name nothing.
    named: Option<NamedPorts>,
    /// Shared with the further connections, which need no place of their own: else control
    /// connections could take all places and wait for each other.
    places: Arc<Vec<OwnedSemaphorePermit>>,
}

impl Egress {
    /// Opens a byte stream.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] and [`Error::Invalid`] before anything is sent, else
    /// [`Error::Unavailable`].
    pub async fn connect(
        &self,
        host: &str,
        port: u16,
        security: Security,
        deadline: Instant,
    ) -> Result<Connection, Error> {
        let broker = Arc::clone(&self.0);
        let connected = Connection::open(&broker, host, port, security, deadline).await;
        connected.map_err(|error| broker.report(error))
    }
}

impl Connection {
    async fn open(
        broker: &Arc<Broker>,
        host: &str,
        port: u16,
        security: Security,
        deadline: Instant,
    ) -> Result<Self, Error> {
        let endpoint = Endpoint::new(host, port).ok_or_else(|| {
            Error::invalid("host", format!("`{}` is not a host", host.escape_debug()))
        })?;
        broker.grants.check(List::Tcp, &endpoint)?;
        let upstream = broker.upstreams.of(&endpoint)?;
        if let Some(shut) = upstream.breaker.shut() {
            return Err(left_alone(&endpoint, shut));
        }
        let places = Arc::new(broker.turn(&upstream, deadline).await?);
        let pass = upstream.breaker.admit().map_err(|shut| left_alone(&endpoint, shut))?;
        broker.metrics.count(Event::Request);
        let connected = async {
            let (stream, peer) = broker.dialer.dial(List::Tcp, &endpoint).await?;
            Ok::<_, Error>((secure(broker, &endpoint, stream, security).await?, peer))
        };
        let outcome = match timeout_at(deadline, connected).await {
            Ok(outcome) => outcome,
            Err(_) => Err(silent(&endpoint)),
        };
        match &outcome {
            Ok(_) => broker.conclude(&endpoint, pass, Verdict::Answered),
            Err(Error::Unavailable { reason, .. }) => {
                broker.conclude(&endpoint, pass, Verdict::Failed(*reason));
            }
            // Refused by us, which tells nothing about the host.
            Err(
                Error::Denied(_)
                | Error::Invalid { .. }
                | Error::Unauthorised { .. }
                | Error::Malformed { .. }
                | Error::Exhausted { .. },
            ) => {}
        }
        let (stream, peer) = outcome?;
        let (broker, named) = (Arc::clone(broker), Some(NamedPorts::default()));
        Ok(Self { broker, endpoint, peer, stream: Some(stream), named, places })
    }

    /// Opens a further connection to the same address, on a port that the peer has named on
    /// this one. TLS sessions are shared with it.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] if the peer did not name the port, else those of [`Egress::connect`].
    pub async fn connect_related(
        &self,
        port: u16,
        security: Security,
        deadline: Instant,
    ) -> Result<Self, Error> {
        let (broker, peer) = (&self.broker, self.endpoint.clone());
        if !self.named.as_ref().is_some_and(|named| named.contain(port)) {
            return Err(broker.report(Denial::PortNotNamed { peer, port }.into()));
        }
        let address = SocketAddr::new(self.peer.ip(), port);
        let connected = async {
            let stream = broker.dialer.dial_peer(&self.endpoint, address).await?;
            secure(broker, &self.endpoint, stream, security).await
        };
        let outcome = match timeout_at(deadline, connected).await {
            Ok(outcome) => outcome,
            Err(_) => Err(silent(&self.endpoint)),
        };
        Ok(Self {
            broker: Arc::clone(broker),
            endpoint: self.endpoint.clone(),
            peer: address,
            stream: Some(outcome.map_err(|error| broker.report(error))?),
            named: None,
            places: Arc::clone(&self.places),
        })
    }

    /// Goes on in TLS (`AUTH TLS`, RFC 4217).
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if it is TLS already. After a failed handshake the stream is closed.
    pub async fn start_tls(&mut self, deadline: Instant) -> Result<(), Error> {
        let plain = match self.stream.take() {
            Some(Either::Left(plain)) => plain,
            Some(tls @ Either::Right(_)) => {
                self.stream = Some(tls);
                return Err(Error::invalid("start-tls", "the stream is in TLS already"));
            }
            None => return Err(lost(&self.endpoint, &closed())),
        };
        if let Some(named) = &mut self.named {
            // What came readable must not count as said in private.
            *named = NamedPorts::default();
        }
        let secured = secure(&self.broker, &self.endpoint, plain, Security::Tls);
        let secured = timeout_at(deadline, secured).await.map_err(|_| silent(&self.endpoint))?;
        self.stream = Some(secured?);
        Ok(())
    }

    /// Up to `max_bytes` (at least 1); empty means that the peer has closed.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the connection is lost, or silent until `deadline` or the
    /// archive's idle timeout.
    pub async fn read(&mut self, max_bytes: usize, deadline: Instant) -> Result<Bytes, Error> {
        let until = deadline.min(Instant::now() + self.broker.limits.idle_timeout);
        let room = max_bytes.clamp(1, READ_BYTES);
        let mut piece = BytesMut::with_capacity(room);
        let stream = self.stream.as_mut().ok_or_else(|| lost(&self.endpoint, &closed()))?;
        let mut limited = stream.take(room as u64);
        let read = timeout_at(until, limited.read_buf(&mut piece)).await;
        read.map_err(|_| silent(&self.endpoint))?.map_err(|e| lost(&self.endpoint, &e))?;
        self.broker.metrics.received(piece.len());
        if let Some(named) = &mut self.named {
            named.listen(&piece);
        }
        Ok(piece.freeze())
    }

    /// Writes all of `content`.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the connection is lost, or the peer takes nothing until
    /// `deadline`. How much was written then is not known.
    pub async fn write(&mut self, content: &[u8], deadline: Instant) -> Result<(), Error> {
        let stream = self.stream.as_mut().ok_or_else(|| lost(&self.endpoint, &closed()))?;
        let written = timeout_at(deadline, async {
            stream.write_all(content).await?;
            stream.flush().await
        });
        written.await.map_err(|_| silent(&self.endpoint))?.map_err(|e| lost(&self.endpoint, &e))?;
        self.broker.metrics.sent(content.len());
        Ok(())
    }

    /// Writes `before`, one part of the slot's credential, then `after`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] unless the line is `USER …` or `PASS …` with the part it wants;
    /// [`Error::Unauthorised`] or [`Error::Denied`] if the slot may not be used here.
    pub async fn write_credential(
        &mut self,
        slot: &str,
        before: &str,
        part: LoginPart,
        after: &str,
        deadline: Instant,
    ) -> Result<(), Error> {
        let line = self.credential_line(slot, before, part, after);
        let line = line.map_err(|error| self.broker.report(error))?;
        self.write(line.as_bytes(), deadline).await
    }

    fn credential_line(
        &self,
        slot: &str,
        before: &str,
        part: LoginPart,
        after: &str,
    ) -> Result<String, Error> {
        let command = match part {
            LoginPart::User => "USER ",
            LoginPart::Secret => "PASS ",
        };
        if !before.eq_ignore_ascii_case(command) || after != "\r\n" {
            let message = format!(
                "the {} is written as `{command}…` and a line break, not after `{}` and before `{}`",
                if part == LoginPart::User { "user" } else { "secret" },
                before.escape_debug(),
                after.escape_debug()
            );
            return Err(Error::invalid("write-credential", message));
        }
        let channel = match &self.stream {
            Some(Either::Right(_)) => Channel::Tls,
            Some(Either::Left(_)) | None => Channel::Plain,
        };
        let found = self.broker.credentials.slot_for(slot, &self.endpoint, channel)?;
        let text = found.login_part(part).ok_or_else(|| Error::Unauthorised {
            slot: slot.to_owned(),
            reason: RefusalReason::CredentialRefused,
            message: format!(
                "credential slot `{slot}` is of scheme {}; a dialogue wants {}",
                found.scheme().name(),
                Scheme::Login.name()
            ),
        })?;
        Ok(format!("{before}{text}{after}"))
    }

    /// Says that nothing more will be written.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the connection is lost.
    pub async fn finish(&mut self, deadline: Instant) -> Result<(), Error> {
        let stream = self.stream.as_mut().ok_or_else(|| lost(&self.endpoint, &closed()))?;
        timeout_at(deadline, stream.shutdown())
            .await
            .map_err(|_| silent(&self.endpoint))?
            .map_err(|e| lost(&self.endpoint, &e))
    }
}

/// Does the handshake if one is wanted, within the connect timeout.
async fn secure(
    broker: &Broker,
    endpoint: &Endpoint,
    stream: TcpStream,
    security: Security,
) -> Result<Stream, Error> {
    if security == Security::Plain {
        return Ok(Either::Left(stream));
    }
    let name = match endpoint.literal() {
        Some(ip) => ServerName::IpAddress(ip.into()),
        None => ServerName::try_from(endpoint.host().to_owned()).map_err(|_| {
            Error::invalid("host", format!("`{}` has no certificate", endpoint.host()))
        })?,
    };
    let timeout: Duration = broker.limits.connect_timeout;
    let handshake = TlsConnector::from(broker.dialer.tls()).connect(name, stream);
    match tokio::time::timeout(timeout, handshake).await {
        Ok(Ok(tls)) => Ok(Either::Right(tls)),
        Ok(Err(e)) => Err(lost(endpoint, &e)),
        Err(_) => Err(broker.dialer.late(endpoint).into()),
    }
}

fn lost(endpoint: &Endpoint, error: &io::Error) -> Error {
    if let Some(tls) = cause::<rustls::Error>(error) {
        return Error::outage(OutageReason::TlsFailed, format!("TLS with {endpoint}: {tls}"));
    }
    let message = format!("the connection to {endpoint} was lost: {error}");
    Error::outage(OutageReason::ConnectionLost, message)
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "it was closed after a failed handshake")
}

fn silent(endpoint: &Endpoint) -> Error {
    Error::outage(OutageReason::TimedOut, format!("{endpoint} was silent for too long"))
}
