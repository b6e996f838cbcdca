//! The operations of the contract, each on an instance that is ready for it.
//!
//! Called by `archive.rs`. After an error the instance must be dropped.

use std::time::Duration;

use archway_core::Error;
use archway_core::access::Way;
use archway_core::archive::{AssetBatch, Change, ChangeBatch, Description, LookUp};
use archway_core::asset::Asset;
use archway_core::coverage::Instant;
use archway_core::search::{Constraint, Search};
use archway_core::tables::{Field, Outcome, Table, TableQuery};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use tokio::time::timeout_at;
use wasmtime::component::ResourceAny;

use super::archway::archive::{tabular as wit_tabular, types as wit_types};
use super::checked::{Checked, Lie};
use super::error::{Doing, lied, said};
use super::{access as ways, asset, checked, columns, description, question, tabular, wit};
use crate::imports::ByteSource;
use crate::instance::Instance;

/// A cursor or reader within an instance.
#[derive(Clone, Copy)]
pub(crate) struct Guest(ResourceAny);

/// The answer to a search, but for its assets.
pub(crate) struct Found {
    pub(crate) cursor: Guest,
    pub(crate) not_applied: Vec<Constraint>,
    pub(crate) ordered: bool,
    pub(crate) total: Option<u64>,
}

/// The answer to a query, but for its rows.
pub(crate) struct Columns {
    pub(crate) cursor: Guest,
    pub(crate) fields: Vec<Field>,
    pub(crate) schema: SchemaRef,
}

/// Calls an export within its budget, and turns what it answers into the core's types.
macro_rules! call {
    ($instance:expr, $operation:literal, $wall:expr, $asset:expr,
     |$guest:ident, $store:ident| $call:expr, $convert:expr) => {{
        let call = $instance.begin($operation, $wall);
        let outcome = {
            let ($store, $guest) = $instance.parts();
            timeout_at(call.until, $call).await
        };
        let answer = $instance.conclude(&call, outcome);
        let waited = call.elapsed();
        let surroundings = std::sync::Arc::clone($instance.surroundings());
        let doing =
            Doing { surroundings: &surroundings, operation: $operation, waited, asset: $asset };
        let result = answer.and_then(|answer| answer.map_err(|error| said(doing, error))).and_then(
            |answer| {
                let convert = $convert;
                convert(answer).map_err(|lie: Lie| lied(doing, &lie))
            },
        );
        $instance.report(&call, waited, &result);
        result
    }};
}

/// What the archive is.
pub(crate) async fn describe(
    instance: &mut Instance,
    wall: Duration,
) -> Result<Description, Error> {
    call!(
        instance,
        "describe",
        wall,
        None,
        |guest, store| guest.describe(store),
        description::description
    )
}

/// Finds assets.
pub(crate) async fn search(
    instance: &mut Instance,
    search: &Search,
    wall: Duration,
) -> Result<Found, Error> {
    let query = question::search_to_wit(search);
    call!(
        instance,
        "search",
        wall,
        None,
        |guest, store| guest.search(store, &query),
        |answer: wit::SearchAnswer| {
            Ok(Found {
                cursor: Guest(answer.assets),
                not_applied: checked::each(
                    "not-applied",
                    answer.not_applied,
                    question::constraint,
                )?,
                ordered: answer.ordered,
                total: answer.total,
            })
        }
    )
}

/// The next assets of a search, at most `most`.
pub(crate) async fn next_assets(
    instance: &mut Instance,
    cursor: Guest,
    most: u32,
    wall: Duration,
) -> Result<Option<AssetBatch>, Error> {
    let archive = instance.surroundings().archive.clone();
    call!(
        instance,
        "search.next",
        wall,
        None,
        |guest, store| guest.next_assets(store, cursor.0, most),
        |batch: Option<wit_types::AssetBatch>| {
            let Some(batch) = batch else { return Ok(None) };
            at_most("assets", batch.assets.len(), most)?;
            let assets = batch.assets.into_iter().map(|asset| asset::asset(&archive, asset));
            let assets = assets.collect::<Checked<_>>()?;
            Ok(Some(AssetBatch { assets, resume: batch.resume.map(token).transpose()? }))
        }
    )
}

