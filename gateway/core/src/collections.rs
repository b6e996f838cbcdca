//! Collections: named sets of assets, the operator's (predefined) and the users' own.
//!
//! Predefined ones are files of the configuration (`config/collections/*.toml`) and can be
//! exchanged while the gateway runs; personal ones are kept by the store.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use crate::Error;
use crate::asset::Licence;
use crate::coverage::Instant;
use crate::outside::Outside;
use crate::owner::Owner;
use crate::permission::Principal;
use crate::selections::Members;

/// A named set of assets over all archives. (A collection of one archive, as that archive names
/// it, is [`crate::archive::Collection`].)
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// 1 to 64 of `a-z`, `0-9` and `-`; of a personal one made by the gateway.
    pub id: String,
    /// `None` for a predefined one.
    pub owner: Option<Owner>,
    /// For people.
    pub title: String,
    /// For people; plain text, paragraphs by empty lines.
    pub description: String,
    /// Who publishes it.
    pub publisher: Option<String>,
    /// Of all that is in it.
    pub licence: Option<Licence>,
    /// Without `doi:` or URL.
    pub doi: Option<String>,
    /// Where people read more.
    pub homepage: Option<String>,
    /// The collection's own date.
    pub created: Option<Instant>,
    /// What is in it.
    pub members: Members,
}

/// Where personal collections are kept.
#[async_trait]
pub trait CollectionKeeper: Send + Sync {
    /// Writes a personal collection, a new one or one that is there.
    async fn save_collection(&self, collection: &Collection) -> Result<(), Error>;
    /// All of an owner, by title, at most 1,000.
    async fn collections(&self, owner: &Owner) -> Result<Vec<Collection>, Error>;
    /// Removes one; `false` if it was not there.
    async fn remove_collection(&self, owner: &Owner, id: &str) -> Result<bool, Error>;
}

/// The collections of a gateway.
#[derive(Clone)]
pub struct Collections {
    predefined: Arc<RwLock<Arc<[Collection]>>>,
    keeper: Arc<dyn CollectionKeeper>,
    outside: Outside,
}

impl Collections {
    /// These predefined ones, in their order, and what is kept there.
    pub fn new(
        predefined: Vec<Collection>,
        keeper: Arc<dyn CollectionKeeper>,
        outside: Outside,
    ) -> Self {
        Self { predefined: Arc::new(RwLock::new(predefined.into())), keeper, outside }
    }

    /// Puts other predefined ones in their place.
    pub fn replace(&self, predefined: Vec<Collection>) {
        *self.predefined.write().unwrap_or_else(PoisonError::into_inner) = predefined.into();
    }

    /// The predefined ones in the operator's order, then the principal's own by title.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn list(&self, principal: &Principal) -> Result<Vec<Collection>, Error> {
        let predefined = self.snapshot();
        let own = self.keeper.collections(&principal.owner()).await?;
        Ok(predefined.iter().cloned().chain(own).collect())
    }

    /// The collection of that id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] with the nearest id there is.
    pub async fn collection(&self, principal: &Principal, id: &str) -> Result<Collection, Error> {
        let list = self.list(principal).await?;
        let found = list.iter().find(|collection| collection.id == id).cloned();
        let names = list.iter().map(|collection| collection.id.as_str());
        found.ok_or_else(|| Error::not_found_near("collection", id, names))
    }

    /// Makes a personal collection; `collection.id` and `owner` are given here.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] without a title.
    pub async fn make(
        &self,
        principal: &Principal,
        collection: Collection,
    ) -> Result<Collection, Error> {
        if collection.title.trim().is_empty() {
            return Err(Error::bad_request("title", "is empty; a collection has a title"));
        }
        let collection = Collection {
            id: self.outside.new_id(),
            owner: Some(principal.owner()),
            created: Some(self.outside.now()),
            ..collection
        };
        self.keeper.save_collection(&collection).await?;
        Ok(collection)
    }

    /// Removes a personal collection.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::PermissionDenied`] for a predefined one.
    pub async fn remove(&self, principal: &Principal, id: &str) -> Result<(), Error> {
        if self.snapshot().iter().any(|collection| collection.id == id) {
            let reason = "a predefined collection is a file of the operator".to_owned();
            return Err(Error::PermissionDenied { reason });
        }
        let removed = self.keeper.remove_collection(&principal.owner(), id).await?;
        if removed { Ok(()) } else { Err(Error::not_found("collection", id)) }
    }

    fn snapshot(&self) -> Arc<[Collection]> {
        Arc::clone(&self.predefined.read().unwrap_or_else(PoisonError::into_inner))
    }
}
