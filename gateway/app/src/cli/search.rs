//! `archway search`: a federated search through a running gateway.
//!
//! A client like any other: it asks `/api/v1/search` for events, tells each archive's state
//! on standard error as it comes, and writes the page to standard output.

mod columns;
mod events;
mod output;
mod progress;

use std::io;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde_json::Value;

use self::events::Event;
use super::events::Events;
use super::gateway::{self, GatewayArgs};
use super::{Usage, terminal};
use output::Output;
use progress::Progress;

/// Searches all archives through a running gateway.
#[derive(Args, Debug)]
pub(super) struct Search {
    /// Words; all must occur in title, description, keywords, targets, identifiers or facets
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// Only this archive; repeatable
    #[arg(long, value_name = "ID")]
    archive: Vec<String>,
    /// Only this collection; repeatable
    #[arg(long, value_name = "NAME")]
    collection: Vec<String>,
    /// Region that coverage must overlap: 'CIRCLE ra dec radius', 'RANGE ...' or 'POLYGON ...', ICRS degrees; 'EARTH CIRCLE longitude latitude radius' on Earth
    #[arg(long, value_name = "REGION")]
    pos: Option<String>,
    /// Time that coverage must overlap: 'START/END', ISO 8601 UTC or MJD, either end may be empty
    #[arg(long, value_name = "START/END")]
    time: Option<String>,
    /// Wavelength that coverage must overlap: 'MIN/MAX', metres or with a unit
    #[arg(long, value_name = "MIN/MAX")]
    band: Option<String>,
    /// A term of a facet; repeatable
    #[arg(long, value_name = "NAME=TERM")]
    facet: Vec<String>,
    /// Order of the assets: relevance, date, distance or size
    #[arg(long, value_name = "ORDER")]
    sort: Option<String>,
    /// Most assets of a page, 1 to 1000
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Follows page after page to the end
    #[arg(long)]
    all: bool,
    /// How long to wait for archives, in milliseconds
    #[arg(long, value_name = "MS")]
    deadline_ms: Option<u32>,
    /// How the assets are written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Says nothing of the archives unless it fails
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    gateway: GatewayArgs,
}

/// How assets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people; fits the terminal
    Table,
    /// The answer as the API gives it
    Json,
    /// One asset a line
    Ndjson,
    /// One asset a line, with heads (RFC 4180)
    Csv,
    /// VOTable 1.4
    Votable,
}

impl Search {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = gateway::client()?;
        let stdout = io::BufWriter::new(io::stdout());
        let mut output = Output::new(self.format, stdout, terminal::width())?;
        let mut cursor = None;
        loop {
            let page = self.page(&client, cursor.as_deref()).await?;
            let next = page.get("next").and_then(Value::as_str).map(str::to_owned);
            output.page(page)?;
            if !self.all || next.is_none() {
                break;
            }
            cursor = next;
        }
        output.finish()?;
        Ok(ExitCode::SUCCESS)
    }

    /// One page; tells how each archive took part.
    async fn page(&self, client: &reqwest::Client, cursor: Option<&str>) -> anyhow::Result<Value> {
        let url = self.url(cursor)?;
        let request = client.get(url).header("accept", "text/event-stream");
        let response = request.send().await.with_context(|| self.gateway.unreachable())?;
        let status = response.status();
        let is_stream = response
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("text/event-stream"));
        if !status.is_success() || !is_stream {
            let body = super::events::whole(response).await.unwrap_or_default();
            return Err(self.gateway.refusal(status, &body));
        }
        let progress = Progress::new(self.quiet);
        let mut events = Events::new(response);
        while let Some(event) = events::next(&mut events)
            .await
            .with_context(|| format!("{} broke off", self.gateway))?
        {
            match event {
                Event::Source(source) => progress.answered(&source),
                Event::Page(page) => {
                    progress.done(&page);
                    return Ok(page);
                }
                Event::Problem(problem) => return Err(gateway::refused(&problem)),
            }
        }
        anyhow::bail!("{} ended the answer before the page came", self.gateway)
    }

    fn url(&self, cursor: Option<&str>) -> anyhow::Result<url::Url> {
        let mut url = self.gateway.url("/api/v1/search")?;
        let mut query = url.query_pairs_mut();
        let text = self.text.join(" ");
        let limit = self.limit.or(self.all.then_some(1000)).map(|limit| limit.to_string());
        let deadline_ms = self.deadline_ms.map(|ms| ms.to_string());
        let single = [
            ("q", Some(text.as_str()).filter(|text| !text.is_empty())),
            ("pos", self.pos.as_deref()),
            ("time", self.time.as_deref()),
            ("band", self.band.as_deref()),
            ("sort", self.sort.as_deref()),
            ("limit", limit.as_deref()),
            ("deadline_ms", deadline_ms.as_deref()),
            ("cursor", cursor),
        ];
        for (name, value) in single {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        for archive in &self.archive {
            query.append_pair("archive", archive);
        }
        for collection in &self.collection {
            query.append_pair("collection", collection);
        }
        for facet in &self.facet {
            let (name, term) = facet.split_once('=').ok_or_else(|| {
                Usage(format!("--facet `{facet}` is not NAME=TERM, as in mission=Gaia"))
            })?;
            query.append_pair(&format!("facet.{name}"), term);
        }
        drop(query);
        Ok(url)
    }
}
