//! A plugin does what it declares, and nothing else.

use std::path::{Path, PathBuf};

use archway_conformance::components;
use archway_core::Error;
use archway_core::archive::{Archive as _, LookUp, Operation};
use archway_core::search::Search;
use archway_core::tables::TableQuery;
use archway_host::PluginArchive;

use super::offers;
use super::subject::{Stage, host, plugins};

const ALL: [Operation; 8] = [
    Operation::Search,
    Operation::Harvest,
    Operation::LookUp,
    Operation::Access,
    Operation::Open,
    Operation::Decode,
    Operation::Tables,
    Operation::Query,
];

#[tokio::test(flavor = "multi_thread")]
async fn every_plugin_has_an_archive_to_be_tested_on() {
    let stage = Stage::set().await;
    for plugin in plugins() {
        let tested = stage.subjects.iter().any(|subject| subject.config.plugin == plugin);
        // One that only decodes has no archive; `content.rs` reads through it.
        let decodes = stage
            .host
            .plugins()
            .into_iter()
            .any(|info| info.id == plugin && info.operations == [Operation::Decode]);
        assert!(tested || decodes, "no file in config/archives/samples-*.toml names `{plugin}`");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_is_done() {
    let stage = Stage::set().await;
    for subject in &stage.subjects {
        let id = &subject.config.id;
        let described = subject.archive.describe().await.unwrap_or_else(|e| panic!("{id}: {e}"));
        for operation in ALL.into_iter().filter(|o| offers(&subject.archive, *o)) {
            let error = call(&subject.archive, operation).await.err();
            let refused = matches!(error, Some(Error::Unsupported { .. }));
            let works = described.operations.contains(&operation);
            assert_eq!(refused, !works, "{id}: {} with its settings: {error:?}", operation.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_declared_is_not_done() {
    let stage = Stage::set().await;
    let folder = tempfile::tempdir().unwrap();
    for subject in stage.one_a_plugin() {
        let host = host();
        let plugin = &subject.config.plugin;
        host.load(&declaring_all(&components::path(plugin), folder.path())).await.unwrap();
        let claims = host.open_archive(subject.config.clone()).unwrap();
        for operation in ALL.into_iter().filter(|o| !offers(&subject.archive, *o)) {
            let outcome = call(&claims, operation).await;
            let refused = matches!(outcome, Err(Error::Unsupported { .. }));
            assert!(refused, "{plugin} does not declare {}: {outcome:?}", operation.name());
        }
    }
}

/// Calls one operation with whatever it takes; what comes of it is thrown away.
async fn call(archive: &PluginArchive, operation: Operation) -> Result<(), Error> {
    let nothing = "nothing-of-that-name";
    match operation {
        Operation::Search => archive.search(&Search::default()).await.map(drop),
        Operation::Harvest => archive.harvest(None).await.map(drop),
        Operation::LookUp => archive.look_up(&LookUp::NativeId(nothing.into())).await.map(drop),
        Operation::Access => archive.access(nothing, None).await.map(drop),
        Operation::Open => archive.open(nothing, 0).await.map(drop),
        Operation::Decode => {
            archive.decode(nothing, Box::new(super::reading::Piece::none())).await.map(drop)
        }
        Operation::Tables => archive.tables(&[], true).await.map(drop),
        Operation::Query => {
            let query = TableQuery {
                language: "ADQL".to_owned(),
                text: "SELECT 1".to_owned(),
                uploads: Vec::new(),
                max_rows: None,
            };
            archive.query(&query).await.map(drop)
        }
    }
}

/// A copy of a component whose manifest declares every operation.
fn declaring_all(component: &Path, folder: &Path) -> PathBuf {
    let name = component.file_stem().unwrap().to_str().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(name);
    let written = std::fs::read_to_string(source.join("plugin.toml")).unwrap();
    let mut table: toml::Table = written.parse().unwrap();
    let all: Vec<_> = ALL.iter().map(|o| o.name()).chain(["describe"]).collect();
    table.insert("operations".to_owned(), all.into());
    table.entry("decodes").or_insert_with(|| vec!["none"].into());
    // Words for people make room for the longer list: the section keeps its length.
    for setting in table["settings"].as_table_mut().into_iter().flatten() {
        setting.1.as_table_mut().unwrap().insert("help".to_owned(), "-".into());
    }
    let declared = toml::to_string(&table).unwrap();
    let padded = format!("{declared:<width$}", width = written.len());
    assert_eq!(padded.len(), written.len(), "{name}: its manifest has no room");
    let mut bytes = std::fs::read(component).unwrap();
    let at = bytes.windows(written.len()).position(|part| part == written.as_bytes());
    let at = at.unwrap_or_else(|| panic!("{name} was not built from its plugin.toml"));
    bytes[at..at + written.len()].copy_from_slice(padded.as_bytes());
    let copy = folder.join(format!("{name}.wasm"));
    std::fs::write(&copy, bytes).unwrap();
    copy
}
