//! Collections and selections.

use archway_core::asset::AssetId;
use archway_core::collections::Collection as Kept;
use archway_core::coverage::Instant;
use archway_core::selections::{Members as Which, Selection as Ticked};
use async_graphql::{ID, SimpleObject};

use super::asset::Licence;
use super::whole::Whole;

/// A named set of assets.
#[derive(SimpleObject)]
pub(super) struct Collection {
    id: ID,
    /// Whether it is the operator's.
    predefined: bool,
    /// For people.
    title: String,
    /// For people; plain text.
    description: String,
    /// Who publishes it.
    publisher: Option<String>,
    /// Of all that is in it.
    licence: Option<Licence>,
    /// Without `doi:` or URL.
    doi: Option<String>,
    /// Where people read more.
    homepage: Option<String>,
    /// The collection's own date, RFC 3339 UTC.
    created: Option<String>,
    members: Members,
}

/// Assets that somebody ticked, or all results of a search.
#[derive(SimpleObject)]
pub(super) struct Selection {
    id: ID,
    /// For people; may be empty.
    title: String,
    members: Members,
    /// When it was made, RFC 3339 UTC.
    created: String,
}

/// Which assets: a list, or a search.
#[derive(SimpleObject)]
pub(super) struct Members {
    /// How many; null of a search.
    count: Option<Whole>,
    /// Ids of the assets; null of a search.
    assets: Option<Vec<ID>>,
    /// The search, as names and values of `/api/v1/search`; null of a list.
    query: Option<Vec<Parameter>>,
    /// Ids of results that are left out.
    except: Vec<ID>,
}

/// A parameter of a search.
#[derive(SimpleObject)]
pub(super) struct Parameter {
    name: String,
    value: String,
}

impl From<&Kept> for Collection {
    fn from(collection: &Kept) -> Self {
        Self {
            id: ID(collection.id.clone()),
            predefined: collection.owner.is_none(),
            title: collection.title.clone(),
            description: collection.description.clone(),
            publisher: collection.publisher.clone(),
            licence: collection.licence.as_ref().map(Licence::from),
            doi: collection.doi.clone(),
            homepage: collection.homepage.clone(),
            created: collection.created.map(Instant::to_rfc3339),
            members: Members::from(&collection.members),
        }
    }
}

impl From<&Ticked> for Selection {
    fn from(selection: &Ticked) -> Self {
        Self {
            id: ID(selection.id.clone()),
            title: selection.title.clone(),
            members: Members::from(&selection.members),
            created: selection.created.to_rfc3339(),
        }
    }
}

impl From<&Which> for Members {
    fn from(members: &Which) -> Self {
        let ids = |ids: &[AssetId]| ids.iter().map(|id| ID(id.to_string())).collect();
        match members {
            Which::Assets(assets) => Self {
                count: Some(Whole(assets.len() as u64)),
                assets: Some(ids(assets)),
                query: None,
                except: Vec::new(),
            },
            Which::Query { query, except } => Self {
                count: None,
                assets: None,
                query: Some(query.0.iter().cloned().map(Parameter::from).collect()),
                except: ids(except),
            },
        }
    }
}

impl From<(String, String)> for Parameter {
    fn from((name, value): (String, String)) -> Self {
        Self { name, value }
    }
}
