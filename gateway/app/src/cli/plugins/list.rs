//! `archway plugins list`: what lies in the plugin folders.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use archway_host::egress::Network;
use archway_host::{HostConfig, PluginHost};
use clap::Args;

use crate::cli::{ConfigArgs, terminal};
use crate::data::DataFolder;

/// Lists the plugins in the configured folders.
#[derive(Args, Debug)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    config: ConfigArgs,
}

impl List {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.config.load()?;
        // Compiled forms are those of the gateway, if it has run here.
        let compiled = DataFolder::at(&config.server.data).compiled();
        let network = Arc::new(Network::new(Vec::new(), Vec::new()));
        let host = PluginHost::new(HostConfig {
            compiled_dir: compiled.is_dir().then_some(compiled),
            ..HostConfig::new(network)
        })?;
        let mut table = terminal::Table::new(&["ID", "VERSION", "OPERATIONS", "SIZE", "FILE"]);
        let mut refused = Vec::new();
        for folder in &config.plugins.folders {
            if !folder.is_dir() {
                terminal::complain(format_args!("{}: there is no such folder", folder.display()));
                continue;
            }
            for (path, loaded) in host.load_folder(folder).await? {
                match loaded {
                    Ok(plugin) => {
                        let operations: Vec<_> =
                            plugin.operations.iter().map(|operation| operation.name()).collect();
                        table.row(vec![
                            plugin.id,
                            plugin.version,
                            operations.join(" "),
                            terminal::size(plugin.size_bytes),
                            path.display().to_string(),
                        ]);
                    }
                    Err(error) => refused.push(error),
                }
            }
        }
        table.write(&mut io::stdout().lock(), terminal::width(), 4)?;
        for error in &refused {
            terminal::complain(format_args!("refused: {error}"));
        }
        Ok(if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
