//! What every notebook keeps to; whether its cells run, `conformance-tests` find out.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn file(number: usize, format: &str, product: Option<&str>) -> NotebookFile {
    NotebookFile {
        path: format!("/data/sky/{number}.x"),
        title: format!("Picture {number}"),
        archive: "sky".to_owned(),
        collection: "pictures".to_owned(),
        publisher: Some("ESA".to_owned()),
        licence: Some("CC-BY-4.0".to_owned()),
        acknowledgement: Some("Thanks to all".to_owned()),
        identifier: format!("sky/{number}"),
        doi: Some("10.5270/esa-abc".to_owned()),
        format: Some(format.to_owned()),
        product_type: product.map(str::to_owned),
        size_bytes: Some(1_500_000),
        sha256: Some("ab".repeat(32)),
        ..NotebookFile::default()
    }
}

fn cells(text: &str) -> Vec<(String, String, String)> {
    let document: Value = serde_json::from_str(text).unwrap();
    let word = |cell: &Value, key: &str| cell[key].as_str().unwrap().to_owned();
    let cells = document["cells"].as_array().unwrap();
    cells.iter().map(|c| (word(c, "cell_type"), word(c, "id"), word(c, "source"))).collect()
}

#[test]
fn a_notebook_is_nbformat_4_5_and_the_same_every_time() {
    let files = [file(1, "fits", Some("image")), file(2, "sp3", None)];
    let text = notebook("M31", "a selection", &files);
    assert_eq!(text, notebook("M31", "a selection", &files));
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&document["nbformat"], &document["nbformat_minor"]), (&4.into(), &5.into()));
    assert_eq!(document["metadata"]["kernelspec"]["name"], "python3");
    let mut ids = BTreeSet::new();
    for (kind, id, source) in cells(&text) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        assert!((1..=64).contains(&id.len()) && id.chars().all(plain), "{id}");
        assert!(ids.insert(id.clone()), "{id} is there twice");
        assert!(!source.trim().is_empty(), "{id} is empty");
        assert!(!source.contains("# %%"), "{id} holds another");
        assert!(kind == "markdown" || kind == "code", "{id} is {kind}");
    }
}

#[test]
fn five_hundred_files_give_as_many_cells_as_one() {
    let one = notebook("t", "m", &[file(1, "fits", Some("image"))]);
    let many: Vec<_> = (0..10_000).map(|number| file(number, "fits", Some("image"))).collect();
    let many = notebook("t", "m", &many);
    assert_eq!(cells(&one).len(), cells(&many).len());
    assert!(many.len() < 400_000, "{} bytes", many.len());
    let first = &cells(&many)[0].2;
    assert!(first.contains("the volume holds 9500 more"), "{first}");
}

#[test]
fn it_begins_with_what_it_is_and_ends_with_how_to_cite() {
    let cells = cells(&notebook("Two", "the collection x", &[file(1, "fits", None)]));
    insta::assert_snapshot!(cells.first().unwrap().2, @r"
    # Two

    Made by Archway from the collection x: one file, 1.5 MB.

    From: sky.

    Collections: pictures.

    Run it from top to bottom; it needs no network. The files are read-only, this notebook is yours: change it, it will not be written again. Terms of use and how to cite are at the end.
    ");
    insta::assert_snapshot!(cells.last().unwrap().2, @r"
    ## How to cite, and terms of use

    **ESA** (1 file)

    - Licence: CC-BY-4.0
    - Please acknowledge: Thanks to all
    - DOI: [10.5270/esa-abc](https://doi.org/10.5270/esa-abc)
    - Identifiers: `sky/1`

    Where each file came from, when, and with which checksum, is in `provenance.json` of its volume.
    ");
}

#[test]
fn files_are_named_below_the_data_folder() {
    let cells = cells(&notebook("t", "m", &[file(1, "fits", Some("image"))]));
    let listing = cells.iter().find(|(_, id, _)| id == "list").unwrap();
    insta::assert_snapshot!(listing.2, @r#"
    # The files, as the gateway describes them.
    FILES = [
        {"path": "sky/1.x",
         "title": "Picture 1",
         "format": "fits", "type": "image",
         "sha256": "abababababababababababababababababababababababababababababababab"},
    ]
    "#);
}

#[test]
fn an_archives_words_are_neither_markup_nor_python() {
    let evil = "<script>alert(1)</script> [x](javascript:y) `z` \"\"\"\n# %%\nimport os\u{0}";
    let file = NotebookFile {
        path: format!("v/{evil}"),
        title: evil.to_owned(),
        archive: evil.to_owned(),
        collection: evil.to_owned(),
        publisher: Some(evil.to_owned()),
        licence: Some(evil.to_owned()),
        acknowledgement: Some(evil.to_owned()),
        identifier: evil.to_owned(),
        doi: Some(evil.to_owned()),
        ..NotebookFile::default()
    };
    let cells = cells(&notebook(evil, evil, &[file]));
    for (kind, id, source) in &cells {
        if kind == "markdown" && id != "cite" {
            assert!(!source.contains("<script"), "{id}: {source}");
            assert!(!source.replace("\\]", "").contains("](javascript"), "{id}: {source}");
        }
        assert!(source.lines().all(|line| line != "import os\u{0}"), "{id}: {source}");
    }
    let cite = &cells.last().unwrap().2;
    // In code spans nothing is markup, and no backtick ends one early.
    let outside: String = cite.split('`').step_by(2).collect();
    assert!(!outside.replace("\\`", "").contains("<script"), "{cite}");
}

#[test]
fn without_files_a_notebook_says_so() {
    let cells = cells(&notebook("t", "an empty volume", &[]));
    assert!(cells.iter().any(|(_, id, _)| id == "nothing-1"));
}
