//! One asset by its id, and the ways to its bytes.
//!
//! Called by `/api/v1/assets/{id}`, `DataLink` and the portal. Calls [`Archive::look_up`]
//! and [`Archive::access`].
//!
//! Not here: streaming the bytes (`delivery.rs`), finding assets (`discovery.rs`).
//!
//! [`Archive::look_up`]: crate::archive::Archive::look_up
//! [`Archive::access`]: crate::archive::Archive::access

use tokio::time::{Duration, timeout};

use crate::Error;
use crate::access::Way;
use crate::archive::LookUp;
use crate::archives::Archives;
use crate::asset::{Asset, AssetId};
use crate::permission::{Action, Principal, Resource, decide};

/// The record of an asset.
///
/// # Errors
///
/// [`Error::ArchiveNotFound`] and [`Error::AssetNotFound`]; [`Error::PermissionDenied`];
/// [`Error::Timeout`] after `within`; else what the archive says.
pub async fn asset(
    archives: &Archives,
    principal: &Principal,
    id: &AssetId,
    within: Duration,
) -> Result<Asset, Error> {
    let archive = archives.find(&id.archive)?;
    decide(principal, Action::ReadRecord, Resource::Archive(&id.archive))?;
    let look_up = LookUp::NativeId(id.native.clone());
    let mut asset = timeout(within, archive.look_up(&look_up))
        .await
        .map_err(|_| Error::Timeout { archive: id.archive.clone(), after: within })??;
    // The id is what the caller asked by, whatever spelling the archive answers with.
    asset.id = id.clone();
    decide(principal, Action::ReadRecord, Resource::Asset(&asset))?;
    Ok(asset)
}

/// The ways to the bytes of an asset, or of one of its distributions.
///
/// # Errors
///
/// As [`asset`].
pub async fn accesses(
    archives: &Archives,
    principal: &Principal,
    id: &AssetId,
    distribution: Option<&str>,
    within: Duration,
) -> Result<Vec<Way>, Error> {
    let archive = archives.find(&id.archive)?;
    decide(principal, Action::ReadBytes, Resource::Archive(&id.archive))?;
    timeout(within, archive.access(&id.native, distribution))
        .await
        .map_err(|_| Error::Timeout { archive: id.archive.clone(), after: within })?
}
