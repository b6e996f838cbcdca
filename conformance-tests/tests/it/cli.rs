//! The `archway` command as people and scripts use it: its exit codes, formats, and a gateway
//! that changes while it runs.
//!
//! The command is the one that was built beside these tests; `cargo xtask test` builds it first.

mod get;
mod new_plugin;
mod reload;
mod search;
mod wrong;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use archway::config::Environment;
use archway::{Config, Running};
use archway_conformance::{components, samples};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// The `archway` that cargo put beside the tests.
pub(crate) fn archway() -> Command {
    let tests = std::env::current_exe().unwrap();
    let built = tests.parent().and_then(Path::parent).unwrap();
    let archway = built.join("archway");
    assert!(archway.exists(), "no {}: `cargo build -p archway` makes it", archway.display());
    let mut command = Command::new(archway);
    command.env_remove("ARCHWAY_URL").env("NO_COLOR", "1");
    command
}

/// A gateway in a process of its own over `file`, once it answers, and its URL; what it logs goes
/// into a file beside that one.
pub(crate) fn serve(file: &Path) -> (Child, String) {
    let mut command = archway();
    let log = file.with_extension("log");
    let log = std::fs::File::options().create(true).append(true).open::<PathBuf>(log).unwrap();
    command.args(["serve", "--config"]).arg(file).stdout(Stdio::piped()).stderr(log);
    let mut process = command.spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut ready =
        lines.filter_map(|line| Some(line.strip_prefix("Archway is ready at ")?.to_owned()));
    let said = || std::fs::read_to_string(file.with_extension("log")).unwrap();
    let url = ready.next().unwrap_or_else(|| panic!("the gateway ended: {}", said()));
    (process, url)
}

/// Runs it while the gateway of the test goes on.
async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A gateway with its own folders, and the sample site behind it.
struct Site {
    gateway: Running,
    /// Holds `archway.toml`, `archives/`, `plugins/` and `data/`.
    folder: TempDir,
    samples: samples::SampleSite,
}

impl Site {
    /// Over the observations of the sample site.
    async fn start() -> Self {
        let text = |site: &str| archive("samples-sky", "Sample observations", site);
        Self::over("vo-tap", "samples-sky", text).await
    }

    /// Over files of the sample site that have checksums.
    async fn of_files() -> Self {
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/archives");
        let file = committed.join("samples-high-energy.toml");
        let committed = std::fs::read_to_string(file).unwrap();
        let text = |site: &str| committed.replace("127.0.0.1:8471", site);
        Self::over("http-tree", "samples-high-energy", text).await
    }

    /// Over one archive, whose file holds what `text` makes of the site's address.
    async fn over(plugin: &str, id: &str, text: impl Fn(&str) -> String) -> Self {
        let samples = samples::serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for made in ["archives", "plugins"] {
            std::fs::create_dir(folder.path().join(made)).unwrap();
        }
        share_compiled(&folder.path().join("data"));
        let component = folder.path().join(format!("plugins/{plugin}.wasm"));
        std::fs::copy(components::path(plugin), component).unwrap();
        let file = folder.path().join("archway.toml");
        std::fs::write(&file, sections(folder.path())).unwrap();
        let archive = folder.path().join(format!("archives/{id}.toml"));
        std::fs::write(archive, text(&samples.address.to_string())).unwrap();
        let config = Config::load(Some(&file), &Environment::default()).unwrap();
        let gateway = archway::start(config).await.unwrap();
        Self { gateway, folder, samples }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `archway` with the address of this gateway.
    fn archway(&self, arguments: &[&str]) -> Command {
        let mut command = archway();
        command.args(arguments).env("ARCHWAY_URL", self.gateway.url().as_str());
        command
    }
}

/// Compiled plugins are kept from one test to the next: an unoptimised compiler is slow.
fn share_compiled(data: &Path) {
    use std::os::unix::fs::{DirBuilderExt, symlink};
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    let mut private = std::fs::DirBuilder::new();
    private.recursive(true).mode(0o700).create(&shared).unwrap();
    private.create(data).unwrap();
    symlink(shared, data.join("compiled")).unwrap();
}

fn sections(folder: &Path) -> String {
    let (data, plugins) = (folder.join("data"), folder.join("plugins"));
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ndata = {data:?}\n[plugins]\nfolders = [{plugins:?}]\n"
    )
}

fn archive(id: &str, title: &str, address: &str) -> String {
    format!(
        "archive = {{ id = \"{id}\", title = \"{title}\", plugin = \"vo-tap\", sample = true }}\n\
         settings = {{ base_url = \"http://{address}/sky/tap\" }}\n\
         grants = {{ http = [\"{address}\"] }}\n"
    )
}
