//! Which assets, as JSON says it and as it is shown.

use std::collections::BTreeMap;

use archway_core::selections::{Members, SavedQuery};
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::chosen::Chosen;

/// Most ids of one thing in a list of things.
const MOST_IN_LIST: usize = 100;

/// Parameters of `/api/v1/search`, without `limit`, `cursor`, `deadline_ms` and `require`.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(example = json!({"q": "M31", "facet.mission": ["Hubble"]}))]
pub(super) struct QueryBody(BTreeMap<String, Values>);

/// One value of a parameter, or several.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Vec<String>)]
pub(super) struct Values(Vec<String>);

/// Which assets something is made of: `assets`, or `query` and perhaps `except`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MembersView {
    /// `assets` or `query`.
    #[schema(example = "assets")]
    kind: &'static str,
    /// How many assets; `null` of a query.
    count: Option<u64>,
    /// Ids of the assets; `null` of a query, and in lists where they are more than 100.
    assets: Option<Vec<String>>,
    /// The search whose results they are, whenever it is asked; `null` of a list.
    query: Option<QueryBody>,
    /// Ids of results that are left out.
    except: Vec<String>,
    /// Address of the search; `null` of a list.
    #[schema(example = "/api/v1/search?q=M31")]
    search: Option<String>,
}

impl QueryBody {
    pub(super) fn pairs(self) -> Vec<(String, String)> {
        let each = |(name, values): (String, Values)| {
            values.0.into_iter().map(move |value| (name.clone(), value))
        };
        self.0.into_iter().flat_map(each).collect()
    }
}

impl From<&SavedQuery> for QueryBody {
    fn from(query: &SavedQuery) -> Self {
        let mut fields: BTreeMap<String, Values> = BTreeMap::new();
        for (name, value) in &query.0 {
            fields.entry(name.clone()).or_default().0.push(value.clone());
        }
        Self(fields)
    }
}

impl From<&Members> for MembersView {
    fn from(members: &Members) -> Self {
        let texts =
            |ids: &[archway_core::asset::AssetId]| ids.iter().map(ToString::to_string).collect();
        match members {
            Members::Assets(assets) => Self {
                kind: "assets",
                count: Some(assets.len() as u64),
                assets: Some(texts(assets)),
                query: None,
                except: Vec::new(),
                search: None,
            },
            Members::Query { query, except } => Self {
                kind: "query",
                count: None,
                assets: None,
                query: Some(QueryBody::from(query)),
                except: texts(except),
                search: Some(search_path(query)),
            },
        }
    }
}

impl MembersView {
    /// As lists give them, which would else be as long as all of their members.
    pub(super) fn in_list(members: &Members) -> Self {
        match members {
            Members::Assets(assets) if assets.len() > MOST_IN_LIST => Self {
                kind: "assets",
                count: Some(assets.len() as u64),
                assets: None,
                query: None,
                except: Vec::new(),
                search: None,
            },
            _ => Self::from(members),
        }
    }
}

/// The address of a search.
pub(super) fn search_path(query: &SavedQuery) -> String {
    let pairs =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&query.0).finish();
    format!("/api/v1/search?{pairs}")
}

/// What a body says of members.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) assets: Option<Vec<String>>,
    pub(super) query: Option<QueryBody>,
    pub(super) except: Vec<String>,
}

impl From<Said> for Chosen {
    fn from(said: Said) -> Self {
        Self {
            assets: said.assets,
            query: said.query.map(QueryBody::pairs),
            except: said.except,
            ..Self::default()
        }
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Values;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E>(self, value: &str) -> Result<Values, E> {
                Ok(Values(vec![value.trim().to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element::<String>()? {
                    values.push(value.trim().to_owned());
                }
                Ok(Values(values))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}
