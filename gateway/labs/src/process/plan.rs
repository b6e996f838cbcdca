//! From what a lab is to what is started: a pure function, so that every flag can be read in a
//! snapshot.
//!
//! Rules: the token is in the environment and never in the arguments, which every user of the
//! machine can read. Nothing of the machine is seen that is not named in `plan/mounts.rs`.

mod mounts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use archway_core::labs::{AppKind, LabSpec, Network};

use super::machine::{Bubblewrap, Machine};
use crate::inside::{DATA, HOME, MOST_PROCESSES, NET, PROXY_PORT, PROXY_SOCKET};
use mounts::Mounts;

/// Where a lab sees its Python environment.
const ENVIRONMENT: &str = "/opt/lab";
/// Where a lab sees its own folder.
const RUN: &str = "/run/lab";
/// User and group in the lab's own eyes, where it has a user namespace.
const INSIDE_ID: u32 = 1000;

/// A Python environment that was made ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Environment {
    /// Its folder. Nothing in it knows where that is.
    pub(super) folder: PathBuf,
    /// The folders of the Python it was made of, links resolved.
    pub(super) base: Vec<PathBuf>,
    /// Links that lead there: link and target.
    pub(super) links: Vec<(PathBuf, PathBuf)>,
}

/// Where things of one lab are on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// What it sees as `/run/lab`.
    pub(super) run: PathBuf,
    /// What it sees as `/run/net`.
    pub(super) net: PathBuf,
    /// Where the files of the plan are put.
    pub(super) made: PathBuf,
    /// The environment.
    pub(super) environment: Environment,
    /// User and group of its owner, where the gateway is root.
    pub(super) uid: Option<u32>,
}

/// What is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The program and its arguments.
    pub(super) argv: Vec<String>,
    /// Its whole environment.
    pub(super) env: BTreeMap<String, String>,
    /// Files that are made before: path and text.
    pub(super) files: Vec<(PathBuf, String)>,
    /// Links that are made before: path and target.
    pub(super) links: Vec<(PathBuf, PathBuf)>,
}

/// What is started for a lab. Fails, in words, for a specification that cannot be followed.
pub(super) fn plan(spec: &LabSpec, machine: &Machine, places: &Places) -> Result<Plan, String> {
    let recipe = spec.app.process.as_ref();
    let recipe = recipe.ok_or_else(|| format!("`{}` has no recipe for processes", spec.app.id))?;
    for volume in &spec.volumes {
        let name = volume.name.as_str();
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0']) {
            return Err(format!("`{name}` cannot be the name of a folder in a lab"));
        }
    }
    let confined = machine.bubblewrap.as_ref().ok();
    let (home, data, socket) = match confined {
        Some(_) => (HOME.to_owned(), DATA.to_owned(), format!("{RUN}/lab.sock")),
        None => (
            text(&spec.space)?,
            text(&places.made.join("data"))?,
            text(&places.run.join("lab.sock"))?,
        ),
    };
    let fill = |argument: &String| {
        let filled = argument.replace("{socket}", &socket).replace("{base}", &spec.base_path);
        filled.replace("{home}", &home).replace("{data}", &data)
    };
    let command: Vec<String> = recipe.command.iter().map(fill).collect();
    if command.is_empty() {
        return Err(format!("the recipe of `{}` names no program", spec.app.id));
    }

    let mut argv = Vec::new();
    let mut plan_files = Vec::new();
    let mut plan_links = Vec::new();
    match confined {
        Some(bubblewrap) => {
            let user = places.uid.unwrap_or(INSIDE_ID);
            plan_files = files(places, user);
            argv = sandbox(machine, bubblewrap);
            argv.extend(["--hostname".to_owned(), "lab".to_owned()]);
            argv.extend(mounted(spec, machine, bubblewrap, places)?.into_arguments());
            argv.push("--".to_owned());
        }
        None => {
            argv.extend(["/bin/sh", "-c", include_str!("unconfined.sh"), "lab"].map(str::to_owned));
            let link = |name: &str| places.made.join("data").join(name);
            plan_links.extend(spec.volumes.iter().map(|v| (link(&v.name), v.folder.clone())));
        }
    }
    argv.extend(limits(machine));
    argv.extend(privileges(machine, places.uid)?);
    if confined.is_some() {
        // The home is its owner's alone: bubblewrap, without its rights, could not enter it.
        argv.extend(["/bin/sh", "-c", "cd && exec \"$@\"", "lab"].map(str::to_owned));
    }
    if spec.network == Network::Audited && confined.is_some() {
        argv.push(format!("{ENVIRONMENT}/bin/python"));
        argv.extend(["-I", "-c", include_str!("forward.py")].map(str::to_owned));
        argv.extend([PROXY_PORT.to_string(), format!("{NET}/{PROXY_SOCKET}")]);
    }
    argv.extend(command);
    let env = environment(spec, machine, places, &home, &data)?;
    Ok(Plan { argv, env, files: plan_files, links: plan_links })
}

