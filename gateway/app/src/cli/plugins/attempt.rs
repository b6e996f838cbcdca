//! `archway plugins try`: one operation, with each request, refusal and timing.

use std::process::ExitCode;

use archway_host::{Conversation, Event, Exchange, Observer};
use clap::Args;

use super::operation::Operation;
use super::single::Single;
use crate::cli::terminal::{complain, shown, size};

/// Runs one operation of a component.
#[derive(Args, Debug)]
pub(in crate::cli) struct Try {
    #[command(flatten)]
    single: Single,
    #[command(subcommand)]
    operation: Operation,
}

impl Try {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let archive = self.single.open(Observer::new(false, |event| tell(&event))).await?;
        self.operation.run(&*archive).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Tells on standard error what the plugin does.
pub(super) fn tell(event: &Event) {
    match event {
        Event::Exchange(exchange) => told(exchange),
        Event::Conversation(conversation) => told_stream(conversation),
        Event::Call(call) => {
            let error =
                call.error.as_ref().map(|error| format!("  failed: {error}")).unwrap_or_default();
            complain(format_args!(
                "  call   {} in {} ms, {} ms of it CPU, {} MiB{error}",
                call.operation,
                call.duration.as_millis(),
                call.cpu.as_millis(),
                call.memory_bytes / (1024 * 1024),
            ));
        }
        Event::Refused { target, reason } => {
            complain(format_args!("  refused {}: {reason}", shown(target)))
        }
        Event::Log { level, message, fields } => {
            let fields: Vec<_> =
                fields.iter().map(|(key, value)| format!(" {key}={value}")).collect();
            complain(format_args!(
                "  log    {level}: {}",
                shown(&format!("{message}{}", fields.concat()))
            ));
        }
    }
}

fn told(exchange: &Exchange) {
    let Exchange { method, url, status, received_bytes, head_after, duration, error, .. } =
        exchange;
    let status = status.map_or("no answer".to_owned(), |status| status.to_string());
    let error = error.as_ref().map(|error| format!("  {error}")).unwrap_or_default();
    complain(format_args!(
        "  asked  {method} {}\n         {status} after {} ms, {} in {} ms{error}",
        shown(url),
        head_after.as_millis(),
        size(*received_bytes),
        duration.as_millis(),
    ));
}

fn told_stream(conversation: &Conversation) {
    let Conversation { host, port, sent_bytes, received_bytes, duration, error, .. } = conversation;
    let error = error.as_ref().map(|error| format!("  {error}")).unwrap_or_default();
    complain(format_args!(
        "  talked {}:{port}\n         {} sent, {} received in {} ms{error}",
        shown(host),
        size(*sent_bytes),
        size(*received_bytes),
        duration.as_millis(),
    ));
}
