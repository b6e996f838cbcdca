//! The columns of a list of assets, for CSV and VOTable.

use archway_formats::votable::{Cell, Datatype, Field, Xtype};
use serde_json::Value;

/// One column: what it is, and its value of an asset as `/api/v1/search` gives it.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    unit: Option<&'static str>,
    ucd: Option<&'static str>,
    description: &'static str,
    value: fn(&Value) -> Option<&Value>,
}

/// Of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Time,
    Number,
    Count,
}

macro_rules! column {
    ($name:literal, $kind:ident, $pointer:literal, $unit:expr, $ucd:expr, $description:literal) => {
        Column {
            name: $name,
            kind: Kind::$kind,
            unit: $unit,
            ucd: $ucd,
            description: $description,
            value: |asset| asset.pointer($pointer),
        }
    };
}

/// All of them, in their order.
pub(super) const COLUMNS: [Column; 17] = [
    column!("id", Text, "/id", None, Some("meta.id;meta.main"), "archive/native-id"),
    column!("archive", Text, "/archive", None, Some("meta.id"), "The archive that gave it"),
    column!("collection", Text, "/collection", None, None, "archive/collection"),
    column!("title", Text, "/title", None, Some("meta.title"), "For people"),
    column!("kind", Text, "/kind", None, None, "dataset, observation, catalogue, ..."),
    column!("publisher", Text, "/publisher", None, Some("meta.curation"), "Who publishes it"),
    column!(
        "ra_deg",
        Number,
        "/position/ra_deg",
        Some("deg"),
        Some("pos.eq.ra;meta.main"),
        "Centre of its coverage, ICRS"
    ),
    column!(
        "dec_deg",
        Number,
        "/position/dec_deg",
        Some("deg"),
        Some("pos.eq.dec;meta.main"),
        "Centre of its coverage, ICRS"
    ),
    column!(
        "time_start",
        Time,
        "/time/start",
        None,
        Some("time.start"),
        "Start of its coverage, UTC"
    ),
    column!("time_end", Time, "/time/end", None, Some("time.end"), "End of its coverage, UTC"),
    column!("created", Time, "/created", None, Some("time.creation"), "When it was made, UTC"),
    column!(
        "size_bytes",
        Count,
        "/size_bytes",
        Some("byte"),
        Some("phys.size;meta.file"),
        "All its files that have a size"
    ),
    column!(
        "mission",
        Text,
        "/facets/mission/0",
        None,
        Some("instr.obsty"),
        "The first of its missions"
    ),
    column!(
        "instrument",
        Text,
        "/facets/instrument/0",
        None,
        Some("instr"),
        "The first of its instruments"
    ),
    column!(
        "visibility",
        Text,
        "/visibility",
        None,
        None,
        "public, shared, restricted or embargoed"
    ),
    Column {
        name: "licence",
        kind: Kind::Text,
        unit: None,
        ucd: None,
        description: "SPDX identifier, else where its text is, else its text",
        value: |asset| {
            let licence = asset.get("licence")?;
            ["spdx", "url", "text"]
                .into_iter()
                .filter_map(|key| licence.get(key))
                .find(|value| value.is_string())
        },
    },
    Column {
        name: "access_url",
        kind: Kind::Text,
        unit: None,
        ucd: Some("meta.ref.url"),
        description: "Of the data itself, where it has an address",
        value: |asset| {
            let mut all = asset.get("distributions")?.as_array()?.iter();
            all.find(|one| one.get("role").is_some_and(|role| role == "#this"))?.get("url")
        },
    },
];

impl Column {
    /// As text; empty where there is none.
    pub(super) fn text(&self, asset: &Value) -> String {
        match (self.value)(asset) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// As a cell of a VOTable.
    pub(super) fn cell(&self, asset: &Value) -> Cell {
        let value = (self.value)(asset);
        match self.kind {
            Kind::Text => value.and_then(Value::as_str).map_or(Cell::Null, Cell::text),
            // DALI timestamps have no zone: they are UTC (DALI 1.1, 3.1.2).
            Kind::Time => value
                .and_then(Value::as_str)
                .map_or(Cell::Null, |time| Cell::text(time.trim_end_matches('Z'))),
            Kind::Number => value.and_then(Value::as_f64).map_or(Cell::Null, Cell::F64),
            Kind::Count => value.and_then(Value::as_i64).map_or(Cell::Null, Cell::I64),
        }
    }

    /// As a FIELD of a VOTable.
    pub(super) fn field(&self) -> Field {
        let field = match self.kind {
            Kind::Text | Kind::Time => Field::text(self.name),
            Kind::Number => Field::new(self.name, Datatype::Double),
            Kind::Count => Field::new(self.name, Datatype::Long),
        };
        let is_position = self.ucd.is_some_and(|ucd| ucd.starts_with("pos.eq"));
        Field {
            unit: self.unit.map(str::to_owned),
            ucd: self.ucd.map(str::to_owned),
            description: Some(self.description.to_owned()),
            reference: is_position.then(|| "icrs".to_owned()),
            xtype: (self.kind == Kind::Time).then_some(Xtype::Timestamp),
            ..field
        }
    }
}
