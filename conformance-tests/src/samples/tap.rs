//! One TAP 1.1 service over tables in memory: the routes, and how failures are said.
//!
//! *Called by* `samples.rs`, which nests one of these for each archive.
//! *Calls* `request.rs` (parameters), `adql.rs` and `evaluate.rs` (the query),
//! `answer.rs` (the document), `jobs.rs` (the asynchronous half), `vosi.rs`.
//! *Rules*: what is not evaluated is refused with a VOTable error, never
//! answered half. *Not here*: uploads, `/examples`, authentication.

pub mod adql;
mod answer;
pub mod evaluate;
mod jobs;
mod jobs_document;
pub mod request;
pub mod schema;
mod vosi;

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use http::{HeaderMap, Method, Uri, header};

use self::jobs::Jobs;
use self::request::{TapError, TapRequest, parameters};
use self::schema::{Schema, TAP_SCHEMA, tap_schema};
use super::table::Table;

/// A query with its parameters fits.
const LARGEST_BODY_BYTES: usize = 1024 * 1024;

/// A TAP service.
#[derive(Debug)]
pub struct TapService {
    /// Where it is, without a slash at the end: `http://127.0.0.1:8471/sky/tap`.
    url: String,
    /// For people; says that it is a sample.
    title: &'static str,
    schemas: Vec<Schema>,
    /// Its tables and those of TAP_SCHEMA.
    tables: Vec<Table>,
    /// Microseconds since 1970, UTC.
    up_since: i64,
    jobs: Jobs,
}

impl TapService {
    /// A service at `url` that holds `tables` of `schemas`.
    pub fn new(
        url: String,
        title: &'static str,
        schemas: &[Schema],
        mut tables: Vec<Table>,
    ) -> Self {
        tables.extend(tap_schema(schemas, &tables));
        let mut schemas = schemas.to_vec();
        schemas.push(TAP_SCHEMA);
        let up_since = jobs_document::instant(SystemTime::now());
        Self { jobs: Jobs::new(), url, title, schemas, tables, up_since }
    }

    /// Runs a query and writes its answer: media type and document.
    fn answer(&self, request: &TapRequest) -> Result<(String, Vec<u8>), TapError> {
        let query = adql::Query::parse(&request.query)?;
        let found = evaluate::run(query, &self.tables, request.maxrec)?;
        let document = answer::write(&found, request.format, self.title)?;
        Ok((request.content_type.clone(), document))
    }

    fn has_obscore(&self) -> bool {
        self.tables.iter().any(|table| table.name == "ivoa.obscore")
    }
}

/// The routes of a service.
pub fn router(service: Arc<TapService>) -> Router {
    Router::new()
        .route("/sync", any(sync))
        .route("/async", any(jobs::list))
        .route("/async/{id}", any(jobs::one))
        .route("/async/{id}/{*part}", any(jobs::part))
        .route("/tables", get(tables))
        .route("/tables/{name}", get(one_table))
        .route("/capabilities", get(capabilities))
        .route("/availability", get(availability))
        .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES))
        .with_state(service)
}

type Service = State<Arc<TapService>>;

async fn sync(
    State(service): Service,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let run = || {
        let parameters = parameters(&method, &uri, &headers, &body)?;
        service.answer(&TapRequest::new(&parameters)?)
    };
    match run() {
        Ok((content_type, document)) => {
            ([(header::CONTENT_TYPE, content_type)], document).into_response()
        }
        Err(error) => error.into_response(),
    }
}

async fn tables(State(service): Service, uri: Uri) -> Result<Response, TapError> {
    let detail = uri.query().unwrap_or_default().to_ascii_lowercase();
    let with_columns = !detail.contains("detail=min");
    Ok(xml(vosi::tableset(&service.schemas, &service.tables, with_columns)?))
}

async fn one_table(
    State(service): Service,
    Path(name): Path<String>,
) -> Result<Response, TapError> {
    let found = service.tables.iter().find(|table| table.name.eq_ignore_ascii_case(&name));
    let table = found.ok_or_else(|| TapError::NotFound(format!("table `{name}`")))?;
    Ok(xml(vosi::one_table(table)?))
}

async fn capabilities(State(service): Service) -> Result<Response, TapError> {
    Ok(xml(vosi::capabilities(&service.url, service.has_obscore())?))
}

async fn availability(State(service): Service) -> Result<Response, TapError> {
    Ok(xml(vosi::availability(service.up_since)?))
}

fn xml(document: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], document.into()).into_response()
}

impl IntoResponse for TapError {
    /// The error document of DALI 1.1, 4.4.
    fn into_response(self) -> Response {
        let document = answer::error(&self.to_string());
        (self.status(), [(header::CONTENT_TYPE, "application/x-votable+xml")], document)
            .into_response()
    }
}
