//! The typed question that every search surface asks.

pub mod parse;
pub mod saved;

use crate::asset::{FacetKind, Value};
use crate::coverage::{Instant, Interval, Region, TimeRange};

/// In what order assets are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// Any that stays the same from one call to the next.
    #[default]
    Stable,
    /// Start of the time coverage, else the creation date; latest first, without one last.
    Date,
    /// Largest first, unknown last.
    Size,
    /// From the centre of the region asked for; nearest first, without a position last.
    Distance,
}

/// A facet with the terms that are wanted of it; any of them will do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FacetFilter {
    /// Which facet.
    pub kind: FacetKind,
    /// Compared without regard to case.
    pub any_of: Vec<String>,
}

/// How an extra is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Equals,
    Differs,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Contains,
    MatchesGlob,
    IsPresent,
}

/// A condition on an extra.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// `namespace:name`.
    pub key: String,
    /// How.
    pub comparison: Comparison,
    /// With what.
    pub value: Value,
}

/// A question in the archive's own language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeQuery {
    /// A language that the archive's description names.
    pub language: String,
    /// The question.
    pub text: String,
}

/// All constraints hold together; one that is absent or empty constrains nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// Words; all must occur in title, description, keywords, targets, identifiers or facets.
    pub text: Option<String>,
    /// Any of these collections.
    pub collections: Vec<String>,
    /// Overlap.
    pub region: Option<Region>,
    /// Overlap.
    pub time: Option<TimeRange>,
    /// Overlap, vacuum wavelength.
    pub wavelength_m: Option<Interval>,
    /// Each must hold.
    pub facets: Vec<FacetFilter>,
    /// Each must hold.
    pub filters: Vec<Filter>,
    /// Changed at or after this.
    pub modified_since: Option<Instant>,
    /// Instead of the above.
    pub native: Option<NativeQuery>,
}

/// What one archive is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// The question.
    pub question: Question,
    /// The order wanted.
    pub order: Order,
    /// Goes on behind the batch that gave this.
    pub after: Option<Vec<u8>>,
    /// As many as the caller wants in all.
    pub max_assets: Option<u64>,
}

/// A part of a question, for "can push down" and "was not applied".
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the parts of a question")]
pub enum Constraint {
    Text,
    Collections,
    Region,
    Time,
    Wavelength,
    Facet(FacetKind),
    /// By the key of the extra.
    Filter(String),
    ModifiedSince,
    Native,
    MaxAssets,
}
