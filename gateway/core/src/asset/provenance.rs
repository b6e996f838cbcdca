//! What made an asset, what it is worth, and what has no field of its own.

use super::description::Identifier;
use crate::coverage::{Instant, Interval};

/// A number whose unit is only known at run time.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// The number.
    pub amount: f64,
    /// `VOUnit`.
    pub unit: String,
}

/// A value of an extra, a setting or a filter.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each case says its type")]
pub enum Value {
    Text(String),
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Instant(Instant),
    Quantity(Quantity),
    Range(Interval),
    Texts(Vec<String>),
    Integers(Vec<i64>),
    Reals(Vec<f64>),
    /// RFC 8259 text.
    Json(String),
}

/// Anything without a field of its own: `namespace:name`, the unit in the name.
#[derive(Clone, Debug, PartialEq)]
pub struct Extra {
    /// "gnss:antenna-height-m".
    pub key: String,
    /// Its value.
    pub value: Value,
}

/// What made the data (W3C PROV activity, CAOM provenance).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    /// The process or pipeline.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Who ran it.
    pub producer: Option<String>,
    /// For what.
    pub project: Option<String>,
    /// The run.
    pub run_id: Option<String>,
    /// Where it is described.
    pub reference: Option<String>,
    /// When it ran.
    pub executed: Option<Instant>,
    /// With which parameters.
    pub parameters: Vec<(String, String)>,
    /// What it was made from.
    pub inputs: Vec<Identifier>,
    /// In words.
    pub lineage: Option<String>,
}

/// What is known of the quality.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quality {
    /// The archive's own word.
    pub flag: Option<String>,
    /// In words.
    pub note: Option<String>,
    /// In numbers.
    pub metrics: Vec<Extra>,
}

/// The source's record as it came, for what the fields do not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeRecord {
    /// URI or name of its schema.
    pub schema: String,
    /// Of the content.
    pub media_type: String,
    /// The record.
    pub content: bytes::Bytes,
}
