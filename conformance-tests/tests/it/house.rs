//! The house itself: what the documents say is there is there, and nothing is forgotten.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file below `folder`, as paths from the root with slashes.
fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn the_files_that_the_architecture_names_are_there() {
    let folders = ["gateway", "plugin-sdk", "plugins", "conformance-tests/tests", "wit", "docs"];
    let there: Vec<String> = folders.into_iter().flat_map(files).collect();
    let text = read("docs/architecture.md");
    let quoted = text.split('`').skip(1).step_by(2);
    let named: Vec<&str> =
        quoted.filter(|word| word.ends_with(".rs") && !word.contains(['*', ' ', '{'])).collect();
    assert!(named.len() > 40, "only {} files are named", named.len());
    for name in named {
        let is_there = there.iter().any(|path| path == name || path.ends_with(&format!("/{name}")));
        assert!(is_there, "docs/architecture.md names {name}, which is nowhere");
    }
}

#[test]
fn the_links_between_the_documents_lead_somewhere() {
    let mut documents = files("docs");
    documents.push("README.md".to_owned());
    for document in documents.iter().filter(|path| path.ends_with(".md")) {
        let folder = root().join(document).parent().unwrap().to_owned();
        for target in read(document).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(
                folder.join(target).exists(),
                "{document} links to {target}, which is not there"
            );
        }
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let main = read("conformance-tests/tests/it/main.rs");
    for entry in std::fs::read_dir(root().join("conformance-tests/tests/it")).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_stem().filter(|_| path.extension().is_some_and(|e| e == "rs"))
        else {
            continue;
        };
        let name = name.to_str().unwrap();
        assert!(
            name == "main" || main.contains(&format!("mod {name};")),
            "main.rs has no mod {name}"
        );
    }
}

#[test]
fn every_plugin_has_a_manifest_a_readme_and_recorded_data_with_its_sources() {
    for entry in std::fs::read_dir(root().join("plugins")).unwrap() {
        let folder = entry.unwrap().path();
        for wanted in ["plugin.toml", "README.md", "tests/data/SOURCES.md"] {
            assert!(folder.join(wanted).exists(), "{} has no {wanted}", folder.display());
        }
    }
}
