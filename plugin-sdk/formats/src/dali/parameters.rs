//! The parameters of a request (DALI 1.1, 3): names without regard to case,
//! values as they are.

/// The parameters of one request, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

/// A parameter that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A parameter that may be given once was given several times.
    #[error("parameter {name} is given {count} times where once would be right")]
    Repeated {
        /// Its name.
        name: String,
        /// How often.
        count: usize,
    },
    /// A parameter that must be there is not.
    #[error("parameter {name} is missing")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A value that means nothing.
    #[error("parameter {name} = `{value}` is not {expected}")]
    Bad {
        /// Its name.
        name: String,
        /// What was found, shortened.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
}

impl ParameterError {
    pub(crate) fn bad(name: &str, value: &str, expected: &'static str) -> Self {
        Self::Bad { name: name.to_owned(), value: crate::error::shortened(value), expected }
    }
}

impl Parameters {
    /// Parameters of decoded pairs.
    pub fn new<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self { pairs: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// Adds a pair.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.pairs.push((name.into(), value.into()));
    }

    /// All pairs, in the order of the request.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// All values of `name`.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.pairs
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// The only value of `name`; the same value given twice counts as once.
    pub fn single(&self, name: &str) -> Result<Option<&str>, ParameterError> {
        let mut values = self.all(name);
        let Some(first) = values.next() else { return Ok(None) };
        let others = values.filter(|value| *value != first).count();
        if others > 0 {
            return Err(ParameterError::Repeated { name: name.to_owned(), count: others + 1 });
        }
        Ok(Some(first))
    }

    /// As [`single`](Self::single), with an error if it is absent or empty.
    pub fn required(&self, name: &str) -> Result<&str, ParameterError> {
        match self.single(name)? {
            Some(value) if !value.trim().is_empty() => Ok(value),
            Some(_) | None => Err(ParameterError::Missing { name: name.to_owned() }),
        }
    }

    /// MAXREC (DALI 1.1, 3.4.4): most rows wanted; 0 asks for the columns alone.
    pub fn maxrec(&self) -> Result<Option<u64>, ParameterError> {
        match self.single("MAXREC")?.map(str::trim).filter(|value| !value.is_empty()) {
            Some(value) => value
                .parse()
                .map(Some)
                .map_err(|_| ParameterError::bad("MAXREC", value, "a whole number of 0 or more")),
            None => Ok(None),
        }
    }

    /// RESPONSEFORMAT, or FORMAT, its name before TAP 1.1.
    pub fn response_format(&self) -> Result<Option<&str>, ParameterError> {
        match self.single("RESPONSEFORMAT")? {
            Some(value) if !value.trim().is_empty() => Ok(Some(value.trim())),
            Some(_) | None => {
                Ok(self.single("FORMAT")?.map(str::trim).filter(|value| !value.is_empty()))
            }
        }
    }
}
