//! What this machine offers to labs: found out once, before the first lab.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Resource, getrlimit};
use tokio::process::Command;

/// Paths of the system that a lab sees where they exist; everything else it does not.
const SYSTEM: [&str; 18] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/pki",
    "/etc/ssl",
    "/etc/timezone",
];

/// Variables that say where the machine's certificates are.
const CERTIFICATES: [&str; 4] =
    ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// A path of the system, as a lab is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SystemPath {
    /// As it is, read-only.
    Kept(PathBuf),
    /// A link, made again: what it points to is there too.
    Link(PathBuf, PathBuf),
}

/// The bubblewrap of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bubblewrap {
    /// The program.
    pub(super) program: PathBuf,
    /// Whether it can limit the size of what is in memory.
    pub(super) size: bool,
    /// Whether it can forbid user namespaces inside.
    pub(super) disable_userns: bool,
}

/// What this machine offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    /// Bubblewrap, or in words why there is none that works.
    pub(super) bubblewrap: Result<Bubblewrap, String>,
    /// Whether the gateway is root, and can give every owner a user of the system.
    pub(super) root: bool,
    /// `setsid`: frees a lab of the terminal that the gateway was started in.
    pub(super) setsid: Option<PathBuf>,
    /// `setpriv`: becomes the owner's user and gives up everything else.
    pub(super) setpriv: Option<PathBuf>,
    /// `prlimit`: limits processes and open files.
    pub(super) prlimit: Option<PathBuf>,
    /// How many files a process may have open at most.
    pub(super) open_files: u64,
    /// What of the system a lab sees.
    pub(super) system: Vec<SystemPath>,
    /// Variables that lead to certificates which a lab sees.
    pub(super) certificates: BTreeMap<String, String>,
}

impl Machine {
    /// Looks at this machine; starts bubblewrap once to see whether it may do what it has to.
    pub(super) async fn look(configured: Option<&Path>) -> Self {
        let root = rustix::process::geteuid().is_root();
        let setpriv = program("setpriv");
        let mut machine = Self {
            bubblewrap: Err(String::new()),
            root,
            setsid: program("setsid"),
            setpriv,
            prlimit: program("prlimit"),
            open_files: getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX).min(65_536),
            system: SYSTEM.iter().filter_map(|path| system_path(Path::new(path))).collect(),
            certificates: certificates(),
        };
        machine.bubblewrap = bubblewrap(&machine, configured).await;
        machine
    }
}

async fn bubblewrap(machine: &Machine, configured: Option<&Path>) -> Result<Bubblewrap, String> {
    let program = match configured {
        Some(program) if program.is_file() => program.to_owned(),
        Some(program) => return Err(format!("there is no `{}`", program.display())),
        None => program("bwrap").ok_or("bubblewrap (`bwrap`) is not installed")?,
    };
    if machine.root && machine.setpriv.is_none() {
        return Err("the gateway is root and there is no `setpriv` (of util-linux) to start labs \
                    as another user"
            .to_owned());
    }
    let help = output(Command::new(&program).arg("--help")).await?;
    if !help.contains("--json-status-fd") || !help.contains("--perms") {
        return Err(format!("`{}` is older than bubblewrap 0.5", program.display()));
    }
    let found = Bubblewrap {
        size: help.contains("--size "),
        disable_userns: help.contains("--disable-userns"),
        program,
    };
    let argv = super::plan::probe(machine, &found);
    let (first, rest) = argv.split_first().ok_or("there is nothing to start")?;
    output(Command::new(first).args(rest)).await.map_err(|error| {
        let hint = if machine.root {
            "the gateway is root, but may not make namespaces, as in an unprivileged container"
        } else {
            "the system may forbid user namespaces: see `sysctl user.max_user_namespaces`, \
             `kernel.unprivileged_userns_clone` and \
             `kernel.apparmor_restrict_unprivileged_userns`"
        };
        format!("bubblewrap cannot make a sandbox here: {error}; {hint}")
    })?;
    Ok(found)
}

/// What a program says, or why it failed.
pub(super) async fn output(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.map_err(|error| format!("it cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.trim().lines().last().unwrap_or_default();
    Err(if last.is_empty() { output.status.to_string() } else { last.to_owned() })
}

/// A program of the search path.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let mut folders = env::split_paths(&path).chain(["/usr/bin", "/bin"].map(PathBuf::from));
    folders.find_map(|folder| {
        let program = folder.join(name);
        (folder.is_absolute() && program.is_file()).then_some(program)
    })
}

fn system_path(path: &Path) -> Option<SystemPath> {
    let metadata = path.symlink_metadata().ok()?;
    // A link inside of /etc may lead anywhere; bubblewrap follows it, and shows what is there.
    if metadata.is_symlink() && path.parent() == Some(Path::new("/")) {
        return Some(SystemPath::Link(path.to_owned(), path.read_link().ok()?));
    }
    path.exists().then(|| SystemPath::Kept(path.to_owned()))
}

fn certificates() -> BTreeMap<String, String> {
    let seen =
        |value: &String| ["/usr/", "/etc/ssl/", "/etc/pki/"].iter().any(|at| value.starts_with(at));
    let named =
        CERTIFICATES.iter().filter_map(|name| Some(((*name).to_owned(), env::var(name).ok()?)));
    named.filter(|(_, value)| seen(value)).collect()
}

/// Cores and MiB of memory.
pub(super) fn capacity() -> (Option<f64>, Option<u64>) {
    let cores = std::thread::available_parallelism().ok().and_then(|n| u32::try_from(n.get()).ok());
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok());
    (cores.map(f64::from), kib.map(|kib| kib / 1024))
}
