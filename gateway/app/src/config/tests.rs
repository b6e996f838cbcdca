//! What an operator writes, and what they are told.

use std::path::{Path, PathBuf};

use super::{Config, Environment, Invalid};

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config").join(folder)
}

/// The mistakes, with the folder of the test data cut off.
fn told(result: Result<Config, Invalid>) -> String {
    let text = result.expect_err("this has mistakes").to_string();
    text.replace(&data("").display().to_string(), "")
}

fn load(file: &Path, environment: &Environment) -> Result<Config, Invalid> {
    Config::load(Some(file), environment)
}

#[test]
fn the_reference_is_the_defaults() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/archway.toml");
    let written: toml::Table = std::fs::read_to_string(reference).unwrap().parse().unwrap();
    let defaults: toml::Table = Config::with_defaults().effective().parse().unwrap();
    assert_eq!(written, defaults);
}

#[test]
fn the_archives_of_the_repository_are_sound() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/archway.toml");
    let config = load(&file, &Environment::default()).unwrap();
    let ids: Vec<_> = config.archives.iter().map(|archive| archive.config.id.as_str()).collect();
    insta::assert_snapshot!(ids.join(" "), @"samples-sky samples-gaia samples-microwave samples-high-energy samples-heliophysics samples-swarm samples-gnss samples-planetary gaia esasky iso integral einstein-probe gnss-bkg gnss-ign gnss-cddis gnss-gssc gnss-esoc gnss-whu gnss-code gnss-gfz gnss-ga gnss-great gnss-goce-rinex gnss-swarm-rinex");
}

#[test]
fn every_mistake_is_told_with_its_place_and_key() {
    let mut files: Vec<_> =
        std::fs::read_dir(data("invalid")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let file = if file.is_dir() { file.join("archway.toml") } else { file };
        insta::assert_snapshot!(name, told(load(&file, &Environment::default())));
    }
}

#[test]
fn what_is_sound_is_taken() {
    let mut files: Vec<_> =
        std::fs::read_dir(data("valid")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let file = if file.is_dir() { file.join("archway.toml") } else { file };
        if let Err(invalid) = load(&file, &Environment::default()) {
            panic!("{}: {invalid}", file.display());
        }
    }
}

#[test]
fn the_environment_beats_the_files() {
    let environment = Environment::from([
        ("ARCHWAY__SEARCH__DEADLINE_MS", "1234"),
        ("ARCHWAY__EGRESS__CONTACT", "42"),
        ("ARCHWAY__PLUGINS__FOLDERS", r#"["a", "b"]"#),
        ("ARCHWAY__ARCHIVES__FULL_TAP__ARCHIVE__TITLE", "2000"),
        ("ARCHWAY__ARCHIVES__FULL_TAP__LIMITS__REQUESTS", "7"),
        ("ARCHWAY_URL", "http://not-ours/"),
    ]);
    let config = load(&data("valid/everything/archway.toml"), &environment).unwrap();
    assert_eq!(config.deadlines.default.as_millis(), 1234);
    assert_eq!(config.contact, "42");
    assert_eq!(config.plugins.folders, [PathBuf::from("a"), PathBuf::from("b")]);
    let archive =
        config.archives.iter().find(|archive| archive.config.id.as_str() == "full-tap").unwrap();
    assert_eq!(archive.config.title, "2000");
    assert_eq!(archive.config.limits.requests, Some(7));
}

#[test]
fn mistakes_in_the_environment_name_the_variable() {
    let environment = Environment::from([
        ("ARCHWAY__LIMITS__MEMORY_MIB", "lots"),
        ("ARCHWAY__LIMITS__WALL_MS", "1"),
        ("ARCHWAY__SERVER__LISTN", "127.0.0.1:1"),
        ("ARCHWAY__LOG__LEVEL__X", "1"),
        ("ARCHWAY__ARCHIVES__NOBODY__ARCHIVE__TITLE", "x"),
        ("ARCHWAY__ARCHIVES__FULL_TAP__CREDENTIALS__LOGIN__SECRET", "hunter2"),
    ]);
    insta::assert_snapshot!(told(load(&data("valid/everything/archway.toml"), &environment)));
}

#[test]
fn an_archive_changes_only_what_it_names() {
    let config = load(&data("valid/everything/archway.toml"), &Environment::default()).unwrap();
    let archive = &config.archives[0].config;
    assert_eq!(archive.id.as_str(), "full-tap");
    assert_eq!(archive.egress.requests_per_s, 2.5);
    assert_eq!(archive.egress.concurrency, 4, "from [egress]");
    assert_eq!(archive.egress.attempts, 3, "the default");
}

#[test]
fn secrets_come_from_where_they_lie_and_are_never_printed() {
    let environment =
        Environment::from([("ARCHIVE_USER", "somebody"), ("ARCHIVE_TOKEN", "hunter2")]);
    let file = data("secrets/archway.toml");
    let config = load(&file, &environment).unwrap();
    let printed = format!("{config:#?} {environment:?} {}", config.effective());
    assert!(printed.contains("***"), "{printed}");
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(!printed.contains("c29tZWJvZHk6aHVudGVyMg"), "as the proxy is told it: {printed}");
    assert!(config.proxy.is_some_and(|proxy| proxy.has_login()));
    insta::assert_snapshot!(told(load(&file, &Environment::default())));
}

#[test]
fn only_loopback_is_served_unless_exposure_is_meant() {
    for (listen, expose, refused) in [
        ("127.0.0.1:8470", "false", false),
        ("[::1]:8470", "false", false),
        ("0.0.0.0:8470", "false", true),
        ("192.168.1.7:8470", "false", true),
        ("0.0.0.0:8470", "true", false),
    ] {
        let environment = Environment::from([
            ("ARCHWAY__SERVER__LISTEN", listen),
            ("ARCHWAY__SERVER__EXPOSE_WITHOUT_SIGN_IN", expose),
        ]);
        let config = load(&data("valid/nothing.toml"), &environment).unwrap();
        assert_eq!(config.server.refusal().is_some(), refused, "case: {listen}, exposed: {expose}");
    }
}
