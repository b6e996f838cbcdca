//! Where the sessions of browsers in labs are kept, so that they outlive a restart of the gateway
//! as the labs do.
//!
//! Called by `proxy.rs`. Rules: a secret is never kept, only its hash; what was revoked is not
//! there after a restart.

use archway_core::Error;
use archway_core::coverage::Instant;
use archway_core::owner::Owner;
use async_trait::async_trait;

/// A session as it is kept: it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSession {
    /// SHA-256 of the cookie.
    pub hash: [u8; 32],
    /// In which lab.
    pub lab: String,
    /// Whose it is.
    pub owner: Owner,
    /// Since when.
    pub opened: Instant,
    /// Until when at the longest.
    pub until: Instant,
}

/// Keeps sessions; those of a lab that is deleted go with it.
#[async_trait]
pub trait SessionKeeper: Send + Sync {
    /// Writes one that is new.
    async fn save(&self, session: &KeptSession) -> Result<(), Error>;
    /// Removes the one with that hash, if it is there.
    async fn remove(&self, hash: &[u8; 32]) -> Result<(), Error>;
    /// Removes all of an owner.
    async fn remove_of(&self, owner: &Owner) -> Result<(), Error>;
    /// Those that go on beyond `now`.
    async fn all(&self, now: Instant) -> Result<Vec<KeptSession>, Error>;
}

/// Keeps nothing: after a restart everybody enters anew.
#[derive(Debug)]
pub(super) struct Forgetful;

#[async_trait]
impl SessionKeeper for Forgetful {
    async fn save(&self, _: &KeptSession) -> Result<(), Error> {
        Ok(())
    }

    async fn remove(&self, _: &[u8; 32]) -> Result<(), Error> {
        Ok(())
    }

    async fn remove_of(&self, _: &Owner) -> Result<(), Error> {
        Ok(())
    }

    async fn all(&self, _: Instant) -> Result<Vec<KeptSession>, Error> {
        Ok(Vec::new())
    }
}
