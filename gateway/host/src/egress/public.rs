//! Public hosts, for what is no archive: labs that may reach them through the gateway's proxy.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::Error;
use super::address::{Special, special};
use super::connector::Dialer;
use super::network::Network;
use crate::grants::{Endpoint, Granted, Grants, List, Requests};

/// Connects to `host` if every address of it is public; what it resolved to is what is
/// connected to.
///
/// # Errors
///
/// [`Error::Invalid`] for what is not a host, [`Error::Denied`] for an address that is not
/// public or is the gateway's own, else [`Error::Unavailable`].
pub async fn connect_to_public(
    network: &Arc<Network>,
    host: &str,
    port: u16,
    within: Duration,
) -> Result<TcpStream, Error> {
    let endpoint = Endpoint::new(host, port).ok_or_else(|| {
        Error::invalid("host", format!("`{}` is not a host", host.escape_debug()))
    })?;
    if let Some(why) = not_public(&endpoint) {
        return Err(Error::invalid("host", format!("`{endpoint}` is {why}, not a public host")));
    }
    let pattern = vec![endpoint.to_string()];
    let requests = Requests { http: Vec::new(), tcp: pattern.clone() };
    let granted = Granted { tcp: pattern, ..Granted::default() };
    let grants = Grants::new("", &requests, &granted)
        .map_err(|_| Error::invalid("host", format!("`{endpoint}` cannot be granted")))?;
    let dialer = Dialer::new(Arc::clone(network), Arc::new(grants), within, &[]);
    Ok(dialer.dial(List::Tcp, &endpoint).await?.0)
}

/// Why an endpoint that is written as an address is not public; a name is judged when it is
/// resolved.
pub fn not_public(endpoint: &Endpoint) -> Option<Special> {
    endpoint.literal().and_then(special)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_public_hosts_are_reached_however_they_are_spelt() {
        let names = |name: &str| match name {
            "inside.example" => vec!["10.1.2.3".parse().unwrap()],
            _ => Vec::new(),
        };
        let network = Arc::new(Network::with_names(Vec::new(), Vec::new(), names));
        for host in
            ["127.0.0.1", "localhost", "127.1", "[::1]", "169.254.169.254", "inside.example", "a b"]
        {
            let refused = connect_to_public(&network, host, 80, Duration::from_secs(1)).await;
            assert!(refused.is_err(), "case: {host}");
        }
    }
}
