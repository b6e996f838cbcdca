//! The lab proxy: what a browser sees of a running lab.
//!
//! Called by `serve.rs` before the router, so that a request for a lab passes nothing else, and by
//! the surfaces, which ask for the address to open a lab at. Calls the lab, at the place that
//! [`LabRoutes`] tells. Rules that hold here and nowhere else:
//!
//! - every lab has an origin of its own; whoever has not entered it sees the same page everywhere;
//! - what opens the portal or the lab (our cookie, the client's credentials, the lab's token)
//!   never passes to the other side;
//! - bodies and WebSockets stream both ways at the pace of the slower side;
//! - what belongs to a lab or a session ends with it.
//!
//! Not here: what a lab is, when it is ready, who owns it (`archway_core::labs`).

mod body;
mod cookies;
mod entry;
mod forgetful;
mod forward;
mod frames;
mod headers;
mod lab;
mod origins;
mod page;
mod routes;
mod same_origin;
mod sessions;
mod traffic;
mod tunnel;
mod upstream;
mod websocket;

pub(crate) use body::Answer;
pub use origins::Origins;
pub(crate) use origins::{Place, authority_of};
pub use routes::LabRoutes;
pub use traffic::Traffic;

use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant as Monotonic;

use archway_core::Error;
use archway_core::labs::{LabState, SessionKeeper};
use archway_core::owner::Owner;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::{Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::task::JoinSet;

use entry::Codes;
use lab::Lab;
use sessions::{Opened, Sessions};

use crate::state::now;

/// How long a browser is still told that its lab has gone, before it is a stranger.
const REMEMBERED_US: i64 = 3_600_000_000;

/// The proxy. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct LabProxy(Arc<Inner>);

struct Inner {
    origins: Origins,
    routes: Arc<dyn LabRoutes>,
    labs: Mutex<HashMap<String, Arc<Lab>>>,
    sessions: Sessions,
    keeper: Arc<dyn SessionKeeper>,
    /// Of all labs, as they are told.
    scheme: HeaderValue,
    codes: Codes,
    /// WebSockets; they end with the proxy.
    tunnels: Mutex<JoinSet<()>>,
}

impl Default for LabProxy {
    /// Of a gateway without labs.
    fn default() -> Self {
        Self::new(Origins::loopback(8470), Arc::new(routes::NoLabs))
    }
}

impl std::fmt::Debug for LabProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LabProxy").field("origins", &self.0.origins).finish_non_exhaustive()
    }
}

impl LabProxy {
    /// A proxy for labs at `origins`, which are where `routes` says; who has entered is forgotten
    /// when it ends.
    pub fn new(origins: Origins, routes: Arc<dyn LabRoutes>) -> Self {
        Self::keeping(origins, routes, Arc::new(forgetful::Forgetful))
    }

    /// The same; who has entered is kept there, and taken up by [`LabProxy::recall`].
    pub fn keeping(
        origins: Origins,
        routes: Arc<dyn LabRoutes>,
        keeper: Arc<dyn SessionKeeper>,
    ) -> Self {
        let scheme = HeaderValue::try_from(origins.scheme.as_str());
        Self(Arc::new(Inner {
            scheme: scheme.unwrap_or(HeaderValue::from_static("http")),
            keeper,
            origins,
            routes,
            labs: Mutex::default(),
            sessions: Sessions::default(),
            codes: Codes::default(),
            tunnels: Mutex::default(),
        }))
    }

    /// The address at which `owner`'s browser enters a lab: it works once, within a minute.
    /// `to` is where it then goes, below the application's base; empty for the base itself.
    /// Whether the owner may is for the caller to ask.
    pub fn entry_url(&self, lab: &str, owner: &Owner, to: &str) -> String {
        let code = self.0.codes.give(lab, owner, Monotonic::now());
        let to = utf8_percent_encode(to, NON_ALPHANUMERIC);
        let lab = self.0.origins.lab_url(lab);
        format!("{lab}{}enter?code={code}&to={to}", origins::OWN_PATH)
    }

    /// The addresses of labs.
    pub fn origins(&self) -> &Origins {
        &self.0.origins
    }

    /// What went through to a lab; `None` if nobody has entered it since the gateway started.
    pub fn traffic(&self, lab: &str) -> Option<Traffic> {
        let labs = self.0.labs.lock().unwrap_or_else(PoisonError::into_inner);
        labs.get(lab).map(|lab| lab.counters.read())
    }

