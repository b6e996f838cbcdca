//! Client certificates, against a server that demands one.

use std::collections::BTreeMap;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::secrets::request;
use super::server::{Server, ok, redirect};
use super::tls::identity;
use super::{Setup, get, soon, text};
use crate::credentials::{Scheme, Secret, Slot};
use crate::egress::{Error, OutageReason, RefusalReason};
use crate::grants::{Denial, Hosts};

/// Who the gateway is: certificate and key in PEM, and the certificate as servers trust it.
struct Gateway {
    certificate: String,
    key: String,
    der: CertificateDer<'static>,
}

impl Gateway {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["gateway.example".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let der = certificate.der().clone();
        Self { certificate: certificate.pem(), key: key.serialize_pem(), der }
    }

    fn slot(&self, host: &str) -> Slot {
        let parts = [("certificate", &self.certificate), ("key", &self.key)];
        let parts: BTreeMap<_, _> =
            parts.map(|(part, pem)| (part.to_owned(), Secret::new(pem.clone()))).into();
        let hosts = Hosts::new(&[host]).unwrap();
        Slot::new("cert", Scheme::ClientCertificate, parts, hosts, true).unwrap()
    }
}

/// TLS of `archive.example` for clients that show `trusted`, and what vouches for it.
fn demanding(trusted: &Gateway) -> (TlsAcceptor, CertificateDer<'static>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut clients = RootCertStore::empty();
    clients.add(trusted.der.clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(clients), Arc::clone(&provider))
            .build()
            .unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["archive.example".to_owned()]).unwrap();
    let root = params.self_signed(&key).unwrap().der().clone();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![root.clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), root)
}

fn setup(port: u16, roots: Vec<CertificateDer<'static>>) -> Setup {
    let mut setup = Setup::granting(&[format!("archive.example:{port}")])
        .names(|_| vec!["127.0.0.1".parse().unwrap()]);
    setup.addresses = vec!["127.0.0.1/32".to_owned()];
    setup.roots = roots;
    setup
}

#[tokio::test]
async fn a_certificate_is_shown_when_its_slot_is_named_and_never_else() {
    let gateway = Gateway::new();
    let (tls, root) = demanding(&gateway);
    let archive = Server::secure(tls, |_, _| ok("in")).await;
    let host = format!("archive.example:{}", archive.address.port());
    let mut setup = setup(archive.address.port(), vec![root]);
    setup.slots = vec![gateway.slot(&host)];
    let egress = setup.limits(|limits| limits.attempts = 1).egress();
    let url = format!("https://{host}/");
    for broker in [egress.clone(), egress.for_downloads(None)] {
        let with = broker.send(&request(url.clone(), "cert"), soon()).await;
        assert_eq!(text(with).await, "in");
        // Its connection is in the pool, its session in the store; neither is used without it.
        let error = get(&broker, &url).await.unwrap_err();
        let Error::Unavailable { reason, .. } = &error else { panic!("{error}") };
        assert_eq!(*reason, OutageReason::TlsFailed, "{error}");
    }
    assert_eq!(archive.asked().len(), 2);
    let shown = format!("{egress:?}");
    assert!(!shown.contains("BEGIN"), "{shown}");
}

#[tokio::test]
async fn a_certificate_goes_to_its_hosts_only_and_only_in_tls() {
    let gateway = Gateway::new();
    let mut setup = setup(443, vec![]);
    setup.http.push("archive.example:80".to_owned());
    setup.slots = vec![gateway.slot("archive.example:80")];
    let egress = setup.egress();
    let refused = |url: &str| {
        let Err(error) = egress.start(&request(url.to_owned(), "cert"), soon()) else {
            panic!("{url} was let through")
        };
        error
    };
    let error = refused("https://archive.example/");
    assert!(matches!(error, Error::Denied(Denial::CredentialNotBound { .. })), "{error}");
    let error = refused("http://archive.example/");
    let reason = RefusalReason::CredentialRefused;
    assert!(matches!(&error, Error::Unauthorised { reason: r, .. } if *r == reason), "{error}");
    insta::assert_snapshot!(error, @"credential slot `cert` is a client certificate, which is shown in TLS only; archive.example:80 is asked without");
}

#[tokio::test]
async fn a_redirect_to_another_host_leaves_it_behind() {
    let gateway = Gateway::new();
    let (tls, root) = demanding(&gateway);
    let demanding = Server::secure(tls, |_, _| ok("in")).await;
    let target = format!("https://archive.example:{}/", demanding.address.port());
    let (tls, other_root) = identity("archive.example");
    let first = Server::secure(tls, move |_, _| redirect(302, &target)).await;
    let host = format!("archive.example:{}", first.address.port());
    let mut setup = setup(demanding.address.port(), vec![root, other_root]);
    setup.http.push(host.clone());
    setup.slots = vec![gateway.slot(&host)];
    let egress = setup.limits(|limits| limits.attempts = 1).egress();
    let error = egress.send(&request(format!("https://{host}/"), "cert"), soon()).await;
    let error = error.unwrap_err();
    let Error::Unavailable { reason, .. } = &error else { panic!("{error}") };
    assert_eq!(*reason, OutageReason::TlsFailed, "{error}");
    assert_eq!((first.asked().len(), demanding.asked().len()), (1, 0));
}
