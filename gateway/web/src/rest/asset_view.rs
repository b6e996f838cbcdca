//! An asset as lists give it: the names that scripts rely on.
//!
//! Never changed, only added to. What is unknown is `null`, an empty list or an
//! absent facet; times are RFC 3339 UTC; units are in the names.

use std::collections::BTreeMap;

use archway_core::asset::{Asset, Checksum, Distribution, Licence, Location, SizeQuality};
use archway_core::coverage::Instant;
use archway_core::discovery::visibility_name;
use serde::Serialize;
use utoipa::ToSchema;

use crate::summary;

/// One record of an archive.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AssetView {
    /// `archive/native-id`; percent-encode it as one segment of a path.
    #[schema(example = "hst/ocli05leq")]
    id: String,
    /// Never empty.
    title: String,
    /// The archive that gave it.
    #[schema(example = "hst")]
    archive: String,
    /// `archive/collection`.
    #[schema(example = "hst/stis")]
    collection: String,
    /// `dataset`, `observation`, `catalogue`, `service`, `software`, `document`, `container`,
    /// `facility`, `environment`, `workflow` or `virtual-asset`.
    #[schema(example = "dataset")]
    kind: &'static str,
    /// Who publishes it.
    publisher: Option<String>,
    /// `null` when the archive states none.
    licence: Option<LicenceView>,
    /// When the asset was made, RFC 3339 UTC.
    #[schema(example = "2021-03-02T00:00:00Z")]
    created: Option<String>,
    /// Size of its largest file, in bytes.
    size_bytes: Option<u64>,
    /// Centre of its coverage on the sky, ICRS.
    position: Option<PositionView>,
    /// From the first start to the last end of its coverage.
    time: Option<TimeView>,
    /// Terms by facet name, the derived facets included.
    facets: BTreeMap<String, Vec<String>>,
    /// `public`, `shared`, `restricted` or `embargoed`.
    #[schema(example = "public")]
    visibility: &'static str,
    /// Path at which this gateway gives its data; `null` when the record names no file of its
    /// own that is online.
    #[schema(example = "/api/v1/assets/hst%2Focli05leq/content")]
    content: Option<String>,
    /// One for each location and encoding of its bytes.
    distributions: Vec<DistributionView>,
    /// Ids of the same asset in other archives, merged into this one by a search.
    copies: Vec<String>,
}

/// A licence; at least one of the three is there.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LicenceView {
    /// SPDX identifier.
    #[schema(example = "CC-BY-4.0")]
    spdx: Option<String>,
    /// Where its text is.
    url: Option<String>,
    /// In the archive's words.
    text: Option<String>,
}

/// A direction on the sky, ICRS.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PositionView {
    /// Right ascension, degrees, 0 to 360.
    #[schema(example = 10.68)]
    ra_deg: f64,
    /// Declination, degrees, -90 to 90.
    #[schema(example = 41.27)]
    dec_deg: f64,
}

/// From when to when, RFC 3339 UTC; `null` is an open end.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TimeView {
    /// From.
    pub(super) start: Option<String>,
    /// To.
    pub(super) end: Option<String>,
}

/// One way an asset exists as bytes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DistributionView {
    /// The archive's own name for it, opaque.
    id: String,
    /// `DataLink` term: `#this`, `#preview`, ...
    #[schema(example = "#this")]
    role: String,
    /// http, https or ftp; `null` where the archive must be asked for access.
    url: Option<String>,
    /// Path at which this gateway gives it.
    #[schema(example = "/api/v1/assets/hst%2Focli05leq/content?distribution=1")]
    content: String,
    /// With parameters.
    #[schema(example = "application/fits")]
    media_type: Option<String>,
    /// The gateway's word for the format.
    #[schema(example = "fits")]
    format: Option<String>,
    /// Compressions, outermost first.
    encodings: Vec<String>,
    /// In bytes.
    size_bytes: Option<u64>,
    /// Whether the size is right to the byte; `null` without a size.
    size_exact: Option<bool>,
    /// Of the bytes at the location.
    checksums: Vec<ChecksumView>,
    /// A name to store it under.
    file_name: Option<String>,
    /// When the bytes last changed, RFC 3339 UTC.
    modified: Option<String>,
    /// `online`, `nearline` or `offline`.
    #[schema(example = "online")]
    availability: &'static str,
    /// Name of the mirror.
    provider: Option<String>,
}

/// A digest.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChecksumView {
    /// Lower case.
    #[schema(example = "sha-256")]
    algorithm: String,
    /// Lower case hexadecimal.
    hex: String,
}

impl From<&Asset> for AssetView {
    fn from(asset: &Asset) -> Self {
        let time = asset.time_range();
        let id = asset.id.to_string();
        let known = time.start.is_some() || time.end.is_some();
        Self {
            title: asset.summary.title.clone(),
            archive: asset.id.archive.to_string(),
            collection: summary::collection(asset),
            kind: summary::kind(asset.identity.kind),
            publisher: summary::publisher(asset).map(str::to_owned),
            licence: asset.rights.licence.as_ref().map(LicenceView::from),
            created: asset.summary.created.map(Instant::to_rfc3339),
            size_bytes: asset.size_bytes(),
            position: asset.position().map(|position| PositionView {
                ra_deg: position.longitude_deg,
                dec_deg: position.latitude_deg,
            }),
            time: known.then(|| TimeView {
                start: time.start.map(Instant::to_rfc3339),
                end: time.end.map(Instant::to_rfc3339),
            }),
            facets: summary::facets(asset),
            visibility: visibility_name(asset.rights.visibility),
            content: summary::has_content(asset).then(|| summary::content_path(&id, None)),
            distributions: asset
                .distributions
                .iter()
                .map(|own| DistributionView::new(&id, own))
                .collect(),
            id,
            copies: asset.copies.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&Licence> for LicenceView {
    fn from(licence: &Licence) -> Self {
        Self { spdx: licence.spdx.clone(), url: licence.url.clone(), text: licence.text.clone() }
    }
}

impl DistributionView {
    /// The view of a distribution of the asset `id`.
    fn new(id: &str, distribution: &Distribution) -> Self {
        Self {
            content: summary::content_path(id, Some(&distribution.id)),
            id: distribution.id.clone(),
            role: distribution.role.clone(),
            url: match &distribution.location {
                Location::Url(url) => Some(url.clone()),
                Location::OnRequest => None,
            },
            media_type: distribution.media_type.clone(),
            format: distribution.format.clone(),
            encodings: distribution.encodings.clone(),
            size_bytes: distribution.size.map(|size| size.bytes),
            size_exact: distribution.size.map(|size| size.quality == SizeQuality::Exact),
            checksums: distribution.checksums.iter().map(ChecksumView::from).collect(),
            file_name: distribution.file_name.clone(),
            modified: distribution.modified.map(Instant::to_rfc3339),
            availability: summary::availability(distribution.availability),
            provider: distribution.provider.clone(),
        }
    }
}

impl From<&Checksum> for ChecksumView {
    fn from(checksum: &Checksum) -> Self {
        Self { algorithm: checksum.algorithm.clone(), hex: checksum.hex.clone() }
    }
}
