//! The columns of an answer by their ObsCore names, and the values of one row.

use std::borrow::Cow;

use archway_formats::time;
use archway_formats::votable::{Field, Row, Value as Cell};
use archway_plugin::types::{Extra, Value};
use serde::{Deserialize, Serialize};

use crate::source::{self, Expression, Source};
use crate::units::Unit;

/// A value of a row as the archive gave it, good for a comparison in a later query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Key {
    Integer(i64),
    Real(f64),
    Text(String),
}

/// Where each column is.
#[derive(Debug)]
pub(crate) struct Columns {
    /// By ObsCore name, sorted as [`sorted_by`] says.
    by_name: Vec<(String, Place)>,
    /// What no field of the model takes: the extra's key, and where its value is.
    extras: Vec<(String, Place)>,
    /// The answer's own names, for templates.
    names: Vec<String>,
}

#[derive(Clone, Debug)]
enum Place {
    Column { index: usize, unit: Unit },
    Constant(String),
    Template(String),
}

/// The names that fields of the model take; other columns become extras.
const TAKEN: [&str; 50] = [
    "access_estsize",
    "access_format",
    "access_url",
    "bib_reference",
    "calib_level",
    "data_rights",
    "dataproduct_subtype",
    "dataproduct_type",
    "em_max",
    "em_min",
    "em_res_power",
    "em_res_power_max",
    "em_res_power_min",
    "facility_name",
    "instrument_name",
    "modified",
    "o_ucd",
    "o_unit",
    "obs_collection",
    "obs_creation_date",
    "obs_creator_did",
    "obs_creator_name",
    "obs_id",
    "obs_publisher_did",
    "obs_release_date",
    "obs_title",
    "pol_states",
    "preview",
    "proposal_id",
    "publisher_id",
    "s_dec",
    "s_fov",
    "s_ra",
    "s_region",
    "s_resolution",
    "s_resolution_max",
    "s_resolution_min",
    "s_xel1",
    "s_xel2",
    "t_exptime",
    "t_max",
    "t_min",
    "t_resolution",
    "t_xel",
    "target_class",
    "target_name",
    "thumbnail_url",
    "preview_url",
    "filter_name",
    "description",
];

impl Columns {
    pub(super) fn of(fields: &[Field], source: &Source) -> Self {
        let names: Vec<String> =
            fields.iter().map(|field| field.name.trim_matches('"').to_owned()).collect();
        let index_of = |name: &str| {
            names.iter().position(|known| known.eq_ignore_ascii_case(name.trim_matches('"')))
        };
        let mut by_name: Vec<(String, Place)> = Vec::new();
        for (name, expression) in &source.columns {
            let place = match expression {
                Expression::Column { unit, .. } => {
                    let index = index_of(source.result_name(name)).or_else(|| index_of(name));
                    index.map(|index| Place::Column { index, unit: *unit })
                }
                Expression::Constant(value) => Some(Place::Constant(value.clone())),
                Expression::Template(template) => Some(Place::Template(template.clone())),
            };
            by_name.extend(place.map(|place| (name.clone(), place)));
        }
        // Columns that nobody announced: optional ones of an ObsCore table.
        if source.is_obscore {
            for (index, name) in names.iter().enumerate() {
                let taken = |place: &Place| matches!(place, Place::Column { index: at, .. } if *at == index);
                if !by_name.iter().any(|(_, place)| taken(place)) {
                    by_name.push((
                        name.to_ascii_lowercase(),
                        Place::Column { index, unit: Unit::Standard },
                    ));
                }
            }
        }
        by_name.sort_by(|a, b| a.0.cmp(&b.0));
        let namespace = if source.is_obscore { "obscore" } else { "tap" };
        let extras = by_name
            .iter()
            .filter(|(name, _)| !TAKEN.contains(&name.as_str()))
            .map(|(name, place)| (format!("{namespace}:{name}"), place.clone()))
            .collect();
        by_name.sort_by(|a, b| sorted_by(&a.0).cmp(&sorted_by(&b.0)));
        Self { by_name, extras, names }
    }

    pub(super) fn row<'a>(&'a self, row: &'a Row<'a>) -> Values<'a> {
        Values { columns: self, row }
    }

    pub(super) fn key(&self, row: &Row<'_>, name: &str) -> Option<Key> {
        let Some(Place::Column { index, .. }) = self.place(name) else { return None };
        match row.value(*index) {
            Cell::Text(text) => Some(Key::Text(text.to_owned())),
            cell => match cell.as_i64() {
                Some(number) => Some(Key::Integer(number)),
                None => cell.as_f64().filter(|number| number.is_finite()).map(Key::Real),
            },
        }
    }

    fn place(&self, name: &str) -> Option<&Place> {
        let wanted = sorted_by(name);
        let at = self.by_name.binary_search_by(|(known, _)| sorted_by(known).cmp(&wanted)).ok()?;
        self.by_name.get(at).map(|(_, place)| place)
    }
}

/// Every row looks up some fifty names: lengths tell most of them apart at once.
fn sorted_by(name: &str) -> (usize, &str) {
    (name.len(), name)
}

/// The values of one row by ObsCore name.
pub(super) struct Values<'a> {
    columns: &'a Columns,
    row: &'a Row<'a>,
}

