//! The source of a volume, as it was said on the steps so far.

use archway_core::Error;
use archway_core::volumes::Source;

use super::SETTING;
use super::frame::{Frame, SOURCE, TYPE};
use crate::chosen::Chosen;
use crate::parameters::Parameters;
use crate::state::Gateway;
use crate::volume_source::{SaidSource, SaidTree};

/// The source; what is missing or wrong with it is shown on the page.
pub(super) async fn source_of(
    gateway: &Gateway,
    said: &Parameters,
    frame: &mut Frame,
) -> Result<Option<Source>, Error> {
    if let Some((words, step)) = missing(said) {
        frame.wrong(words, step);
        return Ok(None);
    }
    let source = match draft(said).read(gateway).await {
        Ok(Source::Collection(id)) => {
            let found = gateway.collections.collection(&gateway.principal, &id).await;
            found.map(|found| Source::Collection(found.id))
        }
        other => other,
    };
    frame.taken(source)
}

/// What was not said yet, and the step that asks for it.
pub(super) fn missing(said: &Parameters) -> Option<(&'static str, usize)> {
    let none = |name: &str| said.shown(name).is_empty();
    match said.shown("type") {
        "" => Some(("Nothing is chosen yet; the type of source comes first.", TYPE)),
        "collection" if none("collection") => Some(("No collection is chosen yet.", SOURCE)),
        "selection" if none("selection") => Some(("No selection is chosen yet.", SOURCE)),
        "tree" if none("preset") && none("plugin") => Some(("No server is chosen yet.", TYPE)),
        "urls" if none("urls") => Some(("No URL is written yet.", SOURCE)),
        "collection" | "selection" | "tree" | "urls" | "empty" => None,
        _ => Some(("There is no such type of source.", TYPE)),
    }
}

/// What was said of the source.
pub(super) fn draft(said: &Parameters) -> SaidSource {
    let text = |name: &str| Some(said.shown(name).to_owned()).filter(|text| !text.is_empty());
    let split = |name: &str| -> Vec<String> {
        let lines = said.all(name).flat_map(str::lines).map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let nothing = SaidSource::default();
    match said.shown("type") {
        "collection" => SaidSource {
            chosen: Chosen { collection: text("collection"), ..Chosen::default() },
            ..nothing
        },
        "selection" => SaidSource {
            chosen: Chosen { selection: text("selection"), ..Chosen::default() },
            ..nothing
        },
        "tree" => {
            let settings = said.pairs().filter_map(|(name, value)| {
                Some((name.strip_prefix(SETTING)?.to_owned(), value.to_owned()))
            });
            let tree = SaidTree {
                preset: text("preset"),
                plugin: text("plugin"),
                settings: settings.collect(),
                include: split("include"),
                exclude: split("exclude"),
            };
            SaidSource { tree: Some(tree), ..nothing }
        }
        "urls" => SaidSource { urls: Some(split("urls")), ..nothing },
        "empty" => SaidSource { empty: true, ..nothing },
        _ => nothing,
    }
}
