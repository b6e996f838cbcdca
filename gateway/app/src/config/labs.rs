//! `[labs]`, `[process]` and `[docker]`: how labs live, and where they run.

use std::path::PathBuf;
use std::time::Duration;

use archway_core::labs::LabsConfig;
use serde::{Deserialize, Serialize};
use url::Url;

use super::report::Report;

/// How labs live, and where they run.
#[derive(Clone, Debug, PartialEq)]
pub struct Labs {
    /// As the core wants it; its quota is filled in from `[quota]`.
    pub life: LabsConfig,
    /// Backends in the order of preference.
    pub backends: Vec<BackendKind>,
    /// Each lab is an origin of its own below this.
    pub domain: String,
}

/// A backend that is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BackendKind {
    Process,
    Docker,
}

impl BackendKind {
    const ALL: [(&'static str, Self); 2] = [("process", Self::Process), ("docker", Self::Docker)];
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LabsTable {
    backends: Vec<String>,
    domain: String,
    shared_site: bool,
    path_mode: bool,
    network: bool,
    max_age_h: f64,
    idle_min: f64,
    warning_min: f64,
    answer_within_s: u32,
}

impl Default for LabsTable {
    fn default() -> Self {
        Self {
            backends: vec!["process".to_owned()],
            domain: "localhost".to_owned(),
            shared_site: false,
            path_mode: false,
            network: false,
            max_age_h: 12.0,
            idle_min: 120.0,
            warning_min: 15.0,
            answer_within_s: 180,
        }
    }
}

impl LabsTable {
    pub(super) fn check(&self, portal: Option<&Url>, report: &mut Report<'_>) -> Labs {
        let mut backends = Vec::new();
        for name in &self.backends {
            match BackendKind::ALL.iter().find(|(known, _)| known == name) {
                Some((_, kind)) if !backends.contains(kind) => backends.push(*kind),
                Some(_) => report.wrong("backends", format_args!("`{name}` is there twice")),
                None => {
                    let known = BackendKind::ALL.map(|(known, _)| known).join(", ");
                    report.wrong("backends", format_args!("`{name}` is none of {known}"));
                }
            }
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if self.domain.is_empty() || !self.domain.chars().all(plain) {
            let found = &self.domain;
            let words =
                format!("`{found}` is not a domain without port, as in \"labs-example.org\"");
            report.wrong("domain", words);
        }
        let portal = portal.and_then(Url::host_str).unwrap_or_default();
        if !self.shared_site && same_site(portal, &self.domain) {
            let words = "`{}` is of the same site as the portal, `{}`: what runs in a lab could act in the portal for its \
                user; take another domain, or say that this is meant: shared_site = true";
            let words = words.replacen("{}", &self.domain, 1).replacen("{}", portal, 1);
            report.wrong("domain", words);
        }
        let hours = |hours: f64| Duration::from_secs_f64(hours * 3600.0);
        let life = LabsConfig {
            max_age: hours(report.within("max_age_h", self.max_age_h, 0.01..=24_000.0)),
            idle: hours(report.within("idle_min", self.idle_min, 0.1..=1_000_000.0) / 60.0),
            warning: hours(report.within("warning_min", self.warning_min, 0.0..=100_000.0) / 60.0),
            answer_within: Duration::from_secs(
                report.within("answer_within_s", self.answer_within_s, 1..=3_600).into(),
            ),
            network_allowed: self.network,
            path_mode: self.path_mode,
            ..LabsConfig::default()
        };
        Labs { life, backends, domain: self.domain.to_lowercase() }
    }
}

/// Whether browsers take both for one site, as far as that is told from the last two labels of
/// a name; `localhost` and what is below it are not one (measured in Chromium).
fn same_site(portal: &str, domain: &str) -> bool {
    let is_name = portal.contains('.') && portal.parse::<std::net::IpAddr>().is_err();
    let site = |name: &str| {
        let labels: Vec<String> = name.rsplit('.').take(2).map(str::to_lowercase).collect();
        labels.join(".")
    };
    is_name && site(portal) == site(domain)
}

/// `[process]`: labs as processes of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Which Python makes the environments; the first `python3` of the path when absent.
    pub python: Option<PathBuf>,
    /// Whether labs may run without any isolation where bubblewrap cannot be used.
    pub allow_unconfined: bool,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProcessTable {
    python: String,
    allow_unconfined: bool,
}

impl ProcessTable {
    pub(super) fn check(&self) -> Process {
        let python = (!self.python.is_empty()).then(|| self.python.clone().into());
        Process { python, allow_unconfined: self.allow_unconfined }
    }
}

/// `[docker]`: labs as containers of a Docker Engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docker {
    /// The engine's socket.
    pub socket: PathBuf,
    /// Registries that images by digest may come from.
    pub registries: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct DockerTable {
    socket: PathBuf,
    registries: Vec<String>,
}

impl Default for DockerTable {
    fn default() -> Self {
        Self { socket: "/var/run/docker.sock".into(), registries: Vec::new() }
    }
}

impl DockerTable {
    pub(super) fn check(&self) -> Docker {
        Docker { socket: self.socket.clone(), registries: self.registries.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::same_site;

    #[test]
    fn labs_below_the_portals_site_are_seen() {
        let cases = [
            ("portal.example.org", "labs.example.org", true),
            ("example.org", "labs.EXAMPLE.org", true),
            ("portal.example.org", "example-labs.org", false),
            ("localhost", "localhost", false),
            ("192.168.1.1", "localhost", false),
            ("", "localhost", false),
        ];
        for (portal, domain, expected) in cases {
            assert_eq!(same_site(portal, domain), expected, "case: {portal} and {domain}");
        }
    }
}
