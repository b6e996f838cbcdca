//! Why the state or the bytes could not be kept, and what the core is told of it.

use std::error::Error as _;
use std::io;
use std::path::Path;
use std::time::Duration;

use archway_core::Error;

/// Why the state or the bytes could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be used; the text holds no password.
    #[error("the database {place} cannot be used: {reason}")]
    Unusable {
        /// A file, or host, port and name.
        place: String,
        /// What it said, and what would help.
        reason: String,
    },
    /// The database gave no answer.
    #[error("the database {place} gave no answer within {} s", waited.as_secs_f32())]
    Silent {
        /// A file, or host, port and name.
        place: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A statement failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be brought to this version.
    #[error("the tables cannot be brought to this version of the gateway: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds what this version does not understand.
    #[error("column `{column}` holds `{found}`, which is not understood: {reason}")]
    Row {
        /// Which column.
        column: &'static str,
        /// Its beginning.
        found: String,
        /// Why.
        reason: String,
    },
    /// A file or a folder of the data folder could not be read or written.
    #[error("{what}: {source}")]
    File {
        /// What was being done, with the path.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The storage library failed.
    #[error("{what}: {source}")]
    Object {
        /// What was being done.
        what: String,
        /// What it said.
        source: object_store::Error,
    },
    /// Bytes that are kept are no longer those that were kept.
    #[error("the bytes kept as {sha256} are damaged: {reason}")]
    Damaged {
        /// Their name.
        sha256: String,
        /// What was found.
        reason: String,
    },
    /// A name that no part of the gateway makes.
    #[error("`{found}` is no {what}")]
    Name {
        /// What it should be.
        what: &'static str,
        /// Its beginning.
        found: String,
    },
    /// The configuration of the bytes cannot work.
    #[error("the S3 store cannot be used: {0}")]
    S3(String),
    /// A task of ours broke.
    #[error("a task of the store broke: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl StoreError {
    /// For [`Result::map_err`]: what was being done there.
    pub(crate) fn at(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { what: format!("{what} {}", path.display()), source }
    }

    pub(crate) fn object(what: String) -> impl FnOnce(object_store::Error) -> Self {
        move |source| Self::Object { what, source }
    }

    pub(crate) fn name(what: &'static str, found: &str) -> Self {
        Self::Name { what, found: found.chars().take(100).collect() }
    }

    fn is_full(&self) -> bool {
        match self {
            Self::File { source, .. } => no_room(source),
            Self::Object { source, .. } => {
                let mut cause = source.source();
                while let Some(error) = cause {
                    if error.downcast_ref::<io::Error>().is_some_and(no_room) {
                        return true;
                    }
                    cause = error.source();
                }
                false
            }
            // SQLITE_FULL; class 53 of SQLSTATE, `disk_full`.
            Self::Database(sqlx::Error::Database(error)) => {
                matches!(error.code().as_deref(), Some("13" | "53100"))
            }
            _ => false,
        }
    }
}

fn no_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        if error.is_full() {
            // The path is the operator's affair, and is in the log.
            tracing::error!(%error, "there is no room left to keep bytes");
            let reason = "the gateway has no room left to keep bytes; remove data volumes that \
                          are not needed, or ask its operator for more room";
            return Self::Full { reason: reason.to_owned() };
        }
        Self::internal(error)
    }
}
