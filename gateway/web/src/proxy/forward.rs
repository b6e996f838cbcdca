//! One request for a lab: who asks, whether they may, and the way there and back.
//!
//! Called by `serve.rs` through [`LabProxy::answer`](super::LabProxy::answer). Calls `entry.rs`,
//! `sessions.rs`, `same_origin.rs`, then `upstream.rs`, or `websocket.rs` for an upgrade. Rules: a
//! stranger learns nothing, not even whether there is such a lab; where a request goes is what the
//! core says of the lab, and never anything that stands in the request; nothing but what never
//! left is sent a second time. Not here: the portal, whose requests never come this way.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use archway_core::labs::{Endpoint, LabState, Route};
use archway_core::owner::Owner;
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header};
use hyper::body::Incoming;

use super::LabProxy;
use super::body::{Answer, LabBody, RequestBody};
use super::entry::landing;
use super::headers::{Asked, toward_client, toward_lab};
use super::lab::Admitted;
use super::origins::{Mode, Place, authority_of};
use super::page::Said;
use super::same_origin::{self, Power, is_navigation};
use super::sessions::Session;
use super::upstream::{Connection, NoAnswer};
use super::{cookies, websocket};

/// Connections that may turn out to be closed before a new one is opened.
const TRIES: usize = 3;

/// A request by somebody who has entered, for a lab that is ready.
pub(super) struct Visit<'a> {
    pub(super) proxy: &'a LabProxy,
    pub(super) place: &'a Place,
    pub(super) session: Arc<Session>,
    pub(super) endpoint: &'a Endpoint,
    token: &'a str,
    client: &'a HeaderValue,
    host: HeaderValue,
}

/// Answers a request for the lab at `place`.
pub(super) async fn answer(
    proxy: &LabProxy,
    place: &Place,
    mut request: Request<Incoming>,
    client: &HeaderValue,
) -> Response<Answer> {
    let origins = &proxy.0.origins;
    let host = match host_of(&request) {
        Ok(host) => host,
        Err(words) => return refusal(StatusCode::BAD_REQUEST, words, place, &request, proxy),
    };
    if let Some(own) = place.own_path(request.uri().path()) {
        return match own {
            "enter" => match entry(proxy, place, &request) {
                Ok(entry) => enter(proxy, place, entry).await,
                Err(refused) => *refused,
            },
            _ => Said::STRANGER.answer(&request, place, origins),
        };
    }
    let session = cookies::own(request.headers(), place.mode)
        .and_then(|cookie| proxy.0.sessions.find(cookie))
        .filter(|session| session.lab.id == place.lab);
    let Some(session) = session else {
        return Said::STRANGER.answer(&request, place, origins);
    };
    let upgrade = websocket::is_asked_for(&request);
    let power = Power::of(request.method(), upgrade);
    let text = host.to_str().unwrap_or_default();
    if let Err(words) = same_origin::check(&request, power, &origins.scheme, text) {
        return refusal(StatusCode::FORBIDDEN, words, place, &request, proxy);
    }
    if matches!(*request.method(), Method::TRACE)
        || *request.method() == Method::CONNECT && !upgrade
    {
        let words = "this method is not passed on to labs";
        return refusal(StatusCode::METHOD_NOT_ALLOWED, words, place, &request, proxy);
    }
    let Some(route) = proxy.0.routes.route(&place.lab) else {
        return Said::DELETED.answer(&request, place, origins);
    };
    if route.owner != session.owner {
        return Said::STRANGER.answer(&request, place, origins);
    }
    let endpoint = match (&route.endpoint, route.state) {
        (Some(endpoint), LabState::Ready) => endpoint,
        (_, LabState::Stopping | LabState::Stopped | LabState::Failed) => {
            return Said::gone(&route.words).answer(&request, place, origins);
        }
        _ => return Said::starting(&route.words).answer(&request, place, origins),
    };
    let counters = &session.lab.counters;
    counters.requests.fetch_add(1, Relaxed);
    if (power == Power::Changes || is_navigation(&request)) && counters.input() {
        proxy.0.routes.worked_in(&place.lab);
    }
    let Some(uri) = uri_at_lab(request.uri(), place, &route.base_path) else {
        return redirect(&landing_base(place, &route), None);
    };
    *request.uri_mut() = uri;
    *request.version_mut() = Version::HTTP_11;
    let token = route.token.as_str();
    let visit = Visit { proxy, place, session, endpoint, token, client, host };
    if upgrade { websocket::open(visit, request).await } else { forward(visit, request).await }
}

