//! One archive made from a component and what is said on the command line.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use archway_core::asset::{ArchiveId, Value};
use archway_host::egress::Network;
use archway_host::{
    ArchiveConfig, HostConfig, Kind, Observer, PluginArchive, PluginHost, PluginInfo, Setting,
};
use clap::Args;

use crate::cli::{Usage, terminal};

/// A component with settings and grants.
#[derive(Args, Debug)]
pub(super) struct Single {
    /// The component
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// A setting of the plugin; repeatable
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    setting: Vec<String>,
    /// What it may reach by HTTP; repeatable
    #[arg(long, global = true, value_name = "HOST:PORT")]
    grant: Vec<String>,
    /// What it may reach by TCP; repeatable
    #[arg(long, global = true, value_name = "HOST:PORT")]
    grant_tcp: Vec<String>,
}

impl Single {
    /// Loads the component and opens the archive; `observer` sees all that it does.
    pub(super) async fn open(&self, observer: Observer) -> anyhow::Result<Arc<PluginArchive>> {
        let network = Arc::new(Network::new(Vec::new(), Vec::new()));
        let host = PluginHost::new(HostConfig::new(network))?;
        let plugin = host.load(&self.file).await?;
        let id: ArchiveId = plugin
            .id
            .parse()
            .with_context(|| format!("`{}` cannot be an archive too", plugin.id))?;
        let mut config = ArchiveConfig::new(id, plugin.id.clone());
        config.settings = self.settings(&plugin)?;
        config.grants.http.clone_from(&self.grant);
        config.grants.tcp.clone_from(&self.grant_tcp);
        config.observer = Some(Arc::new(observer));
        let archive = host.open_archive(config).map_err(|error| {
            let known: Vec<String> = plugin.settings.iter().map(setting_line).collect();
            let known = if known.is_empty() { "(none)".to_owned() } else { known.join("\n    ") };
            Usage(format!("{error}\n  settings of this plugin:\n    {known}"))
        })?;
        if self.grant.is_empty() && self.grant_tcp.is_empty() {
            terminal::complain("nothing is granted: --grant HOST:PORT lets the plugin reach it");
        }
        Ok(archive)
    }

    fn settings(&self, plugin: &PluginInfo) -> Result<toml::Table, Usage> {
        let mut settings = toml::Table::new();
        for setting in &self.setting {
            let (key, text) = setting.split_once('=').ok_or_else(|| {
                Usage(format!("--setting `{setting}` is not KEY=VALUE, as in base_url=http://…"))
            })?;
            let kind =
                plugin.settings.iter().find(|known| known.key == key).map(|known| known.kind);
            settings.insert(key.to_owned(), value(kind, text));
        }
        Ok(settings)
    }
}

/// A setting as its kind wants it; a list of one needs no brackets.
fn value(kind: Option<Kind>, text: &str) -> toml::Value {
    let as_text = || toml::Value::String(text.to_owned());
    if matches!(kind, Some(Kind::Text | Kind::Url | Kind::Choice)) {
        return as_text();
    }
    let table = format!("value = {text}").parse::<toml::Table>();
    let value = table.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(as_text);
    match (kind, value) {
        (Some(Kind::List), single @ toml::Value::String(_)) => toml::Value::Array(vec![single]),
        (Some(Kind::Real), toml::Value::Integer(whole)) => toml::Value::Float(whole as f64),
        (_, value) => value,
    }
}

/// A setting for people: key, kind, and what it is.
pub(super) fn setting_line(setting: &Setting) -> String {
    let kind = match setting.kind {
        Kind::Choice => setting.choices.join("|"),
        kind => kind.name().to_owned(),
    };
    let without = match &setting.default {
        _ if setting.required => ", required".to_owned(),
        Some(Value::Text(text)) => format!(", default \"{text}\""),
        Some(Value::Integer(number)) => format!(", default {number}"),
        Some(Value::Real(number)) => format!(", default {number}"),
        Some(Value::Boolean(switch)) => format!(", default {switch}"),
        _ => String::new(),
    };
    format!("{} ({kind}{without})  {}", setting.key, setting.help)
}
