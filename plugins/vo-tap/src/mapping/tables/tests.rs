//! Tables as assets, from a recorded table set.

use archway_plugin::ArchivePlugin;
use archway_plugin::testing::{RecordedHost, outline};
use archway_plugin::types::{Order, Value};

use super::*;
use crate::VoTap;
use crate::recorded::circle;

const GAIA: &str = include_str!("../../../tests/data/recorded/gaia-tables.xml");

fn host() -> RecordedHost {
    RecordedHost::new()
        .with_text("base_url", "https://archive.example/tap")
        .with_text("mode", "tables")
        .with_setting("all_sky", Value::Boolean(true))
        .with_setting("facets", Value::Json(r#"{"mission": "Gaia"}"#.to_owned()))
        .answering("https://archive.example/tap/tables", 200, GAIA)
}

fn found(query: SearchQuery) -> (Vec<Asset>, Vec<Constraint>, bool) {
    let host = host();
    let mut answer = VoTap.search(&host, query).unwrap();
    let mut assets = Vec::new();
    while let Some(batch) = answer.assets.next(&host, 2).unwrap() {
        assets.extend(batch.assets);
    }
    (assets, answer.not_applied, answer.ordered)
}

#[test]
fn every_table_but_the_services_own_is_an_asset() {
    let (assets, not_applied, ordered) = found(SearchQuery::everything());
    assert!(not_applied.is_empty() && ordered && assets.len() > 1);
    let names: Vec<_> = assets.iter().map(|asset| asset.identity.native_id.clone()).collect();
    assert!(
        names.is_sorted() && !names.iter().any(|name| name.starts_with("tap_schema.")),
        "{names:?}"
    );
    insta::assert_snapshot!(outline(&assets[0]));
}

#[test]
fn words_and_collections_choose_tables_and_a_place_is_left_to_the_gateway() {
    let (all, ..) = found(SearchQuery::everything());
    let first = &all[0];
    let (one, ..) = found(SearchQuery {
        text: Some(first.identity.native_id.to_uppercase()),
        ..SearchQuery::everything()
    });
    assert!(
        one.iter().any(|asset| asset.identity.native_id == first.identity.native_id)
            && one.len() < all.len()
    );
    let (by_mission, ..) =
        found(SearchQuery { text: Some("gaia".to_owned()), ..SearchQuery::everything() });
    assert_eq!(by_mission.len(), all.len(), "a default facet is part of every asset");
    let (none, ..) =
        found(SearchQuery { collections: vec!["nothing".to_owned()], ..SearchQuery::everything() });
    assert!(none.is_empty());
    let (_, not_applied, ordered) = found(SearchQuery {
        region: Some(circle(1.0, 2.0, 3.0)),
        order: Order::Size,
        ..SearchQuery::everything()
    });
    assert_eq!((not_applied, ordered), (vec![Constraint::Region], false));
}

#[test]
fn a_search_goes_on_behind_the_last_table() {
    let host = host();
    let (all, ..) = found(SearchQuery::everything());
    let first = VoTap
        .search(&host, SearchQuery::everything())
        .unwrap()
        .assets
        .next(&host, 1)
        .unwrap()
        .unwrap();
    let (rest, ..) = found(SearchQuery { after: first.resume, ..SearchQuery::everything() });
    assert_eq!(rest.len(), all.len() - 1);
    assert_eq!(rest[0].identity.native_id, all[1].identity.native_id);
}
