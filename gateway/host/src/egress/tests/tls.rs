//! TLS: whom we believe, and that redirects do not leave it.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::server::{Server, ok, redirect};
use super::{Setup, get, text};
use crate::egress::{Error, Network, OutageReason};
use crate::grants::Denial;

/// A server for `name`, and the certificate that vouches for it.
pub(super) fn identity(name: &str) -> (TlsAcceptor, CertificateDer<'static>) {
    identity_speaking(name, &[])
}

/// The same, for a server that speaks only these protocols.
pub(super) fn identity_speaking(
    name: &str,
    protocols: &[&[u8]],
) -> (TlsAcceptor, CertificateDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().self_signed(&key).unwrap();
    let root = certificate.der().clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![root.clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
    (TlsAcceptor::from(Arc::new(config)), root)
}

fn setup(server: &Server, root: Option<CertificateDer<'static>>) -> Setup {
    let port = server.address.port();
    let granted = [
        format!("archive.example:{port}"),
        format!("other.example:{port}"),
        server.address.to_string(),
    ];
    let mut setup = Setup::granting(&granted).names(|_| vec!["127.0.0.1".parse().unwrap()]);
    setup.roots = root.into_iter().collect();
    setup
}

#[tokio::test]
async fn the_certificate_must_be_trusted_and_for_the_name_in_the_url() {
    let (tls, root) = identity("archive.example");
    let server = Server::secure(tls, |_, _| ok("safe")).await;
    let url = |host: &str| format!("https://{host}:{}/", server.address.port());

    let trusting = setup(&server, Some(root.clone())).egress();
    assert_eq!(text(get(&trusting, &url("archive.example")).await).await, "safe");
    for (name, root, host) in [
        ("another name", Some(root), "other.example"),
        ("nobody vouches for it", None, "archive.example"),
    ] {
        let egress = setup(&server, root).egress();
        let error = get(&egress, &url(host)).await.unwrap_err();
        let Error::Unavailable { reason, .. } = &error else { panic!("case: {name}: {error}") };
        assert_eq!(*reason, OutageReason::TlsFailed, "case: {name}: {error}");
        assert_eq!(egress.metrics().counts().retries, 0, "case: {name}");
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn an_authority_that_one_archive_trusts_vouches_for_that_archive_alone() {
    let (tls, root) = identity("archive.example");
    let server = Server::secure(tls, |_, _| ok("safe")).await;
    let url = format!("https://archive.example:{}/", server.address.port());
    let granted =
        [format!("archive.example:{}", server.address.port()), server.address.to_string()];
    let network = Network::with_names(vec![], vec![], |_| vec!["127.0.0.1".parse().unwrap()]);
    let network = Arc::new(network);
    let archive = |trust| {
        let mut setup = Setup::granting(&granted);
        setup.trust = trust;
        setup.egress_over(&network)
    };
    let trusting = archive(vec![root]);
    assert_eq!(text(get(&trusting, &url).await).await, "safe");
    let other = get(&archive(vec![]), &url).await.unwrap_err();
    let Error::Unavailable { reason, .. } = &other else { panic!("{other}") };
    assert_eq!(*reason, OutageReason::TlsFailed, "{other}");
}

#[tokio::test]
async fn a_redirect_does_not_leave_tls() {
    let plain = Server::saying(|_, _| ok("plain")).await;
    let target = plain.url("/");
    let (tls, root) = identity("archive.example");
    let server = Server::secure(tls, move |_, _| redirect(302, &target)).await;
    let mut setup = setup(&server, Some(root));
    setup.http.push(plain.address.to_string());
    let url = format!("https://archive.example:{}/", server.address.port());
    let error = get(&setup.egress(), &url).await.unwrap_err();
    assert!(matches!(error, Error::Denied(Denial::LeavesTls { .. })), "{error}");
    assert!(plain.asked().is_empty());
}

#[tokio::test]
async fn a_handshake_that_hangs_ends_with_the_connect_timeout() {
    // It takes the client's first words for the begin of a request, and waits for its end.
    let server = Server::saying(|_, _| ok("plain")).await;
    let url = format!("https://archive.example:{}/", server.address.port());
    let brief = std::time::Duration::from_millis(50);
    let egress = setup(&server, None).limits(|limits| limits.connect_timeout = brief).egress();
    let error = get(&egress, &url).await.unwrap_err();
    let Error::Unavailable { reason, .. } = &error else { panic!("{error}") };
    assert_eq!(*reason, OutageReason::TimedOut, "{error}");
    assert_eq!(egress.metrics().counts().retries, 2, "each attempt had its own timeout");
    assert_eq!(server.asked().len(), 0);
}
