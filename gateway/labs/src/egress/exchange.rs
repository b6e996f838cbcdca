//! One request of a lab to the proxy: `CONNECT`, or a request for a whole URL in the clear.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use archway_core::labs::LabId;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use super::{Ways, Wire};

type Answer = Response<BoxBody<Bytes, hyper::Error>>;

/// A tunnel whose far end is open.
pub(super) struct Tunnel {
    upgrade: OnUpgrade,
    far: Box<dyn Wire>,
    host: String,
    port: u16,
}

/// Headers that belong to one connection and are not passed on.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) async fn answer(
    ways: &Ways,
    lab: &LabId,
    mut request: Request<Incoming>,
    tunnel: &Mutex<Option<Tunnel>>,
) -> Answer {
    let is_tunnel = request.method() == Method::CONNECT;
    let (host, port) = match target(request.uri(), is_tunnel) {
        Ok(target) => target,
        Err(words) => return refusal(StatusCode::BAD_REQUEST, words),
    };
    let far = match reach(ways, &host, port).await {
        Ok(far) => far,
        Err(words) => {
            tracing::info!(target: "audit", %lab, host, port, verdict = "refused", why = words, "egress");
            return refusal(StatusCode::FORBIDDEN, &words);
        }
    };
    tracing::info!(target: "audit", %lab, host, port, verdict = "allowed", "egress");
    if is_tunnel {
        let upgrade = hyper::upgrade::on(&mut request);
        let opened = Tunnel { upgrade, far, host, port };
        *tunnel.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        return Response::new(empty());
    }
    match in_the_clear(lab, far, request, &host, port).await {
        Ok(answer) => answer,
        Err(error) => {
            refusal(StatusCode::BAD_GATEWAY, &format!("`{host}` did not answer: {error}"))
        }
    }
}

/// Carries bytes both ways until both ends are done.
pub(super) async fn through(lab: &LabId, tunnel: Tunnel) {
    let Tunnel { upgrade, mut far, host, port } = tunnel;
    let since = Instant::now();
    let Ok(near) = upgrade.await else { return };
    let mut near = TokioIo::new(near);
    let copied = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    let (sent, received) = copied.unwrap_or_default();
    let seconds = since.elapsed().as_secs();
    tracing::info!(target: "audit", %lab, host, port, sent, received, seconds, "egress ended");
}

async fn reach(ways: &Ways, host: &str, port: u16) -> Result<Box<dyn Wire>, String> {
    if !ways.rules.ports.contains(&port) {
        return Err(format!(
            "port {port} is none of those that labs may reach: {:?}",
            ways.rules.ports
        ));
    }
    match tokio::time::timeout(ways.rules.within, ways.dial.dial(host, port)).await {
        Ok(far) => far,
        Err(_) => Err(format!("`{host}` was not reached in {} s", ways.rules.within.as_secs())),
    }
}

/// Host and port of what is asked for.
pub(super) fn target(uri: &Uri, is_tunnel: bool) -> Result<(String, u16), &'static str> {
    let authority = uri.authority().ok_or("this is a proxy: ask for a whole URL")?;
    if authority.as_str().contains('@') {
        return Err("a name or password in an address is not passed on");
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || host.len() > 253 {
        return Err("there is no host of that name");
    }
    let port = match (authority.port_u16(), is_tunnel, uri.scheme_str()) {
        (Some(port), ..) => port,
        (None, false, Some("http")) => 80,
        (None, true, _) => return Err("CONNECT needs a port"),
        _ => return Err("only `http` is asked for in the clear; for `https` use CONNECT"),
    };
    Ok((host.to_ascii_lowercase(), port))
}

async fn in_the_clear(
    lab: &LabId,
    far: Box<dyn Wire>,
    request: Request<Incoming>,
    host: &str,
    port: u16,
) -> Result<Answer, hyper::Error> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let authority = parts.uri.authority().map(|authority| authority.as_str().to_owned());
    parts.uri = path.parse().unwrap_or_default();
    strip(&mut parts.headers);
    if let Some(value) = authority.and_then(|authority| authority.parse().ok()) {
        parts.headers.insert(header::HOST, value);
    }
    parts.version = http::Version::HTTP_11;
    let (mut sender, connection) = http1::handshake(TokioIo::new(far)).await?;
    let mut driven = JoinSet::new();
    driven.spawn(async move {
        let _ = connection.await;
    });
    let mut answer = sender.send_request(Request::from_parts(parts, body)).await?;
    strip(answer.headers_mut());
    let audit = Audit { lab: lab.clone(), host: host.to_owned(), port, received: 0 };
    let counted = |body| Counted { body, audit, _driven: driven };
    Ok(answer.map(|body| counted(body).boxed()))
}

fn strip(headers: &mut HeaderMap) {
    let listed: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    for name in HOP_BY_HOP.into_iter().chain(listed.iter().map(String::as_str)) {
        headers.remove(name);
    }
}

/// An answer on its way, with the connection it comes over.
struct Counted {
    body: Incoming,
    audit: Audit,
    _driven: JoinSet<()>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.audit.received += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Writes the last line about a request, however it ends.
struct Audit {
    lab: LabId,
    host: String,
    port: u16,
    received: u64,
}

impl Drop for Audit {
    fn drop(&mut self) {
        let Self { lab, host, port, received } = self;
        tracing::info!(target: "audit", %lab, host, port, received, "egress ended");
    }
}

fn refusal(status: StatusCode, words: &str) -> Answer {
    let body = Full::new(Bytes::from(format!("{words}\n"))).map_err(|never| match never {});
    let mut answer = Response::new(body.boxed());
    *answer.status_mut() = status;
    answer
}

fn empty() -> BoxBody<Bytes, hyper::Error> {
    http_body_util::Empty::new().map_err(|never| match never {}).boxed()
}
