//! What is in a source, found one by one.
//!
//! Called by `staging.rs` (to plan files) and `estimate.rs` (to count them). Calls discovery,
//! look-ups, and the archives that are made for a volume.
//!
//! Rules that hold here and nowhere else:
//!
//! - Nothing is collected: what is found goes into a channel that holds little.
//! - What is missing and is not the source's own fault is said ([`Listed::Missing`]), never
//!   passed over. A ticked asset whose archive does not answer fails the listing.
//! - A listing that is begun again gives the same things again; who takes them leaves out what
//!   it has.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc::Sender;
use tokio::time::sleep;

use super::{Source, VolumesNeed};
use crate::Error;
use crate::archive::{Archive, Change, Operation};
use crate::asset::{Asset, AssetId};
use crate::discovery::{LIMIT_MAX, Request, Status};
use crate::look_up;
use crate::permission::Principal;
use crate::search::Search;
use crate::selections::{Members, SavedQuery};

/// What is found at once at most, of an archive that lists itself.
const BATCH: u32 = 500;
/// Look-ups at the same time.
const LOOK_UPS: usize = 8;
/// Time for one look-up.
const LOOK_UP_WITHIN: Duration = Duration::from_secs(30);
/// Time for one page of a search.
const PAGE_WITHIN: Duration = Duration::from_secs(20);
/// Between tries of what may go better the next time.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// One thing that was found, or not.
pub(super) enum Listed {
    /// An asset.
    Asset(Box<Asset>),
    /// A file by its URL.
    Url(String),
    /// How many there are in all, as far as anybody knows.
    Total(u64),
    /// Something is not in it, in words.
    Missing(String),
}

/// The archive that is made for this source, if it is one of those.
pub(super) fn made(need: &VolumesNeed, source: &Source) -> Result<Option<Arc<dyn Archive>>, Error> {
    match source {
        Source::Tree { preset: Some(preset), .. } => need.sources.preset(preset).map(Some),
        Source::Tree { plugin, settings, .. } => need.sources.archive(plugin, settings).map(Some),
        Source::Urls(urls) => need.sources.files(urls).map(Some),
        Source::Collection(_) | Source::Selection(_) | Source::Empty => Ok(None),
    }
}

/// Finds everything that is in a source. Ends early, and well, when nobody takes it any more.
pub(super) async fn list(
    need: &VolumesNeed,
    principal: &Principal,
    source: &Source,
    made: Option<&Arc<dyn Archive>>,
    found: &Sender<Listed>,
) -> Result<(), Error> {
    match source {
        Source::Collection(id) => {
            let collection = need.collections.collection(principal, id).await?;
            members(need, principal, &collection.members, found).await
        }
        Source::Selection(all) => members(need, principal, all, found).await,
        Source::Tree { .. } => match made {
            Some(archive) => tree(archive.as_ref(), found).await,
            None => Ok(()),
        },
        Source::Urls(urls) => {
            for url in urls {
                if found.send(Listed::Url(url.clone())).await.is_err() {
                    break;
                }
            }
            Ok(())
        }
        Source::Empty => Ok(()),
    }
}

async fn members(
    need: &VolumesNeed,
    principal: &Principal,
    members: &Members,
    found: &Sender<Listed>,
) -> Result<(), Error> {
    match members {
        Members::Assets(assets) => ticked(need, principal, assets, found).await,
        Members::Query { query, except } => searched(need, principal, query, except, found).await,
    }
}

/// Assets by their ids, in their order.
async fn ticked(
    need: &VolumesNeed,
    principal: &Principal,
    assets: &[AssetId],
    found: &Sender<Listed>,
) -> Result<(), Error> {
    let _ = found.send(Listed::Total(assets.len() as u64)).await;
    let look_up = |id: &AssetId| {
        let id = id.clone();
        async move { (look_up(need, principal, &id).await, id) }
    };
    let mut all = stream::iter(assets.iter().map(look_up)).buffered(LOOK_UPS);
    let mut failed: Option<(AssetId, Error)> = None;
    let mut failures = 0_u64;
    while let Some((asset, id)) = all.next().await {
        let sent = match asset {
            Ok(asset) => found.send(Listed::Asset(Box::new(asset))).await,
            Err(error @ (Error::AssetNotFound(_) | Error::ArchiveNotFound { .. })) => {
                found.send(Listed::Missing(error.to_string())).await
            }
            Err(error) => {
                failures += 1;
                failed.get_or_insert((id, error));
                Ok(())
            }
        };
        if sent.is_err() {
            return Ok(());
        }
    }
    let Some((id, error)) = failed else { return Ok(()) };
    let reason = format!(
        "{failures} of {} assets could not be looked up; the first is `{id}`: {error}",
        assets.len()
    );
    Err(Error::Conflict { reason })
}

