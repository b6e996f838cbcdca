//! GraphQL over HTTP: `POST /graphql` with JSON, `GET` for queries, streams as server-sent events.
//!
//! Called by `router.rs`. Calls the schema. Rules that hold here: one request at a time, no list
//! of them; only `application/json`, which no form of another site can send; `GET` changes
//! nothing; a subscription is a stream of events `next` and then `complete` (the distinct
//! connections mode of GraphQL over SSE), which needs no WebSocket.

use std::convert::Infallible;
use std::time::Duration;

use archway_core::Error;
use async_graphql::parser::types::OperationType;
use async_graphql::{Name, PathSegment, Request, ServerError, Value};
use axum::extract::{Extension, RawQuery, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};

use super::{Schema, described, limits};
use crate::asking::{keep_alive, wants_events};
use crate::error;
use crate::parameters::Parameters;
use crate::state::Gateway;

/// Most bytes of a body: a query and the ids of 10,000 assets.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// How long a body may take to come.
const WITHIN: Duration = Duration::from_secs(30);
/// The media type of answers that the specification of GraphQL over HTTP prefers.
const GRAPHQL: &str = "application/graphql-response+json";

/// Runs a query.
pub(crate) async fn get(
    Extension(schema): Extension<Schema>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::of_query(query.as_deref());
    let request = match of_query(&parameters) {
        Ok(request) => request,
        Err(error) => return failed(error),
    };
    let (request, kind) = match checked(request) {
        Ok(checked) => checked,
        Err(refusal) => return refused(StatusCode::BAD_REQUEST, &refusal),
    };
    if kind != OperationType::Query {
        let words = "GET runs queries only; POST runs mutations and subscriptions";
        let mut response = refused(StatusCode::METHOD_NOT_ALLOWED, words);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    answered(completed(schema.execute(request).await), &headers)
}

/// Runs a query, a mutation, or a subscription.
pub(crate) async fn post(
    State(gateway): State<Gateway>,
    Extension(schema): Extension<Schema>,
    headers: HeaderMap,
    request: HttpRequest,
) -> Response {
    let request = match of_body(request).await {
        Ok(request) => request,
        Err((status, words)) => return refused(status, &words),
    };
    let (request, kind) = match checked(request) {
        Ok(checked) => checked,
        Err(refusal) => return refused(StatusCode::BAD_REQUEST, &refusal),
    };
    if wants_events(&headers) {
        let open = gateway.metrics.follower();
        let results = schema.execute_stream(request).map(move |result| {
            let _counted_until_dropped = &open;
            event("next", &completed(result))
        });
        let done = Event::default().event("complete").data("");
        let events = results.chain(stream::iter([done])).map(Ok::<_, Infallible>);
        let stream = Sse::new(events).keep_alive(keep_alive());
        return ([(header::VARY, "accept")], stream).into_response();
    }
    if kind == OperationType::Subscription {
        let words = "a subscription is answered as a stream; send Accept: text/event-stream";
        return refused(StatusCode::NOT_ACCEPTABLE, words);
    }
    answered(completed(schema.execute(request).await), &headers)
}

/// Says `failure` in the form of this surface.
pub(crate) fn failed(failure: Error) -> Response {
    error::log(&failure);
    let status = error::status(&failure);
    let error = described(&failure).into_server_error(async_graphql::Pos::default());
    document(status, vec![ServerError { locations: Vec::new(), ..error }])
}

/// Refuses a request in the form of this surface.
pub(crate) fn refused(status: StatusCode, words: &str) -> Response {
    let code = match status {
        StatusCode::FORBIDDEN => "FORBIDDEN",
        StatusCode::PAYLOAD_TOO_LARGE => "TOO_LARGE",
        _ => "BAD_REQUEST",
    };
    let mut error = ServerError::new(words, None);
    let mut extensions = async_graphql::ErrorExtensionValues::default();
    extensions.set("code", code);
    error.extensions = Some(extensions);
    document(status, vec![error])
}

fn document(status: StatusCode, errors: Vec<ServerError>) -> Response {
    let body = serde_json::json!({ "errors": errors });
    (status, axum::Json(body)).into_response()
}

/// The request of an address.
fn of_query(parameters: &Parameters) -> Result<Request, Error> {
    parameters.refuse_all_but(&["query", "operationName", "variables", "extensions"])?;
    let missing = || Error::bad_request("query", "is missing; POST takes it as JSON too");
    let mut request = Request::new(parameters.one("query")?.ok_or_else(missing)?);
    request.operation_name = parameters.one("operationName")?.map(str::to_owned);
    if let Some(variables) = parameters.one("variables")? {
        let bad = |error| Error::bad_request("variables", format!("is no JSON object: {error}"));
        request.variables = serde_json::from_str(variables).map_err(bad)?;
    }
    Ok(request)
}

/// The request of a body.
async fn of_body(request: HttpRequest) -> Result<Request, (StatusCode, String)> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let words = "a body is application/json here; say so with Content-Type";
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, words.to_owned()));
    }
    let reading = axum::body::to_bytes(request.into_body(), MOST_BYTES);
    let bytes = match tokio::time::timeout(WITHIN, reading).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let words = format!("the body is longer than {MOST_BYTES} bytes, or broke off");
            return Err((StatusCode::PAYLOAD_TOO_LARGE, words));
        }
        Err(_) => {
            let words = format!("the body did not come within {} s", WITHIN.as_secs());
            return Err((StatusCode::REQUEST_TIMEOUT, words));
        }
    };
    let bad = |words: String| (StatusCode::BAD_REQUEST, words);
    let document: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|error| bad(format!("the body is no JSON: {error}")))?;
    if document.is_array() {
        return Err(bad("one request at a time; a list of them is not taken".to_owned()));
    }
    if !document.get("query").is_some_and(serde_json::Value::is_string) {
        return Err(bad("the body has no `query`, which is a string".to_owned()));
    }
    serde_json::from_value(document)
        .map_err(|error| bad(format!("the body is no request: {error}")))
}

