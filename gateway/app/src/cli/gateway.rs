//! The running gateway that commands ask, as any other client would.

use anyhow::Context;
use clap::Args;
use serde_json::Value;

use super::{Usage, terminal};

const GATEWAY: &str = "http://127.0.0.1:8470";

/// Where the gateway is.
#[derive(Args, Debug)]
pub(super) struct GatewayArgs {
    /// Address of the gateway
    #[arg(long, env = "ARCHWAY_URL", default_value = GATEWAY, value_name = "URL")]
    gateway: String,
}

impl GatewayArgs {
    /// The URL of a path that begins with a slash.
    pub(super) fn url(&self, path: &str) -> Result<url::Url, Usage> {
        let base = self.gateway.trim_end_matches('/');
        let wrong = || {
            Usage(format!("`{}` is not the address of a gateway, as in {GATEWAY}", self.gateway))
        };
        let url = url::Url::parse(&format!("{base}{path}")).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong());
        }
        Ok(url)
    }

    /// What to say when nothing answers.
    pub(super) fn unreachable(&self) -> String {
        format!(
            "no gateway answers at {}; `archway serve` starts one (`cargo xtask start` with samples), --gateway or ARCHWAY_URL names another",
            self.gateway
        )
    }

    /// Why an answer is none: its problem document, else that it is no gateway's.
    pub(super) fn refusal(&self, status: reqwest::StatusCode, body: &[u8]) -> anyhow::Error {
        match serde_json::from_slice(body) {
            Ok(problem) => refused(&problem),
            Err(_) => anyhow::anyhow!(
                "{} answered {status}, which is not how a gateway answers",
                self.gateway
            ),
        }
    }
}

impl std::fmt::Display for GatewayArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.gateway)
    }
}

/// A problem document as an error: the client's mistakes are usage.
pub(super) fn refused(problem: &Value) -> anyhow::Error {
    let text = |key| problem.get(key).and_then(Value::as_str).unwrap_or_default();
    let detail = match text("detail") {
        "" => text("title"),
        detail => detail,
    };
    let status = problem.get("status").and_then(Value::as_u64).unwrap_or_default();
    let said = terminal::shown(detail);
    if (400..500).contains(&status) {
        Usage(said).into()
    } else {
        anyhow::anyhow!("the gateway says: {said}")
    }
}

/// A client that takes bodies as they come, so that their bytes can be counted.
pub(super) fn client() -> anyhow::Result<reqwest::Client> {
    // Fails only where one was installed before, which will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let connect = std::time::Duration::from_secs(5);
    reqwest::Client::builder()
        .connect_timeout(connect)
        .no_gzip()
        .user_agent(concat!("archway-cli/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot make an HTTP client")
}
