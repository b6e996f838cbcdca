//! `archway volume`: data volumes of a running gateway.

mod create;
mod progress;

use std::io;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::gateway::{self, Format, GatewayArgs, number, text};
use super::terminal::{self, Table, size};
pub(super) use create::pairs;

/// What is done with data volumes.
#[derive(Debug, Subcommand)]
pub(super) enum Volume {
    /// Makes a data volume and shows how its files arrive
    Create(Box<create::Create>),
    /// Lists your data volumes
    List(List),
    /// Shows a data volume and its files
    Show(Show),
    /// Removes data volumes and their bytes
    Rm(Remove),
}

impl Volume {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Create(create) => create.run().await,
            Self::List(list) => list.run().await,
            Self::Show(show) => show.run().await,
            Self::Rm(remove) => remove.run().await,
        }
    }
}

/// Lists your data volumes.
#[derive(Args, Debug)]
pub(super) struct List {
    /// How they are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    gateway: GatewayArgs,
}

impl List {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let url = self.gateway.url("/api/v1/volumes")?;
        let answer = self.gateway.json(gateway::client()?.get(url)).await?;
        if self.format == Format::Json {
            terminal::line(serde_json::to_string_pretty(&answer)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::new(&["ID", "NAME", "SOURCE", "STATE", "FILES", "SIZE", "TITLE"]);
        for volume in answer.pointer("/volumes").and_then(Value::as_array).into_iter().flatten() {
            table.row(vec![
                text(volume, "/id"),
                text(volume, "/name"),
                text(volume, "/source/kind"),
                text(volume, "/state"),
                files(volume),
                size(number(volume, "/progress/bytes")),
                text(volume, "/title"),
            ]);
        }
        table.write(&mut io::stdout().lock(), terminal::width(), 6)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// "3 of 10", or "10" of a whole one.
fn files(volume: &Value) -> String {
    let (done, all) = (number(volume, "/progress/files"), number(volume, "/progress/files_total"));
    if done == all { all.to_string() } else { format!("{done} of {all}") }
}

/// Shows a data volume and its files.
#[derive(Args, Debug)]
pub(super) struct Show {
    /// Its id
    id: String,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    gateway: GatewayArgs,
}

impl Show {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let client = gateway::client()?;
        let path = format!("/api/v1/volumes/{}", segment(&self.id));
        let volume = self.gateway.json(client.get(self.gateway.url(&path)?)).await?;
        if self.format == Format::Json {
            terminal::line(serde_json::to_string_pretty(&volume)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        for (name, value) in [
            ("title", text(&volume, "/title")),
            ("name", text(&volume, "/name")),
            ("state", text(&volume, "/state")),
            ("files", files(&volume)),
            ("size", size(number(&volume, "/progress/bytes"))),
            ("failure", text(&volume, "/failure")),
        ] {
            if !value.is_empty() {
                terminal::line(format_args!("{name:<8} {value}"))?;
            }
        }
        let mut first = 0;
        let mut table = Table::new(&["PATH", "SIZE", "STATE", "SHA-256"]);
        loop {
            let page = format!("{path}/files?limit=1000&first={first}");
            let page = self.gateway.json(client.get(self.gateway.url(&page)?)).await?;
            for file in page.pointer("/files").and_then(Value::as_array).into_iter().flatten() {
                let state = match text(file, "/failure") {
                    failure if failure.is_empty() => text(file, "/state"),
                    failure => failure,
                };
                table.row(vec![
                    text(file, "/path"),
                    size(number(file, "/size_bytes")),
                    state,
                    text(file, "/sha256").chars().take(12).collect(),
                ]);
            }
            match page.pointer("/next").and_then(Value::as_u64) {
                Some(next) if next > first => first = next,
                _ => break,
            }
        }
        table.write(&mut io::stdout().lock(), terminal::width(), 0)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Removes data volumes and their bytes.
#[derive(Args, Debug)]
pub(super) struct Remove {
    /// Their ids
    #[arg(required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    gateway: GatewayArgs,
}

impl Remove {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let client = gateway::client()?;
        for id in &self.ids {
            let url = self.gateway.url(&format!("/api/v1/volumes/{}", segment(id)))?;
            self.gateway.json(client.delete(url)).await?;
            terminal::complain(format_args!("{} removed", terminal::shown(id)));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// One segment of a path, whatever is in it.
pub(super) fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
