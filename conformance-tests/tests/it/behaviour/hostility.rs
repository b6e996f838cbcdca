//! Servers that mean harm, and callers that leave: each subject is pointed at one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use archway_conformance::hostile_server::{HostileServer, Hostility};
use archway_core::archive::{Archive as _, LookUp, Operation};
use archway_core::search::Search;
use archway_host::{ArchiveConfig, PluginArchive};

use super::subject::Stage;
use super::{broke, found, offers};

/// Sockets of a caller who left are closed within this.
const SOON: Duration = Duration::from_secs(1);
/// Wall time of a call in these tests; slow servers are given up.
const WALL_MS: i64 = 3_000;

#[tokio::test(flavor = "multi_thread")]
async fn malformed_and_oversize_answers_are_failures_in_words() {
    let harms = [
        Hostility::CloseAtOnce,
        Hostility::EndlessHeaders,
        Hostility::EndlessBody,
        Hostility::WrongGzip,
        Hostility::DecompressionBomb,
        Hostility::TruncatedVotable,
        Hostility::EntityBomb,
        Hostility::ManyAttributes,
        Hostility::DeepNesting,
        Hostility::RedirectLoop,
    ];
    let stage = Stage::set().await;
    for subject in stage.one_a_plugin() {
        for harm in &harms {
            let server = HostileServer::start(harm.clone()).await;
            let archive = elsewhere(&stage, &subject.config, server.address);
            let about = format!("{} against {harm:?}", subject.config.plugin);
            let error = found(&archive, &Search::default(), 100).await.err();
            let error = error.unwrap_or_else(|| panic!("{about}: it found something"));
            assert!(!broke(&error), "{about}: {error}");
            if offers(&archive, Operation::LookUp) {
                let error = archive.look_up(&LookUp::NativeId("a/b".to_owned())).await;
                let error = error.expect_err(&about);
                assert!(!broke(&error), "{about}: {error}");
            }
            assert!(server.all_closed_within(SOON).await, "{about}: sockets are open");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_close_when_the_caller_leaves() {
    let stage = Stage::set().await;
    for subject in stage.one_a_plugin() {
        let server = HostileServer::start(Hostility::Silent).await;
        let archive = elsewhere(&stage, &subject.config, server.address);
        let asking =
            tokio::spawn(async move { found(&archive, &Search::default(), 10).await.err() });
        let asked = server.connected_within(Duration::from_secs(60)).await;
        assert!(asked, "{}: never asked", subject.config.plugin);
        asking.abort();
        assert!(server.all_closed_within(SOON).await, "{}", subject.config.plugin);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_archive_is_given_up_in_time() {
    let stage = Stage::set().await;
    for subject in stage.one_a_plugin() {
        let server = HostileServer::start(Hostility::Silent).await;
        let archive = elsewhere(&stage, &subject.config, server.address);
        let error = found(&archive, &Search::default(), 10).await.err();
        let error = error.unwrap_or_else(|| panic!("{}: an answer", subject.config.plugin));
        assert!(!broke(&error), "{}: {error}", subject.config.plugin);
        assert!(server.all_closed_within(SOON).await, "{}", subject.config.plugin);
    }
}

/// The same archive at another address: wherever its settings and grants name the sample site.
fn elsewhere(stage: &Stage, config: &ArchiveConfig, address: SocketAddr) -> Arc<PluginArchive> {
    let mut moved = config.clone();
    let own: Vec<String> = stage.addresses().iter().map(ToString::to_string).collect();
    let to = address.to_string();
    let moved_text =
        |text: &str| own.iter().fold(text.to_owned(), |text, from| text.replace(from, &to));
    for (key, value) in &mut moved.settings {
        move_value(value, &moved_text);
        if key == "port" {
            *value = i64::from(address.port()).into();
        }
    }
    for grants in [&mut moved.grants.http, &mut moved.grants.tcp] {
        grants.iter_mut().for_each(|grant| *grant = moved_text(grant));
    }
    moved.limits =
        toml::Table::from_iter([("wall_ms".to_owned(), WALL_MS.into())]).try_into().unwrap();
    moved.egress.attempts = 1;
    stage.host.open_archive(moved).unwrap()
}

fn move_value(value: &mut toml::Value, moved: &impl Fn(&str) -> String) {
    match value {
        toml::Value::String(text) => *text = moved(text),
        toml::Value::Array(values) => values.iter_mut().for_each(|value| move_value(value, moved)),
        toml::Value::Table(table) => {
            table.iter_mut().for_each(|(_, value)| move_value(value, moved));
        }
        _ => {}
    }
}