/// Everything that changed.
pub(crate) async fn harvest(
    instance: &mut Instance,
    since: Option<&[u8]>,
    wall: Duration,
) -> Result<Guest, Error> {
    let since = since.map(<[u8]>::to_vec);
    call!(
        instance,
        "harvest",
        wall,
        None,
        |guest, store| guest.harvest(store, since.as_deref()),
        |cursor| Ok(Guest(cursor))
    )
}

/// The next changes of a harvest, at most `most`.
pub(crate) async fn next_changes(
    instance: &mut Instance,
    cursor: Guest,
    most: u32,
    wall: Duration,
) -> Result<Option<ChangeBatch>, Error> {
    let archive = instance.surroundings().archive.clone();
    call!(
        instance,
        "harvest.next",
        wall,
        None,
        |guest, store| guest.next_changes(store, cursor.0, most),
        |batch: Option<wit_types::ChangeBatch>| {
            let Some(batch) = batch else { return Ok(None) };
            at_most("changes", batch.changes.len(), most)?;
            let changes = batch.changes.into_iter().map(|change| {
                Ok(match change {
                    wit_types::Change::Upsert(record) => {
                        Change::Upsert(Box::new(asset::asset(&archive, record)?))
                    }
                    wit_types::Change::Withdraw(withdrawal) => Change::Withdraw {
                        native_id: checked::name("withdrawal.native-id", withdrawal.native_id)?,
                        when: withdrawal.when.map(Instant::from_utc_us),
                        reason: checked::some(
                            "withdrawal.reason",
                            withdrawal.reason,
                            checked::LINE,
                        )?,
                    },
                })
            });
            Ok(Some(ChangeBatch {
                changes: changes.collect::<Checked<_>>()?,
                resume: token(batch.resume)?,
            }))
        }
    )
}

/// One asset.
pub(crate) async fn look_up(
    instance: &mut Instance,
    id: &LookUp,
    wall: Duration,
) -> Result<Asset, Error> {
    let archive = instance.surroundings().archive.clone();
    let asked = question::look_up_to_wit(id);
    let (LookUp::NativeId(name) | LookUp::Identifier { value: name, .. }) = id;
    call!(
        instance,
        "look-up",
        wall,
        Some(name),
        |guest, store| guest.look_up(store, &asked),
        |record| asset::asset(&archive, record)
    )
}

/// Ways to the bytes.
pub(crate) async fn access(
    instance: &mut Instance,
    native_id: &str,
    distribution: Option<&str>,
    wall: Duration,
) -> Result<Vec<Way>, Error> {
    let request = wit::AccessRequest {
        native_id: native_id.to_owned(),
        distribution_id: distribution.map(str::to_owned),
    };
    call!(
        instance,
        "access",
        wall,
        Some(native_id),
        |guest, store| guest.access(store, &request),
        |answer| checked::each("ways", answer, ways::way)
    )
}

/// What a plugin opened, and what it says of it.
pub(crate) struct Opened {
    pub(crate) reader: Guest,
    pub(crate) total_bytes: Option<u64>,
    pub(crate) modified: Option<Instant>,
    pub(crate) tag: Option<String>,
}

/// Bytes behind a locator.
pub(crate) async fn open(
    instance: &mut Instance,
    locator: &str,
    offset: u64,
    wall: Duration,
) -> Result<Opened, Error> {
    call!(
        instance,
        "open",
        wall,
        Some(locator),
        |guest, store| guest.open(store, locator, offset),
        |content: wit::Content| {
            Ok(Opened {
                reader: Guest(content.reader),
                total_bytes: content.total_bytes,
                modified: checked::some_instant("content.modified", content.modified)?,
                tag: checked::some("content.tag", content.tag, checked::NAME)?,
            })
        }
    )
}

/// The bytes of `source` without one encoding.
pub(crate) async fn decode(
    instance: &mut Instance,
    encoding: &str,
    source: ByteSource,
    wall: Duration,
) -> Result<Guest, Error> {
    let source = instance.give(source)?;
    call!(
        instance,
        "decode",
        wall,
        None,
        |guest, store| guest.decode(store, encoding, source),
        |reader| Ok(Guest(reader))
    )
}

