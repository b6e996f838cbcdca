//! Harvest: a kill at any batch loses nothing and repeats at most that batch.

use std::collections::BTreeSet;

use archway_core::Error;
use archway_core::archive::{Archive as _, Change, Operation};
use archway_core::asset::AssetKind;
use archway_host::PluginArchive;

use super::subject::{Stage, Subject};
use super::{broke, everything, offers, some_of};

/// Ids of what came, batch by batch, each with the token behind it.
struct Harvest(Vec<(Vec<String>, Vec<u8>)>);

impl Harvest {
    async fn of(
        archive: &PluginArchive,
        since: Option<Vec<u8>>,
        batch: u32,
    ) -> Result<Self, Error> {
        let mut cursor = archive.harvest(since).await?;
        let mut batches = Vec::new();
        while let Some(next) = cursor.next(batch).await? {
            assert!(next.changes.len() <= batch as usize);
            let ids = next.changes.into_iter().map(|change| match change {
                Change::Upsert(asset) => asset.id.native,
                Change::Withdraw { native_id, .. } => format!("withdrawn {native_id}"),
            });
            batches.push((ids.collect(), next.resume));
            assert!(batches.len() < 10_000, "a harvest of a sample archive has an end");
        }
        Ok(Self(batches))
    }

    fn ids(&self) -> BTreeSet<String> {
        self.0.iter().flat_map(|(ids, _)| ids).cloned().collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harvest_killed_at_any_batch_goes_on_there() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        if !offers(archive, Operation::Harvest) {
            continue;
        }
        let whole = Harvest::of(archive, None, 5).await;
        let whole = whole.unwrap_or_else(|e| panic!("{}: {e}", config.id));
        let all = whole.ids();
        assert!(!all.is_empty(), "{}: nothing came", config.id);
        let indices: Vec<usize> = (0..whole.0.len()).collect();
        for at in some_of(&indices, 5) {
            let token = whole.0[*at].1.clone();
            let rest = Harvest::of(archive, Some(token), 5).await;
            let rest = rest.unwrap_or_else(|e| panic!("{}: behind batch {at}: {e}", config.id));
            let before = whole.0[..=*at].iter().flat_map(|(ids, _)| ids.iter().cloned());
            let joined: BTreeSet<String> = before.chain(rest.ids()).collect();
            assert_eq!(joined, all, "{}: killed behind batch {at}", config.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_when_it_changed_does_not_come_again_unchanged() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        if !offers(archive, Operation::Harvest) {
            continue;
        }
        let all = everything(archive).await;
        let last = all.iter().filter_map(|asset| asset.summary.modified).max();
        // Whatever changed with the last one may come again.
        let dated = all.into_iter().filter(|asset| asset.summary.modified < last);
        // A folder is as old as the last thing that was put into it.
        let dated = dated.filter(|asset| {
            asset.summary.modified.is_some() && asset.identity.kind != AssetKind::Container
        });
        let dated: BTreeSet<String> = dated.map(|asset| asset.id.native).collect();
        let whole = Harvest::of(archive, None, 500).await.unwrap();
        let Some((_, token)) = whole.0.last() else { panic!("{}: no batch", config.id) };
        let more = Harvest::of(archive, Some(token.clone()), 500).await.unwrap().ids();
        let again: Vec<_> = more.intersection(&dated).collect();
        assert!(again.is_empty(), "{}: {again:?}", config.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_somebody_else_is_refused() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        if !offers(archive, Operation::Harvest) {
            continue;
        }
        for forged in [&b""[..], b"\xff\xfe\0", b"{\"at\": 1e999}", &[b'{'; 20_000]] {
            let error = Harvest::of(archive, Some(forged.to_vec()), 5).await.err();
            let error =
                error.unwrap_or_else(|| panic!("{}: {:?} is taken", config.id, forged.get(..9)));
            assert!(!broke(&error), "{}: {error}", config.id);
        }
    }
}
