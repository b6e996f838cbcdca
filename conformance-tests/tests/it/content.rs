//! The bytes behind assets, through the running gateway: from real servers, by the built plugins.
//!
//! Not here: which copy is chosen and how it is checked (the tests of the core), headers (those
//! of the web).

mod decoded;
mod ftp;
mod lies;
mod origin;
mod pressure;

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::gateway::Gateway;
use origin::{Origin, bytes};

/// A gateway over one archive, `files`, with these records.
struct Files {
    gateway: Gateway,
    client: reqwest::Client,
}

/// What came back; `whole` is whether it ended well.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Vec<u8>,
    whole: bool,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The words of a problem.
    fn detail(&self) -> String {
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        json["detail"].as_str().unwrap_or_default().to_owned()
    }
}

impl Files {
    /// `hosts` are those that HTTP reaches, `ftp` those that FTP does.
    async fn over(records: Value, hosts: &[&str], ftp: &[String]) -> Self {
        let plugins = ["files", "decode", "ftp"];
        let gateway = Gateway::with(&plugins, |folder| {
            let records = toml::Value::try_from(records).unwrap();
            let settings = toml::Table::from_iter([
                ("records".to_owned(), records),
                ("hosts".to_owned(), toml::Value::try_from(hosts).unwrap()),
            ]);
            let settings = toml::Table::from_iter([("settings".to_owned(), settings.into())]);
            let text = format!(
                "[archive]\nid = \"files\"\ntitle = \"Files\"\nplugin = \"files\"\n\
                 [grants]\nhttp = {hosts:?}\ntcp = {ftp:?}\n\
                 [rate]\nrequests_per_s = 0.0\nattempts = 1\nbreaker_failures = 1000\nidle_timeout_s = 5\n\
                 {settings}"
            );
            std::fs::write(folder.join("files.toml"), text).unwrap();
        })
        .await;
        let policy = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().redirect(policy).build().unwrap();
        Self { gateway, client }
    }

    /// One record, `a`, of one file.
    async fn of(file: Value, hosts: &[&str]) -> Self {
        Self::over(json!({ "a": [file] }), hosts, &[]).await
    }

    fn url(&self, id: &str, query: &str) -> String {
        format!("{}api/v1/assets/files%2F{id}/content{query}", self.gateway.url())
    }

    async fn get(&self, id: &str, query: &str, headers: &[(&str, &str)]) -> Got {
        self.ask(reqwest::Method::GET, id, query, headers).await
    }

