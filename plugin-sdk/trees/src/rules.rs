//! Rules: which files are assets, and what the assets say.
//!
//! Called by `settings.rs`, which reads them; `asset.rs`, `question.rs` and `walk.rs` ask
//! them. Rules that hold here: what an archive or a collection says for all of its files
//! has been copied into each rule, so that nobody looks in three places.

use archway_plugin::types::{
    Agent, AssetKind, FacetKind, Interval, Licence, Region, Term, TimeScale,
};

use crate::dates::{DateParts, Period, Span};
use crate::pattern::{Captures, Pattern, Segment, kept, lent};
use crate::template::{Filling, Template};

/// All rules of an archive, in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rules {
    pub(crate) rules: Vec<Rule>,
    pub(crate) collections: Vec<Collection>,
}

impl Rules {
    /// Whether the times of names can be compared with UTC to the microsecond.
    pub(crate) fn times_are_utc(&self) -> bool {
        let mut timed = self.rules.iter().filter(|rule| rule.may_have_time());
        timed.all(|rule| rule.scale() == TimeScale::Utc)
    }
}

/// A named set of files.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Collection {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) licence: Option<Licence>,
    pub(crate) created_us: Option<i64>,
}

/// Which files, and what is said of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) pattern: Pattern,
    /// Files that match are no assets.
    pub(crate) skip: bool,
    /// An index into the collections.
    pub(crate) collection: usize,
    pub(crate) title: Option<Template>,
    pub(crate) description: Option<Template>,
    pub(crate) kind: AssetKind,
    pub(crate) product_type: Option<Term>,
    pub(crate) product_subtype: Option<Template>,
    pub(crate) calibration_level: Option<i8>,
    pub(crate) format: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) licence: Option<Licence>,
    pub(crate) statement: Option<String>,
    pub(crate) acknowledgement: Option<String>,
    pub(crate) created: Option<Created>,
    pub(crate) facets: Vec<(FacetKind, Template)>,
    pub(crate) keywords: Vec<Template>,
    pub(crate) targets: Vec<Template>,
    pub(crate) when: When,
    pub(crate) place: Place,
    pub(crate) wavelength_m: Option<Interval>,
    pub(crate) bands: Vec<String>,
    pub(crate) version: Option<Template>,
    pub(crate) observation_id: Option<Template>,
    pub(crate) group_id: Option<Template>,
    pub(crate) doi: Option<Template>,
    /// Scheme and identifier.
    pub(crate) identifiers: Vec<(String, Template)>,
    /// Key and text.
    pub(crate) extras: Vec<(String, Template)>,
}

/// When the asset was made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Created {
    /// When the file last changed.
    Modified,
    /// A date, once filled.
    Text(Template),
}

/// How the time of a file is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct When {
    /// Instead of the parts of a date.
    pub(crate) start: Option<Template>,
    /// Instead of the period.
    pub(crate) end: Option<Template>,
    pub(crate) period: Option<Period>,
    pub(crate) scale: Option<TimeScale>,
}

/// Where the files of a rule are of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// Nowhere that is known.
    Unknown,
    /// The same for all.
    Fixed(Region),
    /// By name among the sites of the settings.
    Site(Template),
}

impl Rule {
    /// Placeholders, and what they have captured.
    fn captured<'a>(
        &'a self,
        captures: &'a Captures<'_>,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let slots = self.pattern.slots.iter().map(String::as_str).zip(captures);
        slots.filter_map(|(name, text)| Some((name, text.as_deref()?)))
    }

    /// Whether what was captured contradicts itself.
    pub(crate) fn contradicts(&self, captures: &Captures<'_>) -> bool {
        DateParts::contradict(self.captured(captures))
    }

    /// Whether any file of this rule can have a time.
    pub(crate) fn may_have_time(&self) -> bool {
        let slot = |name: &str| self.pattern.slots.iter().any(|slot| slot == name);
        self.when.start.is_some() || slot("year") || slot("yy") || slot("week")
    }

    /// Whether any of its texts tells the day.
    pub(crate) fn tells_date(&self) -> bool {
        let single = [
            &self.title,
            &self.description,
            &self.product_subtype,
            &self.version,
            &self.observation_id,
            &self.group_id,
            &self.doi,
        ];
        let lists = self.keywords.iter().chain(&self.targets);
        let named = self.identifiers.iter().chain(&self.extras).map(|(_, text)| text);
        let created = match &self.created {
            Some(Created::Text(text)) => Some(text),
            _ => None,
        };
        single
            .into_iter()
            .flatten()
            .chain(created)
            .chain(lists)
            .chain(named)
            .chain(self.facets.iter().map(|(_, text)| text))
            .any(Template::has_date)
    }

    /// The scale its times are in.
    pub(crate) fn scale(&self) -> TimeScale {
        let weeks = self.pattern.slots.iter().any(|slot| slot == "week");
        self.when.scale.unwrap_or(if weeks { TimeScale::Gps } else { TimeScale::Utc })
    }

    /// The time of a file, in the rule's scale; ends may be open.
    pub(crate) fn time(&self, with: Filling<'_>) -> Option<(i64, Option<i64>)> {
        let at =
            |template: &Template| archway_formats::time::parse_timestamp(&template.fill(with)?);
        let end = self.when.end.as_ref().and_then(at);
        if let Some(start) = &self.when.start {
            let start_us = at(start)?;
            let end_us = end.or_else(|| Some(Span::new(start_us, self.when.period?).end_us));
            return Some((start_us, end_us));
        }
        let parts = DateParts::of(self.captured(with.captures));
        let span = parts.span(self.when.period)?;
        Some((span.start_us, Some(end.unwrap_or(span.end_us))))
    }

    /// The time that everything in a folder is of, with what was captured so far; generous
    /// at both ends. `None` where it may be of any time.
    pub(crate) fn time_in_folder(&self, captures: &Captures<'_>) -> Option<Span> {
        if self.when.start.is_some() || self.when.end.is_some() {
            return None;
        }
        let mut span = DateParts::of(self.captured(captures)).span(None)?;
        let slack_us = archway_formats::time::DAY_US;
        span.start_us -= slack_us;
        span.end_us += slack_us + self.when.period.map_or(0, Period::most_us);
        Some(span)
    }
}

