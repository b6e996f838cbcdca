//! `archway search` against a gateway over the sample site.

use std::process::Stdio;

use archway_formats::votable::Reader;
use serde_json::Value;

use super::{Site, archway, run, text};

#[tokio::test(flavor = "multi_thread")]
async fn every_format_holds_the_same_assets() {
    let site = Site::start().await;
    let query = ["search", "M101", "--sort", "date", "--limit", "5", "--format"];
    let ask = |format| run(site.archway(&[&query[..], &[format]].concat()));

    let json = ask("json").await;
    assert!(json.status.success(), "{}", text(&json.stderr));
    let page: Value = serde_json::from_slice(&json.stdout).unwrap();
    let ids: Vec<&str> =
        page["assets"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 5);
    assert_eq!(page["sources"][0]["id"], "samples-sky");
    assert!(text(&json.stderr).contains("samples-sky"), "progress is told on standard error");

    let ndjson = text(&ask("ndjson").await.stdout);
    let each: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(each.iter().map(|a| a["id"].as_str().unwrap()).collect::<Vec<_>>(), ids);

    let csv = ask("csv").await.stdout;
    let mut csv = csv::Reader::from_reader(csv.as_slice());
    let first: Vec<String> = csv.records().map(|record| record.unwrap()[0].to_owned()).collect();
    assert_eq!(first, ids);

    let votable = ask("votable").await.stdout;
    let mut reader = Reader::new(votable.as_slice(), archway_formats::Limits::default()).unwrap();
    let mut first = Vec::new();
    while let Some(row) = reader.next_row().unwrap() {
        let cell = row.value(0);
        let archway_formats::votable::Value::Text(id) = cell else { panic!("{cell:?}") };
        first.push(id.to_owned());
    }
    assert_eq!(first, ids);

    let table = text(&ask("table").await.stdout);
    assert_eq!(table.lines().count(), 6, "{table}");
    assert!(ids.iter().all(|id| table.contains(id)), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_are_followed_and_no_asset_comes_twice() {
    let site = Site::start().await;
    let command = ["search", "--all", "--limit", "100", "--format", "ndjson", "--quiet"];
    let output = run(site.archway(&command)).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "", "quiet");
    let stdout = text(&output.stdout);
    let mut ids: Vec<String> = stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    let shown = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), shown, "an asset came twice");
    assert!(shown > 800, "{shown} of the 816 observations");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_is_no_failure() {
    let site = Site::start().await;
    let mut command = site.archway(&["search", "--limit", "1000", "--format", "json", "--quiet"]);
    let status = tokio::task::spawn_blocking(move || {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        child.wait().unwrap()
    });
    assert!(status.await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_question_is_code_2_and_says_what_is_right() {
    let site = Site::start().await;
    for (name, arguments, words) in [
        ("a declination", vec!["--pos", "CIRCLE 10 91 1"], "91"),
        ("an order", vec!["--sort", "colour"], "relevance"),
        ("an archive", vec!["--archive", "samples-skyy"], "samples-sky"),
        ("a facet", vec!["--facet", "mission"], "NAME=TERM"),
    ] {
        let output = run(site.archway(&[vec!["search"], arguments].concat())).await;
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "case: {name}: {told}");
        assert!(told.contains(words), "case: {name}: {told}");
    }
}

#[tokio::test]
async fn no_gateway_is_code_1_and_says_how_to_start_one() {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = archway();
    command.args(["search", "M31", "--gateway", &format!("http://{free}")]);
    let output = run(command).await;
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("`archway serve` starts one"), "{told}");
}
