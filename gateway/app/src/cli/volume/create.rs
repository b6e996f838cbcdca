//! `archway volume create`: a data volume from a collection, assets, a search, a tree, URLs, or
//! nothing.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::progress;
use crate::cli::gateway::{self, GatewayArgs, idempotency_key, text};
use crate::cli::{Usage, terminal};

/// Makes a data volume and shows how its files arrive.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("source").required(true))]
pub(crate) struct Create {
    /// Name of the folder in a lab; made from the title unless given
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// For people
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// A collection
    #[arg(long, value_name = "ID", group = "source")]
    collection: Option<String>,
    /// An asset; repeatable
    #[arg(long, value_name = "ID", group = "source")]
    asset: Vec<String>,
    /// All results of a search, written as in a URL: 'q=M31&archive=hst'
    #[arg(long, value_name = "QUERY", group = "source")]
    query: Option<String>,
    /// A preset of the operator: an FTP server, a VOSpace
    #[arg(long, value_name = "ID", group = "source")]
    preset: Option<String>,
    /// An FTP tree, as in `ftp://host/folder/`; `ftpes` and `ftps` with TLS
    #[arg(long, value_name = "URL", group = "source")]
    ftp: Option<String>,
    /// A VOSpace: the base URL of its service
    #[arg(long, value_name = "URL", group = "source")]
    vospace: Option<String>,
    /// A file by URL; repeatable
    #[arg(long, value_name = "URL", group = "source")]
    url: Vec<String>,
    /// Nothing: space to write in
    #[arg(long, group = "source")]
    empty: bool,
    /// A setting of an FTP tree or a VOSpace, as in root=/public; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    setting: Vec<String>,
    /// Only these paths of a tree (`*`, `**`, `?`); repeatable
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Not these paths of a tree; repeatable
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Does not wait for the files
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    gateway: GatewayArgs,
}

impl Create {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = gateway::client()?;
        let mut body = json!({ "source": self.source()? });
        for (key, value) in [("name", &self.name), ("title", &self.title)] {
            if let Some(value) = value {
                body[key] = value.as_str().into();
            }
        }
        let request = client
            .post(self.gateway.url("/api/v1/volumes")?)
            .header("idempotency-key", idempotency_key()?)
            .json(&body);
        let volume = self.gateway.json(request).await?;
        let id = text(&volume, "/id");
        terminal::line(&id)?;
        if self.no_wait {
            return Ok(ExitCode::SUCCESS);
        }
        let url = self.gateway.url(&format!("/api/v1/volumes/{id}/events"))?;
        let events = self.gateway.events(client.get(url)).await?;
        progress::until_finished(events).await.with_context(|| format!("volume {id}"))
    }

    fn source(&self) -> Result<Value, Usage> {
        let tree = |plugin: &str, key: &str, url: &str| -> Result<Value, Usage> {
            let mut settings = self.settings()?;
            settings[key] = url.into();
            Ok(
                json!({ "tree": { "plugin": plugin, "settings": settings, "include": self.include, "exclude": self.exclude } }),
            )
        };
        if let Some(collection) = &self.collection {
            return Ok(json!({ "collection": collection }));
        }
        if !self.asset.is_empty() {
            return Ok(json!({ "assets": self.asset }));
        }
        if let Some(query) = &self.query {
            return Ok(json!({ "query": pairs(query) }));
        }
        if let Some(preset) = &self.preset {
            return Ok(
                json!({ "tree": { "preset": preset, "include": self.include, "exclude": self.exclude } }),
            );
        }
        if let Some(url) = &self.ftp {
            return tree("ftp", "url", url);
        }
        if let Some(url) = &self.vospace {
            return tree("vospace", "base_url", url);
        }
        if !self.url.is_empty() {
            return Ok(json!({ "urls": self.url }));
        }
        Ok("empty".into())
    }

    fn settings(&self) -> Result<Value, Usage> {
        let mut settings = json!({});
        for setting in &self.setting {
            let (key, value) = setting.split_once('=').ok_or_else(|| {
                Usage(format!("--setting `{setting}` is not KEY=VALUE, as in root=/public"))
            })?;
            settings[key] = value.into();
        }
        Ok(settings)
    }
}

/// A query string as an object; a name that comes again gives a list.
pub(crate) fn pairs(query: &str) -> Value {
    let mut object = serde_json::Map::new();
    for (name, value) in url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
        match object.get_mut(name.as_ref()) {
            Some(Value::Array(list)) => list.push(value.as_ref().into()),
            Some(one) => *one = json!([one.take(), value.as_ref()]),
            None => {
                object.insert(name.into_owned(), value.as_ref().into());
            }
        }
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn a_query_is_read_as_in_a_url() {
        let read = pairs("?q=M31+andromeda&archive=hst&archive=eso&facet.mission=Gaia%20DR3");
        assert_eq!(
            read.to_string(),
            r#"{"archive":["hst","eso"],"facet.mission":"Gaia DR3","q":"M31 andromeda"}"#
        );
    }
}
