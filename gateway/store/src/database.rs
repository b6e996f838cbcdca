//! The database: opening it, its pools, its tables, its transactions.
//!
//! Called by `gateway/app`, which opens the store, and by every keeper of this crate. Calls
//! `SQLite` or `PostgreSQL` through one driver.
//!
//! Rules that hold here and nowhere else:
//!
//! - Statements are written once, in what both databases understand: `$1`, `ON CONFLICT`,
//!   `RETURNING`; integers of 64 bits, doubles and text. Only the tables are written twice.
//! - What a transaction acknowledged is on the disk: `synchronous = FULL`, `synchronous_commit = on`.
//! - Nothing waits without an end: for a connection, for a lock, for a statement.

use std::path::{Path, PathBuf};
use std::time::Duration;

use archway_core::owner::Owner;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, SqlStr, Transaction};

use crate::error::StoreError;
use crate::rows::text;
use crate::secret::Secret;

/// Where the state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// In this file; made, with its folder, if it is missing. Not on a network file system.
    Sqlite(PathBuf),
    /// In a database of a site: `postgresql://user:password@host:port/name`.
    Postgres(Secret),
}

/// How the state is kept.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// Where.
    pub url: StoreUrl,
    /// How long the start waits for an answer, and a request for a connection to PostgreSQL;
    /// to SQLite it waits for half a minute, since there is only the queue to wait for.
    pub wait: Duration,
    /// Most connections at once; SQLite has one writer beside its readers whatever this says.
    pub most_connections: u32,
}

impl StoreConfig {
    /// There, waiting at most five seconds, with at most eight connections.
    pub fn new(url: StoreUrl) -> Self {
        Self { url, wait: Duration::from_secs(5), most_connections: 8 }
    }
}

/// The state of a gateway. A clone is the same store.
#[derive(Clone, Debug)]
pub struct Store {
    /// Sees what was committed.
    pub(crate) reads: AnyPool,
    /// Of SQLite: one connection, so that writers take turns here and not at the file's lock.
    writes: AnyPool,
    begin: &'static str,
}

/// The tables of each database, in their order; a file that was released never changes.
const SQLITE: [(i64, &str, &str); 3] = [
    (1, "state", include_str!("../migrations/sqlite/0001_state.sql")),
    (2, "removals and spaces", include_str!("../migrations/sqlite/0002_removals_and_spaces.sql")),
    (3, "lab sessions", include_str!("../migrations/sqlite/0003_lab_sessions.sql")),
];
const POSTGRES: [(i64, &str, &str); 3] = [
    (1, "state", include_str!("../migrations/postgres/0001_state.sql")),
    (2, "removals and spaces", include_str!("../migrations/postgres/0002_removals_and_spaces.sql")),
    (3, "lab sessions", include_str!("../migrations/postgres/0003_lab_sessions.sql")),
];

/// Longest that a request waits for others that write to the file.
const QUEUE: Duration = Duration::from_secs(30);

/// `SQLite` waits so long for another process that holds the file.
const SQLITE_OPTIONS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON";

const POSTGRES_OPTIONS: &str = "SET application_name = 'archway'; \
     SET statement_timeout = '30s'; SET lock_timeout = '10s'; \
     SET idle_in_transaction_session_timeout = '60s'; SET synchronous_commit = on; \
     SET default_transaction_isolation = 'read committed'";

impl Store {
    /// Opens it, and brings its tables to this version.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unusable`] and [`StoreError::Silent`] for a database that cannot be
    /// reached; [`StoreError::Migration`] for tables of a later version.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let place = place(&config.url);
        let url = match &config.url {
            StoreUrl::Sqlite(file) => sqlite_url(file)?,
            StoreUrl::Postgres(url) => url.expose().to_owned(),
        };
        let postgres = matches!(config.url, StoreUrl::Postgres(_));
        // A hundred requests at once and a slow disk are no reason to refuse the last of them.
        let wait = if postgres { config.wait } else { config.wait.max(QUEUE) };
        // One connection by hand: a pool would say after its whole wait that it waited, and
        // not that the connection was refused.
        let connecting = tokio::time::timeout(wait, AnyConnection::connect(&url));
        let mut connection = match connecting.await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => {
                return Err(StoreError::Unusable { place, reason: error.to_string() });
            }
            Err(_) => return Err(StoreError::Silent { place, waited: wait }),
        };
        let (tables, options, begin) = if postgres {
            (&POSTGRES, POSTGRES_OPTIONS, "BEGIN")
        } else {
            // Takes the write lock at once: a transaction that reads first and then cannot
            // write, because another did, does not happen.
            (&SQLITE, SQLITE_OPTIONS, "BEGIN IMMEDIATE")
        };
        connection.execute(options).await?;
        migrations(tables).run(&mut connection).await?;
        connection.close().await?;

        let pool = |most: u32| {
            AnyPoolOptions::new()
                .max_connections(most.max(1))
                .acquire_timeout(wait)
                .after_connect(move |connection, _| {
                    Box::pin(async move { connection.execute(options).await.map(drop) })
                })
                .connect_lazy(&url)
        };
        let reads = pool(config.most_connections)?;
        let writes = if postgres { reads.clone() } else { pool(1)? };
        Ok(Self { reads, writes, begin })
    }

    /// Ends the connections; a later call fails. For an orderly end: a kill loses nothing either.
    pub async fn close(&self) {
        self.writes.close().await;
        self.reads.close().await;
    }

    /// A transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.writes.begin_with(SqlStr::from_static(self.begin)).await?)
    }

    /// The same; no other one of that owner is between this and its end.
    pub(crate) async fn begin_in_turn(
        &self,
        owner: &Owner,
    ) -> Result<Transaction<'static, Any>, StoreError> {
        let mut transaction = self.begin().await?;
        // The row's lock is held until the end; in SQLite the transaction has the whole file.
        let turn = "INSERT INTO owners (id, turns) VALUES ($1, 1)
                    ON CONFLICT (id) DO UPDATE SET turns = owners.turns + 1";
        sqlx::query(turn).bind(text(&owner.0)).execute(&mut *transaction).await?;
        Ok(transaction)
    }
}

fn migrations(tables: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |(version, description, sql): &(i64, &'static str, &'static str)| {
        let sql = SqlStr::from_static(sql);
        Migration::new(*version, (*description).into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(tables.iter().map(migration).collect())
}

/// What is said of it in errors.
fn place(url: &StoreUrl) -> String {
    match url {
        StoreUrl::Sqlite(file) => format!("`{}`", file.display()),
        StoreUrl::Postgres(url) => {
            let url = url.expose();
            let after = url.split_once("://").map_or("", |(_, after)| after);
            let before_query = after.split('?').next().unwrap_or_default();
            let host = before_query.rsplit('@').next().unwrap_or_default();
            format!("`{host}`")
        }
    }
}

/// Makes the file for its owner alone, before the library makes it for everybody: it holds the
/// tokens of labs.
fn sqlite_url(file: &Path) -> Result<String, StoreError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    const KEPT: AsciiSet =
        NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
    let unusable =
        |reason: String| StoreError::Unusable { place: format!("`{}`", file.display()), reason };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| unusable(error.to_string()))?;
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    options.open(file).map_err(|error| unusable(error.to_string()))?;
    let absolute = file.canonicalize().map_err(|error| unusable(error.to_string()))?;
    let text = absolute.to_str().ok_or_else(|| unusable("its name is not UTF-8".to_owned()))?;
    Ok(format!("sqlite://{}", utf8_percent_encode(text, &KEPT)))
}
