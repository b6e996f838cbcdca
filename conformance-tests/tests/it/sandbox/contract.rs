//! Answers that break the contract, and attempts to get at what is not given.

use super::*;

#[tokio::test]
async fn assets_that_break_the_contract_are_refused_by_field_and_value() {
    let hostile = Hostile::new("").await;
    let cases = [
        ("no-id", "identity.native-id is empty"),
        ("no-title", "summary.title is empty"),
        ("nan", "region.longitude-deg is NaN, outside -180 to 360"),
        ("infinite", "region.latitude-deg is inf, outside -90 to 90"),
        ("latitude", "region.latitude-deg is 91, outside -90 to 90"),
        ("radius", "region.radius-deg is -1, outside 0 to 180"),
        ("time", "time.start is 9223372036854775807 us from 1970, outside the years 1 to 9999"),
        ("script", "distribution.location is `javascript:alert(1)`, not an http"),
        ("split-url", "distribution.location is `https://example.org/\\r\\nx`"),
        ("bad-json", "extra.value is `{`, not JSON"),
        ("many-extras", "extras is 20000 entries long, more than 10000"),
        ("long", "summary.description is 2097152 bytes long, more than 1048576"),
    ];
    for (attack, expected) in cases {
        let error = hostile.error(attack).await;
        let whole =
            format!("plugin of archive `hostile` broke in search.next: in its answer {expected}");
        assert!(error.starts_with(&whole), "attack {attack}: {error}");
        hostile.still_answers(attack).await;
    }
}

#[tokio::test]
async fn ways_that_break_the_contract_are_refused() {
    let hostile = Hostile::new("").await;
    let cases = [
        ("delete", "way.method is Method::Delete, neither GET nor POST"),
        ("script", "way.url is `javascript:alert(1)`, not an http"),
        ("split", "way.headers is 1\\r\\nHost: evil, with a control character"),
    ];
    for (attack, expected) in cases {
        let error = hostile.archive.access(attack, None).await.unwrap_err().to_string();
        assert!(error.contains(expected), "attack {attack}: {error}");
    }
    assert_eq!(hostile.archive.access("fine", None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_refusal_names_the_line_that_would_allow_it() {
    let hostile = Hostile::new("").await;
    let error = hostile.search("ungranted").await.unwrap_err();
    assert!(matches!(error, Error::NotGranted { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains(
            "add \"ungranted.example.org:443\" to grants.http in config/archives/hostile.toml"
        ),
        "{text}"
    );
    assert!(matches!(hostile.search("metadata").await.unwrap_err(), Error::NotGranted { .. }));
    let refusals = hostile.refusals();
    assert_eq!(refusals.len(), 2, "the observer saw both");
    assert_eq!(refusals[0].0, "https://ungranted.example.org/");
    hostile.still_answers("refusals").await;
}

#[tokio::test]
async fn a_granted_name_that_leads_to_loopback_is_refused() {
    // The network of these tests resolves every name to 127.0.0.1.
    let hostile = Hostile::new("").await;
    let error = hostile.search("hang").await.unwrap_err();
    assert!(matches!(error, Error::NotGranted { .. }), "{error}");
}

#[tokio::test]
async fn headers_and_slots_of_others_are_refused() {
    let hostile = Hostile::new("").await;
    let error = hostile.search("header").await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    let error = hostile.search("slot").await.unwrap_err();
    assert!(matches!(error, Error::Unauthorised { .. }), "{error}");
}

#[tokio::test]
async fn a_plugin_finds_no_system_around_it() {
    let hostile = Hostile::new("").await;
    let error = hostile.error("system").await;
    let expected = "no files (NotFound), writing Err(NotFound), 0 variables, 0 arguments, thread Err(Unsupported)";
    assert!(error.contains(expected), "{error}");
}

#[tokio::test]
async fn an_error_of_the_plugin_keeps_its_meaning() {
    let hostile = Hostile::new("").await;
    let missing = LookUp::NativeId("missing".to_owned());
    let error = hostile.archive.look_up(&missing).await.unwrap_err();
    assert_eq!(error.to_string(), "no asset `hostile/missing`");
    let there = LookUp::NativeId("x/y".to_owned());
    assert_eq!(hostile.archive.look_up(&there).await.unwrap().id.to_string(), "hostile/x/y");
}

#[tokio::test]
async fn an_operation_that_is_not_declared_is_never_called() {
    let hostile = Hostile::new("").await;
    let error = hostile.archive.tables(&[], false).await.unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    assert!(hostile.events.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_harvest_goes_on_in_a_fresh_instance_and_its_token_is_bounded() {
    let hostile = Hostile::new("").await;
    let mut changes = hostile.archive.harvest(None).await.unwrap();
    let batch = changes.next(10).await.unwrap().unwrap();
    assert_eq!(batch.changes.len(), 1);
    drop(changes);
    let mut changes = hostile.archive.harvest(Some(batch.resume)).await.unwrap();
    assert!(changes.next(10).await.unwrap().is_none());
    let mut changes = hostile.archive.harvest(Some(b"huge-token".to_vec())).await.unwrap();
    let error = changes.next(10).await.unwrap_err().to_string();
    assert!(error.contains("resume is 1048576 bytes long"), "{error}");
}

#[tokio::test]
async fn a_description_is_kept_and_health_follows_the_calls() {
    use archway_core::archive::Health;
    let hostile = Hostile::new("cpu_ms = 100").await;
    let info = hostile.archive.info();
    assert_eq!((info.description, info.health), (None, Health::Unknown));
    hostile.archive.describe().await.unwrap();
    let info = hostile.archive.info();
    assert_eq!(info.description.unwrap().title, "Hostile");
    assert_eq!(info.health, Health::Up);
    hostile.error("spin").await;
    assert_eq!(hostile.archive.info().health, Health::Unknown);
}
