//! A volume as it is asked for, checked before anything is written.
//!
//! Called by `service.rs`. Calls what makes archives for volumes, which checks their settings.

use sha2::{Digest as _, Sha256};

use super::{NewVolume, Source, VolumesNeed, listing, naming};
use crate::Error;
use crate::permission::Principal;
use crate::selections::{MOST_TICKED, Members};

/// Most URLs of one volume.
const MOST_URLS: usize = 100_000;
/// Most patterns of a tree, and the longest.
const MOST_PATTERNS: usize = 100;
const LONGEST_PATTERN: usize = 1_000;
/// Longest key.
const LONGEST_KEY: usize = 200;
/// Longest title, in characters.
const LONGEST_TITLE: usize = 200;

/// The key, if it is one.
pub(super) fn check_key(key: &str) -> Result<&str, Error> {
    let plain = |c: char| c.is_ascii_graphic();
    if (1..=LONGEST_KEY).contains(&key.len()) && key.chars().all(plain) {
        return Ok(key);
    }
    let reason = format!("a key has 1 to {LONGEST_KEY} visible ASCII characters");
    Err(Error::bad_request("Idempotency-Key", reason))
}

/// Another one when the request is another.
pub(super) fn fingerprint(new: &NewVolume) -> String {
    let digest = Sha256::digest(format!("{new:?}").as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Checks everything; returns the title, made from the source where none is given.
pub(super) async fn check(
    need: &VolumesNeed,
    principal: &Principal,
    new: &NewVolume,
) -> Result<String, Error> {
    if !new.name.is_empty() {
        naming::check(&new.name)?;
    }
    if new.writable && new.source != Source::Empty {
        let reason =
            "only an empty volume can be written in; results belong there or in your own space";
        return Err(Error::bad_request("writable", reason));
    }
    let made = check_source(need, principal, &new.source).await?;
    let title: String = new.title.trim().chars().take(LONGEST_TITLE).collect();
    Ok(if title.is_empty() { made } else { title })
}

/// Checks a source; returns a title made from it.
pub(super) async fn check_source(
    need: &VolumesNeed,
    principal: &Principal,
    source: &Source,
) -> Result<String, Error> {
    let title = match source {
        Source::Collection(id) => need.collections.collection(principal, id).await?.title,
        Source::Selection(Members::Assets(assets)) => {
            if !(1..=MOST_TICKED).contains(&assets.len()) {
                let reason = format!("{} assets are outside 1..={MOST_TICKED}", assets.len());
                return Err(Error::bad_request("assets", reason));
            }
            match &assets[..] {
                [one] => one.native.clone(),
                several => format!("{} assets", several.len()),
            }
        }
        Source::Selection(Members::Query { query, .. }) => {
            query.whole_request(&need.archives)?;
            let words = query.0.iter().map(|(_, value)| value.as_str());
            let words = words.collect::<Vec<_>>().join(" ");
            if words.is_empty() { "Everything".to_owned() } else { words }
        }
        Source::Tree { preset, plugin, settings, include, exclude } => {
            for (parameter, patterns) in [("include", include), ("exclude", exclude)] {
                let long = |own: &&String| own.is_empty() || own.len() > LONGEST_PATTERN;
                if patterns.len() > MOST_PATTERNS || patterns.iter().find(long).is_some() {
                    let reason = format!(
                        "there are at most {MOST_PATTERNS} patterns, of 1 to {LONGEST_PATTERN} characters"
                    );
                    return Err(Error::bad_request(parameter, reason));
                }
            }
            let form = need.sources.forms().into_iter().find(|form| form.preset == *preset);
            let form = form.filter(|_| preset.is_some()).map(|form| form.title);
            let url = settings.iter().find_map(|(_, value)| value.split_once("://"));
            let url = url.map(|(_, rest)| rest.trim_end_matches('/').to_owned());
            form.or(url).unwrap_or_else(|| plugin.clone())
        }
        Source::Urls(urls) => {
            if !(1..=MOST_URLS).contains(&urls.len()) {
                let reason = format!("{} URLs are outside 1..={MOST_URLS}", urls.len());
                return Err(Error::bad_request("urls", reason));
            }
            let wrong = |url: &&String| {
                let web = url.starts_with("http://") || url.starts_with("https://");
                !web || url.chars().any(|c| c.is_control() || c.is_whitespace())
            };
            if let Some(wrong) = urls.iter().find(wrong) {
                let reason = format!(
                    "`{}` is no URL that begins with http:// or https://",
                    wrong.escape_debug().take(200).collect::<String>()
                );
                return Err(Error::bad_request("urls", reason));
            }
            let host = urls.first().and_then(|url| url.split('/').nth(2)).unwrap_or_default();
            format!("Files of {host}")
        }
        Source::Empty => "Space".to_owned(),
    };
    // Whoever makes the archive knows what its settings must be.
    listing::made(need, source)?;
    Ok(title.chars().take(LONGEST_TITLE).collect())
}
