//! `archway serve`: the gateway until SIGTERM or Ctrl-C.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{ConfigArgs, Usage, terminal};
use crate::app;
use crate::config::Config;
use crate::telemetry;

/// Runs the gateway and prints its address when it is ready.
#[derive(Args, Debug)]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigArgs,
    /// Address and port to listen on, port 0 for any free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Folder for compiled plugins, keys and what searches have shown
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Lets everyone who reaches the address do everything, for there is no sign-in yet
    #[arg(long)]
    expose_without_sign_in: bool,
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut config: Config = self.config.load()?;
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        if let Some(data) = self.data {
            config.server.data = data;
        }
        config.server.expose_without_sign_in |= self.expose_without_sign_in;
        telemetry::start(&config.log);
        if let Some(refusal) = config.server.refusal() {
            return Err(Usage(refusal).into());
        }
        // Heard before the gateway is ready: who stops it then must not be missed.
        let stop = Stop::new()?;
        let running = app::start(config).await?;
        terminal::line(format_args!("Archway is ready at {}", running.url()))?;
        let why = stop.asked().await;
        tracing::info!("{why}: finishing what is in flight");
        running.shutdown().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// The signals that end a server.
struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(unix)]
    async fn asked(mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "Ctrl-C",
        }
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn asked(self) -> &'static str {
        let _ = tokio::signal::ctrl_c().await;
        "Ctrl-C"
    }
}
