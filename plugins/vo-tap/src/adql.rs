//! A typed question as ADQL conditions.
//!
//! Called by `search.rs`. Pure.
//! Rules: text of a user reaches a query through [`text`] or [`pattern`] alone; a
//! condition never leaves out a row that answers the question, and where it lets in
//! others the constraint is reported as not applied, so that the gateway makes it exact.
//! Null never matches (SIA 2.0, 2.1).

mod region;

use archway_plugin::types::{
    Comparison, Constraint, FacetFilter, FacetKind, Filter, SearchQuery, Value,
};

use crate::mapping::{products, wavebands};
use crate::settings::Settings;
use crate::source::{Expression, Source};

/// More words than these are left to the gateway.
const MOST_WORDS: usize = 16;
/// Columns in which the words of a question are looked for.
const TEXT_COLUMNS: [&str; 7] = [
    "obs_title",
    "target_name",
    "obs_collection",
    "obs_id",
    "facility_name",
    "instrument_name",
    "obs_publisher_did",
];

/// The conditions of a question.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Conditions {
    /// All hold together.
    pub(crate) all: Vec<String>,
    /// What the gateway must still apply.
    pub(crate) not_applied: Vec<Constraint>,
    /// Nothing can match.
    pub(crate) is_empty: bool,
}

/// Returns `text` as an ADQL string literal (ADQL 2.1, 2.1.4). Control characters, which
/// no archive's values hold, become blanks.
pub(crate) fn text(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for c in text.chars() {
        match c {
            '\'' => literal.push_str("''"),
            c if c.is_control() => literal.push(' '),
            c => literal.push(c),
        }
    }
    literal.push('\'');
    literal
}

/// Returns a LIKE pattern that finds `word` anywhere, in lower case, and whether it is
/// exact. ADQL cannot escape wildcards, so a wildcard, and a backslash that some
/// databases take for an escape, match any character.
fn pattern(word: &str) -> (String, bool) {
    let lower = word.to_lowercase();
    let exact = !lower.contains(['%', '_', '\\']);
    (text(&format!("%{}%", lower.replace(['%', '\\'], "_"))), exact)
}

/// Translates a question for a source.
pub(crate) fn conditions(query: &SearchQuery, source: &Source, settings: &Settings) -> Conditions {
    let mut conditions = Conditions::default();
    let into = &mut conditions;
    if let Some(words) = &query.text {
        words_condition(words, source, settings, into);
    }
    if !query.collections.is_empty() {
        collections(&query.collections, source, settings, into);
    }
    if let Some(region) = &query.region {
        let answer = region::condition(region, source, settings);
        into.all.extend(answer.condition);
        if !answer.exact {
            into.not_applied.push(Constraint::Region);
        }
    }
    if let Some(time) = &query.time {
        match (source.column("t_min"), source.column("t_max")) {
            (Some((t_min, min_unit)), Some((t_max, max_unit))) => {
                into.all.extend(
                    time.end.map(|end| format!("{t_min} <= {}", min_unit.time_literal(end))),
                );
                into.all.extend(
                    time.start.map(|start| format!("{t_max} >= {}", max_unit.time_literal(start))),
                );
            }
            _ => into.not_applied.push(Constraint::Time),
        }
    }
    if let Some(range) = &query.wavelength_m {
        match wavelength(source, range.lower, range.upper) {
            Some(parts) => into.all.extend(parts),
            None => into.not_applied.push(Constraint::Wavelength),
        }
    }
    for filter in &query.facets {
        facet(filter, source, settings, into);
    }
    for filter in &query.filters {
        match extra(filter, source) {
            Some(condition) => into.all.push(condition),
            None => into.not_applied.push(Constraint::Filter(filter.key.clone())),
        }
    }
    if let Some(since) = query.modified_since {
        match source.column("modified") {
            Some((column, unit)) => {
                into.all.push(format!("{column} >= {}", unit.time_literal(since)))
            }
            None => into.not_applied.push(Constraint::ModifiedSince),
        }
    }
    conditions
}

