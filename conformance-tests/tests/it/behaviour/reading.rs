//! Access and open: ways that lead to the bytes.

use archway_core::Error;
use archway_core::access::Route;
use archway_core::archive::{Archive as _, ByteReader, Content, Fetch, Operation, Part};
use archway_core::asset::SizeQuality;
use async_trait::async_trait;
use bytes::Bytes;

use super::subject::{Stage, Subject};
use super::{broke, everything, offers, some_of};

/// Bytes in one piece.
pub(super) struct Piece(Bytes);

impl Piece {
    pub(super) fn none() -> Self {
        Self(Bytes::new())
    }
}

#[async_trait]
impl ByteReader for Piece {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        let size = self.0.len().min(max_bytes as usize);
        Ok(self.0.split_to(size))
    }
}

async fn read(mut content: Content) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    loop {
        let piece = content.reader.read(64 * 1024).await?;
        if piece.is_empty() {
            return Ok(all);
        }
        all.extend_from_slice(&piece);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_distribution_has_a_way_to_its_bytes() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        if !offers(archive, Operation::Access) {
            continue;
        }
        let all = everything(archive).await;
        let with_bytes: Vec<_> = all.iter().filter(|a| !a.distributions.is_empty()).collect();
        for asset in some_of(&with_bytes, 5) {
            for distribution in asset.distributions.iter().take(4) {
                let ways = archive.access(&asset.id.native, Some(&distribution.id)).await;
                let about = format!("{}: {} of {}", config.id, distribution.id, asset.id);
                let ways = ways.unwrap_or_else(|error| panic!("{about}: {error}"));
                assert!(!ways.is_empty(), "{about}: no way");
            }
        }
        for (asset, distribution) in
            [("no-such", None), ("", None), ("../..", Some("x")), ("a\r\nb", None)]
        {
            if let Err(error) = archive.access(asset, distribution).await {
                assert!(!broke(&error), "{}: {asset:?}: {error}", config.id);
            }
        }
        if let Some(asset) = all.first() {
            let error = archive.access(&asset.id.native, Some("no-such")).await.err();
            let error = error.unwrap_or_else(|| panic!("{}: any distribution does", config.id));
            assert!(!broke(&error), "{}: {error}", config.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_gives_the_whole_and_any_part_of_it() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        if !offers(archive, Operation::Access) {
            continue;
        }
        let all = everything(archive).await;
        let with_bytes: Vec<_> = all.iter().filter(|a| !a.distributions.is_empty()).collect();
        for asset in some_of(&with_bytes, 3) {
            for way in archive.access(&asset.id.native, None).await.unwrap() {
                let about = format!("{}: {:?}", asset.id, way.route);
                if matches!(way.route, Route::Service(_)) {
                    continue;
                }
                let fetch = |part| Fetch { way: way.clone(), parameters: Vec::new(), part };
                let fetched = archive.fetch(&fetch(None)).await;
                let fetched = fetched.unwrap_or_else(|error| panic!("{about}: {error}"));
                let whole = read(fetched.content).await.unwrap();
                assert!(!whole.is_empty(), "{about}: no bytes");
                if let Some(size) = way.size.as_ref().filter(|s| s.quality == SizeQuality::Exact) {
                    assert_eq!(size.bytes, whole.len() as u64, "{about}");
                }
                let first = whole.len() as u64 / 2;
                let part = Part { first, last: None };
                let fetched = archive.fetch(&fetch(Some(part))).await.unwrap();
                let skipped = usize::try_from(first - fetched.offset).unwrap();
                let rest = read(fetched.content).await.unwrap();
                assert_eq!(rest[skipped..], whole[first as usize..], "{about}: from {first}");
            }
        }
        if with_bytes.is_empty() {
            assert!(archive.info().plugin == "vo-tap", "{}: no asset has bytes", config.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locator_that_is_none_opens_nothing() {
    let stage = Stage::set().await;
    let wrong = ["", "no-such", "ftp://", "http://127.0.0.1/", "ftp://127.0.0.1:1/../x", "a\r\nb"];
    for Subject { config, archive } in &stage.subjects {
        if !offers(archive, Operation::Open) {
            continue;
        }
        for locator in wrong {
            let outcome = match archive.open(locator, 0).await {
                Ok(content) => read(content).await,
                Err(error) => Err(error),
            };
            let error = outcome.err().unwrap_or_else(|| panic!("{}: opens {locator:?}", config.id));
            assert!(!broke(&error), "{}: {locator:?}: {error}", config.id);
        }
    }
}
