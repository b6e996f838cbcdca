//! A tree with its rules, as an archive: what a plugin calls for each of its operations.
//!
//! Calls `describe.rs`, `search.rs`, `harvest.rs`, `look_up.rs`, `access.rs`.

use std::rc::Rc;

use archway_plugin::access::{AccessRequest, Way};
use archway_plugin::types::{Asset, AssetId, Description, SearchQuery};
use archway_plugin::{ChangeCursor, Error, Host, SearchAnswer};

use crate::asset::Prototype;
use crate::listing::{Folder, Listing};
use crate::settings::Settings;
use crate::tree::Tree;

/// A tree with the rules that make assets of its files.
#[derive(Clone)]
pub struct TreeArchive {
    pub(crate) tree: Rc<dyn Tree>,
    pub(crate) settings: Rc<Settings>,
    /// What every asset of a rule has, by rule.
    pub(crate) prototypes: Rc<Vec<Prototype>>,
}

impl TreeArchive {
    /// Reads the settings that all trees share (README) from the host.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] with every mistake in the settings, each with its key.
    pub fn new(host: &dyn Host, tree: Rc<dyn Tree>) -> Result<Self, Error> {
        let settings = Rc::new(Settings::of(host)?);
        let mut archive = Self { tree, settings, prototypes: Rc::default() };
        let rules = &archive.settings.rules.rules;
        archive.prototypes = Rc::new(rules.iter().map(|rule| archive.prototype(rule)).collect());
        Ok(archive)
    }

    /// What the settings say of the archive; lists the root, so that an archive that is
    /// down or refuses is known to be.
    ///
    /// # Errors
    ///
    /// Those of listing the root.
    pub fn describe(&self, host: &dyn Host) -> Result<Description, Error> {
        crate::describe::describe(self, host)
    }

    /// Walks those folders that may hold an answer.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] for a token that is none of this archive's, or a native query.
    pub fn search(&self, host: &dyn Host, query: &SearchQuery) -> Result<SearchAnswer, Error> {
        crate::search::search(self, host, query)
    }

    /// Walks everything, or what changed since the token.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] for a token that is none of this archive's.
    pub fn harvest(
        &self,
        host: &dyn Host,
        since: Option<Vec<u8>>,
    ) -> Result<Box<dyn ChangeCursor>, Error> {
        crate::harvest::harvest(self, host, since)
    }

    /// One asset by its path below the root, without walking.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub fn look_up(&self, host: &dyn Host, id: &AssetId) -> Result<Asset, Error> {
        crate::look_up::look_up(self, host, id)
    }

    /// The ways to the bytes of an asset, one for each distribution.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an asset or a distribution that is not there.
    pub fn access(&self, host: &dyn Host, request: &AccessRequest) -> Result<Vec<Way>, Error> {
        crate::access::access(self, host, request)
    }

    /// Lists a folder, or takes what is kept of it.
    pub(crate) fn list(&self, host: &dyn Host, folder: &str) -> Result<Folder, Error> {
        let listing =
            Listing { most_entries: self.settings.limits.entries, keep_s: self.settings.cache_s };
        listing.of(host, &*self.tree, folder)
    }
}

/// Whether an error inside of a walk is about one folder only, which is then passed over.
pub(crate) fn is_about_one_folder(error: &Error) -> bool {
    matches!(error, Error::NotFound(_) | Error::Unauthorised(_) | Error::Denied(_))
}