/// What is started once to see whether sandboxes can be made: the same, around nothing.
pub(super) fn probe(machine: &Machine, bubblewrap: &Bubblewrap) -> Vec<String> {
    let mut argv = sandbox(machine, bubblewrap);
    let mut mounts = Mounts::new(machine, bubblewrap, 1024 * 1024);
    mounts.finish();
    argv.retain(|argument| argument != "--json-status-fd" && argument != "3");
    argv.extend(mounts.into_arguments());
    argv.push("--".to_owned());
    argv.extend(limits(machine));
    argv.extend(privileges(machine, machine.root.then_some(65_534)).unwrap_or_default());
    argv.push("/bin/true".to_owned());
    argv
}

/// Namespaces and capabilities.
fn sandbox(machine: &Machine, bubblewrap: &Bubblewrap) -> Vec<String> {
    let mut argv = vec![bubblewrap.program.to_string_lossy().into_owned()];
    let mut add = |arguments: &[&str]| argv.extend(arguments.iter().map(|a| (*a).to_owned()));
    add(&["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]);
    add(&["--unshare-cgroup-try", "--new-session", "--json-status-fd", "3"]);
    if machine.root {
        // What `setpriv` inside needs to become the owner's user; it gives up these too.
        add(&["--cap-drop", "ALL", "--cap-add", "CAP_SETUID"]);
        add(&["--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]);
    } else {
        let id = INSIDE_ID.to_string();
        add(&["--unshare-user", "--uid", &id, "--gid", &id]);
        if bubblewrap.disable_userns {
            add(&["--disable-userns"]);
        }
    }
    argv
}

fn mounted(
    spec: &LabSpec,
    machine: &Machine,
    bubblewrap: &Bubblewrap,
    places: &Places,
) -> Result<Mounts, String> {
    let memory_bytes = spec.size.memory_mib.saturating_mul(1024 * 1024);
    let mut mounts = Mounts::new(machine, bubblewrap, memory_bytes / 2);
    mounts.read_only(&places.environment.folder, ENVIRONMENT);
    for folder in &places.environment.base {
        mounts.read_only(folder, &text(folder)?);
    }
    for (link, target) in &places.environment.links {
        mounts.link(&text(target)?, &text(link)?);
    }
    for (path, _) in files(places, 0) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        mounts.read_only(&path, &format!("/etc/{name}"));
    }
    mounts.writable(&places.run, RUN);
    if spec.network == Network::Audited {
        mounts.read_only(&places.net, NET);
    }
    mounts.writable(&spec.space, HOME);
    mounts.folder(DATA);
    for volume in &spec.volumes {
        let inside = format!("{DATA}/{}", volume.name);
        if volume.writable {
            mounts.writable(&volume.folder, &inside);
        } else {
            mounts.read_only(&volume.folder, &inside);
        }
    }
    mounts.finish();
    Ok(mounts)
}

/// What a lab sees in `/etc` that is not the machine's.
fn files(places: &Places, user: u32) -> Vec<(PathBuf, String)> {
    let made = |name: &str, text: String| (places.made.join(name), text);
    vec![
        made("passwd", format!("lab:x:{user}:{user}:lab:{HOME}:/bin/bash\n")),
        made("group", format!("lab:x:{user}:\n")),
        made("hosts", "127.0.0.1 localhost lab\n::1 localhost\n".to_owned()),
        made("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n".to_owned()),
    ]
}

/// Limits that hold without control groups too. They are set inside, where the kernel counts
/// the processes of this lab and not all of its user's.
fn limits(machine: &Machine) -> Vec<String> {
    let Some(prlimit) = &machine.prlimit else { return Vec::new() };
    let mut argv = vec![
        prlimit.to_string_lossy().into_owned(),
        "--core=0:0".to_owned(),
        format!("--nofile={0}:{0}", machine.open_files),
    ];
    if machine.bubblewrap.is_ok() {
        argv.push(format!("--nproc={MOST_PROCESSES}:{MOST_PROCESSES}"));
    }
    argv.push("--".to_owned());
    argv
}

/// Becomes the owner's user for good.
fn privileges(machine: &Machine, uid: Option<u32>) -> Result<Vec<String>, String> {
    let Some(uid) = uid else { return Ok(Vec::new()) };
    let setpriv = machine.setpriv.as_ref().ok_or("there is no `setpriv`")?;
    let id = uid.to_string();
    let flags =
        ["--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"];
    let mut argv = vec![setpriv.to_string_lossy().into_owned()];
    argv.extend(["--reuid", &id, "--regid", &id].map(str::to_owned));
    argv.extend(flags.map(str::to_owned));
    Ok(argv)
}

fn environment(
    spec: &LabSpec,
    machine: &Machine,
    places: &Places,
    home: &str,
    data: &str,
) -> Result<BTreeMap<String, String>, String> {
    let environment = match &machine.bubblewrap {
        Ok(_) => ENVIRONMENT.to_owned(),
        Err(_) => text(&places.environment.folder)?,
    };
    let mut env = BTreeMap::from(
        [
            ("PATH", format!("{environment}/bin:/usr/local/bin:/usr/bin:/bin").as_str()),
            ("VIRTUAL_ENV", &environment),
            ("LANG", "C.UTF-8"),
            ("SHELL", "/bin/bash"),
            ("TERM", "xterm-256color"),
            ("USER", "lab"),
            ("LOGNAME", "lab"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    if machine.bubblewrap.is_ok() {
        env.extend(machine.certificates.clone());
    }
    env.extend(spec.app.environment.clone());
    let mut set = |name: &str, value: &str| env.insert(name.to_owned(), value.to_owned());
    set("HOME", home);
    set("ARCHWAY_DATA", data);
    set("ARCHWAY_LAB", &spec.id.0);
    if spec.app.kind == AppKind::Jupyter {
        set("JUPYTER_TOKEN", &spec.token);
        if machine.bubblewrap.is_ok() {
            // Another lab of the same owner has the same home.
            set("JUPYTER_RUNTIME_DIR", "/tmp/jupyter");
        }
    }
    if spec.network == Network::Audited && machine.bubblewrap.is_ok() {
        let proxy = format!("http://127.0.0.1:{PROXY_PORT}");
        for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
            set(name, &proxy);
        }
        for name in ["no_proxy", "NO_PROXY"] {
            set(name, "localhost,127.0.0.1,::1");
        }
    }
    Ok(env)
}

/// A path as an argument.
fn text(path: &Path) -> Result<String, String> {
    let text = path.to_str().ok_or_else(|| format!("`{}` is not UTF-8", path.display()))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
