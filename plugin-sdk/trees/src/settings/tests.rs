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
    let settings = Settings::of(&RecordedHost::new().with_text("title", " Maps \r\n")).unwrap();
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
    insta::assert_snapshot!(fault.message.replace("; ", ";\n"), @r"
    facets.mission: 1 is neither a text nor a list of texts;
    collections.a.kind: `thing` is none of dataset, observation, catalogue, service, software, document, container, facility, environment, workflow, virtual-asset;
    rules[0].path: `{year` has a `{` without a `}`;
    rules[0].collection: `b` is none of a;
    rules[0].time.period: `1 day` is no length like 30s, 15min, 1h, 1d, 2w, 1mo or 1y;
    rules[0].time.scale: `ut` is none of utc, tai, tt, tdb, tcb, tcg, gps, glonass, galileo, beidou, ut1;
    rules[0].titel: there is no such key, the nearest is `title`;
    rules[1].path: missing, a pattern like `{year}/{doy}/*.fits`;
    rules[1].calibration_level: 7 is not a number in -1..=4;
    rules[1].site.longitude_deg: 400 is not a number in -180..=360;
    rules[1].site: it needs longitude_deg and latitude_deg;
    rules[2]: only one of site, position and region can be given;
    rules[2].created: `yesterday` is neither a date like 2010-07-01 nor `modified`;
    rules[2].extras.n: the name of an extra is written `namespace:name`
    ");
    assert_eq!(fault.part.as_deref(), Some("facets"));
}
