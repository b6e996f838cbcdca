//! Labs and what happened to them.
//!
//! Called by `archway_core::labs` through [`LabKeeper`]. Calls the database.
//!
//! Rules that hold here and nowhere else:
//!
//! - A lab is written with its quota in one transaction, in which no other lab of the owner is.
//! - An event has the number after the last one of its lab, and none is given twice.
//! - A write to a lab from an older `revision` changes nothing.

mod ledger;

use archway_core::Error;
use archway_core::coverage::Instant;
use archway_core::labs::{
    AppId, Charge, Lab, LabEvent, LabId, LabKeeper, LabState, Network, Reserved, Size,
};
use archway_core::owner::{Owner, Quota, Usage};
use async_trait::async_trait;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::database::Store;
use crate::error::StoreError;
use crate::rows::{Columns as _, count, text, text_or_none};
use crate::{quota, request_keys, shapes};

#[async_trait]
impl LabKeeper for Store {
    async fn reserve(
        &self,
        lab: &Lab,
        key: Option<(&str, &str)>,
        quota: &Quota,
    ) -> Result<Reserved, Error> {
        let kind = request_keys::Kind::Lab;
        let owner = &lab.owner;
        let mut transaction = self.begin_in_turn(owner).await?;
        if let Some(key) = key
            && let Some(made) =
                request_keys::made_before(&mut transaction, kind, owner, key).await?
        {
            let before = by_id(&mut transaction, &made).await?;
            return before.map(Reserved::Before).ok_or_else(|| request_keys::gone(kind, key.0));
        }
        quota::room_for_lab(&mut transaction, lab, quota).await?;
        insert(&mut transaction, lab).await?;
        if let Some(key) = key {
            let (made, now) = (&lab.id.0, lab.created);
            request_keys::remember(&mut transaction, kind, owner, key, made, now).await?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(Reserved::New(lab.clone()))
    }

    async fn lab(&self, id: &LabId) -> Result<Option<Lab>, Error> {
        let mut connection = self.reads.acquire().await.map_err(StoreError::from)?;
        Ok(by_id(&mut connection, &id.0).await?)
    }

    async fn labs(&self, owner: &Owner, running: bool, most: u32) -> Result<Vec<Lab>, Error> {
        let sql = if running {
            "SELECT * FROM labs WHERE owner = $1 AND state NOT IN ('stopped', 'failed')
             ORDER BY created DESC, id LIMIT $2"
        } else {
            "SELECT * FROM labs WHERE owner = $1 ORDER BY created DESC, id LIMIT $2"
        };
        let query = sqlx::query(sql).bind(text(&owner.0)).bind(i64::from(most));
        let rows = query.fetch_all(&self.reads).await.map_err(StoreError::from)?;
        Ok(rows.iter().map(lab).collect::<Result<_, _>>()?)
    }

    async fn running_labs(&self) -> Result<Vec<Lab>, Error> {
        let sql = "SELECT * FROM labs WHERE state NOT IN ('stopped', 'failed')
                   ORDER BY created, id";
        let rows = sqlx::query(sql).fetch_all(&self.reads).await.map_err(StoreError::from)?;
        Ok(rows.iter().map(lab).collect::<Result<_, _>>()?)
    }

    async fn save_lab(&self, lab: &Lab, event: Option<&LabEvent>) -> Result<bool, Error> {
        let mut transaction = self.begin().await?;
        let Some(number) = update(&mut transaction, lab, event.is_some()).await? else {
            return Ok(false);
        };
        if let Some(event) = event {
            insert_event(&mut transaction, &lab.id, number, event).await?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(true)
    }

    async fn add_event(&self, id: &LabId, event: &LabEvent) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE labs SET events = events + 1 WHERE id = $1 RETURNING events";
        let query = sqlx::query(sql).bind(text(&id.0));
        let row = query.fetch_optional(&mut *transaction).await.map_err(StoreError::from)?;
        let row = row.ok_or_else(|| Error::not_found("lab", id.0.as_str()))?;
        insert_event(&mut transaction, id, row.number("events")?, event).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn events(&self, id: &LabId, after: u64) -> Result<Vec<LabEvent>, Error> {
        let sql = "SELECT * FROM lab_events WHERE lab = $1 AND number > $2
                   ORDER BY number LIMIT 1000";
        let query = sqlx::query(sql).bind(text(&id.0)).bind(count(after));
        let rows = query.fetch_all(&self.reads).await.map_err(StoreError::from)?;
        Ok(rows.iter().map(event).collect::<Result<_, _>>()?)
    }

    async fn remove_lab(&self, id: &LabId) -> Result<bool, Error> {
        let mut transaction = self.begin().await?;
        // One that has not ended holds quota, and something may be running.
        let sql = "DELETE FROM labs WHERE id = $1 AND state IN ('stopped', 'failed')";
        let done = sqlx::query(sql).bind(text(&id.0)).execute(&mut *transaction).await;
        let removed = done.map_err(StoreError::from)?.rows_affected() == 1;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(removed)
    }

    async fn usage(&self, owner: &Owner) -> Result<Usage, Error> {
        let mut connection = self.reads.acquire().await.map_err(StoreError::from)?;
        Ok(quota::usage(&mut connection, owner).await?)
    }

    async fn charge(&self, charges: &[Charge]) -> Result<(), Error> {
        Ok(ledger::charge(self, charges).await?)
    }

    async fn ledger(
        &self,
        owner: &Owner,
        from: Instant,
        until: Instant,
    ) -> Result<Vec<Charge>, Error> {
        Ok(ledger::lines(self, owner, from, until).await?)
    }
}

fn network_name(network: Network) -> &'static str {
    match network {
        Network::None => "none",
        Network::Audited => "audited",
    }
}

async fn by_id(connection: &mut AnyConnection, id: &str) -> Result<Option<Lab>, StoreError> {
    let query = sqlx::query("SELECT * FROM labs WHERE id = $1").bind(text(id));
    query.fetch_optional(connection).await?.as_ref().map(lab).transpose()
}

async fn insert(connection: &mut AnyConnection, lab: &Lab) -> Result<(), StoreError> {
    let sql = "INSERT INTO labs (id, owner, app, title, backend, size_name, size_title, cores,
                   memory_mib, volumes_json, notebook, network, state, cause_json, handle,
                   endpoint_json, token, base_path, created, ready, ended, deadline, active,
                   snoozed, warned, events, revision)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                   $18, $19, $20, $21, $22, $23, $24, $25, 0, $26)";
    let query = sqlx::query(sql)
        .bind(text(&lab.id.0))
        .bind(text(&lab.owner.0))
        .bind(lab.app.as_str())
        .bind(text(&lab.title))
        .bind(text(&lab.backend))
        .bind(text(&lab.size.name))
        .bind(text(&lab.size.title))
        .bind(lab.size.cores)
        .bind(count(lab.size.memory_mib))
        .bind(shapes::write(&lab.volumes))
        .bind(text_or_none(lab.notebook.as_deref()))
        .bind(network_name(lab.network))
        .bind(lab.state.name())
        .bind(lab.cause.as_ref().map(shapes::write))
        .bind(text_or_none(lab.handle.as_deref()))
        .bind(lab.endpoint.as_ref().map(shapes::write))
        .bind(text(&lab.token))
        .bind(text(&lab.base_path))
        .bind(lab.created.0)
        .bind(lab.ready.map(|moment| moment.0))
        .bind(lab.ended.map(|moment| moment.0))
        .bind(lab.deadline.0)
        .bind(lab.active.0)
        .bind(lab.snoozed.map(|moment| moment.0))
        .bind(i64::from(lab.warned))
        .bind(lab.revision);
    query.execute(connection).await?;
    Ok(())
}