/// Each word must occur in one of the columns.
fn words_condition(words: &str, source: &Source, settings: &Settings, into: &mut Conditions) {
    let columns: Vec<&str> =
        TEXT_COLUMNS.iter().filter_map(|name| source.column(name)).map(|(sql, _)| sql).collect();
    let constants: Vec<String> = TEXT_COLUMNS
        .iter()
        .filter_map(|name| match source.expression(name) {
            Some(Expression::Constant(value)) => Some(value.to_lowercase()),
            _ => None,
        })
        .chain(settings.facets.iter().map(|(_, term)| term.to_lowercase()))
        .collect();
    let mut exact = !columns.is_empty();
    for (number, word) in words.split_whitespace().enumerate() {
        // What is the same for every row needs no question.
        if constants.iter().any(|constant| constant.contains(&word.to_lowercase())) {
            continue;
        }
        if number >= MOST_WORDS || columns.is_empty() {
            exact = false;
            break;
        }
        let (pattern, is_exact) = pattern(word);
        exact &= is_exact;
        let like = |column: &&str| match settings.ilike {
            true => format!("{column} ILIKE {pattern}"),
            false => format!("LOWER({column}) LIKE {pattern}"),
        };
        into.all.push(any(columns.iter().map(like)));
    }
    if !exact {
        into.not_applied.push(Constraint::Text);
    }
}

fn collections(wanted: &[String], source: &Source, settings: &Settings, into: &mut Conditions) {
    match source.expression("obs_collection") {
        Some(Expression::Column { sql, .. }) => {
            let list: Vec<_> = wanted.iter().map(|name| text(name)).collect();
            into.all.push(format!("{sql} IN ({})", list.join(", ")));
        }
        Some(Expression::Constant(collection)) => into.is_empty |= !wanted.contains(collection),
        Some(Expression::Template(_)) => into.not_applied.push(Constraint::Collections),
        None => into.is_empty |= !wanted.iter().any(|name| name == settings.fallback_collection()),
    }
}

/// Overlap of `em_min` to `em_max` with a range; `None` if there are no such columns.
fn wavelength(source: &Source, lower: Option<f64>, upper: Option<f64>) -> Option<Vec<String>> {
    let (em_min, min_unit) = source.column("em_min")?;
    let (em_max, max_unit) = source.column("em_max")?;
    let mut parts = Vec::new();
    if let Some(upper) = upper.filter(|n| n.is_finite()) {
        let operator = if min_unit.turns_bounds() { ">=" } else { "<=" };
        parts.push(format!("{em_min} {operator} {}", min_unit.of_standard(upper)));
    }
    // Every wavelength is above 0, which as a frequency would be infinite.
    if let Some(lower) = lower.filter(|n| n.is_finite() && (*n > 0.0 || !max_unit.turns_bounds())) {
        let operator = if max_unit.turns_bounds() { "<=" } else { ">=" };
        parts.push(format!("{em_max} {operator} {}", max_unit.of_standard(lower)));
    }
    Some(parts)
}

/// The ObsCore column that fills a facet.
pub(crate) fn facet_column(kind: &FacetKind) -> Option<&'static str> {
    match kind {
        FacetKind::Mission => Some("facility_name"),
        FacetKind::Instrument => Some("instrument_name"),
        FacetKind::Target => Some("target_name"),
        FacetKind::Category => Some("dataproduct_subtype"),
        _ => None,
    }
}

