//! What the proxy itself answers in place of a lab: a page for people, a problem for programs.
//!
//! Rules: nothing of the request is repeated in it, except the lab's name in a link, and that only
//! where it is a name that a lab can have; a stranger gets the same page for every lab, whether
//! there is one or not.

use askama::Template;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::body::Answer;
use super::headers::CLEAR_SITE_DATA;
use super::origins::{Mode, Origins, Place};
use super::same_origin::is_navigation;
use crate::rest::problem;

/// The one style of these pages; the portal's is on another origin.
const STYLE: &str = include_str!("../../templates/lab_page.css");
/// How soon a page looks again whether the lab is ready.
const AGAIN_S: u16 = 2;

#[derive(Template)]
#[template(path = "lab_page.html")]
struct Page<'a> {
    style: &'static str,
    title: &'a str,
    words: &'a str,
    link: &'a str,
    again_s: Option<u16>,
}

/// What is to be said.
pub(super) struct Said<'a> {
    pub(super) status: StatusCode,
    pub(super) title: &'a str,
    pub(super) words: &'a str,
    /// Whether waiting helps.
    pub(super) again: bool,
    /// Whether what the browser keeps of the lab goes.
    pub(super) clear: bool,
}

impl<'a> Said<'a> {
    pub(super) fn new(status: StatusCode, title: &'a str, words: &'a str) -> Self {
        Self { status, title, words, again: false, clear: false }
    }

    /// For whoever has not entered.
    pub(super) const STRANGER: Said<'static> = Said {
        status: StatusCode::NOT_FOUND,
        title: "No lab is open here",
        words: "A lab shows itself only in a browser that came from its page in the portal. \
                After a restart of the gateway, open it there again.",
        again: false,
        clear: false,
    };

    /// For a code that does not work.
    pub(super) const BAD_CODE: Said<'static> = Said {
        status: StatusCode::FORBIDDEN,
        title: "This link does not work any more",
        words: "It works once, and for a minute. Open the lab again from its page in the portal.",
        again: false,
        clear: false,
    };

    /// While the lab starts.
    pub(super) fn starting(words: &'a str) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self { again: true, ..Self::new(status, "Your lab is starting", words) }
    }

    /// Once it has ended.
    pub(super) fn gone(words: &'a str) -> Self {
        Self::new(StatusCode::GONE, "This lab has ended", words)
    }

    /// Once it was deleted.
    pub(super) const DELETED: Said<'static> = Said {
        status: StatusCode::GONE,
        title: "This lab was deleted",
        words: "Your own space and your data volumes outlive it.",
        again: false,
        clear: true,
    };

    /// When its application does not do its part.
    pub(super) fn silent(status: StatusCode, words: &'a str) -> Self {
        Self::new(status, "The lab does not answer", words)
    }

    /// Says it, in the form that suits who asked.
    pub(super) fn answer<B>(
        self,
        request: &Request<B>,
        place: &Place,
        origins: &Origins,
    ) -> Response<Answer> {
        self.answer_as(is_navigation(request), place, origins)
    }

    /// Says it to a person, or to a program.
    pub(super) fn answer_as(
        self,
        to_person: bool,
        place: &Place,
        origins: &Origins,
    ) -> Response<Answer> {
        let own_page = place.is_plausible().then(|| origins.portal_page(&place.lab));
        let page = Page {
            style: STYLE,
            title: self.title,
            words: self.words,
            link: own_page.as_deref().unwrap_or(&origins.portal),
            again_s: self.again.then_some(AGAIN_S),
        };
        let html = if to_person { page.render().ok() } else { None };
        let mut response = match html {
            Some(html) => {
                let mut response = Response::new(Body::from(html));
                *response.status_mut() = self.status;
                set(response.headers_mut(), CONTENT_TYPE, "text/html; charset=utf-8");
                response
            }
            None => problem::plain(self.status, &format!("{}: {}", self.title, self.words)),
        };
        let headers = response.headers_mut();
        set(headers, CACHE_CONTROL, "no-store");
        set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(headers, REFERRER_POLICY, "no-referrer");
        if let Ok(policy) = HeaderValue::try_from(policy()) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        if self.again {
            headers.insert(RETRY_AFTER, HeaderValue::from(AGAIN_S));
        }
        // In path mode it would be the portal's data that goes.
        if self.clear && place.mode == Mode::Host {
            set(headers, CLEAR_SITE_DATA, "\"cache\", \"cookies\", \"storage\"");
        }
        response.map(Answer::Own)
    }
}

/// Nothing but our own style.
fn policy() -> String {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

fn set(headers: &mut HeaderMap, name: axum::http::HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
