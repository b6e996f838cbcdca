//! Where the files of a volume come from, as each surface reads it, checked.
//!
//! Called by REST and GraphQL. Not here: which assets (`chosen.rs`); whether a plugin or a
//! preset is there and its settings are right, which `core::volumes` says.

use archway_core::Error;
use archway_core::labs::DataChoice;
use archway_core::volumes::Source;

use crate::chosen::Chosen;
use crate::state::Gateway;

/// Most URLs of one volume.
const MOST_URLS: usize = 10_000;

/// What was said, one thing at most.
#[derive(Debug, Default)]
pub(crate) struct SaidSource {
    /// Assets, or a collection.
    pub(crate) chosen: Chosen,
    /// A tree.
    pub(crate) tree: Option<SaidTree>,
    /// Files by URL.
    pub(crate) urls: Option<Vec<String>>,
    /// Space to write in.
    pub(crate) empty: bool,
}

/// A tree of a preset of the operator, or of a plugin with settings.
#[derive(Debug, Default)]
pub(crate) struct SaidTree {
    /// Id of a preset.
    pub(crate) preset: Option<String>,
    /// Id of a plugin.
    pub(crate) plugin: Option<String>,
    /// Keys and texts.
    pub(crate) settings: Vec<(String, String)>,
    /// Paths that are wanted.
    pub(crate) include: Vec<String>,
    /// Paths that are not.
    pub(crate) exclude: Vec<String>,
}

impl SaidSource {
    /// Returns the source that was said.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for two of them or none, and as [`Chosen::data`].
    pub(crate) async fn read(self, gateway: &Gateway) -> Result<Source, Error> {
        let others =
            [("tree", self.tree.is_some()), ("urls", self.urls.is_some()), ("empty", self.empty)];
        let mut names = self.chosen.names();
        names.extend(others.into_iter().filter(|(_, said)| *said).map(|(name, _)| name));
        if let [first, second, ..] = names.as_slice() {
            let reason = format!("contradicts `source.{first}`; give one of them");
            return Err(Error::bad_request(format!("source.{second}"), reason));
        }
        match (self.tree, self.urls, self.chosen.data(gateway, "source.").await?) {
            (_, _, Some(DataChoice::Collection(id))) => Ok(Source::Collection(id)),
            (_, _, Some(DataChoice::Members(members))) => Ok(Source::Selection(members)),
            (Some(tree), ..) => tree.read(),
            (_, Some(urls), _) => urls_source(urls),
            _ if self.empty => Ok(Source::Empty),
            _ => {
                let reason = "names nothing; give `collection`, `selection`, `assets`, `query`, \
                              `tree`, `urls` or `empty`";
                Err(Error::bad_request("source", reason))
            }
        }
    }
}

impl SaidTree {
    fn read(self) -> Result<Source, Error> {
        let bad = |name: &str, reason: &str| {
            Err(Error::bad_request(format!("source.tree.{name}"), reason))
        };
        match (&self.preset, &self.plugin) {
            (Some(_), Some(_)) => return bad("plugin", "contradicts `source.tree.preset`"),
            (Some(_), None) if !self.settings.is_empty() => {
                return bad("settings", "are the operator's where a preset is named");
            }
            (None, None) => return bad("plugin", "is missing; name a `plugin` or a `preset`"),
            _ => {}
        }
        Ok(Source::Tree {
            preset: self.preset,
            plugin: self.plugin.unwrap_or_default(),
            settings: self.settings,
            include: self.include,
            exclude: self.exclude,
        })
    }
}

fn urls_source(urls: Vec<String>) -> Result<Source, Error> {
    if !(1..=MOST_URLS).contains(&urls.len()) {
        let reason = format!("{} URLs are outside 1..={MOST_URLS}", urls.len());
        return Err(Error::bad_request("source.urls", reason));
    }
    Ok(Source::Urls(urls))
}
