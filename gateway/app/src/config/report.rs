//! Mistakes, each with where it stands, its full key, and what would be right.

use std::fmt;
use std::fmt::Display;
use std::ops::RangeInclusive;

use super::file::Layer;
use super::keys;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file or the environment variable.
    pub place: String,
    /// With its sections: `plugins.memory_mib`. Empty where the whole file is meant.
    pub key: String,
    /// What was found and what would be right.
    pub reason: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, key, reason } = self;
        if key.is_empty() {
            write!(f, "{place}: {reason}")
        } else {
            write!(f, "{place}: {key}: {reason}")
        }
    }
}

/// A configuration that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(pub Vec<Problem>);

impl Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mistakes = if self.0.len() == 1 { "mistake" } else { "mistakes" };
        write!(f, "{} {mistakes} in the configuration", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Invalid {}

/// Collects the mistakes of one table of one layer.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) layer: &'a Layer,
    /// The table's key; empty at the top.
    prefix: String,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Report<'a> {
    pub(super) fn new(layer: &'a Layer, prefix: &str, problems: &'a mut Vec<Problem>) -> Self {
        Self { layer, prefix: prefix.to_owned(), problems }
    }

    /// For the table `key` of this one.
    pub(super) fn below(&mut self, key: &str) -> Report<'_> {
        let prefix = self.full(key);
        Report { layer: self.layer, prefix, problems: self.problems }
    }

    /// The table that this is about, if it is written.
    pub(super) fn table(&self) -> Option<&'a toml::Table> {
        let mut steps = self.prefix.split('.').filter(|step| !step.is_empty());
        steps.try_fold(&self.layer.table, |table, step| table.get(step)?.as_table())
    }

    /// Full key of `key` in this table.
    pub(super) fn full(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}.{key}", self.prefix) }
    }

    /// A mistake in the value of `key`.
    pub(super) fn wrong(&mut self, key: &str, reason: impl Display) {
        let key = self.full(key);
        let place = self.layer.place_of(&key);
        self.problems.push(Problem { place, key, reason: reason.to_string() });
    }

    /// A mistake in this table as a whole.
    pub(super) fn wrong_itself(&mut self, reason: impl Display) {
        let (key, place) = (self.prefix.clone(), self.layer.place_of(&self.prefix));
        self.problems.push(Problem { place, key, reason: reason.to_string() });
    }

    /// How many mistakes there are so far.
    pub(super) fn count(&self) -> usize {
        self.problems.len()
    }

    /// Whether there is a mistake in the value of `key` already.
    pub(super) fn reported(&self, key: &str) -> bool {
        let key = self.full(key);
        let place = self.layer.place_of(&key);
        self.problems.iter().any(|problem| problem.key == key && problem.place == place)
    }

    /// A key that is not there.
    pub(super) fn unknown(&mut self, key: &str, known: &[&str]) {
        let reason = match keys::nearest(key, known) {
            Some(nearest) => format!("there is no such key; did you mean `{nearest}`?"),
            None => format!("there is no such key; there are {}", known.join(", ")),
        };
        self.wrong(key, reason);
    }

    /// Whether `value` of `key` is in `range`; a mistake of it if not.
    ///
    /// A value that is not written here is a default, or was reported where it is written.
    pub(super) fn within<T: PartialOrd + Display>(
        &mut self,
        key: &str,
        value: T,
        range: RangeInclusive<T>,
    ) -> T {
        if range.contains(&value) {
            return value;
        }
        let (low, high) = range.into_inner();
        if self.table().is_some_and(|table| table.contains_key(key)) {
            self.wrong(key, format_args!("{value} is outside {low}..={high}"));
        }
        // The nearest that would do, so that nothing else is said to be wrong because of it.
        if value > high { high } else { low }
    }
}
