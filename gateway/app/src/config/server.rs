//! `[server]`: where the gateway listens, and where it keeps its data.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::report::Report;

/// Where the gateway listens and keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Port 0 takes any free one.
    pub listen: SocketAddr,
    /// Whether the operator lets everyone who reaches the address act without signing in.
    pub expose_without_sign_in: bool,
    /// Made if it is missing.
    pub data: PathBuf,
    /// Names that browsers may call the gateway by, besides its address and `localhost`.
    pub names: Vec<String>,
    /// Where browsers find the portal, behind whatever stands before it; the address it listens
    /// on when absent.
    pub public_url: Option<Url>,
    /// How long a client may take nothing of what there is for it; then the transfer ends.
    pub stalled_after: Duration,
}

impl Server {
    /// Why this must not be served, if it must not.
    pub fn refusal(&self) -> Option<String> {
        let open = !self.listen.ip().is_loopback() && !self.expose_without_sign_in;
        open.then(|| {
            format!(
                "{} can be reached from other machines, and everyone who reaches it could do everything, because \
                 signing in does not exist yet; listen on a loopback address such as 127.0.0.1:8470, or say that \
                 this is meant: `--expose-without-sign-in`, or `expose_without_sign_in = true` in `[server]`",
                self.listen
            )
        })
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ServerTable {
    listen: String,
    expose_without_sign_in: bool,
    data: PathBuf,
    names: Vec<String>,
    public_url: String,
    stalled_after_s: i64,
}

impl Default for ServerTable {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8470".to_owned(),
            expose_without_sign_in: false,
            data: "./archway-data".into(),
            names: Vec::new(),
            public_url: String::new(),
            stalled_after_s: 300,
        }
    }
}

impl ServerTable {
    pub(super) fn check(&self, report: &mut Report<'_>) -> Server {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let listen = self.listen.parse().unwrap_or_else(|_| {
            let found = &self.listen;
            report.wrong(
                "listen",
                format_args!("`{found}` is not an address and a port, as in \"127.0.0.1:8470\""),
            );
            nowhere
        });
        if self.data.as_os_str().is_empty() {
            report.wrong("data", "is empty, a folder is wanted, as in \"./archway-data\"");
        }
        for name in &self.names {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            if name.is_empty() || !name.chars().all(plain) {
                report.wrong(
                    "names",
                    format_args!(
                        "`{name}` is not a host name without port, as in \"archive.example.org\""
                    ),
                );
            }
        }
        let mut names: Vec<String> = self.names.iter().map(|name| name.to_lowercase()).collect();
        let public_url = (!self.public_url.is_empty()).then(|| Url::parse(&self.public_url));
        let public_url = match public_url {
            Some(Ok(url)) if matches!(url.scheme(), "http" | "https") && url.path() == "/" => {
                names.extend(url.host_str().map(str::to_owned));
                Some(url)
            }
            Some(_) => {
                let found = &self.public_url;
                let words = format!(
                    "`{found}` is not the URL of a site, as in \"https://archive.example.org/\""
                );
                report.wrong("public_url", words);
                None
            }
            None => None,
        };
        let stalled_after_s =
            report.within("stalled_after_s", self.stalled_after_s, 1..=86_400).unsigned_abs();
        Server {
            listen,
            expose_without_sign_in: self.expose_without_sign_in,
            data: self.data.clone(),
            names,
            public_url,
            stalled_after: Duration::from_secs(stalled_after_s),
        }
    }
}
