//! Browsers that have entered a lab, so that they are still in it after a restart of the gateway.
//!
//! Called by the lab proxy. Calls the database.
//!
//! Rules that hold here and nowhere else:
//!
//! - Of a cookie only the hash is kept.
//! - A session goes with its lab, and what is past its time is no session.

use archway_core::Error;
use archway_core::coverage::Instant;
use archway_core::labs::{LabId, LabSession, SessionKeeper};
use archway_core::owner::Owner;
use async_trait::async_trait;
use sqlx::any::AnyRow;

use crate::database::Store;
use crate::error::StoreError;
use crate::rows::{Columns as _, text};

/// Most sessions that are read at a start; the latest are.
const MOST: i64 = 100_000;

#[async_trait]
impl SessionKeeper for Store {
    /// Those that were past their time then are forgotten.
    async fn save_lab_session(&self, session: &LabSession) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        let sql = "DELETE FROM lab_sessions WHERE until <= $1";
        let query = sqlx::query(sql).bind(session.opened.0);
        query.execute(&mut *transaction).await.map_err(StoreError::from)?;
        let sql = "INSERT INTO lab_sessions (hash, lab, owner, opened, until)
                   SELECT $1, id, $2, $3, $4 FROM labs WHERE id = $5
                   ON CONFLICT (hash) DO NOTHING";
        let query = sqlx::query(sql)
            .bind(hex(&session.hash))
            .bind(text(&session.owner.0))
            .bind(session.opened.0)
            .bind(session.until.0)
            .bind(text(&session.lab.0));
        let done = query.execute(&mut *transaction).await.map_err(StoreError::from)?;
        if done.rows_affected() != 1 {
            return Err(Error::not_found("lab", session.lab.0.as_str()));
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn lab_sessions(&self, now: Instant) -> Result<Vec<LabSession>, Error> {
        let sql = "SELECT * FROM lab_sessions WHERE until > $1
                   ORDER BY opened DESC, hash LIMIT $2";
        let query = sqlx::query(sql).bind(now.0).bind(MOST);
        let rows = query.fetch_all(&self.reads).await.map_err(StoreError::from)?;
        Ok(rows.iter().map(session).collect::<Result<_, _>>()?)
    }

    async fn remove_lab_session(&self, hash: &[u8; 32]) -> Result<(), Error> {
        self.remove_lab_sessions("DELETE FROM lab_sessions WHERE hash = $1", hex(hash)).await
    }

    async fn remove_lab_sessions_of(&self, owner: &Owner) -> Result<(), Error> {
        self.remove_lab_sessions("DELETE FROM lab_sessions WHERE owner = $1", text(&owner.0)).await
    }
}

impl Store {
    async fn remove_lab_sessions(&self, sql: &'static str, of: String) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        let query = sqlx::query(sql).bind(of);
        query.execute(&mut *transaction).await.map_err(StoreError::from)?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}

fn session(row: &AnyRow) -> Result<LabSession, StoreError> {
    Ok(LabSession {
        hash: hash(&row.text("hash")?)?,
        lab: LabId(row.text("lab")?),
        owner: Owner(row.text("owner")?),
        opened: row.moment("opened")?,
        until: row.moment("until")?,
    })
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash(found: &str) -> Result<[u8; 32], StoreError> {
    let pairs = found.as_bytes().chunks(2).map(|pair| {
        let digits = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(digits, 16).ok()
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| StoreError::Row {
        column: "hash",
        found: found.to_owned(),
        reason: "it is no SHA-256 in hexadecimal".to_owned(),
    })
}
