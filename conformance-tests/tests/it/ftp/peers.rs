//! The same questions to every real server: what is listed is there, and comes whole.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use archway_core::Error;
use archway_core::access::Route;
use archway_core::archive::{Archive as _, Fetch};
use archway_host::credentials::{Scheme, Secret, Slot};
use archway_host::grants::Hosts;

use super::daemons::{Daemon, Kind, left_out};
use super::{Setup, pattern};

const LARGE: usize = 3_000_000;

/// Names that are odd, and yet are names.
fn fill(folder: &Path) {
    let write = |name: &[u8], bytes: &[u8]| {
        std::fs::write(folder.join(std::ffi::OsStr::from_bytes(name)), bytes).unwrap();
    };
    write(b"large.bin", &pattern(LARGE));
    write(b"empty", b"");
    write(b"two  blanks", b"two blanks");
    write(b"-dash", b"dash");
    write(b"br[a]cket*", b"bracket");
    write("ünï".as_bytes(), b"UTF-8");
    write(b"latin\xe9", b"Latin-1");
    write(b"line\nbreak", b"never seen");
    write(b"carriage\rreturn", b"never seen");
    std::fs::create_dir(folder.join("2024")).unwrap();
    std::fs::write(folder.join("2024/inner.txt"), b"inner").unwrap();
    std::os::unix::fs::symlink("2024", folder.join("latest")).unwrap();
    std::os::unix::fs::symlink("..", folder.join("circle")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("dangling")).unwrap();
}

const LATIN: &str = "latin\u{efe9}";

/// What the archive is asked and must give, whoever serves it.
async fn is_read_whole(kind: Kind, scheme: &str) {
    if left_out() {
        return;
    }
    let daemon = Daemon::start(kind, fill);
    let mut setup = Setup::of(daemon.url(scheme));
    setup.trust = Some(daemon.certificate.clone());
    if matches!(kind, Kind::PureFtpd | Kind::PureFtpdTls) {
        setup.settings = "credential = \"login\"".into();
        let parts = [("user", "jdoe"), ("secret", "open sesame")];
        let parts = parts.map(|(key, text)| (key.to_owned(), Secret::new(text)));
        let hosts = Hosts::new(&[format!("127.0.0.1:{}", daemon.port)]).unwrap();
        let slot = Slot::new("login", Scheme::Login, BTreeMap::from(parts), hosts, true).unwrap();
        setup.slots.push(slot);
    }
    let ftp = setup.open().await;

    let found = ftp.everything().await.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    let sizes: BTreeMap<&str, Option<u64>> = found
        .iter()
        .map(|asset| {
            let size = asset.distributions.first().and_then(|d| d.size).map(|size| size.bytes);
            (asset.id.native.as_str(), size)
        })
        .collect();
    let wanted = [
        ("large.bin", LARGE as u64),
        ("empty", 0),
        ("two  blanks", 10),
        ("-dash", 4),
        ("br[a]cket*", 7),
        ("ünï", 5),
        (LATIN, 7),
        ("2024/inner.txt", 5),
    ];
    for (path, size) in wanted {
        assert_eq!(sizes.get(path), Some(&Some(size)), "{kind:?}: {path} of {sizes:?}");
    }
    let odd = |path: &&&str| path.contains(['\n', '\r']) || path.contains("..");
    assert_eq!(sizes.keys().find(odd), None, "{kind:?}");
    assert!(sizes.len() <= wanted.len() + 2, "a circle is not walked: {kind:?} {sizes:?}");

    let whole = pattern(LARGE);
    for first in [0, 1, LARGE as u64 / 2, LARGE as u64] {
        let (bytes, total) = ftp.bytes("large.bin", first).await.unwrap();
        assert_eq!(total, Some(LARGE as u64));
        assert!(bytes == whole[first as usize..], "{kind:?}: from {first}: {} bytes", bytes.len());
    }
    for (path, content) in
        [("two  blanks", "two blanks"), ("br[a]cket*", "bracket"), ("-dash", "dash"), ("empty", "")]
    {
        assert_eq!(ftp.bytes(path, 0).await.unwrap().0, content.as_bytes(), "{kind:?}: {path}");
    }
    // The bytes of the name go back as they came.
    assert_eq!(ftp.bytes(LATIN, 0).await.unwrap().0, b"Latin-1", "{kind:?}");

    let mut way = ftp.way("large.bin").await.unwrap();
    if let Route::Ftp(ftp_way) = &mut way.route {
        ftp_way.path = "/pub/gone.bin".to_owned();
    }
    let gone = ftp.bytes_of(way, 0).await.unwrap_err();
    // A copy that is gone is the archive's failure, so that the next one is tried.
    let Error::Upstream { reason, .. } = &gone else { panic!("{kind:?}: {gone:?}") };
    assert!(reason.contains("there is no"), "{kind:?}: {reason}");
}

