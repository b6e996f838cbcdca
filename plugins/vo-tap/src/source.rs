//! Where the assets come from: a table, and what stands for each ObsCore column in it.
//!
//! Called by `search.rs`, `harvest.rs`, `look_up.rs`. Calls `profile.rs`.
//! Rules: a mapped table is read *as ObsCore*, under aliases with ObsCore's names, so
//! that there is one mapping to assets; only units differ (`units.rs`).

use std::collections::BTreeSet;

use archway_plugin::{Error, Host};
use serde_json::{Map, Value as Json};

use crate::profile::Profile;
use crate::settings::{Mode, RegionSupport, Settings};
use crate::units::Unit;

/// What stands for an ObsCore column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    /// A column, or an ADQL expression of the operator's.
    Column { sql: String, unit: Unit },
    /// The same for every row.
    Constant(String),
    /// A text with `{column}` in it.
    Template(String),
}

/// A table whose rows are assets.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) table: String,
    pub(crate) columns: Vec<(String, Expression)>,
    /// The select list.
    pub(crate) select: String,
    pub(crate) region: RegionSupport,
    /// Whether columns beyond the known ones are ObsCore's optional ones.
    pub(crate) is_obscore: bool,
}

/// What `search` and `harvest` go over.
#[derive(Clone, Debug)]
pub(crate) enum Assets {
    Rows(Source),
    Tables,
}

/// The columns every ObsCore table has (ObsCore 1.1, table 1).
const MANDATORY: [&str; 30] = [
    "dataproduct_type",
    "calib_level",
    "obs_collection",
    "obs_id",
    "obs_publisher_did",
    "access_url",
    "access_format",
    "access_estsize",
    "target_name",
    "s_ra",
    "s_dec",
    "s_fov",
    "s_region",
    "s_resolution",
    "s_xel1",
    "s_xel2",
    "t_min",
    "t_max",
    "t_exptime",
    "t_resolution",
    "t_xel",
    "em_min",
    "em_max",
    "em_res_power",
    "em_xel",
    "o_ucd",
    "pol_states",
    "pol_xel",
    "facility_name",
    "instrument_name",
];

impl Assets {
    /// Decides what the assets of this archive are.
    pub(crate) fn of(host: &dyn Host, settings: &Settings) -> Result<Self, Error> {
        let is_mapping = settings.mode == Mode::Mapping
            || (settings.mode == Mode::Auto
                && settings.table.is_some()
                && settings.columns.iter().any(|(n, _)| n == "obs_id"));
        match settings.mode {
            Mode::Tables => Ok(Self::Tables),
            _ if is_mapping => Source::mapped(settings).map(Self::Rows),
            Mode::Obscore | Mode::Auto | Mode::Mapping => {
                let profile = Profile::of(host, settings)?;
                let names_a_table = settings.mode == Mode::Obscore || settings.table.is_some();
                if profile.table.is_none() && profile.is_known && !names_a_table {
                    return Ok(Self::Tables);
                }
                Ok(Self::Rows(Source::obscore(settings, &profile)))
            }
        }
    }
}

impl Source {
    /// An ObsCore table with the columns that the archive says it has.
    pub(crate) fn obscore(settings: &Settings, profile: &Profile) -> Self {
        let table = settings.table.clone().or_else(|| profile.table.clone());
        let known: Vec<String> = match &profile.columns[..] {
            [] => MANDATORY.map(str::to_owned).to_vec(),
            columns => columns.iter().map(|column| column.name.clone()).collect(),
        };
        let own = |name: String| {
            let expression = Expression::Column { sql: name.clone(), unit: Unit::Standard };
            (name.trim_matches('"').to_ascii_lowercase(), expression)
        };
        let mut columns: Vec<_> = known.into_iter().map(own).collect();
        for (name, expression) in &settings.columns {
            columns.retain(|(known, _)| known != name);
            columns.push((name.clone(), expression.clone()));
        }
        let region = match settings.region {
            RegionSupport::Auto if profile.has_region_type() => RegionSupport::Intersects,
            RegionSupport::Auto => RegionSupport::Contains,
            other => other,
        };
        let table = table.unwrap_or_else(|| "ivoa.obscore".to_owned());
        Self { table, columns, select: "*".to_owned(), region, is_obscore: true }
    }

