//! Every flag of what is started, as it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use archway_core::coverage::Instant;
use archway_core::labs::{App, LabId, Mounted, ProbeKind, ProcessRecipe, Size};
use archway_core::owner::Owner;

use super::*;
use crate::process::machine::SystemPath;

fn spec(network: Network) -> LabSpec {
    let app = App {
        id: "sepp/jupyterlab:v1".parse().unwrap(),
        kind: AppKind::Jupyter,
        title: String::new(),
        description: String::new(),
        maintainer: String::new(),
        licence: String::new(),
        homepage: None,
        formats: Vec::new(),
        probe: ProbeKind::Jupyter,
        ready: "api".into(),
        open: "lab".into(),
        open_notebook: None,
        sizes: Vec::new(),
        process: Some(ProcessRecipe {
            requirements: String::new(),
            command: ["jupyter-lab", "--sock={socket}", "--base={base}", "--at={home}", "{data}"]
                .map(str::to_owned)
                .into(),
        }),
        docker: None,
        environment: BTreeMap::from([("OMP_NUM_THREADS".into(), "2".into())]),
        home: BTreeMap::new(),
    };
    LabSpec {
        id: LabId("0af3".into()),
        owner: Owner("ada".into()),
        app: Arc::new(app),
        size: Size { name: "S".into(), title: "Small".into(), cores: 1.0, memory_mib: 2048 },
        token: "SECRET".into(),
        base_path: "/".into(),
        space: "/data/spaces/ada".into(),
        volumes: vec![
            Mounted { name: "m31".into(), folder: "/data/volumes/v1".into(), writable: false },
            Mounted { name: "own".into(), folder: "/data/volumes/v2".into(), writable: true },
        ],
        placed: Vec::new(),
        network,
        deadline: Instant(0),
    }
}

fn machine(root: bool) -> Machine {
    Machine {
        bubblewrap: Ok(Bubblewrap {
            program: "/usr/bin/bwrap".into(),
            size: true,
            disable_userns: true,
        }),
        root,
        setsid: Some("/usr/bin/setsid".into()),
        setpriv: Some("/usr/bin/setpriv".into()),
        prlimit: Some("/usr/bin/prlimit".into()),
        open_files: 4096,
        system: vec![
            SystemPath::Kept("/usr".into()),
            SystemPath::Link("/bin".into(), "usr/bin".into()),
            SystemPath::Kept("/etc/ssl".into()),
        ],
        certificates: BTreeMap::from([("SSL_CERT_DIR".into(), "/etc/ssl/certs".into())]),
    }
}

fn places(uid: Option<u32>) -> Places {
    Places {
        run: "/data/labs/0af3/run".into(),
        net: "/data/labs/0af3/net".into(),
        made: "/data/labs/0af3/made".into(),
        environment: Environment {
            folder: "/data/environments/e".into(),
            base: vec!["/root/py/3.11/bin".into(), "/root/py/3.11/lib".into()],
            links: vec![("/root/py/3".into(), "/root/py/3.11".into())],
        },
        uid,
    }
}

/// One flag with what belongs to it in each line.
fn lines(argv: &[String]) -> String {
    let mut text = String::new();
    for argument in argv {
        let starts =
            argument.starts_with("--") || argument.starts_with('/') && text.ends_with("--");
        text.push_str(if text.is_empty() {
            ""
        } else if starts {
            "\n"
        } else {
            " "
        });
        text.push_str(argument);
    }
    text.replace(include_str!("../forward.py"), "FORWARD")
        .replace(include_str!("../unconfined.sh"), "UNCONFINED")
}

#[test]
fn of_a_gateway_that_is_root() {
    let plan = plan(&spec(Network::Audited), &machine(true), &places(Some(70_001))).unwrap();
    insta::assert_snapshot!(lines(&plan.argv));
    insta::assert_debug_snapshot!(plan.env);
    insta::assert_debug_snapshot!(plan.files);
}

#[test]
fn of_a_gateway_that_is_not_root() {
    let plan = plan(&spec(Network::None), &machine(false), &places(None)).unwrap();
    insta::assert_snapshot!(lines(&plan.argv));
}

#[test]
fn without_a_sandbox() {
    let machine = Machine { bubblewrap: Err("none".into()), ..machine(false) };
    let plan = plan(&spec(Network::None), &machine, &places(None)).unwrap();
    insta::assert_snapshot!(lines(&plan.argv));
    insta::assert_debug_snapshot!(plan.links);
    assert_eq!(plan.env["HOME"], "/data/spaces/ada");
}

#[test]
fn the_token_is_in_no_argument() {
    for root in [true, false] {
        let plan =
            plan(&spec(Network::Audited), &machine(root), &places(root.then_some(1))).unwrap();
        assert!(!plan.argv.iter().any(|argument| argument.contains("SECRET")));
        assert_eq!(plan.env["JUPYTER_TOKEN"], "SECRET");
    }
}

#[test]
fn a_volume_whose_name_leads_elsewhere_is_refused() {
    for name in ["", "..", ".", ".ssh", "a/b", "/etc"] {
        let mut spec = spec(Network::None);
        spec.volumes[0].name = name.into();
        assert!(plan(&spec, &machine(true), &places(Some(1))).is_err(), "{name}");
    }
}
