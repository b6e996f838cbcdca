//! A file as an asset: what its name says, and over it what its header says.
//!
//! Called by `found.rs`. Rules: the header wins over the name, the licence in the file over the
//! collection's and that over the archive's; what was worked out instead of read is told in the
//! quality; nothing is made up.

mod coverage;
mod distributions;
mod facets;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use self::distributions::id as distribution_id;

use archway_plugin::types::{
    Agent, AgentRole, Asset, AssetKind, Extra, Identifier, NativeRecord, Provenance, Quality,
    Relation, Target, Term, Value,
};

use crate::contents::Content;
use crate::files::{File, Said};
use crate::headers::{Fact, Facts};
use crate::kinds::Kind;
use crate::servers::Servers;
use crate::settings::{Collection, Settings};
use crate::stations::Stations;

/// What assets are made with.
pub(crate) struct Maker<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) servers: &'a Servers,
    pub(crate) stations: &'a Stations,
}

/// Everything that is known of one file.
struct Known<'a> {
    file: &'a File,
    said: Option<&'a Said>,
    facts: Option<&'a Facts>,
    kind: Kind,
    format: &'static str,
    /// Four or nine characters in upper case; `None` of what is no station's.
    station: Option<String>,
    /// Three letters in upper case.
    centre: Option<String>,
    collection: Option<&'a Collection>,
}

/// Stations that are none: navigation messages of many, merged.
const MERGED: [&str; 5] = ["BRDC", "BRDM", "BRD4", "BRDX", "AUTO"];

