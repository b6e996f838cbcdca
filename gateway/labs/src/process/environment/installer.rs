//! Runs what makes an environment: `uv` where it is installed, else `venv` and `pip`.

use std::collections::VecDeque;
use std::env;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use archway_core::labs::{Failure, ProcessRecipe, Progress};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::error::{cannot, failure};
use crate::process::machine::program;

/// Lines that are kept of what an installer says.
const LINES_KEPT: usize = 20;
/// Bytes that are kept of one line.
const LINE_BYTES: usize = 500;
/// At most one line of progress in that time.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// Variables of the machine that an installer is given: where packages and certificates are.
const PASSED: [&str; 17] = [
    "HOME",
    "PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
];

/// Makes the environment in `folder`, which does not exist. Whatever is started holds `lock`.
pub(super) async fn install(
    folder: &Path,
    recipe: &ProcessRecipe,
    python: &Path,
    lock: &File,
    progress: &dyn Progress,
) -> Result<(), Failure> {
    let uv = program("uv");
    let run = Run { lock, progress };
    let mut venv = match &uv {
        Some(uv) => command(uv, &["venv", "--quiet", "--no-project", "--python"]),
        None => command(python, &["-I", "-m", "venv"]),
    };
    if uv.is_some() {
        venv.arg(python);
    } else if is_empty(&recipe.requirements) {
        venv.arg("--without-pip");
    }
    run.go("the environment cannot be made", venv.arg(folder), 0).await?;
    if is_empty(&recipe.requirements) {
        return Ok(());
    }

    let file = folder.join("requirements.txt");
    fs::write(&file, &recipe.requirements).map_err(|error| cannot("write", &file, error))?;
    let inside = folder.join("bin/python");
    let mut install = match &uv {
        Some(uv) => {
            let mut install = command(uv, &["pip", "install", "--no-progress", "--python"]);
            install.arg(&inside);
            install
        }
        None => command(
            &inside,
            &["-I", "-m", "pip", "install", "--no-input", "--progress-bar", "off", "--no-compile"],
        ),
    };
    install.args(["--require-hashes", "--only-binary", ":all:", "-r"]).arg(&file);
    let packages = recipe.requirements.lines().filter(|line| line.contains("==")).count();
    run.go("the packages cannot be installed", &mut install, packages).await?;

    free_of_place(folder).map_err(|error| cannot("change the programs in", folder, error))?;

    progress.says("compiling the packages");
    let mut compile = command(&inside, &["-I", "-m", "compileall", "-q", "-j", "0"]);
    // A package may hold files for other versions, which this one cannot compile.
    let _ = run.go("the packages cannot be compiled", compile.arg(folder.join("lib")), 0).await;
    Ok(())
}

/// Programs of an environment begin with the place of its Python. Of these, they begin with its
/// name: in a lab it is the first of the search path.
fn free_of_place(folder: &Path) -> io::Result<()> {
    let bin = folder.join("bin");
    let place = format!("{}/", bin.display());
    for entry in fs::read_dir(&bin)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        let program = fs::read(entry.path())?;
        if let Some(rest) = after_place(&program, &place) {
            fs::write(entry.path(), [b"#!/usr/bin/env python\n", rest].concat())?;
        }
    }
    Ok(())
}

/// What comes behind the lines that name the Python of an environment; `None` for a program that
/// does not begin with them.
fn after_place<'a>(program: &'a [u8], place: &str) -> Option<&'a [u8]> {
    let mut lines = program.splitn(2, |byte| *byte == b'\n');
    let (first, rest) = (lines.next()?, lines.next()?);
    let named = first.strip_prefix(b"#!")?;
    if named.starts_with(place.as_bytes()) {
        return Some(rest);
    }
    // A path too long for the kernel is handed on by a shell, in two lines.
    let mut lines = rest.splitn(3, |byte| *byte == b'\n');
    let (second, third, rest) = (lines.next()?, lines.next()?, lines.next()?);
    let names = second.windows(place.len()).any(|part| part == place.as_bytes());
    let handed_on = named == b"/bin/sh" && second.starts_with(b"'''exec'") && third == b"' '''";
    (handed_on && names).then_some(rest)
}

