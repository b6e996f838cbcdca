//! The settings `collections` and `rules`.

use archway_plugin::types::{AgentRole, AssetKind, FacetKind, Interval, Licence, Term, TimeScale};
use serde_json::Value;

use super::{agent, licence, place, written_facets};
use crate::dates::Period;
use crate::pattern::Pattern;
use crate::reading::{Problems, Table};
use crate::rules::{Collection, Created, Place, Rule, Rules, When};
use crate::template::Template;

/// What the archive says for all of its files.
pub(super) struct Defaults {
    pub(super) title: Option<String>,
    pub(super) publisher: Option<String>,
    pub(super) licence: Option<Licence>,
    pub(super) acknowledgement: Option<String>,
    pub(super) created: Option<String>,
    pub(super) facets: Vec<(FacetKind, String)>,
}

const KINDS: [(&str, AssetKind); 11] = [
    ("dataset", AssetKind::Dataset),
    ("observation", AssetKind::Observation),
    ("catalogue", AssetKind::Catalogue),
    ("service", AssetKind::Service),
    ("software", AssetKind::Software),
    ("document", AssetKind::Document),
    ("container", AssetKind::Container),
    ("facility", AssetKind::Facility),
    ("environment", AssetKind::Environment),
    ("workflow", AssetKind::Workflow),
    ("virtual-asset", AssetKind::VirtualAsset),
];

const SCALES: [(&str, TimeScale); 11] = [
    ("utc", TimeScale::Utc),
    ("tai", TimeScale::Tai),
    ("tt", TimeScale::Tt),
    ("tdb", TimeScale::Tdb),
    ("tcb", TimeScale::Tcb),
    ("tcg", TimeScale::Tcg),
    ("gps", TimeScale::Gps),
    ("glonass", TimeScale::Glonass),
    ("galileo", TimeScale::Galileo),
    ("beidou", TimeScale::Beidou),
    ("ut1", TimeScale::Ut1),
];

/// What a collection or a rule may say alike; texts with placeholders unread.
#[derive(Clone, Default)]
struct Said {
    publisher: Option<String>,
    creators: Vec<String>,
    licence: Option<Licence>,
    statement: Option<String>,
    acknowledgement: Option<String>,
    created: Option<String>,
    facets: Vec<(FacetKind, String)>,
    keywords: Vec<String>,
    product_type: Option<Term>,
    calibration_level: Option<i8>,
    kind: Option<AssetKind>,
    place: Option<Place>,
    wavelength_m: Option<Interval>,
    bands: Vec<String>,
}

impl Said {
    fn read(table: &Table<'_>, slots: &[String]) -> Self {
        let text = |key: &'static str| table.text(key).map(str::to_owned);
        let owned = |key: &'static str| table.texts(key).into_iter().map(str::to_owned).collect();
        let facets = table.value("facets");
        let facets = facets.map(|v| written_facets(&table.key_of("facets"), v, table.problems));
        Self {
            publisher: text("publisher"),
            creators: owned("creators"),
            licence: table.text("licence").map(licence),
            statement: text("statement"),
            acknowledgement: text("acknowledgement"),
            created: text("created"),
            facets: facets.unwrap_or_default(),
            keywords: owned("keywords"),
            product_type: table.text("product_type").map(product_type),
            #[expect(clippy::cast_possible_truncation, reason = "checked to be in -1..=4")]
            calibration_level: table.number("calibration_level", -1.0, 4.0).map(|n| n as i8),
            kind: table.choice("kind", &KINDS),
            place: where_it_is(table, slots),
            wavelength_m: wavelengths(table),
            bands: owned("bands"),
        }
    }

    /// What a rule says, with what its collection says where it is silent.
    fn or(self, collection: Self) -> Self {
        let facets = with_facets(self.facets, &collection.facets);
        Self {
            publisher: self.publisher.or(collection.publisher),
            creators: if self.creators.is_empty() { collection.creators } else { self.creators },
            licence: self.licence.or(collection.licence),
            statement: self.statement.or(collection.statement),
            acknowledgement: self.acknowledgement.or(collection.acknowledgement),
            created: self.created.or(collection.created),
            facets,
            keywords: if self.keywords.is_empty() { collection.keywords } else { self.keywords },
            product_type: self.product_type.or(collection.product_type),
            calibration_level: self.calibration_level.or(collection.calibration_level),
            kind: self.kind.or(collection.kind),
            place: self.place.or(collection.place),
            wavelength_m: self.wavelength_m.or(collection.wavelength_m),
            bands: if self.bands.is_empty() { collection.bands } else { self.bands },
        }
    }
}

/// The facets of a rule, and of those of its collection the kinds that it does not have.
fn with_facets(
    mut own: Vec<(FacetKind, String)>,
    others: &[(FacetKind, String)],
) -> Vec<(FacetKind, String)> {
    let more: Vec<_> =
        others.iter().filter(|(kind, _)| own.iter().all(|(k, _)| k != kind)).cloned().collect();
    own.extend(more);
    own
}