/// The number of the lab's last event, with one more if `event`; `None` if the lab was written
/// since, or is gone.
async fn update(
    connection: &mut AnyConnection,
    lab: &Lab,
    event: bool,
) -> Result<Option<i64>, StoreError> {
    let sql = "UPDATE labs SET title = $1, backend = $2, size_name = $3, size_title = $4,
                   cores = $5, memory_mib = $6, volumes_json = $7, notebook = $8, network = $9,
                   state = $10, cause_json = $11, handle = $12, endpoint_json = $13, token = $14,
                   base_path = $15, ready = $16, ended = $17, deadline = $18, active = $19,
                   snoozed = $20, warned = $21, events = events + $22, revision = revision + 1
               WHERE id = $23 AND revision = $24 RETURNING events";
    let query = sqlx::query(sql)
        .bind(text(&lab.title))
        .bind(text(&lab.backend))
        .bind(text(&lab.size.name))
        .bind(text(&lab.size.title))
        .bind(lab.size.cores)
        .bind(count(lab.size.memory_mib))
        .bind(shapes::write(&lab.volumes))
        .bind(text_or_none(lab.notebook.as_deref()))
        .bind(network_name(lab.network))
        .bind(lab.state.name())
        .bind(lab.cause.as_ref().map(shapes::write))
        .bind(text_or_none(lab.handle.as_deref()))
        .bind(lab.endpoint.as_ref().map(shapes::write))
        .bind(text(&lab.token))
        .bind(text(&lab.base_path))
        .bind(lab.ready.map(|moment| moment.0))
        .bind(lab.ended.map(|moment| moment.0))
        .bind(lab.deadline.0)
        .bind(lab.active.0)
        .bind(lab.snoozed.map(|moment| moment.0))
        .bind(i64::from(lab.warned))
        .bind(i64::from(event))
        .bind(text(&lab.id.0))
        .bind(lab.revision);
    query.fetch_optional(connection).await?.map(|row| row.number("events")).transpose()
}

