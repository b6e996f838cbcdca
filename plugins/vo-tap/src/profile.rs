//! What the archive's ObsCore table has, asked once and remembered for a while.

use archway_plugin::host::Level;
use archway_plugin::{Error, Host};
use serde::{Deserialize, Serialize};

use crate::reply;
use crate::settings::Settings;
use crate::tap;

/// How long it is believed.
const KEEP_S: u32 = 3600;
/// ObsCore has 60 columns; archives add their own.
const MOST_COLUMNS: u64 = 1000;

/// What the archive has in the way of ObsCore.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// The table, as the archive writes it.
    pub(crate) table: Option<String>,
    /// Its columns; empty is unknown.
    pub(crate) columns: Vec<Column>,
    /// Whether the archive answered: without a table it then has none.
    pub(crate) is_known: bool,
}

/// A column as `TAP_SCHEMA` describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Column {
    /// As a query writes it.
    pub(crate) name: String,
    /// VOTable's (TAP 1.1) or ADQL's (TAP 1.0).
    pub(crate) datatype: String,
    /// TAP 1.1.
    pub(crate) xtype: String,
}

impl Profile {
    /// The profile from the cache, else from `TAP_SCHEMA`.
    ///
    /// An archive that cannot be asked about its schema is taken to have the mandatory
    /// columns; one that cannot be asked anything fails.
    pub(crate) fn of(host: &dyn Host, settings: &Settings) -> Result<Self, Error> {
        let key = format!("profile:{}", settings.table.as_deref().unwrap_or("ivoa.obscore"));
        let cached = host.cached(&key).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(profile) = cached {
            return Ok(profile);
        }
        let profile = match Self::ask(host, settings) {
            Ok(profile) => profile,
            Err(
                error @ (Error::InvalidQuery(_)
                | Error::NotFound(_)
                | Error::MalformedReply(_)
                | Error::Unsupported(_)),
            ) => {
                host.log(
                    Level::Warning,
                    "the archive does not describe its tables",
                    &[("error", error.to_string())],
                );
                Self::default()
            }
            Err(error) => return Err(error),
        };
        // A lost cache entry costs one more question.
        let _ = host.cache(&key, &serde_json::to_vec(&profile).unwrap_or_default(), Some(KEEP_S));
        Ok(profile)
    }

    fn ask(host: &dyn Host, settings: &Settings) -> Result<Self, Error> {
        let names = match &settings.table {
            Some(table) => crate::adql::text(table),
            // Servers differ in the case, and some compare it.
            None => "'ivoa.obscore', 'ivoa.ObsCore', 'ivoa.Obscore', 'ivoa.OBSCORE'".to_owned(),
        };
        // All columns, as xtype is new in TAP 1.1.
        let adql = format!("SELECT * FROM TAP_SCHEMA.columns WHERE table_name IN ({names})");
        let mut table = tap::sync(host, settings, &adql, Some(MOST_COLUMNS))?;
        let at = |name: &str| {
            table.head().fields().iter().position(|field| field.name.eq_ignore_ascii_case(name))
        };
        let (table_at, name_at, type_at, xtype_at) =
            (at("table_name"), at("column_name"), at("datatype"), at("xtype"));
        let mut profile = Self { is_known: true, ..Self::default() };
        while let Some(row) = table.next_row().map_err(|e| reply::error(e, &adql))? {
            let text = |at: Option<usize>| {
                at.and_then(|at| row.value(at).as_str().map(|s| s.trim().to_owned()))
            };
            if let (Some(name), Some(table_name)) = (text(name_at), text(table_at)) {
                profile.table = Some(table_name);
                let (datatype, xtype) =
                    (text(type_at).unwrap_or_default(), text(xtype_at).unwrap_or_default());
                profile.columns.push(Column { name, datatype, xtype });
            }
        }
        Ok(profile)
    }

    /// Whether `s_region` can be compared with an area, rather than being text.
    pub(crate) fn has_region_type(&self) -> bool {
        let is_area = |word: &str| {
            let word = word.to_ascii_lowercase();
            ["region", "polygon", "circle", "shape"].iter().any(|area| word.contains(area))
        };
        let mut columns = self.columns.iter();
        columns.any(|c| {
            c.name.eq_ignore_ascii_case("s_region") && (is_area(&c.datatype) || is_area(&c.xtype))
        })
    }
}