/// An ordinary request.
async fn forward(visit: Visit<'_>, mut request: Request<Incoming>) -> Response<Answer> {
    let to_person = is_navigation(&request);
    let lab = &visit.session.lab;
    let Some(admitted) = lab.admit_request() else {
        let words = "Too many requests are under way. Try again in a moment.";
        return visit.said(
            Said { again: true, ..Said::silent(StatusCode::SERVICE_UNAVAILABLE, words) },
            to_person,
        );
    };
    visit.prepare(&mut request);
    let request = request.map(|body| RequestBody::of(body, Arc::clone(lab)));
    match visit.exchange(request).await {
        Ok((response, _)) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
            let words = "It answered with a protocol that nobody asked for.";
            visit.said(Said::silent(StatusCode::BAD_GATEWAY, words), to_person)
        }
        Ok((response, connection)) => visit.pass(response, connection, admitted),
        Err(said) => visit.said(said, to_person),
    }
}

impl Visit<'_> {
    /// Makes the client's request the lab's.
    pub(super) fn prepare<B>(&self, request: &mut Request<B>) {
        let asked = Asked {
            place: self.place,
            client: self.client,
            host: &self.host,
            scheme: &self.proxy.0.scheme,
            token: self.token,
        };
        toward_lab(request.headers_mut(), &asked);
    }

    /// Sends it over a connection that rests, or a new one.
    pub(super) async fn exchange(
        &self,
        mut request: Request<RequestBody>,
    ) -> Result<(Response<Incoming>, Connection), Said<'static>> {
        for attempt in 0..TRIES {
            let resting =
                self.session.lab.take_connection(self.endpoint).filter(|_| attempt + 1 < TRIES);
            let mut connection = match resting {
                Some(connection) => connection,
                None => Connection::open(self.endpoint).await.map_err(|error| {
                    tracing::debug!(%error, lab.id = self.place.lab, "no connection to a lab");
                    self.proxy.0.routes.look_again(&self.place.lab);
                    let words = "Its application takes no connection at the moment.";
                    Said::silent(StatusCode::BAD_GATEWAY, words)
                })?,
            };
            match connection.exchange(request).await {
                Ok(response) => return Ok((response, connection)),
                Err(NoAnswer::Unsent(again)) => request = again,
                Err(NoAnswer::Broken(error)) => {
                    tracing::debug!(%error, lab.id = self.place.lab, "a lab broke off");
                    let words = "Its application broke off before it answered.";
                    return Err(Said::silent(StatusCode::BAD_GATEWAY, words));
                }
                Err(NoAnswer::Late) => {
                    let words = "Its application has not answered for ten minutes.";
                    return Err(Said::silent(StatusCode::GATEWAY_TIMEOUT, words));
                }
            }
        }
        let words = "Its application closes every connection at once.";
        Err(Said::silent(StatusCode::BAD_GATEWAY, words))
    }

    /// Makes the lab's answer the client's.
    pub(super) fn pass(
        &self,
        mut response: Response<Incoming>,
        connection: Connection,
        admitted: Admitted,
    ) -> Response<Answer> {
        toward_client(response.headers_mut(), self.place);
        *response.version_mut() = Version::HTTP_11;
        response.map(|body| LabBody::new(body, connection, admitted).into())
    }

    /// Says something in place of the lab.
    pub(super) fn said(&self, said: Said<'_>, to_person: bool) -> Response<Answer> {
        said.answer_as(to_person, self.place, &self.proxy.0.origins)
    }
}

/// Who enters, and where that leads.
struct Entry {
    /// `None` for a browser that is in already.
    owner: Option<Owner>,
    to: String,
}

/// `/.archway/enter?code=...&to=...`: burns the code.
fn entry(
    proxy: &LabProxy,
    place: &Place,
    request: &Request<Incoming>,
) -> Result<Entry, Box<Response<Answer>>> {
    let origins = &proxy.0.origins;
    // A browser that fetches ahead, or asks for the head only, does not enter.
    let ahead = request.headers().get("sec-purpose").is_some();
    if *request.method() != Method::GET || ahead {
        let words = "a lab is entered with GET";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Err(Box::new(refusal(status, words, place, request, proxy)));
    }
    let query = request.uri().query().unwrap_or_default();
    let field = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value)
    };
    let owner = field("code").and_then(|code| proxy.burn(&code, &place.lab));
    let present = cookies::own(request.headers(), place.mode)
        .and_then(|cookie| proxy.0.sessions.find(cookie))
        .filter(|session| session.lab.id == place.lab);
    // The same link again, in a browser that is in already, leads in too.
    if owner.is_none() && present.is_none() {
        return Err(Box::new(Said::BAD_CODE.answer_as(true, place, origins)));
    }
    let base = match proxy.0.routes.route(&place.lab) {
        Some(route) => landing_base(place, &route),
        None => place.prefix().into_owned(),
    };
    Ok(Entry { owner, to: landing(&base, &field("to").unwrap_or_default()) })
}