async fn insert_event(
    connection: &mut AnyConnection,
    lab: &LabId,
    number: i64,
    event: &LabEvent,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO lab_events (lab, number, moment, state, words, log)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let query = sqlx::query(sql).bind(text(&lab.0)).bind(number).bind(event.at.0);
    let query = query.bind(event.state.name()).bind(text(&event.words)).bind(text(&event.log));
    query.execute(connection).await?;
    Ok(())
}

fn lab(row: &AnyRow) -> Result<Lab, StoreError> {
    let app = row.text("app")?;
    let app: AppId = app.parse().map_err(|error: Error| StoreError::Row {
        column: "app",
        found: app.clone(),
        reason: error.to_string(),
    })?;
    let cause = row.text_or_none("cause_json")?;
    let endpoint = row.text_or_none("endpoint_json")?;
    Ok(Lab {
        id: LabId(row.text("id")?),
        owner: Owner(row.text("owner")?),
        app,
        title: row.text("title")?,
        backend: row.text("backend")?,
        size: Size {
            name: row.text("size_name")?,
            title: row.text("size_title")?,
            cores: row.real("cores")?,
            memory_mib: row.count("memory_mib")?,
        },
        volumes: shapes::read("volumes_json", &row.text("volumes_json")?)?,
        notebook: row.text_or_none("notebook")?,
        network: row.named("network", &[Network::None, Network::Audited], network_name)?,
        state: row.named("state", &LabState::ALL, LabState::name)?,
        cause: cause.map(|text| shapes::read("cause_json", &text)).transpose()?,
        handle: row.text_or_none("handle")?,
        endpoint: endpoint.map(|text| shapes::read("endpoint_json", &text)).transpose()?,
        token: row.text("token")?,
        base_path: row.text("base_path")?,
        created: row.moment("created")?,
        ready: row.moment_or_none("ready")?,
        ended: row.moment_or_none("ended")?,
        deadline: row.moment("deadline")?,
        active: row.moment("active")?,
        snoozed: row.moment_or_none("snoozed")?,
        warned: row.flag("warned")?,
        revision: row.number("revision")?,
    })
}

fn event(row: &AnyRow) -> Result<LabEvent, StoreError> {
    Ok(LabEvent {
        number: row.count("number")?,
        at: row.moment("moment")?,
        state: row.named("state", &LabState::ALL, LabState::name)?,
        words: row.text("words")?,
        log: row.text("log")?,
    })
}
