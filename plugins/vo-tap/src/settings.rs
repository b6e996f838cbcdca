//! The archive's settings (`plugin.toml`), read once a call.
//!
//! The gateway has checked their kinds and filled the defaults in; the nested ones are
//! checked here.

use archway_plugin::types::{FacetKind, Licence, Value};
use archway_plugin::{Error, Host};

use crate::source::{Expression, mapped_columns};

/// What the assets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Auto,
    Obscore,
    Mapping,
    Tables,
}

/// How the archive compares areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RegionSupport {
    /// The type of `s_region` decides.
    Auto,
    /// `INTERSECTS` with `s_region`.
    Intersects,
    /// Geometry of points.
    Contains,
    /// No geometry.
    None,
}

impl RegionSupport {
    /// What asks less of the archive.
    pub(crate) fn simpler(self) -> Option<Self> {
        match self {
            Self::Intersects => Some(Self::Contains),
            Self::Auto | Self::Contains => Some(Self::None),
            Self::None => None,
        }
    }

    /// The word in settings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Intersects => "intersects",
            Self::Contains => "contains",
            Self::None => "none",
        }
    }

    /// Reads the word in settings; any other is `auto`.
    pub(crate) fn named(name: &str) -> Self {
        [Self::Intersects, Self::Contains, Self::None]
            .into_iter()
            .find(|one| one.name() == name)
            .unwrap_or(Self::Auto)
    }
}

/// When table queries run as UWS jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asynchronous {
    Auto,
    Never,
    Always,
}

/// The settings of one archive.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Without a slash at its end.
    pub(crate) base_url: String,
    pub(crate) mode: Mode,
    pub(crate) table: Option<String>,
    /// By ObsCore column; `modified` and names of the archive's own may be among them.
    pub(crate) columns: Vec<(String, Expression)>,
    pub(crate) max_rows: u64,
    pub(crate) language: String,
    pub(crate) region: RegionSupport,
    pub(crate) unknown_fov_deg: f64,
    pub(crate) ilike: bool,
    pub(crate) order_by: bool,
    pub(crate) maxrec_sync: Option<u64>,
    pub(crate) asynchronous: Asynchronous,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) homepage: Option<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) licence: Option<Licence>,
    pub(crate) acknowledgement: Option<String>,
    pub(crate) collection: Option<String>,
    pub(crate) facets: Vec<(FacetKind, String)>,
    pub(crate) all_sky: bool,
    pub(crate) collections: bool,
    pub(crate) credential: Option<String>,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] that names the setting whose nested content is wrong.
    pub(crate) fn of(host: &dyn Host) -> Result<Self, Error> {
        let text = |key: &str| host.text_setting(key).filter(|text| !text.trim().is_empty());
        let flag = |key: &str, default: bool| match host.setting(key) {
            Some(Value::Boolean(truth)) => truth,
            _ => default,
        };
        let count = |key: &str| {
            host.integer_setting(key).and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0)
        };
        let base_url = text("base_url")
            .ok_or_else(|| Error::invalid_part("base_url", "the setting base_url is missing"))?;
        Ok(Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            mode: match text("mode").as_deref() {
                Some("obscore") => Mode::Obscore,
                Some("mapping") => Mode::Mapping,
                Some("tables") => Mode::Tables,
                _ => Mode::Auto,
            },
            table: text("table"),
            columns: mapped_columns(&nested(host, "columns")?)?,
            max_rows: count("max_rows").unwrap_or(5000),
            language: text("language").unwrap_or_else(|| "ADQL".to_owned()),
            region: RegionSupport::named(text("region").as_deref().unwrap_or_default()),
            unknown_fov_deg: match host.setting("unknown_fov_deg") {
                Some(Value::Real(degrees)) => degrees,
                _ => 1.0,
            },
            ilike: flag("ilike", false),
            order_by: flag("order_by", true),
            maxrec_sync: count("maxrec_sync"),
            asynchronous: match text("async").as_deref() {
                Some("never") => Asynchronous::Never,
                Some("always") => Asynchronous::Always,
                _ => Asynchronous::Auto,
            },
            title: text("title"),
            description: text("description"),
            homepage: text("homepage"),
            publisher: text("publisher"),
            licence: text("licence").map(|words| licence(&words)),
            acknowledgement: text("acknowledgement"),
            collection: text("collection"),
            facets: facets(&nested(host, "facets")?)?,
            all_sky: flag("all_sky", false),
            collections: flag("collections", true),
            credential: text("credential"),
        })
    }

    /// The name under which the archive's assets go where they name no collection.
    pub(crate) fn fallback_collection(&self) -> &str {
        self.collection.as_deref().or(self.title.as_deref()).unwrap_or("unnamed")
    }
}