/// Where the patterns stand in a folder: which may match something below it, at which of
/// their segments, and what they captured on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stand {
    live: Vec<Live>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Live {
    pub(crate) rule: usize,
    at: usize,
    pub(crate) captures: Captures<'static>,
    /// Whether it can bring what is looked for; if not, it still takes files from the rules
    /// behind it.
    wanted: bool,
}

/// A file matched.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Match<'t> {
    pub(crate) rule: usize,
    pub(crate) captures: Captures<'t>,
}

impl Match<'_> {
    /// The same, to be kept.
    pub(crate) fn kept(self) -> Match<'static> {
        Match { rule: self.rule, captures: kept(self.captures) }
    }
}

/// More ways to stand than these come of patterns with several `**` only.
const MOST_LIVE: usize = 512;

impl Stand {
    /// In the root; `wanted` says which rules can bring what is looked for.
    pub(crate) fn at_root(rules: &Rules, wanted: impl Fn(&Rule) -> bool) -> Self {
        let mut stand = Self::default();
        for (number, rule) in rules.rules.iter().enumerate() {
            let wanted = !rule.skip && wanted(rule);
            let captures = rule.pattern.nothing();
            stand.add(rules, Live { rule: number, at: 0, captures, wanted });
        }
        stand
    }

    fn add(&mut self, rules: &Rules, live: Live) {
        if self.live.len() >= MOST_LIVE || self.live.contains(&live) {
            return;
        }
        let pattern = rules.rules.get(live.rule).map(|rule| &rule.pattern);
        let folders = pattern.and_then(|p| p.segments.get(live.at)) == Some(&Segment::Folders);
        let next = folders.then(|| Live { at: live.at + 1, ..live.clone() });
        self.live.push(live);
        if let Some(next) = next {
            self.add(rules, next);
        }
    }

    /// In a folder of this one; `wanted` says whether a rule with these captures can still
    /// bring what is looked for.
    pub(crate) fn enter(
        &self,
        rules: &Rules,
        name: &str,
        wanted: impl Fn(&Rule, &Captures<'_>) -> bool,
    ) -> Self {
        let mut inside = Self::default();
        for live in &self.live {
            let Some(rule) = rules.rules.get(live.rule) else { continue };
            if rule.pattern.segments.get(live.at) == Some(&Segment::Folders) {
                inside.add(rules, live.clone());
            } else if !rule.pattern.is_last(live.at) {
                let mut captures = lent(&live.captures);
                if rule.pattern.matches(live.at, name, &mut captures)
                    && !rule.contradicts(&captures)
                {
                    let wanted = live.wanted && wanted(rule, &captures);
                    let captures = kept(captures);
                    inside.add(rules, Live { rule: live.rule, at: live.at + 1, captures, wanted });
                }
            }
        }
        inside.live.sort_by_key(|live| live.rule);
        inside
    }

    /// Whether nothing that is looked for can be here or below.
    pub(crate) fn is_empty(&self) -> bool {
        self.live.iter().all(|live| !live.wanted)
    }

    /// Whether files of this folder itself may be looked for.
    pub(crate) fn has_files(&self, rules: &Rules) -> bool {
        self.live.iter().any(|live| {
            live.wanted && rules.rules.get(live.rule).is_some_and(|r| r.pattern.is_last(live.at))
        })
    }

    /// The first rule that a file of this folder matches: without encodings (its `key`), without
    /// compressions, or as it is. `None` too where that rule leaves it out or cannot bring what
    /// is looked for.
    pub(crate) fn file<'t>(
        &'t self,
        rules: &Rules,
        key: &'t str,
        name: &'t str,
    ) -> Option<Match<'t>> {
        let mut stem = None;
        for live in &self.live {
            let Some(rule) = rules.rules.get(live.rule) else { continue };
            if !rule.pattern.is_last(live.at) {
                continue;
            }
            let fits = |name: &'t str| {
                let mut captures = lent(&live.captures);
                let fits = rule.pattern.matches(live.at, name, &mut captures)
                    && !rule.contradicts(&captures);
                fits.then_some(Match { rule: live.rule, captures })
            };
            let mut found = fits(key);
            if found.is_none() && key != name {
                let stem = *stem.get_or_insert_with(|| archway_codecs::encodings_of(name).1);
                found = if stem == key { None } else { fits(stem) };
                if found.is_none() && stem != name {
                    found = fits(name);
                }
            }
            if found.is_some() {
                return found.filter(|_| live.wanted);
            }
        }
        None
    }
}