/// Reads both.
pub(super) fn read(
    collections: Option<&Value>,
    rules: Option<&Value>,
    defaults: &Defaults,
    problems: &Problems,
) -> Rules {
    let mut read = Rules::default();
    let mut said = Vec::new();
    let table = collections.and_then(|v| Table::of("collections".to_owned(), v, problems));
    for (id, value) in table.iter().flat_map(Table::entries) {
        let Some(one) = Table::of(format!("collections.{id}"), value, problems) else { continue };
        let about = Said::read(&one, &[]);
        read.collections.push(Collection {
            id: id.clone(),
            title: one.text("title").unwrap_or(id).to_owned(),
            description: one.text("description").map(str::to_owned),
            publisher: about.publisher.clone(),
            licence: about.licence.clone(),
            created_us: about.created.as_deref().and_then(archway_formats::time::parse_timestamp),
        });
        said.push(about);
        one.finish();
    }
    if read.collections.is_empty() {
        let title = defaults.title.clone().unwrap_or_else(|| "unnamed".to_owned());
        read.collections.push(Collection {
            id: title.clone(),
            title,
            description: None,
            publisher: None,
            licence: None,
            created_us: None,
        });
        said.push(Said::default());
    }
    let everything = [serde_json::json!({ "path": "**" })];
    let written = match rules {
        None => everything.as_slice(),
        Some(Value::Array(list)) => list,
        // One rule may stand alone, as [settings.rules].
        Some(one) => std::slice::from_ref(one),
    };
    for (number, value) in written.iter().enumerate() {
        let Some(table) = Table::of(format!("rules[{number}]"), value, problems) else { continue };
        rule(&table, &mut read, &said, defaults);
        table.finish();
    }
    read
}

/// Reads one table of rules; a list of paths is a rule for each.
fn rule(table: &Table<'_>, rules: &mut Rules, said: &[Said], defaults: &Defaults) {
    let paths = table.texts("path");
    if paths.is_empty() {
        table.wrong("path", "missing, a pattern like `{year}/{doy}/*.fits`");
    }
    let ignore_case = table.flag("ignore_case");
    let mut patterns = Vec::new();
    for path in paths {
        match Pattern::parse(path, ignore_case) {
            Ok(pattern) => patterns.push(pattern),
            Err(message) => table.wrong("path", message),
        }
    }
    // Placeholders may be used that every one of the paths has.
    let mut slots = patterns.first().map_or(Vec::new(), |pattern| pattern.slots.clone());
    slots.retain(|slot| patterns.iter().all(|pattern| pattern.slots.contains(slot)));
    let collection = collection(table, &rules.collections);
    let own = Said::read(table, &slots);
    let inherited = said.get(collection).cloned().unwrap_or_default();
    let said = own.or(inherited);
    if patterns.is_empty() {
        // The rest is looked at all the same, for its own mistakes.
        let reading = Reading { table, slots: None, collection, defaults };
        if let Ok(pattern) = Pattern::parse("**", false) {
            reading.rule(pattern, said);
        }
        return;
    }
    for mut pattern in patterns {
        // The shared placeholders first, so that templates fit each of the patterns.
        pattern.lead_with(&slots);
        let rule = Reading { table, slots: Some(&pattern.slots), collection, defaults }
            .rule(pattern.clone(), said.clone());
        rules.rules.push(rule);
    }
}

fn collection(table: &Table<'_>, collections: &[Collection]) -> usize {
    let Some(id) = table.text("collection") else {
        if collections.len() > 1 && !table.flag("skip") {
            table.wrong("collection", "missing, as there is more than one");
        }
        return 0;
    };
    let found = collections.iter().position(|collection| collection.id == id);
    found.unwrap_or_else(|| {
        let known: Vec<_> = collections.iter().map(|one| one.id.as_str()).collect();
        table.wrong("collection", format!("`{id}` is none of {}", known.join(", ")));
        0
    })
}

struct Reading<'a> {
    table: &'a Table<'a>,
    /// Unknown where the path is wrong.
    slots: Option<&'a [String]>,
    collection: usize,
    defaults: &'a Defaults,
}

