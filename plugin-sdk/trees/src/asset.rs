//! From files of one folder to an asset, by a rule.
//!
//! Called by `visit.rs`. Rules: all copies and encodings of one file in one folder are
//! distributions of one asset, whose identifier is the path below the root without
//! encodings; nothing is said that neither the listing nor the rule says.

use std::borrow::Cow;

use archway_formats::time::format_timestamp;
use archway_plugin::types::{
    Asset, Availability, Distribution, EnergyCoverage, Extra, Facet, Identifier, Location,
    Messenger, NativeRecord, SpaceCoverage, Target, Term, TimeCoverage, TimeScale, Value,
};

use crate::archive::TreeArchive;
use crate::checksums::Checksums;
use crate::entry::Entry;
use crate::formats::format_of;
use crate::path;
use crate::rules::{Created, Match, Place, Rule};
use crate::template::{Filling, Template};

/// The files of one asset.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// Of the folder, absolute.
    pub(crate) folder: &'a str,
    /// The name without encodings.
    pub(crate) key: &'a str,
    /// When the last of them changed.
    pub(crate) modified_us: Option<i64>,
}

/// The name under which all encodings of a file are one asset.
pub(crate) fn key(file_name: &str) -> Cow<'_, str> {
    archway_codecs::bare_name(file_name)
}

/// What every asset of a rule has, and what would be asked of the rule for each.
#[derive(Clone, Debug)]
pub(crate) struct Prototype {
    asset: Asset,
    tells_date: bool,
    scale: TimeScale,
}

impl TreeArchive {
    /// What every asset of a rule has.
    pub(crate) fn prototype(&self, rule: &Rule) -> Prototype {
        let collections = &self.settings.rules.collections;
        let collection = collections.get(rule.collection).map_or("unnamed", |c| c.id.as_str());
        let mut asset = Asset::new("", collection, "");
        asset.identity.kind = rule.kind;
        let summary = &mut asset.summary;
        summary.product_type = rule.product_type.clone();
        summary.calibration_level = rule.calibration_level;
        summary.agents = rule.agents.clone();
        asset.rights.licence = rule.licence.clone();
        asset.rights.statement = rule.statement.clone();
        asset.rights.acknowledgement = rule.acknowledgement.clone();
        if rule.wavelength_m.is_some() || !rule.bands.is_empty() {
            asset.energy.push(EnergyCoverage {
                messenger: Messenger::Photon,
                wavelength_m: rule.wavelength_m,
                native: None,
                resolving_power: None,
                bands: rule.bands.clone(),
            });
        }
        if let Place::Fixed(region) = &rule.place {
            asset.space.push(coverage(region.clone()));
        }
        Prototype { asset, tells_date: rule.tells_date(), scale: rule.scale() }
    }

    /// The asset of these files, which are [added](Self::add_files) to it.
    pub(crate) fn asset(&self, group: &Group<'_>, found: &Match<'_>) -> Option<Asset> {
        let rule = self.settings.rules.rules.get(found.rule)?;
        let prototype = self.prototypes.get(found.rule)?;
        let mut asset = prototype.asset.clone();
        let folder = path::below(self.tree.root(), group.folder).unwrap_or(group.folder);
        let id = match folder.trim_matches('/') {
            "" => group.key.to_owned(),
            folder => [folder, "/", group.key].concat(),
        };
        let mut with = Filling { captures: &found.captures, path: &id, date: "" };
        let time = rule.time(with);
        let date = match time {
            Some((start_us, _)) if prototype.tells_date => format_timestamp(start_us),
            _ => String::new(),
        };
        with.date = date.get(..10).unwrap_or_default();
        let filled = |template: &Option<Template>| template.as_ref().and_then(|t| t.fill(with));

        let modified = group.modified_us;
        asset.summary.title = filled(&rule.title).unwrap_or_else(|| group.key.to_owned());
        asset.summary.description = filled(&rule.description);
        asset.summary.product_subtype = filled(&rule.product_subtype);
        asset.summary.modified = modified;
        asset.summary.created = match &rule.created {
            Some(Created::Modified) => modified,
            Some(Created::Text(text)) => {
                text.fill(with).and_then(|text| archway_formats::time::parse_timestamp(&text))
            }
            None => None,
        };
        let keyword = |term: String| Term { vocabulary: "local".to_owned(), term, label: None };
        asset.summary.keywords = all(&rule.keywords, with).map(keyword).collect();
        asset.summary.targets = all(&rule.targets, with).map(target).collect();
        asset.identity.version = filled(&rule.version);
        asset.identity.observation_id = filled(&rule.observation_id);
        asset.identity.group_id = filled(&rule.group_id);
        asset.identity.doi = filled(&rule.doi);
        asset.identity.others = named(&rule.identifiers, with)
            .map(|(scheme, value)| Identifier { scheme, value })
            .collect();
        asset.extras = named(&rule.extras, with)
            .map(|(key, text)| Extra { key, value: Value::Text(text) })
            .collect();
        let facet = |(kind, term): &(_, Template)| {
            let term = term.fill(with)?;
            Some(Facet { kind: Clone::clone(kind), term, label: None })
        };
        asset.facets = rule.facets.iter().filter_map(facet).collect();
        asset.time.extend(time.map(|(start, end)| TimeCoverage {
            start: Some(start),
            end,
            scale: prototype.scale,
            reference_position: None,
            exposure_s: None,
            sampling_s: None,
            samples: None,
            native: None,
        }));
        if let Place::Site(name) = &rule.place {
            let site = name.fill(with).and_then(|n| self.settings.sites.get(&n.to_uppercase()));
            asset.space.extend(site.cloned().map(coverage));
        }
        asset.identity.native_id = id;
        Some(asset)
    }

