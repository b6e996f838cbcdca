//! `credentials.SLOT` of an archive: where its secrets lie, never the secrets.
//!
//! ```toml
//! credentials.archive = { scheme = "basic", hosts = ["archive.example.org:443"],
//!   user = { env = "ARCHIVE_USER" }, secret = { file = "/run/secrets/archive" } }
//! ```

use std::collections::BTreeMap;

use archway_host::credentials::{Scheme, Secret, Slot};
use archway_host::grants::Hosts;
use toml::Value;

use super::env::Environment;
use super::report::Report;
use super::secret::secret;

/// The keys of a slot that are not parts of the credential.
const KEYS: [&str; 3] = ["scheme", "hosts", "allow_plain_text"];

/// Reads the slots that `report`'s table holds.
pub(super) fn read(environment: &Environment, report: &mut Report<'_>) -> Vec<Slot> {
    let names: Vec<String> =
        report.table().into_iter().flat_map(toml::Table::keys).cloned().collect();
    names.iter().filter_map(|name| slot(name, environment, report)).collect()
}

fn slot(name: &str, environment: &Environment, report: &mut Report<'_>) -> Option<Slot> {
    let mut report = report.below(name);
    let Some(table) = report.table() else {
        report.wrong_itself("a credential is a table with a scheme, hosts and its parts");
        return None;
    };
    let before = report.count();
    let scheme = scheme(table, &mut report);
    let hosts = hosts(table, &mut report);
    let allow_plain_text = match table.get("allow_plain_text") {
        None => false,
        Some(Value::Boolean(allow)) => *allow,
        Some(other) => {
            report.wrong(
                "allow_plain_text",
                format_args!("found {}, true or false is wanted", other.type_str()),
            );
            false
        }
    };
    let mut parts = BTreeMap::new();
    for (part, source) in table.iter().filter(|(key, _)| !KEYS.contains(&key.as_str())) {
        match secret(source, environment) {
            Ok(secret) => {
                parts.insert(part.clone(), Secret::new(secret.expose()));
            }
            Err(reason) => report.wrong(part, reason),
        }
    }
    if report.count() > before {
        return None;
    }
    match Slot::new(name, scheme?, parts, hosts?, allow_plain_text) {
        Ok(slot) => Some(slot),
        Err(bad) => {
            report.wrong_itself(bad);
            None
        }
    }
}

fn scheme(table: &toml::Table, report: &mut Report<'_>) -> Option<Scheme> {
    let found = table.get("scheme").and_then(Value::as_str);
    let scheme = found.and_then(Scheme::named);
    if scheme.is_none() {
        let found = found.map_or("nothing".to_owned(), |found| format!("`{found}`"));
        report.wrong(
            "scheme",
            format_args!(
                "found {found}; there are basic, bearer, header, query-parameter, \
                 client-certificate and login"
            ),
        );
    }
    scheme
}

fn hosts(table: &toml::Table, report: &mut Report<'_>) -> Option<Hosts> {
    let written = table.get("hosts").and_then(Value::as_array);
    let texts: Option<Vec<&str>> =
        written.and_then(|list| list.iter().map(Value::as_str).collect());
    let Some(texts) = texts.filter(|texts| !texts.is_empty()) else {
        report.wrong(
            "hosts",
            "the hosts that may see the credential are wanted, as in [\"archive.example.org:443\"]",
        );
        return None;
    };
    Hosts::new(&texts).map_err(|bad| report.wrong("hosts", bad)).ok()
}
