//! `[egress]`, and `rate` of an archive: how archives are reached, how much and how fast.

use std::time::Duration;

use archway_host::egress::{BadProxy, Limits, Proxy};
use serde::{Deserialize, Serialize};

use super::env::Environment;
use super::report::Report;
use super::secret::secret;

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct EgressTable {
    pub(super) contact: String,
    proxy: String,
    proxy_user: Option<toml::Value>,
    proxy_secret: Option<toml::Value>,
    requests_per_s: f64,
    request_interval_ms: i64,
    concurrency: i64,
    host_concurrency: i64,
    downloads: i64,
    attempts: i64,
    backoff_ms: i64,
    redirects: i64,
    connect_timeout_s: i64,
    idle_timeout_s: i64,
    answer_mib: i64,
    request_mib: i64,
    breaker_failures: i64,
    breaker_cool_down_s: i64,
    cache_mib: i64,
    cached_answer_kib: i64,
}

impl EgressTable {
    /// The keys that only hold for the gateway as a whole.
    pub(super) const GATEWAY_ONLY: [&str; 4] = ["contact", "proxy", "proxy_user", "proxy_secret"];
}

impl Default for EgressTable {
    fn default() -> Self {
        Self {
            contact: String::new(),
            proxy: String::new(),
            proxy_user: None,
            proxy_secret: None,
            requests_per_s: 10.0,
            request_interval_ms: 0,
            concurrency: 16,
            host_concurrency: 8,
            downloads: 32,
            attempts: 3,
            backoff_ms: 200,
            redirects: 5,
            connect_timeout_s: 10,
            idle_timeout_s: 30,
            answer_mib: 256,
            request_mib: 16,
            breaker_failures: 5,
            breaker_cool_down_s: 30,
            cache_mib: 64,
            cached_answer_kib: 1024,
        }
    }
}

impl EgressTable {
    /// The proxy that every connection goes through, if one is named.
    pub(super) fn check_proxy(
        &self,
        environment: &Environment,
        report: &mut Report<'_>,
    ) -> Option<Proxy> {
        let mut part = |key: &str, written: &Option<toml::Value>| {
            let read = secret(written.as_ref()?, environment);
            read.map_err(|reason| report.wrong(key, reason)).ok()
        };
        let user = part("proxy_user", &self.proxy_user);
        let password = part("proxy_secret", &self.proxy_secret);
        for (key, written, other) in [
            ("proxy_user", &self.proxy_user, &self.proxy_secret),
            ("proxy_secret", &self.proxy_secret, &self.proxy_user),
        ] {
            if written.is_some() && (self.proxy.is_empty() || other.is_none()) {
                report.wrong(key, "a login has proxy, proxy_user and proxy_secret");
            }
        }
        if self.proxy.is_empty() {
            return None;
        }
        let login = user.as_ref().zip(password.as_ref());
        match Proxy::new(&self.proxy, login.map(|(user, secret)| (user.expose(), secret.expose())))
        {
            Ok(proxy) => Some(proxy),
            Err(bad) => {
                let key = if bad == BadProxy::Login { "proxy_user" } else { "proxy" };
                report.wrong(key, bad);
                None
            }
        }
    }

    pub(super) fn check(&self, report: &mut Report<'_>) -> Limits {
        if self.contact.chars().any(char::is_control) {
            report.wrong("contact", "holds a line break or another control character");
        }
        let mut count = |key: &str, value: i64, low: i64, high: i64| {
            report.within(key, value, low..=high).unsigned_abs()
        };
        let mib = |count: u64| count * 1024 * 1024;
        let limits = Limits {
            connect_timeout: Duration::from_secs(count(
                "connect_timeout_s",
                self.connect_timeout_s,
                1,
                60,
            )),
            idle_timeout: Duration::from_secs(count("idle_timeout_s", self.idle_timeout_s, 1, 600)),
            response_bytes: mib(count("answer_mib", self.answer_mib, 1, 65_536)),
            request_bytes: mib(count("request_mib", self.request_mib, 1, 1_024)),
            redirects: narrow(count("redirects", self.redirects, 0, 20)),
            attempts: narrow(count("attempts", self.attempts, 1, 10)),
            backoff: Duration::from_millis(count("backoff_ms", self.backoff_ms, 1, 60_000)),
            request_interval: Duration::from_millis(count(
                "request_interval_ms",
                self.request_interval_ms,
                0,
                600_000,
            )),
            concurrency: narrow(count("concurrency", self.concurrency, 1, 1_000)),
            host_concurrency: narrow(count("host_concurrency", self.host_concurrency, 1, 1_000)),
            downloads: narrow(count("downloads", self.downloads, 1, 4_000)),
            breaker_failures: narrow(count("breaker_failures", self.breaker_failures, 1, 1_000)),
            breaker_cool_down: Duration::from_secs(count(
                "breaker_cool_down_s",
                self.breaker_cool_down_s,
                1,
                3_600,
            )),
            cache_bytes: mib(count("cache_mib", self.cache_mib, 0, 65_536)),
            cached_body_bytes: narrow(
                count("cached_answer_kib", self.cached_answer_kib, 1, 65_536) * 1024,
            ),
            requests_per_s: 0.0,
        };
        Limits {
            requests_per_s: report.within("requests_per_s", self.requests_per_s, 0.0..=10_000.0),
            ..limits
        }
    }
}

/// Into the type of a limit; the ranges above fit everywhere.
fn narrow<T: TryFrom<u64>>(count: u64) -> T {
    T::try_from(count).ok().expect("the range was checked")
}
