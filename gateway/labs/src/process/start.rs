//! Starts a lab, or finds it running.
//!
//! Rules: what is needed to find the lab again is written before anything is started; the
//! wrapper takes the lock over, so that a second start waits for the first one's lab.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use archway_core::labs::{Endpoint, Failure, LabSpec, Network, Started};
use tokio::process::{Child, Command};

use super::alive::{Process, boot};
use super::environment;
use super::look::Look;
use super::plan::{Places, Plan, plan};
use super::record::{Folder, LOG_BYTES, Record};
use super::{Found, ProcessBackend, ProcessConfig};
use crate::error::{cannot, failure, temporary};
use crate::{owners, space};

/// How long bubblewrap may take until it says which process it made.
const BEGINS_WITHIN: Duration = Duration::from_secs(20);

impl ProcessBackend {
    pub(super) async fn start_in_turn(&self, spec: &LabSpec) -> Result<Started, Failure> {
        let found = self.found().await;
        let folder = self.folder(&spec.id)?;
        refuse(found, &self.config, spec)?;
        let since = Instant::now();
        let lock = loop {
            match self.look(&folder).await? {
                Look::Running(process) => {
                    self.serve_egress(&spec.id, &folder)?;
                    return Ok(started(&folder, process));
                }
                Look::Ended(_) => return Err(with_log(&folder, "the lab has ended already")),
                Look::Absent => {
                    folder.make().map_err(|error| cannot("make", folder.path(), error))?;
                    let lock = folder.lock();
                    let lock = lock.map_err(|error| cannot("lock", folder.path(), error))?;
                    if let Some(lock) = lock {
                        break lock;
                    }
                }
                Look::Starting => {}
            }
            if since.elapsed() > BEGINS_WITHIN {
                return Err(temporary("the lab is being started by another gateway"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };

        let making = tokio::task::spawn_blocking({
            let (found, config, folder) = (found.clone(), self.config.clone(), folder.clone());
            let spec = spec.clone();
            move || made(&found, &config, &folder, &spec)
        });
        let made = making.await.map_err(|error| failure(error.to_string()))??;
        self.serve_egress(&spec.id, &folder)?;
        let child = spawn(found, &folder, &made, lock)?;
        let process = begun(&folder, child).await?;
        let record = Record { process: Some(process), ..made.record };
        folder.save(&record).map_err(|error| cannot("write into", folder.path(), error))?;
        Ok(started(&folder, process))
    }
}

/// A lab that runs.
pub(super) fn started(folder: &Folder, process: Process) -> Started {
    Started {
        handle: format!("{}@{}", process.pid, process.start),
        endpoint: Endpoint::Unix(folder.socket()),
    }
}

/// What cannot be started here at all.
fn refuse(found: &Found, config: &ProcessConfig, spec: &LabSpec) -> Result<(), Failure> {
    if let Err(why) = &found.machine.bubblewrap {
        if !config.allow_unconfined {
            return Err(failure(format!("labs cannot be kept apart from this machine: {why}")));
        }
        tracing::warn!(lab = %spec.id, "a lab starts without any isolation: {why}");
    }
    if spec.network == Network::Audited && config.dial.is_none() {
        return Err(failure("labs of this gateway have no network"));
    }
    // Of what the kernel takes as the address of a socket, with room for the name of the proxy's.
    let path = Folder::of(&config.data.join("labs"), &spec.id).map(|folder| folder.socket());
    let length = path.map_or(0, |path| path.as_os_str().len());
    if length > 100 {
        return Err(failure(format!(
            "the path of the lab's socket has {length} bytes and may have 100: the data folder \
             has to be nearer to the root"
        )));
    }
    Ok(())
}

struct Made {
    plan: Plan,
    record: Record,
}

/// Makes all that is there before the lab is started.
fn made(
    found: &Found,
    config: &ProcessConfig,
    folder: &Folder,
    spec: &LabSpec,
) -> Result<Made, Failure> {
    let python = found.python.as_ref().map_err(failure)?;
    let recipe = spec.app.process.as_ref();
    let recipe =
        recipe.ok_or_else(|| failure(format!("`{}` has no recipe for processes", spec.app.id)))?;
    let at = environment::folder(&config.data.join("environments"), recipe, python);
    let environment = environment::ready(&at).map_err(|error| cannot("read", &at, error))?;
    let environment =
        environment.ok_or_else(|| temporary("its Python environment is not made yet"))?;

    let labs = config.data.join("labs");
    let confined = found.machine.bubblewrap.is_ok();
    let uid = (found.machine.root && confined)
        .then(|| owners::uid(&labs, &spec.owner, config.first_uid))
        .transpose()
        .map_err(|error| cannot("give the owner a user of the system in", &labs, error))?;
    let places =
        Places { run: folder.run(), net: folder.net(), made: folder.made(), environment, uid };
    let plan = plan(spec, &found.machine, &places).map_err(failure)?;

    let at = folder.path();
    space::make_ready(spec, uid)?;
    space::give(&folder.run(), uid).map_err(|error| cannot("make", &folder.run(), error))?;
    write(folder, &plan).map_err(|error| cannot("write into", at, error))?;

    let groups = match &found.groups {
        Ok(groups) => groups
            .make(&spec.id, &spec.size)
            .map_err(|error| failure(format!("the lab's limits cannot be set: {error}")))?,
        Err(_) => Vec::new(),
    };
    let record = Record {
        owner: spec.owner.0.clone(),
        app: spec.app.id.to_string(),
        boot: boot().map_err(|error| failure(format!("the boot cannot be told: {error}")))?,
        confined,
        audited: spec.network == Network::Audited,
        groups,
        process: None,
        asked: false,
        end: None,
    };
    folder.save(&record).map_err(|error| cannot("write into", at, error))?;
    Ok(Made { plan, record })
}

/// The files and links of the plan, and nothing of a start that came to nothing.
fn write(folder: &Folder, plan: &Plan) -> io::Result<()> {
    match fs::remove_file(folder.path().join("status")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // The lab is another user, and sees these through mounts.
    for open in [folder.made(), folder.made().join("data"), folder.net()] {
        fs::DirBuilder::new().recursive(true).mode(0o755).create(&open)?;
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755))?;
    }
    for (path, text) in &plan.files {
        fs::write(path, text)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    }
    for (path, target) in &plan.links {
        match symlink(target, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn spawn(found: &Found, folder: &Folder, made: &Made, lock: File) -> Result<Child, Failure> {
    let shell = Path::new("/bin/sh");
    let mut command = match &found.machine.setsid {
        Some(setsid) => {
            let mut command = Command::new(setsid);
            command.arg(shell);
            command
        }
        None => Command::new(shell),
    };
    command.args(["-c", include_str!("wrapper.sh"), "archway-lab"]).arg(folder.path());
    command.arg(LOG_BYTES.to_string());
    let procs = |group: &PathBuf| group.join("cgroup.procs");
    command.args(made.record.groups.iter().map(procs)).arg("--").args(&made.plan.argv);
    command.env_clear().envs(&made.plan.env);
    command.stdin(Stdio::from(lock)).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map_err(|error| failure(format!("the lab cannot be started: {error}")))
}

/// Waits until bubblewrap has said which process it made.
async fn begun(folder: &Folder, mut wrapper: Child) -> Result<Process, Failure> {
    let since = Instant::now();
    loop {
        let ended = wrapper.try_wait().ok().flatten().is_some();
        let status = folder.status().map_err(|error| cannot("read", folder.path(), error))?;
        if let Some(pid) = status.child {
            // It is the wrapper's own child: while the wrapper runs the number is its.
            return match Process::now(pid) {
                Some(process) if status.exit.is_none() => Ok(process),
                _ => Err(with_log(folder, "the lab ended as soon as it was started")),
            };
        }
        if ended {
            return Err(with_log(folder, "the lab could not be started"));
        }
        if since.elapsed() > BEGINS_WITHIN {
            return Err(with_log(folder, "the lab did not start in 20 seconds"));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn with_log(folder: &Folder, reason: &str) -> Failure {
    Failure { log: folder.log(8192).unwrap_or_default(), ..failure(reason) }
}
