//! Data volumes and the lists of their files.
//!
//! Called by `archway_core::volumes` through [`VolumeKeeper`]. Calls the database.
//!
//! Rules that hold here and nowhere else:
//!
//! - A list of files is written and changed in batches: ten thousand files cost some twenty
//!   statements and one transaction for each call.
//! - A write to a volume from an older `revision` changes nothing.
//! - A record goes in the transaction that notes that its bytes are to go.

mod files;
mod removed;

use archway_core::Error;
use archway_core::owner::{Owner, Quota, Space};
use archway_core::volumes::{
    Created, FileOutcome, Mode, Progress, Volume, VolumeFile, VolumeId, VolumeKeeper, VolumeState,
};
use async_trait::async_trait;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::database::Store;
use crate::error::StoreError;
use crate::rows::{Columns as _, count, text, text_or_none};
use crate::{quota, request_keys, shapes, spaces};

#[async_trait]
impl VolumeKeeper for Store {
    async fn create_volume(
        &self,
        volume: &Volume,
        key: Option<(&str, &str)>,
        quota: &Quota,
    ) -> Result<Created, Error> {
        let kind = request_keys::Kind::Volume;
        let owner = &volume.owner;
        let mut transaction = self.begin_in_turn(owner).await?;
        if let Some(key) = key
            && let Some(made) =
                request_keys::made_before(&mut transaction, kind, owner, key).await?
        {
            let before = by_id(&mut transaction, &made).await?;
            return before.map(Created::Before).ok_or_else(|| request_keys::gone(kind, key.0));
        }
        if has_name(&mut transaction, owner, &volume.name).await? {
            return Err(name_is_taken(&volume.name));
        }
        quota::room_for_volume(&mut transaction, owner, quota).await?;
        insert(&mut transaction, volume).await?;
        if let Some(key) = key {
            let (made, now) = (&volume.id.0, volume.created);
            request_keys::remember(&mut transaction, kind, owner, key, made, now).await?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(Created::New(volume.clone()))
    }

    async fn volume(&self, id: &VolumeId) -> Result<Option<Volume>, Error> {
        let mut connection = self.reads.acquire().await.map_err(StoreError::from)?;
        Ok(by_id(&mut connection, &id.0).await?)
    }

    async fn volumes(&self, owner: &Owner) -> Result<Vec<Volume>, Error> {
        let sql = "SELECT * FROM volumes WHERE owner = $1 ORDER BY created DESC, id";
        let rows = sqlx::query(sql).bind(text(&owner.0)).fetch_all(&self.reads).await;
        Ok(rows.map_err(StoreError::from)?.iter().map(volume).collect::<Result<_, _>>()?)
    }

    async fn unfinished_volumes(&self) -> Result<Vec<Volume>, Error> {
        let sql = "SELECT * FROM volumes WHERE state IN ('listing', 'staging')
                   ORDER BY created, id";
        let rows = sqlx::query(sql).fetch_all(&self.reads).await.map_err(StoreError::from)?;
        Ok(rows.iter().map(volume).collect::<Result<_, _>>()?)
    }

    async fn save_volume(&self, volume: &Volume) -> Result<bool, Error> {
        let sql = "UPDATE volumes SET name = $1, title = $2, source_json = $3, mode = $4,
                       writable = $5, state = $6, files = $7, files_total = $8, bytes = $9,
                       bytes_total = $10, failure = $11, finished = $12, revision = revision + 1
                   WHERE id = $13 AND revision = $14";
        let mut transaction = self.begin().await?;
        let progress = volume.progress;
        let query = sqlx::query(sql)
            .bind(text(&volume.name))
            .bind(text(&volume.title))
            .bind(shapes::write(&volume.source))
            .bind(mode_name(volume.mode))
            .bind(i64::from(volume.writable))
            .bind(volume.state.name())
            .bind(count(progress.files))
            .bind(count(progress.files_total))
            .bind(count(progress.bytes))
            .bind(count(progress.bytes_total))
            .bind(text_or_none(volume.failure.as_deref()))
            .bind(volume.finished.map(|moment| moment.0))
            .bind(text(&volume.id.0))
            .bind(volume.revision);
        let done = query.execute(&mut *transaction).await.map_err(|error| match error {
            sqlx::Error::Database(error) if error.is_unique_violation() => {
                name_is_taken(&volume.name)
            }
            error => StoreError::from(error).into(),
        })?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(done.rows_affected() == 1)
    }

    async fn remove_volume(&self, id: &VolumeId) -> Result<bool, Error> {
        removed::remove(self, id).await
    }

    async fn removed_volumes(&self) -> Result<Vec<VolumeId>, Error> {
        Ok(removed::volumes(self).await?)
    }

    async fn removed_digests(
        &self,
        id: &VolumeId,
        after: &str,
        most: u32,
    ) -> Result<Vec<String>, Error> {
        Ok(removed::digests(self, id, after, most).await?)
    }

    async fn bytes_went(&self, id: &VolumeId) -> Result<(), Error> {
        Ok(removed::forget(self, id).await?)
    }

    async fn plan_files(&self, id: &VolumeId, files: &[VolumeFile]) -> Result<(), Error> {
        files::plan(self, id, files).await
    }

    async fn files(&self, id: &VolumeId, first: u64, most: u32) -> Result<Vec<VolumeFile>, Error> {
        let sql = "SELECT * FROM volume_files WHERE volume = $1 AND number >= $2
                   ORDER BY number LIMIT $3";
        Ok(files::read(self, sql, id, first, most).await?)
    }

    async fn planned_files(
        &self,
        id: &VolumeId,
        first: u64,
        most: u32,
    ) -> Result<Vec<VolumeFile>, Error> {
        let sql = "SELECT * FROM volume_files
                   WHERE volume = $1 AND number >= $2 AND state = 'planned'
                   ORDER BY number LIMIT $3";
        Ok(files::read(self, sql, id, first, most).await?)
    }

    async fn save_outcomes(&self, id: &VolumeId, outcomes: &[FileOutcome]) -> Result<(), Error> {
        files::save_outcomes(self, id, outcomes).await
    }

    async fn volume_bytes(&self, owner: &Owner) -> Result<u64, Error> {
        let mut connection = self.reads.acquire().await.map_err(StoreError::from)?;
        Ok(quota::usage(&mut connection, owner).await?.volume_bytes)
    }

    async fn unused(&self, digests: &[String]) -> Result<Vec<String>, Error> {
        Ok(removed::unused(self, digests).await?)
    }

    async fn space_held(&self, owner: &Owner) -> Result<Option<Space>, Error> {
        let mut connection = self.reads.acquire().await.map_err(StoreError::from)?;
        Ok(spaces::held(&mut connection, owner).await?)
    }

    async fn save_space_held(&self, owner: &Owner, space: &Space) -> Result<(), Error> {
        Ok(spaces::save(self, owner, space).await?)
    }
}

fn name_is_taken(name: &str) -> Error {
    let reason =
        format!("a data volume `{name}` is there already; choose another name, or remove that one");
    Error::Conflict { reason }
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Copy => "copy",
    }
}

