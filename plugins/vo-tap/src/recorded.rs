//! Whole operations against exchanges recorded from a real TAP service (DaCHS, see
//! `tests/data/SOURCES.md`), and the recorder that renews them.
//!
//! With the service of `conformance-tests/dachs` running:
//! `cargo test -p plugin-vo-tap -- --ignored renew_the_recording`.

mod curl;
mod scenarios;

use archway_plugin::testing::{RecordedHost, outline};
use archway_plugin::types::{Constraint, Error};

use self::scenarios::{SCENARIOS, Seen};

pub(crate) use self::scenarios::circle;

/// The folder of a scenario's recording.
fn folder(name: &str) -> String {
    format!("{}/tests/data/dachs/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a scenario against its recording.
fn replay(name: &str) -> Seen {
    let host = RecordedHost::recorded(folder(name)).with_text("base_url", scenarios::BASE_URL);
    let (_, scenario) =
        SCENARIOS.iter().find(|(known, _)| *known == name).expect("a scenario of that name");
    scenario(&host)
}

#[test]
#[ignore = "asks a running DaCHS"]
fn renew_the_recording() {
    for (name, scenario) in SCENARIOS {
        let host = curl::CurlHost::new(scenarios::BASE_URL);
        scenario(&host);
        let recording =
            host.into_recording("Recorded from DaCHS 2.7 with synthetic rows (not observations).");
        let folder = folder(name);
        let _ = std::fs::remove_dir_all(&folder);
        recording.write(folder.as_ref()).unwrap();
    }
}

#[test]
fn a_description_names_limits_collections_and_what_can_be_pushed_down() {
    let Seen::Description(description) = replay("describe") else { panic!("not a description") };
    assert!(description.push_down.contains(&Constraint::Region));
    assert_eq!(description.collections.len(), 40);
    assert_eq!(description.collections[0].id, "synthetic-00");
    let mut short = description;
    short.collections.truncate(1);
    insta::assert_snapshot!(outline(&*short));
}

#[test]
fn a_cone_gives_assets_with_everything_the_row_says() {
    let Seen::Search { assets, not_applied, ordered } = replay("cone") else {
        panic!("not a search")
    };
    assert_eq!((assets.len(), not_applied, ordered), (3, Vec::new(), true));
    insta::assert_snapshot!(outline(&assets[0]));
}

#[test]
fn pages_follow_each_other_to_the_end_without_a_gap_or_a_repetition() {
    let Seen::Search { assets, .. } = replay("pages") else { panic!("not a search") };
    let mut ids: Vec<_> = assets.iter().map(|asset| asset.identity.native_id.clone()).collect();
    assert_eq!(ids.len(), 187, "as many as the archive counts in this cone");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 187);
}

#[test]
fn dates_fall_from_page_to_page() {
    let Seen::Search { assets, ordered, .. } = replay("dates") else { panic!("not a search") };
    let dates: Vec<_> = assets.iter().map(|asset| asset.time[0].start.unwrap()).collect();
    assert!(ordered && dates.len() == 12);
    assert!(dates.is_sorted_by(|a, b| a >= b), "{dates:?}");
}

#[test]
fn a_harvest_goes_on_behind_the_batch_it_was_stopped_at() {
    let Seen::Harvest { before, after } = replay("harvest") else { panic!("not a harvest") };
    assert_eq!((before.len(), after.len()), (40, 40));
    assert!(before.iter().all(|id| !after.contains(id)));
}

#[test]
fn a_row_is_found_by_its_identifier_and_another_one_is_not() {
    let Seen::LookUp { found, missing } = replay("look-up") else { panic!("not a look-up") };
    assert_eq!(found.unwrap().identity.native_id, scenarios::KNOWN_DID);
    assert!(matches!(*missing, Err(Error::NotFound(id)) if id == "ivo://nothing/here?'"));
}

#[test]
fn errors_say_what_the_archive_said() {
    let Seen::Errors(errors) = replay("errors") else { panic!("no errors") };
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn tables_come_with_columns_and_keys() {
    let Seen::Tables { all, one } = replay("tables") else { panic!("no tables") };
    assert!(
        all.contains(&"ivoa.obscore".to_owned()) && all.contains(&"tap_schema.columns".to_owned()),
        "{all:?}"
    );
    insta::assert_snapshot!(outline(&one));
}

#[test]
fn a_query_with_an_upload_comes_back_as_columns() {
    let Seen::Query(answer) = replay("upload") else { panic!("not a query") };
    insta::assert_snapshot!(answer);
}

#[test]
fn a_query_runs_as_a_job_that_is_deleted_afterwards() {
    let Seen::Query(answer) = replay("job") else { panic!("not a query") };
    insta::assert_snapshot!(answer);
}

#[test]
fn an_answer_that_overflows_is_called_truncated() {
    let Seen::Query(answer) = replay("overflow") else { panic!("not a query") };
    insta::assert_snapshot!(answer);
}
