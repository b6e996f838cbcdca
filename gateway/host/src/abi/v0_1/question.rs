//! Questions, from the core to the contract, and values both ways.

use archway_core::archive::LookUp;
use archway_core::asset::{FacetKind, Quantity, Value};
use archway_core::search::{Comparison, Constraint, Order, Search};

use super::archway::archive::types as wit;
use super::archway::host::types as host;
use super::asset::facet_kind;
use super::checked::{
    Checked, Lie, NAME, PROSE, each, finite, instant, interval, name, text, texts,
};
use super::coverage::{interval_to_wit, region_to_wit, time_range_to_wit};

pub(super) fn search_to_wit(search: &Search) -> wit::SearchQuery {
    let question = &search.question;
    let facets = question.facets.iter().map(|filter| wit::FacetFilter {
        kind: facet_kind_to_wit(&filter.kind),
        any_of: filter.any_of.clone(),
    });
    let filters = question.filters.iter().map(|filter| wit::Filter {
        key: filter.key.clone(),
        comparison: comparison_to_wit(filter.comparison),
        value: value_to_wit(&filter.value),
    });
    wit::SearchQuery {
        text: question.text.clone(),
        collections: question.collections.clone(),
        region: question.region.as_ref().map(region_to_wit),
        time: question.time.as_ref().map(time_range_to_wit),
        wavelength_m: question.wavelength_m.as_ref().map(interval_to_wit),
        facets: facets.collect(),
        filters: filters.collect(),
        modified_since: question.modified_since.map(|instant| instant.to_utc_us()),
        native: question.native.as_ref().map(|native| wit::NativeQuery {
            language: native.language.clone(),
            text: native.text.clone(),
        }),
        order: order_to_wit(search.order),
        after: search.after.clone(),
        max_assets: search.max_assets,
    }
}

pub(super) fn look_up_to_wit(id: &LookUp) -> wit::AssetId {
    match id {
        LookUp::NativeId(native) => wit::AssetId::NativeId(native.clone()),
        LookUp::Identifier { scheme, value } => wit::AssetId::Identifier(wit::Identifier {
            scheme: scheme.clone(),
            value: value.clone(),
        }),
    }
}

fn order_to_wit(order: Order) -> wit::Order {
    match order {
        Order::Stable => wit::Order::Stable,
        Order::Date => wit::Order::Date,
        Order::Size => wit::Order::Size,
        Order::Distance => wit::Order::Distance,
    }
}

pub(super) fn order(order: wit::Order) -> Order {
    match order {
        wit::Order::Stable => Order::Stable,
        wit::Order::Date => Order::Date,
        wit::Order::Size => Order::Size,
        wit::Order::Distance => Order::Distance,
    }
}

fn comparison_to_wit(comparison: Comparison) -> wit::Comparison {
    match comparison {
        Comparison::Equals => wit::Comparison::Equals,
        Comparison::Differs => wit::Comparison::Differs,
        Comparison::Less => wit::Comparison::Less,
        Comparison::AtMost => wit::Comparison::AtMost,
        Comparison::Greater => wit::Comparison::Greater,
        Comparison::AtLeast => wit::Comparison::AtLeast,
        Comparison::Contains => wit::Comparison::Contains,
        Comparison::MatchesGlob => wit::Comparison::MatchesGlob,
        Comparison::IsPresent => wit::Comparison::IsPresent,
    }
}

fn facet_kind_to_wit(kind: &FacetKind) -> wit::FacetKind {
    match kind {
        FacetKind::Category => wit::FacetKind::Category,
        FacetKind::Organization => wit::FacetKind::Organization,
        FacetKind::Domain => wit::FacetKind::Domain,
        FacetKind::Mission => wit::FacetKind::Mission,
        FacetKind::InstrumentHost => wit::FacetKind::InstrumentHost,
        FacetKind::Instrument => wit::FacetKind::Instrument,
        FacetKind::Detector => wit::FacetKind::Detector,
        FacetKind::Characteristic => wit::FacetKind::Characteristic,
        FacetKind::Tag => wit::FacetKind::Tag,
        FacetKind::Waveband => wit::FacetKind::Waveband,
        FacetKind::ProcessingLevel => wit::FacetKind::ProcessingLevel,
        FacetKind::Station => wit::FacetKind::Station,
        FacetKind::Constellation => wit::FacetKind::Constellation,
        FacetKind::Target => wit::FacetKind::Target,
        FacetKind::Other(kind) => wit::FacetKind::Other(kind.clone()),
    }
}

pub(super) fn constraint(constraint: wit::Constraint) -> Checked<Constraint> {
    Ok(match constraint {
        wit::Constraint::Text => Constraint::Text,
        wit::Constraint::Collections => Constraint::Collections,
        wit::Constraint::Region => Constraint::Region,
        wit::Constraint::Time => Constraint::Time,
        wit::Constraint::Wavelength => Constraint::Wavelength,
        wit::Constraint::Facet(kind) => Constraint::Facet(facet_kind(kind)?),
        wit::Constraint::Filter(key) => Constraint::Filter(name("constraint.filter", key)?),
        wit::Constraint::ModifiedSince => Constraint::ModifiedSince,
        wit::Constraint::Native => Constraint::Native,
        wit::Constraint::MaxAssets => Constraint::MaxAssets,
    })
}

/// A value as a plugin gets it.
pub(crate) fn value_to_wit(value: &Value) -> host::Value {
    match value {
        Value::Text(text) => host::Value::Text(text.clone()),
        Value::Integer(number) => host::Value::Integer(*number),
        Value::Real(number) => host::Value::Real(*number),
        Value::Boolean(truth) => host::Value::Boolean(*truth),
        Value::Instant(instant) => host::Value::Instant(instant.to_utc_us()),
        Value::Quantity(quantity) => host::Value::Quantity(host::Quantity {
            amount: quantity.amount,
            unit: quantity.unit.clone(),
        }),
        Value::Range(interval) => host::Value::Range(interval_to_wit(interval)),
        Value::Texts(texts) => host::Value::Texts(texts.clone()),
        Value::Integers(numbers) => host::Value::Integers(numbers.clone()),
        Value::Reals(numbers) => host::Value::Reals(numbers.clone()),
        Value::Json(json) => host::Value::Json(json.clone()),
    }
}

/// A value as a plugin gives it. Numbers must be finite: an unknown one is absent.
pub(super) fn value(field: &'static str, value: host::Value) -> Checked<Value> {
    Ok(match value {
        host::Value::Text(value) => Value::Text(text(field, value, PROSE)?),
        host::Value::Integer(number) => Value::Integer(number),
        host::Value::Real(number) => Value::Real(finite(field, number)?),
        host::Value::Boolean(truth) => Value::Boolean(truth),
        host::Value::Instant(utc_us) => Value::Instant(instant(field, utc_us)?),
        host::Value::Quantity(quantity) => Value::Quantity(Quantity {
            amount: finite(field, quantity.amount)?,
            unit: text(field, quantity.unit, NAME)?,
        }),
        host::Value::Range(range) => Value::Range(interval(field, range)?),
        host::Value::Texts(values) => Value::Texts(texts(field, values)?),
        host::Value::Integers(numbers) => Value::Integers(each(field, numbers, Ok)?),
        host::Value::Reals(numbers) => {
            Value::Reals(each(field, numbers, |number| finite(field, number))?)
        }
        host::Value::Json(json) => {
            if serde_json::from_str::<serde::de::IgnoredAny>(&json).is_err() {
                return Err(Lie::new(field, format!("`{json}`"), "not JSON"));
            }
            Value::Json(text(field, json, PROSE)?)
        }
    })
}
