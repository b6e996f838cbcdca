//! UPLOAD: tables that a query brings along (DALI 1.1, 3.4.5; TAP 1.1, 2.5).

use std::fmt;

use crate::dali::parameters::ParameterError;

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its name, used as `TAP_UPLOAD.name`.
    pub table: String,
    /// Where it is.
    pub source: UploadSource,
}

/// Where an uploaded table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadSource {
    /// In the part of this name of the multipart request.
    Part(String),
    /// At this address.
    Uri(String),
}

impl Upload {
    /// Reads the values of all UPLOAD parameters: `name,uri`, several joined by
    /// `;` or given apart. A name twice is refused.
    pub fn parse_all<'a>(
        values: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<Self>, ParameterError> {
        let mut uploads: Vec<Self> = Vec::new();
        let pairs = values.into_iter().flat_map(|value| value.split(';'));
        for pair in pairs.map(str::trim).filter(|pair| !pair.is_empty()) {
            let upload = Self::parse(pair)?;
            if uploads.iter().any(|known| known.table.eq_ignore_ascii_case(&upload.table)) {
                return Err(ParameterError::bad("UPLOAD", pair, "a table name used once"));
            }
            uploads.push(upload);
        }
        Ok(uploads)
    }

    fn parse(pair: &str) -> Result<Self, ParameterError> {
        let bad = |expected| ParameterError::bad("UPLOAD", pair, expected);
        let (table, uri) = pair.split_once(',').ok_or_else(|| bad("`name,uri`"))?;
        let (table, uri) = (table.trim(), uri.trim());
        let starts_right = table.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts_right || !table.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(bad("a name of letters, digits and `_`, then `,uri`"));
        }
        let source = match uri.split_once(':') {
            Some((scheme, part)) if scheme.eq_ignore_ascii_case("param") => {
                if part.is_empty() {
                    return Err(bad("`param:` with the name of a part"));
                }
                UploadSource::Part(part.to_owned())
            }
            Some((scheme, _)) if !scheme.is_empty() => UploadSource::Uri(uri.to_owned()),
            Some(_) | None => return Err(bad("an address with a scheme, or `param:part`")),
        };
        Ok(Self { table: table.to_owned(), source })
    }
}

impl fmt::Display for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            UploadSource::Part(part) => write!(f, "{},param:{part}", self.table),
            UploadSource::Uri(uri) => write!(f, "{},{uri}", self.table),
        }
    }
}
