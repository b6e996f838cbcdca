//! What requests say: searches, sources of volumes.

use archway_core::Error;
use archway_core::labs::Network;
use archway_core::volumes::Source;
use async_graphql::{Enum, ID, InputObject};

use crate::chosen::Chosen;
use crate::state::Gateway;
use crate::volume_source::{SaidSource, SaidTree};

/// A search: the parameters of `/api/v1/search`.
#[derive(Debug, Default, InputObject)]
pub(super) struct SearchQuery {
    /// Words; all must occur.
    q: Option<String>,
    /// Region that coverage must overlap, ICRS degrees: `CIRCLE ra dec radius`, `RANGE ...`,
    /// `POLYGON ...`.
    pos: Option<String>,
    /// `start/end`, ISO 8601 UTC or MJD; either end may be empty.
    time: Option<String>,
    /// `min/max`, wavelength in metres, or with a unit.
    band: Option<String>,
    /// Each must hold.
    facets: Option<Vec<FacetInput>>,
    /// Only these archives.
    archive: Option<Vec<String>>,
    /// Only these collections of archives.
    collection: Option<Vec<String>>,
    /// `relevance`, `date`, `distance` or `size`.
    sort: Option<String>,
}

/// A facet with the terms that are wanted of it.
#[derive(Debug, InputObject)]
pub(super) struct FacetInput {
    /// `mission`, `instrument`, ...
    name: String,
    /// Any of them will do.
    any_of: Vec<String>,
}

/// Where the files of a volume come from: one of these.
#[derive(Debug, Default, InputObject)]
pub(super) struct SourceInput {
    /// Id of a collection.
    collection: Option<ID>,
    /// Id of a selection.
    selection: Option<ID>,
    /// Ids of assets, at most 10,000.
    assets: Option<Vec<ID>>,
    /// All results of a search.
    query: Option<SearchQuery>,
    /// Ids of results that are left out.
    except: Option<Vec<ID>>,
    /// A tree of a preset or a plugin.
    tree: Option<TreeInput>,
    /// Files by http or https URL.
    urls: Option<Vec<String>>,
    /// Nothing: space to write in.
    empty: Option<bool>,
}

/// A tree of a preset of the operator, or of a plugin with settings.
#[derive(Debug, InputObject)]
pub(super) struct TreeInput {
    /// Id of a preset.
    preset: Option<String>,
    /// Id of a plugin.
    plugin: Option<String>,
    /// As the plugin's form has them, as text.
    settings: Option<Vec<SettingInput>>,
    /// Paths that are wanted (`*`, `**`, `?`); all when empty.
    include: Option<Vec<String>>,
    /// Paths that are not.
    exclude: Option<Vec<String>>,
}

/// One setting of a plugin.
#[derive(Debug, InputObject)]
pub(super) struct SettingInput {
    /// The setting.
    key: String,
    /// Its value as text; a list is one value a line.
    value: String,
}

/// What a lab may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum NetworkChoice {
    /// Nothing.
    None,
    /// Public hosts through the gateway's proxy, each connection in the audit log.
    Audited,
}

impl From<NetworkChoice> for Network {
    fn from(choice: NetworkChoice) -> Self {
        match choice {
            NetworkChoice::None => Self::None,
            NetworkChoice::Audited => Self::Audited,
        }
    }
}

impl From<Network> for NetworkChoice {
    fn from(network: Network) -> Self {
        match network {
            Network::None => Self::None,
            Network::Audited => Self::Audited,
        }
    }
}

impl SearchQuery {
    /// As names and values of the REST surface.
    pub(super) fn pairs(self) -> Vec<(String, String)> {
        let one = [
            ("q", self.q),
            ("pos", self.pos),
            ("time", self.time),
            ("band", self.band),
            ("sort", self.sort),
        ];
        let mut pairs: Vec<(String, String)> = one
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.trim().to_owned())))
            .collect();
        for facet in self.facets.unwrap_or_default() {
            let name = format!("facet.{}", facet.name);
            pairs.extend(facet.any_of.into_iter().map(|term| (name.clone(), term)));
        }
        for (name, values) in [("archive", self.archive), ("collection", self.collection)] {
            let values = values.unwrap_or_default().into_iter();
            pairs.extend(values.map(|value| (name.to_owned(), value)));
        }
        pairs.retain(|(_, value)| !value.is_empty());
        pairs
    }
}

/// Which assets: one of these.
#[derive(Debug, Default)]
pub(super) struct ChosenInput {
    pub(super) collection: Option<ID>,
    pub(super) selection: Option<ID>,
    pub(super) assets: Option<Vec<ID>>,
    pub(super) query: Option<SearchQuery>,
    pub(super) except: Option<Vec<ID>>,
}

impl From<ChosenInput> for Chosen {
    fn from(input: ChosenInput) -> Self {
        Self {
            collection: input.collection.map(String::from),
            selection: input.selection.map(String::from),
            assets: input.assets.map(texts),
            query: input.query.map(SearchQuery::pairs),
            except: input.except.map(texts).unwrap_or_default(),
        }
    }
}

/// Ids as they are written.
pub(super) fn texts(ids: Vec<ID>) -> Vec<String> {
    ids.into_iter().map(String::from).collect()
}

impl SourceInput {
    /// Returns the source that is said.
    pub(super) async fn read(self, gateway: &Gateway) -> Result<Source, Error> {
        let chosen = Chosen::from(ChosenInput {
            collection: self.collection,
            selection: self.selection,
            assets: self.assets,
            query: self.query,
            except: self.except,
        });
        let source = SaidSource {
            chosen,
            tree: self.tree.map(TreeInput::said),
            urls: self.urls,
            empty: self.empty.unwrap_or_default(),
        };
        source.read(gateway).await
    }
}

impl TreeInput {
    fn said(self) -> SaidTree {
        let settings = self.settings.unwrap_or_default().into_iter();
        SaidTree {
            preset: self.preset,
            plugin: self.plugin,
            settings: settings.map(|setting| (setting.key, setting.value)).collect(),
            include: self.include.unwrap_or_default(),
            exclude: self.exclude.unwrap_or_default(),
        }
    }
}
