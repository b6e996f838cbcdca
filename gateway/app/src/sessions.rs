//! Sessions of browsers in labs, in the store.
//!
//! Called by the lab proxy. Contains no rule: the proxy's own shape and the store's are one.

use std::sync::Arc;

use archway_core::Error;
use archway_core::coverage::Instant;
use archway_core::labs::LabId;
use archway_core::owner::Owner;
use archway_store::{LabSession, Store};
use archway_web::{KeptSession, SessionKeeper};
use async_trait::async_trait;

/// Where they are kept.
pub(crate) struct KeptSessions(pub(crate) Arc<Store>);

#[async_trait]
impl SessionKeeper for KeptSessions {
    async fn save(&self, session: &KeptSession) -> Result<(), Error> {
        let KeptSession { hash, lab, owner, opened, until } = session.clone();
        let session = LabSession { hash, lab: LabId(lab), owner, opened, until };
        self.0.save_lab_session(&session).await
    }

    async fn remove(&self, hash: &[u8; 32]) -> Result<(), Error> {
        self.0.remove_lab_session(hash).await
    }

    async fn remove_of(&self, owner: &Owner) -> Result<(), Error> {
        self.0.remove_lab_sessions_of(owner).await
    }

    async fn all(&self, now: Instant) -> Result<Vec<KeptSession>, Error> {
        let kept = self.0.lab_sessions(now).await?;
        let shape = |LabSession { hash, lab, owner, opened, until }| KeptSession {
            hash,
            lab: lab.0,
            owner,
            opened,
            until,
        };
        Ok(kept.into_iter().map(shape).collect())
    }
}
