//! Raw queries: the text goes to the archive as it is, the rows come back as columns.
//!
//! Called by `lib.rs`. Calls `tap.rs`, `job.rs`, `upload.rs`.
//! Rules: an answer that the archive may have cut without saying so is read up to that
//! number of rows before any of it is handed on, so that the query can run again as a job.

use archway_formats::votable::{self, Columns, QueryStatus, Timestamps};
use archway_plugin::host::Level;
use archway_plugin::tabular::{
    self as wit, Completeness, Field, QueryOutcome, RowBatch, TableQuery,
};
use archway_plugin::types::{LimitKind, OutageReason};
use archway_plugin::{Error, Host, QueryAnswer, Request, RowCursor};

use crate::job::Job;
use crate::reply::{self, Table};
use crate::settings::{Asynchronous, Settings};
use crate::tables;
use crate::tap;
use crate::upload;

/// Rows of a batch where the caller wants more.
const MOST_BATCH_ROWS: u32 = 10_000;

pub(crate) fn query(host: &dyn Host, query: TableQuery) -> Result<QueryAnswer, Error> {
    let settings = Settings::of(host)?;
    let fields = tap::query_fields(&query.language, &query.text, query.max_rows);
    let uploads = upload::parts(&query.uploads)?;
    let asked = tap::asked(&settings.base_url, &query.text);
    if settings.asynchronous != Asynchronous::Always {
        match synchronous(host, &settings, &query, &fields, &uploads, &asked) {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => host.log(
                Level::Info,
                "the synchronous answer may be cut; the query runs as a job",
                &[],
            ),
            Err(error)
                if settings.asynchronous == Asynchronous::Auto && a_job_may_do_it(&error) =>
            {
                host.log(
                    Level::Info,
                    "the synchronous query failed; it runs as a job",
                    &[("error", error.to_string())],
                );
            }
            Err(error) => return Err(error),
        }
    }
    let job = Job::start(host, &settings, fields, uploads)?;
    let table = job.result(host, &settings, &asked)?;
    Ok(Rows::new(table, asked, query.max_rows, None)
        .with_job(job, settings)
        .into_answer(Vec::new()))
}

/// Runs the query at once; nothing if the answer may be cut and a job would tell.
fn synchronous(
    host: &dyn Host,
    settings: &Settings,
    query: &TableQuery,
    fields: &[(String, String)],
    uploads: &[archway_plugin::http::Part],
    asked: &str,
) -> Result<Option<QueryAnswer>, Error> {
    let request = match uploads.is_empty() {
        true => tap::sync_request(settings, &query.language, &query.text, query.max_rows),
        false => upload::request(format!("{}/sync", settings.base_url), fields, uploads),
    };
    let request: Request = request.credential(settings.credential.clone());
    let mut table = reply::table(host.send(request)?, asked, settings.credential.as_deref())?;
    let wants_more =
        settings.maxrec_sync.filter(|silent| query.max_rows.is_none_or(|wanted| wanted > *silent));
    let Some(silent) = wants_more.filter(|_| settings.asynchronous == Asynchronous::Auto) else {
        return Ok(Some(
            Rows::new(table, asked.to_owned(), query.max_rows, settings.maxrec_sync)
                .into_answer(Vec::new()),
        ));
    };
    let mut first = Vec::new();
    let mut rows = 0;
    while rows < silent {
        let most = u32::try_from(silent - rows).unwrap_or(u32::MAX).min(MOST_BATCH_ROWS);
        let mut columns = Columns::new(table.head().fields(), Timestamps::AsText, most);
        let filled = table.fill(&mut columns).map_err(|e| reply::error(e, asked))?;
        if filled == 0 {
            break;
        }
        rows += u64::from(filled);
        first.push(batch(columns.take()));
    }
    if rows >= silent {
        return Ok(None);
    }
    Ok(Some(
        Rows::new(table, asked.to_owned(), query.max_rows, None).counting(rows).into_answer(first),
    ))
}

/// Whether a failure tells of a limit that jobs do not have.
fn a_job_may_do_it(error: &Error) -> bool {
    match error {
        Error::Exhausted(exhaustion) => exhaustion.limit == LimitKind::ArchiveLimit,
        Error::Unavailable(outage) => {
            outage.reason == OutageReason::TimedOut && outage.reply_code.is_some()
        }
        _ => false,
    }
}

/// The rows of an answer.
struct Rows {
    table: Option<Table>,
    /// Read before it was known that they would be handed on.
    first: std::collections::VecDeque<RowBatch>,
    fields: Vec<votable::Field>,
    asked: String,
    /// MAXREC.
    asked_rows: Option<u64>,
    /// At so many rows the archive stops without saying so.
    silent: Option<u64>,
    rows: u64,
    job: Option<(Job, Settings)>,
    outcome: QueryOutcome,
}

