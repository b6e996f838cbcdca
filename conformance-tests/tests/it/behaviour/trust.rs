//! Grants and credentials: without them nothing is reached, and the words say what is missing.

use archway_core::Error;
use archway_core::search::Search;
use archway_host::grants::Granted;

use super::found;
use super::subject::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn without_its_grant_an_archive_says_which_line_is_missing() {
    let stage = Stage::set().await;
    for subject in stage.one_a_plugin() {
        let mut config = subject.config.clone();
        config.grants = Granted::default();
        let archive = stage.host.open_archive(config).unwrap();
        let error = found(&archive, &Search::default(), 10).await.err();
        let error = error.unwrap_or_else(|| panic!("{}: nothing granted", subject.config.id));
        assert!(matches!(error, Error::NotGranted { .. }), "{}: {error}", subject.config.id);
        let line = error.to_string();
        assert!(line.contains("127.0.0.1:") && line.contains("grants."), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_slot_that_is_empty_is_named() {
    let stage = Stage::set().await;
    let mut tried = 0;
    for subject in stage.one_a_plugin() {
        let plugins = stage.host.plugins();
        let plugin = plugins.iter().find(|info| info.id == subject.config.plugin).unwrap();
        if !plugin.settings.iter().any(|setting| setting.key == "credential") {
            continue;
        }
        let mut config = subject.config.clone();
        config.settings.insert("credential".to_owned(), "members".into());
        let archive = stage.host.open_archive(config).unwrap();
        let error = found(&archive, &Search::default(), 10).await.err();
        let error = error.unwrap_or_else(|| panic!("{}: no such slot", subject.config.id));
        assert!(matches!(error, Error::Unauthorised { .. }), "{}: {error}", subject.config.id);
        assert!(error.to_string().contains("members"), "{error}");
        tried += 1;
    }
    assert!(tried >= 3, "most protocols have credentials");
}