fn is_empty(requirements: &str) -> bool {
    requirements.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

/// The program, readable by all when it writes, and with what it needs of the environment.
fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "umask 022; exec \"$@\" 2>&1", "install"]).arg(program).args(arguments);
    command.env_clear();
    let passed =
        |name: &str| PASSED.contains(&name) || name.starts_with("PIP_") || name.starts_with("UV_");
    command.envs(env::vars_os().filter(|(name, _)| name.to_str().is_some_and(passed)));
    command.env("PYTHONUNBUFFERED", "1");
    command
}

struct Run<'a> {
    lock: &'a File,
    progress: &'a dyn Progress,
}

impl Run<'_> {
    async fn go(&self, what: &str, command: &mut Command, packages: usize) -> Result<(), Failure> {
        let not_started =
            |error| failure(format!("{what}: the installer cannot be started: {error}"));
        let lock = self.lock.try_clone().map_err(not_started)?;
        command.stdin(Stdio::from(lock)).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.kill_on_drop(true).spawn().map_err(not_started)?;
        let mut said = Said::default();
        if let Some(output) = child.stdout.take() {
            said.read(output, packages, self.progress).await;
        }
        let status = child.wait().await.map_err(|error| failure(format!("{what}: {error}")))?;
        if status.success() {
            return Ok(());
        }
        let log = said.lines.make_contiguous().join("\n");
        Err(Failure {
            reason: format!("{what}: {}", said.reason(&status.to_string())),
            temporary: is_temporary(&log),
            log,
        })
    }
}

/// The last lines of what an installer said.
#[derive(Default)]
struct Said {
    lines: VecDeque<String>,
    line: Vec<u8>,
    packages: usize,
    told: Option<Instant>,
}

impl Said {
    async fn read(
        &mut self,
        mut from: impl AsyncRead + Unpin,
        packages: usize,
        progress: &dyn Progress,
    ) {
        let mut buffer = vec![0; 8192];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            for byte in buffer.get(..count).unwrap_or_default() {
                if *byte == b'\n' {
                    self.take(packages, progress);
                } else if self.line.len() < LINE_BYTES {
                    self.line.push(*byte);
                }
            }
        }
        self.take(packages, progress);
    }

    fn take(&mut self, packages: usize, progress: &dyn Progress) {
        let line = String::from_utf8_lossy(&self.line).trim_end().to_owned();
        self.line.clear();
        if line.is_empty() {
            return;
        }
        if let Some(words) = self.progress(&line, packages)
            && self.told.is_none_or(|told| told.elapsed() >= PROGRESS_EVERY)
        {
            self.told = Some(Instant::now());
            progress.says(&words);
        }
        self.lines.push_back(line);
        if self.lines.len() > LINES_KEPT {
            self.lines.pop_front();
        }
    }

    fn progress(&mut self, line: &str, packages: usize) -> Option<String> {
        if let Some(rest) = line.strip_prefix("Collecting ") {
            self.packages += 1;
            let name = rest.split(['=', ' ', '<', '>', '[']).next().unwrap_or(rest);
            return Some(format!("package {} of at most {packages}: {name}", self.packages));
        }
        line.starts_with("Installing collected")
            .then(|| format!("installing {} packages", self.packages))
    }

    /// The line that says why.
    fn reason(&self, status: &str) -> String {
        let error = self.lines.iter().rev().find(|line| line.to_lowercase().contains("error"));
        error.or(self.lines.back()).cloned().unwrap_or_else(|| status.to_owned())
    }
}

/// Whether it looks as if the network was the reason.
fn is_temporary(log: &str) -> bool {
    let signs = [
        "Temporary failure",
        "timed out",
        "Connection",
        "Max retries",
        "error sending request",
        "No space left",
    ];
    signs.iter().any(|sign| log.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_freed_of_the_place_they_were_made_at() {
        let after = |text: &'static str| {
            let rest = after_place(text.as_bytes(), "/e/bin/");
            rest.map(|rest| std::str::from_utf8(rest).unwrap())
        };
        assert_eq!(after("#!/e/bin/python3\nimport x\n"), Some("import x\n"));
        let long = "#!/bin/sh\n'''exec' \"/e/bin/python\" \"$0\" \"$@\"\n' '''\nimport x\n";
        assert_eq!(after(long), Some("import x\n"));
        let others =
            ["#!/usr/bin/python3\nx\n", "#!/bin/sh\necho /e/bin/\nx\ny\n", "\x7fELF", "", "#!"];
        for other in others {
            assert_eq!(after(other), None, "{other}");
        }
    }
}
