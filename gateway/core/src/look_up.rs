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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Duration, accesses, asset};
    use crate::access::{Route, Way};
    use crate::archive::Archive;
    use crate::archives::Archives;
    use crate::permission::Principal;
    use crate::testing::FakeArchive;

    fn archives(archive: FakeArchive) -> Archives {
        Archives::new(vec![Arc::new(archive) as Arc<dyn Archive>])
    }

    async fn said(archives: &Archives, id: &str) -> String {
        let within = Duration::from_secs(5);
        match asset(archives, &Principal::Local, &id.parse().unwrap(), within).await {
            Ok(asset) => format!("found {}", asset.id),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_asset_is_found_or_the_failure_is_named() {
        let held = archives(FakeArchive::new("hst").holding("a/b", 1.0, 2.0));
        assert_eq!(said(&held, "hst/a/b").await, "found hst/a/b");
        assert_eq!(said(&held, "hst/c").await, "no asset `hst/c`");
        assert_eq!(said(&held, "hts/c").await, "no archive `hts`; did you mean `hst`?");
        let down = archives(FakeArchive::new("hst").failing("no route"));
        assert_eq!(said(&down, "hst/c").await, "archive `hst` failed: no route");
        let hangs = archives(FakeArchive::new("hst").hanging());
        assert_eq!(said(&hangs, "hst/c").await, "archive `hst` gave no answer within 5000 ms");
    }

    #[tokio::test(start_paused = true)]
    async fn ways_come_from_the_archive() {
        let way = Way {
            route: Route::ViaPlugin("locator".to_owned()),
            role: "#this".to_owned(),
            description: None,
            media_type: None,
            size: None,
            checksums: Vec::new(),
            expires: None,
        };
        let archives = archives(FakeArchive::new("hst").with_ways("a", vec![way.clone()]));
        let within = Duration::from_secs(5);
        let id = "hst/a".parse().unwrap();
        let ways = accesses(&archives, &Principal::Local, &id, None, within).await.unwrap();
        assert_eq!(ways, [way]);
        let missing = "hst/b".parse().unwrap();
        let error = accesses(&archives, &Principal::Local, &missing, None, within).await;
        assert_eq!(error.unwrap_err().to_string(), "no asset `hst/b`");
    }
}