impl Maker<'_> {
    /// The asset of a file; `None` where it is none of this archive's.
    pub(crate) fn asset(&self, file: &File, content: Option<&Content>) -> Option<Asset> {
        let facts = match content {
            Some(Content::Read(facts)) => Some(facts.as_ref()),
            _ => None,
        };
        let said = file.said.as_ref();
        let kind = facts.map(|f| f.kind).or(said.map(|s| s.kind))?;
        if !self.settings.wants(kind) {
            return None;
        }
        let station = station(said, facts);
        let centre = centre(said, facts, kind);
        let folder = file
            .copies
            .first()
            .map_or("", |copy| copy.path.rsplit_once('/').map_or("", |(folder, _)| folder));
        let (collection_id, collection) = self.settings.collections.choose(
            kind,
            centre.as_deref(),
            station.as_deref(),
            folder,
        )?;
        let format = facts.map(|f| f.format).or(said.map(|s| s.format)).unwrap_or(kind.format());
        let known = Known { file, said, facts, kind, format, station, centre, collection };
        let mut asset = Asset::new(file.key.as_str(), collection_id, words::title(&known));
        self.identity(&mut asset, &known);
        self.summary(&mut asset, &known);
        self.rights(&mut asset, &known);
        asset.time = coverage::time(&known).into_iter().collect();
        asset.space = coverage::space(&known, self.stations);
        asset.facets = facets::facets(&known);
        asset.distributions = distributions::distributions(&known, self.servers);
        asset.provenance = provenance(&known).into_iter().collect();
        asset.quality = quality(&known, content).into_iter().collect();
        asset.extras = extras(&known);
        asset.native = native(&known);
        Some(asset)
    }

    fn identity(&self, asset: &mut Asset, known: &Known<'_>) {
        let identity = &mut asset.identity;
        if known.kind == Kind::StationLog {
            identity.kind = AssetKind::Facility;
            let mut add = |scheme: &str, value: Option<&String>| {
                let value = value.cloned();
                identity
                    .others
                    .extend(value.map(|value| Identifier { scheme: scheme.to_owned(), value }));
            };
            add("igs-station", known.station.as_ref());
            add("domes", known.facts.and_then(|facts| facts.domes.as_ref()));
        }
        identity.doi = known.facts.and_then(|facts| facts.doi.clone());
        identity.version = known.said.and_then(|said| said.version.clone());
        identity.group_id = words::group(known);
    }

    fn summary(&self, asset: &mut Asset, known: &Known<'_>) {
        let summary = &mut asset.summary;
        let collection = known.collection;
        summary.description = words::description(known);
        summary.keywords = vec![
            local(known.kind.label()),
            local(
                collection.and_then(|c| c.subdomain.as_deref()).unwrap_or(known.kind.subdomain()),
            ),
        ];
        summary.product_type = Some(Term {
            vocabulary: "local".to_owned(),
            term: known.kind.term().to_owned(),
            label: Some(known.kind.label().to_owned()),
        });
        summary.calibration_level = Some(if known.kind.is_data() { 1 } else { 3 });
        if known.kind == Kind::StationLog {
            summary.calibration_level = None;
        }
        summary.native_level =
            known.said.and_then(|said| said.latency).map(|latency| latency.word().to_owned());
        let facts = known.facts;
        if let Some(station) = &known.station {
            let mut aliases = Vec::new();
            let marker = facts.and_then(|facts| facts.marker.clone());
            let four = station.get(..4).map(str::to_owned);
            for alias in [marker, four].into_iter().flatten() {
                if !alias.eq_ignore_ascii_case(station) && !aliases.contains(&alias) {
                    aliases.push(alias);
                }
            }
            let moving = facts
                .and_then(|facts| facts.marker_type.as_deref())
                .map(|kind| kind.eq_ignore_ascii_case("SPACEBORNE"));
            summary.targets.push(Target {
                name: station.clone(),
                class: Some("station".to_owned()),
                aliases,
                naif_id: None,
                moving,
            });
        }
        let mut agent = |name: Option<&String>, role: AgentRole| {
            if let Some(name) = name {
                let agent = Agent { name: name.clone(), role, identifier: None, affiliation: None };
                if !summary.agents.contains(&agent) {
                    summary.agents.push(agent);
                }
            }
        };
        let publisher =
            collection.and_then(|c| c.publisher.as_ref()).or(self.settings.publisher.as_ref());
        agent(publisher, AgentRole::Publisher);
        if known.kind.is_data() {
            agent(facts.and_then(|facts| facts.agency.as_ref()), AgentRole::Creator);
            agent(facts.and_then(|facts| facts.observer.as_ref()), AgentRole::Observer);
        } else {
            let organization =
                known.centre.as_deref().map(|code| words::organization(code).to_owned());
            agent(organization.as_ref(), AgentRole::Producer);
        }
        let relation = |relation: &str, key: &String| Relation {
            relation: relation.to_owned(),
            scheme: "native-id".to_owned(),
            identifier: key.clone(),
        };
        let file = known.file;
        summary.relations.extend(file.replaces.iter().map(|key| relation("IsNewVersionOf", key)));
        summary
            .relations
            .extend(file.replaced_by.iter().map(|key| relation("IsPreviousVersionOf", key)));
        summary
            .relations
            .extend(file.variant_of.iter().map(|key| relation("IsVariantFormOf", key)));
        summary.modified = file.copies.iter().filter_map(|copy| copy.modified_us).max();
        // Where the header does not say, a file is as old as its first copy.
        summary.created = facts
            .and_then(|facts| facts.created_us)
            .or(known.said.and_then(|said| said.created_us))
            .or_else(|| file.copies.iter().filter_map(|copy| copy.modified_us).min());
    }

    fn rights(&self, asset: &mut Asset, known: &Known<'_>) {
        let of_file = known.facts.and_then(|facts| facts.licence.as_ref());
        let rights = &mut asset.rights;
        rights.licence = match of_file {
            Some(words) => Some(crate::settings::licence(words)),
            None => known
                .collection
                .and_then(|collection| collection.licence.clone())
                .or_else(|| self.settings.licence.clone()),
        };
        rights.acknowledgement.clone_from(&self.settings.acknowledgement);
    }
}

fn local(term: &str) -> Term {
    Term { vocabulary: "local".to_owned(), term: term.to_owned(), label: None }
}

/// The station of a file; of merged files and products of a centre there is none.
fn station(said: Option<&Said>, facts: Option<&Facts>) -> Option<String> {
    let told = facts.and_then(|facts| facts.station.as_ref()).map(|id| id.to_ascii_uppercase());
    if let Some(said) = said {
        let of_name = said
            .station
            .as_ref()
            .filter(|id| !MERGED.iter().any(|merged| id.get(..4) == Some(merged)));
        // A log says all nine characters where its name has four.
        return told.or_else(|| of_name.cloned());
    }
    told.or_else(|| {
        let facts = facts.filter(|facts| facts.kind.is_data() && facts.kind != Kind::Navigation)?;
        facts.marker.as_ref().map(|marker| marker.to_ascii_uppercase())
    })
}

