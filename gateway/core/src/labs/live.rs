//! What the engine holds in memory of each lab: the newest record, its route, and who waits.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Notify, watch};

use super::{Lab, LabId, LabState, Route};
use crate::coverage::Instant;

/// Labs that have ended of which the proxy can still say so; of older ones it knows nothing.
const MOST_ENDED: usize = 10_000;

/// One lab.
pub(super) struct Live {
    pub(super) id: LabId,
    newest: RwLock<Newest>,
    changes: watch::Sender<u64>,
    stop: watch::Sender<bool>,
    poke: Notify,
    worked_us: AtomicI64,
    /// Whether it was found in the store at the start and not looked at since.
    found: AtomicBool,
    /// Whether its user was told that the backend does not know.
    unknown: AtomicBool,
}

struct Newest {
    lab: Lab,
    words: String,
    route: Arc<Route>,
}

fn route(lab: &Lab, words: &str) -> Arc<Route> {
    Arc::new(Route {
        owner: lab.owner.clone(),
        state: lab.state,
        words: words.to_owned(),
        endpoint: lab.endpoint.clone().filter(|_| !lab.state.has_ended()),
        token: lab.token.clone(),
        base_path: lab.base_path.clone(),
    })
}

impl Live {
    fn new(lab: Lab, found: bool) -> Self {
        let newest = Newest { route: route(&lab, ""), words: String::new(), lab };
        Self {
            id: newest.lab.id.clone(),
            stop: watch::Sender::new(newest.lab.state >= LabState::Stopping),
            newest: RwLock::new(newest),
            changes: watch::Sender::new(0),
            poke: Notify::new(),
            worked_us: AtomicI64::new(i64::MIN),
            found: AtomicBool::new(found),
            unknown: AtomicBool::new(false),
        }
    }

    /// The lab as it was written or read last.
    pub(super) fn lab(&self) -> Lab {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).lab.clone()
    }

    pub(super) fn state(&self) -> LabState {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).lab.state
    }

    pub(super) fn route(&self) -> Arc<Route> {
        Arc::clone(&self.newest.read().unwrap_or_else(PoisonError::into_inner).route)
    }

    /// Takes what stands in the store now, unless something newer is known, and the words of the
    /// event that came with it.
    pub(super) fn accept(&self, lab: &Lab, words: Option<&str>) {
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        if lab.revision >= newest.lab.revision {
            newest.lab = lab.clone();
            if let Some(words) = words {
                words.clone_into(&mut newest.words);
            }
            newest.route = route(lab, &newest.words);
        }
        let stop = newest.lab.state >= LabState::Stopping;
        drop(newest);
        if stop {
            self.stop.send_replace(true);
        }
        self.changes.send_modify(|count| *count += 1);
    }

    /// An event was written that changes nothing else.
    pub(super) fn said(&self, words: &str) {
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        words.clone_into(&mut newest.words);
        newest.route = route(&newest.lab, words);
        drop(newest);
        self.changes.send_modify(|count| *count += 1);
    }

    /// Goes up with everything that is written.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Until the lab is to end, whoever wrote that.
    pub(super) async fn asked_to_stop(&self) {
        // The sender lives as long as `self`, so this ends by the value alone.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// Has the lab looked at now.
    pub(super) fn poke(&self) {
        self.poke.notify_one();
    }

    pub(super) async fn poked(&self) {
        self.poke.notified().await;
    }

    pub(super) fn worked_at(&self, now: Instant) {
        self.worked_us.fetch_max(now.0, Ordering::Relaxed);
    }

    /// When its user last sent something through the proxy, in this life of the gateway.
    pub(super) fn worked(&self) -> Option<Instant> {
        let us = self.worked_us.load(Ordering::Relaxed);
        (us > i64::MIN).then_some(Instant(us))
    }

    /// Whether it was found at the start; only the first who asks is told so.
    pub(super) fn take_found(&self) -> bool {
        self.found.swap(false, Ordering::Relaxed)
    }

    /// It is to be looked at as if it was found at the start.
    pub(super) fn is_found(&self) {
        self.found.store(true, Ordering::Relaxed);
    }

    /// Notes whether the backend knows; whether that is news.
    pub(super) fn is_unknown(&self, unknown: bool) -> bool {
        self.unknown.swap(unknown, Ordering::Relaxed) != unknown
    }
}

/// All labs that have not ended, and the last that have.
#[derive(Default)]
pub(super) struct Lives {
    by_id: RwLock<HashMap<String, Arc<Live>>>,
    ended: RwLock<VecDeque<String>>,
}

impl Lives {
    pub(super) fn one(&self, id: &str) -> Option<Arc<Live>> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// The one of that lab, made if it is new here.
    pub(super) fn of(&self, lab: &Lab, found: bool) -> Arc<Live> {
        if let Some(live) = self.one(&lab.id.0) {
            return live;
        }
        let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Live::new(lab.clone(), found));
        Arc::clone(by_id.entry(lab.id.0.clone()).or_insert_with(new))
    }

    /// The lab ended: it is forgotten when many more have.
    pub(super) fn has_ended(&self, id: &LabId) {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.push_back(id.0.clone());
        let oldest = if ended.len() > MOST_ENDED { ended.pop_front() } else { None };
        drop(ended);
        if let Some(oldest) = oldest {
            self.forget(&oldest);
        }
    }

    pub(super) fn forget(&self, id: &str) {
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}
