//! `archway plugins record`: one operation, its exchanges stored as tests read them.
//!
//! Adds to a recording that is there already; an exchange that asks the same, and a
//! conversation in which the plugin says the same, are replaced.

mod conversation;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use archway_core::coverage::Instant;
use archway_host::{Conversation, Event, Exchange, Observer};
use archway_plugin::recording::{self, INDEX, RecordedRequest, RecordedResponse, Recording};
use clap::Args;

use super::attempt::tell;
use super::operation::Operation;
use super::single::Single;
use crate::cli::terminal;

/// Runs one operation and stores its exchanges.
#[derive(Args, Debug)]
pub(in crate::cli) struct Record {
    /// Folder of the recording, as in tests/data/recorded
    #[arg(long, global = true, value_name = "DIR", default_value = "tests/data/recorded")]
    to: PathBuf,
    /// Where the data come from and under which licence
    #[arg(long, global = true, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    single: Single,
    #[command(subcommand)]
    operation: Operation,
}

/// What took place, bounded by what one call may ask and by what the host shows of each.
#[derive(Default)]
struct Seen {
    exchanges: Vec<Exchange>,
    conversations: Vec<Conversation>,
}

impl Record {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let sink = Arc::clone(&seen);
        let observer = Observer::new(true, move |event| {
            tell(&event);
            let mut seen = sink.lock().unwrap_or_else(PoisonError::into_inner);
            match event {
                Event::Exchange(exchange) => seen.exchanges.push(exchange),
                Event::Conversation(conversation) => seen.conversations.push(conversation),
                _ => {}
            }
        });
        let archive = self.single.open(observer).await?;
        let done = self.operation.run(&*archive).await;
        drop(archive);
        let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
        let mut recording = self.existing()?;
        let (exchanges, conversations) = (seen.exchanges.len(), seen.conversations.len());
        for exchange in seen.exchanges {
            add(&mut recording, exchange);
        }
        for conversation in seen.conversations {
            conversation::add(&mut recording, conversation, now());
        }
        recording.write(&self.to).context("the recording cannot be written")?;
        let folder = self.to.display();
        terminal::complain(format_args!("{exchanges} exchanges in {folder}"));
        if conversations > 0 {
            terminal::complain(format_args!("{conversations} conversations in {folder}"));
        }
        // What was recorded of a failure is worth having too.
        done?;
        Ok(ExitCode::SUCCESS)
    }

    fn existing(&self) -> anyhow::Result<Recording> {
        let mut recording = if self.to.join(INDEX).exists() {
            Recording::read(&self.to).context("the recording that is there cannot be read")?
        } else {
            Recording::default()
        };
        if let Some(note) = &self.note {
            recording.note.clone_from(note);
        }
        Ok(recording)
    }
}

fn add(recording: &mut Recording, exchange: Exchange) {
    let Some(status) = exchange.status else {
        terminal::complain(format_args!("not stored, there was no answer: {}", exchange.url));
        return;
    };
    if !exchange.complete {
        terminal::complain(format_args!("stored as far as the plugin read it: {}", exchange.url));
    }
    let request = RecordedRequest {
        method: exchange.method.clone(),
        url: exchange.url.clone(),
        headers: exchange.request_headers.clone(),
        fields: fields(&exchange),
        credential: None,
    };
    let same = recording.exchanges.iter().position(|known| known.request.asks_the_same(&request));
    if let Some(same) = same {
        recording.exchanges.remove(same);
    }
    let file = file_name(recording, &exchange);
    let final_url = Some(&exchange.final_url).filter(|url| **url != exchange.url).cloned();
    let headers = kept_headers(&exchange.response_headers);
    let response = RecordedResponse { status, final_url, headers, body: None };
    let recorded =
        recording::Exchange { request, response, recorded_at: now(), note: String::new() };
    recording.add(recorded, &file, exchange.response_body.to_vec());
}

/// Fields of a form; any other body under its media type.
fn fields(exchange: &Exchange) -> Vec<(String, String)> {
    let body = &exchange.request_body;
    if body.is_empty() {
        return Vec::new();
    }
    let media_type = exchange.request_media_type.clone().unwrap_or_default();
    if media_type.starts_with("application/x-www-form-urlencoded") {
        return url::form_urlencoded::parse(body).into_owned().collect();
    }
    let text =
        std::str::from_utf8(body).map_or_else(|_| format!("<{} bytes>", body.len()), str::to_owned);
    vec![(media_type, text)]
}

/// What a plugin may look at; the rest changes from one recording to the next.
fn kept_headers(headers: &[(String, String)]) -> Vec<(String, String)> {
    let kept = ["content-type", "content-disposition", "location", "last-modified", "retry-after"];
    headers.iter().filter(|(name, _)| kept.contains(&name.as_str())).cloned().collect()
}

/// The first free name with an ending that tools know.
fn file_name(recording: &Recording, exchange: &Exchange) -> String {
    let media_type = exchange
        .response_headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .map(|(_, v)| v.as_str());
    let ending = match media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim() {
        "application/x-votable+xml" => "vot",
        "text/xml" | "application/xml" => "xml",
        "application/json" => "json",
        "text/csv" => "csv",
        "text/html" => "html",
        "text/plain" => "txt",
        _ => "body",
    };
    free_name(recording, ending)
}

/// The first number that no body has yet.
fn free_name(recording: &Recording, ending: &str) -> String {
    let used = |name: &String| recording.bodies.contains_key(name);
    let mut names = (1..).map(|number| format!("{number:02}.{ending}"));
    names.find(|name| !used(name)).expect("there is no end of numbers")
}

fn now() -> String {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_utc_us(i64::try_from(since_1970.as_secs()).unwrap_or_default() * 1_000_000)
        .to_rfc3339()
}
