//! Search and look-up: what a plugin says it left out is left out, and nothing else is.

use archway_core::Error;
use archway_core::archive::{Archive as _, LookUp, Operation};
use archway_core::asset::Asset;
use archway_core::coverage::{Region, Shape, TimeRange};
use archway_core::discovery::keeps;
use archway_core::search::{FacetFilter, Question, Search};

use super::subject::{Stage, Subject};
use super::{ask, broke, everything, found, ids, offers, some_of};

#[tokio::test(flavor = "multi_thread")]
async fn every_asset_comes_once_and_in_the_same_order() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        let all = everything(archive).await;
        let mut unique = ids(&all);
        unique.dedup();
        assert_eq!(unique.len(), all.len(), "{}: an asset comes twice", config.id);
        let again = found(archive, &Search::default(), 7).await.unwrap().assets;
        let order = |assets: &[Asset]| -> Vec<String> {
            assets.iter().map(|asset| asset.id.native.clone()).collect()
        };
        assert_eq!(order(&all), order(&again), "{}: in other batches", config.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_goes_on_behind_any_batch() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        let all = found(archive, &Search::default(), 5).await.unwrap();
        for (seen, token) in some_of(&all.tokens, 4) {
            let rest = Search { after: Some(token.clone()), ..Search::default() };
            let rest = found(archive, &rest, 500).await.unwrap().assets;
            assert_eq!(
                ids(&rest),
                ids(&all.assets[*seen..]),
                "{}: behind the first {seen}",
                config.id
            );
        }
        let forged = Search { after: Some(b"\xff\0forged".to_vec()), ..Search::default() };
        let error = found(archive, &forged, 5).await.err();
        let error = error.unwrap_or_else(|| panic!("{}: a forged token is taken", config.id));
        assert!(!broke(&error), "{}: {error}", config.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_no_longer_than_asked() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        let search = Search { max_assets: Some(2), ..Search::default() };
        let some = found(archive, &search, 500).await.unwrap();
        let left = some.not_applied.contains(&archway_core::search::Constraint::MaxAssets);
        assert!(left || some.assets.len() <= 2, "{}: {}", config.id, some.assets.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_says_it_applied_it_applied() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        let all = everything(archive).await;
        for (about, question, asset) in questions(&all) {
            let answer = found(archive, &ask(question.clone()), 500).await;
            let answer = answer.unwrap_or_else(|e| panic!("{}: {about}: {e}", config.id));
            for given in &answer.assets {
                assert!(
                    keeps(&question, given, &answer.not_applied),
                    "{}: {about}: `{}` does not answer {question:?}, and it left out only {:?}",
                    config.id,
                    given.id,
                    answer.not_applied
                );
            }
            let there = answer.assets.iter().any(|given| given.id == asset.id);
            assert!(there, "{}: {about}: `{}` is not found by {question:?}", config.id, asset.id);
        }
        let nothing =
            Question { text: Some("zyzzyva-9-nowhere".to_owned()), ..Question::default() };
        let answer = found(archive, &ask(nothing.clone()), 500).await.unwrap();
        let wrong = answer.assets.iter().find(|given| !keeps(&nothing, given, &answer.not_applied));
        assert!(wrong.is_none(), "{}: {wrong:?}", config.id);
    }
}

/// Questions that an asset certainly answers, made from what it says of itself.
fn questions(all: &[Asset]) -> Vec<(&'static str, Question, &Asset)> {
    let mut made = Vec::new();
    for asset in some_of(all, 3) {
        let mut add = |about, question| made.push((about, question, asset));
        let word = asset.summary.title.split_whitespace().max_by_key(|word| word.len());
        if let Some(word) = word {
            let text = Some(word.to_owned());
            add("a word of its title", Question { text, ..Question::default() });
        }
        let collections = vec![asset.identity.collection.clone()];
        add("its collection", Question { collections, ..Question::default() });
        for facet in some_of(&asset.facets, 2) {
            let facets =
                vec![FacetFilter { kind: facet.kind.clone(), any_of: vec![facet.term.clone()] }];
            add("a facet of it", Question { facets, ..Question::default() });
        }
        if let Some(time) = asset.time.first()
            && let (Some(start), Some(end)) = (time.range.start, time.range.end)
        {
            let time = Some(TimeRange { start: Some(start), end: Some(end) });
            add("its time", Question { time, ..Question::default() });
        }
        if let Some(space) = asset.space.first()
            && let Some(region) = around(&space.region)
        {
            add("its place", Question { region: Some(region), ..Question::default() });
        }
    }
    made
}

/// The region itself, where a search can ask for such a one.
fn around(region: &Region) -> Option<Region> {
    match region.shape {
        Shape::Circle(_) | Shape::Polygon(_) | Shape::Rectangle(_) => Some(region.clone()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_is_looked_up_by_the_name_it_was_found_by() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        if !offers(archive, Operation::LookUp) {
            continue;
        }
        let all = everything(archive).await;
        for asset in some_of(&all, 5) {
            let one = archive.look_up(&LookUp::NativeId(asset.id.native.clone())).await;
            let one = one.unwrap_or_else(|e| panic!("{}: {}: {e}", config.id, asset.id));
            assert_eq!(one.id, asset.id, "{}", config.id);
            assert_eq!(one.summary.title, asset.summary.title, "{}: {}", config.id, asset.id);
            assert_eq!(one.identity.collection, asset.identity.collection, "{}", asset.id);
            let parts = |asset: &Asset| -> Vec<String> {
                asset.distributions.iter().map(|d| d.id.clone()).collect()
            };
            assert_eq!(parts(&one), parts(asset), "{}: {}", config.id, asset.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_none_is_not_found_or_refused() {
    let stage = Stage::set().await;
    let long = "x".repeat(10_000);
    let names =
        ["", "no-such", "..", "../../etc/passwd", "/", "a\r\nDELE b", "\u{0}", "\u{7f}%00", &long];
    for Subject { config, archive } in &stage.subjects {
        if !offers(archive, Operation::LookUp) {
            continue;
        }
        for name in names {
            let error = archive.look_up(&LookUp::NativeId(name.to_owned())).await.err();
            let short = name.get(..20).unwrap_or(name);
            let error = error.unwrap_or_else(|| panic!("{}: {short:?} is found", config.id));
            let right = matches!(error, Error::AssetNotFound(_) | Error::Refused { .. });
            assert!(right, "{}: {short:?}: {error}", config.id);
        }
        let scheme = LookUp::Identifier { scheme: "no-such-scheme".into(), value: "1".into() };
        let error = archive.look_up(&scheme).await.unwrap_err();
        assert!(!broke(&error), "{}: {error}", config.id);
    }
}
