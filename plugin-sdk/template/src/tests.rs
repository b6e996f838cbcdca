//! The plugin against a recorded exchange: native, without a gateway, in milliseconds.

use archway_plugin::testing::RecordedHost;
use archway_plugin::types::{Asset, AssetId, Constraint, Error, SearchQuery};
use archway_plugin::{ArchivePlugin, Host};

use crate::MyArchive;

const URL: &str = "https://catalogue.example.org/askap.json";

fn host() -> RecordedHost {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/recorded");
    RecordedHost::recorded(folder).with_text("catalogue_url", URL)
}

fn words(text: &str) -> SearchQuery {
    SearchQuery { text: Some(text.into()), ..SearchQuery::everything() }
}

fn found(host: &dyn Host, query: SearchQuery) -> Vec<Asset> {
    let mut answer = MyArchive.search(host, query).unwrap();
    let mut assets = Vec::new();
    while let Some(batch) = answer.assets.next(host, 2).unwrap() {
        assets.extend(batch.assets);
    }
    assets
}

#[test]
fn words_find_records_and_records_become_assets() {
    let host = host();
    let assets = found(&host, words("askap noise"));
    let [asset] = assets.as_slice() else { panic!("{assets:#?}") };
    assert_eq!(asset.identity.native_id, "cube-504");
    assert_eq!(asset.distributions[0].size.unwrap().bytes, 415_027_000);
    assert_eq!(host.asked().len(), 1, "one request for one search");
}

#[test]
fn everything_is_found_without_a_question() {
    assert_eq!(found(&host(), words("")).len(), 3);
}

#[test]
fn what_is_not_looked_for_here_is_said() {
    let query = SearchQuery { collections: vec!["x".into()], ..words("") };
    let answer = MyArchive.search(&host(), query).unwrap();
    assert_eq!(answer.not_applied, [Constraint::Collections]);
}

#[test]
fn a_record_is_found_by_its_identifier() {
    let asset = MyArchive.look_up(&host(), AssetId::NativeId("cube-503".into())).unwrap();
    assert_eq!(asset.summary.title, "Weights of a continuum image of scheduling block 1934");
    let missing = MyArchive.look_up(&host(), AssetId::NativeId("cube-1".into()));
    assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
}

#[test]
fn what_is_no_catalogue_is_a_malformed_reply() {
    let host = RecordedHost::new().answering(URL, 200, "<html>Down</html>").with_text("catalogue_url", URL);
    let answer = MyArchive.search(&host, words(""));
    assert!(matches!(answer, Err(Error::MalformedReply(_))));
}
