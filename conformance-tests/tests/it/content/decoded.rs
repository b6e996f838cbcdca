//! Encodings taken off: gzip by the host, the rest in the sandbox.

use std::io::Write as _;

use archway_conformance::fake_tap::{FakeTap, Reply};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::{Files, sha256};

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A gateway over one file with these bytes and encodings.
async fn encoded(bytes: Vec<u8>, encodings: &[&str], name: &str, sha: &str) -> (Files, FakeTap) {
    let fake = FakeTap::start().await;
    // A server takes the file's packing for one of its own.
    let reply = Reply::ok("application/gzip", bytes).with_header("content-encoding", "x-gzip");
    let plain = encodings.first() != Some(&"gzip");
    let reply = if plain { reply.with_header("x", "1") } else { reply };
    fake.on(&format!("/{name}"), [reply]);
    let file = json!({
        "url": format!("{}/{name}", fake.url), "encodings": encodings, "sha256": sha,
    });
    let host = fake.url.trim_start_matches("http://").to_owned();
    (Files::of(file, &[&host]).await, fake)
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_is_taken_off_by_the_host_and_verified_before() {
    let text: Vec<u8> = (0..200_000).flat_map(|n: u32| format!("{n}\n").into_bytes()).collect();
    let packed = gzip(&text);
    let (files, _fake) =
        encoded(packed.clone(), &["gzip"], "numbers.txt.gz", &sha256(&packed)).await;
    let as_it_is = files.get("a", "", &[]).await;
    assert!(as_it_is.body == packed, "without `decode` the file comes as it is stored");
    assert_eq!(as_it_is.header("content-encoding"), "");
    let got = files.get("a", "?decode=gzip", &[("range", "bytes=5-9")]).await;
    assert_eq!((got.status, got.whole, got.body == text), (200, true, true), "{}", got.detail());
    assert_eq!(got.header("content-disposition"), "attachment; filename=\"numbers.txt\"");
    assert_eq!(got.header("accept-ranges"), "none");
    assert_ne!(got.header("etag"), as_it_is.header("etag"));

    let (files, _fake) = encoded(packed, &["gzip"], "numbers.txt.gz", &"0".repeat(64)).await;
    let got = files.get("a", "?decode=gzip", &[]).await;
    assert!(!got.whole, "what was wrong packed is not right unpacked");
    assert!(got.body.len() < text.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_gzip_or_a_bomb_is_never_whole() {
    let whole = gzip(&[b'a'; 100_000]);
    let cut = whole[..whole.len() - 8].to_vec();
    let cases = [
        ("no gzip", b"plain text".to_vec(), "they are no gzip to the end"),
        ("cut short", cut, "they are no gzip to the end"),
        ("a bomb", gzip(&vec![0; 50_000_000]), ""),
    ];
    for (name, bytes, words) in cases {
        let sha = sha256(&bytes);
        let (files, _fake) = encoded(bytes, &["gzip"], "a.gz", &sha).await;
        let got = files.get("a", "?decode=gzip", &[]).await;
        assert!(got.status == 502 || !got.whole, "case: {name}");
        assert!(got.body.len() < 4_000_000, "case: {name}");
        if got.status == 502 {
            assert!(got.detail().contains(words), "case: {name}: {}", got.detail());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_sandbox_decodes_comes_through_it() {
    let fake = FakeTap::start().await;
    // `printf 'hello hello hello\n' | compress` and `| bzip2`.
    let compress: Vec<u8> = COMPRESS.to_vec();
    let bzip2: Vec<u8> = BZIP2.to_vec();
    fake.on("/a.Z", [Reply::ok("application/x-compress", compress)]);
    fake.on("/a.bz2", [Reply::ok("application/x-bzip2", bzip2)]);
    fake.on("/bad.Z", [Reply::ok("application/x-compress", "no .Z at all")]);
    let file = |name: &str, encoding: &str| json!([{ "url": format!("{}/{name}", fake.url), "encodings": [encoding] }]);
    let records = json!({
        "z": file("a.Z", "compress"),
        "bz2": file("a.bz2", "bzip2"),
        "bad": file("bad.Z", "compress"),
    });
    let host = fake.url.trim_start_matches("http://").to_owned();
    let files = Files::over(records, &[&host], &[]).await;
    for (id, query) in [("z", "?decode=Z"), ("z", "?decode=compress"), ("bz2", "?decode=bzip2")] {
        let got = files.get(id, query, &[]).await;
        assert_eq!((got.status, got.whole), (200, true), "case: {id}: {}", got.detail());
        assert_eq!(got.body, b"hello hello hello\n", "case: {id}");
        assert_eq!(got.header("content-disposition"), "attachment; filename=\"a\"");
    }
    let got = files.get("bad", "?decode=compress", &[]).await;
    assert_eq!(got.status, 502, "{}", got.detail());
    assert!(got.detail().contains("archive `files`"), "{}", got.detail());
    let got = files.get("z", "?decode=gzip", &[]).await;
    assert_eq!(got.status, 400);
}

const COMPRESS: &[u8] = &[
    0x1f, 0x9d, 0x90, 0x68, 0xca, 0xb0, 0x61, 0xf3, 0x06, 0x44, 0xc0, 0x81, 0x05, 0x0f, 0x12, 0x54,
    0x00,
];
const BZIP2: &[u8] = &[
    0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0xe5, 0xb5, 0xf3, 0x09, 0x00, 0x00,
    0x04, 0x51, 0x00, 0x00, 0x10, 0x40, 0x00, 0x02, 0x44, 0xa0, 0x00, 0x21, 0xb5, 0x18, 0x0c, 0x02,
    0x90, 0x69, 0xc2, 0xa3, 0x0b, 0xb9, 0x22, 0x9c, 0x28, 0x48, 0x72, 0xda, 0xf9, 0x84, 0x80,
];
