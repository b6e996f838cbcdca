//! What handlers share. Built by `gateway/app`, the only place that knows all parts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use archway_core::archives::Archives;
use archway_core::collections::Collections;
use archway_core::coverage::Instant;
use archway_core::delivery::Decoders;
use archway_core::discovery::{DEADLINE_DEFAULT, DEADLINE_MAX, Discovery};
use archway_core::labs::Labs;
use archway_core::permission::Principal;
use archway_core::selections::Selections;
use archway_core::volumes::Volumes;

use crate::form_token::FormKey;
use crate::metrics::Metrics;
use crate::middleware::HostNames;
use crate::proxy::LabProxy;

/// The gateway as its surfaces see it. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    /// Federated search over `archives`.
    pub discovery: Discovery,
    /// The archives, in the order of the configuration.
    pub archives: Arc<Archives>,
    /// What takes encodings off downloads.
    pub decoders: Arc<dyn Decoders>,
    /// What people ticked.
    pub selections: Selections,
    /// Named sets of assets: the operator's, and people's own.
    pub collections: Collections,
    /// What labs see as files.
    pub volumes: Volumes,
    /// Running applications.
    pub labs: Labs,
    /// The way of browsers into labs.
    pub proxy: LabProxy,
    /// Who every request comes from, until sign-on exists.
    pub principal: Principal,
    /// What this crate counts, and the registry of everything that is counted.
    pub metrics: Metrics,
    /// The names this gateway answers to.
    pub host_names: Arc<HostNames>,
    /// Whether it takes traffic; `app` says when.
    pub readiness: Readiness,
    /// How long one record, or the ways to its bytes, may take to come.
    pub look_up_timeout: Duration,
    /// How long a search may take.
    pub deadlines: Deadlines,
    /// How long a client may take nothing of what there is for it; then the transfer ends.
    pub stalled_after: Duration,
    /// Signs the forms of the portal.
    pub form_key: FormKey,
    /// The version of the product.
    pub version: &'static str,
}

impl Gateway {
    /// Returns the present moment.
    pub(crate) fn now(&self) -> Instant {
        now()
    }
}

/// The present moment, for what serves without a gateway.
pub(crate) fn now() -> Instant {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_utc_us(i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX))
}

/// How long a search may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// When the client says nothing.
    pub default: Duration,
    /// The most that a client may ask for; never more than the core's own most.
    pub most: Duration,
}

impl Default for Deadlines {
    /// Those of the core.
    fn default() -> Self {
        Self { default: DEADLINE_DEFAULT, most: DEADLINE_MAX }
    }
}

/// Whether the gateway takes traffic: not before its plugins are loaded, not while it stops.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Says whether it does from now on.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    /// Whether it does.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