fn facet(filter: &FacetFilter, source: &Source, settings: &Settings, into: &mut Conditions) {
    let not_applied = Constraint::Facet(filter.kind.clone());
    let terms: Vec<String> = filter.any_of.iter().map(|term| term.to_lowercase()).collect();
    if filter.kind == FacetKind::Waveband {
        let ranges = terms.iter().filter_map(|term| wavebands::range_m(term));
        let parts: Option<Vec<_>> = ranges.map(|(low, high)| waveband(source, low, high)).collect();
        match parts {
            Some(parts) if parts.is_empty() => into.is_empty = true,
            Some(parts) => into.all.push(any(parts)),
            None => into.not_applied.push(not_applied),
        }
        return;
    }
    if filter.kind == FacetKind::ProcessingLevel {
        let levels: Vec<String> =
            terms.iter().filter(|term| term.parse::<i8>().is_ok()).cloned().collect();
        match source.column("calib_level") {
            Some(_) if levels.is_empty() => into.is_empty = true,
            Some((column, _)) => into.all.push(format!("{column} IN ({})", levels.join(", "))),
            None => into.not_applied.push(not_applied),
        }
        return;
    }
    if filter.kind == FacetKind::Other("product-type".to_owned()) {
        let words: Vec<_> = terms
            .iter()
            .flat_map(|term| products::obscore_words(term))
            .map(|word| text(word))
            .collect();
        match source.column("dataproduct_type") {
            Some(_) if words.is_empty() => into.not_applied.push(not_applied),
            Some((column, _)) => {
                into.all.push(format!("LOWER({column}) IN ({})", words.join(", ")));
                // The column is coarser than our terms: a cube may be a spectral one.
                into.not_applied.push(not_applied);
            }
            None => into.not_applied.push(not_applied),
        }
        return;
    }
    let default = settings
        .facets
        .iter()
        .find(|(kind, _)| *kind == filter.kind)
        .map(|(_, term)| term.to_lowercase());
    match facet_column(&filter.kind).and_then(|name| source.expression(name)) {
        Some(Expression::Column { sql, .. }) => {
            let list: Vec<_> = terms.iter().map(|term| text(term)).collect();
            let is_one = format!("LOWER({sql}) IN ({})", list.join(", "));
            // Rows without a value of their own have the default one.
            into.all.push(match default {
                Some(default) if terms.contains(&default) => {
                    any([is_one, format!("{sql} IS NULL")])
                }
                _ => is_one,
            });
        }
        Some(Expression::Constant(value)) => {
            into.is_empty |= !terms.contains(&value.to_lowercase())
        }
        Some(Expression::Template(_)) => into.not_applied.push(not_applied),
        None => into.is_empty |= !default.is_some_and(|default| terms.contains(&default)),
    }
}

/// Half-open, as wavebands touch each other.
fn waveband(source: &Source, low_m: f64, high_m: f64) -> Option<String> {
    let (em_min, min_unit) = source.column("em_min")?;
    let (em_max, max_unit) = source.column("em_max")?;
    let mut parts = Vec::new();
    if high_m.is_finite() {
        let operator = if min_unit.turns_bounds() { ">" } else { "<" };
        parts.push(format!("{em_min} {operator} {}", min_unit.of_standard(high_m)));
    }
    if low_m > 0.0 {
        let operator = if max_unit.turns_bounds() { "<=" } else { ">=" };
        parts.push(format!("{em_max} {operator} {}", max_unit.of_standard(low_m)));
    }
    Some(format!("({})", parts.join(" AND ")))
}

/// A condition on an extra that is a column of its own: `obscore:em_ucd`, `tap:revolution`.
fn extra(filter: &Filter, source: &Source) -> Option<String> {
    let name = filter.key.strip_prefix(if source.is_obscore { "obscore:" } else { "tap:" })?;
    let (column, unit) = source.column(name)?;
    if unit != crate::units::Unit::Standard {
        return None;
    }
    let operator = match filter.comparison {
        Comparison::Equals => "=",
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::Greater => ">",
        Comparison::AtLeast => ">=",
        Comparison::IsPresent => return Some(format!("{column} IS NOT NULL")),
        Comparison::Differs | Comparison::Contains | Comparison::MatchesGlob => return None,
    };
    let literal = match &filter.value {
        Value::Integer(number) => number.to_string(),
        Value::Real(number) if number.is_finite() => number.to_string(),
        _ => return None,
    };
    Some(format!("{column} {operator} {literal}"))
}

/// Alternatives in parentheses.
pub(crate) fn any(parts: impl IntoIterator<Item = String>) -> String {
    format!("({})", parts.into_iter().collect::<Vec<_>>().join(" OR "))
}

#[cfg(test)]
mod tests;
