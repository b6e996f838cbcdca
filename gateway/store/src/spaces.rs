//! What owners' own spaces hold, as it was measured last.

use archway_core::owner::{Owner, Space};
use sqlx::AnyConnection;

use crate::database::Store;
use crate::error::StoreError;
use crate::rows::{Columns as _, count, text};

/// `None` if it was never measured.
pub(crate) async fn held(
    connection: &mut AnyConnection,
    owner: &Owner,
) -> Result<Option<Space>, StoreError> {
    let query = sqlx::query("SELECT bytes, since FROM spaces WHERE owner = $1");
    let row = query.bind(text(&owner.0)).fetch_optional(connection).await?;
    row.map(|row| Ok(Space { bytes: row.count("bytes")?, since: row.moment("since")? })).transpose()
}

pub(crate) async fn save(store: &Store, owner: &Owner, space: &Space) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    let sql = "INSERT INTO spaces (owner, bytes, since) VALUES ($1, $2, $3)
               ON CONFLICT (owner) DO UPDATE SET bytes = excluded.bytes, since = excluded.since";
    let query = sqlx::query(sql).bind(text(&owner.0)).bind(count(space.bytes)).bind(space.since.0);
    query.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}