impl<'a> Values<'a> {
    /// The cell, if the column is one of the answer.
    pub(super) fn cell(&self, name: &str) -> Option<(Cell<'a>, &'a Field)> {
        let Some(Place::Column { index, .. }) = self.columns.place(name) else { return None };
        let field = self.row.fields().get(*index)?;
        Some((self.row.value(*index), field)).filter(|(cell, _)| !cell.is_null())
    }

    /// A text that says something, without blanks around it. Numbers are printed.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        match self.columns.place(name)? {
            Place::Constant(value) => Some(Cow::Borrowed(value)),
            Place::Template(template) => self.filled(template).map(Cow::Owned),
            Place::Column { index, .. } => text_of(self.row.value(*index)),
        }
    }

    /// A finite number in ObsCore's unit.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        let (value, unit) = match self.columns.place(name)? {
            Place::Column { index, unit } => (number_of(self.row.value(*index))?, *unit),
            Place::Constant(value) => (value.trim().parse().ok()?, Unit::Standard),
            Place::Template(_) => return None,
        };
        Some(unit.to_standard(value)).filter(|number| number.is_finite())
    }

    /// A whole number that is not negative.
    pub(super) fn count(&self, name: &str) -> Option<u64> {
        let number = self.number(name)?;
        (0.0..1.8e19).contains(&number).then_some(number as u64)
    }

    /// A time, whether written as a number of the column's unit or as text.
    pub(super) fn instant(&self, name: &str) -> Option<i64> {
        let (cell, unit) = match self.columns.place(name)? {
            Place::Column { index, unit } => (self.row.value(*index), *unit),
            Place::Constant(value) => return time::parse_any(value),
            Place::Template(_) => return None,
        };
        match cell {
            Cell::Instant(instant) => Some(instant),
            Cell::Text(text) if unit == Unit::Iso => time::parse_timestamp(text),
            Cell::Text(text) => {
                time::parse_timestamp(text).or_else(|| unit.instant(text.trim().parse().ok()?))
            }
            cell => unit.instant(cell.as_f64()?),
        }
    }

    /// What no field of the model takes.
    pub(super) fn extras(&self) -> Vec<Extra> {
        let extra = |(key, place): &(String, Place)| {
            let value = match place {
                Place::Column { index, .. } => value_of(self.row.value(*index))?,
                Place::Constant(value) => Value::Text(value.clone()),
                Place::Template(template) => Value::Text(self.filled(template)?),
            };
            Some(Extra { key: key.clone(), value })
        };
        self.columns.extras.iter().filter_map(extra).collect()
    }

    fn filled(&self, template: &str) -> Option<String> {
        source::fill(template, |field| self.named(field))
    }

    /// A value of the answer by the archive's own name, for a template.
    fn named(&self, name: &str) -> Option<String> {
        let index = self.columns.names.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        text_of(self.row.value(index)).map(Cow::into_owned)
    }
}

fn text_of(cell: Cell<'_>) -> Option<Cow<'_, str>> {
    match cell {
        Cell::Text(text) => {
            let text = text.trim();
            (!text.is_empty()).then_some(Cow::Borrowed(text))
        }
        Cell::Bool(truth) => Some(Cow::Owned(truth.to_string())),
        cell => {
            let whole = cell.as_i64().map(|number| number.to_string());
            whole
                .or_else(|| cell.as_f64().filter(|n| n.is_finite()).map(|n| n.to_string()))
                .map(Cow::Owned)
        }
    }
}

fn number_of(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Text(text) => text.trim().parse().ok(),
        Cell::I64(number) => Some(number as f64),
        // 0.1 of 32 bits is 0.1, not the number of 64 bits that is nearest to its bits.
        Cell::F32(number) => number.to_string().parse().ok(),
        cell => cell.as_f64(),
    }
}

/// A cell as a typed extra; nothing for null and for types without a case.
fn value_of(cell: Cell<'_>) -> Option<Value> {
    match cell {
        Cell::Bool(truth) => Some(Value::Boolean(truth)),
        Cell::Instant(instant) => Some(Value::Instant(instant)),
        Cell::Text(_) => text_of(cell).map(|text| Value::Text(text.into_owned())),
        Cell::Texts(texts) => {
            let texts: Vec<String> =
                texts.iter().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect();
            (!texts.is_empty()).then_some(Value::Texts(texts))
        }
        Cell::I16s(numbers) => {
            Some(Value::Integers(numbers.iter().map(|n| i64::from(*n)).collect()))
        }
        Cell::I32s(numbers) => {
            Some(Value::Integers(numbers.iter().map(|n| i64::from(*n)).collect()))
        }
        Cell::I64s(numbers) => Some(Value::Integers(numbers.to_vec())),
        Cell::F32s(numbers) => Some(Value::Reals(numbers.iter().map(|n| f64::from(*n)).collect())),
        Cell::F64s(numbers) => Some(Value::Reals(numbers.to_vec())),
        cell => match cell.as_i64() {
            Some(number) => Some(Value::Integer(number)),
            None => number_of(cell).filter(|number| number.is_finite()).map(Value::Real),
        },
    }
}
