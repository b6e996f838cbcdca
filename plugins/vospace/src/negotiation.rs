//! Transfers negotiated: a document goes out, places come back (`VOSpace` 2.1, 3.6 and 6.4).
//!
//! Called by `access.rs`. Calls `job.rs` where the answer is a job.
//! Rules: any direction may be negotiated here, places to write to (`PushToVoSpace`) too; the
//! gateway's contract asks for places to read from only. At once, the service answers with the
//! agreed document or leads to it; one without places is a failure that the job behind it names.

use archway_formats::vospace::{Transfer, read_transfer, write_transfer};
use archway_plugin::http::{Body, Method, Part};
use archway_plugin::{Error, Host, Request, Response};

use crate::job::Job;
use crate::reply;
use crate::service::Service;

/// Negotiates a transfer; the document that comes back has places.
pub(crate) fn negotiate(
    host: &dyn Host,
    service: &Service,
    transfer: &Transfer,
    as_job: bool,
) -> Result<Transfer, Error> {
    let missing = |what: &str| Error::Unsupported(format!("the service offers no {what}"));
    if as_job {
        let url =
            service.endpoints.transfers.as_deref().ok_or_else(|| missing("transfers by jobs"))?;
        return Job::transfer(host, service, url, transfer);
    }
    let url = service.endpoints.sync.as_deref().ok_or_else(|| missing("transfers at once"))?;
    let response = send(host, service, url, transfer)?;
    let agreed = match location(&response, url) {
        Some(place) => place,
        None => {
            let agreed = document(response, &transfer.target)?;
            return if has_places(&agreed) { Ok(agreed) } else { Err(no_places(&agreed)) };
        }
    };
    let request = Request::get(agreed.clone()).credential(service.settings.credential.clone());
    let found = reply::succeeded(host.send(request)?, &transfer.target, service.slot())
        .and_then(|response| document(response, &transfer.target));
    match found {
        Ok(found) if has_places(&found) => Ok(found),
        // The document alone does not say why.
        other => match Job::behind(service, &agreed)
            .map(|job| job.failure(host, service, &transfer.target))
        {
            Some(Some(error)) => Err(error),
            _ => Err(other.map_or_else(|error| error, |found| no_places(&found))),
        },
    }
}

/// Sends a transfer document.
pub(crate) fn send(
    host: &dyn Host,
    service: &Service,
    url: &str,
    transfer: &Transfer,
) -> Result<Response, Error> {
    let mut content = Vec::new();
    write_transfer(&mut content, transfer)
        .map_err(|e| Error::Internal(format!("a transfer could not be written: {e}")))?;
    let body = if service.settings.multipart {
        Body::Multipart(vec![Part {
            name: "file".to_owned(),
            file_name: Some("transfer.xml".to_owned()),
            media_type: Some("text/xml".to_owned()),
            content,
        }])
    } else {
        Body::Bytes(("text/xml".to_owned(), content))
    };
    // To negotiate twice changes nothing but the number of jobs.
    let request = Request::new(Method::Post, url, body).reporting_redirects().repeatable();
    let request = request.credential(service.settings.credential.clone());
    reply::succeeded(host.send(request)?, &transfer.target, service.slot())
}

/// Where an answer leads to, made absolute.
pub(crate) fn location(response: &Response, asked: &str) -> Option<String> {
    if !(300..400).contains(&response.status) {
        return None;
    }
    let location = response.header("location")?.trim();
    if location.contains("://") {
        return Some(location.to_owned());
    }
    let (scheme, rest) = asked.split_once("://")?;
    let host = rest.split(['/', '?']).next()?;
    if location.starts_with('/') {
        return Some(format!("{scheme}://{host}{location}"));
    }
    let path = rest.split('?').next()?;
    let folder = path.rsplit_once('/').map_or(host, |(folder, _)| folder);
    Some(format!("{scheme}://{folder}/{location}"))
}

/// Reads an agreed transfer.
pub(crate) fn document(response: Response, about: &str) -> Result<Transfer, Error> {
    read_transfer(response, &archway_formats::Limits { total_bytes: 4 << 20, ..reply::limits() })
        .map_err(|e| reply::unreadable(e, about, "a VOSpace transfer"))
}

pub(crate) fn has_places(transfer: &Transfer) -> bool {
    transfer.protocols.iter().any(|protocol| protocol.endpoint.is_some())
}

pub(crate) fn no_places(transfer: &Transfer) -> Error {
    Error::malformed(transfer.target.clone(), "a transfer with an endpoint", "one without")
}
