//! Idempotency keys: the same request made twice makes one thing.

use archway_core::Error;
use archway_core::coverage::Instant;
use archway_core::owner::Owner;
use sqlx::AnyConnection;

use crate::error::StoreError;
use crate::rows::{Columns as _, text};

/// A key is forgotten so long after its request.
const KEPT_US: i64 = 30 * 24 * 3600 * 1_000_000;

/// What an owner's keys name.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Lab,
    Volume,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::Volume => "volume",
        }
    }
}

/// The id that was made for that key before, if one was.
///
/// # Errors
///
/// [`Error::Conflict`] if it was made for another request.
pub(crate) async fn made_before(
    connection: &mut AnyConnection,
    kind: Kind,
    owner: &Owner,
    (key, fingerprint): (&str, &str),
) -> Result<Option<String>, Error> {
    let sql = "SELECT fingerprint, made FROM request_keys
               WHERE owner = $1 AND kind = $2 AND name = $3";
    let query = sqlx::query(sql).bind(text(&owner.0)).bind(kind.name()).bind(text(key));
    let row = query.fetch_optional(connection).await.map_err(StoreError::from)?;
    let Some(row) = row else { return Ok(None) };
    if row.text("fingerprint")? != fingerprint {
        let reason = format!(
            "the idempotency key `{key}` was used for another {}; use a new key for a new request",
            kind.name()
        );
        return Err(Error::Conflict { reason });
    }
    Ok(Some(row.text("made")?))
}

/// The answer to a key whose thing is gone: making it again is not what was asked for.
pub(crate) fn gone(kind: Kind, key: &str) -> Error {
    let kind = kind.name();
    let reason = format!(
        "the {kind} that was made for the idempotency key `{key}` was removed; use a new key for a new {kind}"
    );
    Error::Conflict { reason }
}

/// Writes what was made for a key, and forgets the owner's old ones.
pub(crate) async fn remember(
    connection: &mut AnyConnection,
    kind: Kind,
    owner: &Owner,
    (key, fingerprint): (&str, &str),
    made: &str,
    now: Instant,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM request_keys WHERE owner = $1 AND created < $2";
    let old = now.0.saturating_sub(KEPT_US);
    sqlx::query(sql).bind(text(&owner.0)).bind(old).execute(&mut *connection).await?;
    let sql = "INSERT INTO request_keys (owner, kind, name, fingerprint, made, created)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let query = sqlx::query(sql).bind(text(&owner.0)).bind(kind.name()).bind(text(key));
    query.bind(text(fingerprint)).bind(text(made)).bind(now.0).execute(connection).await?;
    Ok(())
}
