//! Selections of users.

use archway_core::Error;
use archway_core::owner::Owner;
use archway_core::selections::{Selection, SelectionKeeper};
use async_trait::async_trait;
use sqlx::any::AnyRow;

use crate::database::Store;
use crate::error::StoreError;
use crate::rows::{Columns as _, text};
use crate::shapes;

#[async_trait]
impl SelectionKeeper for Store {
    async fn save_selection(&self, selection: &Selection) -> Result<(), Error> {
        // An id is never given twice; one of somebody else is not overwritten even so.
        let sql = "INSERT INTO selections (id, owner, title, members_json, created)
                   VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (id) DO UPDATE SET title = excluded.title,
                       members_json = excluded.members_json
                   WHERE selections.owner = excluded.owner";
        let mut transaction = self.begin().await?;
        let query = sqlx::query(sql)
            .bind(text(&selection.id))
            .bind(text(&selection.owner.0))
            .bind(text(&selection.title))
            .bind(shapes::write(&selection.members))
            .bind(selection.created.0);
        let done = query.execute(&mut *transaction).await.map_err(StoreError::from)?;
        if done.rows_affected() != 1 {
            return Err(Error::not_found("selection", selection.id.as_str()));
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn selection(&self, owner: &Owner, id: &str) -> Result<Option<Selection>, Error> {
        let sql = "SELECT * FROM selections WHERE id = $1 AND owner = $2";
        let query = sqlx::query(sql).bind(text(id)).bind(text(&owner.0));
        let row = query.fetch_optional(&self.reads).await.map_err(StoreError::from)?;
        Ok(row.as_ref().map(selection).transpose()?)
    }

    async fn selections(&self, owner: &Owner) -> Result<Vec<Selection>, Error> {
        let sql = "SELECT * FROM selections WHERE owner = $1
                   ORDER BY created DESC, id LIMIT 1000";
        let rows = sqlx::query(sql).bind(text(&owner.0)).fetch_all(&self.reads).await;
        Ok(rows.map_err(StoreError::from)?.iter().map(selection).collect::<Result<_, _>>()?)
    }

    async fn remove_selection(&self, owner: &Owner, id: &str) -> Result<bool, Error> {
        let sql = "DELETE FROM selections WHERE id = $1 AND owner = $2";
        let mut transaction = self.begin().await?;
        let query = sqlx::query(sql).bind(text(id)).bind(text(&owner.0));
        let done = query.execute(&mut *transaction).await.map_err(StoreError::from)?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(done.rows_affected() == 1)
    }
}

fn selection(row: &AnyRow) -> Result<Selection, StoreError> {
    Ok(Selection {
        id: row.text("id")?,
        owner: Owner(row.text("owner")?),
        title: row.text("title")?,
        members: shapes::read("members_json", &row.text("members_json")?)?,
        created: row.moment("created")?,
    })
}
