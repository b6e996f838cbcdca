//! The one asset model: what every archive's records become.
//!
//! The WIT (`wit/archive/types.wit`), the JSON of the REST surface and later the
//! store and the VO mappings follow these types. A value that the archive does not
//! give is absent; quantities are in the unit that the field's name says, and the
//! archive's own words stand beside a converted value in a `native` field.

mod description;
mod distribution;
mod facet;
mod id;
mod provenance;
mod rights;
mod sorting;
mod text;

pub use description::{
    Agent, AgentRole, AssetKind, Identifier, Identity, Relation, Summary, Target, Term,
};
pub use distribution::{Availability, Checksum, Distribution, Location, Size, SizeQuality};
pub use facet::{Facet, FacetKind};
pub use id::{ArchiveId, AssetId, BadId};
pub use provenance::{Extra, NativeRecord, Provenance, Quality, Quantity, Value};
pub use rights::{Licence, Rights, Visibility, never};
pub use text::{hash_list, some_text};

use crate::coverage::{EnergyCoverage, SpaceCoverage, TimeCoverage};

/// One record of an archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// `archive/native-id`, stable over harvests.
    pub id: AssetId,
    /// What it is called elsewhere.
    pub identity: Identity,
    /// What it is.
    pub summary: Summary,
    /// Who may have it, and under which terms.
    pub rights: Rights,
    /// Where it looks, or where it was.
    pub space: Vec<SpaceCoverage>,
    /// When.
    pub time: Vec<TimeCoverage>,
    /// At what energy.
    pub energy: Vec<EnergyCoverage>,
    /// Terms to filter by.
    pub facets: Vec<Facet>,
    /// One for each location and encoding of its bytes.
    pub distributions: Vec<Distribution>,
    /// What made it.
    pub provenance: Vec<Provenance>,
    /// What is known of its quality.
    pub quality: Vec<Quality>,
    /// What has no field of its own.
    pub extras: Vec<Extra>,
    /// The source's record as it came.
    pub native: Option<NativeRecord>,
    /// The same asset in other archives, merged into this one.
    pub copies: Vec<AssetId>,
}

impl Asset {
    /// A public dataset with nothing known but its name.
    pub fn new(id: AssetId, collection: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            id,
            identity: Identity::new(collection),
            summary: Summary::new(title),
            rights: Rights::default(),
            space: Vec::new(),
            time: Vec::new(),
            energy: Vec::new(),
            facets: Vec::new(),
            distributions: Vec::new(),
            provenance: Vec::new(),
            quality: Vec::new(),
            extras: Vec::new(),
            native: None,
            copies: Vec::new(),
        }
    }
}
