//! `GET /assets/{id}`: the page of one asset.
//!
//! The record comes from `core::look_up`; that the ways to its bytes cannot be had is said
//! on the page and fails nothing.

use archway_core::Error;
use archway_core::access::Way;
use archway_core::asset::{Asset, AssetId, BadId, Extra, Value};
use archway_core::coverage::{EnergyCoverage, Interval, TimeCoverage};
use archway_core::look_up;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::card::{self, licence, restricted, what};
use super::files::{self, File};
use super::search::infos;
use super::snippets::{Snippets, shell_quoted};
use super::{Chrome, ErrorPage, host, page, url_of, words};
use crate::error;
use crate::form_token::FormToken;
use crate::middleware::RequestId;
use crate::state::Gateway;
use crate::summary;

/// Most characters of a native record on the page; the JSON has it whole.
const MAX_NATIVE_CHARS: usize = 20_000;

type Facts = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "asset.html")]
struct AssetPage {
    chrome: Chrome,
    id: String,
    json_href: String,
    title: String,
    what: String,
    archive: String,
    archive_href: String,
    sample: bool,
    untried: bool,
    restricted: Option<&'static str>,
    description: Option<String>,
    observed: Facts,
    named: Facts,
    rights: Facts,
    acknowledgement: Option<String>,
    licence_href: Option<String>,
    download: Option<String>,
    files: Vec<File>,
    /// Why the archive could not say how to get the bytes.
    no_files_because: Option<String>,
    tags: Vec<card::Tag>,
    provenance: Vec<Facts>,
    quality: Vec<Facts>,
    extras: Facts,
    copies: Vec<(String, String)>,
    relations: Facts,
    native: Option<Native>,
    curl: String,
    /// Where its data can be had.
    snippets: Option<Snippets>,
}

struct Native {
    schema: String,
    media_type: String,
    size: String,
    text: Option<String>,
    cut: bool,
}

/// Shows one asset.
pub(crate) async fn asset(
    State(gateway): State<Gateway>,
    request_id: RequestId,
    token: FormToken,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    match shown(&gateway, &headers, &id, &token).await {
        Ok(response) => response,
        Err(error) => ErrorPage::from(error).with_request_id(request_id).into_response(),
    }
}

async fn shown(
    gateway: &Gateway,
    headers: &HeaderMap,
    id: &str,
    token: &FormToken,
) -> Result<Response, Error> {
    let id: AssetId = id.parse().map_err(|bad: BadId| Error::bad_request("id", bad.to_string()))?;
    let (archives, who, within) = (&gateway.archives, &gateway.principal, gateway.look_up_timeout);
    let (asset, ways) = tokio::join!(
        look_up::asset(archives, who, &id, within),
        look_up::accesses(archives, who, &id, None, within),
    );
    let view = view(gateway, &asset?, ways, host(headers));
    page(&AssetPage { chrome: Chrome::of(gateway).signed(token), ..view })
}

fn view(gateway: &Gateway, asset: &Asset, ways: Result<Vec<Way>, Error>, host: &str) -> AssetPage {
    let id = asset.id.to_string();
    let infos = infos(gateway);
    let info = infos.get(&asset.id.archive);
    let (ways, no_files_because) = match ways {
        Ok(ways) => (ways, None),
        // The record is there, so this is only its files.
        Err(Error::AssetNotFound(_)) => (Vec::new(), None),
        Err(error) => (Vec::new(), Some(error::public_message(&error))),
    };
    let files = files::files(asset, &ways);
    // A record may leave its files to the ways that the archive gives.
    let has_content =
        summary::has_content(asset) || (asset.distributions.is_empty() && !ways.is_empty());
    let json_href = url_of::asset_json(&id);
    let own_licence = asset.rights.licence.as_ref();
    AssetPage {
        chrome: Chrome::of(gateway),
        title: asset.summary.title.clone(),
        what: what(asset),
        archive: info.map_or_else(|| asset.id.archive.to_string(), |info| info.title.clone()),
        archive_href: format!("/?archive={}", asset.id.archive),
        sample: info.is_some_and(|info| info.sample),
        untried: info.is_some_and(|info| info.untried),
        restricted: restricted(asset.rights.visibility),
        description: asset.summary.description.clone(),
        observed: observed(asset),
        named: named(asset),
        rights: rights(asset),
        acknowledgement: asset.rights.acknowledgement.clone(),
        licence_href: own_licence.and_then(|own| own.url.as_deref()).and_then(url_of::followable),
        curl: format!("curl {}", shell_quoted(&format!("http://{host}{json_href}"))),
        download: has_content.then(|| summary::content_path(&id, None)),
        snippets: has_content.then(|| Snippets::new(host, &id, summary::file_name(asset))),
        no_files_because: no_files_because.filter(|_| files.is_empty()),
        files,
        tags: asset
            .facets
            .iter()
            .map(|facet| card::Tag {
                label: card::label(facet),
                href: url_of::facet(facet.kind.name(), &facet.term),
            })
            .collect(),
        provenance: provenance(asset),
        quality: quality(asset),
        extras: extras(&asset.extras),
        copies: asset
            .copies
            .iter()
            .map(|copy| (copy.to_string(), url_of::asset(&copy.to_string())))
            .collect(),
        relations: asset
            .summary
            .relations
            .iter()
            .map(|relation| {
                (relation.relation.clone(), format!("{}: {}", relation.scheme, relation.identifier))
            })
            .collect(),
        native: asset.native.as_ref().map(native),
        json_href,
        id,
    }
}

