//! `GET /`: the search page, whole or as it fills.
//!
//! A browser without JavaScript gets the page when its archives have answered or their time
//! is up. The page's script asks the same URL with `Accept: text/event-stream` and gets the
//! same markup in parts: `start`, `source` as each archive answers, `page` at the end.
//!
//! Calls `form.rs` for the parameters and `asking.rs` for the search.

use std::convert::Infallible;
use std::time::Duration;

use archway_core::Error;
use archway_core::archive::{ArchiveInfo, Health};
use archway_core::discovery::{Event, Page, SourceReport};
use archway_core::permission::{Action, Resource, decide};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{self, Sse};
use axum::response::{Html, IntoResponse, Response};
use futures_util::{Stream, StreamExt as _, stream};

use super::card::{Card, Infos};
use super::form::{self, Form};
use super::outcome::{Outcome, SourceRow, archives};
use super::url_of::Asked;
use super::{Chrome, ErrorPage, host, page, rendered};
use crate::asking;
use crate::error;
use crate::form_token::FormToken;
use crate::middleware::RequestId;
use crate::parameters::Parameters;
use crate::state::Gateway;

/// How long a search waits that is asked again because its time was short.
const PATIENT: Duration = Duration::from_secs(20);
/// How long a page that comes whole waits for archives, unless its URL says otherwise.
const WHOLE_PAGE_WITHIN: Duration = Duration::from_secs(3);

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    chrome: Chrome,
    form: Form,
    outcome: Option<Outcome>,
    home: Vec<HomeArchive>,
}

#[derive(Template)]
#[template(path = "waiting.html")]
struct Waiting {
    archives: String,
    sources: Vec<SourceRow>,
}

#[derive(Template)]
#[template(path = "progress.html")]
struct Progress {
    sources: Vec<SourceRow>,
    archive: String,
    cards: Vec<Card>,
}

/// An archive as the start page shows it.
struct HomeArchive {
    title: String,
    description: Option<String>,
    mark: &'static str,
    health: &'static str,
    sample: bool,
    untried: bool,
}

/// Who is shown a page.
struct Asker {
    /// The gateway as they call it.
    host: String,
    token: FormToken,
}

