//! What a service says about its own answer (DALI 1.1, 4.4).

use crate::votable::head::Info;

/// The INFO named `QUERY_STATUS`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum QueryStatus {
    /// The document does not say.
    #[default]
    Unstated,
    /// All is well, so far.
    Ok,
    /// There are more rows than the service gave.
    Overflow,
    /// The query failed; the service's words.
    Error(String),
    /// Another word, as written.
    Other(String),
}

impl QueryStatus {
    /// Reads the status that `info` states, if it is about that at all.
    ///
    /// The `Error` INFO of cone search services (SCS 1.03, 2.3) counts as one.
    pub(crate) fn of(info: &Info) -> Option<Self> {
        if info.name.eq_ignore_ascii_case("QUERY_STATUS") {
            let value = info.value.trim();
            let message = || info.text.clone().unwrap_or_default();
            return Some(if value.eq_ignore_ascii_case("OK") {
                Self::Ok
            } else if value.eq_ignore_ascii_case("OVERFLOW") {
                Self::Overflow
            } else if value.eq_ignore_ascii_case("ERROR") {
                Self::Error(message())
            } else {
                Self::Other(value.to_owned())
            });
        }
        if info.name.eq_ignore_ascii_case("Error") {
            let message = Some(info.value.trim()).filter(|v| !v.is_empty());
            let message = message.or(info.text.as_deref()).unwrap_or_default();
            return Some(Self::Error(message.to_owned()));
        }
        None
    }

    /// Returns the status that `infos` state together: an error beats an
    /// overflow, which beats all else; a later word beats an earlier one.
    pub(crate) fn among<'a>(infos: impl IntoIterator<Item = &'a Info>) -> Self {
        let mut status = Self::Unstated;
        for found in infos.into_iter().filter_map(Self::of) {
            if found.weight() >= status.weight() {
                status = found;
            }
        }
        status
    }

    /// Returns the graver one of two statuses, `self` if they weigh the same.
    pub(crate) fn or_graver(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    fn weight(&self) -> u8 {
        match self {
            Self::Unstated => 0,
            Self::Ok => 1,
            Self::Other(_) => 2,
            Self::Overflow => 3,
            Self::Error(_) => 4,
        }
    }
}
