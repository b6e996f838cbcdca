//! A client certificate with its key: who the gateway is to an archive, in the TLS handshake.
//!
//! Called by `credentials.rs` (a slot of scheme `client-certificate`) and, to be shown, by
//! `egress/clients.rs`.

use std::fmt;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

/// A certificate, those that vouch for it, and its key. Printed without any of them.
#[derive(Clone)]
pub(crate) struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// From PEM (RFC 7468): the certificate with those that vouch for it behind it, and the key
    /// as PKCS #8, PKCS #1 or SEC1, not encrypted.
    ///
    /// # Errors
    ///
    /// What is wrong, without a word of the key.
    pub(super) fn of_pem(certificate: &str, key: &str) -> Result<Self, String> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| format!("certificate is no PEM: {error}"))?;
        if chain.is_empty() {
            return Err("certificate has no certificate (-----BEGIN CERTIFICATE-----)".to_owned());
        }
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(
            |_| "key has no private key that is not encrypted (-----BEGIN PRIVATE KEY-----)",
        )?;
        let provider = rustls::crypto::ring::default_provider();
        let certified = CertifiedKey::from_der(chain, key, &provider)
            .map_err(|error| format!("certificate and key cannot be used together: {error}"))?;
        Ok(Self(Arc::new(certified)))
    }

    /// For rustls, which shows it to a server that asks.
    pub(crate) fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        Arc::new(SingleCertAndKey::from(Arc::clone(&self.0)))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
