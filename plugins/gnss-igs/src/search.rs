//! Search: the folders of the time asked for, latest first, and the files in them that match.
//!
//! Called by `lib.rs`. Calls `plan.rs`, `found.rs`, `matching.rs`. Rules: without a time the
//! question is about the last days (the setting `default_days`), which the archive's description
//! says; where more folders would have to be listed than one question may, the answer ends with
//! an error that says so, and the next page goes on behind it.

use archway_plugin::types::{Asset, AssetBatch, Exhaustion, LimitKind, SearchQuery};
use archway_plugin::{AssetCursor, Error, Host, SearchAnswer};

use crate::found::{Found, Place, Step};
use crate::matching::Matcher;
use crate::plan::{Direction, Plan};
use crate::settings::Settings;
use crate::time::DAY_US;

/// Files looked at before an empty batch is given, so that nobody waits for nothing.
const MOST_LOOKED_AT: u32 = 5_000;
/// Folders listed and headers read for one batch, while there is nothing to give ...
const MOST_WORK: u32 = 60;
/// ... and once there is something.
const WORK_WITH_ASSETS: u32 = 12;

pub(crate) fn search(host: &dyn Host, query: &SearchQuery) -> Result<SearchAnswer, Error> {
    let settings = Settings::of(host)?;
    if let Some(native) = &query.native {
        return Err(Error::invalid_part(
            "native",
            format!("there is no query language here, {} neither", native.language),
        ));
    }
    let behind = match &query.after {
        None => Place::default(),
        Some(token) => serde_json::from_slice(token).map_err(|_| {
            Error::invalid_part("after", "the token is not one that this plugin gave")
        })?,
    };
    let plan = (!settings.is_tree()).then(|| {
        let (from_us, to_us) = range(host, &settings, query);
        Plan::new(&settings, from_us, to_us, Direction::LatestFirst)
    });
    let mut found = Found::new(host, settings, plan, behind)?;
    found.only_what_is_behind();
    let matcher = Matcher::new(query);
    // An archive that is down is an answer to the question, not to its first page.
    let first = next(host, &mut found, &matcher)?;
    Ok(SearchAnswer {
        assets: Box::new(Cursor { found, matcher, held: Some(first), told: false }),
        not_applied: Matcher::not_applied(query),
        ordered: query.order == archway_plugin::types::Order::Stable,
        total: None,
    })
}

/// The time that is looked at, a minute more at both ends as scales of time differ; open ends
/// are those of the archive.
fn range(host: &dyn Host, settings: &Settings, query: &SearchQuery) -> (i64, i64) {
    let end_us = settings.end_us(host);
    let first_us = settings.from.start_us();
    let asked = query.time.as_ref();
    match (asked.and_then(|range| range.start), asked.and_then(|range| range.end)) {
        (None, None) => {
            let recent = end_us.saturating_sub(settings.default_days.saturating_mul(DAY_US));
            (recent.max(first_us), end_us)
        }
        (start, end) => {
            let start = start.unwrap_or(first_us).max(first_us);
            (
                start.saturating_sub(60_000_000),
                end.unwrap_or(end_us).saturating_add(60_000_000).min(end_us),
            )
        }
    }
}

fn next(host: &dyn Host, found: &mut Found, matcher: &Matcher) -> Result<Step, Error> {
    found.next(host, &|asset| matcher.may_be(asset), &|asset| matcher.matches(asset))
}

struct Cursor {
    found: Found,
    matcher: Matcher,
    /// What was read before the first page was asked for.
    held: Option<Step>,
    /// It was said that something was left out.
    told: bool,
}

impl AssetCursor for Cursor {
    fn next(&mut self, host: &dyn Host, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        let mut assets: Vec<Asset> = Vec::new();
        let most = max_assets.max(1) as usize;
        let before = self.found.work;
        for _ in 0..MOST_LOOKED_AT {
            let work = self.found.work - before;
            if work >= MOST_WORK || (work >= WORK_WITH_ASSETS && !assets.is_empty()) {
                break;
            }
            let step = match self.held.take() {
                Some(step) => step,
                None => next(host, &mut self.found, &self.matcher)?,
            };
            match step {
                Step::Asset(asset) => {
                    assets.push(*asset);
                    if assets.len() >= most {
                        break;
                    }
                }
                Step::Nothing => {}
                Step::End if assets.is_empty() => return self.end(),
                Step::End => {
                    self.held = Some(Step::End);
                    break;
                }
            }
        }
        let resume = serde_json::to_vec(&self.found.place()).ok();
        Ok(Some(AssetBatch { assets, resume }))
    }
}

impl Cursor {
    /// The end, or that there would have been more.
    fn end(&mut self) -> Result<Option<AssetBatch>, Error> {
        match self.found.left_out() {
            Some(message) if !std::mem::replace(&mut self.told, true) => {
                let allowed = Some(u64::from(self.found.settings.max_folders));
                Err(Error::Exhausted(Exhaustion {
                    limit: LimitKind::ArchiveLimit,
                    allowed,
                    message,
                }))
            }
            _ => Ok(None),
        }
    }
}
