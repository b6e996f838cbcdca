//! `collections/*.toml` beside `archway.toml`: predefined collections, one file each, named
//! after its id.

use std::path::Path;

use archway_core::asset::Licence;
use archway_core::collections::Collection;
use archway_core::search::parse;
use archway_core::selections::{Members, SavedQuery};
use serde::Deserialize;
use toml::Value;

use super::file::Layer;
use super::files::{of_folder, without_position};
use super::report::{Problem, Report};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CollectionTable {
    title: String,
    #[serde(default)]
    description: String,
    publisher: Option<String>,
    licence: Option<String>,
    doi: Option<String>,
    created: Option<Value>,
    homepage: Option<String>,
    note: Option<String>,
    #[serde(default)]
    order: Option<i64>,
    query: Option<toml::Table>,
    assets: Option<Vec<String>>,
}

/// Reads the predefined collections in the operator's order; mistakes go to `problems`.
pub(super) fn read(folder: Option<&Path>, problems: &mut Vec<Problem>) -> Vec<Collection> {
    let mut all = Vec::new();
    for file in folder.map(|folder| of_folder(folder, problems)).unwrap_or_default() {
        let id = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut own = Vec::new();
        let layer = Layer::read(&file, &mut own);
        if own.is_empty() {
            all.extend(one(&id, &layer, &mut Report::new(&layer, "", &mut own)));
        }
        problems.extend(own);
    }
    all.sort_by(|(one, a): &(i64, Collection), (other, b)| (one, &a.id).cmp(&(other, &b.id)));
    all.into_iter().map(|(_, collection)| collection).collect()
}

fn one(id: &str, layer: &Layer, report: &mut Report<'_>) -> Option<(i64, Collection)> {
    let written: CollectionTable = match layer.table.clone().try_into() {
        Ok(written) => written,
        Err(error) => {
            report.wrong_itself(without_position(&error));
            return None;
        }
    };
    let before = report.count();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(1..=64).contains(&id.len()) || !id.chars().all(plain) {
        report
            .wrong_itself(format_args!("`{id}` is no id: call the file 1 to 64 of a-z, 0-9 and -"));
    }
    let members = match (&written.query, &written.assets) {
        (Some(query), None) => {
            Members::Query { query: saved(query, &mut report.below("query")), except: Vec::new() }
        }
        (None, Some(assets)) => {
            let mut ids = Vec::new();
            for asset in assets {
                match asset.parse() {
                    Ok(id) => ids.push(id),
                    Err(bad) => report.wrong("assets", bad),
                }
            }
            Members::Assets(ids)
        }
        _ => {
            report.wrong_itself("either `query` or `assets` says what is in it");
            return None;
        }
    };
    let created = written.created.as_ref().and_then(|created| {
        let text = match created {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match parse::time(&format!("{text}/")) {
            Ok(range) => range.start,
            Err(error) => {
                report.wrong("created", error);
                None
            }
        }
    });
    if report.count() > before {
        return None;
    }
    let description = match written.note {
        Some(note) => format!("{}\n\n{}", written.description.trim(), note.trim()),
        None => written.description.trim().to_owned(),
    };
    let collection = Collection {
        id: id.to_owned(),
        owner: None,
        title: written.title,
        description,
        publisher: written.publisher,
        licence: written.licence.map(licence),
        doi: written.doi,
        homepage: written.homepage,
        created,
        members,
    };
    Some((written.order.unwrap_or(100), collection))
}

/// Names and values as they would be in a URL.
fn saved(query: &toml::Table, report: &mut Report<'_>) -> SavedQuery {
    let mut pairs = Vec::new();
    for (name, value) in query {
        let values = match value {
            Value::Array(values) => values.iter().collect(),
            other => vec![other],
        };
        for value in values {
            match value {
                Value::String(text) => pairs.push((name.clone(), text.clone())),
                Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
                    pairs.push((name.clone(), value.to_string()));
                }
                Value::Array(_) | Value::Table(_) => {
                    report.wrong(name, "a text or a list of texts is wanted");
                }
            }
        }
    }
    SavedQuery(pairs)
}

/// A licence by its looks: a URL, an SPDX identifier, or words.
fn licence(text: String) -> Licence {
    if text.starts_with("http://") || text.starts_with("https://") {
        Licence { url: Some(text), ..Licence::default() }
    } else if text.contains(' ') {
        Licence { text: Some(text), ..Licence::default() }
    } else {
        Licence { spdx: Some(text), ..Licence::default() }
    }
}
