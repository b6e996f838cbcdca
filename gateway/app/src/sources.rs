//! Archives that are made for one data volume: from the operator's presets, or from a plugin
//! with settings of a user.
//!
//! Called by the core's volumes through [`SourceMaker`]. Calls the plugin host.
//!
//! Rules that hold here and nowhere else:
//!
//! - An archive of a user reaches exactly the hosts that its settings name, and none of them at
//!   an address that is not public: one that is written as an address is refused here, a name
//!   when it is resolved.
//! - A user gives no credentials; an archive that wants them is a preset of the operator.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use archway_core::Error;
use archway_core::archive::{Archive, Operation};
use archway_core::asset::{ArchiveId, Value};
use archway_core::volumes::{Field, FieldKind, SourceForm, SourceMaker};
use archway_host::egress::{Limits, not_public};
use archway_host::grants::{Endpoint, Granted, expand_requests};
use archway_host::{ArchiveConfig, Kind, PluginHost, PluginInfo, Setting};
use url::Url;

use crate::config::ArchiveFile;

/// Fetches by URL for a list of URLs; its other settings are at their defaults.
const PLUGIN_OF_URLS: &str = "http-tree";
/// Most hosts of a list of URLs.
const MOST_HOSTS: usize = 200;

/// Makes them with the plugins of this gateway.
#[derive(Debug)]
pub(crate) struct Sources {
    host: Arc<PluginHost>,
    presets: Vec<ArchiveFile>,
    /// Plugins that users may make an archive from.
    plugins: Vec<String>,
    rate: Limits,
    made: AtomicU64,
}

impl Sources {
    pub(crate) fn new(
        host: Arc<PluginHost>,
        presets: Vec<ArchiveFile>,
        plugins: Vec<String>,
    ) -> Self {
        // A user's own list of files is asked as fast as its server answers.
        let rate = Limits { requests_per_s: 0.0, ..Limits::default() };
        Self { host, presets, plugins, rate, made: AtomicU64::new(0) }
    }

    fn open(&self, config: ArchiveConfig) -> Result<Arc<dyn Archive>, Error> {
        let archive = self.host.open_archive(config).map_err(|error| {
            // Its words name the setting.
            Error::bad_request("source", error.to_string())
        })?;
        Ok(archive)
    }

    fn plugin(&self, id: &str) -> Result<PluginInfo, Error> {
        let loaded = self.host.plugins();
        let offered = loaded.into_iter().find(|plugin| plugin.id == id);
        let allowed = self.plugins.iter().any(|plugin| plugin == id);
        offered.filter(|_| allowed).ok_or_else(|| {
            Error::not_found_near("kind of source", id, self.plugins.iter().map(String::as_str))
        })
    }

    /// A name that no archive of the configuration has: theirs are names of files.
    fn new_id(&self, plugin: &str) -> ArchiveId {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let id = format!("volume-{plugin}-{number}");
        id.parse().expect("the id of a plugin and a number")
    }
}

impl SourceMaker for Sources {
    fn forms(&self) -> Vec<SourceForm> {
        let presets = self.presets.iter().map(|preset| SourceForm {
            preset: Some(preset.config.id.to_string()),
            plugin: preset.config.plugin.clone(),
            title: preset.config.title.clone(),
            description: text_of(&preset.config.settings, "description"),
            fields: Vec::new(),
        });
        let loaded = self.host.plugins();
        let plugins = self.plugins.iter().filter_map(|id| {
            let plugin = loaded.iter().find(|plugin| plugin.id == *id)?;
            plugin.operations.contains(&Operation::Search).then(|| SourceForm {
                preset: None,
                plugin: plugin.id.clone(),
                title: plugin.title.clone().unwrap_or_else(|| plugin.id.clone()),
                description: String::new(),
                fields: plugin.settings.iter().filter_map(field).collect(),
            })
        });
        presets.chain(plugins).collect()
    }

    fn preset(&self, id: &str) -> Result<Arc<dyn Archive>, Error> {
        let found = self.presets.iter().find(|preset| preset.config.id.as_str() == id);
        let names = self.presets.iter().map(|preset| preset.config.id.as_str());
        let preset = found.ok_or_else(|| Error::not_found_near("preset", id, names))?;
        self.open(preset.config.clone())
    }

    fn archive(
        &self,
        plugin: &str,
        settings: &[(String, String)],
    ) -> Result<Arc<dyn Archive>, Error> {
        let plugin = self.plugin(plugin)?;
        let mut table = toml::Table::new();
        for (key, text) in settings.iter().filter(|(_, text)| !text.trim().is_empty()) {
            let Some(setting) = plugin.settings.iter().find(|setting| setting.key == *key) else {
                let names = plugin.settings.iter().map(|setting| setting.key.as_str());
                let unknown = Error::not_found_near("setting", key, names);
                return Err(Error::bad_request(key, unknown.to_string()));
            };
            if setting.key == "credential" {
                let reason = "credentials are the operator's: ask for a preset";
                return Err(Error::bad_request(key, reason));
            }
            let value = written(setting, text.trim());
            table.insert(key.clone(), value.map_err(|reason| Error::bad_request(key, reason))?);
        }
        let setting = |name: &str| match table.get(name) {
            Some(toml::Value::String(text)) => vec![text.clone()],
            Some(toml::Value::Array(list)) => {
                list.iter().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
            }
            _ => Vec::new(),
        };
        let asked = |patterns: &[String]| {
            expand_requests(patterns, setting)
                .map_err(|bad| Error::bad_request("source", bad.to_string()))
        };
        let http = asked(&plugin.requests.http)?;
        let tcp = asked(&plugin.requests.tcp)?;
        for pattern in http.iter().chain(&tcp) {
            public(pattern)?;
        }
        let id = self.new_id(&plugin.id);
        self.open(ArchiveConfig {
            title: plugin.title.clone().unwrap_or_else(|| plugin.id.clone()),
            settings: table,
            grants: Granted { http, tcp, addresses: Vec::new() },
            egress: self.rate.clone(),
            ..ArchiveConfig::new(id, plugin.id)
        })
    }

