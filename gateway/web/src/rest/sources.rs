//! `GET /api/v1/sources`: the kinds of trees that a data volume can be made from, each with the
//! fields of its form.

use archway_core::volumes::{Field, FieldKind, SourceForm};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::page_view::CountView;
use crate::state::Gateway;

/// Presets of the operator first, then plugins.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceList {
    sources: Vec<SourceFormView>,
    /// Always `null`: the list is whole.
    next: Option<String>,
    count: CountView,
}

/// A kind of tree: give `preset` or `plugin` in `source.tree` of a volume.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceFormView {
    /// Id of the preset; `null` for a plugin with settings of yours.
    preset: Option<String>,
    /// Id of the plugin.
    #[schema(example = "ftp")]
    plugin: String,
    /// For people.
    title: String,
    /// For people.
    description: String,
    /// What `source.tree.settings` takes, in the order of the form; empty for a preset.
    fields: Vec<FieldView>,
}

/// One setting, in the words of JSON Schema.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldView {
    /// The setting.
    #[schema(example = "host")]
    key: String,
    /// `string`, `integer`, `number`, `boolean` or `array` (of strings).
    #[serde(rename = "type")]
    #[schema(example = "string")]
    kind: &'static str,
    /// `uri` for an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    /// The only values.
    #[serde(skip_serializing_if = "Vec::is_empty", rename = "enum")]
    choices: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<f64>,
    /// What holds without it, as text.
    default: Option<String>,
    /// For people.
    description: String,
    /// Whether it must be there.
    required: bool,
    /// Whether most people never touch it.
    advanced: bool,
}

/// Lists the kinds of trees.
#[utoipa::path(
    get,
    path = "/api/v1/sources",
    tag = "volumes",
    responses((status = 200, description = "All of them", body = SourceList))
)]
pub(crate) async fn list(State(gateway): State<Gateway>) -> Json<SourceList> {
    let sources: Vec<_> = gateway.volumes.forms().iter().map(SourceFormView::from).collect();
    let count = CountView { value: sources.len() as u64, exact: true };
    Json(SourceList { sources, next: None, count })
}

impl From<&SourceForm> for SourceFormView {
    fn from(form: &SourceForm) -> Self {
        Self {
            preset: form.preset.clone(),
            plugin: form.plugin.clone(),
            title: form.title.clone(),
            description: form.description.clone(),
            fields: form.fields.iter().map(FieldView::from).collect(),
        }
    }
}

impl From<&Field> for FieldView {
    fn from(field: &Field) -> Self {
        let view = Self {
            key: field.key.clone(),
            kind: "string",
            format: None,
            choices: Vec::new(),
            minimum: None,
            maximum: None,
            default: field.default.clone(),
            description: field.help.clone(),
            required: field.required,
            advanced: field.advanced,
        };
        match &field.kind {
            FieldKind::Text => view,
            FieldKind::Url => Self { format: Some("uri"), ..view },
            FieldKind::Integer { min, max } => Self {
                kind: "integer",
                minimum: min.map(|least| least as f64),
                maximum: max.map(|most| most as f64),
                ..view
            },
            FieldKind::Real { min, max } => {
                Self { kind: "number", minimum: *min, maximum: *max, ..view }
            }
            FieldKind::Boolean => Self { kind: "boolean", ..view },
            FieldKind::Choice(choices) => Self { choices: choices.clone(), ..view },
            FieldKind::List => Self { kind: "array", ..view },
        }
    }
}
