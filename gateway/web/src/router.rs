//! Every URL of the product.
//!
//! Each line is a handler in the folder of its surface. What all requests pass on the
//! way is in `middleware.rs`.

use archway_core::Error;
use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::middleware::{self, is_api};
use crate::rest::problem::Problem;
use crate::state::Gateway;
use crate::{bytes, operations, portal, rest};

/// Returns the whole service.
pub fn router(gateway: Gateway) -> Router {
    let routes = Router::new()
        // The portal.
        .route("/", get(portal::search::search))
        .route("/assets/{id}", get(portal::asset::asset))
        .route("/static/{*path}", get(portal::static_files::file))
        // REST.
        .route("/api/v1/search", get(rest::search::search))
        .route("/api/v1/assets/{id}", get(rest::assets::asset))
        .route("/api/v1/assets/{id}/content", get(bytes::content))
        .route("/api/v1/archives", get(rest::archives::list))
        .route("/api/v1/archives/{id}", get(rest::archives::archive))
        .route("/api/v1/openapi.json", get(rest::openapi::document))
        // Operations.
        .route("/healthz", get(operations::alive))
        .route("/readyz", get(operations::ready))
        .route("/metrics", get(operations::metrics))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .with_state(gateway.clone());
    middleware::around(routes, &gateway)
}

/// Says `error` in the form of the surface that `path` belongs to.
pub(crate) fn error_answer(path: &str, error: Error) -> Response {
    match is_api(path) {
        true => Problem::from(error).into_response(),
        false => portal::ErrorPage::from(error).into_response(),
    }
}

async fn nothing_here(OriginalUri(uri): OriginalUri) -> Response {
    match is_api(uri.path()) {
        true => rest::problem::plain(
            StatusCode::NOT_FOUND,
            "nothing is at this address; /api/v1/openapi.json lists what there is",
        ),
        false => portal::ErrorPage::nothing_here().into_response(),
    }
}

async fn wrong_method(method: Method, request: Request) -> Response {
    let words = format!("{method} is not offered here; GET is");
    match is_api(request.uri().path()) {
        true => rest::problem::plain(StatusCode::METHOD_NOT_ALLOWED, &words),
        false => portal::ErrorPage::wrong_method(words).into_response(),
    }
}
