//! What a caller of a federated search says.

use std::time::Duration;

use crate::Error;
use crate::asset::ArchiveId;
use crate::search::Question;

/// The most assets a page may hold.
pub const LIMIT_MAX: u32 = 1000;
/// How long a search waits unless asked otherwise.
pub const DEADLINE_DEFAULT: Duration = Duration::from_secs(8);
/// The longest that may be asked for.
pub const DEADLINE_MAX: Duration = Duration::from_secs(60);

/// In what order a caller wants the assets of all archives together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// With text, by where its words occur; without, each archive's own order, interleaved.
    #[default]
    Relevance,
    /// Start of the time coverage, else the creation date; latest first, without one last.
    Date,
    /// From the centre of the region asked for; nearest first, without a position last.
    Distance,
    /// Largest first, unknown last.
    Size,
}

impl Sort {
    /// All, in the order a surface shows them.
    pub const ALL: [Self; 4] = [Self::Relevance, Self::Date, Self::Distance, Self::Size];

    /// The name in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Date => "date",
            Self::Distance => "distance",
            Self::Size => "size",
        }
    }
}

/// Which archives must answer in full for the search to succeed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Require {
    /// None: what is missing is said in `sources`.
    #[default]
    Any,
    /// Every archive that offers search.
    All,
    /// These.
    Archives(Vec<ArchiveId>),
}

/// One federated search.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The question.
    pub question: Question,
    /// Only these archives; all when empty.
    pub scope: Vec<ArchiveId>,
    /// The order.
    pub sort: Sort,
    /// Most assets of the page, 1 to [`LIMIT_MAX`].
    pub limit: u32,
    /// `next` of the page before, unchanged.
    pub cursor: Option<String>,
    /// How long to wait for archives, at most [`DEADLINE_MAX`].
    pub deadline: Duration,
    /// Which archives must answer.
    pub require: Require,
}

impl Default for Request {
    /// Everything, 20 assets of it, within 8 seconds.
    fn default() -> Self {
        Self {
            question: Question::default(),
            scope: Vec::new(),
            sort: Sort::default(),
            limit: 20,
            cursor: None,
            deadline: DEADLINE_DEFAULT,
            require: Require::default(),
        }
    }
}

impl Request {
    /// Checks the numbers and that the order has what it needs.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] naming the parameter.
    pub fn check(&self) -> Result<(), Error> {
        if !(1..=LIMIT_MAX).contains(&self.limit) {
            let reason = format!("{} is outside 1..={LIMIT_MAX}", self.limit);
            return Err(Error::bad_request("limit", reason));
        }
        if self.deadline.is_zero() || self.deadline > DEADLINE_MAX {
            let reason = format!(
                "{} is outside 1..={}",
                self.deadline.as_millis(),
                DEADLINE_MAX.as_millis()
            );
            return Err(Error::bad_request("deadline_ms", reason));
        }
        if self.sort == Sort::Distance && self.question.region.is_none() {
            let reason = "distance needs a region (`pos`) to measure from";
            return Err(Error::bad_request("sort", reason));
        }
        Ok(())
    }
}
