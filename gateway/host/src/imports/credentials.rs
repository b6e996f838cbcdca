//! `archway:host/credentials`: the names of the slots, never what is in them.

use crate::abi::v0_1::archway::host::credentials::{Host, Scheme, Slot};
use crate::credentials;
use crate::instance::State;

impl Host for State {
    async fn slots(&mut self) -> wasmtime::Result<Vec<Slot>> {
        self.budget.host_call()?;
        let slots = self.surroundings.egress.credentials().slots();
        let shown = slots.map(|slot| Slot {
            name: slot.name().to_owned(),
            scheme: scheme(slot.scheme()),
            filled: slot.filled(),
            hosts: slot.hosts().patterns().collect(),
        });
        Ok(shown.collect())
    }
}

fn scheme(scheme: credentials::Scheme) -> Scheme {
    match scheme {
        credentials::Scheme::Basic => Scheme::Basic,
        credentials::Scheme::Bearer => Scheme::Bearer,
        credentials::Scheme::Header => Scheme::Header,
        credentials::Scheme::QueryParameter => Scheme::QueryParameter,
        credentials::Scheme::SessionCookie => Scheme::SessionCookie,
        credentials::Scheme::Oauth2 => Scheme::Oauth2,
        credentials::Scheme::ClientCertificate => Scheme::ClientCertificate,
        credentials::Scheme::S3 => Scheme::S3,
        credentials::Scheme::Login => Scheme::Login,
    }
}
