//! Selections: assets that a user ticked, or all results of a search.
//!
//! Called by the surfaces (`web/rest/selections.rs`, the portal's selection bar, GraphQL) and by
//! [`crate::volumes`]. "All N results" is kept as the question, not as N ids.

use std::sync::Arc;

use async_trait::async_trait;

use crate::Error;
use crate::asset::AssetId;
use crate::coverage::Instant;
use crate::outside::Outside;
use crate::owner::Owner;
use crate::permission::Principal;

/// Most assets that are ticked one by one; more are a question.
pub const MOST_TICKED: usize = 10_000;

/// A search as it was written: names and values of `/api/v1/search`, in their order, without
/// `limit`, `cursor`, `deadline_ms` and `require`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedQuery(pub Vec<(String, String)>);

/// Which assets.
#[derive(Clone, Debug, PartialEq)]
pub enum Members {
    /// These.
    Assets(Vec<AssetId>),
    /// All results of a search, whenever it is asked.
    Query {
        /// The search.
        query: SavedQuery,
        /// Results that were left out by hand.
        except: Vec<AssetId>,
    },
}

/// Assets under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Made by the gateway.
    pub id: String,
    /// Whose it is.
    pub owner: Owner,
    /// For people; may be empty.
    pub title: String,
    /// What is in it.
    pub members: Members,
    /// When it was made.
    pub created: Instant,
}

/// Where selections and personal collections are kept.
#[async_trait]
pub trait SelectionKeeper: Send + Sync {
    /// Writes a selection, a new one or one that is there.
    async fn save_selection(&self, selection: &Selection) -> Result<(), Error>;
    /// The selection of that id, if it is `owner`'s.
    async fn selection(&self, owner: &Owner, id: &str) -> Result<Option<Selection>, Error>;
    /// All of an owner, newest first, at most 1,000.
    async fn selections(&self, owner: &Owner) -> Result<Vec<Selection>, Error>;
    /// Removes it; `false` if it was not there.
    async fn remove_selection(&self, owner: &Owner, id: &str) -> Result<bool, Error>;
}

/// The selections of a gateway.
#[derive(Clone)]
pub struct Selections {
    keeper: Arc<dyn SelectionKeeper>,
    outside: Outside,
}

impl Selections {
    /// Kept there.
    pub fn new(keeper: Arc<dyn SelectionKeeper>, outside: Outside) -> Self {
        Self { keeper, outside }
    }

    /// Makes a selection.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for an empty list or more than [`MOST_TICKED`].
    pub async fn make(
        &self,
        principal: &Principal,
        title: &str,
        members: Members,
    ) -> Result<Selection, Error> {
        if let Members::Assets(assets) = &members
            && !(1..=MOST_TICKED).contains(&assets.len())
        {
            let reason = format!("{} assets are outside 1..={MOST_TICKED}", assets.len());
            return Err(Error::bad_request("assets", reason));
        }
        let selection = Selection {
            id: self.outside.new_id(),
            owner: principal.owner(),
            title: title.chars().take(200).collect(),
            members,
            created: self.outside.now(),
        };
        self.keeper.save_selection(&selection).await?;
        Ok(selection)
    }

    /// The selection of that id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] also for one of somebody else.
    pub async fn selection(&self, principal: &Principal, id: &str) -> Result<Selection, Error> {
        let found = self.keeper.selection(&principal.owner(), id).await?;
        found.ok_or_else(|| Error::not_found("selection", id))
    }

    /// All of a principal, newest first.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn list(&self, principal: &Principal) -> Result<Vec<Selection>, Error> {
        self.keeper.selections(&principal.owner()).await
    }

    /// Removes a selection; what was made of it stays.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn remove(&self, principal: &Principal, id: &str) -> Result<(), Error> {
        let removed = self.keeper.remove_selection(&principal.owner(), id).await?;
        if removed { Ok(()) } else { Err(Error::not_found("selection", id)) }
    }
}
