//! A page of a federated search as JSON.

use archway_core::discovery::{Page, SourceReport};
use serde::Serialize;
use utoipa::ToSchema;

use super::asset_view::AssetView;

/// What was found, and how each archive took part.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PageView {
    /// In the order asked for.
    assets: Vec<AssetView>,
    /// Every archive of the scope, in the order of the configuration.
    sources: Vec<SourceView>,
    /// Whether an archive that may have assets is missing, wholly or in part.
    partial: bool,
    /// How many assets the whole search has.
    count: CountView,
    /// Give it as `cursor` for the next page; `null` at the end.
    next: Option<String>,
}

/// How one archive took part.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SourceView {
    /// The archive.
    #[schema(example = "hst")]
    id: String,
    /// `ok`, `partial`, `timeout`, `skipped`, `denied`, `error` or `breaker-open`.
    #[schema(example = "ok")]
    status: &'static str,
    /// Assets of this page that it gave.
    rows: u64,
    /// From the start of the search to its answer, in milliseconds.
    elapsed_ms: u64,
    /// For people; there whenever the status is not `ok`.
    reason: Option<String>,
}

/// How many.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CountView {
    /// The number, or the least it can be as far as is known.
    pub(super) value: u64,
    /// Whether it is the number.
    pub(super) exact: bool,
}

impl From<&Page> for PageView {
    fn from(page: &Page) -> Self {
        Self {
            assets: page.assets.iter().map(AssetView::from).collect(),
            sources: page.sources.iter().map(SourceView::from).collect(),
            partial: page.partial,
            count: CountView { value: page.count.value, exact: page.count.exact },
            next: page.next.clone(),
        }
    }
}

impl From<&SourceReport> for SourceView {
    fn from(report: &SourceReport) -> Self {
        Self {
            id: report.archive.to_string(),
            status: report.status.name(),
            rows: report.rows,
            elapsed_ms: u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
            reason: report.reason.clone(),
        }
    }
}
