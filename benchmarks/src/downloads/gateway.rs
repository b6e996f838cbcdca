//! The built gateway in a process of its own, and what the kernel says of it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use archway_conformance::components;

use super::SMALL_BYTES;

/// A running gateway over one archive, `files`; it ends when this is dropped.
pub(crate) struct Gateway {
    url: String,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Gateway {
    /// With a record for each of `urls`; what is small is verified against its checksum.
    pub(super) fn start(
        within: &Path,
        urls: &[&str],
        http: &[&str],
        tcp: &[&str],
    ) -> anyhow::Result<Self> {
        let mut text = format!(
            "[archive]\nid = \"files\"\ntitle = \"Files\"\nplugin = \"files\"\n[grants]\nhttp = {http:?}\ntcp = {tcp:?}\n\
             [rate]\nrequests_per_s = 0.0\ndownloads = 1000\n[settings]\nhosts = {http:?}\n[settings.records]\n"
        );
        for (at, url) in urls.iter().enumerate() {
            let checked = match url.ends_with("/small") {
                true => format!(", size = {SMALL_BYTES}, sha256 = \"{}\"", sha256_of_small()),
                false => String::new(),
            };
            text += &format!("{at} = [{{ url = {url:?}{checked} }}]\n");
        }
        Self::over(within, &["files", "ftp"], |folder| {
            Ok(std::fs::write(folder.join("archives/files.toml"), &text)?)
        })
    }

    /// With these plugins, over what `write` puts into the folders of archives and presets.
    pub(crate) fn over(
        within: &Path,
        plugins: &[&str],
        write: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("archway");
        let built = program.exists();
        anyhow::ensure!(built, "no {}; `cargo xtask bench` builds it", program.display());
        let folder = tempfile::tempdir_in(within)?;
        let path = |name: &str| folder.path().join(name);
        for made in ["plugins", "archives", "presets"] {
            std::fs::create_dir(path(made))?;
        }
        for plugin in plugins {
            std::fs::copy(
                components::path(plugin),
                path("plugins").join(format!("{plugin}.wasm")),
            )?;
        }
        write(folder.path())?;
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[plugins]\nfolders = [{:?}]\n[log]\nlevel = \"info\"\n",
            path("data"),
            path("plugins"),
        );
        std::fs::write(path("archway.toml"), config)?;
        let mut process = Command::new(program)
            .arg("serve")
            .arg("--config")
            .arg(path("archway.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = process.stderr.take().context("it is piped")?;
        let mut lines = BufReader::new(stderr).lines();
        let url = loop {
            let line = lines.next().context("the gateway ended before it was ready")??;
            // `ready url="http://127.0.0.1:PORT/"`, with the colours of a terminal or without.
            if let Some(at) = line.find("http://127.0.0.1:").filter(|_| line.contains("ready")) {
                let rest = line.get(at..).unwrap_or_default();
                break rest.split(['"', ' ', '\u{1b}']).next().unwrap_or_default().to_owned();
            }
        };
        // Whoever writes into a pipe that nobody reads waits.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { url, process, _folder: folder })
    }

    /// Where it answers, with a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where the bytes of a record are.
    pub(super) fn content(&self, record: usize) -> String {
        format!("{}api/v1/assets/files%2F{record}/content", self.url)
    }

    /// CPU time so far, all threads, user and system.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        /// `USER_HZ` of every Linux.
        const TICKS_PER_S: f64 = 100.0;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name of the program may hold anything but ends with the last bracket (proc(5)).
        let (_, rest) = stat.rsplit_once(')').context("stat has a name")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok());
        let ticks = ticks(11).zip(ticks(12)).context("stat has times")?;
        Ok(Duration::from_secs_f64((ticks.0 + ticks.1) / TICKS_PER_S))
    }

    /// Memory in use now.
    pub(crate) fn memory_bytes(&self) -> anyhow::Result<u64> {
        self.status("VmRSS:")
    }

    /// Most memory in use since [`Gateway::forget_peak`].
    pub(crate) fn peak_bytes(&self) -> anyhow::Result<u64> {
        self.status("VmHWM:")
    }

    /// Begins a new peak (proc(5), `clear_refs`).
    pub(crate) fn forget_peak(&self) -> anyhow::Result<()> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5")?)
    }

    fn status(&self, name: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
        Ok(kib.with_context(|| format!("no {name}"))?.parse::<u64>()? * 1024)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn sha256_of_small() -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(super::small()).iter().map(|byte| format!("{byte:02x}")).collect()
}
