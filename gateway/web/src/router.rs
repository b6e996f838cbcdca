//! Every URL of the product.
//!
//! Each line is a handler in the folder of its surface. What all requests pass on the
//! way is in `middleware.rs`.

use archway_core::Error;
use axum::extract::{OriginalUri, Request};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};

use crate::middleware::{self, Surface};
use crate::rest::idempotency::Remembered;
use crate::rest::problem::Problem;
use crate::state::Gateway;
use crate::{bytes, graphql, operations, portal, rest};

/// Returns the whole service.
pub fn router(gateway: Gateway) -> Router {
    let routes = Router::new()
        // The portal.
        .route("/", get(portal::search::search))
        .route("/assets/{id}", get(portal::asset::asset))
        .route("/selections", post(portal::picked::make))
        .route("/collections", get(portal::collections::list))
        .route("/collections/{id}", get(portal::collections::collection))
        .route("/volumes", get(portal::volumes::list).post(portal::wizard::create))
        .route("/volumes/new", get(portal::wizard::kind))
        .route("/volumes/new/source", get(portal::wizard::source).post(portal::wizard::test))
        .route("/volumes/new/content", get(portal::wizard::content))
        .route("/volumes/new/mode", get(portal::wizard::mode))
        .route("/volumes/new/review", get(portal::wizard::review))
        .route("/volumes/{id}", get(portal::volumes::volume))
        .route("/volumes/{id}/cancel", post(portal::volumes::cancel))
        .route("/volumes/{id}/retry", post(portal::volumes::retry))
        .route("/volumes/{id}/delete", post(portal::volumes::delete))
        .route("/labs", get(portal::labs::list).post(portal::labs::launch))
        .route("/labs/new", get(portal::labs::new))
        .route("/labs/{id}", get(portal::labs::lab))
        .route("/labs/{id}/open", post(portal::labs::open))
        .route("/labs/{id}/stop", post(portal::labs::stop))
        .route("/labs/{id}/extend", post(portal::labs::extend))
        .route("/labs/{id}/snooze", post(portal::labs::snooze))
        .route("/labs/{id}/delete", post(portal::labs::delete))
        .route("/static/{*path}", get(portal::static_files::file))
        // REST.
        .route("/api/v1/search", get(rest::search::search))
        .route("/api/v1/assets/{id}", get(rest::assets::asset))
        .route("/api/v1/assets/{id}/content", get(bytes::content))
        .route("/api/v1/archives", get(rest::archives::list))
        .route("/api/v1/archives/{id}", get(rest::archives::archive))
        .route("/api/v1/collections", get(rest::collections::list).post(rest::collections::create))
        .route(
            "/api/v1/collections/{id}",
            get(rest::collections::collection).delete(rest::collections::remove),
        )
        .route("/api/v1/selections", get(rest::selections::list).post(rest::selections::create))
        .route(
            "/api/v1/selections/{id}",
            get(rest::selections::selection).delete(rest::selections::remove),
        )
        .route("/api/v1/volumes", get(rest::volumes::list).post(rest::volumes::create))
        .route("/api/v1/volumes/estimate", post(rest::volume_steps::estimate))
        .route("/api/v1/volumes/test", post(rest::volume_steps::test))
        .route("/api/v1/volumes/{id}", get(rest::volumes::volume).delete(rest::volumes::remove))
        .route("/api/v1/volumes/{id}/files", get(rest::volumes::files))
        .route("/api/v1/volumes/{id}/events", get(rest::volume_events::events))
        .route("/api/v1/volumes/{id}/cancel", post(rest::volume_steps::cancel))
        .route("/api/v1/volumes/{id}/retry", post(rest::volume_steps::retry))
        .route("/api/v1/sources", get(rest::sources::list))
        .route("/api/v1/apps", get(rest::apps::apps))
        .route("/api/v1/backends", get(rest::apps::backends))
        .route("/api/v1/labs", get(rest::labs::list).post(rest::labs::launch))
        .route("/api/v1/labs/verdicts", post(rest::labs::verdicts))
        .route("/api/v1/labs/{id}", get(rest::labs::lab).delete(rest::labs::remove))
        .route("/api/v1/labs/{id}/events", get(rest::lab_events::events))
        .route("/api/v1/labs/{id}/log", get(rest::lab_steps::log))
        .route("/api/v1/labs/{id}/open", post(rest::lab_steps::open))
        .route("/api/v1/labs/{id}/stop", post(rest::lab_steps::stop))
        .route("/api/v1/labs/{id}/extend", post(rest::lab_steps::extend))
        .route("/api/v1/labs/{id}/snooze", post(rest::lab_steps::snooze))
        .route("/api/v1/usage", get(rest::usage::usage))
        .route("/api/v1/ledger", get(rest::usage::ledger))
        .route("/api/v1/openapi.json", get(rest::openapi::document))
        // GraphQL.
        .route("/graphql", get(graphql::http::get).post(graphql::http::post))
        .route("/graphiql", get(graphql::explorer::page))
        // Operations.
        .route("/healthz", get(operations::alive))
        .route("/readyz", get(operations::ready))
        .route("/metrics", get(operations::metrics))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension(Remembered::default()))
        .layer(Extension(graphql::schema(gateway.clone())))
        .with_state(gateway.clone());
    middleware::around(routes, &gateway)
}

/// Says `error` in the form of the surface that `path` belongs to.
pub(crate) fn error_answer(path: &str, error: Error) -> Response {
    match Surface::of(path) {
        Surface::Api => Problem::from(error).into_response(),
        Surface::GraphQl => graphql::http::failed(error),
        Surface::Portal => portal::ErrorPage::from(error).into_response(),
    }
}

/// Refuses what was asked at `path` in the form of its surface.
pub(crate) fn refusal(path: &str, status: StatusCode, words: &str) -> Response {
    match Surface::of(path) {
        Surface::Api => rest::problem::plain(status, words),
        Surface::GraphQl => graphql::http::refused(status, words),
        Surface::Portal => portal::ErrorPage::refused(status, words).into_response(),
    }
}

async fn nothing_here(OriginalUri(uri): OriginalUri) -> Response {
    match Surface::of(uri.path()) {
        Surface::Api | Surface::GraphQl => rest::problem::plain(
            StatusCode::NOT_FOUND,
            "nothing is at this address; /api/v1/openapi.json lists what there is",
        ),
        Surface::Portal => portal::ErrorPage::nothing_here().into_response(),
    }
}

async fn wrong_method(method: Method, request: Request) -> Response {
    let words = format!("{method} is not offered here; the Allow header says what is");
    refusal(request.uri().path(), StatusCode::METHOD_NOT_ALLOWED, &words)
}
