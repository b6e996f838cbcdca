//! The one decision function: may this principal do this to that?
//!
//! Until sign-on exists there is one principal, `local`, who may do everything
//! that a gateway on loopback offers.

use crate::Error;
use crate::asset::{ArchiveId, Asset};
use crate::owner::Owner;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Whoever reaches the gateway over loopback.
    Local,
}

impl Principal {
    /// In whose name work goes on that was asked for under this one.
    pub fn on_behalf_of(_owner: &Owner) -> Self {
        Self::Local
    }

    /// Under which name what they make is kept.
    pub fn owner(&self) -> Owner {
        match self {
            Self::Local => Owner("local".to_owned()),
        }
    }

    /// Whoever that owner is, for what the gateway goes on with in their absence; `None` for one
    /// that nobody is any more.
    pub fn of(owner: &Owner) -> Option<Self> {
        [Self::Local].into_iter().find(|principal| principal.owner() == *owner)
    }
}

/// What they want to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Action {
    Search,
    ReadRecord,
    ReadBytes,
    ListArchives,
    MakeVolume,
    UseVolume,
    LaunchLab,
    UseLab,
}

/// To what.
#[derive(Clone, Copy, Debug)]
pub enum Resource<'a> {
    /// The gateway as a whole.
    Gateway,
    /// An archive.
    Archive(&'a ArchiveId),
    /// A record.
    Asset(&'a Asset),
    /// Something that belongs to somebody: a volume, a lab, a selection.
    OwnedBy(&'a Owner),
}

/// Decides. Every surface asks this and nothing else, and lists are filtered by it.
///
/// # Errors
///
/// [`Error::PermissionDenied`] with the rule that said so.
pub fn decide(principal: &Principal, action: Action, resource: Resource<'_>) -> Result<(), Error> {
    match (principal, action, resource) {
        (_, _, Resource::OwnedBy(owner)) if *owner != principal.owner() => {
            Err(Error::PermissionDenied { reason: "it belongs to somebody else".to_owned() })
        }
        (Principal::Local, _, _) => Ok(()),
    }
}
