//! `GET /api/v1/openapi.json`: the REST surface, described for machines.

use axum::Json;
use utoipa::OpenApi;

/// The document; its paths are those of `router.rs`, which a test compares.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Archway",
        description = "One search over many science archives. What is unknown is null; times are RFC 3339 UTC; names carry units; errors are RFC 9457 problems.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        super::search::search,
        super::assets::asset,
        crate::bytes::content,
        super::archives::list,
        super::archives::archive,
        super::collections::list,
        super::collections::create,
        super::collections::collection,
        super::collections::remove,
        super::selections::list,
        super::selections::create,
        super::selections::selection,
        super::selections::remove,
        super::volumes::list,
        super::volumes::create,
        super::volumes::volume,
        super::volumes::remove,
        super::volumes::files,
        super::volume_events::events,
        super::volume_steps::cancel,
        super::volume_steps::retry,
        super::volume_steps::estimate,
        super::volume_steps::test,
        super::sources::list,
        super::apps::apps,
        super::apps::backends,
        super::labs::list,
        super::labs::launch,
        super::labs::verdicts,
        super::labs::lab,
        super::labs::remove,
        super::lab_events::events,
        super::lab_steps::log,
        super::lab_steps::open,
        super::lab_steps::stop,
        super::lab_steps::extend,
        super::lab_steps::snooze,
        super::usage::usage,
        super::usage::ledger,
    ),
    components(schemas(super::search::SourceEvent, super::lab_events::LabChangeView)),
    tags(
        (name = "search", description = "Federated search"),
        (name = "assets", description = "Records, and the bytes behind them"),
        (name = "archives", description = "The archives of this gateway"),
        (name = "collections", description = "Named sets of assets, and what was ticked"),
        (name = "volumes", description = "Data volumes: what labs see as files"),
        (name = "labs", description = "Running applications beside the data, and what they use"),
    )
)]
pub(crate) struct Document;

/// Gives the document.
pub(crate) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}
