//! The extended types of columns (DALI 1.1, 3.3; TAP 1.0, 2.5; draft DALI 1.2).

use std::convert::Infallible;
use std::str::FromStr;

/// What a column's values mean beyond their datatype.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Xtype {
    /// `timestamp`: ISO 8601 text, UTC.
    Timestamp,
    /// `adql:TIMESTAMP`, the word of TAP 1.0.
    AdqlTimestamp,
    /// `interval`: pairs of numbers.
    Interval,
    /// `multiinterval`
    MultiInterval,
    /// `point`: longitude and latitude, degrees.
    Point,
    /// `circle`: longitude, latitude, radius, degrees.
    Circle,
    /// `range`: two longitudes, two latitudes, degrees.
    Range,
    /// `polygon`: vertices, degrees.
    Polygon,
    /// `shape`: a word and its numbers.
    Shape,
    /// `multishape`
    MultiShape,
    /// `moc`: a coverage as text.
    Moc,
    /// `adql:REGION`: STC-S text.
    AdqlRegion,
    /// `adql:POINT`: STC-S text.
    AdqlPoint,
    /// `adql:CLOB`
    AdqlClob,
    /// `adql:BLOB`
    AdqlBlob,
    /// `uuid`
    Uuid,
    /// `uri`
    Uri,
    /// `hms`: sexagesimal hours.
    Hms,
    /// `dms`: sexagesimal degrees.
    Dms,
    /// `json`
    Json,
    /// Another, as written.
    Other(String),
}

impl Xtype {
    /// Whether values are times as text.
    pub fn is_timestamp(&self) -> bool {
        matches!(self, Self::Timestamp | Self::AdqlTimestamp)
    }

    /// Whether values are places or areas on the sky.
    pub fn is_region(&self) -> bool {
        matches!(
            self,
            Self::Point
                | Self::Circle
                | Self::Range
                | Self::Polygon
                | Self::Shape
                | Self::MultiShape
                | Self::Moc
                | Self::AdqlRegion
                | Self::AdqlPoint
        )
    }

    /// The word of the standard.
    pub fn name(&self) -> &str {
        match self {
            Self::Timestamp => "timestamp",
            Self::AdqlTimestamp => "adql:TIMESTAMP",
            Self::Interval => "interval",
            Self::MultiInterval => "multiinterval",
            Self::Point => "point",
            Self::Circle => "circle",
            Self::Range => "range",
            Self::Polygon => "polygon",
            Self::Shape => "shape",
            Self::MultiShape => "multishape",
            Self::Moc => "moc",
            Self::AdqlRegion => "adql:REGION",
            Self::AdqlPoint => "adql:POINT",
            Self::AdqlClob => "adql:CLOB",
            Self::AdqlBlob => "adql:BLOB",
            Self::Uuid => "uuid",
            Self::Uri => "uri",
            Self::Hms => "hms",
            Self::Dms => "dms",
            Self::Json => "json",
            Self::Other(word) => word,
        }
    }
}

impl FromStr for Xtype {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        let word = word.trim();
        Ok(match word.to_ascii_lowercase().as_str() {
            "timestamp" => Self::Timestamp,
            "adql:timestamp" => Self::AdqlTimestamp,
            "interval" => Self::Interval,
            "multiinterval" => Self::MultiInterval,
            "point" => Self::Point,
            "circle" => Self::Circle,
            "range" => Self::Range,
            "polygon" => Self::Polygon,
            "shape" => Self::Shape,
            "multishape" => Self::MultiShape,
            "moc" => Self::Moc,
            "adql:region" => Self::AdqlRegion,
            "adql:point" => Self::AdqlPoint,
            "adql:clob" => Self::AdqlClob,
            "adql:blob" => Self::AdqlBlob,
            "uuid" => Self::Uuid,
            "uri" => Self::Uri,
            "hms" => Self::Hms,
            "dms" => Self::Dms,
            "json" => Self::Json,
            _ => Self::Other(word.to_owned()),
        })
    }
}
