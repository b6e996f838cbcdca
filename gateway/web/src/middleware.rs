//! What every request passes, and the order of it.
//!
//! From the outside in, with the reason for the place:
//!
//! 1. `request_id`: everything after it logs with the id, refusals too.
//! 2. `log_request`: sees the final status of whatever happens below.
//! 3. `security_headers`: on every answer, error pages included.
//! 4. `catch_panics`: a panic becomes an answer, so the three above still do their work.
//! 5. `host_names`: refuses before a handler runs.
//! 6. `csrf`: the same, and it compares with the host name that is known by then.
//! 7. `signed_forms`: reads the forms of the portal, so that only those of our own pages are read.
//! 8. the body limit: innermost, where bodies are read. Bodies of JSON have their own, larger
//!    one (`rest/body.rs`, `graphql/http.rs`).

mod catch_panics;
mod csrf;
mod host_names;
mod log_request;
mod request_id;
mod security_headers;
mod signed_forms;

pub(crate) use csrf::is_foreign;
pub use host_names::HostNames;
pub(crate) use request_id::RequestId;
pub(crate) use security_headers::Surface;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::state::Gateway;

/// Most bytes of a form. One that carries the ids of every ticked asset of a page fits.
const MAX_FORM_BYTES: usize = 256 * 1024;

/// Puts the layers around `router`. The last one added is the outermost.
pub(crate) fn around(router: Router, gateway: &Gateway) -> Router {
    let portal_policy = security_headers::PortalPolicy::with_labs_at(gateway.proxy.origins());
    router
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(from_fn_with_state(gateway.clone(), signed_forms::check))
        .layer(from_fn(csrf::check))
        .layer(from_fn_with_state(gateway.clone(), host_names::check))
        .layer(from_fn(catch_panics::catch))
        .layer(from_fn_with_state(portal_policy, security_headers::add))
        .layer(from_fn_with_state(gateway.clone(), log_request::log))
        .layer(from_fn(request_id::assign))
}