/// Collects what is there; what is not has no line.
#[derive(Default)]
struct Lines(Facts);

impl Lines {
    fn say(&mut self, name: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.0.push((name.to_owned(), value.into()));
        }
    }

    fn say_all<'a>(&mut self, name: &str, values: impl Iterator<Item = &'a str>) {
        let values: Vec<_> = values.collect();
        self.say(name, (!values.is_empty()).then(|| values.join(", ")));
    }
}

fn observed(asset: &Asset) -> Facts {
    let about = &asset.summary;
    let mut lines = Lines::default();
    lines.say_all("Target", about.targets.iter().map(|target| target.name.as_str()));
    if let Some(position) = asset.position() {
        let (ra, dec) = (position.longitude_deg, position.latitude_deg);
        lines.say(
            "RA, Dec (ICRS)",
            Some(format!("{}°, {}°", words::plain(ra, 6), words::plain(dec, 6))),
        );
    }
    let fov = asset.space.iter().find_map(|space| space.field_of_view_deg);
    lines.say("Field of view", fov.map(|deg| format!("{}°", words::plain(deg, 5))));
    let sharp = asset.space.iter().find_map(|space| space.resolution_arcsec);
    lines.say(
        "Resolution on the sky",
        sharp.and_then(|i| span(i, |v| format!("{}″", words::plain(v, 3)))),
    );
    for time in &asset.time {
        when(&mut lines, time);
    }
    for energy in &asset.energy {
        at_energy(&mut lines, energy);
    }
    lines.say("Calibration level", about.calibration_level.map(level));
    lines.say("Level in the archive's words", about.native_level.clone());
    lines.say("What was measured", about.measurement_ucd.clone());
    lines.say("Unit", about.measurement_unit.clone());
    lines.say_all("Polarisation", about.polarisation_states.iter().map(String::as_str));
    lines.say("Product in the archive's words", about.product_subtype.clone());
    lines.0
}

fn when(lines: &mut Lines, time: &TimeCoverage) {
    lines.say("Start (UTC)", time.range.start.map(words::moment));
    lines.say("End (UTC)", time.range.end.map(words::moment));
    lines.say("Exposure", time.exposure_s.map(|s| format!("{} s", words::plain(s, 3))));
}

fn at_energy(lines: &mut Lines, energy: &EnergyCoverage) {
    lines.say("Wavelength", energy.wavelength_m.and_then(|i| span(i, words::wavelength)));
    let native = energy.native.as_ref().and_then(|native| {
        span(native.bounds, |v| format!("{} {}", words::plain(v, 6), native.unit))
    });
    lines.say("As the archive gives it", native);
    lines.say(
        "Resolving power",
        energy.resolving_power.and_then(|i| span(i, |v| words::plain(v, 1))),
    );
    lines.say_all("Bands", energy.bands.iter().map(String::as_str));
}

fn span(interval: Interval, say: impl Fn(f64) -> String) -> Option<String> {
    match (interval.lower.map(&say), interval.upper.map(&say)) {
        (Some(lower), Some(upper)) if lower == upper => Some(lower),
        (Some(lower), Some(upper)) => Some(format!("{lower} to {upper}")),
        (Some(lower), None) => Some(format!("from {lower}")),
        (None, Some(upper)) => Some(format!("up to {upper}")),
        (None, None) => None,
    }
}

/// `ObsCore` 1.1, 3.3.2 in a word each.
fn level(level: i8) -> String {
    let word = match level {
        -1 => "planned",
        0 => "raw",
        1 => "instrumental",
        2 => "calibrated",
        3 => "enhanced",
        4 => "derived",
        _ => "another level",
    };
    format!("{level} ({word})")
}

