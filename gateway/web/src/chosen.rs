//! Which assets a volume, a collection or a lab is made of, as each surface reads it, checked.
//!
//! Called by REST and GraphQL. Calls `core::search::saved`, so that a query that is kept is one
//! that a search would take.

use std::collections::HashSet;

use archway_core::Error;
use archway_core::asset::{AssetId, BadId};
use archway_core::labs::DataChoice;
use archway_core::search::saved;
use archway_core::selections::{MOST_TICKED, Members, SavedQuery};

use crate::state::Gateway;

/// Parameters of a search that are not part of the question.
const NOT_KEPT: [&str; 4] = ["limit", "cursor", "deadline_ms", "require"];

/// What was said, one of the first four at most.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    /// Id of a collection.
    pub(crate) collection: Option<String>,
    /// Id of a selection.
    pub(crate) selection: Option<String>,
    /// Ids of assets.
    pub(crate) assets: Option<Vec<String>>,
    /// Parameters of a search.
    pub(crate) query: Option<Vec<(String, String)>>,
    /// Ids of assets that the query finds and that are left out.
    pub(crate) except: Vec<String>,
}

impl Chosen {
    /// The names of those that were said.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let all = [
            ("collection", self.collection.is_some()),
            ("selection", self.selection.is_some()),
            ("assets", self.assets.is_some()),
            ("query", self.query.is_some()),
        ];
        all.into_iter().filter(|(_, said)| *said).map(|(name, _)| name).collect()
    }

    /// Returns what was chosen; `None` when nothing was said. `at` begins the names of
    /// parameters: empty, or a path that ends with a dot.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for two of them, for an id that is none or of no archive, for a
    /// query that no search would take; [`Error::NotFound`] for a selection that is not there.
    pub(crate) async fn data(
        self,
        gateway: &Gateway,
        at: &str,
    ) -> Result<Option<DataChoice>, Error> {
        let names = self.names();
        if let [first, second, ..] = names.as_slice() {
            let reason = format!("contradicts `{at}{first}`; give one of them");
            return Err(Error::bad_request(format!("{at}{second}"), reason));
        }
        if !self.except.is_empty() && self.query.is_none() {
            let reason = "leaves assets out of a `query`, and there is none";
            return Err(Error::bad_request(format!("{at}except"), reason));
        }
        if let Some(id) = self.collection {
            return Ok(Some(DataChoice::Collection(id)));
        }
        if let Some(id) = self.selection {
            let selection = gateway.selections.selection(&gateway.principal, &id).await?;
            return Ok(Some(DataChoice::Members(selection.members)));
        }
        if let Some(assets) = self.assets {
            let assets = asset_ids(&format!("{at}assets"), &assets)?;
            let archives: HashSet<_> = assets.iter().map(|id| id.archive.as_str()).collect();
            for archive in archives {
                saved::known_archive(&gateway.archives, &format!("{at}assets"), archive)?;
            }
            if assets.is_empty() {
                return Err(Error::bad_request(format!("{at}assets"), "is empty; name an asset"));
            }
            return Ok(Some(DataChoice::Members(Members::Assets(assets))));
        }
        let Some(pairs) = self.query else { return Ok(None) };
        let query = saved_query(&format!("{at}query"), pairs, gateway)?;
        let except = asset_ids(&format!("{at}except"), &self.except)?;
        Ok(Some(DataChoice::Members(Members::Query { query, except })))
    }

    /// The same of what a selection or a collection may hold: assets or a query.
    ///
    /// # Errors
    ///
    /// As [`Chosen::data`]; [`Error::BadRequest`] when nothing was said.
    pub(crate) async fn members(self, gateway: &Gateway) -> Result<Members, Error> {
        match self.data(gateway, "").await? {
            Some(DataChoice::Members(members)) => Ok(members),
            Some(DataChoice::Collection(_)) => {
                Err(Error::bad_request("collection", "cannot be part of this"))
            }
            None => Err(Error::bad_request("assets", "is missing; give `assets` or `query`")),
        }
    }
}

/// Reads ids of assets, at most [`MOST_TICKED`]; one that comes twice is one.
fn asset_ids(parameter: &str, texts: &[String]) -> Result<Vec<AssetId>, Error> {
    if texts.len() > MOST_TICKED {
        let reason = format!(
            "{} assets are more than {MOST_TICKED}; keep so many as a `query`",
            texts.len()
        );
        return Err(Error::bad_request(parameter, reason));
    }
    let mut seen = HashSet::new();
    let mut ids = Vec::with_capacity(texts.len());
    for text in texts {
        let id: AssetId =
            text.parse().map_err(|bad: BadId| Error::bad_request(parameter, bad.to_string()))?;
        if seen.insert(id.clone()) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Checks a query as a search would, and keeps it as it was written.
fn saved_query(
    parameter: &str,
    pairs: Vec<(String, String)>,
    gateway: &Gateway,
) -> Result<SavedQuery, Error> {
    let within = |name: &str| format!("{parameter}.{name}");
    if let Some((name, _)) = pairs.iter().find(|(name, _)| NOT_KEPT.contains(&name.as_str())) {
        let reason = "is about one page of a search and not about what it finds; leave it out";
        return Err(Error::bad_request(within(name), reason));
    }
    let query = SavedQuery(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect());
    let checked = query
        .refuse_unknown(&saved::NAMES)
        .and_then(|()| query.request(&gateway.archives))
        .and_then(|request| request.check());
    match checked {
        Ok(()) => Ok(query),
        Err(Error::BadRequest { parameter: name, reason }) => {
            Err(Error::bad_request(within(&name), reason))
        }
        Err(error) => Err(error),
    }
}
