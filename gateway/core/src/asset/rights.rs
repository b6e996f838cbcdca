//! Who may have an asset, and under which terms.

use crate::coverage::{Instant, days_since_1970};

/// Who may have the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Everybody.
    #[default]
    Public,
    /// Some groups.
    Shared,
    /// Nobody without permission.
    Restricted,
    /// Nobody before [`Rights::data_release`]; computed at query time, never stored as public.
    Embargoed,
}

/// A licence; at least one of the three is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licence {
    /// SPDX identifier ("CC-BY-4.0").
    pub spdx: Option<String>,
    /// Where its text is.
    pub url: Option<String>,
    /// In the archive's words.
    pub text: Option<String>,
}

/// Rights in an asset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rights {
    /// Who may have the bytes.
    pub visibility: Visibility,
    /// When the bytes become public.
    pub data_release: Option<Instant>,
    /// When the record becomes public.
    pub metadata_release: Option<Instant>,
    /// IVOA group identifiers of those who may read.
    pub read_groups: Vec<String>,
    /// The licence.
    pub licence: Option<Licence>,
    /// Terms beyond the licence.
    pub statement: Option<String>,
    /// What a publication must say.
    pub acknowledgement: Option<String>,
    /// The archive's own word for it.
    pub native: Option<String>,
}

/// What archives write for "never": 2099-01-01 UTC.
pub fn never() -> Instant {
    Instant::from_utc_us(days_since_1970(2099, 1, 1) * 86_400_000_000)
}

impl Rights {
    /// Of a proprietary record with its release date, as the archive gives it.
    ///
    /// A date means an embargo until then, whether it has passed is decided by
    /// [`Rights::visibility_at`] whenever somebody asks. 2099-01-01 or later, and no date at
    /// all, mean restricted, and the date is dropped.
    pub fn proprietary(release: Option<Instant>) -> Self {
        match release.filter(|date| *date < never()) {
            Some(date) => Self {
                visibility: Visibility::Embargoed,
                data_release: Some(date),
                ..Self::default()
            },
            None => Self { visibility: Visibility::Restricted, ..Self::default() },
        }
    }

    /// Who may have the bytes at `now`: an embargo ends by itself, and a public record whose
    /// release lies ahead is under one.
    pub fn visibility_at(&self, now: Instant) -> Visibility {
        let released = self.data_release.is_none_or(|date| date <= now);
        match self.visibility {
            Visibility::Embargoed if self.data_release.is_some() && released => Visibility::Public,
            Visibility::Public if !released => Visibility::Embargoed,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rights, Visibility, never};
    use crate::coverage::Instant;

    #[test]
    fn an_embargo_is_decided_when_somebody_asks() {
        let at = |text: &str| Instant::parse_rfc3339(text).unwrap();
        let embargo = Rights::proprietary(Some(at("2026-06-01T00:00:00Z")));
        let public_later = Rights { visibility: Visibility::Public, ..embargo.clone() };
        let cases = [
            ("before", &embargo, "2026-05-31T23:59:59Z", Visibility::Embargoed),
            ("at the moment", &embargo, "2026-06-01T00:00:00Z", Visibility::Public),
            ("public, dated ahead", &public_later, "2026-05-31T23:59:59Z", Visibility::Embargoed),
            ("public, dated before", &public_later, "2027-01-01T00:00:00Z", Visibility::Public),
        ];
        for (name, rights, now, expected) in cases {
            assert_eq!(rights.visibility_at(at(now)), expected, "case: {name}");
        }
    }

    #[test]
    fn a_release_in_2099_is_never() {
        assert_eq!(never().to_rfc3339(), "2099-01-01T00:00:00Z");
        for release in [Some(never()), None] {
            let rights = Rights::proprietary(release);
            assert_eq!((rights.visibility, rights.data_release), (Visibility::Restricted, None));
        }
        let unknown = Rights { visibility: Visibility::Embargoed, ..Rights::default() };
        assert_eq!(unknown.visibility_at(never()), Visibility::Embargoed, "no date, no end");
    }
}
