//! `GET /labs` and `/labs/{id}`: the catalogue, the running lab, and what is done with one.
//!
//! Calls `core::labs`. A browser enters a lab through `entering.rs`. Not here: launching one
//! (`labs/launch.rs`).

mod launch;

pub(crate) use launch::{launch, new};

use archway_core::labs::{App, Lab, LabEvent, LabId, LabState, Network};
use archway_core::selections::Members;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::{Chrome, ErrorPage, page, url_of, words};
use crate::entering::{cause_words, entry_url};
use crate::form_token::FormToken;
use crate::state::Gateway;

#[derive(Template)]
#[template(path = "labs.html")]
struct ListPage {
    chrome: Chrome,
    running: Vec<Row>,
    ended: Vec<Row>,
    apps: Vec<AppCard>,
    usage: Vec<(&'static str, String)>,
}

struct AppCard {
    href: String,
    id: String,
    kind: &'static str,
    title: String,
    about: String,
    maintainer: String,
    licence: String,
    homepage: Option<String>,
    formats: String,
    sizes: String,
}

struct Row {
    href: String,
    title: String,
    app: String,
    state: &'static str,
    mark: &'static str,
    backend: String,
    size: String,
    created: String,
    why: String,
}

#[derive(Template)]
#[template(path = "lab.html")]
struct LabPage {
    chrome: Chrome,
    lab: Row,
    id: String,
    events: Vec<EventRow>,
    facts: Vec<(&'static str, String)>,
    volumes: Vec<(String, String)>,
    ready: bool,
    ended: bool,
    live: String,
    log: Option<String>,
    again: String,
}

struct EventRow {
    at: String,
    state: &'static str,
    words: String,
    log: String,
}

/// Shows the catalogue and the labs of whoever asks.
pub(crate) async fn list(State(gateway): State<Gateway>) -> Result<Response, ErrorPage> {
    let who = &gateway.principal;
    let labs = gateway.labs.list(who, false).await?;
    let (ended, running): (Vec<&Lab>, Vec<&Lab>) =
        labs.iter().partition(|lab| lab.state.has_ended());
    let (usage, quota) = gateway.labs.usage(who).await?;
    Ok(page(&ListPage {
        chrome: Chrome::at(&gateway, "labs"),
        running: running.into_iter().map(Row::from).collect(),
        ended: ended.into_iter().take(20).map(Row::from).collect(),
        apps: gateway.labs.catalogue().0.iter().map(|app| AppCard::from(app.as_ref())).collect(),
        usage: vec![
            ("Labs", format!("{} of {}", usage.labs, quota.labs)),
            ("Cores", format!("{} of {}", usage.cores, quota.cores)),
            (
                "Memory",
                format!(
                    "{} of {}",
                    words::memory(usage.memory_mib),
                    words::memory(quota.memory_mib)
                ),
            ),
        ],
    })?)
}

/// Shows one lab: its steps, and the way into it.
pub(crate) async fn lab(
    State(gateway): State<Gateway>,
    token: FormToken,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    let (who, id) = (&gateway.principal, LabId(id));
    let lab = gateway.labs.lab(who, &id).await?;
    let events = gateway.labs.events(who, &id, 0).await?;
    let log =
        if lab.state == LabState::Ready { gateway.labs.log(who, &id).await.ok() } else { None };
    let mut volumes = Vec::new();
    for volume in &lab.volumes {
        let title = gateway.volumes.volume(who, volume).await.map(|own| own.title);
        let title = title.unwrap_or_else(|_| format!("{volume} (deleted)"));
        volumes.push((title, format!("/volumes/{}", url_of::segment(&volume.0))));
    }
    let mut facts = vec![
        ("Application", lab.app.to_string()),
        ("Where", lab.backend.clone()),
        (
            "Size",
            format!("{}, {}", words::cores(lab.size.cores), words::memory(lab.size.memory_mib)),
        ),
        (
            "Internet",
            match lab.network {
                Network::None => "no".to_owned(),
                Network::Audited => "public hosts, each connection logged".to_owned(),
            },
        ),
        ("Asked for (UTC)", words::moment(lab.created)),
    ];
    if lab.state.has_ended() {
        facts.extend(lab.ended.map(|ended| ("Ended (UTC)", words::moment(ended))));
    } else {
        facts.push(("Ends at the latest (UTC)", words::moment(lab.deadline)));
    }
    let segment = url_of::segment(&id.0);
    let again: Vec<(&str, &str)> = [("app", lab.app.as_str())]
        .into_iter()
        .chain(lab.volumes.iter().map(|volume| ("volume", volume.0.as_str())))
        .chain(lab.notebook.as_ref().map(|_| ("notebook", "1")))
        .collect();
    Ok(page(&LabPage {
        chrome: Chrome::at(&gateway, "labs").signed(&token),
        lab: Row::from(&lab),
        id: lab.id.to_string(),
        events: events.into_iter().map(EventRow::from).collect(),
        facts,
        volumes,
        ready: lab.state == LabState::Ready,
        ended: lab.state.has_ended(),
        live: format!("/api/v1/labs/{segment}/events"),
        log,
        again: format!("/labs/new?{}", url_of::query(again.into_iter())),
    })?)
}

/// Sends the browser into the lab.
pub(crate) async fn open(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    Ok(Redirect::to(&entry_url(&gateway, &LabId(id)).await?).into_response())
}

/// Ends the lab.
pub(crate) async fn stop(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    Ok(to(&gateway.labs.stop(&gateway.principal, &LabId(id)).await?.id))
}

/// Lets it live longer.
pub(crate) async fn extend(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    Ok(to(&gateway.labs.extend(&gateway.principal, &LabId(id)).await?.id))
}

/// Idleness does not end it for a while.
pub(crate) async fn snooze(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    Ok(to(&gateway.labs.snooze(&gateway.principal, &LabId(id)).await?.id))
}

/// Removes the record of one that has ended.
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    gateway.labs.delete(&gateway.principal, &LabId(id)).await?;
    Ok(Redirect::to("/labs").into_response())
}

fn to(id: &LabId) -> Response {
    Redirect::to(&format!("/labs/{}", url_of::segment(&id.0))).into_response()
}

/// Assets, or the search that finds them, in words.
pub(super) fn described(members: &Members) -> String {
    match members {
        Members::Assets(assets) => words::counted(assets.len() as u64, "asset"),
        Members::Query { query, .. } => {
            let words: Vec<String> =
                query.0.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            match words.is_empty() {
                true => "all results of a search for everything".to_owned(),
                false => format!("all results of the search {}", words.join(", ")),
            }
        }
    }
}

impl From<&App> for AppCard {
    fn from(app: &App) -> Self {
        let sizes = app.sizes.iter().map(|size| {
            format!(
                "{} ({}, {})",
                size.name,
                words::cores(size.cores),
                words::memory(size.memory_mib)
            )
        });
        Self {
            href: format!("/labs/new?{}", url_of::query([("app", app.id.as_str())].into_iter())),
            id: app.id.to_string(),
            kind: match app.kind.name() {
                "desktop" => "Desktop application",
                _ => "Notebooks",
            },
            title: app.title.clone(),
            about: app.description.clone(),
            maintainer: app.maintainer.clone(),
            licence: app.licence.clone(),
            homepage: app.homepage.clone().filter(|url| url.starts_with("http")),
            formats: app.formats.join(", "),
            sizes: sizes.collect::<Vec<_>>().join(", "),
        }
    }
}

impl From<&Lab> for Row {
    fn from(lab: &Lab) -> Self {
        Self {
            href: format!("/labs/{}", url_of::segment(&lab.id.0)),
            title: lab.title.clone(),
            app: lab.app.to_string(),
            state: lab.state.name(),
            mark: match lab.state {
                LabState::Ready => "ok",
                LabState::Failed => "bad",
                LabState::Stopped => "idle",
                _ => "wait",
            },
            backend: lab.backend.clone(),
            size: lab.size.name.clone(),
            created: words::moment(lab.created),
            why: lab.cause.as_ref().map(cause_words).unwrap_or_default(),
        }
    }
}

impl From<LabEvent> for EventRow {
    fn from(event: LabEvent) -> Self {
        Self {
            at: words::moment(event.at),
            state: event.state.name(),
            words: event.words,
            log: event.log,
        }
    }
}
