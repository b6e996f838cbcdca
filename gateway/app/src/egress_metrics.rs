//! What the egress brokers count, and whom they leave alone, for `/metrics`.
//!
//! Called by the registry at each reading. Reads the archives that are open at that moment;
//! the counters of one that was opened again begin at 0, as those of a process do.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use archway_host::PluginArchive;
use archway_host::egress::{Counts, State};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// An archive by its id.
type Named = (String, Arc<PluginArchive>);

/// The open archives. A clone is the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct EgressMetrics(Arc<RwLock<Vec<Named>>>);

impl EgressMetrics {
    /// From now on these are read.
    pub(crate) fn replace(&self, archives: Vec<Named>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = archives;
    }
}

/// Name, help, and which count.
type Counter = (&'static str, &'static str, fn(&Counts) -> u64);

const COUNTERS: [Counter; 11] = [
    ("archway_egress_requests", "Requests to archives, redirects and retries included", |c| {
        c.requests
    }),
    ("archway_egress_retries", "Requests to archives that were repetitions", |c| c.retries),
    ("archway_egress_failures", "Requests without an answer, or answered by a failure", |c| {
        c.failures
    }),
    ("archway_egress_refused", "Requests refused by a grant, an address or a credential", |c| {
        c.refused
    }),
    ("archway_egress_busy", "Requests given up while waiting for their turn", |c| c.busy),
    ("archway_egress_cache_fresh", "Answers from the cache without asking", |c| c.cache_fresh),
    (
        "archway_egress_cache_revalidated",
        "Answers from the cache after the archive said that they still hold",
        |c| c.cache_revalidated,
    ),
    (
        "archway_egress_cache_shared",
        "Answers that another request was asking for at the same time",
        |c| c.cache_shared,
    ),
    ("archway_egress_breaker_opened", "Times that a host was left alone after failures", |c| {
        c.breaker_opened
    }),
    ("archway_egress_received_bytes", "Bytes of bodies and streams received", |c| c.received_bytes),
    ("archway_egress_sent_bytes", "Bytes of bodies and streams sent", |c| c.sent_bytes),
];

impl Collector for EgressMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let archives = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if archives.is_empty() {
            return Ok(());
        }
        let counts: Vec<(&String, Counts)> =
            archives.iter().map(|(id, own)| (id, own.egress().metrics().counts())).collect();
        for (name, help, read) in COUNTERS {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for (id, counts) in &counts {
                let labels = [("archive", id.as_str())];
                ConstCounter::new(read(counts)).encode(metric.encode_family(&labels)?)?;
            }
        }
        let (name, help) =
            ("archway_egress_breaker", "Hosts of archives: 0 asked, 1 tried again, 2 left alone");
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (id, archive) in &archives {
            for (host, state) in archive.egress().host_states() {
                let state: i64 = match state {
                    State::Closed => 0,
                    State::HalfOpen => 1,
                    State::Open => 2,
                };
                let labels = [("archive", id.as_str()), ("host", host.as_str())];
                ConstGauge::new(state).encode(metric.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
