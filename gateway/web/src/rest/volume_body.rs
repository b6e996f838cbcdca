//! A data volume as it is asked for.

use std::collections::BTreeMap;

use archway_core::Error;
use archway_core::volumes::{Mode, NewVolume, Source};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::members::{QueryBody, Said};
use crate::chosen::Chosen;
use crate::state::Gateway;
use crate::volume_source::{SaidSource, SaidTree};

/// A data volume as it is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VolumeBody {
    /// Name of the folder in a lab: 1 to 64 of `A-Za-z0-9._-`, not beginning with a dot or dash;
    /// made from the title when absent.
    #[serde(default)]
    #[schema(example = "planck-maps")]
    name: Option<String>,
    /// For people; made from the source when absent.
    #[serde(default)]
    #[schema(example = "Planck maps")]
    title: Option<String>,
    source: SourceBody,
    /// `copy`, the only one so far.
    #[serde(default)]
    mode: ModeBody,
    /// Whether labs may write in it: only of an empty source, and then it is the default.
    #[serde(default)]
    writable: Option<bool>,
}

/// How files come into a volume.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ModeBody {
    /// Fetched and kept before a lab starts.
    #[default]
    Copy,
}

/// A source on its own, for counting and testing it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceOnly {
    pub(super) source: SourceBody,
}

/// Where the files of a volume come from: exactly one of these keys (`except` goes with `query`),
/// or the word `empty` for space to write in.
#[derive(Debug, Default, ToSchema)]
#[schema(example = json!({"collection": "planck-maps"}))]
pub(super) struct SourceBody {
    /// Id of a collection.
    #[schema(example = "planck-maps")]
    collection: Option<String>,
    /// Id of a selection.
    selection: Option<String>,
    /// Ids of assets, at most 10,000.
    assets: Option<Vec<String>>,
    /// All results of a search.
    query: Option<QueryBody>,
    /// Ids of results that are left out.
    except: Option<Vec<String>>,
    /// An FTP tree, a VOSpace subtree, an HTTP tree.
    tree: Option<TreeBody>,
    /// Files by http or https URL, at most 10,000.
    urls: Option<Vec<String>>,
    /// Nothing: space to write in.
    empty: Option<bool>,
}

/// A tree of a preset of the operator, or of a plugin with settings; `/api/v1/sources` lists both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TreeBody {
    /// Id of a preset.
    #[serde(default)]
    #[schema(example = "igs")]
    preset: Option<String>,
    /// Id of a plugin.
    #[serde(default)]
    #[schema(example = "ftp")]
    plugin: Option<String>,
    /// As the plugin's form has them: texts, numbers, booleans, lists of texts.
    #[serde(default)]
    settings: BTreeMap<String, SettingBody>,
    /// Paths that are wanted (`*`, `**`, `?`); all when empty.
    #[serde(default)]
    include: Vec<String>,
    /// Paths that are not.
    #[serde(default)]
    exclude: Vec<String>,
}

/// The value of a setting, kept as text; a list is one value a line.
#[derive(Debug, ToSchema)]
#[schema(value_type = String)]
pub(super) struct SettingBody(String);

impl VolumeBody {
    /// Returns what is asked for, its references resolved.
    pub(super) async fn read(self, gateway: &Gateway) -> Result<NewVolume, Error> {
        let source = self.source.read(gateway).await?;
        Ok(NewVolume {
            name: self.name.unwrap_or_default(),
            title: self.title.unwrap_or_default(),
            writable: self.writable.unwrap_or(source == Source::Empty),
            source,
            mode: match self.mode {
                ModeBody::Copy => Mode::Copy,
            },
        })
    }
}

impl SourceBody {
    /// Returns the source that is said.
    pub(super) async fn read(self, gateway: &Gateway) -> Result<Source, Error> {
        let said = Said {
            assets: self.assets,
            query: self.query,
            except: self.except.unwrap_or_default(),
        };
        let source = SaidSource {
            chosen: Chosen {
                collection: self.collection,
                selection: self.selection,
                ..Chosen::from(said)
            },
            tree: self.tree.map(TreeBody::said),
            urls: self.urls,
            empty: self.empty.unwrap_or_default(),
        };
        source.read(gateway).await
    }
}

impl TreeBody {
    fn said(self) -> SaidTree {
        SaidTree {
            preset: self.preset,
            plugin: self.plugin,
            settings: self.settings.into_iter().map(|(key, value)| (key, value.0)).collect(),
            include: self.include,
            exclude: self.exclude,
        }
    }
}

impl<'de> Deserialize<'de> for SourceBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The keys; a struct of its own, so that the word can stand in their place.
        #[derive(Deserialize)]
        #[serde(remote = "SourceBody", deny_unknown_fields)]
        struct Keys {
            #[serde(default)]
            collection: Option<String>,
            #[serde(default)]
            selection: Option<String>,
            #[serde(default)]
            assets: Option<Vec<String>>,
            #[serde(default)]
            query: Option<QueryBody>,
            #[serde(default)]
            except: Option<Vec<String>>,
            #[serde(default)]
            tree: Option<TreeBody>,
            #[serde(default)]
            urls: Option<Vec<String>>,
            #[serde(default)]
            empty: Option<bool>,
        }
        struct WordOrKeys;
        impl<'de> Visitor<'de> for WordOrKeys {
            type Value = SourceBody;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object with one key, or the word `empty`")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<SourceBody, E> {
                match word {
                    "empty" => Ok(SourceBody { empty: Some(true), ..SourceBody::default() }),
                    _ => Err(E::unknown_variant(word, &["empty"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<SourceBody, A::Error> {
                Keys::deserialize(MapAccessDeserializer::new(keys))
            }
        }
        deserializer.deserialize_any(WordOrKeys)
    }
}

impl<'de> Deserialize<'de> for SettingBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl<'de> Visitor<'de> for AnyValue {
            type Value = SettingBody;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string, a number, a boolean or a list of strings")
            }

            fn visit_str<E>(self, value: &str) -> Result<SettingBody, E> {
                Ok(SettingBody(value.to_owned()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<SettingBody, E> {
                Ok(SettingBody(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<SettingBody, E> {
                Ok(SettingBody(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<SettingBody, E> {
                Ok(SettingBody(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<SettingBody, E> {
                Ok(SettingBody(value.to_string()))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<SettingBody, A::Error> {
                let mut lines = Vec::new();
                while let Some(line) = list.next_element::<String>()? {
                    lines.push(line);
                }
                Ok(SettingBody(lines.join("\n")))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}
