//! A certificate authority that lives as long as the sample site, and signs for its FTPS server.

use std::sync::Arc;

use anyhow::Context;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Vouches for servers of this process; its key is never written anywhere.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A new one with a new key.
    ///
    /// # Errors
    ///
    /// If no key can be made.
    pub fn new() -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let name = "Sample site of Archway, for this machine alone";
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().context("no key for the certificate authority")?;
        let issuer = CertifiedIssuer::self_signed(params, key)
            .context("no certificate for the certificate authority")?;
        Ok(Self(issuer))
    }

    /// Its certificate.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// TLS for a server with these names or addresses.
    ///
    /// # Errors
    ///
    /// If no key or certificate can be made.
    pub fn server(&self, names: &[&str]) -> anyhow::Result<Arc<ServerConfig>> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let params = CertificateParams::new(names).context("no name for a certificate")?;
        let key = KeyPair::generate().context("no key for the server")?;
        let certificate = params.signed_by(&key, &self.0).context("the server's certificate")?;
        let chain: Vec<CertificateDer<'static>> = vec![certificate.into()];
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("ring knows TLS 1.2 and 1.3")?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .context("key and certificate do not fit")?;
        Ok(Arc::new(config))
    }
}
