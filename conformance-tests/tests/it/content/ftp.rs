//! FTP paths that another plugin names, read by the `ftp` plugin within that archive's grants.

use serde_json::json;

use super::origin::bytes;
use super::{Files, sha256};
use crate::ftp::daemons::{Daemon, Kind, left_out};

#[tokio::test(flavor = "multi_thread")]
async fn a_path_on_an_ftp_server_is_read_whoever_names_it() {
    if left_out() {
        return;
    }
    let all = bytes(0..3_000_000);
    let daemon = Daemon::start(Kind::Vsftpd, |folder| {
        std::fs::write(folder.join("a b.dat"), &all).unwrap();
    });
    let server = format!("127.0.0.1:{}", daemon.port);
    let url = |path: &str| format!("ftp://{server}/pub/{path}");
    let records = json!({
        "a": [{ "url": url("a b.dat"), "size": all.len(), "sha256": sha256(&all) }],
        "wrong": [{ "url": url("a b.dat"), "sha256": "0".repeat(64) }],
        "gone": [{ "url": url("gone.dat") }],
    });
    let files = Files::over(records, &[], std::slice::from_ref(&server)).await;
    let got = files.get("a", "", &[]).await;
    assert_eq!((got.status, got.whole), (200, true), "{}", got.detail());
    assert!(got.body == all);
    assert_eq!(got.header("content-length"), "3000000");
    assert_eq!(got.header("content-disposition"), "attachment; filename=\"a b.dat\"");
    let got = files.get("a", "", &[("range", "bytes=2999990-")]).await;
    assert_eq!((got.status, got.whole), (206, true), "{}", got.detail());
    assert_eq!(got.header("content-range"), "bytes 2999990-2999999/3000000");
    assert!(got.body == bytes(2_999_990..3_000_000));
    let got = files.get("a", "", &[("range", "bytes=1000-1009")]).await;
    assert_eq!((got.status, got.body), (206, bytes(1000..1010)));
    let got = files.get("wrong", "", &[]).await;
    assert_eq!((got.status, got.whole), (200, false));
    let got = files.get("gone", "", &[]).await;
    assert!(got.status >= 400 && got.detail().contains("archive `files`"), "{}", got.detail());
}