/// Shows the form, and what it asks for.
pub(crate) async fn search(
    State(gateway): State<Gateway>,
    request_id: RequestId,
    token: FormToken,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Parameters::of_query(query.as_deref());
    let as_events = asking::wants_events(&headers);
    let asker = Asker { host: host(&headers).to_owned(), token };
    let mut response = match answer(&gateway, parameters, as_events, asker).await {
        Ok(response) => response,
        Err(error) => ErrorPage::from(error).with_request_id(request_id).into_response(),
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    response
}

async fn answer(
    gateway: &Gateway,
    parameters: Parameters,
    as_events: bool,
    asker: Asker,
) -> Result<Response, Error> {
    if !form::asks(&parameters) {
        let form = Form::of(&parameters, &gateway.archives);
        return page(&SearchPage {
            chrome: Chrome::on_search(gateway),
            form,
            outcome: None,
            home: visible(gateway).iter().map(HomeArchive::from).collect(),
        });
    }
    let mut request = form::request(&parameters, gateway);
    if let Ok(request) = &mut request
        && !as_events
        && parameters.shown("deadline_ms").is_empty()
    {
        // Nobody looks at an empty window for long; the page has a link that waits longer.
        request.deadline = request.deadline.min(WHOLE_PAGE_WITHIN);
    }
    let found = match request {
        Ok(request) if as_events => match asking::events(gateway, request) {
            Ok(events) => return Ok(streamed(gateway, parameters, asker, events)),
            Err(error) => Err(error),
        },
        Ok(request) => asking::page(gateway, request).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => Ok(Html(whole(gateway, &parameters, &asker, &found)?).into_response()),
        Err(error) if error::parameter(&error).is_some() => mistaken(gateway, &parameters, &error),
        Err(error) => Err(error),
    }
}

/// The page with its results.
fn whole(
    gateway: &Gateway,
    parameters: &Parameters,
    asker: &Asker,
    found: &Page,
) -> Result<String, Error> {
    let form = Form::of(parameters, &gateway.archives).with_rows(found);
    let patience = gateway.deadlines.most.min(PATIENT);
    let (infos, asked) = (infos(gateway), Asked(parameters));
    rendered(&SearchPage {
        chrome: Chrome::on_search(gateway).signed(&asker.token),
        form,
        outcome: Some(Outcome::new(found, &infos, &asked, patience, &asker.host)),
        home: Vec::new(),
    })
}

/// The form with what is wrong beside the field that is.
fn mistaken(gateway: &Gateway, parameters: &Parameters, error: &Error) -> Result<Response, Error> {
    error::log(error);
    let html = mistaken_html(gateway, parameters, error)?;
    Ok((error::status(error), Html(html)).into_response())
}

fn mistaken_html(
    gateway: &Gateway,
    parameters: &Parameters,
    error: &Error,
) -> Result<String, Error> {
    rendered(&SearchPage {
        chrome: Chrome::on_search(gateway),
        form: Form::of(parameters, &gateway.archives).with_problem(error),
        outcome: None,
        home: Vec::new(),
    })
}

/// What a stream of parts remembers.
struct Watched {
    gateway: Gateway,
    parameters: Parameters,
    asker: Asker,
    infos: Infos,
    /// The archives asked, in the order of the configuration; each with its answer once it came.
    sources: Vec<(ArchiveInfo, Option<SourceReport>)>,
}

fn streamed(
    gateway: &Gateway,
    parameters: Parameters,
    asker: Asker,
    events: impl Stream<Item = Result<Event, Error>> + Send + 'static,
) -> Response {
    let chosen: Vec<String> = parameters.all("archive").map(str::to_owned).collect();
    let asked = visible(gateway)
        .into_iter()
        .filter(|info| chosen.is_empty() || chosen.iter().any(|id| id == info.id.as_str()));
    let mut watched = Watched {
        gateway: gateway.clone(),
        asker,
        infos: infos(gateway),
        sources: asked.map(|info| (info, None)).collect(),
        parameters,
    };
    let start = stream::iter([Ok::<_, Infallible>(watched.start())]);
    let parts = events.map(move |event| Ok(watched.part(event)));
    Sse::new(start.chain(parts)).keep_alive(asking::keep_alive()).into_response()
}

impl Watched {
    fn start(&self) -> sse::Event {
        let waiting =
            Waiting { archives: archives(self.sources.len()), sources: self.source_rows() };
        self.named("start", rendered(&waiting))
    }

    fn part(&mut self, event: Result<Event, Error>) -> sse::Event {
        match event {
            Ok(Event::Source { report, assets }) => {
                let asked = Asked(&self.parameters);
                let card = |asset| Card::new(asset, &self.infos, &asked, &self.asker.host);
                let cards = assets.iter().map(card).collect();
                let archive = report.archive.to_string();
                let own = self.sources.iter_mut().find(|(info, _)| info.id == report.archive);
                if let Some((_, answer)) = own {
                    *answer = Some(report);
                }
                let progress = Progress { sources: self.source_rows(), archive, cards };
                self.named("source", rendered(&progress))
            }
            Ok(Event::Page(found)) => {
                self.named("page", whole(&self.gateway, &self.parameters, &self.asker, &found))
            }
            Err(error) => {
                error::log(&error);
                self.named("page", mistaken_html(&self.gateway, &self.parameters, &error))
            }
        }
    }

    fn source_rows(&self) -> Vec<SourceRow> {
        let row = |(info, answer): &(ArchiveInfo, Option<SourceReport>)| match answer {
            Some(report) => SourceRow::answered(report, &self.infos),
            None => SourceRow::asking(info),
        };
        self.sources.iter().map(row).collect()
    }

    /// A part that cannot be rendered ends the script's patience: it then loads the whole page.
    fn named(&self, name: &str, html: Result<String, Error>) -> sse::Event {
        match html {
            // A carriage return cannot stand in an event's data.
            Ok(html) => sse::Event::default().event(name).data(html.replace('\r', " ")),
            Err(error) => {
                error::log(&error);
                sse::Event::default().comment("a part could not be rendered")
            }
        }
    }
}

/// The archives that this principal may see.
fn visible(gateway: &Gateway) -> Vec<ArchiveInfo> {
    let infos =
        gateway.archives.snapshot().iter().map(|archive| archive.info()).collect::<Vec<_>>();
    let may = |info: &ArchiveInfo| {
        decide(&gateway.principal, Action::ListArchives, Resource::Archive(&info.id)).is_ok()
    };
    infos.into_iter().filter(may).collect()
}

/// The same, by id.
pub(super) fn infos(gateway: &Gateway) -> Infos {
    visible(gateway).into_iter().map(|info| (info.id.clone(), info)).collect()
}

impl From<&ArchiveInfo> for HomeArchive {
    fn from(info: &ArchiveInfo) -> Self {
        let (mark, health) = match info.health {
            Health::Up => ("ok", "Answering"),
            Health::Down => ("error", "Not answering"),
            Health::Unknown => ("skipped", "Not asked yet"),
        };
        Self {
            title: info.title.clone(),
            description: info.description.as_ref().and_then(|own| own.description.clone()),
            mark,
            health,
            sample: info.sample,
            untried: info.untried,
        }
    }
}

impl SearchPage {
    fn title(&self) -> String {
        match (&self.outcome, self.form.q.as_str()) {
            (Some(outcome), "") => format!("{} · Archway", outcome.headline),
            (Some(outcome), q) => format!("{q}: {} · Archway", outcome.headline),
            (None, _) => "Archway: search science archives".to_owned(),
        }
    }
}
