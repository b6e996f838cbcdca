//! The lab catalogue: what can be launched.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::Error;

/// `publisher/image:tag`, as in `sepp/jupyterlab:v1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppId(String);

impl AppId {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AppId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        let part = |part: &str| (1..=64).contains(&part.len()) && part.chars().all(plain);
        let parts = text.split_once('/').and_then(|(publisher, rest)| {
            rest.split_once(':').map(|(image, tag)| [publisher, image, tag])
        });
        match parts {
            Some(parts) if parts.iter().all(|text| part(text)) => Ok(Self(text.to_owned())),
            _ => Err(Error::bad_request(
                "sapId",
                format!("`{text}` is not the name of an application, as in `sepp/jupyterlab:v1`"),
            )),
        }
    }
}

/// What kind of session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppKind {
    /// Notebooks.
    Jupyter,
    /// A desktop application in the browser.
    Desktop,
}

impl AppKind {
    /// The word in TOML and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jupyter => "jupyter",
            Self::Desktop => "desktop",
        }
    }
}

/// How it is found out whether somebody works in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeKind {
    /// Kernels and terminals of the Jupyter server.
    Jupyter,
    /// What its user sends through the proxy.
    Traffic,
}

/// How much of a machine a lab gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Size {
    /// "S".
    pub name: String,
    /// For people.
    pub title: String,
    /// CPU cores.
    pub cores: f64,
    /// Memory.
    pub memory_mib: u64,
}

/// How the process backend starts it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessRecipe {
    /// A requirements file with exact versions and hashes: its text.
    pub requirements: String,
    /// Program and arguments; `{socket}`, `{base}`, `{home}`, `{data}` are filled in.
    pub command: Vec<String>,
}

/// How a container backend starts it.
#[derive(Clone, Debug, PartialEq)]
pub struct DockerRecipe {
    /// `registry/name@sha256:...` of an allowed registry, or `name:tag` of an image that was
    /// built on this machine by the recipe, whose image id is then pinned at launch.
    pub image: String,
    /// The script that builds it, beside the application's file.
    pub recipe: Option<String>,
    /// Program and arguments; `{port}`, `{base}`, `{home}`, `{data}` are filled in.
    pub command: Vec<String>,
    /// Where it listens inside.
    pub port: u16,
}

/// An application of the catalogue (`config/apps/*.toml`).
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    /// Its name.
    pub id: AppId,
    /// What kind of session.
    pub kind: AppKind,
    /// For people.
    pub title: String,
    /// For people.
    pub description: String,
    /// Who keeps it up.
    pub maintainer: String,
    /// SPDX expression, or words.
    pub licence: String,
    /// Where people read more.
    pub homepage: Option<String>,
    /// The gateway's words for formats it suits.
    pub formats: Vec<String>,
    /// How activity is found out.
    pub probe: ProbeKind,
    /// Path below the base that answers once it is ready.
    pub ready: String,
    /// Path below the base that a browser is sent to.
    pub open: String,
    /// The same for a notebook, with `{notebook}`; `None` where it opens none.
    pub open_notebook: Option<String>,
    /// From small to large; the first is what a launch gets that says nothing.
    pub sizes: Vec<Size>,
    /// Of the process backend.
    pub process: Option<ProcessRecipe>,
    /// Of container backends.
    pub docker: Option<DockerRecipe>,
    /// Variables of its environment.
    pub environment: BTreeMap<String, String>,
    /// Files that its user's space gets where it has none of that name: path below it, and text.
    pub home: BTreeMap<String, String>,
}

/// All applications, in the operator's order.
#[derive(Clone, Debug, Default)]
pub struct Catalogue(pub Vec<Arc<App>>);

impl Catalogue {
    /// The application of that name.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] with the nearest name there is.
    pub fn app(&self, id: &str) -> Result<Arc<App>, Error> {
        let found = self.0.iter().find(|app| app.id.as_str() == id).cloned();
        let names = self.0.iter().map(|app| app.id.as_str());
        found.ok_or_else(|| Error::not_found_near("application", id, names))
    }
}
