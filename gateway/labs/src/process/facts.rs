//! What holds of labs on this machine, and what does not, in words.

use archway_core::labs::{App, BackendReport, Fact, Size};

use super::machine::capacity;
use super::{Found, ProcessConfig};

pub(super) fn report(found: &Found, config: &ProcessConfig) -> BackendReport {
    let (cores, memory_mib) = capacity();
    let confined = found.machine.bubblewrap.is_ok();
    BackendReport {
        unusable: unusable(found, config),
        facts: facts(found, config),
        several_users: confined,
        cores,
        memory_mib,
    }
}

fn unusable(found: &Found, config: &ProcessConfig) -> Option<String> {
    if let Err(why) = &found.python {
        return Some(format!("labs need a Python: {why}"));
    }
    match &found.machine.bubblewrap {
        Err(why) if !config.allow_unconfined => Some(format!(
            "labs cannot be kept apart from this machine: {why}; install bubblewrap, or set \
             `allow_unconfined = true` on a machine that only one person uses"
        )),
        _ => None,
    }
}

fn facts(found: &Found, config: &ProcessConfig) -> Vec<Fact> {
    let machine = &found.machine;
    let confined = machine.bubblewrap.as_ref().err();
    let why_unconfined = confined.map(|why| {
        format!("{why}: programs in a lab may do all that the gateway may; install bubblewrap")
    });
    let is =
        |what: &str, why: Option<String>| Fact { what: what.to_owned(), holds: why.is_none(), why };
    let [memory, cpu, processes] =
        found.groups.as_ref().map_or([false; 3], |groups| groups.limited());
    let groups = |limited: bool, word: &str| {
        let reason = found.groups.as_ref().err().cloned();
        let reason = reason.unwrap_or_else(|| format!("there is no control group for {word}"));
        (!limited).then_some(reason)
    };
    let by_prlimit = machine.prlimit.is_some() && confined.is_none();
    let no_prlimit = || "there is no `prlimit` (of util-linux)".to_owned();
    let user = match (&why_unconfined, machine.root) {
        (Some(why), _) => Some(why.clone()),
        (None, true) => None,
        (None, false) => Some(
            "the gateway is not root, so that labs share its user and are kept apart by \
             namespaces alone; start it as root, or use Docker"
                .to_owned(),
        ),
    };
    let nested = (machine.root
        || machine.bubblewrap.as_ref().is_ok_and(|bubblewrap| !bubblewrap.disable_userns))
    .then(|| {
        if machine.root {
            "bubblewrap can forbid it only to a gateway that is not root; `sysctl \
             user.max_user_namespaces` can for the whole machine"
        } else {
            "bubblewrap is older than 0.8"
        }
        .to_owned()
    });
    vec![
        is(
            "a lab sees only its own processes, its volumes and its owner's space",
            why_unconfined.clone(),
        ),
        is(
            "a lab reaches no network but through the gateway's audited proxy",
            why_unconfined.clone(),
        ),
        is("labs of different owners are different users of the system", user),
        is("a lab cannot make namespaces of its own", why_unconfined.clone().or(nested)),
        is("memory is limited", groups(memory, "memory")),
        is("CPU time is limited", groups(cpu, "CPU time")),
        is("the number of processes is limited", groups(processes || by_prlimit, "processes")),
        is("the number of open files is limited", machine.prlimit.is_none().then(no_prlimit)),
        is(
            "what a lab writes into its owner's space is limited while it runs",
            Some(
                "it is counted, and a new lab is refused beyond the quota; a file system with \
                  project quotas could limit it"
                    .to_owned(),
            ),
        ),
        is(
            "labs outlive a restart of the gateway",
            machine.setsid.is_none().then(|| {
                "there is no `setsid` (of util-linux): closing the gateway's terminal ends them"
                    .to_owned()
            }),
        ),
        is(
            "labs can reach public hosts where the operator allows it",
            config.dial.is_none().then(|| "the operator does not allow it".to_owned()),
        ),
    ]
}

/// Why it cannot run that application in that size, if it cannot.
pub(super) fn unsuited(app: &App, size: &Size) -> Option<String> {
    if app.process.is_none() {
        return Some(format!("`{}` runs in containers only", app.id));
    }
    let (cores, memory_mib) = capacity();
    if let Some(has) = cores.filter(|has| size.cores > *has) {
        return Some(format!(
            "size {} has {} cores and this machine has {has}",
            size.name, size.cores
        ));
    }
    let has = memory_mib.filter(|has| size.memory_mib > *has)?;
    Some(format!(
        "size {} has {} MiB of memory and this machine has {has} MiB",
        size.name, size.memory_mib
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Python;
    use crate::process::machine::{Bubblewrap, Machine};

    fn found(bubblewrap: Result<Bubblewrap, String>) -> Found {
        let machine = Machine {
            bubblewrap,
            root: false,
            setsid: None,
            setpriv: None,
            prlimit: None,
            open_files: 1024,
            system: Vec::new(),
            certificates: Default::default(),
        };
        let python: Python = serde_json::from_str(
            r#"{"executable": "/p", "base": "/", "version": "cpython 3.11", "minor": [3, 11]}"#,
        )
        .unwrap();
        Found { machine, python: Ok(python), groups: Err("no control groups".into()) }
    }

    #[test]
    fn without_a_sandbox_labs_run_for_one_user_and_only_if_the_operator_says_so() {
        let mut config = ProcessConfig::new("/data".into());
        let without = found(Err("`bwrap` is not installed".into()));
        let refused = report(&without, &config);
        assert!(refused.unusable.unwrap().contains("allow_unconfined"));
        assert!(!refused.several_users);
        config.allow_unconfined = true;
        let allowed = report(&without, &config);
        assert_eq!(allowed.unusable, None);
        assert!(!allowed.several_users);
        let bubblewrap = Bubblewrap { program: "/b".into(), size: true, disable_userns: true };
        let with = report(&found(Ok(bubblewrap)), &config);
        assert!(with.several_users);
        let holds = |report: &BackendReport| report.facts.iter().filter(|fact| fact.holds).count();
        assert!(holds(&allowed) < holds(&with));
        for fact in allowed.facts.iter().chain(&with.facts) {
            assert_eq!(fact.holds, fact.why.is_none(), "what would make it so: {fact:?}");
        }
    }
}
