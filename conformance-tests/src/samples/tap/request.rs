//! The parameters of a TAP query (TAP 1.1, 2.7; DALI 1.1, 3.4) and what can be wrong with them.

use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, header};

use super::adql::QueryError;

/// Rows in an answer when MAXREC is absent, and the most it can ask for.
pub const DEFAULT_ROWS: usize = 20_000;
/// More rows than any table here has.
pub const MOST_ROWS: usize = 100_000;

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TapError {
    /// The query.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A parameter is missing, repeated or wrong.
    #[error("parameter {name}: {reason}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// A body that is not read here.
    #[error(
        "a body of type `{0}` is not read; this sample takes application/x-www-form-urlencoded"
    )]
    Body(String),
    /// No such job, table or page.
    #[error("there is no {0}")]
    NotFound(String),
    /// The job is in a phase that does not allow this.
    #[error("{0}")]
    WrongPhase(String),
    /// The answer could not be written: a defect of the sample site.
    #[error("the answer could not be written: {0}")]
    Unwritable(String),
}

impl TapError {
    /// The HTTP status of a synchronous answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Query(_) | Self::Parameter { .. } => StatusCode::BAD_REQUEST,
            Self::Body(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::WrongPhase(_) => StatusCode::FORBIDDEN,
            Self::Unwritable(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Parameters as sent: names in capitals, values as they are, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(pub Vec<(String, String)>);

impl Parameters {
    /// Reads the query string and, of a POST, the form in the body.
    ///
    /// # Errors
    ///
    /// [`TapError::Body`] for a body that is no form.
    pub fn read(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Self, TapError> {
        let mut parameters = Self::default();
        parameters.add(uri.query().unwrap_or_default().as_bytes());
        if method == Method::POST && !body.is_empty() {
            let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
            let kind = kind.unwrap_or("application/x-www-form-urlencoded");
            if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
                return Err(TapError::Body(kind.into()));
            }
            parameters.add(body);
        }
        Ok(parameters)
    }

    fn add(&mut self, form: &[u8]) {
        self.0.extend(
            url::form_urlencoded::parse(form)
                .map(|(name, value)| (name.to_ascii_uppercase(), value.into_owned())),
        );
    }

    /// The value of a parameter that may be given once.
    ///
    /// # Errors
    ///
    /// If it is given twice with different values.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, TapError> {
        let mut values = self.all(name);
        let first = values.next();
        match values.find(|value| Some(*value) != first) {
            Some(_) => Err(TapError::Parameter { name, reason: "is given more than once".into() }),
            None => Ok(first),
        }
    }

    /// Every value of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// VOTable, one element a cell.
    TableData,
    /// VOTable, rows as base64.
    Binary2,
    /// `text/csv;header=present`
    Csv,
    /// `text/tab-separated-values`
    Tsv,
}

/// A query ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct TapRequest {
    /// ADQL.
    pub query: String,
    /// Most rows.
    pub maxrec: usize,
    /// How to write them.
    pub format: Format,
    /// The media type to answer with: the one asked for, if it was a full one.
    pub content_type: String,
}

impl TapRequest {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`TapError::Parameter`] for what is missing or wrong.
    pub fn new(parameters: &Parameters) -> Result<Self, TapError> {
        let missing = |name| TapError::Parameter { name, reason: "is missing".into() };
        if parameters.all("UPLOAD").next().is_some() {
            let reason = "this sample of real data takes no uploads";
            return Err(TapError::Parameter { name: "UPLOAD", reason: reason.into() });
        }
        let lang = parameters.one("LANG")?.ok_or_else(|| missing("LANG"))?;
        if !["ADQL", "ADQL-2.0", "ADQL-2.1"].iter().any(|known| lang.eq_ignore_ascii_case(known)) {
            let reason = format!("`{lang}` is not one of ADQL, ADQL-2.0, ADQL-2.1");
            return Err(TapError::Parameter { name: "LANG", reason });
        }
        let query = parameters.one("QUERY")?.ok_or_else(|| missing("QUERY"))?.to_owned();
        let maxrec = match parameters.one("MAXREC")? {
            None => DEFAULT_ROWS,
            Some(text) => text.trim().parse::<usize>().map(|n| n.min(MOST_ROWS)).map_err(|_| {
                let reason = format!("`{text}` is not a whole number from 0 up");
                TapError::Parameter { name: "MAXREC", reason }
            })?,
        };
        let asked = match parameters.one("RESPONSEFORMAT")? {
            Some(asked) => asked,
            None => parameters.one("FORMAT")?.unwrap_or("votable"),
        };
        let (format, content_type) = read_format(asked)?;
        Ok(Self { query, maxrec, format, content_type })
    }
}

fn read_format(asked: &str) -> Result<(Format, String), TapError> {
    let compact: String =
        asked.to_ascii_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let (format, short_form) = match compact.as_str() {
        "votable" | "votable/td" => (Format::TableData, Some("application/x-votable+xml")),
        "votable/b2" => (Format::Binary2, Some("application/x-votable+xml;serialization=binary2")),
        "csv" => (Format::Csv, Some("text/csv;header=present")),
        "tsv" => (Format::Tsv, Some("text/tab-separated-values")),
        "text/csv" | "text/csv;header=present" => (Format::Csv, None),
        "text/tab-separated-values" => (Format::Tsv, None),
        "text/xml"
        | "application/x-votable+xml"
        | "application/x-votable+xml;serialization=tabledata" => (Format::TableData, None),
        "application/x-votable+xml;serialization=binary2" => (Format::Binary2, None),
        _ => {
            let reason = format!(
                "`{asked}` is not one of votable, application/x-votable+xml (serialization \
                 tabledata or binary2), csv, tsv"
            );
            return Err(TapError::Parameter { name: "RESPONSEFORMAT", reason });
        }
    };
    Ok((format, short_form.unwrap_or(asked).to_owned()))
}
