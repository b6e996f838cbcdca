//! Harvest: every asset, then what changed, in batches that can be resumed.
//!
//! Called by `archive.rs`. Calls `walk.rs`, `visit.rs`, `harvest/seen.rs`.
//!
//! Rules: each batch carries where the walk stands and what was seen, so that a harvest goes
//! on after a kill. A pass after the first lists the same folders again (a tree tells of no
//! changes) and gives the assets of those whose listing differs from the one seen. What has
//! gone is not told: its names do not fit into a token, so the catalogue finds them by what
//! a full harvest does not bring.

mod seen;

use archway_plugin::types::{Change, ChangeBatch};
use archway_plugin::{ChangeCursor, Error, Host};

use crate::archive::TreeArchive;
use crate::question::Question;
use crate::search::FILES_OF_A_CALL;
use crate::visit::Assets;
use crate::walk::Walk;
pub(crate) use seen::Digest;
use seen::{State, Verdict};

/// Listings in one call: a call may make 256 requests.
const LISTINGS_OF_A_CALL: u32 = 64;
const LEAST_REMAINING_MS: u64 = 15_000;

pub(crate) fn harvest(
    archive: &TreeArchive,
    host: &dyn Host,
    since: Option<Vec<u8>>,
) -> Result<Box<dyn ChangeCursor>, Error> {
    let mut state = match since {
        None => State::default(),
        Some(token) => State::of_token(&token).ok_or_else(|| {
            Error::invalid_part("since", "the resume token is not one that this plugin gave")
        })?,
    };
    state.begin(host.now_us());
    let walk = Walk::new(archive.clone(), Question::default(), state.position.clone());
    let archive = archive.clone();
    let harvest = Harvest { archive, walk, state, folder: None, failed: None, ended: false };
    Ok(Box::new(harvest))
}

struct Harvest {
    archive: TreeArchive,
    walk: Walk,
    state: State,
    folder: Option<Open>,
    /// What ended the walk, once its last batch has been given.
    failed: Option<Error>,
    ended: bool,
}

/// The folder whose assets are being given.
struct Open {
    assets: Assets,
    path: String,
    digest: u32,
    verdict: Verdict,
}

impl Harvest {
    /// The next changes of the open folder; whether the batch is full.
    fn take(
        &mut self,
        host: &dyn Host,
        changes: &mut Vec<Change>,
        most: usize,
    ) -> Result<bool, Error> {
        let mut files = 0;
        while let Some(open) = &mut self.folder {
            let verdict = &open.verdict;
            let next = match verdict {
                Verdict::Unchanged => None,
                _ => open.assets.next(
                    host,
                    &self.archive,
                    |asset| verdict.wants(asset.summary.modified),
                    |asset| changes.push(Change::Upsert(asset)),
                )?,
            };
            let Some(key) = next else {
                self.state.note(&open.path, open.digest);
                self.walk.pass_all();
                self.folder = None;
                return Ok(false);
            };
            self.walk.pass(&key);
            files += 1;
            if changes.len() >= most || files >= FILES_OF_A_CALL {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl ChangeCursor for Harvest {
    fn next(&mut self, host: &dyn Host, max_changes: u32) -> Result<Option<ChangeBatch>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.ended {
            return Ok(None);
        }
        let mut changes = Vec::new();
        let listed_before = self.walk.listed;
        loop {
            if self.take(host, &mut changes, max_changes as usize)? {
                break;
            }
            let listed = self.walk.listed - listed_before;
            let is_late = listed > 0 && host.remaining_ms() < LEAST_REMAINING_MS;
            if listed >= LISTINGS_OF_A_CALL || is_late {
                break;
            }
            match self.walk.next(host) {
                Ok(Some(visit)) => {
                    let verdict =
                        self.state.verdict(&visit.folder, visit.digest, visit.modified_us);
                    self.folder = Some(Open {
                        path: visit.folder.clone(),
                        digest: visit.digest,
                        verdict,
                        assets: Assets::new(visit),
                    });
                }
                Ok(None) => {
                    self.ended = true;
                    break;
                }
                // What was found before is not lost with what failed: the next call fails.
                Err(error) => {
                    self.failed = Some(error.clone());
                    if changes.is_empty() {
                        return Err(error);
                    }
                    break;
                }
            }
        }
        if self.ended {
            self.state.end();
        } else {
            self.state.position = self.walk.position().clone();
        }
        // The last batch may be empty: it says that the harvest is complete.
        Ok(Some(ChangeBatch { changes, resume: self.state.token() }))
    }
}
