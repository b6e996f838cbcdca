//! Archives that are made for one volume. Implemented by `gateway/app` over the plugin host.

use std::sync::Arc;

use async_trait::async_trait;

use crate::Error;
use crate::archive::Archive;

/// What a value of a field must be; as in a plugin's `plugin.toml`.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names are those of plugin.toml")]
pub enum FieldKind {
    Text,
    Url,
    Integer {
        min: Option<i64>,
        max: Option<i64>,
    },
    Real {
        min: Option<f64>,
        max: Option<f64>,
    },
    Boolean,
    Choice(Vec<String>),
    /// One value a line.
    List,
}

/// One field of a form, from a plugin's declared settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The setting.
    pub key: String,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// What holds without it, as text.
    pub default: Option<String>,
    /// For people.
    pub help: String,
    /// Whether most people never touch it.
    pub advanced: bool,
}

/// A kind of tree that a volume can be made from: a plugin, or a preset of the operator.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceForm {
    /// Id of the preset; `None` for a plugin with settings of the user.
    pub preset: Option<String>,
    /// Id of the plugin.
    pub plugin: String,
    /// For people.
    pub title: String,
    /// For people.
    pub description: String,
    /// Empty for a preset.
    pub fields: Vec<Field>,
}

/// Makes archives that live as long as they are held.
#[async_trait]
pub trait SourceMaker: Send + Sync {
    /// Presets first, in the operator's order, then plugins.
    fn forms(&self) -> Vec<SourceForm>;
    /// An archive of the preset.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    fn preset(&self, id: &str) -> Result<Arc<dyn Archive>, Error>;
    /// An archive of a plugin with settings, granted exactly the public hosts that the settings
    /// name. Private addresses are refused when they are connected to.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] with the setting as its parameter.
    fn archive(
        &self,
        plugin: &str,
        settings: &[(String, String)],
    ) -> Result<Arc<dyn Archive>, Error>;
    /// An archive that can do nothing but fetch from the hosts of these URLs.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for a URL that is not http or https.
    fn files(&self, urls: &[String]) -> Result<Arc<dyn Archive>, Error>;
}
