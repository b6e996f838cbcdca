//! A tree with its rules, as an archive: what a plugin calls for each of its operations.

use std::rc::Rc;

use archway_plugin::access::{AccessRequest, Way};
use archway_plugin::types::{Asset, AssetId, Description, SearchQuery};
use archway_plugin::{ChangeCursor, Error, Host, SearchAnswer};

use crate::tree::Tree;

/// A tree with the rules that make assets of its files.
#[derive(Clone)]
pub struct TreeArchive {
    pub(crate) tree: Rc<dyn Tree>,
}

impl TreeArchive {
    /// Reads the settings that all trees share (README) from the host.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] with every mistake in the settings, each with its key.
    pub fn new(host: &dyn Host, tree: Rc<dyn Tree>) -> Result<Self, Error> {
        let _ = host;
        Ok(Self { tree })
    }

    /// What the settings say of the archive; lists the root, so that an archive that is
    /// down or refuses is known to be.
    ///
    /// # Errors
    ///
    /// Those of listing the root.
    pub fn describe(&self, host: &dyn Host) -> Result<Description, Error> {
        let _ = host;
        Err(Error::Unsupported("describe".into()))
    }

    /// Walks those folders that may hold an answer.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] for a resume token of another archive or a native query.
    pub fn search(&self, host: &dyn Host, query: &SearchQuery) -> Result<SearchAnswer, Error> {
        let _ = (host, query);
        Err(Error::Unsupported("search".into()))
    }

    /// Walks everything, or what changed since the token.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] for a resume token that is not one.
    pub fn harvest(
        &self,
        host: &dyn Host,
        since: Option<Vec<u8>>,
    ) -> Result<Box<dyn ChangeCursor>, Error> {
        let _ = (host, since);
        Err(Error::Unsupported("harvest".into()))
    }

    /// One asset by its path below the root, without walking.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub fn look_up(&self, host: &dyn Host, id: &AssetId) -> Result<Asset, Error> {
        let _ = (host, id);
        Err(Error::Unsupported("look-up".into()))
    }

    /// The ways to the bytes of an asset, one for each distribution.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an asset or a distribution that is not there.
    pub fn access(&self, host: &dyn Host, request: &AccessRequest) -> Result<Vec<Way>, Error> {
        let _ = (host, request);
        Err(Error::Unsupported("access".into()))
    }
}
