//! hyper's clients of one archive: one that shows no certificate, one for each that is shown.
//!
//! Called by `egress.rs` and `downloads.rs`.
//!
//! Rule that holds here and nowhere else: a connection on which a certificate was shown, or a
//! TLS session that began with it, serves only requests that name its slot.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connector::{Connector, Dialer};
use crate::credentials::Credentials;

/// What hyper may hold of one connection before it is asked for.
pub(super) const READ_AHEAD_BYTES: usize = 256 * 1024;
/// Most bytes of a response's head.
const MOST_HEAD_BYTES: u32 = 64 * 1024;

/// The clients of one archive.
#[derive(Debug)]
pub(super) struct Clients {
    bare: Client<Connector, Full<Bytes>>,
    /// By the slot of the certificate.
    showing: BTreeMap<String, Client<Connector, Full<Bytes>>>,
}

impl Clients {
    /// Over `dialer` by the protocols of `connector`.
    pub(super) fn new(
        dialer: &Dialer,
        credentials: &Credentials,
        connector: fn(Dialer) -> Connector,
        read_ahead_bytes: usize,
    ) -> Self {
        let showing = credentials.slots().filter_map(|slot| {
            let dialer = dialer.showing(slot.identity()?);
            Some((slot.name().to_owned(), client(connector(dialer), read_ahead_bytes)))
        });
        Self {
            bare: client(connector(dialer.clone()), read_ahead_bytes),
            showing: showing.collect(),
        }
    }

    /// The client for a request that names `slot`, which was checked for its host.
    pub(super) fn showing(&self, slot: Option<&str>) -> &Client<Connector, Full<Bytes>> {
        slot.and_then(|slot| self.showing.get(slot)).unwrap_or(&self.bare)
    }
}

fn client(connector: Connector, read_ahead_bytes: usize) -> Client<Connector, Full<Bytes>> {
    // hyper sends a request again by itself only if a pooled connection closed before a byte of
    // it was written; that is not a second request.
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(60))
        .pool_max_idle_per_host(4)
        .http1_max_buf_size(read_ahead_bytes)
        .http2_initial_stream_window_size(1024 * 1024)
        .http2_initial_connection_window_size(4 * 1024 * 1024)
        .http2_max_header_list_size(MOST_HEAD_BYTES)
        .build(connector)
}
