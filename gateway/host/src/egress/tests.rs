//! The broker against real sockets on loopback.
//!
//! Each server listens on a port of its own, and the archive's grant names it: the address
//! check is never off. What needs a name gets it from [`Setup::names`].

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio::time::Instant;

use super::{Config, Egress, Error, Limits, Network, Proxy, Request, Response};
use crate::credentials::{Credentials, Slot};
use crate::grants::{Granted, Grants, Requests};

mod addresses;
mod bodies;
mod caching;
mod certificates;
mod downloads;
mod flights;
mod http2;
mod politeness;
mod proxied;
mod redirects;
mod repeating;
mod secrets;
mod server;
mod streams;
mod tls;

use server::Server;

type Names = Box<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

/// One archive as a test wants it.
struct Setup {
    http: Vec<String>,
    tcp: Vec<String>,
    addresses: Vec<String>,
    own: Vec<SocketAddr>,
    names: Names,
    roots: Vec<CertificateDer<'static>>,
    trust: Vec<CertificateDer<'static>>,
    slots: Vec<Slot>,
    limits: Limits,
    proxy: Option<Proxy>,
}

impl Setup {
    /// Grants these `host:port`s to a plugin that asks for them.
    fn granting<S: ToString>(http: &[S]) -> Self {
        Self {
            http: http.iter().map(ToString::to_string).collect(),
            tcp: vec![],
            addresses: vec![],
            own: vec![],
            names: Box::new(|_| vec![]),
            roots: vec![],
            trust: vec![],
            slots: vec![],
            proxy: None,
            limits: Limits {
                backoff: Duration::from_millis(1),
                requests_per_s: 0.0,
                ..Limits::default()
            },
        }
    }

    fn names(self, names: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Self {
        Self { names: Box::new(names), ..self }
    }

    fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    fn egress(mut self) -> Egress {
        let names = std::mem::replace(&mut self.names, Box::new(|_| Vec::new()));
        let own = std::mem::take(&mut self.own);
        let network = Network::with_names(own, std::mem::take(&mut self.roots), names)
            .through(self.proxy.take());
        self.egress_over(&Arc::new(network))
    }

    /// Over a network that others share; its names and roots are not this one's.
    fn egress_over(self, network: &Arc<Network>) -> Egress {
        let requests = Requests { http: self.http.clone(), tcp: self.tcp.clone() };
        let granted = Granted { http: self.http, tcp: self.tcp, addresses: self.addresses };
        let grants = Grants::new("test", &requests, &granted).unwrap();
        let credentials = Credentials::new("test", self.slots);
        let (contact, limits) = ("https://archway.example/contact".to_owned(), self.limits);
        let config = Config { grants, credentials, contact, limits, trust: self.trust };
        Egress::new(network, config)
    }
}

/// Long enough for every test that is not about deadlines.
fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

async fn get(egress: &Egress, url: &str) -> Result<Response, Error> {
    egress.send(&Request::get(url), soon()).await
}

async fn read_all(response: &mut Response) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    loop {
        let piece = response.read(16 * 1024, soon()).await?;
        if piece.is_empty() {
            return Ok(all);
        }
        all.extend_from_slice(&piece);
    }
}

async fn text(response: Result<Response, Error>) -> String {
    String::from_utf8(read_all(&mut response.unwrap()).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_request_arrives_as_written_with_our_name_on_it() {
    let server = Server::saying(|_, _| server::ok("hello")).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut request = Request::get(server.url("/tap/sync?QUERY=SELECT%201#part"));
    request.headers =
        vec![super::Header { name: "Accept".to_owned(), value: "text/csv".to_owned() }];
    let mut response = egress.send(&request, soon()).await.unwrap();

    assert_eq!(response.status(), 200);
    assert_eq!(response.final_url(), server.url("/tap/sync?QUERY=SELECT%201"));
    assert_eq!(response.header_value("Content-Length"), Some("5"));
    assert_eq!(read_all(&mut response).await.unwrap(), b"hello");
    let mut lines: Vec<_> = server.asked()[0].lines().map(str::to_owned).collect();
    lines.retain(|line| !line.starts_with("host:") && !line.is_empty());
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @r"
    GET /tap/sync?QUERY=SELECT%201 HTTP/1.1
    accept-encoding: gzip, deflate
    accept: text/csv
    user-agent: Archway/0.1.0 (+https://archway.example/contact)
    ");
}

#[tokio::test]
async fn an_error_status_is_a_response() {
    let server = Server::saying(|_, _| server::status("404 Not Found", "gone")).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut response = get(&egress, &server.url("/")).await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(read_all(&mut response).await.unwrap(), b"gone");
}

#[tokio::test]
async fn a_request_is_refused_before_anything_is_sent() {
    let egress = Setup::granting(&["archive.example:443"]).egress();
    let Err(error) = egress.start(&Request::get("https://other.example/"), soon()) else {
        panic!("other.example is not granted")
    };
    assert!(matches!(error, Error::Denied(_)), "{error}");
    assert_eq!(egress.metrics().counts().refused, 1);
    assert_eq!(egress.metrics().counts().requests, 0);
}
