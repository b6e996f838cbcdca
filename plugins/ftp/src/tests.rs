//! The plugin against recorded conversations with two servers, and against what they
//! would not do.

use archway_plugin::access::{AccessRequest, Route};
use archway_plugin::archive::Content;
use archway_plugin::recording::Conversation;
use archway_plugin::recording::conversation::{Related, Turn, Written};
use archway_plugin::testing::{RecordedHost, outline};
use archway_plugin::types::{Asset, AssetId, Change, SearchQuery, Value};
use archway_plugin::{ArchivePlugin, Error, Host, SecretPart, TcpSecurity};

use crate::Ftp;

const RULES: &str = r#"[{"path": "**/{name}", "collection": "files", "title": "{name}"}]"#;
const COLLECTIONS: &str = r#"{"files": {"title": "Files"}}"#;

fn with_rules(host: RecordedHost, url: &str) -> RecordedHost {
    host.with_text("url", url)
        .with_setting("rules", Value::Json(RULES.into()))
        .with_setting("collections", Value::Json(COLLECTIONS.into()))
        .with_text("contact", "anonymous@")
        // 2026-11-26T00:00:00Z, the day after the recording.
        .at(1_795_651_200_000_000)
}

fn vsftpd() -> RecordedHost {
    with_rules(RecordedHost::recorded("tests/data/recorded/vsftpd"), "ftp://127.0.0.1:7021/pub/")
}

fn proftpd() -> RecordedHost {
    with_rules(RecordedHost::recorded("tests/data/recorded/proftpd"), "ftp://127.0.0.1:7023/pub/")
}

fn everything(host: &RecordedHost) -> Result<Vec<Asset>, Error> {
    let mut answer = Ftp.search(host, SearchQuery::everything())?;
    let mut found = Vec::new();
    while let Some(batch) = answer.assets.next(host, 100)? {
        found.extend(batch.assets);
    }
    Ok(found)
}

fn paths(assets: &[Asset]) -> String {
    let lines = assets.iter().map(|asset| {
        let size = asset.distributions.first().and_then(|d| d.size);
        format!("{:?} {:?}\n", asset.identity.native_id, size.map(|size| size.bytes))
    });
    lines.collect()
}

fn read(host: &RecordedHost, mut content: Content) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    loop {
        let piece = content.reader.read(host, 1000)?;
        if piece.is_empty() {
            return Ok(bytes);
        }
        bytes.extend(piece);
    }
}

#[test]
fn what_a_server_lists_is_found_by_list_and_by_mlsd() {
    let by_list = paths(&everything(&vsftpd()).unwrap());
    insta::assert_snapshot!("vsftpd", by_list);
    let by_mlsd = paths(&everything(&proftpd()).unwrap());
    insta::assert_snapshot!("proftpd", by_mlsd);
}

#[test]
fn a_search_keeps_one_connection() {
    let host = vsftpd();
    everything(&host).unwrap();
    let said = host.said();
    let connects = said.iter().filter(|line| line.starts_with("connect")).count();
    assert_eq!(connects, 1, "{said:?}");
}

#[test]
fn one_asset_with_its_facts_and_ways() {
    let host = vsftpd();
    let mut asset = Ftp.look_up(&host, AssetId::NativeId("igs15904.sp3".into())).unwrap();
    let native = asset.native.take().unwrap();
    assert!(native.content.ends_with(b" 5 Nov 20 10:11 igs15904.sp3"));
    insta::assert_snapshot!(outline(&asset));
    let request = AccessRequest { native_id: "igs15904.sp3".into(), distribution_id: None };
    let host = vsftpd();
    let ways = Ftp.access(&host, request).unwrap();
    assert_eq!(ways.len(), 1);
    let Some(Route::Ftp(way)) = ways.first().map(|way| &way.route) else { panic!("{ways:?}") };
    assert_eq!(
        (way.host.as_str(), way.port, way.path.as_str()),
        ("127.0.0.1", 7021, "/pub/igs15904.sp3")
    );
    assert_eq!(way.credential, None);
}

#[test]
fn a_harvest_gives_every_file() {
    let host = proftpd();
    let mut cursor = Ftp.harvest(&host, None).unwrap();
    let mut found = Vec::new();
    while let Some(batch) = cursor.next(&host, 100).unwrap() {
        found.extend(batch.changes.into_iter().filter_map(|change| match change {
            Change::Upsert(asset) => Some(asset),
            Change::Withdraw(_) => None,
        }));
    }
    let searched = everything(&proftpd()).unwrap();
    assert_eq!(paths(&found), paths(&searched));
}

#[test]
fn the_bytes_of_a_file_from_its_beginning_and_from_its_middle() {
    let url = "ftp://127.0.0.1:7021/pub/name%20with%20%20two%20blanks.txt";
    let host = vsftpd().in_reads_of(100);
    let content = Ftp.open(&host, url, 0).unwrap();
    assert_eq!(content.total_bytes, Some(1500));
    assert!(content.modified.is_some() && content.tag.is_some());
    assert_eq!(read(&host, content).unwrap(), b"x".repeat(1500));
    let host = vsftpd();
    let content = Ftp.open(&host, url, 1000).unwrap();
    assert_eq!(read(&host, content).unwrap(), b"x".repeat(500));
    assert!(host.said().contains(&"REST 1000".to_owned()));
}

