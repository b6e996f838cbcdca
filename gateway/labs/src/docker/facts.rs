//! What holds of labs on an engine, and what does not, in words.

use archway_core::labs::{BackendReport, Fact};

use super::engine::{Engine, said};

pub(super) async fn report(engine: &Engine) -> BackendReport {
    let nothing = |words: String| BackendReport {
        unusable: Some(words),
        facts: Vec::new(),
        several_users: false,
        cores: None,
        memory_mib: None,
    };
    let docker = match engine.docker().await {
        Ok(docker) => docker,
        Err(failure) => return nothing(failure.reason),
    };
    let info = match docker.info().await {
        Ok(info) => info,
        Err(error) => return nothing(said(&error).reason),
    };
    let security = info.security_options.unwrap_or_default();
    let has = |name: &str| security.iter().any(|option| option.contains(name));
    let fact = |what: &str, holds: bool, why: &str| Fact {
        what: what.to_owned(),
        holds,
        why: (!holds).then(|| why.to_owned()),
    };
    let limited = "the kernel or the engine does without this control group";
    BackendReport {
        unusable: None,
        facts: vec![
            fact("a lab sees only its own processes, its volumes and its owner's space", true, ""),
            fact("a lab reaches no network but through the gateway's audited proxy", true, ""),
            fact(
                "a lab reaches no service of the machine that listens on all addresses",
                false,
                "Docker's bridge leads to the machine itself: let its services listen on 127.0.0.1, or filter what comes from the bridges",
            ),
            fact("memory is limited", info.memory_limit == Some(true), limited),
            fact("CPU time is limited", info.cpu_cfs_quota == Some(true), limited),
            fact("the number of processes is limited", info.pids_limit == Some(true), limited),
            fact(
                "system calls are filtered",
                has("seccomp") && !has("unconfined"),
                "the engine runs without seccomp",
            ),
            fact(
                "whoever breaks out of a lab is nobody on the machine",
                has("rootless") || has("userns"),
                "the engine is root and maps no users; rootless mode or userns-remap changes that",
            ),
            fact(
                "labs live on while the engine is restarted",
                info.live_restore_enabled == Some(true),
                "set \"live-restore\": true in the engine's daemon.json",
            ),
        ],
        several_users: true,
        cores: info.ncpu.map(|cores| cores as f64),
        memory_mib: info.mem_total.and_then(|bytes| u64::try_from(bytes / (1024 * 1024)).ok()),
    }
}
