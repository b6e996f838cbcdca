//! The behaviour suite: what every plugin must do, checked for each that is built.
//!
//! *Called by* nobody: each `#[tokio::test]` here takes one question to every subject.
//! *Rules*: a subject is an archive of the sample site with the plugin it names, so a plugin
//! without one fails; the questions are made from what the archive itself gives, so nothing here
//! knows a protocol; exactly the operations that `plugin.toml` declares are exercised, and none
//! of the others may work.
//!
//! Not here: what one protocol means (`dachs.rs`, `ftp.rs`, `vospace.rs`), what a plugin that
//! means harm can do (`sandbox.rs`).

mod declared;
mod finding;
mod harvesting;
mod hostility;
mod reading;
mod settings;
mod subject;
mod tables;
mod trust;

use archway_core::Error;
use archway_core::archive::{Archive as _, AssetCursor, Operation, SearchAnswer};
use archway_core::asset::Asset;
use archway_core::search::{Question, Search};
use archway_host::PluginArchive;

/// More assets than any sample archive has.
const MOST: usize = 5_000;

/// Asks, and reads to the end in batches of `batch`.
async fn found(archive: &PluginArchive, search: &Search, batch: u32) -> Result<Found, Error> {
    let SearchAnswer { mut assets, not_applied, .. } = archive.search(search).await?;
    let mut found = Found { assets: Vec::new(), tokens: Vec::new(), not_applied };
    pull(&mut *assets, batch, &mut found).await?;
    Ok(found)
}

/// Everything that a search gave.
struct Found {
    assets: Vec<Asset>,
    /// With each batch that can be gone on behind: how many assets there were by then.
    tokens: Vec<(usize, Vec<u8>)>,
    not_applied: Vec<archway_core::search::Constraint>,
}

async fn pull(cursor: &mut dyn AssetCursor, batch: u32, found: &mut Found) -> Result<(), Error> {
    while let Some(next) = cursor.next(batch).await? {
        assert!(next.assets.len() <= batch as usize, "a batch of {batch} was asked for");
        found.assets.extend(next.assets);
        found.tokens.extend(next.resume.map(|token| (found.assets.len(), token)));
        assert!(found.assets.len() < MOST, "the sample archives are smaller than that");
    }
    Ok(())
}

/// Everything the archive has.
async fn everything(archive: &PluginArchive) -> Vec<Asset> {
    let id = archive.info().id;
    let all = found(archive, &Search::default(), 500).await;
    let all = all.unwrap_or_else(|error| panic!("{id}: a search for everything: {error}")).assets;
    assert!(!all.is_empty(), "{id} has nothing");
    all
}

fn ask(question: Question) -> Search {
    Search { question, ..Search::default() }
}

fn ids(assets: &[Asset]) -> Vec<&str> {
    let mut ids: Vec<_> = assets.iter().map(|asset| asset.id.native.as_str()).collect();
    ids.sort_unstable();
    ids
}

/// At most `count`, from all over the list.
fn some_of<T>(all: &[T], count: usize) -> impl Iterator<Item = &T> {
    all.iter().step_by((all.len() / count).max(1)).take(count)
}

/// Whether the plugin itself broke; whatever else it says, it says in words for people.
fn broke(error: &Error) -> bool {
    matches!(error, Error::Plugin { .. } | Error::Internal(_))
}

fn offers(archive: &PluginArchive, operation: Operation) -> bool {
    archive.info().operations.contains(&operation)
}
