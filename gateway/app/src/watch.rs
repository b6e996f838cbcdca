//! Keeps a running gateway as its files are: reloads on SIGHUP and when they change,
//! and asks archives what they are until they have said so.
//!
//! One task, owned by [`Running`](crate::app::Running). Calls `federation.rs`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use archway_core::archive::Archive;
use archway_core::archives::Archives;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::{error, info, warn};

use crate::config::Config;
use crate::federation::{Federation, Reopen, describe};

/// Files are read again when nothing has changed for so long: a copy is many changes.
const QUIET: Duration = Duration::from_millis(300);
/// Someone who never stops writing is not waited for.
const AT_THE_LATEST: Duration = Duration::from_secs(5);
/// Archives that have not described themselves are asked again after this, then ever less often.
const ASK_AGAIN: Duration = Duration::from_secs(60);
const ASK_AGAIN_AT_MOST: Duration = Duration::from_secs(3600);

/// Runs until it is dropped.
pub(crate) async fn watch(config: Config, mut federation: Federation, archives: Arc<Archives>) {
    let (changed, mut changes) = mpsc::channel(1);
    let mut hang_ups = HangUps::new();
    let mut files = Files::new(&config, changed);
    let mut asked = JoinSet::new();
    ask(&mut asked, federation.list());
    let mut patience = ASK_AGAIN;
    let mut ask_next = Instant::now() + patience;
    loop {
        let reopen = tokio::select! {
            Some(()) = changes.recv() => {
                settle(&mut changes).await;
                Reopen::Changed
            }
            () = hang_ups.next() => {
                info!("SIGHUP: reading plugins and archives again");
                Reopen::All
            }
            Some(_) = asked.join_next() => continue,
            () = sleep_until(ask_next) => {
                if asked.is_empty() {
                    ask(&mut asked, federation.list());
                }
                patience = (patience * 2).min(ASK_AGAIN_AT_MOST);
                ask_next = Instant::now() + patience;
                continue;
            }
        };
        match config.reread() {
            Ok(read) => {
                federation.reload(read, reopen).await;
                federation.publish(&archives);
                files.follow();
                ask(&mut asked, federation.list());
                patience = ASK_AGAIN;
                ask_next = Instant::now() + patience;
            }
            Err(invalid) => error!("nothing changed: {invalid}"),
        }
    }
}

/// Asks those that have not said what they are. Dropping the set ends the calls.
fn ask(asked: &mut JoinSet<()>, archives: Vec<Arc<dyn Archive>>) {
    for archive in archives.into_iter().filter(|archive| archive.info().description.is_none()) {
        asked.spawn(describe(archive));
    }
}

/// Waits until changes stop coming.
async fn settle(changes: &mut mpsc::Receiver<()>) {
    let settled = async { while let Ok(Some(())) = timeout(QUIET, changes.recv()).await {} };
    // Whoever is still writing then is heard of again.
    let _ = timeout(AT_THE_LATEST, settled).await;
}

/// The watched files and folders.
struct Files {
    watcher: Option<RecommendedWatcher>,
    wanted: Vec<PathBuf>,
    watched: Vec<PathBuf>,
}

impl Files {
    fn new(config: &Config, changed: mpsc::Sender<()>) -> Self {
        let report = move |event: notify::Result<notify::Event>| {
            // Reading a file is an event too, and reading is what follows one.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                // A full channel says it already.
                let _ = changed.try_send(());
            }
        };
        let watcher = notify::recommended_watcher(report);
        let watcher = watcher
            .map_err(|error| warn!("files are not watched, send SIGHUP after a change: {error}"))
            .ok();
        // A folder sees a file that is replaced, which a watch on the file itself would lose.
        let wanted = config.plugins.folders.iter().cloned().chain(config.archives_folder());
        let mut files = Self { watcher, wanted: wanted.collect(), watched: Vec::new() };
        files.follow();
        files
    }

    /// Watches what exists by now.
    fn follow(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        self.watched.retain(|folder| folder.is_dir());
        for folder in &self.wanted {
            if self.watched.contains(folder) || !folder.is_dir() {
                continue;
            }
            match watcher.watch(as_folder(folder), RecursiveMode::NonRecursive) {
                Ok(()) => self.watched.push(folder.clone()),
                Err(error) => warn!("{} is not watched: {error}", folder.display()),
            }
        }
    }
}

/// A relative folder may be the empty path.
fn as_folder(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// SIGHUP, where there is such a thing.
struct HangUps(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

impl HangUps {
    #[cfg(unix)]
    fn new() -> Self {
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
        Self(signal.map_err(|error| warn!("SIGHUP is not heard: {error}")).ok())
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        match &mut self.0 {
            Some(signal) => {
                if signal.recv().await.is_some() {
                    return;
                }
                sleep(Duration::MAX).await;
            }
            None => sleep(Duration::MAX).await,
        }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self()
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        sleep(Duration::MAX).await;
    }
}
