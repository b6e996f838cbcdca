//! How much a source holds, and whether it can be reached: asked before a volume is made.
//!
//! Called by `service.rs`. Calls `listing.rs`. Rules: nothing is written, and an answer comes
//! within seconds, with what was counted until then.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::listing::{self, Listed};
use super::planning::{Candidate, Chooser};
use super::{Estimate, Source, Tested, VolumesNeed};
use crate::Error;
use crate::asset::{AssetId, Availability, Distribution, Location};
use crate::delivery::{self, Wanted};
use crate::permission::Principal;

/// How long is counted.
const COUNTED_FOR: Duration = Duration::from_secs(3);
/// How long a source has to show itself.
const TESTED_FOR: Duration = Duration::from_secs(15);
/// Things found and not counted yet.
const FOUND_AHEAD: usize = 64;
/// Paths that are shown.
const MOST_SAMPLES: usize = 20;
/// Licences and acknowledgements that are shown.
const MOST_NOTICES: usize = 20;
/// Missing things that are shown.
const MOST_MISSING: usize = 20;

/// Counts for a few seconds.
pub(super) async fn estimate(
    need: &VolumesNeed,
    principal: &Principal,
    source: &Source,
) -> Result<Estimate, Error> {
    let made = listing::made(need, source)?;
    let mut estimate = Estimate::default();
    let mut notices = BTreeSet::new();
    let mut total = 0;
    let (sender, found) = mpsc::channel(FOUND_AHEAD);
    let counting = async {
        let mut chooser = Chooser::new(need, source, made.clone());
        let mut found = found;
        while let Some(one) = found.recv().await {
            let candidate = match one {
                Listed::Total(known) => {
                    total = known;
                    continue;
                }
                Listed::Missing(words) => {
                    miss(&mut estimate, words);
                    continue;
                }
                Listed::Url(url) => Chooser::of_url(&url),
                Listed::Asset(asset) => match chooser.of_asset(&asset).await {
                    Ok(Some(candidate)) => candidate,
                    Ok(None) => continue,
                    Err(error) => {
                        miss(&mut estimate, error.to_string());
                        continue;
                    }
                },
            };
            count(&mut estimate, &candidate);
            notice(&mut notices, &candidate);
        }
    };
    let finding = async {
        let sender = sender;
        listing::list(need, principal, source, made.as_ref(), &sender).await
    };
    let ended = timeout(COUNTED_FOR, async { tokio::join!(finding, counting).0 }).await;
    estimate.complete = matches!(ended, Ok(Ok(())));
    match ended {
        Ok(Err(error @ (Error::BadRequest { .. } | Error::Internal(_)))) => return Err(error),
        Ok(Err(error)) => miss(&mut estimate, words(&error)),
        Ok(Ok(())) => {}
        // Nobody counted to the end, but somebody may have said how many there are.
        Err(_) => estimate.files = estimate.files.max(total),
    }
    estimate.notices = notices.into_iter().collect();
    Ok(estimate)
}

fn miss(estimate: &mut Estimate, words: String) {
    if estimate.missing.len() < MOST_MISSING {
        estimate.missing.push(words);
    }
}

fn count(estimate: &mut Estimate, candidate: &Candidate) {
    estimate.files += 1;
    match candidate.size_bytes() {
        Some(bytes) => estimate.bytes = estimate.bytes.saturating_add(bytes),
        None => estimate.unknown_sizes += 1,
    }
    if estimate.samples.len() < MOST_SAMPLES {
        estimate.samples.push(candidate.parts.join("/"));
    }
}

fn notice(notices: &mut BTreeSet<String>, candidate: &Candidate) {
    let record = &candidate.record;
    let collection = record.collection_title.as_ref().or(record.collection.as_ref());
    let names = [record.archive_title.as_ref(), collection];
    let name = names.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
    let licence = record.licence.as_ref().map(|licence| format!("{name}: licence {licence}"));
    let thanks = record.acknowledgement.as_ref().map(|words| format!("{name}: {words}"));
    for words in [licence, thanks].into_iter().flatten() {
        if notices.len() < MOST_NOTICES {
            notices.insert(words);
        }
    }
}

