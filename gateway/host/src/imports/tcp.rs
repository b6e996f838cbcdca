//! `archway:host/tcp`: byte streams to granted hosts, for FTP and the like.
//!
//! Called by the guest. Calls the egress broker. A refusal is a value; every wait ends at the
//! call's deadline; a connection closes with its handle, and all of them with the instance.
//!
//! Not here: what may be reached, TLS, credentials (`egress/tcp.rs`).

use wasmtime::component::Resource;

use super::refusal;
use crate::abi::v0_1::archway::host::tcp::{Host, HostConnection, SecretPart, Security};
use crate::abi::v0_1::archway::host::types::Error;
use crate::credentials::LoginPart;
use crate::egress;
use crate::instance::State;

mod watched;

use watched::Watched;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// Most bytes that one `read` gives.
const MOST_READ_BYTES: u32 = 1024 * 1024;

/// An open stream. Dropping it closes it.
#[expect(unreachable_pub, reason = "the generated binding names it as public")]
pub struct Connection {
    inner: egress::Connection,
    watched: Option<Watched>,
}

impl Host for State {}

impl HostConnection for State {
    async fn connect(
        &mut self,
        host: String,
        port: u16,
        security: Security,
    ) -> Answer<Resource<Connection>> {
        self.budget.host_call()?;
        if !self.budget.request() {
            return Ok(Err(refusal::no_more_requests(self.surroundings.limits.requests)));
        }
        let egress = self.surroundings.egress.clone();
        let security = secured(security);
        let connecting = egress.connect(&host, port, security, self.budget.deadline);
        let watched = Watched::new(&self.surroundings.observer, &host, port, security);
        let connected = self.budget.wait(connecting).await;
        if let (Some(watched), Err(error)) = (&watched, &connected) {
            watched.refused(error);
        }
        self.connected(connected, watched, || format!("{host}:{port}"))
    }

    async fn connect_related(
        &mut self,
        connection: Resource<Connection>,
        port: u16,
        security: Security,
    ) -> Answer<Resource<Connection>> {
        self.budget.host_call()?;
        if !self.budget.request() {
            return Ok(Err(refusal::no_more_requests(self.surroundings.limits.requests)));
        }
        let control = self.table.get(&connection)?;
        let security = secured(security);
        let connecting = control.inner.connect_related(port, security, self.budget.deadline);
        let connected = self.budget.wait(connecting).await;
        let watched =
            control.watched.as_ref().map(|control| control.related(port, security, &connected));
        self.connected(connected, watched, || format!("port {port} of the same host"))
    }

    async fn start_tls(&mut self, connection: Resource<Connection>) -> Answer<()> {
        self.budget.host_call()?;
        let (deadline, connection) = (self.budget.deadline, self.table.get_mut(&connection)?);
        let started = self.budget.wait(connection.inner.start_tls(deadline)).await;
        if let Some(watched) = &connection.watched {
            watched.started_tls(&started);
        }
        Ok(started.map_err(refusal::of))
    }

    async fn read(&mut self, connection: Resource<Connection>, max_bytes: u32) -> Answer<Vec<u8>> {
        self.budget.host_call()?;
        let most = max_bytes.min(MOST_READ_BYTES) as usize;
        let (deadline, connection) = (self.budget.deadline, self.table.get_mut(&connection)?);
        let read = self.budget.wait(connection.inner.read(most, deadline)).await;
        if let Some(watched) = &connection.watched {
            watched.read(&read);
        }
        Ok(read.map(Vec::from).map_err(refusal::of))
    }

    async fn write(&mut self, connection: Resource<Connection>, content: Vec<u8>) -> Answer<()> {
        self.budget.host_call()?;
        let (deadline, connection) = (self.budget.deadline, self.table.get_mut(&connection)?);
        let written = self.budget.wait(connection.inner.write(&content, deadline)).await;
        if let Some(watched) = &connection.watched {
            watched.wrote(&content, &written);
        }
        Ok(written.map_err(refusal::of))
    }

    async fn write_credential(
        &mut self,
        connection: Resource<Connection>,
        slot: String,
        before: String,
        part: SecretPart,
        after: String,
    ) -> Answer<()> {
        self.budget.host_call()?;
        let part = match part {
            SecretPart::User => LoginPart::User,
            SecretPart::Secret => LoginPart::Secret,
        };
        let (deadline, connection) = (self.budget.deadline, self.table.get_mut(&connection)?);
        let writing = connection.inner.write_credential(&slot, &before, part, &after, deadline);
        let written = self.budget.wait(writing).await;
        if let Some(watched) = &connection.watched {
            watched.wrote_credential(&slot, &before, part, &written);
        }
        Ok(written.map_err(refusal::of))
    }

    async fn finish(&mut self, connection: Resource<Connection>) -> Answer<()> {
        self.budget.host_call()?;
        let (deadline, connection) = (self.budget.deadline, self.table.get_mut(&connection)?);
        let finished = self.budget.wait(connection.inner.finish(deadline)).await;
        if let Some(watched) = &connection.watched {
            watched.finished(&finished);
        }
        Ok(finished.map_err(refusal::of))
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl State {
    fn connected(
        &mut self,
        connected: Result<egress::Connection, egress::Error>,
        watched: Option<Watched>,
        target: impl Fn() -> String,
    ) -> Answer<Resource<Connection>> {
        match connected {
            Ok(inner) => Ok(Ok(self.keep(Connection { inner, watched })?)),
            Err(error) => {
                if let Some(reason) = refusal::forbidden(&error) {
                    super::log::refused(&self.surroundings, &target(), &reason);
                }
                Ok(Err(refusal::of(error)))
            }
        }
    }
}

fn secured(security: Security) -> egress::Security {
    match security {
        Security::Plain => egress::Security::Plain,
        Security::Tls => egress::Security::Tls,
    }
}
