//! What a VOTable says before and around its rows.

use crate::votable::field::{Field, Param};
use crate::votable::status::QueryStatus;

/// Everything before the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// The `version` attribute.
    pub version: Option<String>,
    /// DESCRIPTION of the document.
    pub description: Option<String>,
    /// INFOs of the document and of the chosen RESOURCE, in the order of the document.
    pub infos: Vec<Info>,
    /// PARAMs of the document and of the chosen RESOURCE.
    pub params: Vec<Param>,
    /// Coordinate frames, nested RESOURCEs included.
    pub coosys: Vec<CooSys>,
    /// Time frames.
    pub timesys: Vec<TimeSys>,
    /// GROUPs of the document and of the chosen RESOURCE.
    pub groups: Vec<Group>,
    /// The RESOURCE that holds the table; of an error document, the first one.
    pub resource: Option<Resource>,
    /// The table; `None` if the document has none.
    pub table: Option<Table>,
    /// RESOURCEs of type `meta` met so far: DataLink service descriptors.
    pub meta: Vec<MetaResource>,
}

/// A RESOURCE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// Its identifier in the document.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// `results` or `meta`, as written.
    pub kind: Option<String>,
    /// Place in a data model.
    pub utype: Option<String>,
    /// For people.
    pub description: Option<String>,
}

/// A TABLE without its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Its identifier in the document.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Unified content descriptor.
    pub ucd: Option<String>,
    /// Place in a data model.
    pub utype: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// The `nrows` attribute: a promise.
    pub rows: Option<u64>,
    /// The columns.
    pub fields: Vec<Field>,
    /// PARAMs of the table.
    pub params: Vec<Param>,
    /// GROUPs of the table.
    pub groups: Vec<Group>,
    /// INFOs inside of the table.
    pub infos: Vec<Info>,
}

/// An INFO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Its identifier in the document.
    pub id: Option<String>,
    /// What it is about.
    pub name: String,
    /// The `value` attribute; empty if absent.
    pub value: String,
    /// Its text.
    pub text: Option<String>,
    /// Unified content descriptor (`meta.bib` for a citation).
    pub ucd: Option<String>,
    /// Place in a data model.
    pub utype: Option<String>,
}

impl Info {
    /// An INFO of a name and a value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), ..Self::default() }
    }

    /// The same with a text.
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}

/// A COOSYS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CooSys {
    /// Its identifier, which FIELDs refer to.
    pub id: String,
    /// The frame: `ICRS`, `FK5`, `GALACTIC`, …
    pub system: Option<String>,
    /// `J2000` and such.
    pub equinox: Option<String>,
    /// Epoch of the positions.
    pub epoch: Option<String>,
    /// `BARYCENTER` and such (VOTable 1.5).
    pub refposition: Option<String>,
}

/// A TIMESYS (VOTable 1.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeSys {
    /// Its identifier, which FIELDs refer to.
    pub id: String,
    /// `MJD-origin`, `JD-origin` or a Julian date; absent for ISO 8601 times.
    pub timeorigin: Option<String>,
    /// `UTC`, `TT`, …
    pub timescale: Option<String>,
    /// `TOPOCENTER` and such.
    pub refposition: Option<String>,
}

/// A GROUP: parameters and references.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Its identifier in the document.
    pub id: Option<String>,
    /// Its name: `inputParams` in a service descriptor.
    pub name: Option<String>,
    /// Unified content descriptor.
    pub ucd: Option<String>,
    /// Place in a data model.
    pub utype: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// PARAMs defined inside.
    pub params: Vec<Param>,
    /// Identifiers of FIELDs.
    pub field_refs: Vec<String>,
    /// Identifiers of PARAMs.
    pub param_refs: Vec<String>,
    /// GROUPs inside.
    pub groups: Vec<Group>,
}

/// A RESOURCE that describes rather than holds rows, such as a DataLink service
/// descriptor (DataLink 1.1, 4).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetaResource {
    /// Its attributes.
    pub resource: Resource,
    /// PARAMs: `accessURL`, `standardID`, …
    pub params: Vec<Param>,
    /// GROUPs: `inputParams`.
    pub groups: Vec<Group>,
    /// INFOs.
    pub infos: Vec<Info>,
}

impl MetaResource {
    /// Returns the value of the PARAM `name`.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|p| p.field.name == name).map(|p| p.value.as_str())
    }
}

impl Head {
    /// The columns; empty if there is no table.
    pub fn fields(&self) -> &[Field] {
        self.table.as_ref().map_or(&[], |table| &table.fields)
    }

    /// Returns the first INFO of this name, upper and lower case alike.
    pub fn info(&self, name: &str) -> Option<&Info> {
        self.infos.iter().find(|info| info.name.eq_ignore_ascii_case(name))
    }

    /// What the service says of its answer so far. An overflow or a late error
    /// is known only after the rows: [`Trailer::status`](crate::votable::Trailer::status).
    pub fn status(&self) -> QueryStatus {
        let table = self.table.iter().flat_map(|table| &table.infos);
        QueryStatus::among(self.infos.iter().chain(table))
    }
}
