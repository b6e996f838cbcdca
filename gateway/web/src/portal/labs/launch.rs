//! `GET /labs/new` and `POST /labs`: what would be launched and where, and the launch.
//!
//! Calls `core::labs`. The form carries a key, so that sending it twice launches one lab.

use std::time::Duration;

use archway_core::Error;
use archway_core::labs::{DataChoice, Launch, Network, Size, Verdict};
use archway_core::volumes::{VolumeId, VolumeState};
use askama::Template;
use axum::extract::{RawForm, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::form_body::read;
use super::super::{Chrome, ErrorPage, collections, new_key, page, words};
use super::{described, to};
use crate::chosen::Chosen;
use crate::error;
use crate::form_token::FormToken;
use crate::parameters::Parameters;
use crate::state::Gateway;

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
    /// Whether it may be asked for, and whether it is.
    network: Option<bool>,
    longest: String,
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

/// Shows what would be launched, and what each backend says to that.
pub(crate) async fn new(
    State(gateway): State<Gateway>,
    token: FormToken,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let said = Parameters::of_query(query.as_deref());
    Ok(launch_page(&gateway, &said, None, &token).await?)
}

/// `refused` is why it was not launched.
async fn launch_page(
    gateway: &Gateway,
    said: &Parameters,
    refused: Option<Error>,
    token: &FormToken,
) -> Result<Response, Error> {
    let (mut data, mut verdicts, mut problem) = (None, Vec::new(), refused);
    match weighed(gateway, said, &mut data).await {
        Ok(found) => verdicts = found.into_iter().map(VerdictRow::from).collect(),
        // The refusal says more than what it would be refused for.
        Err(error) if is_about_the_launch(&error) => problem = problem.or(Some(error)),
        Err(error) => return Err(error),
    }
    if let Some(chosen) = said.one("backend")? {
        verdicts.iter_mut().for_each(|row: &mut VerdictRow| row.chosen = row.backend == chosen);
    }
    let catalogue = gateway.labs.catalogue();
    let asked = said.shown("app");
    let app = catalogue.0.iter().find(|app| app.id.as_str() == asked).or(catalogue.0.first());
    let app_id = app.map(|app| app.id.to_string()).unwrap_or_default();
    let kept = ["collection", "selection"].into_iter().map(|name| (name, said.shown(name)));
    let kept = kept.filter(|(_, value)| !value.is_empty());
    let kept = kept.chain(said.all("asset").map(|id| ("asset", id)));
    let mounted: Vec<&str> = said.all("volume").collect();
    let volumes = gateway.volumes.list(&gateway.principal).await?;
    let config = gateway.labs.config();
    let status = problem.as_ref().map_or(StatusCode::OK, error::status);
    let launch = LaunchPage {
        chrome: Chrome::at(gateway, "labs").signed(token),
        problem: problem.as_ref().map(words_of),
        apps: catalogue
            .0
            .iter()
            .map(|app| (app.id.to_string(), app.title.clone(), app.id.as_str() == app_id))
            .collect(),
        title: said.shown("title").to_owned(),
        sizes: sizes(app.map(|app| app.sizes.as_slice()).unwrap_or_default(), said.shown("size")),
        hours: said.shown("hours").to_owned(),
        data,
        kept: kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        volumes: volumes
            .iter()
            .filter(|own| !matches!(own.state, VolumeState::Failed | VolumeState::Cancelled))
            .map(|own| {
                let label = format!("{} ({})", own.title, words::size(own.progress.bytes));
                (own.id.to_string(), label, mounted.contains(&own.id.0.as_str()))
            })
            .collect(),
        notebook: !said.shown("notebook").is_empty(),
        verdicts,
        network: config.network_allowed.then(|| !said.shown("network").is_empty()),
        longest: words::hours(config.max_age),
        key: new_key(),
    };
    Ok((status, page(&launch)?).into_response())
}

/// What each backend says, and in `data` what the lab opens with in words.
async fn weighed(
    gateway: &Gateway,
    said: &Parameters,
    data: &mut Option<String>,
) -> Result<Vec<Verdict>, Error> {
    let launch = launch_of(gateway, said).await?;
    *data = match &launch.data {
        None => None,
        Some(DataChoice::Members(members)) => Some(described(members)),
        Some(DataChoice::Collection(id)) => Some(format!(
            "the collection \u{201c}{}\u{201d}",
            collections::title(gateway, id).await?
        )),
    };
    gateway.labs.verdicts(&gateway.principal, &launch).await
}

/// Value, label and whether it is the one.
fn sizes(all: &[Size], asked: &str) -> Vec<(String, String, bool)> {
    let known = all.iter().any(|own| own.name == asked);
    let row = |(at, own): (usize, &Size)| {
        let label = format!(
            "{}: {}, {}",
            own.title,
            words::cores(own.cores),
            words::memory(own.memory_mib)
        );
        (own.name.clone(), label, if known { own.name == asked } else { at == 0 })
    };
    all.iter().enumerate().map(row).collect()
}

/// The error with the name of its field as the page has it.
fn words_of(error: &Error) -> String {
    let Error::BadRequest { parameter, reason } = error else {
        return error::public_message(error);
    };
    let field = match parameter.as_str() {
        "hours" | "max_age" => "Longest time",
        "size" => "Size",
        "volumes" => "Data volumes",
        "notebook" => "Notebook",
        "assets" | "selection" | "collection" => "Data",
        other => other,
    };
    format!("{field}: {reason}")
}

/// Launches.
pub(crate) async fn launch(
    State(gateway): State<Gateway>,
    token: FormToken,
    form: RawForm,
) -> Result<Response, ErrorPage> {
    let said = read(&form);
    Ok(launched(&gateway, &said, &token).await?)
}

async fn launched(
    gateway: &Gateway,
    said: &Parameters,
    token: &FormToken,
) -> Result<Response, Error> {
    let launch = launch_of(gateway, said).await;
    let done = match launch {
        Ok(launch) => gateway.labs.launch(&gateway.principal, launch, said.one("key")?).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(lab) => Ok(to(&lab.id)),
        Err(error) if is_about_the_launch(&error) => {
            error::log(&error);
            launch_page(gateway, said, Some(error), token).await
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
            | Error::PermissionDenied { .. }
            | Error::AssetNotFound(_)
            | Error::ArchiveNotFound { .. }
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
