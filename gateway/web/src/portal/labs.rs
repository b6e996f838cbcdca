//! `GET /labs`, `/labs/new` and `/labs/{id}`: the catalogue, the launch, the running lab; and
//! what is done with one.
//!
//! Calls `core::labs`. A browser enters a lab through `entering.rs`.

use std::time::Duration;

use archway_core::Error;
use archway_core::labs::{
    App, DataChoice, Lab, LabEvent, LabId, LabState, Launch, Network, Verdict,
};
use archway_core::selections::Members;
use archway_core::volumes::VolumeId;
use askama::Template;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::form_body::read;
use super::{Chrome, ErrorPage, page, url_of, words};
use crate::chosen::Chosen;
use crate::entering::{cause_words, entry_url};
use crate::error;
use crate::parameters::Parameters;
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
#[template(path = "lab_new.html")]
struct LaunchPage {
    chrome: Chrome,
    problem: Option<String>,
    apps: Vec<(String, String, bool)>,
    title: String,
    sizes: Vec<(String, String, bool)>,
    hours: String,
    data: Option<String>,
    /// Of the data that is opened: name and value, kept by the form.
    kept: Vec<(String, String)>,
    volumes: Vec<(String, String, bool)>,
    notebook: bool,
    verdicts: Vec<VerdictRow>,
    network: bool,
    key: String,
}

struct VerdictRow {
    backend: String,
    title: String,
    data: String,
    quota: String,
    words: String,
    possible: bool,
    chosen: bool,
    notices: Vec<String>,
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
            ("Memory", format!("{} of {} MiB", usage.memory_mib, quota.memory_mib)),
        ],
    })?)
}

/// Shows what would be launched, and what each backend says to that.
pub(crate) async fn new(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let said = Parameters::of_query(query.as_deref());
    Ok(launch_page(&gateway, &said, None).await?)
}