#[tokio::test]
async fn vsftpd_is_read_whole() {
    is_read_whole(Kind::Vsftpd, "ftp").await;
}

#[tokio::test]
async fn vsftpd_that_demands_tls_and_its_session_on_data_is_read_whole() {
    is_read_whole(Kind::VsftpdTls, "ftpes").await;
}

#[tokio::test]
async fn vsftpd_with_implicit_tls_is_read_whole() {
    is_read_whole(Kind::VsftpdImplicitTls, "ftps").await;
}

#[tokio::test]
async fn pure_ftpd_is_read_whole_with_a_login() {
    is_read_whole(Kind::PureFtpd, "ftp").await;
}

#[tokio::test]
async fn pure_ftpd_with_tls_is_read_whole_with_a_login() {
    is_read_whole(Kind::PureFtpdTls, "ftpes").await;
}

#[tokio::test]
async fn a_server_that_demands_tls_and_a_refused_login_are_errors_of_their_kind() {
    if left_out() {
        return;
    }
    let vsftpd = Daemon::start(Kind::VsftpdTls, fill);
    let plain = Setup::of(vsftpd.url("ftp")).open().await.paths().await.unwrap_err();
    assert!(matches!(plain, Error::Unsupported { .. }), "{plain:?}");
    let untrusted = Setup::of(vsftpd.url("ftpes")).open().await.paths().await.unwrap_err();
    assert!(matches!(untrusted, Error::Upstream { .. }), "{untrusted:?}");
    let pure = Daemon::start(Kind::PureFtpd, fill);
    let anonymous = Setup::of(pure.url("ftp")).open().await.paths().await.unwrap_err();
    assert!(matches!(anonymous, Error::Unauthorised { .. }), "{anonymous:?}");
}

#[tokio::test]
async fn a_file_that_grows_while_it_is_read_is_an_error() {
    if left_out() {
        return;
    }
    let daemon = Daemon::start(Kind::Vsftpd, |folder| {
        std::fs::write(folder.join("growing"), pattern(40_000_000)).unwrap();
    });
    let ftp = Setup::of(daemon.url("ftp")).open().await;
    let way = ftp.way("growing").await.unwrap();
    let fetch = Fetch { way, parameters: Vec::new(), part: None };
    let mut reader = ftp.archive.fetch(&fetch).await.unwrap().content.reader;
    reader.read(1000).await.unwrap();
    let path = daemon.root.join("pub/growing");
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    std::io::Write::write_all(&mut file, b"more").unwrap();
    let mut received = 1000;
    let failure = loop {
        match reader.read(1 << 20).await {
            Ok(piece) if piece.is_empty() => panic!("{received} bytes were given as all there are"),
            Ok(piece) => received += piece.len(),
            Err(failure) => break failure,
        }
    };
    assert!(received < 40_000_000, "whoever counts would take it for whole");
    assert!(matches!(failure, Error::Upstream { .. }), "{failure:?}");
}
