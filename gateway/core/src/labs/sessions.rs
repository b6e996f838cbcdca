//! Sessions of browsers in labs, as they are kept, so that they outlive a restart of the gateway
//! as the labs do.
//!
//! Called by the lab proxy. Rules: a secret is never kept, only its hash; what was revoked is not
//! there after a restart.

use async_trait::async_trait;

use super::LabId;
use crate::Error;
use crate::coverage::Instant;
use crate::owner::Owner;

/// A browser in a lab; it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabSession {
    /// SHA-256 of its cookie.
    pub hash: [u8; 32],
    /// The lab it entered.
    pub lab: LabId,
    /// Whose it is.
    pub owner: Owner,
    /// When it entered.
    pub opened: Instant,
    /// When it must enter anew.
    pub until: Instant,
}

/// Keeps sessions; those of a lab that is deleted go with it.
#[async_trait]
pub trait SessionKeeper: Send + Sync {
    /// Keeps a session that was opened just now.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such lab.
    async fn save_lab_session(&self, session: &LabSession) -> Result<(), Error>;

    /// Removes the one with that hash, if it is there.
    async fn remove_lab_session(&self, hash: &[u8; 32]) -> Result<(), Error>;

    /// Removes all of an owner.
    async fn remove_lab_sessions_of(&self, owner: &Owner) -> Result<(), Error>;

    /// Those that go on beyond `now`, the latest first.
    async fn lab_sessions(&self, now: Instant) -> Result<Vec<LabSession>, Error>;
}
