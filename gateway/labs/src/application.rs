//! Asks what runs in a lab whether it answers, and whether anybody works in it.
//!
//! Called by the core, for labs of every backend. Calls the application over its endpoint.
//!
//! Rules: an application is somebody else's program; its answers are bounded in bytes and time,
//! and what cannot be understood is *unknown*.
//!
//! Not here: what users send to it (`gateway/web`, the proxy).

mod connect;
mod jupyter;

use std::time::Duration;

use archway_core::labs::{Activity, App, AppKind, Application, Endpoint, ProbeKind};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;

use connect::connect;

/// Longest time of one question.
const WITHIN: Duration = Duration::from_secs(5);
/// Largest answer.
const ANSWER_BYTES: usize = 1024 * 1024;

/// Applications, each asked over its endpoint.
#[derive(Clone, Debug, Default)]
pub struct Applications {}

impl Applications {
    /// With nothing to configure.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Application for Applications {
    async fn answers(&self, app: &App, endpoint: &Endpoint, base_path: &str, token: &str) -> bool {
        let Ok(answer) = ask(endpoint, base_path, &app.ready, token).await else { return false };
        match app.kind {
            AppKind::Jupyter => serde_json::from_slice::<Value>(&answer).is_ok(),
            AppKind::Desktop => true,
        }
    }

    async fn activity(
        &self,
        app: &App,
        endpoint: &Endpoint,
        base_path: &str,
        token: &str,
    ) -> Activity {
        match app.probe {
            ProbeKind::Traffic => return Activity::Unknown,
            ProbeKind::Jupyter => {}
        }
        let ask = async |path| ask(endpoint, base_path, path, token).await;
        let Ok(kernels) = ask("api/kernels").await else { return Activity::Unknown };
        let terminals = match ask("api/terminals").await {
            Ok(terminals) => terminals,
            // Terminals can be switched off.
            Err(Unanswered::Status(StatusCode::NOT_FOUND | StatusCode::FORBIDDEN)) => {
                Bytes::from("[]")
            }
            Err(_) => return Activity::Unknown,
        };
        match jupyter::activity(&kernels, &terminals) {
            Some(activity) => activity,
            // Nothing was ever opened in it: nobody has worked in it since it started.
            None => {
                let status = ask("api/status").await;
                status
                    .ok()
                    .and_then(|status| jupyter::started(&status))
                    .unwrap_or(Activity::Unknown)
            }
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
enum Unanswered {
    /// It said so.
    Status(StatusCode),
    /// It said nothing that can be read, or nothing in time.
    Not,
}

/// One question, one answer of status 200, one connection.
async fn ask(
    endpoint: &Endpoint,
    base: &str,
    path: &str,
    token: &str,
) -> Result<Bytes, Unanswered> {
    match tokio::time::timeout(WITHIN, ask_unbounded(endpoint, base, path, token)).await {
        Ok(answer) => answer,
        Err(_) => Err(Unanswered::Not),
    }
}

async fn ask_unbounded(
    endpoint: &Endpoint,
    base: &str,
    path: &str,
    token: &str,
) -> Result<Bytes, Unanswered> {
    let request = Request::get(format!("{base}{path}"))
        .header(header::HOST, "localhost")
        .header(header::AUTHORIZATION, format!("token {token}"))
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new());
    let request = request.map_err(|_| Unanswered::Not)?;
    let stream = connect(endpoint).await.map_err(|_| Unanswered::Not)?;
    let made = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = made.map_err(|_| Unanswered::Not)?;
    let answered = async {
        let answer = sender.send_request(request).await.map_err(|_| Unanswered::Not)?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Err(Unanswered::Status(status));
        }
        let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
        Ok(body.map_err(|_| Unanswered::Not)?.to_bytes())
    };
    // The connection has to be driven for as long as the answer is read.
    let driven = async {
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = answered => answer,
        () = driven => Err(Unanswered::Not),
    }
}
