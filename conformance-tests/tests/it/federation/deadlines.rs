//! Archives that let one wait, and clients that do not.

use std::time::{Duration, Instant};

use archway_conformance::fake_tap::{FakeTap, Reply};
use archway_conformance::hostile_server::{HostileServer, Hostility};

use crate::gateway::{ArchiveFile, Gateway, ROWS, well};

#[tokio::test(flavor = "multi_thread")]
async fn archives_that_hang_cost_their_own_assets_and_no_more_than_the_deadline() {
    let deadline = Duration::from_millis(1500);
    let mut fakes = Vec::new();
    let mut archives = Vec::new();
    for id in ["a", "b", "c", "d"] {
        let fake = well(id).await;
        archives.push(ArchiveFile::new(id, 10, &format!("{}/tap", fake.url)));
        fakes.push(fake);
    }
    let silent = [
        HostileServer::start(Hostility::Silent).await,
        HostileServer::start(Hostility::Silent).await,
    ];
    for (id, server) in ["hangs", "hangs-too"].iter().zip(&silent) {
        archives.push(ArchiveFile::new(id, 20, &format!("{}/tap", server.url)));
    }
    let gateway = Gateway::start(&archives).await;
    let warm = gateway.search(&[("archive", "a")]).await;
    assert_eq!(warm.ids().len(), ROWS, "{}", warm.text);

    let ms = deadline.as_millis().to_string();
    let answer = gateway.search(&[("limit", "100"), ("deadline_ms", &ms)]).await;
    // A bound that holds on a busy machine, not a measurement.
    assert!(answer.took < deadline + Duration::from_millis(500), "{:?}", answer.took);
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.ids().len(), 4 * ROWS, "{}", answer.text);
    for id in ["a", "b", "c", "d"] {
        assert_eq!(answer.row(id), ("ok".to_owned(), String::new()));
    }
    for id in ["hangs", "hangs-too"] {
        let reason = format!("archive `{id}` gave no answer within 1500 ms");
        assert_eq!(answer.row(id), ("timeout".to_owned(), reason));
    }
    assert_eq!(answer.json()["partial"], true);

    let required = [("deadline_ms", "200"), ("require", "a,hangs")];
    let answer = gateway.search(&required).await;
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert_eq!(answer.json()["sources"][0]["id"], "hangs", "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_a_stream_ends_what_it_began() {
    let quick = well("quick").await;
    // Describes itself at once, so that every socket of the silent one belongs to the search.
    let silent = HostileServer::start(Hostility::Silent).await;
    let leads_there = FakeTap::start().await;
    let to = format!("{}/sync", silent.url);
    leads_there.on_query("FROM ivoa.obscore", [Reply::see_other(&to)]);
    let slow = ArchiveFile::new("slow", 20, &format!("{}/tap", leads_there.url));
    let archives = [
        ArchiveFile::new("quick", 10, &format!("{}/tap", quick.url)),
        slow.reaching(&silent.address.to_string()),
    ];
    let gateway = Gateway::start(&archives).await;

    let request = gateway.request("api/v1/search?deadline_ms=60000");
    let mut response = request.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut seen = String::new();
    let until_quick = async {
        while !seen.contains("event: source") {
            let piece = response.chunk().await.unwrap().expect("it goes on");
            seen += &String::from_utf8_lossy(&piece);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), until_quick).await.unwrap();
    assert!(seen.contains(r#""id":"quick""#) && !seen.contains("event: page"), "{seen}");
    assert!(silent.connected_within(Duration::from_secs(20)).await);
    assert_eq!(silent.connections_open(), 1);

    let left = Instant::now();
    drop(response);
    assert!(
        silent.all_closed_within(Duration::from_secs(1)).await,
        "open after {:?}",
        left.elapsed()
    );
    let metrics = gateway.ask("metrics").await.text;
    assert!(metrics.contains("archway_search_streams_open 0"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_a_plain_search_ends_what_it_began() {
    let silent = HostileServer::start(Hostility::Silent).await;
    let leads_there = FakeTap::start().await;
    let to = format!("{}/sync", silent.url);
    leads_there.on_query("FROM ivoa.obscore", [Reply::see_other(&to)]);
    let slow = ArchiveFile::new("slow", 20, &format!("{}/tap", leads_there.url));
    let gateway = Gateway::start(&[slow.reaching(&silent.address.to_string())]).await;
    let asking = tokio::spawn(gateway.request("api/v1/search?deadline_ms=60000").send());
    assert!(silent.connected_within(Duration::from_secs(20)).await);
    asking.abort();
    assert!(silent.all_closed_within(Duration::from_secs(1)).await);
}