/// Parses a request within its limits; what kind of operation it runs with it.
fn checked(mut request: Request) -> Result<(Request, OperationType), String> {
    limits::check_text(&request.query)?;
    let named = request.operation_name.clone();
    let document = request.parsed_query().map_err(|error| match error.locations.first() {
        Some(place) => format!("{} (line {}, column {})", error.message, place.line, place.column),
        None => error.message.clone(),
    })?;
    limits::check(document)?;
    let mut operations = document.operations.iter();
    let found = match &named {
        Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own.as_str() == name)),
        None => operations.next(),
    };
    // Where none has that name, running it says so.
    let kind = found.map_or(OperationType::Query, |(_, operation)| operation.node.ty);
    Ok((request, kind))
}

/// A response as it should be: every error has a code, which those of validation come without,
/// and a field that failed is null (GraphQL, 6.4.4), where the library leaves it out. Every field
/// that can fail is one that can be null.
fn completed(mut response: async_graphql::Response) -> async_graphql::Response {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", "BAD_REQUEST");
        }
        fill(&mut response.data, &error.path);
    }
    response
}

/// Puts null where a path ends, if nothing is there.
fn fill(value: &mut Value, path: &[PathSegment]) {
    match (value, path) {
        (Value::Object(fields), [PathSegment::Field(name), rest @ ..]) => {
            match fields.get_mut(name.as_str()) {
                Some(inner) => fill(inner, rest),
                None if rest.is_empty() => drop(fields.insert(Name::new(name), Value::Null)),
                None => {}
            }
        }
        (Value::List(items), [PathSegment::Index(index), rest @ ..]) => {
            if let Some(inner) = items.get_mut(*index) {
                fill(inner, rest);
            }
        }
        _ => {}
    }
}

/// An answer with the media type that is asked for.
fn answered(response: async_graphql::Response, headers: &HeaderMap) -> Response {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let preferred = accepted.flat_map(|value| value.split(',')).any(|kind| {
        kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(GRAPHQL)
    });
    // With the older type a request that could not be run is told from others by its body alone.
    let ran = response.data != Value::Null || response.errors.is_empty();
    let kind = if preferred { GRAPHQL } else { "application/json" };
    let status = if preferred && !ran { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let headers = [(header::CONTENT_TYPE, kind), (header::VARY, "accept")];
    match serde_json::to_vec(&response) {
        Ok(body) => (status, headers, body).into_response(),
        Err(error) => failed(Error::internal(error)),
    }
}

fn event(name: &str, result: &async_graphql::Response) -> Event {
    match Event::default().event(name).json_data(result) {
        Ok(event) => event,
        // A response holds only what JSON can say.
        Err(_) => Event::default().event(name).data("{}"),
    }
}
