//! A store is opened: from nothing, again, of a later version, and where nobody answers.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use archway_core::Error;
use archway_core::labs::{LabId, LabKeeper as _};
use archway_store::{Secret, Store, StoreConfig, StoreError, StoreUrl};
use sqlx::{Connection as _, Executor as _};

use crate::databases::{Postgres, sqlite};
use crate::things::{lab, wide};

async fn survives_being_opened_again(config: &StoreConfig) {
    let store = Store::open(config).await.unwrap();
    store.reserve(&lab("a1"), None, &wide()).await.unwrap();
    store.close().await;
    let again = Store::open(config).await.unwrap();
    let beside = Store::open(config).await.unwrap();
    assert!(again.lab(&LabId("a1".to_owned())).await.unwrap().is_some());
    beside.reserve(&lab("a2"), None, &wide()).await.unwrap();
    assert!(again.lab(&LabId("a2".to_owned())).await.unwrap().is_some());
    again.close().await;
    beside.close().await;
}

#[tokio::test]
async fn a_file_is_made_opened_again_and_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("data of ann? #1 100%/state.sqlite");
    let config = StoreConfig::new(StoreUrl::Sqlite(odd.clone()));
    survives_being_opened_again(&config).await;
    let mode = std::fs::metadata(odd).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds tokens");
}

#[tokio::test]
async fn a_store_that_waits_for_a_killed_server_says_so_and_comes_back_with_it() {
    let Some(mut postgres) = Postgres::start() else { return };
    let mut config = postgres.database("twice");
    survives_being_opened_again(&config).await;
    config.wait = Duration::from_secs(2);
    let store = Store::open(&config).await.unwrap();
    postgres.stop_server();
    for _ in 0..2 {
        let dead = store.lab(&LabId("a1".to_owned())).await;
        assert!(matches!(dead, Err(Error::Internal(_))), "{dead:?}");
    }
    let refused = Store::open(&config).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unusable { .. }), "{refused}");
    postgres.start_server();
    assert!(store.lab(&LabId("a1".to_owned())).await.unwrap().is_some());
}

#[tokio::test]
async fn tables_of_a_later_version_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let config = sqlite(folder.path());
    Store::open(&config).await.unwrap().close().await;
    let url = format!("sqlite://{}", folder.path().join("state.sqlite").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let later =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (99, 'later', TRUE, x'00', 1)";
    connection.execute(later).await.unwrap();
    connection.close().await.unwrap();
    let refused = Store::open(&config).await.unwrap_err();
    assert!(matches!(refused, StoreError::Migration(_)), "{refused}");
    assert_eq!(
        refused.to_string(),
        "the tables cannot be brought to this version of the gateway: \
         migration 99 was previously applied but is missing in the resolved migrations"
    );
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = |address: std::net::SocketAddr| {
        let url = format!("postgresql://ann:hunter2@{address}/archway");
        let mut config = StoreConfig::new(StoreUrl::Postgres(Secret::new(url)));
        config.wait = Duration::from_millis(300);
        config
    };
    let refused = Store::open(&at(closed)).await.unwrap_err().to_string();
    let begin = format!("the database `{closed}/archway` cannot be used: ");
    assert!(refused.starts_with(&begin), "{refused}");
    let waited = Store::open(&at(silent.local_addr().unwrap())).await.unwrap_err().to_string();
    let place = silent.local_addr().unwrap();
    assert_eq!(waited, format!("the database `{place}/archway` gave no answer within 0.3 s"));
    assert!(!format!("{:?}", at(closed)).contains("hunter2"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "text").unwrap();
    let below = StoreConfig::new(StoreUrl::Sqlite(file.join("state.sqlite")));
    assert!(matches!(Store::open(&below).await, Err(StoreError::Unusable { .. })));
    let no_database = StoreConfig::new(StoreUrl::Sqlite(file));
    std::fs::write(folder.path().join("file"), "not a database".repeat(99)).unwrap();
    let refused = Store::open(&no_database).await.unwrap_err();
    assert!(refused.to_string().contains("file is not a database"), "{refused}");
}