fn centre(said: Option<&Said>, facts: Option<&Facts>, kind: Kind) -> Option<String> {
    if kind.is_data() {
        return None;
    }
    said.and_then(|said| said.centre.clone()).or_else(|| {
        let agency = facts?.agency.as_ref()?.to_ascii_uppercase();
        // ESOC writes itself with four letters.
        Some(if agency == "ESOC" { "ESA".to_owned() } else { agency })
    })
}

fn provenance(known: &Known<'_>) -> Option<Provenance> {
    let facts = known.facts?;
    let name = facts.program.clone()?;
    Some(Provenance {
        name: Some(name),
        version: None,
        producer: facts.run_by.clone(),
        project: known.said.and_then(|said| said.project.clone()),
        run_id: None,
        reference: None,
        executed: facts.created_us,
        parameters: Vec::new(),
        inputs: Vec::new(),
        lineage: None,
    })
}

fn quality(known: &Known<'_>, content: Option<&Content>) -> Option<Quality> {
    let mut notes = known.facts.map(|facts| facts.notes.clone()).unwrap_or_default();
    let flag = match content {
        Some(Content::Unreadable(why)) => {
            notes.push(why.clone());
            Some("unreadable header".to_owned())
        }
        _ => None,
    };
    (!notes.is_empty()).then(|| Quality { flag, note: Some(notes.join("; ")), metrics: Vec::new() })
}

/// What has no field of its own, as `gnss:...`.
fn extras(known: &Known<'_>) -> Vec<Extra> {
    let mut extras: Vec<Extra> = Vec::new();
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            extras.push(Extra { key: format!("gnss:{key}"), value });
        }
    };
    let text = |text: Option<&String>| text.cloned().map(Value::Text);
    add("station", text(known.station.as_ref()));
    add("analysis-centre-code", text(known.centre.as_ref()));
    let start = known.said.and_then(|said| said.start_us);
    let start = known.facts.and_then(|f| f.first.as_ref()).map(|first| first.instant_us).or(start);
    if let Some(start) = start {
        let (week, day) = crate::time::Day::of_instant(start).gps_week();
        add("week", (week >= 0).then_some(Value::Integer(week)));
        add("day-of-week", (week >= 0).then_some(Value::Integer(i64::from(day))));
        let (_, of_year) = crate::time::Day::of_instant(start).year_and_day();
        add("day-of-year", Some(Value::Integer(i64::from(of_year))));
    }
    if let Some(said) = known.said {
        add("campaign", text(said.project.as_ref()));
        add("latency", said.latency.map(|l| Value::Text(l.word().to_owned())));
    }
    let Some(facts) = known.facts else { return extras };
    add("format-version", text(facts.version.as_ref()));
    add("domes", text(facts.domes.as_ref()));
    add("marker-type", text(facts.marker_type.as_ref()));
    for (what, instrument) in [("receiver", &facts.receiver), ("antenna", &facts.antenna)] {
        let Some(instrument) = instrument else { continue };
        add(what, Some(Value::Text(instrument.model.clone())));
        add(&format!("{what}-serial"), text(instrument.serial.as_ref()));
        add(&format!("{what}-version"), text(instrument.version.as_ref()));
    }
    add("interval-s", facts.interval_s.map(Value::Real));
    add("position-xyz-m", facts.position_m.map(|xyz| Value::Reals(xyz.to_vec())));
    for (key, fact) in &facts.others {
        let value = match fact {
            // What headers also tell of the week is above.
            _ if *key == "gps-week" => continue,
            Fact::Text(text) => Value::Text(text.clone()),
            Fact::Integer(number) => Value::Integer(*number),
            Fact::Real(number) => Value::Real(*number),
            Fact::Texts(texts) => Value::Texts(texts.clone()),
        };
        add(key, Some(value));
    }
    extras
}

/// The header as it came, else the listing's line.
fn native(known: &Known<'_>) -> Option<NativeRecord> {
    let (schema, content) = match known.facts {
        Some(facts) if !facts.header.is_empty() => {
            let version = facts.version.as_deref().unwrap_or("unknown");
            (format!("{} {version}", facts.format), facts.header.clone())
        }
        _ => {
            let line =
                known.file.copies.iter().map(|copy| &copy.native).find(|line| !line.is_empty())?;
            ("listing".to_owned(), line.as_bytes().to_vec())
        }
    };
    Some(NativeRecord { schema, media_type: "text/plain".to_owned(), content })
}
