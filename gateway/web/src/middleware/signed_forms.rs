//! A form changes something only if it was on a page that the portal showed to this browser.
//!
//! Called for every request to the portal; `csrf.rs` has looked at its origin before. Programs
//! have REST and GraphQL, which take JSON only: no form sends that.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use url::form_urlencoded;

use super::{MAX_FORM_BYTES, Surface};
use crate::form_token::{BrowserValue, FIELD};
use crate::portal::ErrorPage;
use crate::state::Gateway;

/// How long a form may take to come.
const WITHIN: Duration = Duration::from_secs(30);

pub(super) async fn check(
    State(gateway): State<Gateway>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if Surface::of(path) != Surface::Portal || path.starts_with("/static/") {
        return next.run(request).await;
    }
    let secure = gateway.proxy.origins().scheme == "https";
    let known = BrowserValue::of(request.headers(), secure);
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        let (parts, body) = request.into_parts();
        let form = match form(body).await {
            Ok(form) => form,
            Err(refused) => return refused,
        };
        let token = token_of(&form);
        let fits = |browser: &BrowserValue| gateway.form_key.fits(browser, &token);
        if !known.as_ref().is_some_and(fits) {
            tracing::info!("a form without the token of its page was refused");
            return ErrorPage::stale_form(own_page(&parts.headers)).into_response();
        }
        request = Request::from_parts(parts, Body::from(form));
    }
    let browser = known.clone().unwrap_or_else(BrowserValue::made);
    request.extensions_mut().insert(gateway.form_key.token(&browser));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // A search page comes as events too.
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if kind.starts_with(b"text/html") || kind.starts_with(b"text/event-stream") {
        if known.is_none()
            && let Ok(cookie) = HeaderValue::try_from(browser.cookie(secure))
        {
            headers.append(header::SET_COOKIE, cookie);
        }
        // Its forms are for this browser.
        let private = HeaderValue::from_static("private, no-cache");
        headers.entry(header::CACHE_CONTROL).or_insert(private);
    }
    response
}

/// Reads a form whole.
async fn form(body: Body) -> Result<Bytes, Response> {
    let refused = |status, words: &str| ErrorPage::refused(status, words).into_response();
    match tokio::time::timeout(WITHIN, axum::body::to_bytes(body, MAX_FORM_BYTES)).await {
        Ok(Ok(form)) => Ok(form),
        Ok(Err(_)) => {
            let words = format!("the form is longer than {MAX_FORM_BYTES} bytes, or broke off");
            Err(refused(StatusCode::PAYLOAD_TOO_LARGE, &words))
        }
        Err(_) => {
            let words = format!("the form did not come within {} s", WITHIN.as_secs());
            Err(refused(StatusCode::REQUEST_TIMEOUT, &words))
        }
    }
}

/// The first token in a form: a page puts its own before everything that was said.
fn token_of(form: &[u8]) -> String {
    let mut fields = form_urlencoded::parse(form);
    let token = fields.find(|(name, _)| name == FIELD);
    token.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The page of ours that the form was on, as a path.
fn own_page(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let page = text(header::REFERER)?;
    let (host, path) = page.split_once("://")?.1.split_once('/')?;
    host.eq_ignore_ascii_case(text(header::HOST)?).then(|| format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_ours_is_gone_back_to() {
        let cases = [
            ("ours", "http://localhost:8470/volumes/new/review?type=empty", true),
            ("ours in another case", "http://LOCALHOST:8470/labs", true),
            ("another site", "https://evil.example/labs", false),
            ("a name that begins alike", "http://localhost:8470.evil/labs", false),
            ("a user that looks alike", "http://localhost:8470@evil/labs", false),
            ("nothing behind the name", "http://localhost:8470", false),
            ("no URL", "labs", false),
        ];
        for (name, referer, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert("host", "localhost:8470".parse().unwrap());
            headers.insert("referer", referer.parse().unwrap());
            let found = own_page(&headers);
            assert_eq!(found.is_some(), expected, "case: {name}");
            assert!(found.is_none_or(|path| path.starts_with('/')), "case: {name}");
        }
    }

    #[test]
    fn the_first_token_counts() {
        let cases = [("a=1&token=x&token=y", "x"), ("token=", ""), ("a=1", ""), ("token=%41", "A")];
        for (form, expected) in cases {
            assert_eq!(token_of(form.as_bytes()), expected, "case: {form}");
        }
    }
}