    async fn ask(
        &self,
        method: reqwest::Method,
        id: &str,
        query: &str,
        headers: &[(&str, &str)],
    ) -> Got {
        let mut request = self.client.request(method, self.url(id, query));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let (mut body, mut whole) = (Vec::new(), true);
        loop {
            match response.chunk().await {
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) => break,
                Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        Got { status, headers, body, whole }
    }

    /// A line of the metrics, by how it begins; empty if there is none.
    async fn metric(&self, begins: &str) -> String {
        let text = self.gateway.ask("metrics").await.text;
        text.lines().find(|line| line.starts_with(begins)).unwrap_or_default().to_owned()
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_whole_in_parts_and_verified() {
    let origin = Origin::start().await;
    let size = 1_000_000;
    let all = bytes(0..size);
    let file = json!({ "url": origin.url(size), "size": size, "sha256": sha256(&all) });
    let files = Files::of(file, &[&origin.address]).await;

    let got = files.get("a", "", &[]).await;
    assert_eq!((got.status, got.whole, got.body == all), (200, true, true));
    assert_eq!(got.header("content-length"), "1000000");
    assert_eq!(got.header("content-type"), "application/x-test");
    assert_eq!(got.header("last-modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(got.header("accept-ranges"), "bytes");
    assert!(got.header("repr-digest").starts_with("sha-256=:"));
    assert_eq!(got.header("content-disposition"), "attachment; filename=\"1000000\"");
    assert_eq!(got.header("content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    let tag = got.header("etag").to_owned();

    let head = files.ask(reqwest::Method::HEAD, "a", "", &[]).await;
    assert_eq!((head.status, head.header("etag"), head.body.len()), (200, tag.as_str(), 0));
    assert_eq!(head.header("content-length"), "1000000");

    /// Name, headers, and the status, range and bytes of the answer.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16, &'a str, std::ops::Range<u64>);
    let cases: [Case<'_>; 6] = [
        ("a part", &[("range", "bytes=10-19")], 206, "bytes 10-19/1000000", 10..20),
        (
            "to the end",
            &[("range", "bytes=999990-")],
            206,
            "bytes 999990-999999/1000000",
            999_990..size,
        ),
        ("the last", &[("range", "bytes=-5")], 206, "bytes 999995-999999/1000000", 999_995..size),
        (
            "resumed",
            &[("range", "bytes=500000-"), ("if-range", &tag)],
            206,
            "bytes 500000-999999/1000000",
            500_000..size,
        ),
        ("of another version", &[("range", "bytes=5-"), ("if-range", "\"x\"")], 200, "", 0..size),
        ("several", &[("range", "bytes=0-1,5-6")], 200, "", 0..size),
    ];
    for (name, headers, status, range, expected) in cases {
        let got = files.get("a", "", headers).await;
        assert_eq!((got.status, got.whole), (status, true), "case: {name}: {}", got.detail());
        assert_eq!(got.header("content-range"), range, "case: {name}");
        assert!(got.body == bytes(expected), "case: {name}");
    }
    let got = files.get("a", "", &[("range", "bytes=1000000-")]).await;
    assert_eq!((got.status, got.header("content-range")), (416, "bytes */1000000"));
    let got = files.get("a", "", &[("if-none-match", &tag)]).await;
    assert_eq!((got.status, got.body.len()), (304, 0));
    assert!(origin.closed_within(Duration::from_secs(1)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_of_a_plugin_come_as_those_of_a_server_do() {
    let files = Files::of(json!({ "url": "own:300000" }), &[]).await;
    let got = files.get("a", "", &[]).await;
    assert_eq!((got.status, got.whole), (200, true), "{}", got.detail());
    assert!(got.body == bytes(0..300_000));
    assert_eq!(got.header("last-modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
    let got = files.get("a", "", &[("range", "bytes=299990-299994")]).await;
    assert_eq!((got.status, got.body), (206, bytes(299_990..299_995)));
    let got = files.get("a", "", &[("range", "bytes=-7")]).await;
    assert_eq!((got.status, got.body), (206, bytes(299_993..300_000)));
    let got = files.get("a", "", &[("range", "bytes=300000-")]).await;
    assert_eq!((got.status, got.header("content-range")), (416, "bytes */300000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_read_where_the_first_cannot_be() {
    let origin = Origin::start().await;
    let gone = "http://127.0.0.1:1/gone";
    let records = json!({ "a": [{ "url": gone }, { "url": origin.url(1000) }] });
    let files = Files::over(records, &["127.0.0.1:1", &origin.address], &[]).await;
    let got = files.get("a", "", &[]).await;
    assert_eq!((got.status, got.body), (200, bytes(0..1000)));
    let got = files.get("a", "?distribution=0", &[]).await;
    assert_eq!(got.status, 502);
    assert!(got.detail().contains("archive `files` failed: no connection to"), "{}", got.detail());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_for_who_asks_and_for_what_is_public() {
    let origin = Origin::start().await;
    let url = origin.url(1000);
    let records = json!({
        "public": [{ "url": url }],
        "restricted": [{ "url": url, "restricted": true }],
        "own": [{ "url": "own:10" }],
    });
    let files = Files::over(records, &[&origin.address], &[]).await;
    let got = files.get("public", "?redirect=true", &[]).await;
    assert_eq!((got.status, got.header("location")), (302, url.as_str()));
    assert_eq!(origin.requests(), 0, "nobody was asked");
    for (id, query) in [("public", ""), ("restricted", "?redirect=true"), ("own", "?redirect=true")]
    {
        assert_eq!(files.get(id, query, &[]).await.status, 200, "case: {id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_says_which_line_would_allow_it() {
    let origin = Origin::start().await;
    let file = json!({ "url": origin.url(1000) });
    let files =
        Files::over(json!({ "a": [file], "f": [{ "url": "ftp://127.0.0.1:2/x" }] }), &[], &[])
            .await;
    let got = files.get("a", "", &[]).await;
    assert_eq!(got.status, 502);
    assert!(got.detail().contains("grants.http in config/archives/files.toml"), "{}", got.detail());
    let got = files.get("f", "", &[]).await;
    assert!(got.detail().contains("grants.tcp in config/archives/files.toml"), "{}", got.detail());
    assert_eq!(origin.requests(), 0);
}
