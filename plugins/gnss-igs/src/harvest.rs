//! Harvest: every file from the archive's beginning on, then what is new, in batches that can
//! be resumed.
//!
//! Called by `lib.rs`. Calls `plan.rs`, `found.rs`. Rules: earliest first; a harvest that ended
//! goes on some weeks before its end, as finals come late, and then brings only files that changed
//! since it began. Files that have gone are not told: listings say what is there.

use archway_plugin::types::{Asset, Change, ChangeBatch};
use archway_plugin::{ChangeCursor, Error, Host};
use serde::{Deserialize, Serialize};

use crate::found::{Found, Place, Step};
use crate::plan::{Direction, Plan};
use crate::settings::Settings;
use crate::time::DAY_US;

/// Finals come within three weeks, reprocessed ones are found by a harvest from the beginning.
const REVISITED_US: i64 = 35 * DAY_US;
/// Clocks of servers are not the gateway's.
const CLOCK_SLACK_US: i64 = 3_600_000_000;
/// Files looked at for one batch.
const MOST_LOOKED_AT: u32 = 5_000;
/// Folders listed and headers read for one batch: two requests each at most, of the 256 that a
/// call may make unless its archive has more.
const MOST_WORK: u32 = 100;

/// Where a harvest stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    /// Behind the last file.
    #[serde(rename = "p", default)]
    place: Place,
    /// When this pass began.
    #[serde(rename = "b")]
    began_us: i64,
    /// Where its plan begins; without it, with the archive.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    from_us: Option<i64>,
    /// Only files that changed since.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    changed_us: Option<i64>,
    /// The pass is complete.
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    ended: bool,
}

pub(crate) fn harvest(
    host: &dyn Host,
    since: Option<Vec<u8>>,
) -> Result<Box<dyn ChangeCursor>, Error> {
    let mut settings = Settings::of(host)?;
    // A harvest is long by its nature, and resumed where it is cut.
    settings.max_folders = u32::MAX;
    settings.max_headers = u32::MAX;
    // What changed since is not in what is kept.
    settings.keep_s = 0;
    let now_us = host.now_us();
    let token = match since {
        None => Token { began_us: now_us, ..Token::default() },
        Some(bytes) => {
            let token: Token = serde_json::from_slice(&bytes).map_err(|_| {
                Error::invalid_part("since", "the resume token is not one that this plugin gave")
            })?;
            if token.ended { again(&settings, &token, now_us) } else { token }
        }
    };
    let plan = (!settings.is_tree()).then(|| {
        let from_us = token.from_us.unwrap_or(settings.from.start_us());
        // The pass ends where it would have ended when it began, so that it ends.
        let end_us = settings.until_us.unwrap_or(token.began_us.saturating_add(2 * DAY_US));
        Plan::new(&settings, from_us, end_us, Direction::EarliestFirst)
    });
    let mut found = Found::new(host, settings, plan, token.place.clone())?;
    let changed_us = token.changed_us;
    let first = next(host, &mut found, changed_us)?;
    Ok(Box::new(Harvest { found, token, held: Some(first), ended: false }))
}

/// The next pass: the last weeks before the former one, and there what changed since it began.
fn again(settings: &Settings, former: &Token, now_us: i64) -> Token {
    let end_us = settings.until_us.unwrap_or(former.began_us);
    Token {
        place: Place::default(),
        began_us: now_us,
        from_us: Some(end_us.min(former.began_us).saturating_sub(REVISITED_US)),
        changed_us: Some(former.began_us.saturating_sub(CLOCK_SLACK_US)),
        ended: false,
    }
}

fn next(host: &dyn Host, found: &mut Found, changed_us: Option<i64>) -> Result<Step, Error> {
    let is_new = |asset: &Asset| match (changed_us, asset.summary.modified) {
        (Some(since), Some(modified)) => modified >= since,
        // A listing without times: everything may have changed.
        _ => true,
    };
    found.next(host, &is_new, &is_new)
}

struct Harvest {
    found: Found,
    token: Token,
    /// What was read before the first batch was asked for.
    held: Option<Step>,
    ended: bool,
}

impl ChangeCursor for Harvest {
    fn next(&mut self, host: &dyn Host, max_changes: u32) -> Result<Option<ChangeBatch>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut changes = Vec::new();
        let most = max_changes.max(1) as usize;
        let before = self.found.work;
        for _ in 0..MOST_LOOKED_AT {
            if self.found.work - before >= MOST_WORK {
                break;
            }
            let step = match self.held.take() {
                Some(step) => step,
                None => next(host, &mut self.found, self.token.changed_us)?,
            };
            match step {
                Step::Asset(asset) => {
                    changes.push(Change::Upsert(*asset));
                    if changes.len() >= most {
                        break;
                    }
                }
                Step::Nothing => {}
                Step::End => {
                    self.ended = true;
                    break;
                }
            }
        }
        self.token.place = self.found.place();
        self.token.ended = self.ended;
        // The last batch may be empty: it says that the pass is complete.
        let resume = serde_json::to_vec(&self.token).unwrap_or_default();
        Ok(Some(ChangeBatch { changes, resume }))
    }
}
