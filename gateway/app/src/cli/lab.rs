//! `archway lab`: labs of a running gateway.

use std::io;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::gateway::{self, Format, GatewayArgs, idempotency_key, refused, text};
use super::terminal::{self, Table};
use super::volume::{pairs, segment};

/// What is done with labs.
#[derive(Debug, Subcommand)]
pub(super) enum Lab {
    /// Launches a lab, shows its steps, and prints where to open it
    Create(Create),
    /// Lists your labs
    List(List),
    /// Prints an address that opens a lab, once and within a minute
    Open(One),
    /// Ends labs; your own space stays
    Stop(Stop),
}

impl Lab {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Create(create) => create.run().await,
            Self::List(list) => list.run().await,
            Self::Open(one) => one.open().await,
            Self::Stop(stop) => stop.run().await,
        }
    }
}

/// Launches a lab, shows its steps, and prints where to open it.
#[derive(Args, Debug)]
pub(super) struct Create {
    /// Application, as in sepp/jupyterlab:v1; the first of the catalogue unless given
    app: Option<String>,
    /// For people
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// A data volume that it sees; repeatable
    #[arg(long, value_name = "ID")]
    volume: Vec<String>,
    /// A collection to open in a notebook
    #[arg(long, value_name = "ID", group = "data")]
    collection: Option<String>,
    /// An asset to open in a notebook; repeatable
    #[arg(long, value_name = "ID", group = "data")]
    asset: Vec<String>,
    /// All results of a search to open in a notebook, written as in a URL: 'q=M31&archive=hst'
    #[arg(long, value_name = "QUERY", group = "data")]
    query: Option<String>,
    /// Makes a notebook that reads the volumes, and opens it
    #[arg(long)]
    notebook: bool,
    /// Size, as the catalogue names them
    #[arg(long, value_name = "NAME")]
    size: Option<String>,
    /// Where it runs; chosen unless given
    #[arg(long, value_name = "ID")]
    backend: Option<String>,
    /// Longest life, in seconds
    #[arg(long, value_name = "S")]
    max_age_s: Option<u64>,
    /// Lets it reach public hosts, where the operator allows that
    #[arg(long)]
    network: bool,
    /// Does not wait until it is ready
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    gateway: GatewayArgs,
}

impl Create {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let client = gateway::client()?;
        let mut body = json!({ "volumes": self.volume, "notebook": self.notebook });
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                body[key] = value;
            }
        };
        set("app", self.app.clone().map(Value::String));
        set("title", self.title.clone().map(Value::String));
        set("size", self.size.clone().map(Value::String));
        set("backend", self.backend.clone().map(Value::String));
        set("max_age_s", self.max_age_s.map(Value::from));
        set("network", self.network.then(|| "audited".into()));
        set("collection", self.collection.clone().map(Value::String));
        set("assets", (!self.asset.is_empty()).then(|| json!(self.asset)));
        set("query", self.query.as_deref().map(pairs));
        let opens = self.collection.is_some() || !self.asset.is_empty() || self.query.is_some();
        set("notebook", opens.then_some(Value::Bool(true)));
        let request = client
            .post(self.gateway.url("/api/v1/labs")?)
            .header("idempotency-key", idempotency_key()?)
            .json(&body);
        let lab = self.gateway.json(request).await?;
        let id = text(&lab, "/id");
        if self.no_wait {
            terminal::line(&id)?;
            return Ok(ExitCode::SUCCESS);
        }
        let url = self.gateway.url(&format!("/api/v1/labs/{id}/events"))?;
        let mut events = self.gateway.events(client.get(url)).await?;
        while let Some((name, data)) = events.next().await? {
            if name == "problem" {
                return Err(refused(&data));
            }
            let (state, words) = (text(&data, "/event/state"), text(&data, "/event/words"));
            terminal::complain(format_args!("{:<10} {words}", state));
            match state.as_str() {
                "ready" => return One { id, gateway: self.gateway }.open().await,
                "failed" | "stopped" => {
                    let log = data.pointer("/event/log").and_then(Value::as_str).unwrap_or("");
                    for line in log.lines() {
                        terminal::complain(format_args!("  {}", terminal::shown(line)));
                    }
                    bail!("lab {id} {state}: {words}");
                }
                _ => {}
            }
        }
        bail!("the gateway ended the answer before lab {id} was ready; it goes on with it")
    }
}

/// Lists your labs.
#[derive(Args, Debug)]
pub(super) struct List {
    /// Those that have ended too
    #[arg(long)]
    all: bool,
    /// How they are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    gateway: GatewayArgs,
}

impl List {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let running = if self.all { "" } else { "?running=true" };
        let url = self.gateway.url(&format!("/api/v1/labs{running}"))?;
        let answer = self.gateway.json(gateway::client()?.get(url)).await?;
        if self.format == Format::Json {
            terminal::line(serde_json::to_string_pretty(&answer)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut table =
            Table::new(&["ID", "APPLICATION", "STATE", "BACKEND", "SIZE", "CREATED", "TITLE"]);
        for lab in answer.pointer("/labs").and_then(Value::as_array).into_iter().flatten() {
            table.row(vec![
                text(lab, "/id"),
                text(lab, "/app"),
                text(lab, "/state"),
                text(lab, "/backend"),
                text(lab, "/size/name"),
                text(lab, "/created"),
                text(lab, "/title"),
            ]);
        }
        table.write(&mut io::stdout().lock(), terminal::width(), 6)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// One lab.
#[derive(Args, Debug)]
pub(super) struct One {
    /// Its id
    id: String,
    #[command(flatten)]
    gateway: GatewayArgs,
}

impl One {
    async fn open(self) -> anyhow::Result<ExitCode> {
        let url = self.gateway.url(&format!("/api/v1/labs/{}/open", segment(&self.id)))?;
        let answer = self.gateway.json(gateway::client()?.post(url).json(&json!({}))).await?;
        terminal::line(text(&answer, "/url"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Ends labs; your own space stays.
#[derive(Args, Debug)]
pub(super) struct Stop {
    /// Their ids
    #[arg(required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    gateway: GatewayArgs,
}

impl Stop {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let client = gateway::client()?;
        for id in &self.ids {
            let url = self.gateway.url(&format!("/api/v1/labs/{}/stop", segment(id)))?;
            let lab = self.gateway.json(client.post(url).json(&json!({}))).await?;
            terminal::complain(format_args!("{} {}", terminal::shown(id), text(&lab, "/state")));
        }
        Ok(ExitCode::SUCCESS)
    }
}
