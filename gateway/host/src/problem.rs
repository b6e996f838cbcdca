//! One mistake in something written by people, with its key: all of them are reported at once.

use std::fmt;

/// One mistake: where, and what was found and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key as it is written in the TOML: `settings.base_url`.
    pub key: String,
    /// What was found and what would be right.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }

    /// A key that nobody reads, with the nearest that somebody does.
    pub(crate) fn unknown<'a>(
        prefix: &str,
        key: &str,
        known: impl IntoIterator<Item = &'a str> + Clone,
    ) -> Self {
        let message = match nearest(key, known.clone()) {
            Some(nearest) => format!("unknown; did you mean `{nearest}`?"),
            None => {
                let known: Vec<&str> = known.into_iter().collect();
                format!("unknown; known are {}", known.join(", "))
            }
        };
        Self::new(format!("{prefix}{key}"), message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

/// The known word that `asked` most likely stands for.
pub(crate) fn nearest<'a>(
    asked: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let scored = known.into_iter().map(|word| (strsim::jaro_winkler(asked, word), word));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score > 0.8).map(|(_, word)| word)
}

/// The problems, one a line, for an error's text.
pub(crate) fn lines(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("\n  {p}")).collect()
}