/// Leaves a cookie in the place of the code.
async fn enter(proxy: &LabProxy, place: &Place, entry: Entry) -> Response<Answer> {
    let Entry { owner, to } = entry;
    let Some(owner) = owner else { return redirect(&to, None) };
    tracing::info!(lab.id = place.lab, "a browser entered a lab");
    let value = proxy.open_session(&place.lab, owner).await;
    let (name, path) = (place.mode.cookie(), place.prefix());
    let cookie = format!("{name}={value}; Path={path}; Secure; HttpOnly; SameSite=Lax");
    redirect(&to, Some(cookie))
}

fn redirect(to: &str, cookie: Option<String>) -> Response<Answer> {
    let mut response = Response::new(Answer::Own(Body::empty()));
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(to) = HeaderValue::try_from(to) {
        headers.insert(header::LOCATION, to);
    }
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Where the application begins, as browsers see it.
fn landing_base(place: &Place, route: &Route) -> String {
    match place.mode {
        Mode::Host => route.base_path.clone(),
        Mode::Path => place.prefix().into_owned(),
    }
}

/// The target of a request as the lab gets it; `None` where the browser is to go to the base first.
fn uri_at_lab(uri: &Uri, place: &Place, base: &str) -> Option<Uri> {
    let path = uri.path();
    if place.mode == Mode::Host {
        if path == "/" && base != "/" {
            return None;
        }
        if uri.authority().is_none() {
            return Some(uri.clone());
        }
        return Uri::try_from(uri.path_and_query()?.as_str()).ok();
    }
    let rest = path.strip_prefix(place.prefix().as_ref())?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Uri::try_from(format!("{base}{rest}{query}")).ok()
}

/// The one name that a request is sent to.
fn host_of<B>(request: &Request<B>) -> Result<HeaderValue, &'static str> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let authority = authority_of(request).ok_or("a request names its host")?;
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if host == authority => Ok(host.clone()),
        (None, _) => HeaderValue::from_str(authority).map_err(|_| "a request names its host"),
        _ => Err("a request names one host"),
    }
}

fn refusal(
    status: StatusCode,
    words: &str,
    place: &Place,
    request: &Request<Incoming>,
    proxy: &LabProxy,
) -> Response<Answer> {
    let title =
        if status == StatusCode::FORBIDDEN { "Not permitted" } else { "That cannot be done here" };
    Said::new(status, title, words).answer(request, place, &proxy.0.origins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_gets_the_path_that_was_asked_for() {
        let cases = [
            ("at the root", Mode::Host, "/", "/lab?x=1", Some("/lab?x=1")),
            ("below a base", Mode::Host, "/b/", "/b/lab", Some("/b/lab")),
            ("before the base", Mode::Host, "/b/", "/", None),
            ("with a host in it", Mode::Host, "/", "http://a1.localhost/lab?x", Some("/lab?x")),
            ("of every path", Mode::Host, "/", "*", Some("*")),
            ("encoded", Mode::Host, "/", "/api/a%2Fb/..%2f", Some("/api/a%2Fb/..%2f")),
            (
                "path mode",
                Mode::Path,
                "/labs/a1/app/",
                "/labs/a1/app/lab?x",
                Some("/labs/a1/app/lab?x"),
            ),
            ("path mode, other base", Mode::Path, "/", "/labs/a1/app/lab", Some("/lab")),
            ("path mode, no slash", Mode::Path, "/labs/a1/app/", "/labs/a1/app", None),
        ];
        for (name, mode, base, uri, expected) in cases {
            let place = Place { lab: "a1".to_owned(), mode };
            let found = uri_at_lab(&uri.parse().unwrap(), &place, base);
            assert_eq!(found.map(|uri| uri.to_string()).as_deref(), expected, "case: {name}");
        }
    }

    #[test]
    fn a_request_has_one_host() {
        let cases = [
            ("one", "/", &["a1.localhost"][..], Some("a1.localhost")),
            ("two", "/", &["a1.localhost", "b2.localhost"], None),
            ("the same twice", "/", &["a1.localhost", "a1.localhost"], None),
            ("none", "/", &[], None),
            ("in the target", "http://a1.localhost/", &[], Some("a1.localhost")),
            ("another in the target", "http://a1.localhost/", &["b2.localhost"], None),
        ];
        for (name, uri, hosts, expected) in cases {
            let mut request = Request::get(uri);
            for host in hosts {
                request = request.header("host", *host);
            }
            let found = host_of(&request.body(()).unwrap()).ok();
            assert_eq!(found.as_ref().map(|host| host.to_str().unwrap()), expected, "case: {name}");
        }
    }
}
