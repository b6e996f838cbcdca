//! Facets: the terms that a portal filters and counts by.

use std::fmt;
use std::str::FromStr;

/// A facet as an asset carries it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Facet {
    /// Which facet.
    pub kind: FacetKind,
    /// The term; compared without regard to case.
    pub term: String,
    /// For people, where it differs.
    pub label: Option<String>,
}

/// The facets that archives fill. `collection`, `format`, `product-type`, `licence`,
/// `visibility` and `archive` are facets of the surface that are read from fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words are the portal's own")]
pub enum FacetKind {
    Category,
    Organization,
    Domain,
    Mission,
    InstrumentHost,
    Instrument,
    Detector,
    Characteristic,
    Tag,
    Waveband,
    ProcessingLevel,
    Station,
    Constellation,
    Target,
    /// A facet of one archive only.
    Other(String),
}

impl FacetKind {
    /// The facets with a name of their own, in the order a portal shows them.
    pub const NAMED: [Self; 14] = [
        Self::Category,
        Self::Organization,
        Self::Domain,
        Self::Mission,
        Self::InstrumentHost,
        Self::Instrument,
        Self::Detector,
        Self::Characteristic,
        Self::Tag,
        Self::Waveband,
        Self::ProcessingLevel,
        Self::Station,
        Self::Constellation,
        Self::Target,
    ];

    /// The name in a URL and in JSON.
    pub fn name(&self) -> &str {
        match self {
            Self::Category => "category",
            Self::Organization => "organization",
            Self::Domain => "domain",
            Self::Mission => "mission",
            Self::InstrumentHost => "instrument-host",
            Self::Instrument => "instrument",
            Self::Detector => "detector",
            Self::Characteristic => "characteristic",
            Self::Tag => "tag",
            Self::Waveband => "waveband",
            Self::ProcessingLevel => "processing-level",
            Self::Station => "station",
            Self::Constellation => "constellation",
            Self::Target => "target",
            Self::Other(name) => name,
        }
    }
}

impl FromStr for FacetKind {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let named = Self::NAMED.into_iter().find(|kind| kind.name() == name);
        Ok(named.unwrap_or_else(|| Self::Other(name.to_owned())))
    }
}

impl fmt::Display for FacetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
