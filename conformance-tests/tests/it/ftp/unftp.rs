//! libunftp with explicit TLS, as the sample site runs it.

use archway_conformance::samples::{self, trees};
use tokio::net::TcpListener;

use super::Setup;

#[tokio::test]
async fn libunftp_with_tls_is_read_whole() {
    let listen = || TcpListener::bind("127.0.0.1:0");
    let (ftp, ftps) = (listen().await.unwrap(), listen().await.unwrap());
    let site = trees::ftp::serve(ftp, ftps, &samples::committed_data()).unwrap();
    let mut setup = Setup::of(format!("ftpes://{}/", site.ftps));
    setup.trust = Some(site.authority.clone());
    let ftp = setup.open().await;
    let found = ftp.everything().await.unwrap();
    assert!(found.len() > 10, "{} files", found.len());
    let smallest = found.iter().filter_map(|asset| {
        let size = asset.distributions.first()?.size?.bytes;
        Some((size, asset.id.native.clone()))
    });
    let (size, path) = smallest.min().unwrap();
    let (bytes, total) = ftp.bytes(&path, 0).await.unwrap();
    assert_eq!((bytes.len() as u64, total), (size, Some(size)), "{path}");
    let (rest, _) = ftp.bytes(&path, size / 2).await.unwrap();
    assert!(rest == bytes[size as usize / 2..], "{path}");
}