/// A setting of kind `table`, which arrives as JSON.
fn nested(host: &dyn Host, key: &str) -> Result<serde_json::Map<String, serde_json::Value>, Error> {
    let text = match host.setting(key) {
        Some(Value::Json(text) | Value::Text(text)) => text,
        _ => return Ok(serde_json::Map::new()),
    };
    serde_json::from_str(&text)
        .map_err(|e| Error::invalid_part(key, format!("the setting {key} is not a table: {e}")))
}

fn facets(
    written: &serde_json::Map<String, serde_json::Value>,
) -> Result<Vec<(FacetKind, String)>, Error> {
    let facet = |(name, value): (&String, &serde_json::Value)| match value.as_str() {
        Some(term) => Ok((facet_kind(name), term.to_owned())),
        None => {
            Err(Error::invalid_part("facets", format!("the facet {name} = {value} is not a text")))
        }
    };
    written.iter().map(facet).collect()
}

/// The facet of that name, as settings and surfaces write it.
fn facet_kind(name: &str) -> FacetKind {
    match name {
        "category" => FacetKind::Category,
        "organization" => FacetKind::Organization,
        "domain" => FacetKind::Domain,
        "mission" => FacetKind::Mission,
        "instrument-host" => FacetKind::InstrumentHost,
        "instrument" => FacetKind::Instrument,
        "detector" => FacetKind::Detector,
        "characteristic" => FacetKind::Characteristic,
        "tag" => FacetKind::Tag,
        "waveband" => FacetKind::Waveband,
        "processing-level" => FacetKind::ProcessingLevel,
        "station" => FacetKind::Station,
        "constellation" => FacetKind::Constellation,
        "target" => FacetKind::Target,
        other => FacetKind::Other(other.to_owned()),
    }
}

/// An SPDX identifier has no blank, a URL has a scheme, all else is words.
fn licence(words: &str) -> Licence {
    let mut licence = Licence { spdx: None, url: None, text: None };
    if words.contains("://") && !words.contains(char::is_whitespace) {
        licence.url = Some(words.to_owned());
    } else if words.contains(char::is_whitespace) {
        licence.text = Some(words.to_owned());
    } else {
        licence.spdx = Some(words.to_owned());
    }
    licence
}

#[cfg(test)]
mod tests {
    use archway_plugin::testing::RecordedHost;

    use super::*;

    #[test]
    fn a_base_url_is_all_that_is_needed() {
        let host = RecordedHost::new().with_text("base_url", "https://archive.example/tap/");
        let settings = Settings::of(&host).unwrap();
        assert_eq!(settings.base_url, "https://archive.example/tap");
        assert_eq!(
            (settings.mode, settings.max_rows, settings.maxrec_sync),
            (Mode::Auto, 5000, None)
        );
    }

    #[test]
    fn what_is_wrong_inside_a_table_is_named() {
        let cases = [
            ("facets", r#"{"mission": 1}"#, "the facet mission = 1 is not a text"),
            (
                "columns",
                r#"{"t_min": {"column": "start", "unit": "fortnight"}}"#,
                "t_min: the unit fortnight is none of",
            ),
            ("columns", r#"{"t_min": {}}"#, "t_min: {} has neither column, value nor template"),
        ];
        for (key, json, wanted) in cases {
            let host = RecordedHost::new()
                .with_text("base_url", "https://archive.example/tap")
                .with_setting(key, Value::Json(json.to_owned()));
            let Err(Error::InvalidQuery(fault)) = Settings::of(&host) else { panic!("{json}") };
            assert!(fault.message.contains(wanted), "{}", fault.message);
            assert_eq!(fault.part.as_deref(), Some(key));
        }
    }

    #[test]
    fn a_licence_is_told_by_its_look() {
        assert_eq!(licence("CC-BY-4.0").spdx.as_deref(), Some("CC-BY-4.0"));
        assert_eq!(
            licence("https://archive.example/licence").url.as_deref(),
            Some("https://archive.example/licence")
        );
        assert_eq!(licence("free for science").text.as_deref(), Some("free for science"));
    }
}
