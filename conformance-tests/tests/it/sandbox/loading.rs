//! Components that are not loaded, and why; loading again while calls go on.

use super::*;

async fn refused(path: &Path) -> String {
    let network = Network::new(Vec::new(), Vec::new());
    let mut config = HostConfig::new(Arc::new(network));
    config.instances = 2;
    let host = PluginHost::new(config).unwrap();
    let error = host.load(path).await.unwrap_err().to_string();
    error.replace(&path.display().to_string(), "FILE")
}

#[tokio::test]
async fn a_component_with_sockets_is_refused_by_every_import_not_given() {
    let error = refused(&components::path("sockets")).await;
    let found: Vec<_> =
        error.split([' ', ',']).filter(|w| w.starts_with("wasi:sockets/")).collect();
    assert!(error.starts_with("FILE: a plugin may not import wasi:sockets/"), "{error}");
    assert!(found.len() >= 3, "all of them: {error}");
    assert!(!error.contains("wasi:io"), "{error}");
}

#[tokio::test]
async fn a_component_of_another_world_or_version_is_told_what_would_be_right() {
    let right = "this gateway runs components that export archway:archive/archive@0.1";
    assert_eq!(
        refused(&components::path("other-world")).await,
        format!(
            "FILE: it is built for another world, exporting example:weather/forecast@1.0.0; {right}"
        )
    );
    assert_eq!(
        refused(&components::path("next-version")).await,
        format!("FILE: it is built for archway:archive@0.2.0; {right}")
    );
}

#[tokio::test]
async fn what_is_no_component_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let right =
        "a plugin is a WebAssembly component, as `cargo build --target wasm32-wasip2` makes it";
    let cases: [(&str, &[u8], &str); 3] = [
        ("text", b"#!/bin/sh\n", "FILE: this is no WebAssembly; "),
        ("module", b"\0asm\x01\0\0\0", "FILE: this is a core module; "),
        ("cut", b"\0asm\x0d\0\x01\0\x01", "FILE: the component does not compile: "),
    ];
    for (name, bytes, expected) in cases {
        let path = folder.path().join(format!("{name}.wasm"));
        std::fs::write(&path, bytes).unwrap();
        let error = refused(&path).await;
        assert!(error.starts_with(expected), "case {name}: {error}");
        assert!(name == "cut" || error.ends_with(right), "case {name}: {error}");
    }
    let huge = folder.path().join("huge.wasm");
    std::fs::File::create(&huge).unwrap().set_len(40 * 1024 * 1024).unwrap();
    assert_eq!(refused(&huge).await, "FILE: 40 MiB; a component may have at most 32 MiB");
}

#[tokio::test]
async fn a_manifest_beside_the_component_must_be_the_one_inside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.wasm");
    std::fs::copy(components::path("hostile"), &path).unwrap();
    let other = "plugin = { id = \"hostile\", version = \"9.9.9\", wit = \"archway:archive@0.1.0\" }\noperations = []";
    std::fs::write(folder.path().join("plugin.toml"), other).unwrap();
    let error = refused(&path).await;
    assert!(error.contains("plugin.toml beside the component is not the one inside it"), "{error}");
}

#[tokio::test]
async fn a_compiled_component_that_was_touched_is_compiled_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let mut config = HostConfig::new(Arc::new(Network::new(Vec::new(), Vec::new())));
        config.compiled_dir = Some(folder.path().join("compiled"));
        config.instances = 2;
        PluginHost::new(config).unwrap()
    };
    start().load(&components::path("bench")).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path().join("compiled"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 3, "code, seal and key: {files:?}");
    for file in &files {
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    let code = files.iter().find(|f| f.extension().is_some_and(|e| e == "cwasm")).unwrap();
    let good = std::fs::read(code).unwrap();
    let mut touched = good.clone();
    let middle = touched.len() / 2;
    touched[middle] ^= 1;
    std::fs::write(code, &touched).unwrap();
    // Loading native code that somebody changed would run it.
    start().load(&components::path("bench")).await.unwrap();
    assert_ne!(std::fs::read(code).unwrap(), touched, "written anew");
}

#[tokio::test]
async fn a_plugin_is_replaced_while_its_calls_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.wasm");
    std::fs::copy(components::path("hostile"), &path).unwrap();
    let network = Network::new(Vec::new(), Vec::new());
    let mut config = HostConfig::new(Arc::new(network));
    config.instances = 4;
    let host = PluginHost::new(config).unwrap();
    host.load(&path).await.unwrap();
    let mut config = ArchiveConfig::new("a".parse().unwrap(), "hostile");
    config.settings.insert("base_url".to_owned(), "https://example.org/".into());
    let archive = host.open_archive(config.clone()).unwrap();
    let search = Search { max_assets: Some(4), ..Search::default() };
    let mut answer = archive.search(&search).await.unwrap();
    assert_eq!(answer.assets.next(2).await.unwrap().unwrap().assets.len(), 2);

    host.reload(&path).await.unwrap();
    assert!(host.unload("hostile"));
    assert!(host.plugins().is_empty());
    assert_eq!(answer.assets.next(2).await.unwrap().unwrap().assets.len(), 2);
    assert!(answer.assets.next(2).await.unwrap().is_none());
    let error = host.open_archive(config.clone()).unwrap_err().to_string();
    assert_eq!(error, "archive `a`: no plugin `hostile`");

    host.load(&path).await.unwrap();
    host.open_archive(config).unwrap().search(&search).await.unwrap();
}

#[tokio::test]
async fn every_mistake_in_an_archive_is_said_in_one_go() {
    let host = host("hostile").await;
    let mut config = ArchiveConfig::new("a".parse().unwrap(), "hostile");
    config.settings = "base_urls = \"https://example.org/\"\npage = 0".parse().unwrap();
    config.limits = LimitsTable { memory_mib: Some(9000), ..LimitsTable::default() };
    config.grants = Granted { http: vec!["https://example.org/".to_owned()], ..Granted::default() };
    let error = host.open_archive(config.clone()).unwrap_err().to_string();
    insta::assert_snapshot!(error, @r#"
    archive `a`:
      settings.base_urls: unknown; did you mean `base_url`?
      settings.base_url: missing, a url: Where it sends what it sends
      settings.page: `0` is not a whole number from 1 to 1000
      limits.memory_mib: 9000 is outside 1..=512
      grants: `https://example.org/` is not `host:port` or `*.domain.tld:port`, as in "gea.esac.esa.int:443"
    "#);
    config.plugin = "hostil".to_owned();
    let error = host.open_archive(config).unwrap_err().to_string();
    assert_eq!(error, "archive `a`: no plugin `hostil`; did you mean `hostile`?");
}

#[tokio::test]
async fn a_folder_says_of_each_file_how_it_went() {
    let folder = tempfile::tempdir().unwrap();
    for guest in ["hostile", "bench", "other-world"] {
        std::fs::copy(components::path(guest), folder.path().join(format!("{guest}.wasm")))
            .unwrap();
    }
    let mut config = HostConfig::new(Arc::new(Network::new(Vec::new(), Vec::new())));
    config.instances = 2;
    let host = PluginHost::new(config).unwrap();
    let loaded = host.load_folder(folder.path()).await.unwrap();
    let went: Vec<_> = loaded.iter().map(|(_, result)| result.is_ok()).collect();
    assert_eq!(went, [true, true, false]);
    let ids: Vec<_> = host.plugins().into_iter().map(|plugin| plugin.id).collect();
    assert_eq!(ids, ["bench", "hostile"]);
}
