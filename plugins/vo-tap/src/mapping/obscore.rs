//! One row of ObsCore as an asset (ObsCore 1.1, tables 1 and 5).

use archway_plugin::types::{
    Agent, AgentRole, Asset, Availability, Distribution, Extra, Facet, FacetKind, Location,
    Relation, Size, SizeQuality, Target, Value, Visibility,
};

use super::columns::Values;
use super::products::{self, Product};
use super::{Mapper, coverage, wavebands};

/// 2099-01-01, from which on archives write "not yet known" as a date of release.
const NEVER_US: i64 = 4_070_908_800_000_000;
/// Metres, which `em_min` and `em_max` never reach: a column of another unit.
const MOST_WAVELENGTH_M: f64 = 1e6;

pub(super) fn asset(values: &Values<'_>, mapper: &Mapper) -> Option<Asset> {
    let text = |name: &str| values.text(name).map(|text| text.into_owned());
    let settings = &mapper.settings;
    let did = text("obs_publisher_did");
    let obs_id = text("obs_id");
    let native_id = did.clone().or_else(|| obs_id.clone())?;
    let collection =
        text("obs_collection").unwrap_or_else(|| settings.fallback_collection().to_owned());
    let product = values.text("dataproduct_type").map(|word| products::product(&word));
    let title = text("obs_title").unwrap_or_else(|| composed_title(values, &native_id));

    let mut asset = Asset::new(native_id, collection, title);
    let identity = &mut asset.identity;
    identity.publisher_did = did.filter(|did| did.starts_with("ivo://"));
    identity.creator_did = text("obs_creator_did");
    identity.observation_id = obs_id;

    let summary = &mut asset.summary;
    summary.description = text("description");
    summary.product_type = product.as_ref().and_then(products::term);
    summary.product_subtype = text("dataproduct_subtype");
    summary.calibration_level = level(values);
    summary.measurement_ucd = text("o_ucd");
    summary.measurement_unit = text("o_unit");
    summary.polarisation_states = polarisation(values);
    summary.targets = target(values).into_iter().collect();
    summary.agents = agents(values, settings.publisher.as_deref());
    summary.proposal_id = text("proposal_id");
    reference(values, &mut summary.bibcodes, &mut summary.relations);
    summary.created = values.instant("obs_creation_date");
    summary.modified = values.instant("modified");

    rights(values, mapper, &mut asset);
    let (space, derived) = coverage::space(values);
    asset.space = space;
    asset.time = coverage::time(values);
    asset.energy = coverage::energy(values);
    asset.facets = facets(values, &asset, mapper);
    asset.distributions = distributions(values, product.as_ref());
    asset.extras = extras(values, &asset, derived);
    Some(asset)
}

/// A title for a row without one: what was looked at, with what, under which number.
fn composed_title(values: &Values<'_>, native_id: &str) -> String {
    let target = values.text("target_name").filter(|name| name != "0");
    let instrument = values.text("instrument_name").or_else(|| values.text("facility_name"));
    let words: Vec<_> = [target, instrument, values.text("obs_id")].into_iter().flatten().collect();
    if words.is_empty() { native_id.to_owned() } else { words.join(" · ") }
}

fn level(values: &Values<'_>) -> Option<i8> {
    let level = values.number("calib_level")?;
    ((-1.0..=4.0).contains(&level) && level.fract() == 0.0).then_some(level as i8)
}

/// `/I/Q/U/` (ObsCore 1.1, B.6.6.1).
fn polarisation(values: &Values<'_>) -> Vec<String> {
    let states = values.text("pol_states").unwrap_or_default();
    states.split('/').map(str::trim).filter(|state| !state.is_empty()).map(str::to_owned).collect()
}

fn target(values: &Values<'_>) -> Option<Target> {
    // One archive writes 0 where there is no target.
    let name = values.text("target_name").filter(|name| name != "0")?;
    let class = values.text("target_class").map(|class| class.into_owned());
    Some(Target {
        name: name.into_owned(),
        class,
        aliases: Vec::new(),
        naif_id: None,
        moving: None,
    })
}

