//! Search: a walk through what may hold an answer, asset by asset.
//!
//! Called by `archive.rs`. Calls `question.rs`, `walk.rs`, `visit.rs`.
//! Rules: what a folder gave is handed out before the next one is listed; every batch says
//! where to go on.

use archway_plugin::types::{AssetBatch, Constraint, Order, SearchQuery};
use archway_plugin::{AssetCursor, Error, Host, SearchAnswer};

use crate::archive::TreeArchive;
use crate::question::Question;
use crate::visit::Assets;
use crate::walk::{Position, Walk};

/// Listings in one call: a call may make 256 requests.
const LISTINGS_OF_A_CALL: u32 = 64;
/// Files looked at in one call.
pub(crate) const FILES_OF_A_CALL: u32 = 100_000;
/// With less wall time left an empty batch is given, and the walk goes on in the next call.
const LEAST_REMAINING_MS: u64 = 8_000;

pub(crate) fn search(
    archive: &TreeArchive,
    host: &dyn Host,
    query: &SearchQuery,
) -> Result<SearchAnswer, Error> {
    let _ = host;
    if let Some(native) = &query.native {
        return Err(Error::invalid_part(
            "native",
            format!("a tree of files is asked in no language, and so not in {}", native.language),
        ));
    }
    let (question, mut not_applied) = Question::of(query, archive);
    let position = match &query.after {
        Some(token) => of_token(token, "after")?,
        None => Position::default(),
    };
    // What the gateway filters afterwards needs more than it keeps.
    let left = query.max_assets.filter(|_| not_applied.is_empty());
    if query.max_assets.is_some() && left.is_none() {
        not_applied.push(Constraint::MaxAssets);
    }
    let walk = Walk::new(archive.clone(), question.clone(), position);
    let found =
        Found { archive: archive.clone(), question, walk, assets: None, left, failed: None };
    Ok(SearchAnswer {
        assets: Box::new(found),
        not_applied,
        ordered: query.order == Order::Stable,
        total: None,
    })
}

/// A resume token that this library gave.
pub(crate) fn of_token<T: serde::de::DeserializeOwned>(
    token: &[u8],
    part: &str,
) -> Result<T, Error> {
    serde_json::from_slice(token)
        .map_err(|_| Error::invalid_part(part, "the resume token is not one that this plugin gave"))
}

struct Found {
    archive: TreeArchive,
    question: Question,
    walk: Walk,
    /// Of the folder listed last.
    assets: Option<Assets>,
    /// How many are still wanted.
    left: Option<u64>,
    failed: Option<Error>,
}

impl AssetCursor for Found {
    fn next(&mut self, host: &dyn Host, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let most = self.left.map_or(u64::from(max_assets), |left| left.min(max_assets.into()));
        if most == 0 && self.left == Some(0) {
            return Ok(None);
        }
        let mut assets = Vec::new();
        let mut files = 0;
        let listed_before = self.walk.listed;
        'batch: loop {
            while let Some(folder) = &mut self.assets {
                let question = &self.question;
                let wanted = |asset: &_| question.is_answered_by(asset);
                let next = folder.next(host, &self.archive, wanted, |asset| assets.push(asset))?;
                let Some(key) = next else {
                    self.assets = None;
                    self.walk.pass_all();
                    break;
                };
                self.walk.pass(&key);
                files += 1;
                if assets.len() as u64 >= most || files >= FILES_OF_A_CALL {
                    break 'batch;
                }
            }
            let listed = self.walk.listed - listed_before;
            if !assets.is_empty()
                || listed >= LISTINGS_OF_A_CALL
                || (listed > 0 && host.remaining_ms() < LEAST_REMAINING_MS)
            {
                break;
            }
            match self.walk.next(host) {
                Ok(Some(visit)) => self.assets = Some(Assets::new(visit)),
                Ok(None) => return Ok(None),
                Err(error) => {
                    // A walk that failed does not go on with another folder.
                    self.failed = Some(error.clone());
                    return Err(error);
                }
            }
        }
        if let Some(left) = &mut self.left {
            *left -= assets.len() as u64;
        }
        let resume = serde_json::to_vec(self.walk.position())
            .map_err(|error| Error::Internal(format!("a position cannot be written: {error}")))?;
        Ok(Some(AssetBatch { assets, resume: Some(resume) }))
    }
}
