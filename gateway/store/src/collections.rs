//! Personal collections.

use archway_core::Error;
use archway_core::collections::{Collection, CollectionKeeper};
use archway_core::owner::Owner;
use async_trait::async_trait;
use sqlx::any::AnyRow;

use crate::database::Store;
use crate::error::StoreError;
use crate::rows::{Columns as _, text, text_or_none};
use crate::shapes;

#[async_trait]
impl CollectionKeeper for Store {
    async fn save_collection(&self, collection: &Collection) -> Result<(), Error> {
        let Some(owner) = &collection.owner else {
            return Err(Error::internal("a collection without an owner is not kept in the store"));
        };
        let sql = "INSERT INTO collections (id, owner, title, description, publisher, licence_json,
                       doi, homepage, created, members_json)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                   ON CONFLICT (id) DO UPDATE SET title = excluded.title,
                       description = excluded.description, publisher = excluded.publisher,
                       licence_json = excluded.licence_json, doi = excluded.doi,
                       homepage = excluded.homepage, created = excluded.created,
                       members_json = excluded.members_json
                   WHERE collections.owner = excluded.owner";
        let mut transaction = self.begin().await?;
        let query = sqlx::query(sql)
            .bind(text(&collection.id))
            .bind(text(&owner.0))
            .bind(text(&collection.title))
            .bind(text(&collection.description))
            .bind(text_or_none(collection.publisher.as_deref()))
            .bind(collection.licence.as_ref().map(shapes::write))
            .bind(text_or_none(collection.doi.as_deref()))
            .bind(text_or_none(collection.homepage.as_deref()))
            .bind(collection.created.map(|moment| moment.0))
            .bind(shapes::write(&collection.members));
        let done = query.execute(&mut *transaction).await.map_err(StoreError::from)?;
        if done.rows_affected() != 1 {
            return Err(Error::not_found("collection", collection.id.as_str()));
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn collections(&self, owner: &Owner) -> Result<Vec<Collection>, Error> {
        let sql = "SELECT * FROM collections WHERE owner = $1 ORDER BY title, id LIMIT 1000";
        let rows = sqlx::query(sql).bind(text(&owner.0)).fetch_all(&self.reads).await;
        Ok(rows.map_err(StoreError::from)?.iter().map(collection).collect::<Result<_, _>>()?)
    }

    async fn remove_collection(&self, owner: &Owner, id: &str) -> Result<bool, Error> {
        let sql = "DELETE FROM collections WHERE id = $1 AND owner = $2";
        let mut transaction = self.begin().await?;
        let query = sqlx::query(sql).bind(text(id)).bind(text(&owner.0));
        let done = query.execute(&mut *transaction).await.map_err(StoreError::from)?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(done.rows_affected() == 1)
    }
}

fn collection(row: &AnyRow) -> Result<Collection, StoreError> {
    let licence = row.text_or_none("licence_json")?;
    Ok(Collection {
        id: row.text("id")?,
        owner: Some(Owner(row.text("owner")?)),
        title: row.text("title")?,
        description: row.text("description")?,
        publisher: row.text_or_none("publisher")?,
        licence: licence.map(|text| shapes::read("licence_json", &text)).transpose()?,
        doi: row.text_or_none("doi")?,
        homepage: row.text_or_none("homepage")?,
        created: row.moment_or_none("created")?,
        members: shapes::read("members_json", &row.text("members_json")?)?,
    })
}
