//! The running gateway that commands ask, as any other client would.

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::events::{self, Events};
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

impl GatewayArgs {
    /// Asks and reads a JSON answer.
    ///
    /// # Errors
    ///
    /// Nothing answers, or the answer is a refusal: its words.
    pub(super) async fn json(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let response = request.send().await.with_context(|| self.unreachable())?;
        let status = response.status();
        let body = events::whole(response).await?;
        if !status.is_success() {
            return Err(self.refusal(status, &body));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).with_context(|| format!("{self} gave no JSON"))
    }

    /// Asks for events; the answer is a stream of them.
    ///
    /// # Errors
    ///
    /// As [`GatewayArgs::json`].
    pub(super) async fn events(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Events> {
        let request = request.header("accept", "text/event-stream");
        let response = request.send().await.with_context(|| self.unreachable())?;
        let status = response.status();
        if !status.is_success() {
            let body = events::whole(response).await.unwrap_or_default();
            return Err(self.refusal(status, &body));
        }
        Ok(Events::new(response))
    }
}

/// Of an answer: the text at a JSON pointer, safe to show; empty if there is none.
pub(super) fn text(value: &Value, pointer: &str) -> String {
    terminal::shown(value.pointer(pointer).and_then(Value::as_str).unwrap_or_default())
}

/// Of an answer: the whole number at a JSON pointer; 0 if there is none.
pub(super) fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

/// A key that makes asking again harmless.
pub(super) fn idempotency_key() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// How a command writes what it was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Table,
    /// The answer as the API gives it
    Json,
}
