//! Collections and selections.

use archway_core::asset::AssetId;
use archway_core::collections::Collection as Kept;
use archway_core::coverage::Instant;
use archway_core::selections::{Members as Which, Selection as Ticked};
use async_graphql::{ID, Object, SimpleObject};

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
pub(super) struct Members(Which);

/// Which assets: a list, or a search.
#[Object]
impl Members {
    /// How many; null of a search.
    async fn count(&self) -> Option<Whole> {
        match &self.0 {
            Which::Assets(assets) => Some(Whole(assets.len() as u64)),
            Which::Query { .. } => None,
        }
    }

    /// Ids of the assets, at most `limit` (100 unless given); null of a search.
    #[graphql(complexity = "limit.unwrap_or(100) as usize")]
    async fn assets(&self, limit: Option<u32>) -> Option<Vec<ID>> {
        let most = limit.unwrap_or(100) as usize;
        match &self.0 {
            Which::Assets(assets) => Some(assets.iter().take(most).map(id).collect()),
            Which::Query { .. } => None,
        }
    }

    /// The search, as names and values of `/api/v1/search`; null of a list.
    async fn query(&self) -> Option<Vec<Parameter>> {
        match &self.0 {
            Which::Assets(_) => None,
            Which::Query { query, .. } => {
                Some(query.0.iter().cloned().map(Parameter::from).collect())
            }
        }
    }

    /// Ids of results that are left out, at most `limit` (100 unless given).
    #[graphql(complexity = "limit.unwrap_or(100) as usize")]
    async fn except(&self, limit: Option<u32>) -> Vec<ID> {
        let most = limit.unwrap_or(100) as usize;
        match &self.0 {
            Which::Assets(_) => Vec::new(),
            Which::Query { except, .. } => except.iter().take(most).map(id).collect(),
        }
    }
}

fn id(asset: &AssetId) -> ID {
    ID(asset.to_string())
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
            members: Members(collection.members.clone()),
        }
    }
}

impl From<&Ticked> for Selection {
    fn from(selection: &Ticked) -> Self {
        Self {
            id: ID(selection.id.clone()),
            title: selection.title.clone(),
            members: Members(selection.members.clone()),
            created: selection.created.to_rfc3339(),
        }
    }
}

impl From<(String, String)> for Parameter {
    fn from((name, value): (String, String)) -> Self {
        Self { name, value }
    }
}
