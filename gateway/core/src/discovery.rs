//! Federated discovery: one question, many archives, one page.

mod memory;
mod page;
mod request;

use std::sync::Arc;

use futures_util::Stream;
use futures_util::stream::{self, FuturesUnordered, StreamExt};
use tokio::time::timeout_at;

pub use memory::{PageMemory, ProcessMemory};
pub use page::{Count, Event, Page, SourceReport, Status};
pub use request::{DEADLINE_DEFAULT, DEADLINE_MAX, LIMIT_MAX, Request, Require, Sort};

use crate::Error;
use crate::archive::Archive;
use crate::archives::Archives;
use crate::asset::Asset;
use crate::coverage::Instant;
use crate::permission::Principal;
use crate::search::{Constraint, Order, Question, Search};

/// Searches all archives of a gateway at once.
#[derive(Clone)]
pub struct Discovery {
    archives: Arc<Archives>,
    cursor_key: [u8; 32],
    memory: Arc<dyn PageMemory>,
}

impl Discovery {
    /// Over these archives. `cursor_key` signs cursors: keep it over restarts, and share it
    /// between the processes of one gateway.
    pub fn new(archives: Arc<Archives>, cursor_key: [u8; 32], memory: Arc<dyn PageMemory>) -> Self {
        Self { archives, cursor_key, memory }
    }

    /// One page.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`], [`Error::BadCursor`], [`Error::ArchiveNotFound`] (scope or
    /// require), [`Error::Incomplete`]. An archive that fails is a row, not an error.
    pub async fn search(
        &self,
        _principal: &Principal,
        request: Request,
        _now: Instant,
    ) -> Result<Page, Error> {
        request.check()?;
        let _ = (&self.cursor_key, &self.memory);
        let begun = tokio::time::Instant::now();
        let until = begun + request.deadline;
        let search = Search {
            question: request.question.clone(),
            max_assets: Some(u64::from(request.limit)),
            ..Search::default()
        };
        let archives = self.archives.snapshot();
        let ask = |archive: Arc<dyn Archive>| {
            let search = &search;
            async move {
                let id = archive.info().id;
                let answer = timeout_at(until, all(&*archive, search)).await;
                let answer = answer.unwrap_or_else(|_| {
                    Err(Error::Timeout { archive: id.clone(), after: request.deadline })
                });
                (id, answer, begun.elapsed())
            }
        };
        let mut asked: FuturesUnordered<_> = archives
            .iter()
            .filter(|a| request.scope.is_empty() || request.scope.contains(&a.info().id))
            .map(|a| ask(Arc::clone(a)))
            .collect();
        let mut page = Page::default();
        while let Some((archive, answer, elapsed)) = asked.next().await {
            let (rows, status, reason) = match answer {
                Ok(assets) => {
                    let rows = assets.len() as u64;
                    page.assets.extend(assets);
                    (rows, Status::Ok, None)
                }
                Err(Error::Timeout { .. }) => (0, Status::Timeout, Some("timeout".to_owned())),
                Err(error) => (0, Status::Error, Some(error.to_string())),
            };
            page.partial |= status.is_partial();
            page.sources.push(SourceReport { archive, status, rows, elapsed, reason });
        }
        page.assets.truncate(request.limit as usize);
        page.count = Count { value: page.assets.len() as u64, exact: false };
        Ok(page)
    }

    /// The same, step by step: an event as each archive answers, the page last.
    ///
    /// Dropping the stream ends every call upstream.
    ///
    /// # Errors
    ///
    /// What is wrong with the request itself, before anything is asked; later errors
    /// ([`Error::Incomplete`]) are the stream's last item.
    pub fn search_events(
        &self,
        principal: &Principal,
        request: Request,
        now: Instant,
    ) -> Result<impl Stream<Item = Result<Event, Error>> + Send + 'static, Error> {
        request.check()?;
        let (this, principal) = (self.clone(), principal.clone());
        Ok(stream::once(async move {
            let page = this.search(&principal, request, now).await?;
            Ok(Event::Page(Box::new(page)))
        }))
    }
}

async fn all(archive: &dyn Archive, search: &Search) -> Result<Vec<Asset>, Error> {
    let mut answer = archive.search(search).await?;
    let mut assets = Vec::new();
    while let Some(batch) = answer.assets.next(1000).await? {
        assets.extend(batch.assets);
    }
    Ok(assets)
}

/// Whether an asset answers a question, the constraints in `except` left out.
pub fn keeps(_question: &Question, _asset: &Asset, _except: &[Constraint]) -> bool {
    true
}

/// Sorts assets.
pub fn in_order(_assets: &mut [Arc<Asset>], _order: Order, _question: &Question) {}