    /// A table with the columns that the settings map.
    pub(crate) fn mapped(settings: &Settings) -> Result<Self, Error> {
        let part = |key: &str, message: &str| Error::invalid_part(key, message);
        let table = settings
            .table
            .clone()
            .ok_or_else(|| part("table", "a mapping needs the setting table"))?;
        let columns = settings.columns.clone();
        let mut selected = Vec::new();
        let mut plain = BTreeSet::new();
        for (name, expression) in &columns {
            match expression {
                Expression::Column { sql, .. } if sql.eq_ignore_ascii_case(name) => {
                    selected.push(sql.clone())
                }
                Expression::Column { sql, .. } => selected.push(format!("{sql} AS {name}")),
                Expression::Template(template) => {
                    plain.extend(fields_of(template).map(str::to_owned))
                }
                Expression::Constant(_) => {}
            }
        }
        let is_selected = |field: &String| {
            columns.iter().any(|(name, e)| name == field && matches!(e, Expression::Column { .. }))
        };
        selected.extend(plain.into_iter().filter(|field| !is_selected(field)));
        let region = match settings.region {
            RegionSupport::Auto => RegionSupport::Contains,
            other => other,
        };
        let source =
            Self { table, columns, select: selected.join(", "), region, is_obscore: false };
        if source.id().is_none() {
            return Err(part("columns", "a mapping needs obs_publisher_did or obs_id as a column"));
        }
        Ok(source)
    }

    /// What stands for an ObsCore column, if anything does.
    pub(crate) fn expression(&self, name: &str) -> Option<&Expression> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, expression)| expression)
    }

    /// The ADQL of an ObsCore column and its unit; none for constants and templates.
    pub(crate) fn column(&self, name: &str) -> Option<(&str, Unit)> {
        match self.expression(name)? {
            Expression::Column { sql, unit } => Some((sql, *unit)),
            Expression::Constant(_) | Expression::Template(_) => None,
        }
    }

    /// The ObsCore name of the column that identifies a row, and its ADQL.
    pub(crate) fn id(&self) -> Option<(&'static str, &str)> {
        let named = |name: &'static str| self.column(name).map(|(sql, _)| (name, sql));
        named("obs_publisher_did").or_else(|| named("obs_id"))
    }

    /// The name under which a column comes back.
    pub(crate) fn result_name<'a>(&'a self, name: &'a str) -> &'a str {
        match self.column(name) {
            Some((sql, _)) if self.is_obscore => sql,
            _ => name,
        }
    }
}

/// Reads the setting `columns`.
pub(crate) fn mapped_columns(
    written: &Map<String, Json>,
) -> Result<Vec<(String, Expression)>, Error> {
    let wrong =
        |name: &str, message: String| Error::invalid_part("columns", format!("{name}: {message}"));
    let expression = |(name, value): (&String, &Json)| {
        let text = |key: &str| value.get(key).and_then(Json::as_str);
        let constant =
            |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let expression = if let Some(sql) = value.as_str().or_else(|| text("column")) {
            let unit = match text("unit") {
                None => Unit::Standard,
                Some(unit) => Unit::parse(name, unit).ok_or_else(|| {
                    wrong(name, format!("the unit {unit} is none of {}", Unit::NAMES))
                })?,
            };
            Expression::Column { sql: sql.to_owned(), unit }
        } else if let Some(value) = value.get("value") {
            Expression::Constant(constant(value))
        } else if let Some(template) = text("template") {
            Expression::Template(template.to_owned())
        } else {
            return Err(wrong(name, format!("{value} has neither column, value nor template")));
        };
        Ok((name.to_ascii_lowercase(), expression))
    };
    written.iter().map(expression).collect()
}

/// The columns that a template names.
pub(crate) fn fields_of(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(field, _)| field)
}

/// Fills a template; `None` where a column of it has no value.
pub(crate) fn fill(template: &str, value_of: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (field, behind) = after.split_once('}')?;
        out.push_str(&value_of(field)?);
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_without_a_value_is_no_url() {
        let value_of = |name: &str| (name == "id").then(|| "42".to_owned());
        assert_eq!(fill("https://a/{id}?x={id}", value_of).as_deref(), Some("https://a/42?x=42"));
        assert_eq!(fill("https://a/{other}", value_of), None);
        assert_eq!(fields_of("https://a/{id}?x={other}").collect::<Vec<_>>(), ["id", "other"]);
    }
}
