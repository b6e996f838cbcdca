//! Where a 3xx leads, and what goes along. Pure.
//!
//! Called by `egress.rs`, which checks the grant of the new hop and sends it.
//!
//! Rules that hold here and nowhere else:
//!
//! - From https never to http.
//! - Another scheme, host or port is another host: the credential is dropped, and does not
//!   come back. A body goes along on 307 and 308 within one host only.
//! - A redirect whose own text carries a secret to another host is refused.
//!
//! Source: RFC 9110, 15.4; the change from `POST` to `GET` as browsers do it.

use bytes::Bytes;
use http::{Method, header};
use url::Url;

use super::error::Error;
use super::request::{Hop, shortened};
use crate::credentials::Credentials;
use crate::grants::{Denial, Endpoint};

/// Whether the status sends us elsewhere. 300 and 304 do not.
pub(crate) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The next hop after `hop` was answered with `status` and `location`.
pub(crate) fn next(
    hop: &Hop,
    status: u16,
    location: &str,
    credentials: &Credentials,
) -> Result<Hop, Error> {
    let malformed = |received: String| Error::Malformed {
        asked: hop.url.to_string(),
        expected: "a redirect to an http or https URL".to_owned(),
        received,
    };
    let mut url =
        hop.url.join(location).map_err(|e| malformed(format!("{}: {e}", shortened(location))))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(malformed(shortened(location)));
    }
    // A user in the URL would become an `Authorization` header elsewhere; here it is dropped.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    let to = Endpoint::of_url(&url).ok_or_else(|| malformed(shortened(location)))?;
    let from = hop.endpoint.clone();
    if hop.url.scheme() == "https" && url.scheme() == "http" {
        return Err(Denial::LeavesTls { from, to }.into());
    }
    let same_host = same_origin(&hop.url, &url);
    if !same_host && let Some(slot) = credentials.found_in(url.as_str()) {
        let slot = slot.to_owned();
        return Err(Denial::CarriesCredential { from, to, slot }.into());
    }
    let resendable = same_host && matches!(status, 307 | 308);
    let mut next = hop.clone();
    if becomes_get(status, &hop.method) {
        next.method = Method::GET;
        next.body = Bytes::new();
        next.headers.remove(header::CONTENT_TYPE);
        next.idempotent = true;
    } else if !hop.body.is_empty() && !resendable {
        let method = hop.method.to_string();
        return Err(Denial::ResendsBody { from, to, method }.into());
    }
    if !same_host {
        next.credential = None;
    }
    next.url = url;
    next.endpoint = to;
    Ok(next)
}

fn becomes_get(status: u16, method: &Method) -> bool {
    match status {
        303 => *method != Method::HEAD && *method != Method::GET,
        301 | 302 => *method == Method::POST,
        _ => false,
    }
}

fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host() == b.host()
        && a.port_or_known_default() == b.port_or_known_default()
}

#[cfg(test)]
mod tests;