impl Reading<'_> {
    fn rule(&self, pattern: Pattern, said: Said) -> Rule {
        let table = self.table;
        let publisher = said.publisher.as_ref().or(self.defaults.publisher.as_ref());
        let mut agents: Vec<_> =
            said.creators.iter().map(|name| agent(name, AgentRole::Creator)).collect();
        agents.extend(publisher.map(|name| agent(name, AgentRole::Publisher)));
        let created = said.created.clone().or_else(|| self.defaults.created.clone());
        let facets = with_facets(said.facets, &self.defaults.facets);
        let facet = |(kind, term): (FacetKind, String)| Some((kind, self.parsed("facets", &term)?));
        Rule {
            skip: table.flag("skip"),
            collection: self.collection,
            title: self.template("title"),
            description: self.template("description"),
            kind: said.kind.unwrap_or(AssetKind::Dataset),
            product_type: said.product_type,
            product_subtype: self.template("product_subtype"),
            calibration_level: said.calibration_level,
            format: table.text("format").map(str::to_owned),
            media_type: table.text("media_type").map(str::to_owned),
            agents,
            licence: said.licence.or_else(|| self.defaults.licence.clone()),
            statement: said.statement,
            acknowledgement: said.acknowledgement.or_else(|| self.defaults.acknowledgement.clone()),
            created: created.and_then(|text| self.created(&text)),
            facets: facets.into_iter().filter_map(facet).collect(),
            keywords: said.keywords.iter().filter_map(|w| self.parsed("keywords", w)).collect(),
            targets: self.templates("targets"),
            when: self.when(),
            place: said.place.unwrap_or(Place::Unknown),
            wavelength_m: said.wavelength_m,
            bands: said.bands,
            version: self.template("version"),
            observation_id: self.template("observation_id"),
            group_id: self.template("group_id"),
            doi: self.template("doi"),
            identifiers: self.named("identifiers"),
            extras: self.named("extras"),
            pattern,
        }
    }

    fn parsed(&self, key: &str, written: &str) -> Option<Template> {
        match Template::parse(written, self.slots?) {
            Ok(template) => Some(template),
            Err(message) => {
                self.table.wrong(key, message);
                None
            }
        }
    }

    fn template(&self, key: &'static str) -> Option<Template> {
        self.parsed(key, self.table.text(key)?)
    }

    fn templates(&self, key: &'static str) -> Vec<Template> {
        self.table.texts(key).into_iter().filter_map(|text| self.parsed(key, text)).collect()
    }

    /// A table of the operator's own keys.
    fn named(&self, key: &'static str) -> Vec<(String, Template)> {
        let Some(table) = self.table.table(key) else { return Vec::new() };
        let mut named = Vec::new();
        for (name, value) in table.entries() {
            if key == "extras" && !name.contains(':') {
                table.wrong(name, "the name of an extra is written `namespace:name`");
            }
            match value.as_str() {
                Some(text) => {
                    named.extend(self.parsed(key, text).map(|text| (name.clone(), text)));
                }
                None => table.wrong(name, format!("{value} is not a text")),
            }
        }
        named
    }

    fn created(&self, text: &str) -> Option<Created> {
        if text == "modified" {
            return Some(Created::Modified);
        }
        let template = self.parsed("created", text)?;
        if let Some(fixed) = template.fixed()
            && archway_formats::time::parse_timestamp(fixed).is_none()
        {
            let message = format!("`{fixed}` is neither a date like 2010-07-01 nor `modified`");
            self.table.wrong("created", message);
        }
        Some(Created::Text(template))
    }

    fn when(&self) -> When {
        let Some(table) = self.table.table("time") else { return When::default() };
        let moment = |key: &'static str| {
            let template = self.parsed("time", table.text(key)?)?;
            let wrong = template
                .fixed()
                .filter(|fixed| archway_formats::time::parse_timestamp(fixed).is_none());
            if let Some(fixed) = wrong {
                table.wrong(key, format!("`{fixed}` is no time like 2010-07-01T12:00:00"));
            }
            Some(template)
        };
        let period = table.text("period").and_then(|text| {
            let period = Period::parse(text);
            if period.is_none() {
                let message =
                    format!("`{text}` is no length like 30s, 15min, 1h, 1d, 2w, 1mo or 1y");
                table.wrong("period", message);
            }
            period
        });
        let when = When {
            start: moment("start"),
            end: moment("end"),
            period,
            scale: table.choice("scale", &SCALES),
        };
        table.finish();
        when
    }
}

fn where_it_is(table: &Table<'_>, slots: &[String]) -> Option<Place> {
    let site = match table.value("site") {
        Some(Value::String(text)) => match Template::parse(text, slots) {
            Ok(template) => Some(Place::Site(template)),
            Err(message) => {
                table.wrong("site", message);
                None
            }
        },
        Some(_) => table.table("site").and_then(place::site).map(Place::Fixed),
        None => None,
    };
    let position = table.table("position").and_then(place::position).map(Place::Fixed);
    let region = table.table("region").and_then(place::region).map(Place::Fixed);
    let mut given = [site, position, region].into_iter().flatten();
    let first = given.next();
    if given.next().is_some() {
        table.problems.add(&table.key, "only one of site, position and region can be given");
    }
    first
}

fn wavelengths(table: &Table<'_>) -> Option<Interval> {
    match table.numbers("wavelength_m")?.as_slice() {
        [lower, upper] if 0.0 < *lower && lower <= upper => {
            Some(Interval { lower: Some(*lower), upper: Some(*upper) })
        }
        _ => {
            table.wrong("wavelength_m", "two lengths in metres, the shorter first");
            None
        }
    }
}

fn product_type(term: &str) -> Term {
    Term { vocabulary: "ivoa:product-type".to_owned(), term: term.to_owned(), label: None }
}
