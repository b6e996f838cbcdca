//! Discovery against fake archives, in paused time.

mod duplicates;
mod paging;
mod states;

use std::sync::Arc;

use super::{Discovery, Page, PageMemory, ProcessMemory, Request};
use crate::Error;
use crate::archive::Archive;
use crate::archives::Archives;
use crate::asset::Asset;
use crate::coverage::Instant;
use crate::permission::Principal;
use crate::testing::FakeArchive;

pub(super) const KEY: [u8; 32] = [3; 32];
/// 2023-11-14.
pub(super) const NOW: Instant = Instant(1_700_000_000_000_000);

/// Archives, a memory, and as many gateways over them as a test restarts.
pub(super) struct Bench {
    pub(super) archives: Vec<Arc<FakeArchive>>,
    pub(super) memory: Arc<dyn PageMemory>,
}

impl Bench {
    pub(super) fn new(archives: impl IntoIterator<Item = FakeArchive>) -> Self {
        let archives = archives.into_iter().map(Arc::new).collect();
        Self { archives, memory: Arc::new(ProcessMemory::default()) }
    }

    /// A gateway as after a start.
    pub(super) fn gateway(&self) -> Discovery {
        let list = self.archives.iter().map(|a| Arc::clone(a) as Arc<dyn Archive>).collect();
        Discovery::new(Arc::new(Archives::new(list)), KEY, Arc::clone(&self.memory))
    }

    pub(super) async fn page(&self, request: Request) -> Result<Page, Error> {
        self.gateway().search(&Principal::Local, request, NOW).await
    }

    /// Follows `next` to the end, each page by a gateway just started.
    pub(super) async fn all_pages(&self, request: Request) -> Vec<Page> {
        let mut pages: Vec<Page> = Vec::new();
        loop {
            let cursor = pages.last().and_then(|page| page.next.clone());
            if pages.len() > 2000 {
                panic!("the search does not end");
            }
            if pages.last().is_some() && cursor.is_none() {
                return pages;
            }
            pages.push(self.page(Request { cursor, ..request.clone() }).await.unwrap());
        }
    }
}

pub(super) fn names(assets: &[Asset]) -> Vec<String> {
    assets.iter().map(|asset| asset.id.to_string()).collect()
}

/// One line per archive: status, rows, reason.
pub(super) fn rows(page: &Page) -> String {
    let row = |s: &super::SourceReport| {
        let reason = s.reason.as_deref().unwrap_or("-");
        format!("{} {} {} {reason}", s.archive, s.status.name(), s.rows)
    };
    page.sources.iter().map(row).collect::<Vec<_>>().join("\n")
}
