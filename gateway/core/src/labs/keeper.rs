//! Where labs, their events and the ledger are kept. Implemented by `gateway/store`.

use async_trait::async_trait;

use super::{Lab, LabEvent, LabId};
use crate::Error;
use crate::coverage::Instant;
use crate::owner::{Owner, Quota, Usage};

/// A lab that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Reserved {
    /// Written now, its quota reserved.
    New(Lab),
    /// The same key was used before by the same owner: the lab made then, as it is now.
    Before(Lab),
}

/// What is counted in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargeKind {
    /// Cores times hours.
    CoreHours,
    /// Memory times hours.
    GibHours,
    /// 10⁹ bytes of volumes times days.
    GbDays,
}

impl ChargeKind {
    /// The word in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::CoreHours => "core-hours",
            Self::GibHours => "gib-hours",
            Self::GbDays => "gb-days",
        }
    }
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Charge {
    /// Who.
    pub owner: Owner,
    /// Id of the lab or volume; `space/` and the owner for the owner's own space.
    pub of: String,
    /// What.
    pub kind: ChargeKind,
    /// How much.
    pub amount: f64,
    /// From when.
    pub from: Instant,
    /// Until when.
    pub until: Instant,
}

/// What is acknowledged here survives a kill of the gateway at any time.
#[async_trait]
pub trait LabKeeper: Send + Sync {
    /// Writes a new lab if the owner's quota has room for it beside the owner's labs that have
    /// not ended, and the owner has not too many bytes ([`Usage::too_many_bytes`]), in one
    /// transaction, whoever else asks at the same moment. A key is a name and a fingerprint of
    /// the request.
    ///
    /// # Errors
    ///
    /// [`Error::QuotaExceeded`] naming the limit and the labs that use it; [`Error::Conflict`]
    /// for a key that was used for another request.
    async fn reserve(
        &self,
        lab: &Lab,
        key: Option<(&str, &str)>,
        quota: &Quota,
    ) -> Result<Reserved, Error>;
    /// The lab of that id, whoever owns it.
    async fn lab(&self, id: &LabId) -> Result<Option<Lab>, Error>;
    /// Labs of an owner, newest first, at most `most`; with `running` only those that have not ended.
    async fn labs(&self, owner: &Owner, running: bool, most: u32) -> Result<Vec<Lab>, Error>;
    /// All labs of all owners that have not ended.
    async fn running_labs(&self) -> Result<Vec<Lab>, Error>;
    /// Writes it, with an event if there is one, if nobody else did since it was read, and raises
    /// `revision` by one; `false` if somebody did, or if it was removed. The event's number is given here.
    async fn save_lab(&self, lab: &Lab, event: Option<&LabEvent>) -> Result<bool, Error>;
    /// Adds an event without changing the lab.
    async fn add_event(&self, id: &LabId, event: &LabEvent) -> Result<(), Error>;
    /// Events behind that number, in their order, at most 1,000.
    async fn events(&self, id: &LabId, after: u64) -> Result<Vec<LabEvent>, Error>;
    /// Removes a lab that has ended, and its events; `false` if it was not there.
    async fn remove_lab(&self, id: &LabId) -> Result<bool, Error>;
    /// What the owner has at the moment; volumes and the owner's own space too.
    async fn usage(&self, owner: &Owner) -> Result<Usage, Error>;
    /// Adds lines to the ledger; one with the same `of`, kind and `from` replaces the one before.
    async fn charge(&self, charges: &[Charge]) -> Result<(), Error>;
    /// The owner's lines that reach into a time, oldest first, at most 10,000.
    async fn ledger(
        &self,
        owner: &Owner,
        from: Instant,
        until: Instant,
    ) -> Result<Vec<Charge>, Error>;
}
