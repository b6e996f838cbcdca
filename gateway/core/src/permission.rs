//! The one decision function: may this principal do this to that?
//!
//! Until sign-on exists there is one principal, `local`, who may do everything
//! that a gateway on loopback offers.

use crate::Error;
use crate::asset::{ArchiveId, Asset};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Whoever reaches the gateway over loopback.
    Local,
}

/// What they want to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Action {
    Search,
    ReadRecord,
    ReadBytes,
    ListArchives,
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
}

/// Decides. Every surface asks this and nothing else, and lists are filtered by it.
///
/// # Errors
///
/// [`Error::PermissionDenied`] with the rule that said so.
pub fn decide(principal: &Principal, action: Action, resource: Resource<'_>) -> Result<(), Error> {
    match (principal, action, resource) {
        (Principal::Local, _, _) => Ok(()),
    }
}