fn agents(values: &Values<'_>, publisher: Option<&str>) -> Vec<Agent> {
    let mut agents = Vec::new();
    if let Some(name) = values.text("obs_creator_name") {
        agents.push(Agent {
            name: name.into_owned(),
            role: AgentRole::Creator,
            identifier: None,
            affiliation: None,
        });
    }
    let given = values.text("publisher_id").map(|id| id.into_owned());
    // Some archives write a name there.
    let identifier = given.clone().filter(|id| id.contains("://"));
    if let Some(name) = publisher.map(str::to_owned).or(given) {
        agents.push(Agent { name, role: AgentRole::Publisher, identifier, affiliation: None });
    }
    agents
}

/// A bibcode has 19 characters; a DOI says of itself that it is one.
fn reference(values: &Values<'_>, bibcodes: &mut Vec<String>, relations: &mut Vec<Relation>) {
    let Some(reference) = values.text("bib_reference") else { return };
    let lower = reference.to_ascii_lowercase();
    let at = ["https://doi.org/", "http://doi.org/", "http://dx.doi.org/", "doi:"]
        .iter()
        .find_map(|p| lower.strip_prefix(p));
    let doi = at.or(Some(lower.as_str())).filter(|doi| doi.starts_with("10.") && doi.contains('/'));
    match doi {
        Some(doi) => relations.push(relation("doi", doi)),
        None if reference.len() == 19 && !reference.contains([' ', '/']) => {
            bibcodes.push(reference.into_owned())
        }
        None if reference.contains("://") => relations.push(relation("url", &reference)),
        None => relations.push(relation("text", &reference)),
    }
}

fn relation(scheme: &str, identifier: &str) -> Relation {
    Relation {
        relation: "IsDocumentedBy".to_owned(),
        scheme: scheme.to_owned(),
        identifier: identifier.to_owned(),
    }
}

fn rights(values: &Values<'_>, mapper: &Mapper, asset: &mut Asset) {
    let native = values.text("data_rights").map(|word| word.into_owned());
    let word = native.as_deref().map(str::to_ascii_lowercase);
    let release = values.instant("obs_release_date");
    let is_never = release.is_some_and(|release| release >= NEVER_US);
    let is_later = release.is_some_and(|release| release > mapper.now_us && !is_never);
    let is_closed = word.as_deref().is_some_and(|word| !word.is_empty() && word != "public")
        || (word.is_none() && is_never);
    let rights = &mut asset.rights;
    rights.visibility = match (is_closed, is_later) {
        // Proprietary until a date that has passed is public since then.
        (true, false)
            if release.is_some() && !is_never && word.as_deref() == Some("proprietary") =>
        {
            Visibility::Public
        }
        (_, true) if word.as_deref() != Some("public") => Visibility::Embargoed,
        (true, _) => Visibility::Restricted,
        (false, _) => Visibility::Public,
    };
    rights.data_release = release.filter(|_| !is_never);
    rights.licence = mapper.settings.licence.clone();
    rights.acknowledgement = mapper.acknowledgement.clone();
    rights.native = native;
}

