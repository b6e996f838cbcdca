//! The databases that the suite runs on: a file, and a PostgreSQL server that the test starts.
//!
//! *Rules*: without PostgreSQL such a test fails; only `ARCHWAY_TEST_POSTGRES=skip` skips it,
//! visibly.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use archway_store::{Secret, Store, StoreConfig, StoreUrl};
use tempfile::TempDir;

pub(crate) fn sqlite(folder: &Path) -> StoreConfig {
    StoreConfig::new(StoreUrl::Sqlite(folder.join("state.sqlite")))
}

/// A server of its own: one cluster in a folder that goes with it, on a unix socket.
pub(crate) struct Postgres {
    folder: TempDir,
    bin: PathBuf,
    user: Option<(u32, u32)>,
    server: Option<Child>,
}

impl Postgres {
    /// `None`, said aloud, if `ARCHWAY_TEST_POSTGRES=skip`.
    pub(crate) fn start() -> Option<Self> {
        if std::env::var("ARCHWAY_TEST_POSTGRES").is_ok_and(|word| word == "skip") {
            eprintln!(
                "LEFT OUT: ARCHWAY_TEST_POSTGRES=skip, so nothing was tested with PostgreSQL"
            );
            return None;
        }
        let bin = binaries().expect(
            "PostgreSQL is not installed (Debian: postgresql); \
             ARCHWAY_TEST_POSTGRES=skip leaves these tests out",
        );
        let folder = tempfile::Builder::new().prefix("archway-pg").tempdir().unwrap();
        let user = is_root().then(|| (id("-u"), id("-g")));
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let mut postgres = Self { folder, bin, user, server: None };
        let data = postgres.folder.path().join("data");
        let mut initdb = postgres.command("initdb");
        initdb.arg("-D").arg(&data).args(["-U", "archway", "--auth=trust", "--no-sync"]);
        initdb.args(["--encoding=UTF8", "--locale=C.UTF-8"]).stdout(Stdio::null());
        assert!(initdb.status().unwrap().success(), "initdb failed");
        postgres.start_server();
        Some(postgres)
    }

    pub(crate) fn start_server(&mut self) {
        let folder = self.folder.path().to_owned();
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let mut command = self.command("postgres");
        command.arg("-D").arg(folder.join("data")).arg("-k").arg(&folder);
        command.args(["-c", "listen_addresses=", "-c", "fsync=off"]);
        command.stderr(log).stdout(Stdio::null()).stdin(Stdio::null());
        self.server = Some(command.spawn().unwrap());
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(60) {
            let mut ready = self.command("pg_isready");
            if ready.arg("-q").arg("-h").arg(&folder).status().unwrap().success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{}", std::fs::read_to_string(folder.join("log")).unwrap());
    }

    /// Ends the server at once, as a crash would.
    pub(crate) fn stop_server(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Immediate shutdown; SIGKILL would leave its children behind.
            let _ = Command::new("kill").args(["-QUIT", &server.id().to_string()]).status();
            let _ = server.wait();
        }
    }

    /// A new, empty database.
    pub(crate) fn database(&self, name: &str) -> StoreConfig {
        let mut createdb = self.command("createdb");
        createdb.args(["-U", "archway", "-h"]).arg(self.folder.path()).arg(name);
        assert!(createdb.status().unwrap().success(), "createdb {name} failed");
        self.config(name)
    }

    fn config(&self, name: &str) -> StoreConfig {
        StoreConfig::new(StoreUrl::Postgres(Secret::new(self.url(name))))
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("postgresql://archway@localhost/{name}?host={}", self.folder.path().display())
    }

    /// PostgreSQL does not run as root.
    fn command(&self, program: &str) -> Command {
        let Some((uid, gid)) = self.user else { return Command::new(self.bin.join(program)) };
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}"));
        command.args(["--clear-groups", "--pdeathsig=QUIT", "--"]).arg(self.bin.join(program));
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop_server();
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Of the user that Debian's package makes, or of nobody.
fn id(what: &str) -> u32 {
    let of = |user: &str| {
        let output = Command::new("id").args([what, user]).stderr(Stdio::null()).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    of("postgres").or_else(|| of("nobody")).expect("a user who is not root")
}

/// The newest that Debian installed, or what is on the path.
fn binaries() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()).unwrap_or(0)
    };
    let newest = debian.map(|entry| entry.path()).max_by_key(version);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let all =
        newest.map(|folder| folder.join("bin")).into_iter().chain(std::env::split_paths(&paths));
    all.into_iter().find(|folder| folder.join("initdb").is_file())
}

/// Runs cases of the keepers' suite: on SQLite each as a test, on PostgreSQL all on one server.
macro_rules! on_both_databases {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let folder = tempfile::tempdir().unwrap();
                    let config = crate::databases::sqlite(folder.path());
                    super::$case(archway_store::Store::open(&config).await.unwrap()).await;
                }
            )*
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn postgresql_keeps_what_sqlite_keeps() {
            let Some(postgres) = crate::databases::Postgres::start() else { return };
            $(
                eprintln!("case: {}", stringify!($case));
                let config = postgres.database(stringify!($case));
                let store = crate::databases::opened(&config).await;
                $case(store.clone()).await;
                store.close().await;
            )*
        }
    };
}
pub(crate) use on_both_databases;

pub(crate) async fn opened(config: &StoreConfig) -> Store {
    Store::open(config).await.unwrap()
}
