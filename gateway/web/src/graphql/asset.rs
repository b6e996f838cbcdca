//! Assets, and pages of a search.

use archway_core::asset::{Asset as Record, Distribution as File, Licence as Terms, Location};
use archway_core::coverage::Instant;
use archway_core::discovery::{Page, SourceReport, visibility_name};
use async_graphql::{ID, Object, SimpleObject};

use super::whole::Whole;
use crate::summary;

/// One record of an archive.
pub(super) struct Asset(pub(super) Record);

/// One record of an archive.
#[Object]
impl Asset {
    /// `archive/native-id`.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Never empty.
    async fn title(&self) -> &str {
        &self.0.summary.title
    }

    /// For people.
    async fn description(&self) -> Option<&str> {
        self.0.summary.description.as_deref()
    }

    /// The archive that gave it.
    async fn archive(&self) -> &str {
        self.0.id.archive.as_str()
    }

    /// `archive/collection`.
    async fn collection(&self) -> String {
        summary::collection(&self.0)
    }

    /// `dataset`, `observation`, `catalogue`, ...
    async fn kind(&self) -> &str {
        summary::kind(self.0.identity.kind)
    }

    /// Who publishes it.
    async fn publisher(&self) -> Option<&str> {
        summary::publisher(&self.0)
    }

    /// Null when the archive states none.
    async fn licence(&self) -> Option<Licence> {
        self.0.rights.licence.as_ref().map(Licence::from)
    }

    /// When the asset was made, RFC 3339 UTC.
    async fn created(&self) -> Option<String> {
        self.0.summary.created.map(Instant::to_rfc3339)
    }

    /// Size of its largest file.
    async fn size_bytes(&self) -> Option<Whole> {
        self.0.size_bytes().map(Whole)
    }

    /// Centre of its coverage on the sky, ICRS.
    async fn position(&self) -> Option<Position> {
        let position = self.0.position()?;
        Some(Position { ra_deg: position.longitude_deg, dec_deg: position.latitude_deg })
    }

    /// From the first start to the last end of its coverage.
    async fn time(&self) -> TimeSpan {
        let range = self.0.time_range();
        TimeSpan {
            start: range.start.map(Instant::to_rfc3339),
            end: range.end.map(Instant::to_rfc3339),
        }
    }

    /// Terms by facet name, the derived facets included.
    async fn facets(&self) -> Vec<FacetTerms> {
        let facets = summary::facets(&self.0).into_iter();
        facets.map(|(name, terms)| FacetTerms { name, terms }).collect()
    }

    /// `public`, `shared`, `restricted` or `embargoed`.
    async fn visibility(&self) -> &str {
        visibility_name(self.0.rights.visibility)
    }

    /// Path at which this gateway gives its data.
    async fn content(&self) -> Option<String> {
        summary::has_content(&self.0).then(|| summary::content_path(&self.0.id.to_string(), None))
    }

    /// One for each location and encoding of its bytes.
    async fn distributions(&self) -> Vec<Distribution> {
        let id = self.0.id.to_string();
        self.0.distributions.iter().map(|own| Distribution::of(&id, own)).collect()
    }

    /// Ids of the same asset in other archives, merged into this one by a search.
    async fn copies(&self) -> Vec<ID> {
        self.0.copies.iter().map(|id| ID(id.to_string())).collect()
    }
}

/// A licence; at least one of the three is there.
#[derive(SimpleObject)]
pub(super) struct Licence {
    /// SPDX identifier.
    spdx: Option<String>,
    /// Where its text is.
    url: Option<String>,
    /// In the archive's words.
    text: Option<String>,
}

/// A direction on the sky, ICRS.
#[derive(SimpleObject)]
pub(super) struct Position {
    /// Right ascension, degrees.
    ra_deg: f64,
    /// Declination, degrees.
    dec_deg: f64,
}

/// From when to when, RFC 3339 UTC; null is an open end.
#[derive(SimpleObject)]
pub(super) struct TimeSpan {
    start: Option<String>,
    end: Option<String>,
}

/// A facet of an asset.
#[derive(SimpleObject)]
pub(super) struct FacetTerms {
    /// `mission`, `instrument`, ...
    name: String,
    terms: Vec<String>,
}

/// One way an asset exists as bytes.
#[derive(SimpleObject)]
pub(super) struct Distribution {
    /// The archive's own name for it.
    id: String,
    /// `#this`, `#preview`, ...
    role: String,
    /// http, https or ftp; null where the archive must be asked for access.
    url: Option<String>,
    /// Path at which this gateway gives it.
    content: String,
    /// With parameters.
    media_type: Option<String>,
    /// The gateway's word for the format.
    format: Option<String>,
    size_bytes: Option<Whole>,
    /// A name to store it under.
    file_name: Option<String>,
}

/// A page of a federated search.
#[derive(SimpleObject)]
pub(super) struct SearchPage {
    /// In the order asked for.
    assets: Vec<Asset>,
    /// Every archive of the scope, and how it took part.
    sources: Vec<SearchSource>,
    /// Whether an archive that may have assets is missing, wholly or in part.
    partial: bool,
    /// How many assets the whole search has.
    count: Count,
    /// Give it as `cursor` for the next page; null at the end.
    next: Option<String>,
}

/// How many.
#[derive(SimpleObject)]
pub(super) struct Count {
    /// The number, or the least it can be as far as is known.
    value: Whole,
    /// Whether it is the number.
    exact: bool,
}

/// How one archive took part in a search.
#[derive(SimpleObject)]
pub(super) struct SearchSource {
    /// The archive.
    id: ID,
    /// `ok`, `partial`, `timeout`, `skipped`, `denied`, `error` or `breaker-open`.
    status: String,
    /// Assets of this page that it gave.
    rows: Whole,
    /// For people; there whenever the status is not `ok`.
    reason: Option<String>,
}

impl From<&Terms> for Licence {
    fn from(licence: &Terms) -> Self {
        Self { spdx: licence.spdx.clone(), url: licence.url.clone(), text: licence.text.clone() }
    }
}

impl Distribution {
    fn of(asset: &str, file: &File) -> Self {
        Self {
            content: summary::content_path(asset, Some(&file.id)),
            id: file.id.clone(),
            role: file.role.clone(),
            url: match &file.location {
                Location::Url(url) => Some(url.clone()),
                Location::OnRequest => None,
            },
            media_type: file.media_type.clone(),
            format: file.format.clone(),
            size_bytes: file.size.map(|size| Whole(size.bytes)),
            file_name: file.file_name.clone(),
        }
    }
}

impl From<Page> for SearchPage {
    fn from(page: Page) -> Self {
        Self {
            assets: page.assets.into_iter().map(Asset).collect(),
            sources: page.sources.iter().map(SearchSource::from).collect(),
            partial: page.partial,
            count: Count { value: Whole(page.count.value), exact: page.count.exact },
            next: page.next,
        }
    }
}

impl From<&SourceReport> for SearchSource {
    fn from(report: &SourceReport) -> Self {
        Self {
            id: ID(report.archive.to_string()),
            status: report.status.name().to_owned(),
            rows: Whole(report.rows),
            reason: report.reason.clone(),
        }
    }
}