async fn has_name(
    connection: &mut AnyConnection,
    owner: &Owner,
    name: &str,
) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM volumes WHERE owner = $1 AND name = $2";
    let query = sqlx::query(sql).bind(text(&owner.0)).bind(text(name));
    Ok(query.fetch_optional(connection).await?.is_some())
}

async fn by_id(connection: &mut AnyConnection, id: &str) -> Result<Option<Volume>, StoreError> {
    let query = sqlx::query("SELECT * FROM volumes WHERE id = $1").bind(text(id));
    query.fetch_optional(connection).await?.as_ref().map(volume).transpose()
}

async fn insert(connection: &mut AnyConnection, volume: &Volume) -> Result<(), StoreError> {
    let sql = "INSERT INTO volumes (id, owner, name, title, source_json, mode, writable, state,
                   files, files_total, bytes, bytes_total, failure, created, finished, revision)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let progress = volume.progress;
    let query = sqlx::query(sql)
        .bind(text(&volume.id.0))
        .bind(text(&volume.owner.0))
        .bind(text(&volume.name))
        .bind(text(&volume.title))
        .bind(shapes::write(&volume.source))
        .bind(mode_name(volume.mode))
        .bind(i64::from(volume.writable))
        .bind(volume.state.name())
        .bind(count(progress.files))
        .bind(count(progress.files_total))
        .bind(count(progress.bytes))
        .bind(count(progress.bytes_total))
        .bind(text_or_none(volume.failure.as_deref()))
        .bind(volume.created.0)
        .bind(volume.finished.map(|moment| moment.0))
        .bind(volume.revision);
    query.execute(connection).await?;
    Ok(())
}

fn volume(row: &AnyRow) -> Result<Volume, StoreError> {
    Ok(Volume {
        id: VolumeId(row.text("id")?),
        owner: Owner(row.text("owner")?),
        name: row.text("name")?,
        title: row.text("title")?,
        source: shapes::read("source_json", &row.text("source_json")?)?,
        mode: row.named("mode", &[Mode::Copy], mode_name)?,
        writable: row.flag("writable")?,
        state: row.named("state", &VolumeState::ALL, VolumeState::name)?,
        progress: Progress {
            files: row.count("files")?,
            files_total: row.count("files_total")?,
            bytes: row.count("bytes")?,
            bytes_total: row.count("bytes_total")?,
        },
        failure: row.text_or_none("failure")?,
        created: row.moment("created")?,
        finished: row.moment_or_none("finished")?,
        revision: row.number("revision")?,
    })
}