async fn launch_page(
    gateway: &Gateway,
    said: &Parameters,
    problem: Option<Error>,
) -> Result<Response, Error> {
    let mut problem = problem.map(|error| error.to_string());
    let mut verdicts = Vec::new();
    let mut data = None;
    match launch_of(gateway, said).await {
        Ok(launch) => {
            data = launch.data.as_ref().map(described);
            match gateway.labs.verdicts(&gateway.principal, &launch).await {
                Ok(found) => verdicts = found.into_iter().map(VerdictRow::from).collect(),
                Err(error) if is_about_the_launch(&error) => {
                    problem.get_or_insert(error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        Err(error) if is_about_the_launch(&error) => {
            problem.get_or_insert(error.to_string());
        }
        Err(error) => return Err(error),
    }
    if let Some(chosen) = said.one("backend")? {
        verdicts.iter_mut().for_each(|row: &mut VerdictRow| row.chosen = row.backend == chosen);
    }
    let catalogue = gateway.labs.catalogue();
    let asked = said.shown("app");
    let app = catalogue.0.iter().find(|app| app.id.as_str() == asked).or(catalogue.0.first());
    let app_id = app.map(|app| app.id.to_string()).unwrap_or_default();
    let size = said.shown("size");
    let sizes = app.map(|app| app.sizes.as_slice()).unwrap_or_default().iter().enumerate();
    let kept = ["collection", "selection"].iter().filter_map(|name| {
        let value = said.shown(name);
        (!value.is_empty()).then(|| ((*name).to_owned(), value.to_owned()))
    });
    let kept = kept.chain(said.all("asset").map(|id| ("asset".to_owned(), id.to_owned())));
    let mounted: Vec<&str> = said.all("volume").collect();
    let volumes = gateway.volumes.list(&gateway.principal).await?;
    page(&LaunchPage {
        chrome: Chrome::at(gateway, "labs"),
        problem,
        apps: catalogue
            .0
            .iter()
            .map(|app| (app.id.to_string(), app.title.clone(), app.id.as_str() == app_id))
            .collect(),
        title: said.shown("title").to_owned(),
        sizes: sizes
            .map(|(at, own)| {
                let chosen = own.name == size || (size.is_empty() && at == 0);
                let label = format!("{}: {} cores, {} MiB", own.title, own.cores, own.memory_mib);
                (own.name.clone(), label, chosen)
            })
            .collect(),
        hours: said.shown("hours").to_owned(),
        data,
        kept: kept.collect(),
        volumes: volumes
            .iter()
            .filter(|volume| volume.failure.is_none() || volume.state.name() == "ready")
            .map(|volume| {
                let label = format!("{} ({})", volume.title, words::size(volume.progress.bytes));
                (volume.id.to_string(), label, mounted.contains(&volume.id.0.as_str()))
            })
            .collect(),
        notebook: !said.shown("notebook").is_empty(),
        verdicts,
        network: !said.shown("network").is_empty(),
        key: super::new_key(),
    })
}

/// Launches.
pub(crate) async fn launch(
    State(gateway): State<Gateway>,
    form: RawForm,
) -> Result<Response, ErrorPage> {
    let said = read(&form);
    Ok(launched(&gateway, &said).await?)
}

async fn launched(gateway: &Gateway, said: &Parameters) -> Result<Response, Error> {
    let launch = launch_of(gateway, said).await;
    let done = match launch {
        Ok(launch) => gateway.labs.launch(&gateway.principal, launch, said.one("key")?).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(lab) => Ok(to(&lab.id)),
        Err(error) if is_about_the_launch(&error) => {
            error::log(&error);
            let status = error::status(&error);
            let shown = launch_page(gateway, said, Some(error)).await?;
            Ok((status, shown).into_response())
        }
        Err(error) => Err(error),
    }
}

/// Whether the launch page can say it beside its form.
fn is_about_the_launch(error: &Error) -> bool {
    matches!(
        error,
        Error::BadRequest { .. }
            | Error::NotFound { .. }
            | Error::QuotaExceeded { .. }
            | Error::Conflict { .. }
            | Error::Backend { .. }
    )
}

/// What the form says.
async fn launch_of(gateway: &Gateway, said: &Parameters) -> Result<Launch, Error> {
    let text = |name: &str| Some(said.shown(name).to_owned()).filter(|text| !text.is_empty());
    let assets: Vec<String> = said.all("asset").map(str::to_owned).collect();
    let chosen = Chosen {
        collection: text("collection"),
        selection: text("selection"),
        assets: (!assets.is_empty()).then_some(assets),
        ..Chosen::default()
    };
    let hours = match said.one("hours")? {
        None => None,
        Some(written) => {
            let hours =
                written.parse::<f64>().ok().filter(|hours| (0.01..=24_000.0).contains(hours));
            let hours = hours.ok_or_else(|| {
                Error::bad_request("hours", format!("`{written}` is no number of hours, such as 8"))
            })?;
            Some(Duration::from_secs_f64(hours * 3600.0))
        }
    };
    Ok(Launch {
        app: said.shown("app").to_owned(),
        title: said.shown("title").to_owned(),
        volumes: said.all("volume").map(|id| VolumeId(id.to_owned())).collect(),
        data: chosen.data(gateway, "").await?,
        notebook: !said.shown("notebook").is_empty(),
        size: text("size"),
        backend: text("backend"),
        max_age: hours,
        network: if said.shown("network").is_empty() { Network::None } else { Network::Audited },
    })
}

/// Shows one lab: its steps, and the way into it.
pub(crate) async fn lab(
    State(gateway): State<Gateway>,
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
        ("Size", format!("{} cores, {} MiB", lab.size.cores, lab.size.memory_mib)),
        (
            "Internet",
            match lab.network {
                Network::None => "no".to_owned(),
                Network::Audited => "public hosts, each connection logged".to_owned(),
            },
        ),
        ("Asked for", words::moment(lab.created)),
    ];
    if lab.state.has_ended() {
        facts.extend(lab.ended.map(|ended| ("Ended", words::moment(ended))));
    } else {
        facts.push(("Ends at the latest", words::moment(lab.deadline)));
    }
    let segment = url_of::segment(&id.0);
    let again: Vec<(&str, &str)> = [("app", lab.app.as_str())]
        .into_iter()
        .chain(lab.volumes.iter().map(|volume| ("volume", volume.0.as_str())))
        .chain(lab.notebook.as_ref().map(|_| ("notebook", "1")))
        .collect();
    Ok(page(&LabPage {
        chrome: Chrome::at(&gateway, "labs"),
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

/// What data a lab opens with, in words.
pub(super) fn described(data: &DataChoice) -> String {
    match data {
        DataChoice::Collection(id) => format!("collection {id}"),
        DataChoice::Members(Members::Assets(assets)) if assets.len() == 1 => "1 asset".to_owned(),
        DataChoice::Members(Members::Assets(assets)) => format!("{} assets", assets.len()),
        DataChoice::Members(Members::Query { query, .. }) => {
            let words: Vec<String> =
                query.0.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            format!("all results of the search {}", words.join(", "))
        }
    }
}

impl From<&App> for AppCard {
    fn from(app: &App) -> Self {
        let sizes = app
            .sizes
            .iter()
            .map(|size| format!("{} ({} cores, {} MiB)", size.name, size.cores, size.memory_mib));
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

impl From<Verdict> for VerdictRow {
    fn from(verdict: Verdict) -> Self {
        Self {
            backend: verdict.backend,
            title: verdict.title,
            data: verdict.data,
            quota: verdict.quota,
            words: verdict.words,
            possible: verdict.possible,
            chosen: verdict.chosen,
            notices: verdict.notices,
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