/// The next bytes, at most `most`.
pub(crate) async fn read(
    instance: &mut Instance,
    reader: Guest,
    most: u32,
    wall: Duration,
) -> Result<Bytes, Error> {
    call!(
        instance,
        "open.read",
        wall,
        None,
        |guest, store| guest.read(store, reader.0, most),
        |bytes: Vec<u8>| {
            at_most("bytes", bytes.len(), most)?;
            Ok(Bytes::from(bytes))
        }
    )
}

/// Tables.
pub(crate) async fn tables(
    instance: &mut Instance,
    named: &[String],
    names_only: bool,
    wall: Duration,
) -> Result<Vec<Table>, Error> {
    let most = instance.surroundings().limits.output_rows;
    call!(
        instance,
        "tables",
        wall,
        None,
        |guest, store| guest.tables(store, named, names_only),
        |answer: Vec<wit_tabular::TableDescription>| {
            at_most("tables", answer.len(), most)?;
            answer.into_iter().map(tabular::table).collect::<Checked<_>>()
        }
    )
}

/// Runs a query.
pub(crate) async fn query(
    instance: &mut Instance,
    query: &TableQuery,
    wall: Duration,
) -> Result<Columns, Error> {
    let query = query_to_wit(query)?;
    call!(
        instance,
        "query",
        wall,
        None,
        |guest, store| guest.query(store, &query),
        |answer: wit::QueryAnswer| {
            let fields = checked::each("fields", answer.fields, tabular::field)?;
            Ok(Columns { cursor: Guest(answer.rows), schema: tabular::schema(&fields), fields })
        }
    )
}

/// The next rows, at most `most`.
pub(crate) async fn next_rows(
    instance: &mut Instance,
    cursor: Guest,
    schema: &SchemaRef,
    most: u32,
    wall: Duration,
) -> Result<Option<RecordBatch>, Error> {
    call!(
        instance,
        "query.next",
        wall,
        None,
        |guest, store| guest.next_rows(store, cursor.0, most),
        |batch: Option<wit_tabular::RowBatch>| {
            let Some(batch) = batch else { return Ok(None) };
            at_most("rows", batch.rows as usize, most)?;
            columns::batch(schema, batch).map(Some)
        }
    )
}

/// How the query ended.
pub(crate) async fn outcome(
    instance: &mut Instance,
    cursor: Guest,
    wall: Duration,
) -> Result<Outcome, Error> {
    call!(
        instance,
        "query.outcome",
        wall,
        None,
        |guest, store| async { guest.outcome(store, cursor.0).await.map(Ok) },
        tabular::outcome
    )
}

fn query_to_wit(query: &TableQuery) -> Result<wit_tabular::TableQuery, Error> {
    let mut uploads = Vec::new();
    for upload in &query.uploads {
        let unknown = || {
            let reason =
                format!("`{}` has a column of a type that archives do not take", upload.name);
            Error::bad_request("UPLOAD", reason)
        };
        let fields: Option<Vec<_>> = upload.fields.iter().map(tabular::field_to_wit).collect();
        let batches: Option<Vec<_>> = upload
            .batches
            .iter()
            .map(|batch| columns::batch_to_wit(&upload.fields, batch))
            .collect();
        uploads.push(wit_tabular::Upload {
            name: upload.name.clone(),
            fields: fields.ok_or_else(unknown)?,
            batches: batches.ok_or_else(unknown)?,
        });
    }
    Ok(wit_tabular::TableQuery {
        language: query.language.clone(),
        text: query.text.clone(),
        uploads,
        max_rows: query.max_rows,
    })
}

/// No more than was asked for.
fn at_most(what: &'static str, given: usize, asked: u32) -> Checked<()> {
    if given > asked as usize {
        return Err(Lie::new(
            what,
            format!("{given} in one batch"),
            format!("more than the {asked} asked for"),
        ));
    }
    Ok(())
}

/// A token that goes on: it ends up in cursors that clients hold.
fn token(token: Vec<u8>) -> Checked<Vec<u8>> {
    const MOST: usize = 4 * 1024;
    if token.len() > MOST {
        return Err(Lie::new(
            "resume",
            format!("{} bytes long", token.len()),
            format!("more than {MOST}"),
        ));
    }
    Ok(token)
}
