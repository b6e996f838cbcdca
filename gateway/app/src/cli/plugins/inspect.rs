//! `archway plugins inspect`: what a component is, or why it is refused.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use archway_host::egress::Network;
use archway_host::{HostConfig, PluginHost, PluginInfo};
use clap::Args;

use crate::cli::terminal::{line, size};

/// Shows what a component is, offers, asks for and imports.
#[derive(Args, Debug)]
pub(in crate::cli) struct Inspect {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Inspect {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let network = Arc::new(Network::new(Vec::new(), Vec::new()));
        let host = PluginHost::new(HostConfig::new(network))?;
        let began = std::time::Instant::now();
        let plugin = host.load(&self.file).await?;
        show(&plugin)?;
        line(format_args!("checked and compiled in {} ms", began.elapsed().as_millis()))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn show(plugin: &PluginInfo) -> std::io::Result<()> {
    let title = plugin.title.as_deref().unwrap_or("(no title)");
    line(format_args!("{} {}  {title}", plugin.id, plugin.version))?;
    line(format_args!("contract    {}", plugin.wit))?;
    line(format_args!("size        {}", size(plugin.size_bytes)))?;
    line(format_args!("SHA-256     {}", plugin.digest))?;
    let operations: Vec<_> = plugin.operations.iter().map(|operation| operation.name()).collect();
    line(format_args!("operations  describe {}", operations.join(" ")))?;
    for (list, hosts) in [("http", &plugin.requests.http), ("tcp", &plugin.requests.tcp)] {
        if !hosts.is_empty() {
            line(format_args!("asks for    {list}: {}", hosts.join(", ")))?;
        }
    }
    for setting in &plugin.settings {
        line(format_args!("setting     {}", super::single::setting_line(setting)))?;
    }
    for import in &plugin.imports {
        line(format_args!("imports     {import}"))?;
    }
    Ok(())
}
