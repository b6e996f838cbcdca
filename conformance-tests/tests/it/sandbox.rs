//! The sandbox: what hostile plugins do to the host, and what the host says of it.
//!
//! Every attack is one word that the guest `hostile` understands. After each, the same archive
//! must answer a harmless question as if nothing had been.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use archway_conformance::components;
use archway_core::Error;
use archway_core::archive::{Archive, AssetBatch, LookUp};
use archway_core::search::{Question, Search};
use archway_core::tables::TableQuery;
use archway_host::egress::Network;
use archway_host::grants::Granted;
use archway_host::{
    ArchiveConfig, Event, HostConfig, LimitsTable, Observer, PluginArchive, PluginHost,
};

mod attacks;
mod contract;
mod loading;
mod rows;
mod upstream;

/// A host with the guest of that id, its compiled form kept for all tests.
async fn host(guest: &str) -> PluginHost {
    let network =
        Network::with_names(Vec::new(), Vec::new(), |_| vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    let mut config = HostConfig::new(Arc::new(network));
    config.compiled_dir = Some(std::env::temp_dir().join("archway-sandbox-tests"));
    config.instances = 8;
    let host = PluginHost::new(config).unwrap();
    host.load(&components::path(guest)).await.unwrap();
    host
}

/// An archive of the guest `hostile` that may reach `base_url`.
struct Hostile {
    archive: Arc<PluginArchive>,
    events: Arc<Mutex<Vec<Event>>>,
    _host: PluginHost,
}

impl Hostile {
    async fn new(limits: &str) -> Self {
        Self::at("http://granted.example.org:80/", "granted.example.org:80", limits).await
    }

    async fn at(base_url: &str, grant: &str, limits: &str) -> Self {
        let host = host("hostile").await;
        let events = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&events);
        let mut config = ArchiveConfig::new("hostile".parse().unwrap(), "hostile");
        config.settings.insert("base_url".to_owned(), base_url.into());
        config.grants = Granted { http: vec![grant.to_owned()], ..Granted::default() };
        config.limits = limits.parse::<toml::Table>().unwrap().try_into::<LimitsTable>().unwrap();
        config.egress.requests_per_s = 0.0;
        config.observer =
            Some(Arc::new(Observer::new(false, move |event| seen.lock().unwrap().push(event))));
        let archive = host.open_archive(config).unwrap();
        Self { archive, events, _host: host }
    }

    /// Searches for `attack` and pulls up to ten batches of at most 100.
    async fn search(&self, attack: &str) -> Result<Vec<AssetBatch>, Error> {
        let question = Question { text: Some(attack.to_owned()), ..Question::default() };
        let search = Search { question, ..Search::default() };
        let mut answer = self.archive.search(&search).await?;
        let mut batches = Vec::new();
        for _ in 0..10 {
            match answer.assets.next(100).await? {
                Some(batch) => batches.push(batch),
                None => break,
            }
        }
        Ok(batches)
    }

    /// The text of the error that `attack` ends in.
    async fn error(&self, attack: &str) -> String {
        let outcome = self.search(attack).await.map(|batches| batches.len());
        outcome.expect_err(&format!("attack: {attack}")).to_string()
    }

    /// A harmless question is answered.
    async fn still_answers(&self, after: &str) {
        let batches = self.search("fine").await.unwrap_or_else(|e| panic!("after {after}: {e}"));
        let assets: usize = batches.iter().map(|batch| batch.assets.len()).sum();
        assert_eq!(assets, 3, "after {after}");
    }

    fn refusals(&self) -> Vec<(String, String)> {
        let events = self.events.lock().unwrap();
        let refused = events.iter().filter_map(|event| match event {
            Event::Refused { target, reason } => Some((target.clone(), reason.clone())),
            _ => None,
        });
        refused.collect()
    }
}

/// The resident memory of this process.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