async fn look_up(need: &VolumesNeed, principal: &Principal, id: &AssetId) -> Result<Asset, Error> {
    for pause in PAUSES {
        match look_up::asset(&need.archives, principal, id, LOOK_UP_WITHIN).await {
            Err(error) if may_pass(&error) => {
                tracing::info!(asset.id = %id, %error, "a look-up for a volume is tried again");
                sleep(pause).await;
            }
            other => return other,
        }
    }
    look_up::asset(&need.archives, principal, id, LOOK_UP_WITHIN).await
}

/// All results of a search, page by page.
async fn searched(
    need: &VolumesNeed,
    principal: &Principal,
    query: &SavedQuery,
    except: &[AssetId],
    found: &Sender<Listed>,
) -> Result<(), Error> {
    let except: HashSet<&AssetId> = except.iter().collect();
    let request =
        Request { limit: LIMIT_MAX, deadline: PAGE_WITHIN, ..query.whole_request(&need.archives)? };
    let mut cursor = None;
    // By archive: what is missing of it, as far as is known.
    let mut missing = BTreeMap::new();
    loop {
        let asked = Request { cursor, ..request.clone() };
        let page = need.discovery.search(principal, asked, need.outside.now()).await?;
        if found.send(Listed::Total(page.count.value)).await.is_err() {
            return Ok(());
        }
        for report in page.sources {
            match report.status {
                Status::Skipped => {}
                // An archive that is not asked any more has ended: what it left out then, it
                // will not give.
                Status::Ok if report.elapsed.is_zero() => {}
                // It went on from where it stood.
                Status::Ok => {
                    missing.remove(&report.archive);
                }
                _ => {
                    let reason = report.reason.unwrap_or_else(|| report.status.name().to_owned());
                    missing.insert(report.archive, reason);
                }
            }
        }
        for asset in page.assets {
            if except.contains(&asset.id) {
                continue;
            }
            if found.send(Listed::Asset(Box::new(asset))).await.is_err() {
                return Ok(());
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    for (archive, reason) in missing {
        let words = format!("not all of archive `{archive}`: {reason}");
        if found.send(Listed::Missing(words)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Everything that an archive holds.
async fn tree(archive: &dyn Archive, found: &Sender<Listed>) -> Result<(), Error> {
    for pause in PAUSES {
        match tree_once(archive, found).await {
            Err(error) if may_pass(&error) => {
                tracing::info!(%error, "a listing for a volume is tried again");
                sleep(pause).await;
            }
            other => return other,
        }
    }
    tree_once(archive, found).await
}

async fn tree_once(archive: &dyn Archive, found: &Sender<Listed>) -> Result<(), Error> {
    if archive.info().operations.contains(&Operation::Harvest) {
        let mut changes = archive.harvest(None).await?;
        while let Some(batch) = changes.next(BATCH).await? {
            for change in batch.changes {
                let Change::Upsert(asset) = change else { continue };
                if found.send(Listed::Asset(asset)).await.is_err() {
                    return Ok(());
                }
            }
        }
        return Ok(());
    }
    let mut search = Search::default();
    // An archive that gives only so many at once says how to go on behind them.
    loop {
        let mut answer = archive.search(&search).await?;
        let (mut any, mut resume) = (false, None);
        while let Some(batch) = answer.assets.next(BATCH).await? {
            any |= !batch.assets.is_empty();
            resume = batch.resume;
            for asset in batch.assets {
                if found.send(Listed::Asset(Box::new(asset))).await.is_err() {
                    return Ok(());
                }
            }
        }
        match resume {
            Some(token) if any && search.after.as_ref() != Some(&token) => {
                search.after = Some(token);
            }
            _ => return Ok(()),
        }
    }
}

/// Whether it may go better when it is tried again.
pub(super) fn may_pass(error: &Error) -> bool {
    match error {
        Error::Upstream { .. }
        | Error::BreakerOpen { .. }
        | Error::Timeout { .. }
        | Error::Exhausted { .. }
        | Error::Plugin { .. }
        | Error::Damaged { .. } => true,
        Error::BadRequest { .. }
        | Error::BadCursor { .. }
        | Error::ArchiveNotFound { .. }
        | Error::AssetNotFound(_)
        | Error::NotFound { .. }
        | Error::Conflict { .. }
        | Error::QuotaExceeded { .. }
        | Error::Full { .. }
        | Error::Backend { .. }
        | Error::PermissionDenied { .. }
        | Error::NotGranted { .. }
        | Error::Unsupported { .. }
        | Error::Refused { .. }
        | Error::Unauthorised { .. }
        | Error::NoBytes { .. }
        | Error::Range { .. }
        | Error::Incomplete { .. }
        | Error::Internal(_) => false,
    }
}
