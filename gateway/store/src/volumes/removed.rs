//! What is known of a removed volume until its bytes went, and which bytes no file has.

use std::collections::HashSet;

use archway_core::Error;
use archway_core::volumes::VolumeId;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use super::files;
use crate::database::Store;
use crate::error::StoreError;
use crate::rows::{Columns as _, ROWS_AT_ONCE, text};

/// Volumes that are read at once.
const MOST: i64 = 1_000;

/// Removes a volume and its list of files, and notes that its bytes are to go; `false` if it was
/// not there.
pub(super) async fn remove(store: &Store, volume: &VolumeId) -> Result<bool, Error> {
    let mut transaction = store.begin().await?;
    // No outcome is written between the two looks at its files.
    match files::hold(&mut transaction, volume).await {
        Ok(()) => {}
        Err(Error::NotFound { .. }) => return Ok(false),
        Err(error) => return Err(error),
    }
    for sql in [
        "INSERT INTO removed_volumes (volume) SELECT id FROM volumes WHERE id = $1",
        "INSERT INTO removed_files (volume, sha256)
         SELECT DISTINCT volume, sha256 FROM volume_files
         WHERE volume = $1 AND sha256 IS NOT NULL",
        "DELETE FROM volumes WHERE id = $1",
    ] {
        let query = sqlx::query(sql).bind(text(&volume.0));
        query.execute(&mut *transaction).await.map_err(StoreError::from)?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(true)
}

/// Volumes whose bytes may still be there.
pub(super) async fn volumes(store: &Store) -> Result<Vec<VolumeId>, StoreError> {
    let sql = "SELECT volume FROM removed_volumes ORDER BY volume LIMIT $1";
    let rows = sqlx::query(sql).bind(MOST).fetch_all(&store.reads).await?;
    rows.iter().map(|row| Ok(VolumeId(row.text("volume")?))).collect()
}

/// Digests of such a volume's files, behind one of them.
pub(super) async fn digests(
    store: &Store,
    volume: &VolumeId,
    after: &str,
    most: u32,
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT sha256 FROM removed_files WHERE volume = $1 AND sha256 > $2
               ORDER BY sha256 LIMIT $3";
    let query = sqlx::query(sql).bind(text(&volume.0)).bind(text(after)).bind(i64::from(most));
    query.fetch_all(&store.reads).await?.iter().map(|row| row.text("sha256")).collect()
}

/// Forgets such a volume.
pub(super) async fn forget(store: &Store, volume: &VolumeId) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    let query = sqlx::query("DELETE FROM removed_volumes WHERE volume = $1").bind(text(&volume.0));
    query.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// Those of the digests that no whole file has.
pub(super) async fn unused(store: &Store, digests: &[String]) -> Result<Vec<String>, StoreError> {
    let mut unused = Vec::new();
    for digests in digests.chunks(ROWS_AT_ONCE) {
        let places: Vec<String> = (1..=digests.len()).map(|number| format!("${number}")).collect();
        let sql = format!(
            "SELECT DISTINCT sha256 FROM volume_files WHERE sha256 IN ({})",
            places.join(", ")
        );
        let persistent = matches!(digests.len(), 1 | ROWS_AT_ONCE);
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(persistent);
        for sha256 in digests {
            query = query.bind(text(sha256));
        }
        let rows = query.fetch_all(&store.reads).await?;
        let used = rows.iter().map(|row: &AnyRow| row.text("sha256"));
        let used: HashSet<String> = used.collect::<Result<_, _>>()?;
        unused.extend(digests.iter().filter(|sha256| !used.contains(*sha256)).cloned());
    }
    Ok(unused)
}