impl Rows {
    fn new(table: Table, asked: String, asked_rows: Option<u64>, silent: Option<u64>) -> Self {
        let fields = table.head().fields().to_vec();
        let outcome = QueryOutcome { completeness: Completeness::Unknown, warnings: Vec::new() };
        let first = std::collections::VecDeque::new();
        Self {
            table: Some(table),
            first,
            fields,
            asked,
            asked_rows,
            silent,
            rows: 0,
            job: None,
            outcome,
        }
    }

    fn with_job(mut self, job: Job, settings: Settings) -> Self {
        self.job = Some((job, settings));
        self
    }

    fn counting(mut self, rows: u64) -> Self {
        self.rows = rows;
        self
    }

    fn into_answer(mut self, first: Vec<RowBatch>) -> QueryAnswer {
        let fields: Vec<Field> = self.fields.iter().map(tables::field).collect();
        self.first = first.into();
        QueryAnswer { fields, rows: Box::new(self) }
    }

    /// What the archive said behind the rows, and what it did not say.
    fn finish(&mut self, table: &Table) -> Result<(), Error> {
        let Some(trailer) = table.trailer() else { return Ok(()) };
        let warnings = &mut self.outcome.warnings;
        for info in table.head().infos.iter().chain(&trailer.infos) {
            if info.name.eq_ignore_ascii_case("warning") {
                let text = info.text.as_deref().unwrap_or(&info.value);
                warnings.extend((warnings.len() < 32).then(|| text.to_owned()));
            }
        }
        self.outcome.completeness = match &trailer.status {
            QueryStatus::Error(message) => return Err(reply::said(message.clone())),
            QueryStatus::Overflow => Completeness::Truncated,
            _ if self.asked_rows.is_some_and(|asked| self.rows >= asked) => Completeness::Truncated,
            _ if self.silent == Some(self.rows) => {
                warnings.push(format!(
                    "the archive gave exactly {} rows, at which it stops without saying so",
                    self.rows
                ));
                Completeness::Unknown
            }
            _ => Completeness::Complete,
        };
        Ok(())
    }
}

impl RowCursor for Rows {
    fn next(&mut self, host: &dyn Host, max_rows: u32) -> Result<Option<RowBatch>, Error> {
        if let Some(first) = self.first.pop_front() {
            return Ok(Some(first));
        }
        let Some(mut table) = self.table.take() else { return Ok(None) };
        let mut columns =
            Columns::new(&self.fields, Timestamps::AsText, max_rows.clamp(1, MOST_BATCH_ROWS));
        let filled = table.fill(&mut columns).map_err(|e| reply::error(e, &self.asked))?;
        self.rows += u64::from(filled);
        if filled > 0 {
            self.table = Some(table);
            return Ok(Some(batch(columns.take())));
        }
        self.finish(&table)?;
        if let Some((job, settings)) = self.job.take() {
            job.delete(host, &settings);
        }
        Ok(None)
    }

    fn outcome(&self) -> QueryOutcome {
        self.outcome.clone()
    }
}

/// A batch as the contract has it; the buffers are moved, not copied.
fn batch(batch: votable::RowBatch) -> RowBatch {
    let columns = batch
        .columns
        .into_iter()
        .map(|column| wit::Column { data: data(column.data), validity: column.validity });
    RowBatch { rows: batch.rows, columns: columns.collect() }
}

fn data(data: votable::ColumnData) -> wit::ColumnData {
    match data {
        votable::ColumnData::Scalar(elements) => wit::ColumnData::Scalar(element_data(elements)),
        votable::ColumnData::FixedArray { length, elements } => {
            wit::ColumnData::FixedArray(wit::FixedArray {
                length,
                elements: element_data(elements),
            })
        }
        votable::ColumnData::VariableArray { offsets, elements } => {
            wit::ColumnData::VariableArray(wit::VariableArray {
                offsets,
                elements: element_data(elements),
            })
        }
    }
}

fn element_data(data: votable::ElementData) -> wit::ElementData {
    let texts =
        |data: votable::TextData| wit::TextData { offsets: data.offsets, bytes: data.bytes };
    match data {
        votable::ElementData::Boolean(count, bits) => wit::ElementData::Boolean((count, bits)),
        votable::ElementData::Unsigned8(values) => wit::ElementData::Unsigned8(values),
        votable::ElementData::Signed16(values) => wit::ElementData::Signed16(values),
        votable::ElementData::Signed32(values) => wit::ElementData::Signed32(values),
        votable::ElementData::Signed64(values) => wit::ElementData::Signed64(values),
        votable::ElementData::Float32(values) => wit::ElementData::Float32(values),
        votable::ElementData::Float64(values) => wit::ElementData::Float64(values),
        votable::ElementData::Instant(values) => wit::ElementData::Instant(values),
        votable::ElementData::Text(data) => wit::ElementData::Text(texts(data)),
        votable::ElementData::Binary(data) => wit::ElementData::Binary(texts(data)),
    }
}