#[test]
fn a_name_that_is_no_utf_8_goes_back_as_the_bytes_it_was() {
    for url in
        ["ftp://127.0.0.1:7021/pub/latin%E9.txt", "ftp://127.0.0.1:7021/pub/latin\u{efe9}.txt"]
    {
        let host = vsftpd();
        let content = Ftp.open(&host, url, 0).unwrap();
        assert_eq!(read(&host, content).unwrap(), b"e", "{url}");
    }
}

/// What another archive's server says to somebody who reads `/f`.
fn other_server(login: impl FnOnce(Conversation) -> Conversation) -> Conversation {
    let data = |text: &str| {
        let content = archway_plugin::recording::Content::Text(text.into());
        let turns = vec![Turn::Received(content), Turn::Ended];
        Turn::Related(Related { port: 5001, security: TcpSecurity::Plain, turns })
    };
    login(Conversation::new("other.example", 2121, TcpSecurity::Plain).received("220 hi\r\n"))
        .sent("FEAT\r\n")
        .received("502 what\r\n")
        .sent("TYPE I\r\n")
        .received("200 ok\r\n")
        .sent("SIZE /f\r\n")
        .received("213 5\r\n")
        .sent("MDTM /f\r\n")
        .received("213 20240229123000\r\n")
        .sent("EPSV\r\n")
        .received("229 ok (|||5001|)\r\n")
        .turn(data("bytes"))
        .sent("RETR /f\r\n")
        .received("150 ok\r\n226 done\r\n")
        .sent("SIZE /f\r\n")
        .received("213 5\r\n")
        .sent("MDTM /f\r\n")
        .received("213 20240229123000\r\n")
        .sent("QUIT\r\n")
        .turn(Turn::Ended)
}

#[test]
fn the_files_of_another_archive_are_opened_with_the_slot_that_their_url_names() {
    let written = |part, before: &str| {
        Turn::Credential(Written { slot: "esa".into(), part, before: before.into() })
    };
    let with_slot = other_server(|conversation| {
        conversation
            .turn(written(SecretPart::User, "USER "))
            .received("331 (left out)\r\n")
            .turn(written(SecretPart::Secret, "PASS "))
            .received("230 (left out)\r\n")
    });
    // No settings: the gateway runs the plugin for another archive.
    let host = RecordedHost::new().conversing(with_slot);
    let content = Ftp.open(&host, "ftp://esa@other.example:2121/f", 0).unwrap();
    assert_eq!(read(&host, content).unwrap(), b"bytes");
}

#[test]
fn the_credential_of_the_settings_goes_to_its_own_server_only() {
    let anonymous = other_server(|conversation| {
        conversation
            .sent("USER anonymous\r\n")
            .received("331 password\r\n")
            .sent("PASS anonymous@\r\n")
            .received("230 in\r\n")
    });
    let host = RecordedHost::new()
        .conversing(anonymous)
        .with_text("url", "ftp://own.example/")
        .with_text("credential", "own");
    let content = Ftp.open(&host, "ftp://other.example:2121/f", 0).unwrap();
    assert_eq!(read(&host, content).unwrap(), b"bytes");
    assert!(!host.said().iter().any(|line| line.contains("own>")), "{:?}", host.said());
}

#[test]
fn wrong_settings_and_locators_are_refused_with_their_name() {
    let part = |error: Error| match error {
        Error::InvalidQuery(fault) => fault.part.unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    let cases = [
        ("url", "http://a/"),
        ("url", "ftp://user:password@a/"),
        ("url", "ftp://a/../b"),
        ("zone", "US/Eastern"),
        ("rules", "[{}]"),
    ];
    for (key, text) in cases {
        let value = match key {
            "rules" => Value::Json(text.into()),
            _ => Value::Text(text.into()),
        };
        let host = with_rules(RecordedHost::new(), "ftp://a/").with_setting(key, value);
        assert_eq!(part(Ftp.describe(&host).unwrap_err()), key, "case: {text}");
        assert!(host.said().is_empty(), "nobody is asked");
    }
    let host = RecordedHost::new();
    let failure = Ftp.open(&host, "gopher://a/b", 0).err().unwrap();
    assert_eq!(part(failure), "locator");
}

#[test]
fn a_server_that_cannot_be_reached_is_the_hosts_error() {
    let host = with_rules(RecordedHost::new(), "ftp://nowhere.example/");
    let failure = Ftp.describe(&host).unwrap_err();
    let Error::Internal(message) = failure else { panic!("{failure:?}") };
    assert!(message.contains("nowhere.example:21 plain"), "{message}");
    assert_eq!(host.remaining_ms(), 30_000, "it is not asked again and again");
}
