//! A failure as a page.

use archway_core::Error;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::{Chrome, rendered};
use crate::error;
use crate::form_token::FormToken;
use crate::middleware::RequestId;

/// Lets a handler of the portal end in `?`.
#[derive(Debug)]
pub(crate) struct ErrorPage {
    status: StatusCode,
    title: &'static str,
    words: String,
    request_id: Option<String>,
    /// The page of ours that leads on.
    back: Option<String>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct Page<'a> {
    chrome: Chrome,
    title: &'a str,
    words: &'a str,
    request_id: Option<&'a str>,
    back: Option<&'a str>,
}

impl From<Error> for ErrorPage {
    fn from(error: Error) -> Self {
        error::log(&error);
        let status = error::status(&error);
        let title = match error::fault(&error) {
            _ if status == StatusCode::NOT_FOUND => "Not found",
            _ if status == StatusCode::FORBIDDEN => "Not permitted",
            error::Fault::Client => "That cannot be asked",
            error::Fault::Archive => "The archive could not answer",
            error::Fault::Gateway => "Something broke here",
        };
        let words = sentence(&error::public_message(&error));
        Self { status, title, words, request_id: None, back: None }
    }
}

impl ErrorPage {
    /// No page has this address.
    pub(crate) fn nothing_here() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            title: "Nothing at this address",
            words: "The link may be old, or a letter of it is missing.".to_owned(),
            request_id: None,
            back: None,
        }
    }

    /// The address exists, and not for this.
    pub(crate) fn refused(status: StatusCode, words: &str) -> Self {
        let title = "That cannot be done here";
        Self { status, title, words: sentence(words), request_id: None, back: None }
    }

    /// A form that does not carry the token of its page; `back` is that page, if it is known.
    pub(crate) fn stale_form(back: Option<String>) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            title: "The page of this form is too old",
            words: "Nothing was changed. The page was open for longer than this browser's visit, \
                    or the browser keeps no cookies for this site. Allow them, load the page with \
                    the form again, and send it once more."
                .to_owned(),
            request_id: None,
            back,
        }
    }

    /// Shows the id by which the log knows the request, when somebody should look there.
    pub(super) fn with_request_id(mut self, id: RequestId) -> Self {
        self.request_id = self.status.is_server_error().then_some(id.0);
        self
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        let page = Page {
            chrome: Chrome {
                version: env!("CARGO_PKG_VERSION"),
                place: "",
                token: FormToken::default(),
            },
            title: self.title,
            words: &self.words,
            request_id: self.request_id.as_deref(),
            back: self.back.as_deref(),
        };
        match rendered(&page) {
            Ok(html) => (self.status, Html(html)).into_response(),
            Err(_) => (self.status, self.words).into_response(),
        }
    }
}

/// An error's words as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
