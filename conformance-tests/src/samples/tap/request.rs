//! The parameters of a TAP query (TAP 1.1, 2.7; DALI 1.1, 3.4) and what can be wrong with them.

use archway_formats::dali::{OutputFormat, ParameterError, Parameters};
use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, header};

use super::adql::QueryError;

/// Rows in an answer when MAXREC is absent.
pub const DEFAULT_ROWS: u64 = 20_000;
/// The most MAXREC can ask for; more rows than any table here has.
pub const MOST_ROWS: u64 = 100_000;

/// The formats of answers, and their identifiers in `TAPRegExt` 1.0 if they have one.
pub const FORMATS: [(OutputFormat, Option<&str>); 4] = [
    (OutputFormat::VotableTableData, Some("output-votable-td")),
    (OutputFormat::VotableBinary2, Some("output-votable-binary2")),
    (OutputFormat::Csv, None),
    (OutputFormat::Tsv, None),
];

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TapError {
    /// The query.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A parameter is missing, repeated or wrong.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
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
            Self::Query(_) | Self::Parameter(_) => StatusCode::BAD_REQUEST,
            Self::Body(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::WrongPhase(_) => StatusCode::FORBIDDEN,
            Self::Unwritable(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<archway_formats::Error> for TapError {
    fn from(error: archway_formats::Error) -> Self {
        Self::Unwritable(error.to_string())
    }
}

/// Reads the query string and, of a POST, the form in the body.
///
/// # Errors
///
/// [`TapError::Body`] for a body that is no form.
pub fn parameters(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Parameters, TapError> {
    let mut form = &[][..];
    if method == Method::POST && !body.is_empty() {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or("application/x-www-form-urlencoded");
        if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Err(TapError::Body(kind.into()));
        }
        form = body;
    }
    let query = uri.query().unwrap_or_default().as_bytes();
    let pairs = [query, form].into_iter().flat_map(url::form_urlencoded::parse);
    Ok(Parameters::new(pairs.map(|(name, value)| (name.to_ascii_uppercase(), value))))
}

/// A parameter with a value that cannot be.
pub fn bad(name: &str, value: &str, expected: &'static str) -> TapError {
    ParameterError::Bad { name: name.into(), value: value.chars().take(60).collect(), expected }
        .into()
}

/// A query ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct TapRequest {
    /// ADQL.
    pub query: String,
    /// Most rows.
    pub maxrec: usize,
    /// How to write them; one of [`FORMATS`].
    pub format: OutputFormat,
    /// The media type to answer with: the one asked for, if it was a full one (DALI 1.1, 3.4.3).
    pub content_type: String,
}

impl TapRequest {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`TapError::Parameter`] for what is missing or wrong.
    pub fn new(parameters: &Parameters) -> Result<Self, TapError> {
        if let Some(upload) = parameters.all("UPLOAD").next() {
            return Err(bad("UPLOAD", upload, "taken by this sample of real data"));
        }
        let lang = parameters.required("LANG")?;
        if !["ADQL", "ADQL-2.0", "ADQL-2.1"].iter().any(|known| lang.eq_ignore_ascii_case(known)) {
            return Err(bad("LANG", lang, "one of ADQL, ADQL-2.0, ADQL-2.1"));
        }
        let query = parameters.required("QUERY")?.to_owned();
        let rows = parameters.maxrec()?.unwrap_or(DEFAULT_ROWS).min(MOST_ROWS);
        let asked = parameters.response_format()?.unwrap_or("votable");
        let format = OutputFormat::parse(asked)
            .filter(|format| FORMATS.iter().any(|(known, _)| known == format));
        let format = format.ok_or_else(|| {
            let expected = "one of votable, application/x-votable+xml (serialization tabledata \
                            or binary2), csv, tsv";
            bad("RESPONSEFORMAT", asked, expected)
        })?;
        let content_type = match asked {
            full if full.matches('/').count() == 1 && !full.starts_with("votable") => full.into(),
            "votable" => "application/x-votable+xml".into(),
            _ => format.media_type().to_owned(),
        };
        let maxrec = usize::try_from(rows).unwrap_or(usize::MAX);
        Ok(Self { query, maxrec, format, content_type })
    }
}