fn named(asset: &Asset) -> Facts {
    let (identity, about) = (&asset.identity, &asset.summary);
    let mut lines = Lines::default();
    lines.say("Collection", Some(identity.collection.as_str()));
    lines.say("Observation", identity.observation_id.clone());
    lines.say("Group", identity.group_id.clone());
    lines.say("Version", identity.version.clone());
    lines.say("DOI", identity.doi.clone());
    lines.say("Publisher's identifier", identity.publisher_did.clone());
    lines.say("Creator's identifier", identity.creator_did.clone());
    for other in &identity.others {
        lines.say(&other.scheme, Some(other.value.as_str()));
    }
    lines.say("Proposal", about.proposal_id.clone());
    lines.say_all("Bibcodes", about.bibcodes.iter().map(String::as_str));
    lines.say_all(
        "Keywords",
        about.keywords.iter().map(|term| term.label.as_deref().unwrap_or(&term.term)),
    );
    lines.0
}

fn rights(asset: &Asset) -> Facts {
    let (rights, about) = (&asset.rights, &asset.summary);
    let mut lines = Lines::default();
    for agent in &about.agents {
        let affiliation =
            agent.affiliation.as_ref().map(|at| format!(", {at}")).unwrap_or_default();
        lines.say(role(summary::role(agent.role)), Some(format!("{}{affiliation}", agent.name)));
    }
    lines.say("Licence", Some(licence(rights.licence.as_ref())));
    lines.say("Terms", rights.statement.clone());
    lines.say("Rights in the archive's words", rights.native.clone());
    lines.say("Public since, or from", rights.data_release.map(words::day));
    lines.say("Created", about.created.map(words::moment));
    lines.say("Changed", about.modified.map(words::moment));
    lines.0
}

fn role(word: &'static str) -> &'static str {
    match word {
        "creator" => "Creator",
        "principal-investigator" => "Principal investigator",
        "observer" => "Observer",
        "publisher" => "Publisher",
        "producer" => "Producer",
        "processor" => "Processor",
        "distributor" => "Distributor",
        "contributor" => "Contributor",
        "funder" => "Funder",
        "rights-holder" => "Rights holder",
        "contact" => "Contact",
        other => other,
    }
}

fn provenance(asset: &Asset) -> Vec<Facts> {
    let step = |made: &archway_core::asset::Provenance| {
        let mut lines = Lines::default();
        lines.say("Made by", made.name.clone());
        lines.say("Version", made.version.clone());
        lines.say("Run by", made.producer.clone());
        lines.say("For", made.project.clone());
        lines.say("Run", made.run_id.clone());
        lines.say("When (UTC)", made.executed.map(words::moment));
        lines.say("Described in", made.reference.clone());
        for (name, value) in &made.parameters {
            lines.say(name, Some(value.as_str()));
        }
        lines.say_all("From", made.inputs.iter().map(|input| input.value.as_str()));
        lines.say("Lineage", made.lineage.clone());
        lines.0
    };
    asset.provenance.iter().map(step).filter(|facts| !facts.is_empty()).collect()
}

fn quality(asset: &Asset) -> Vec<Facts> {
    let said = |quality: &archway_core::asset::Quality| {
        let mut lines = Lines::default();
        lines.say("Flag", quality.flag.clone());
        lines.say("Note", quality.note.clone());
        lines.0.extend(extras(&quality.metrics));
        lines.0
    };
    asset.quality.iter().map(said).filter(|facts| !facts.is_empty()).collect()
}

fn extras(extras: &[Extra]) -> Facts {
    extras.iter().map(|extra| (extra.key.clone(), value(&extra.value))).collect()
}

fn value(value: &Value) -> String {
    fn list<T: ToString>(items: &[T]) -> String {
        items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
    match value {
        Value::Text(text) | Value::Json(text) => text.clone(),
        Value::Integer(integer) => integer.to_string(),
        Value::Real(real) => real.to_string(),
        Value::Boolean(boolean) => if *boolean { "yes" } else { "no" }.to_owned(),
        Value::Instant(instant) => words::moment(*instant),
        Value::Quantity(quantity) => format!("{} {}", quantity.amount, quantity.unit),
        Value::Range(interval) => span(*interval, |v| v.to_string()).unwrap_or_default(),
        Value::Texts(texts) => list(texts),
        Value::Integers(integers) => list(integers),
        Value::Reals(reals) => list(reals),
    }
}

fn native(record: &archway_core::asset::NativeRecord) -> Native {
    let text = std::str::from_utf8(&record.content).ok();
    Native {
        schema: record.schema.clone(),
        media_type: record.media_type.clone(),
        size: words::size(record.content.len() as u64),
        cut: text.is_some_and(|text| text.chars().nth(MAX_NATIVE_CHARS).is_some()),
        text: text.map(|text| text.chars().take(MAX_NATIVE_CHARS).collect()),
    }
}
