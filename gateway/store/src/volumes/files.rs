//! The files of a volume: planned in the order of the listing, then each with its outcome.

use std::collections::BTreeMap;

use archway_core::Error;
use archway_core::asset::Checksum;
use archway_core::volumes::{FileOutcome, FileState, VolumeFile, VolumeId};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::database::Store;
use crate::error::StoreError;
use crate::rows::{Columns as _, ROWS_AT_ONCE, count, places, text, text_or_none};

/// Writes files behind those that are listed; one whose number is there stays as it is.
pub(super) async fn plan(
    store: &Store,
    volume: &VolumeId,
    files: &[VolumeFile],
) -> Result<(), Error> {
    let mut transaction = store.begin().await?;
    hold(&mut transaction, volume).await?;
    for files in files.chunks(ROWS_AT_ONCE) {
        // Only the statement of a full batch comes again and is worth keeping prepared.
        let sql = format!(
            "INSERT INTO volume_files (volume, number, path, asset, origin, size_bytes, algorithm,
                 hex, record, state, sha256, whole_bytes, fetched, reason)
             VALUES {} ON CONFLICT (volume, number) DO NOTHING",
            places(0, files.len(), 14)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(files.len() == ROWS_AT_ONCE);
        for file in files {
            let checksum = file.checksum.as_ref();
            let state = State::of(&file.state);
            query = query
                .bind(text(&volume.0))
                .bind(count(file.number))
                .bind(text(&file.path))
                .bind(file.asset.as_ref().map(|id| text(&id.to_string())))
                .bind(text(&file.from))
                .bind(file.size_bytes.map(count))
                .bind(text_or_none(checksum.map(|sum| sum.algorithm.as_str())))
                .bind(text_or_none(checksum.map(|sum| sum.hex.as_str())))
                .bind(text(&file.record))
                .bind(state.name)
                .bind(state.sha256)
                .bind(state.whole_bytes)
                .bind(state.fetched)
                .bind(state.reason);
        }
        query.execute(&mut *transaction).await.map_err(StoreError::from)?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}

/// Writes what became of files: all, or none.
pub(super) async fn save_outcomes(
    store: &Store,
    volume: &VolumeId,
    outcomes: &[FileOutcome],
) -> Result<(), Error> {
    // The last word on a file counts, as if they had been written one by one.
    let last: BTreeMap<u64, &FileState> =
        outcomes.iter().map(|outcome| (outcome.number, &outcome.state)).collect();
    let last: Vec<_> = last.into_iter().collect();
    let mut transaction = store.begin().await?;
    hold(&mut transaction, volume).await?;
    for outcomes in last.chunks(ROWS_AT_ONCE) {
        let sql = format!(
            "WITH outcome (number, state, sha256, whole_bytes, fetched, reason) AS (VALUES {})
             UPDATE volume_files SET state = outcome.state, sha256 = outcome.sha256,
                 whole_bytes = outcome.whole_bytes, fetched = outcome.fetched,
                 reason = outcome.reason
             FROM outcome WHERE volume_files.volume = $1 AND volume_files.number = outcome.number",
            places(1, outcomes.len(), 6)
        );
        let query = sqlx::query(AssertSqlSafe(sql)).persistent(outcomes.len() == ROWS_AT_ONCE);
        let mut query = query.bind(text(&volume.0));
        for (number, state) in outcomes {
            let state = State::of(state);
            query = query
                .bind(count(*number))
                .bind(state.name)
                .bind(state.sha256)
                .bind(state.whole_bytes)
                .bind(state.fetched)
                .bind(state.reason);
        }
        let done = query.execute(&mut *transaction).await.map_err(StoreError::from)?;
        if done.rows_affected() != outcomes.len() as u64 {
            let (found, wanted) = (done.rows_affected(), outcomes.len());
            let reason =
                format!("{found} of {wanted} files with an outcome are in volume {volume}");
            return Err(Error::internal(reason));
        }
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}

/// Reads files by a statement that takes the volume, the first number and how many.
pub(super) async fn read(
    store: &Store,
    sql: &'static str,
    volume: &VolumeId,
    first: u64,
    most: u32,
) -> Result<Vec<VolumeFile>, StoreError> {
    let query = sqlx::query(sql).bind(text(&volume.0)).bind(count(first)).bind(i64::from(most));
    query.fetch_all(&store.reads).await?.iter().map(file).collect()
}

/// Keeps the volume from being removed until the transaction ends.
///
/// # Errors
///
/// [`Error::NotFound`] if it was removed.
pub(super) async fn hold(connection: &mut AnyConnection, volume: &VolumeId) -> Result<(), Error> {
    // Only a write takes the row's lock on both databases; this one changes nothing.
    let sql = "UPDATE volumes SET revision = revision WHERE id = $1";
    let done = sqlx::query(sql).bind(text(&volume.0)).execute(connection).await;
    let found = done.map_err(StoreError::from)?.rows_affected() == 1;
    if found { Ok(()) } else { Err(Error::not_found("volume", volume.0.as_str())) }
}

/// The columns of a [`FileState`].
struct State {
    name: &'static str,
    sha256: Option<String>,
    whole_bytes: Option<i64>,
    fetched: Option<i64>,
    reason: Option<String>,
}

impl State {
    fn of(state: &FileState) -> Self {
        let none =
            Self { name: "planned", sha256: None, whole_bytes: None, fetched: None, reason: None };
        match state {
            FileState::Planned => none,
            FileState::Whole { sha256, size_bytes, fetched } => Self {
                name: "whole",
                sha256: Some(text(sha256)),
                whole_bytes: Some(count(*size_bytes)),
                fetched: Some(fetched.0),
                ..none
            },
            FileState::Failed { reason } => {
                Self { name: "failed", reason: Some(text(reason)), ..none }
            }
        }
    }
}

fn state(row: &AnyRow) -> Result<FileState, StoreError> {
    let name = row.named("state", &["planned", "whole", "failed"], |name| name)?;
    Ok(match name {
        "whole" => FileState::Whole {
            sha256: row.text("sha256")?,
            size_bytes: row.count("whole_bytes")?,
            fetched: row.moment("fetched")?,
        },
        "failed" => FileState::Failed { reason: row.text("reason")? },
        _ => FileState::Planned,
    })
}

fn file(row: &AnyRow) -> Result<VolumeFile, StoreError> {
    let asset = row.text_or_none("asset")?.map(|id| {
        id.parse().map_err(|error| StoreError::Row {
            column: "asset",
            found: id.clone(),
            reason: format!("{error}"),
        })
    });
    let checksum = match (row.text_or_none("algorithm")?, row.text_or_none("hex")?) {
        (Some(algorithm), Some(hex)) => Some(Checksum { algorithm, hex }),
        _ => None,
    };
    let size_bytes = row.number_or_none("size_bytes")?;
    Ok(VolumeFile {
        number: row.count("number")?,
        path: row.text("path")?,
        asset: asset.transpose()?,
        from: row.text("origin")?,
        size_bytes: size_bytes.map(|size| size.max(0).unsigned_abs()),
        checksum,
        record: row.text("record")?,
        state: state(row)?,
    })
}
