//! A harvest that ends, one that goes on, one by date of change.

use archway_plugin::testing::RecordedHost;
use archway_plugin::types::Value;

use super::*;

const BASE: &str = "https://archive.example/tap";

fn rows(rows: &[(&str, &str)]) -> String {
    let row = |(id, changed): &(&str, &str)| format!("<TR><TD>{id}</TD><TD>{changed}</TD></TR>");
    let rows: String = rows.iter().map(row).collect();
    format!(
        r#"<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>
        <FIELD name="obs_id" datatype="char" arraysize="*"/><FIELD name="modified" datatype="char" arraysize="*"/>
        <DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#
    )
}

fn host(columns: &str) -> RecordedHost {
    RecordedHost::new()
        .with_text("base_url", BASE)
        .with_text("table", "soar.items")
        .with_text("mode", "mapping")
        .with_setting("columns", Value::Json(columns.to_owned()))
}

fn ids(batch: &ChangeBatch) -> Vec<&str> {
    let id = |change: &Change| match change {
        Change::Upsert(asset) => asset.identity.native_id.as_str().to_owned(),
        Change::Withdraw(withdrawal) => withdrawal.native_id.clone(),
    };
    batch.changes.iter().map(id).map(|id| Box::leak(id.into_boxed_str()) as &str).collect()
}

/// The queries asked, without what is the same in all.
fn queries(host: &RecordedHost) -> Vec<String> {
    let wheres = host
        .asked()
        .into_iter()
        .map(|request| request.url.split("FROM+soar.items").nth(1).unwrap().replace('+', " "));
    wheres.map(|query| query.replace("&MAXREC=5000", "").trim().to_owned()).collect()
}

#[test]
fn without_a_date_of_change_a_complete_harvest_starts_again() {
    let host = host(r#"{"obs_id": "item"}"#).answering(BASE, 200, rows(&[("a", ""), ("b", "")]));
    let mut cursor = harvest(&host, None).unwrap();
    let first = cursor.next(&host, 1).unwrap().unwrap();
    let last = cursor.next(&host, 5).unwrap().unwrap();
    assert_eq!((ids(&first), ids(&last)), (vec!["a"], vec!["b"]));
    assert!(cursor.next(&host, 5).unwrap().is_none());
    harvest(&host, Some(first.resume)).unwrap();
    harvest(&host, Some(last.resume)).unwrap();
    assert_eq!(
        queries(&host),
        ["ORDER BY item", "WHERE item %3E %27a%27 ORDER BY item", "ORDER BY item"]
    );
}

#[test]
fn with_a_date_of_change_the_next_harvest_brings_what_changed_since() {
    let columns = r#"{"obs_id": "item", "modified": {"column": "changed", "unit": "iso"}}"#;
    let host =
        host(columns).answering_to(BASE, "changed IS NULL", 200, rows(&[("z", "")])).answering_to(
            BASE,
            "changed IS NOT NULL",
            200,
            rows(&[("a", "2026-01-01 00:00:00"), ("b", "2026-01-02 00:00:00")]),
        );
    let mut cursor = harvest(&host, None).unwrap();
    let batch = cursor.next(&host, 10).unwrap().unwrap();
    assert_eq!(ids(&batch), ["a", "b", "z"], "rows without a date are brought each time");
    harvest(&host, Some(batch.resume)).unwrap();
    let last = queries(&host).pop().unwrap();
    assert!(last.contains("changed %3E %272026-01-02 00%3A00%3A00%27 OR"), "{last}");
}

#[test]
fn a_forged_token_is_refused() {
    let host = host(r#"{"obs_id": "item"}"#);
    assert!(matches!(harvest(&host, Some(b"{".to_vec())), Err(Error::InvalidQuery(_))));
    assert!(host.asked().is_empty());
}
