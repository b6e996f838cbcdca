//! Where no sessions are kept.

use archway_core::Error;
use archway_core::coverage::Instant;
use archway_core::labs::{LabSession, SessionKeeper};
use archway_core::owner::Owner;
use async_trait::async_trait;

/// Keeps nothing: after a restart everybody enters anew.
#[derive(Debug)]
pub(super) struct Forgetful;

#[async_trait]
impl SessionKeeper for Forgetful {
    async fn save_lab_session(&self, _: &LabSession) -> Result<(), Error> {
        Ok(())
    }

    async fn remove_lab_session(&self, _: &[u8; 32]) -> Result<(), Error> {
        Ok(())
    }

    async fn remove_lab_sessions_of(&self, _: &Owner) -> Result<(), Error> {
        Ok(())
    }

    async fn lab_sessions(&self, _: Instant) -> Result<Vec<LabSession>, Error> {
        Ok(Vec::new())
    }
}