/// Whether the first thing of a source can be had.
pub(super) async fn test(
    need: &VolumesNeed,
    principal: &Principal,
    source: &Source,
) -> Result<Tested, Error> {
    let tested = timeout(TESTED_FOR, async {
        match source {
            Source::Empty => Ok("an empty volume needs nothing".to_owned()),
            Source::Urls(urls) => match urls.first() {
                Some(url) => open(need, principal, source, url).await,
                None => Ok("there is no URL".to_owned()),
            },
            _ => first(need, principal, source).await,
        }
    });
    match tested.await {
        Ok(Ok(words)) => Ok(Tested { words, reached: true }),
        Ok(Err(error @ (Error::BadRequest { .. } | Error::Internal(_)))) => Err(error),
        Ok(Err(error)) => Ok(Tested { words: words(&error), reached: false }),
        Err(_) => {
            let words = format!("no answer within {} s", TESTED_FOR.as_secs());
            Ok(Tested { words, reached: false })
        }
    }
}

/// The first file of a source, in words.
async fn first(
    need: &VolumesNeed,
    principal: &Principal,
    source: &Source,
) -> Result<String, Error> {
    let made = listing::made(need, source)?;
    let mut chooser = Chooser::new(need, source, made.clone());
    let (sender, found) = mpsc::channel(FOUND_AHEAD);
    let finding = async {
        let sender = sender;
        listing::list(need, principal, source, made.as_ref(), &sender).await
    };
    let looking = async {
        let mut found = found;
        while let Some(one) = found.recv().await {
            let Listed::Asset(asset) = one else { continue };
            if let Ok(Some(candidate)) = chooser.of_asset(&asset).await {
                return Some(candidate.parts.join("/"));
            }
        }
        None
    };
    // The listing ends when the first file is found, because nobody takes more.
    match tokio::join!(finding, looking) {
        (_, Some(path)) => Ok(format!("reached; the first file is `{path}`")),
        (Ok(()), None) => Ok("reached; it holds no file that fits".to_owned()),
        (Err(error), None) => Err(error),
    }
}

/// The first bytes of a URL, in words.
async fn open(
    need: &VolumesNeed,
    principal: &Principal,
    source: &Source,
    url: &str,
) -> Result<String, Error> {
    let Some(archive) = listing::made(need, source)? else {
        return Err(Error::internal("no archive was made for URLs"));
    };
    let distribution = Distribution {
        id: url.to_owned(),
        role: "#this".to_owned(),
        location: Location::Url(url.to_owned()),
        media_type: None,
        format: None,
        encodings: Vec::new(),
        size: None,
        checksums: Vec::new(),
        file_name: None,
        modified: None,
        availability: Availability::Online,
        provider: None,
    };
    let id = AssetId { archive: archive.info().id, native: url.to_owned() };
    let listed = delivery::Listed { id, distribution, direct: true };
    let now = need.outside.now();
    let prepared =
        delivery::prepare_listed(archive, &need.decoders, principal, listed, now, TESTED_FOR);
    let delivery = prepared.await?.open(Wanted::Whole).await?;
    let size = delivery
        .total_bytes
        .map_or_else(|| "of unknown size".to_owned(), |bytes| format!("of {bytes} bytes"));
    Ok(format!("reached; the first file is {size}"))
}

/// Why a source cannot be reached, without the name of an archive that nobody gave.
fn words(error: &Error) -> String {
    match error {
        // What follows tells an operator what to write where, for an archive that is none.
        Error::NotGranted { missing, .. } => {
            missing.split("; if that is meant").next().unwrap_or_default().to_owned()
        }
        Error::Upstream { reason, .. }
        | Error::Refused { reason, .. }
        | Error::Unauthorised { reason, .. }
        | Error::BreakerOpen { reason, .. }
        | Error::Damaged { reason, .. } => reason.clone(),
        Error::Timeout { after, .. } => format!("no answer within {} s", after.as_secs().max(1)),
        other => other.to_string(),
    }
}
