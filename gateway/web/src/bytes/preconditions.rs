//! What a client says that it has already (RFC 9110, 13).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use archway_core::delivery::Delivery;
use axum::http::{HeaderMap, header};

/// What tells one version of the bytes from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Version {
    /// Strong, without quotes.
    pub(super) tag: Option<String>,
    /// In whole seconds.
    pub(super) modified: Option<SystemTime>,
}

impl Version {
    pub(super) fn of(delivery: &Delivery) -> Self {
        let seconds = delivery
            .modified
            .and_then(|modified| u64::try_from(modified.to_utc_us().div_euclid(1_000_000)).ok());
        let modified = seconds.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        Self { tag: delivery.tag.clone(), modified }
    }
}

/// The conditions of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Preconditions {
    none_match: Option<String>,
    modified_since: Option<SystemTime>,
    range: Option<String>,
}

impl Preconditions {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name| {
            let all = headers.get_all(&name).iter();
            let all: Vec<&str> = all.filter_map(|value| value.to_str().ok()).collect();
            (!all.is_empty()).then(|| all.join(","))
        };
        Self {
            none_match: text(header::IF_NONE_MATCH),
            modified_since: text(header::IF_MODIFIED_SINCE).as_deref().and_then(date),
            range: text(header::IF_RANGE),
        }
    }

    /// Whether the client has this version.
    pub(super) fn has(&self, version: &Version) -> bool {
        match (&self.none_match, &version.tag) {
            // A tag decides alone (13.1.3).
            (Some(known), Some(tag)) => {
                let own = format!("\"{tag}\"");
                let each = known.split(',').map(|tag| tag.trim());
                each.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|t| t == own || t == "*")
            }
            (Some(_), None) => false,
            (None, _) => match (self.modified_since, version.modified) {
                (Some(since), Some(modified)) => modified <= since,
                _ => false,
            },
        }
    }

    /// Whether the range is wanted of this version (13.1.5): the very same, or any.
    pub(super) fn range_is_of(&self, version: &Version) -> bool {
        let Some(wanted) = self.range.as_deref().map(str::trim) else { return true };
        match wanted.starts_with('"') || wanted.starts_with("W/") {
            true => version.tag.as_ref().is_some_and(|tag| wanted == format!("\"{tag}\"")),
            false => date(wanted).is_some_and(|date| Some(date) == version.modified),
        }
    }
}

fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::{Duration, HeaderMap, Preconditions, UNIX_EPOCH, Version};

    #[test]
    fn a_version_is_known_by_its_tag_or_its_date() {
        let modified = Some(UNIX_EPOCH + Duration::from_secs(784_111_777));
        let version = Version { tag: Some("a".to_owned()), modified };
        let untagged = Version { tag: None, modified };
        let cases = [
            ("nothing", "", "", &version, false, true),
            ("the tag", "if-none-match", "\"a\"", &version, true, true),
            ("among others, weak", "if-none-match", "\"b\", W/\"a\"", &version, true, true),
            ("any", "if-none-match", "*", &version, true, true),
            ("another", "if-none-match", "\"b\"", &version, false, true),
            ("none to compare", "if-none-match", "\"a\"", &untagged, false, true),
            (
                "the date",
                "if-modified-since",
                "Sun, 06 Nov 1994 08:49:37 GMT",
                &version,
                true,
                true,
            ),
            ("before", "if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT", &version, false, true),
            ("a range of it", "if-range", "\"a\"", &version, false, true),
            ("a range of another", "if-range", "\"b\"", &version, false, false),
            ("a weak one", "if-range", "W/\"a\"", &version, false, false),
            ("of that day", "if-range", "Sun, 06 Nov 1994 08:49:37 GMT", &untagged, false, true),
            ("of another", "if-range", "Sun, 06 Nov 1994 08:49:38 GMT", &untagged, false, false),
        ];
        for (name, header, value, version, has, of) in cases {
            let mut headers = HeaderMap::new();
            if !header.is_empty() {
                headers.insert(header, value.parse().unwrap());
            }
            let conditions = Preconditions::of(&headers);
            assert_eq!(conditions.has(version), has, "case: {name}");
            assert_eq!(conditions.range_is_of(version), of, "case: {name}");
        }
    }
}