    /// Adds the files of an asset to it: a distribution of each, and the lines of their listing.
    pub(crate) fn add_files(
        &self,
        asset: &mut Asset,
        rule: usize,
        folder: &str,
        files: impl ExactSizeIterator<Item = Entry>,
        sums: &Checksums,
    ) {
        let Some(rule) = self.settings.rules.rules.get(rule) else { return };
        asset.distributions.reserve_exact(files.len());
        let mut lines = String::new();
        for mut file in files {
            if lines.is_empty() {
                lines = std::mem::take(&mut file.native);
            } else if !file.native.is_empty() {
                lines.push('\n');
                lines.push_str(&file.native);
            }
            asset.distributions.push(self.distribution(folder, rule, file, sums));
        }
        if !lines.is_empty() {
            asset.native = Some(NativeRecord {
                schema: "listing".to_owned(),
                media_type: "text/plain".to_owned(),
                content: lines.into_bytes(),
            });
        }
    }

    fn distribution(
        &self,
        folder: &str,
        rule: &Rule,
        file: Entry,
        sums: &Checksums,
    ) -> Distribution {
        let (encodings, stem) = archway_codecs::encodings_of(&file.name);
        let known = format_of(stem);
        let listed = file.media_type.filter(|_| encodings.is_empty());
        let media_type =
            rule.media_type.clone().or(listed).or_else(|| known.map(|k| k.media_type.to_owned()));
        Distribution {
            role: "#this".to_owned(),
            location: Location::Url(self.tree.location(&path::join(folder, &file.name))),
            media_type,
            format: rule.format.clone().or_else(|| known.map(|k| k.name.to_owned())),
            encodings: encodings.into_iter().map(str::to_owned).collect(),
            size: file.size,
            checksums: sums.of(&file.name).to_vec(),
            file_name: Some(file.name.clone()),
            distribution_id: file.name,
            modified: file.modified_us,
            availability: Availability::Online,
            provider: self.settings.provider.clone(),
        }
    }
}

fn coverage(region: archway_plugin::types::Region) -> SpaceCoverage {
    SpaceCoverage {
        region,
        field_of_view_deg: None,
        resolution_arcsec: None,
        resolution_m: None,
        pixels: Vec::new(),
        native: None,
    }
}

fn target(name: String) -> Target {
    Target { name, class: None, aliases: Vec::new(), naif_id: None, moving: None }
}

fn all<'a>(texts: &'a [Template], with: Filling<'a>) -> impl Iterator<Item = String> + 'a {
    texts.iter().filter_map(move |text| text.fill(with))
}

fn named<'a>(
    texts: &'a [(String, Template)],
    with: Filling<'a>,
) -> impl Iterator<Item = (String, String)> + 'a {
    texts.iter().filter_map(move |(name, text)| Some((name.clone(), text.fill(with)?)))
}
