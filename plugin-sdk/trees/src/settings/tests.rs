//! What settings are read as, and what is said of wrong ones.

use archway_plugin::testing::RecordedHost;
use archway_plugin::types::{TimeScale, Value};

use super::*;

fn host(rules: &str, collections: &str) -> RecordedHost {
    RecordedHost::new()
        .with_setting("rules", Value::Json(rules.to_owned()))
        .with_setting("collections", Value::Json(collections.to_owned()))
}

#[test]
fn without_rules_every_file_is_an_asset() {
    let settings = Settings::of(&RecordedHost::new().with_text("title", "Maps")).unwrap();
    assert_eq!(settings.rules.rules.len(), 1);
    assert_eq!(settings.rules.collections[0].id, "Maps");
}

#[test]
fn a_rule_has_what_its_collection_and_the_archive_say() {
    let host = host(
        r#"[{ "path": ["{week}/{ac:3}{week}{dow}.sp3", "old/{ac:3}{week}{dow}.sp3"], "collection": "igs",
             "title": "Orbits of {ac:upper}", "facets": { "organization": "{ac:upper}" } }]"#,
        r#"{ "igs": { "title": "IGS products", "publisher": "IGS", "created": "2010-07-01",
             "facets": { "organization": "IGS", "mission": ["GPS", "GLONASS"] } } }"#,
    )
    .with_text("licence", "CC-BY-4.0");
    let settings = Settings::of(&host).unwrap();
    let rules = &settings.rules.rules;
    assert_eq!(rules.len(), 2, "one a path");
    for rule in rules {
        assert_eq!(rule.agents[0].name, "IGS");
        assert_eq!(rule.licence.as_ref().unwrap().spdx.as_deref(), Some("CC-BY-4.0"));
        assert_eq!(rule.scale(), TimeScale::Gps);
        let kinds: Vec<_> = rule.facets.iter().map(|(kind, _)| kind.clone()).collect();
        let wanted = [FacetKind::Organization, FacetKind::Mission, FacetKind::Mission];
        assert_eq!(kinds, wanted, "a rule's own facet stands instead of the collection's");
    }
}

#[test]
fn every_mistake_is_told_at_once_with_its_key() {
    let host = host(
        r#"[{ "path": "{year", "collection": "b", "titel": "x", "time": { "period": "1 day", "scale": "ut" } },
            { "title": "{station}", "collection": "a", "calibration_level": 7, "site": { "longitude_deg": 400 } },
            { "path": "x", "collection": "a", "created": "yesterday", "extras": { "n": "v" },
              "position": { "longitude_deg": 1, "latitude_deg": 2 }, "region": { "whole": true } }]"#,
        r#"{ "a": { "kind": "thing" } }"#,
    )
    .with_setting("facets", Value::Json(r#"{"mission": 1}"#.to_owned()));
    let Err(Error::InvalidQuery(fault)) = Settings::of(&host) else { panic!("nothing is wrong") };
    insta::assert_snapshot!(fault.message.replace("; ", "\n"), @"");
    assert_eq!(fault.part.as_deref(), Some("facets"));
}