    /// Closes what is open to a lab that has stopped. Without a call the proxy does so itself a
    /// few seconds later.
    pub fn close(&self, lab: &str) {
        let labs = self.0.labs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lab) = labs.get(lab) {
            lab.end();
        }
    }

    /// Ends every session of an owner, with its WebSockets: they signed out.
    ///
    /// # Errors
    ///
    /// The sessions ended, and could not be removed from where they are kept: they would be there
    /// again after a restart.
    pub async fn revoke(&self, owner: &Owner) -> Result<(), Error> {
        self.0.sessions.revoke(|session| session.owner == *owner);
        self.0.keeper.remove_lab_sessions_of(owner).await
    }

    /// Takes up the sessions of an earlier run; those of labs that are not there, or are another
    /// user's, are left out.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub async fn recall(&self) -> Result<(), Error> {
        for kept in self.0.keeper.lab_sessions(now()).await? {
            let route = self.0.routes.route(&kept.lab.0);
            if route.is_some_and(|route| route.owner == kept.owner) {
                self.0.sessions.add(self.lab(&kept.lab.0), &kept);
            }
        }
        Ok(())
    }

    /// Closes what has rested, and ends what belongs to labs that are gone. Called every few seconds.
    pub(crate) fn sweep(&self) {
        let now = now();
        let now_us = now.to_utc_us();
        self.0.sessions.revoke(|session| session.until <= now);
        let labs: Vec<_> = {
            let labs = self.0.labs.lock().unwrap_or_else(PoisonError::into_inner);
            labs.values().cloned().collect()
        };
        for lab in labs {
            let route = self.0.routes.route(&lab.id);
            if route.is_some_and(|route| route.state < LabState::Stopping) {
                lab.gone_since_us.store(0, Relaxed);
                lab.close_rested();
                continue;
            }
            lab.end();
            let since = lab.gone_since_us.load(Relaxed);
            if since == 0 {
                lab.gone_since_us.store(now_us, Relaxed);
            } else if now_us - since > REMEMBERED_US {
                self.0.sessions.revoke(|session| session.lab.id == lab.id);
                self.0.labs.lock().unwrap_or_else(PoisonError::into_inner).remove(&lab.id);
            }
        }
        let mut tunnels = self.0.tunnels.lock().unwrap_or_else(PoisonError::into_inner);
        while tunnels.try_join_next().is_some() {}
    }

    /// Ends every WebSocket: the gateway stops.
    pub(crate) fn close_all(&self) {
        self.0.tunnels.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    /// Answers a request for the lab at `place`.
    pub(crate) async fn answer(
        self,
        place: Place,
        request: Request<Incoming>,
        client: HeaderValue,
    ) -> Response<Answer> {
        forward::answer(&self, &place, request, &client).await
    }

    fn burn(&self, code: &str, lab: &str) -> Option<Owner> {
        self.0.codes.burn(code, lab, Monotonic::now())
    }

    /// Opens a session and keeps it; returns its cookie. One that cannot be kept works until the
    /// gateway ends.
    async fn open_session(&self, lab: &str, owner: Owner) -> String {
        let Opened { cookie, kept, displaced } = self.0.sessions.open(self.lab(lab), owner, now());
        let keeper = &self.0.keeper;
        let mut ended = displaced;
        if let Err(error) = keeper.save_lab_session(&kept).await {
            tracing::warn!(%error, lab.id = lab, "a session does not outlive a restart");
        }
        // It ended while it was written.
        if !self.0.sessions.has(&kept.hash) {
            ended.push(kept.hash);
        }
        for hash in &ended {
            if let Err(error) = keeper.remove_lab_session(hash).await {
                tracing::warn!(%error, lab.id = lab, "a session that ended is still kept");
            }
        }
        cookie
    }

    fn lab(&self, id: &str) -> Arc<Lab> {
        let mut labs = self.0.labs.lock().unwrap_or_else(PoisonError::into_inner);
        let lab = labs.entry(id.to_owned()).or_insert_with(|| Arc::new(Lab::new(id)));
        Arc::clone(lab)
    }

    fn spawn(&self, tunnel: impl Future<Output = ()> + Send + 'static) {
        let mut tunnels = self.0.tunnels.lock().unwrap_or_else(PoisonError::into_inner);
        tunnels.spawn(tunnel);
        while tunnels.try_join_next().is_some() {}
    }
}