fn facets(values: &Values<'_>, asset: &Asset, mapper: &Mapper) -> Vec<Facet> {
    let facet = |kind: FacetKind, term: &str| Facet { kind, term: term.to_owned(), label: None };
    let mut facets = Vec::new();
    let columns = [
        ("facility_name", FacetKind::Mission),
        ("instrument_name", FacetKind::Instrument),
        ("dataproduct_subtype", FacetKind::Category),
    ];
    for (name, kind) in columns {
        facets.extend(values.text(name).map(|term| facet(kind.clone(), &term)));
    }
    facets
        .extend(asset.summary.targets.iter().map(|target| facet(FacetKind::Target, &target.name)));
    let level = asset.summary.calibration_level;
    facets.extend(level.map(|level| facet(FacetKind::ProcessingLevel, &level.to_string())));
    let range = asset.energy.iter().find_map(|energy| energy.wavelength_m);
    if let Some((low, high)) =
        range.and_then(|range| range.lower.or(range.upper).zip(range.upper.or(range.lower)))
        && low > 0.0
        && high < MOST_WAVELENGTH_M
    {
        facets
            .extend(wavebands::of_range_m(low, high).map(|band| facet(FacetKind::Waveband, band)));
    }
    for (kind, term) in &mapper.settings.facets {
        if !facets.iter().any(|known| known.kind == *kind) {
            facets.push(facet(kind.clone(), term));
        }
    }
    facets
}

/// Identifiers of the distributions: what `access` gets back.
pub(crate) const THIS: &str = "this";
pub(crate) const DATALINK: &str = "datalink";
pub(crate) const PREVIEW: &str = "preview";

fn distributions(values: &Values<'_>, product: Option<&Product>) -> Vec<Distribution> {
    let mut distributions = Vec::new();
    let media_type = values.text("access_format").map(|format| format.into_owned());
    if let Some(url) = values.text("access_url").map(|url| unescaped(&url)) {
        let is_datalink = media_type.as_deref().is_some_and(products::is_datalink);
        let role = match product {
            Some(Product::Beside(role)) => role,
            _ => "#this",
        };
        let (id, location) = if is_datalink {
            (DATALINK, Location::OnRequest)
        } else {
            (THIS, Location::Url(url.clone()))
        };
        let (format, encodings) = match (is_datalink, &media_type) {
            (true, _) => (Some("datalink"), Vec::new()),
            (false, media_type) => {
                products::format(media_type.as_deref().unwrap_or_default(), &url)
            }
        };
        let mut distribution = distribution(id, role, location, media_type, format);
        distribution.encodings = encodings;
        // The size of a DataLink row is that of the data behind the document.
        distribution.size =
            values.number("access_estsize").filter(|kilobytes| *kilobytes > 0.0).map(|kilobytes| {
                Size { bytes: (kilobytes * 1000.0) as u64, quality: SizeQuality::Estimated }
            });
        distributions.push(distribution);
    }
    let preview =
        ["preview", "preview_url", "thumbnail_url"].iter().find_map(|name| values.text(name));
    if let Some(url) = preview.filter(|url| url.contains("://")) {
        let location = Location::Url(unescaped(&url));
        distributions.push(distribution(PREVIEW, "#preview", location, None, None));
    }
    distributions
}

fn distribution(
    id: &str,
    role: &str,
    location: Location,
    media_type: Option<String>,
    format: Option<&str>,
) -> Distribution {
    Distribution {
        distribution_id: id.to_owned(),
        role: role.to_owned(),
        location,
        media_type,
        format: format.map(str::to_owned),
        encodings: Vec::new(),
        size: None,
        checksums: Vec::new(),
        file_name: None,
        modified: None,
        availability: Availability::Online,
        provider: None,
    }
}

/// Some archives escape the ampersands of URLs twice.
pub(crate) fn unescaped(url: &str) -> String {
    url.replace("&amp;", "&")
}

/// What has no field of its own, and the centre where an area stands in its place.
fn extras(values: &Values<'_>, asset: &Asset, derived: bool) -> Vec<Extra> {
    let mut extras = values.extras();
    let has_area = asset.space.iter().any(|space| space.native.is_some());
    if has_area {
        for name in ["s_ra", "s_dec"] {
            extras.extend(
                values
                    .number(name)
                    .map(|n| Extra { key: format!("obscore:{name}"), value: Value::Real(n) }),
            );
        }
    }
    if derived {
        extras.push(Extra {
            key: "obscore:footprint-is-derived".to_owned(),
            value: Value::Boolean(true),
        });
    }
    extras
}
