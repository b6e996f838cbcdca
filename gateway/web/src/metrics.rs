//! What the gateway counts about its own surfaces, for Prometheus.
//!
//! Called by the middleware (requests) and by both searches (durations, answers
//! of archives); read by `GET /metrics`. The registry is a value: `app` makes it,
//! registers what other parts count, and hands it over here.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds of the duration buckets, in seconds; the last is the longest deadline.
const SECONDS: [f64; 11] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 60.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AnswerLabels {
    archive: String,
    status: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ArchiveLabels {
    archive: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct BrokenLabels {
    archive: String,
    reason: &'static str,
}

/// The counters of this crate, and the registry they are in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    searches: Histogram,
    answers: Family<AnswerLabels, Counter>,
    open_streams: Gauge,
    followers: Gauge,
    downloads_open: Family<ArchiveLabels, Gauge>,
    download_bytes: Family<ArchiveLabels, Counter>,
    downloads_broken: Family<BrokenLabels, Counter>,
}

impl Default for Metrics {
    /// Counts of this crate alone.
    fn default() -> Self {
        Self::new(Registry::default())
    }
}

impl Metrics {
    /// Adds this crate's counters to `registry` and takes it.
    pub fn new(mut registry: Registry) -> Self {
        let requests = Family::default();
        let searches = Histogram::new(SECONDS);
        let answers = Family::default();
        let open_streams = Gauge::default();
        let followers = Gauge::default();
        registry.register(
            "archway_http_requests",
            "Requests answered, by method, route and status",
            requests.clone(),
        );
        registry.register(
            "archway_search_duration_seconds",
            "Time from a federated search's question to its whole page",
            searches.clone(),
        );
        registry.register(
            "archway_archive_answers",
            "Answers of archives to federated searches, by archive and status",
            answers.clone(),
        );
        registry.register(
            "archway_search_streams_open",
            "Searches whose events a client is listening to",
            open_streams.clone(),
        );
        registry.register(
            "archway_event_streams_open",
            "Clients that listen to what happens to a lab or a volume, or to a subscription",
            followers.clone(),
        );
        let downloads_open = Family::default();
        let download_bytes = Family::default();
        let downloads_broken = Family::default();
        registry.register(
            "archway_downloads_open",
            "Downloads on their way to clients, by archive",
            downloads_open.clone(),
        );
        registry.register(
            "archway_download_bytes",
            "Bytes of downloads given to clients, by archive",
            download_bytes.clone(),
        );
        registry.register(
            "archway_downloads_broken",
            "Downloads broken off after their first byte, by archive and reason",
            downloads_broken.clone(),
        );
        Self {
            registry: Arc::new(registry),
            requests,
            searches,
            answers,
            open_streams,
            followers,
            downloads_open,
            download_bytes,
            downloads_broken,
        }
    }

    /// Counts one answered request; `route` is the pattern, never the path, so that its values are few.
    pub fn request(&self, method: &str, route: &str, status: u16) {
        let labels = RequestLabels { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
    }

    /// Records how long a search took until its page was whole.
    pub fn search(&self, took: Duration) {
        self.searches.observe(took.as_secs_f64());
    }

    /// Counts how one archive answered one search; `status` is a word of the REST answer.
    pub fn archive_answer(&self, archive: &str, status: &str) {
        let labels = AnswerLabels { archive: archive.to_owned(), status: status.to_owned() };
        self.answers.get_or_create(&labels).inc();
    }

    /// Counts a client that listens to what happens to something, until it is dropped.
    pub fn follower(&self) -> OpenStream {
        self.followers.inc();
        OpenStream(self.followers.clone())
    }

    /// Counts a stream as open until the guard is dropped.
    pub fn stream(&self) -> OpenStream {
        self.open_streams.inc();
        OpenStream(self.open_streams.clone())
    }

    /// Counts a download as open until the guard is dropped.
    pub fn download(&self, archive: &str) -> OpenDownload {
        let labels = ArchiveLabels { archive: archive.to_owned() };
        let open = self.downloads_open.get_or_create(&labels).clone();
        open.inc();
        OpenDownload { open, bytes: self.download_bytes.get_or_create(&labels).clone() }
    }

    /// Counts a download that broke off; `reason` is one of few words.
    pub fn download_broken(&self, archive: &str, reason: &'static str) {
        let labels = BrokenLabels { archive: archive.to_owned(), reason };
        self.downloads_broken.get_or_create(&labels).inc();
    }

    /// Returns everything in the registry in the `OpenMetrics` text format.
    ///
    /// # Errors
    ///
    /// When a metric of the registry refuses to be written.
    pub fn render(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A download that a client takes; dropped when it ends or the client goes.
#[derive(Debug)]
pub struct OpenDownload {
    open: Gauge,
    bytes: Counter,
}

impl OpenDownload {
    /// Counts bytes that were given to the client.
    pub fn passed(&self, bytes: usize) {
        self.bytes.inc_by(bytes as u64);
    }
}

impl Drop for OpenDownload {
    fn drop(&mut self) {
        self.open.dec();
    }
}

/// A stream that a client listens to; dropped when it ends or the client goes.
#[derive(Debug)]
pub struct OpenStream(Gauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}
