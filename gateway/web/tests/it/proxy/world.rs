//! A gateway that serves, labs that it knows, and a browser.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use archway_core::labs::{Endpoint, LabState, Route, SessionKeeper};
use archway_core::owner::Owner;
use archway_web::{HostNames, LabProxy, LabRoutes, Origins, serve_beside};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What the core's `Labs` knows, in a test's hands.
#[derive(Default)]
pub(super) struct Labs {
    routes: Mutex<HashMap<String, Arc<Route>>>,
    worked_in: Mutex<Vec<String>>,
    looked_again: Mutex<Vec<String>>,
}

impl LabRoutes for Labs {
    fn route(&self, lab: &str) -> Option<Arc<Route>> {
        self.routes.lock().unwrap().get(lab).cloned()
    }

    fn worked_in(&self, lab: &str) {
        self.worked_in.lock().unwrap().push(lab.to_owned());
    }

    fn look_again(&self, lab: &str) {
        self.looked_again.lock().unwrap().push(lab.to_owned());
    }
}

pub(super) struct World {
    pub(super) address: SocketAddr,
    pub(super) proxy: LabProxy,
    pub(super) labs: Arc<Labs>,
    pub(super) folder: tempfile::TempDir,
    tasks: JoinSet<()>,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut Origins)) -> Self {
        Self::of(change, LabProxy::new).await
    }

    pub(super) async fn keeping(keeper: Arc<dyn SessionKeeper>) -> Self {
        Self::of(|_| {}, |origins, routes| LabProxy::keeping(origins, routes, keeper)).await
    }

    async fn of(
        change: impl FnOnce(&mut Origins),
        make: impl FnOnce(Origins, Arc<dyn LabRoutes>) -> LabProxy,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let labs = Arc::new(Labs::default());
        let mut origins = Origins::loopback(8470);
        change(&mut origins);
        let proxy = make(origins, Arc::clone(&labs) as Arc<dyn LabRoutes>);
        let names = Arc::new(HostNames::loopback_and(&[]));
        let portal = Router::new().fallback(|| async { "the portal" });
        let serving =
            serve_beside(listener, proxy.clone(), names, portal, std::future::pending::<()>());
        let mut tasks = JoinSet::new();
        tasks.spawn(async { serving.await.unwrap() });
        Self { address, proxy, labs, folder: tempfile::tempdir().unwrap(), tasks }
    }

    /// Makes a lab known, or changes what is known of it.
    pub(super) fn knows(&self, id: &str, state: LabState, words: &str, endpoint: Option<Endpoint>) {
        let route = Route {
            owner: owner(),
            state,
            words: words.to_owned(),
            endpoint,
            token: "of-the-lab".to_owned(),
            base_path: "/".to_owned(),
        };
        self.knows_route(id, route);
    }

    pub(super) fn knows_route(&self, id: &str, route: Route) {
        self.labs.routes.lock().unwrap().insert(id.to_owned(), Arc::new(route));
    }

    pub(super) fn ready(&self, id: &str, endpoint: Endpoint) {
        self.knows(id, LabState::Ready, "", Some(endpoint));
    }

    pub(super) fn forgets(&self, id: &str) {
        self.labs.routes.lock().unwrap().remove(id);
    }

    pub(super) fn worked_in(&self) -> Vec<String> {
        self.labs.worked_in.lock().unwrap().clone()
    }

    pub(super) fn looked_again(&self) -> Vec<String> {
        self.labs.looked_again.lock().unwrap().clone()
    }

    /// Lets something live as long as the world does.
    pub(super) fn runs(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    pub(super) fn socket(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Asks as a browser does that knows no cookie.
    pub(super) async fn ask(&self, request: Request<Full<Bytes>>) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let mut driving = JoinSet::new();
        driving.spawn(async {
            let _ = connection.await;
        });
        let response = sender.send_request(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, headers, body }
    }

    /// Enters a lab; returns the cookie as a browser sends it.
    pub(super) async fn enter(&self, lab: &str) -> String {
        let answer = self.ask(navigate(&self.proxy.entry_url(lab, &owner(), ""))).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        answer.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

pub(super) fn owner() -> Owner {
    Owner("local".to_owned())
}

/// A request for an absolute address, as a browser sends it when a person goes there.
pub(super) fn navigate(url: &str) -> Request<Full<Bytes>> {
    let uri: axum::http::Uri = url.parse().unwrap();
    Request::get(uri.path_and_query().unwrap().as_str())
        .header("host", uri.authority().unwrap().as_str())
        .header("accept", "text/html,application/xhtml+xml")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .header("sec-fetch-site", "cross-site")
        .body(Full::default())
        .unwrap()
}

/// A request by a page of the lab itself.
pub(super) fn from_page(method: &str, lab: &str, path: &str, cookie: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", format!("{lab}.localhost:8470"))
        .header("origin", format!("http://{lab}.localhost:8470"))
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors")
        .header("cookie", cookie)
        .body(Full::default())
        .unwrap()
}