    fn files(&self, urls: &[String]) -> Result<Arc<dyn Archive>, Error> {
        let mut hosts = BTreeSet::new();
        let mut first = None;
        for text in urls {
            let bad = |reason: String| Error::bad_request("urls", reason);
            let url = Url::parse(text).map_err(|error| bad(format!("`{text}`: {error}")))?;
            let plain = matches!(url.scheme(), "http" | "https");
            if !plain || !url.username().is_empty() || url.password().is_some() {
                let words = "is not an http or https URL without user and password";
                return Err(bad(format!("`{}` {words}", url.host_str().unwrap_or(text))));
            }
            let endpoint =
                Endpoint::of_url(&url).ok_or_else(|| bad(format!("`{text}` has no host")))?;
            public(&endpoint.to_string())?;
            hosts.insert(endpoint.to_string());
            if hosts.len() > MOST_HOSTS {
                return Err(bad(format!("there are more than {MOST_HOSTS} hosts")));
            }
            first.get_or_insert(url);
        }
        let first = first.ok_or_else(|| Error::bad_request("urls", "is empty"))?;
        let origin = first.join("/").map_err(|error| Error::internal(error.to_string()))?;
        let hosts: Vec<String> = hosts.into_iter().collect();
        let list = hosts.iter().cloned().map(toml::Value::String).collect();
        let settings = toml::Table::from_iter([
            ("base_url".to_owned(), toml::Value::String(origin.to_string())),
            ("hosts".to_owned(), toml::Value::Array(list)),
        ]);
        let id = self.new_id("urls");
        self.open(ArchiveConfig {
            settings,
            grants: Granted { http: hosts, ..Granted::default() },
            egress: self.rate.clone(),
            ..ArchiveConfig::new(id, PLUGIN_OF_URLS)
        })
    }
}

/// Refuses a host that is written as an address which is not public.
fn public(pattern: &str) -> Result<(), Error> {
    let (host, port) = pattern.rsplit_once(':').unwrap_or((pattern, "0"));
    let endpoint = Endpoint::new(host, port.parse().unwrap_or_default());
    match endpoint.as_ref().and_then(not_public) {
        Some(why) => {
            let reason = format!(
                "`{pattern}` is {why}; users reach public hosts only, and what the operator offers as presets"
            );
            Err(Error::bad_request("source", reason))
        }
        None => Ok(()),
    }
}

fn text_of(settings: &toml::Table, key: &str) -> String {
    settings.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
}

/// A setting as a field of a form; nested ones (rules, column mappings) are the operator's.
fn field(setting: &Setting) -> Option<Field> {
    let whole = |number: Option<f64>| number.map(|number| number as i64);
    let kind = match setting.kind {
        Kind::Text => FieldKind::Text,
        Kind::Url => FieldKind::Url,
        Kind::Integer => FieldKind::Integer { min: whole(setting.min), max: whole(setting.max) },
        Kind::Real => FieldKind::Real { min: setting.min, max: setting.max },
        Kind::Boolean => FieldKind::Boolean,
        Kind::Choice => FieldKind::Choice(setting.choices.clone()),
        Kind::List => FieldKind::List,
        Kind::Table => return None,
    };
    (setting.key != "credential").then(|| Field {
        key: setting.key.clone(),
        kind,
        required: setting.required,
        default: setting.default.as_ref().map(shown),
        help: setting.help.clone(),
        advanced: !setting.required,
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Texts(texts) => texts.join("\n"),
        other => format!("{other:?}"),
    }
}

/// The text of a form as its setting's TOML; what is outside of a range is the host's to say.
fn written(setting: &Setting, text: &str) -> Result<toml::Value, String> {
    let wanted = |what: &str| format!("`{text}` is not {what}");
    match setting.kind {
        Kind::Text | Kind::Url | Kind::Choice => Ok(toml::Value::String(text.to_owned())),
        Kind::Integer => {
            text.parse().map(toml::Value::Integer).map_err(|_| wanted("a whole number"))
        }
        Kind::Real => text.parse().map(toml::Value::Float).map_err(|_| wanted("a number")),
        Kind::Boolean => match text {
            "true" | "on" => Ok(toml::Value::Boolean(true)),
            "false" | "off" => Ok(toml::Value::Boolean(false)),
            _ => Err(wanted("true or false")),
        },
        Kind::List => {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            Ok(lines.map(|line| toml::Value::String(line.to_owned())).collect::<Vec<_>>().into())
        }
        Kind::Table => Err("is nested and only the operator's, in a preset".to_owned()),
    }
}
