//! The container as the engine is asked to make it.

use std::collections::BTreeMap;
use std::sync::Arc;

use archway_core::coverage::Instant;
use archway_core::labs::{App, Mounted, ProbeKind, Size};
use archway_core::owner::Owner;

use super::*;

fn spec() -> LabSpec {
    let recipe = DockerRecipe {
        image: "archway/jupyterlab:v1".into(),
        recipe: None,
        command: ["jupyter-lab", "--port={port}", "--base={base}", "{home}", "{data}"]
            .map(str::to_owned)
            .into(),
        port: 8888,
    };
    let size = Size { name: "S".into(), title: "Small".into(), cores: 1.5, memory_mib: 2048 };
    let app = App {
        id: "sepp/jupyterlab:v1".parse().unwrap(),
        kind: AppKind::Jupyter,
        title: "JupyterLab".into(),
        description: String::new(),
        maintainer: String::new(),
        licence: String::new(),
        homepage: None,
        formats: Vec::new(),
        probe: ProbeKind::Jupyter,
        ready: "api".into(),
        open: "lab".into(),
        open_notebook: None,
        sizes: vec![size.clone()],
        process: None,
        docker: Some(recipe),
        environment: BTreeMap::from([("OMP_NUM_THREADS".into(), "2".into())]),
        home: BTreeMap::new(),
    };
    LabSpec {
        id: LabId("0a1b".into()),
        owner: Owner("ada".into()),
        app: Arc::new(app),
        size,
        token: "secret".into(),
        base_path: "/".into(),
        space: "/var/archway/spaces/ada".into(),
        volumes: vec![
            Mounted {
                name: "maps".into(),
                folder: "/var/archway/volumes/v1".into(),
                writable: false,
            },
            Mounted {
                name: "out".into(),
                folder: "/var/archway/volumes/v2".into(),
                writable: true,
            },
        ],
        placed: Vec::new(),
        network: Network::None,
        deadline: Instant(0),
    }
}

fn places() -> Places {
    Places { data: "/var/archway".into(), net: "/var/archway/labs/0a1b/net".into(), user: 70_000 }
}

fn plan(spec: &LabSpec) -> Result<ContainerCreateBody, String> {
    container(spec, spec.app.docker.as_ref().unwrap(), "sha256:1234", &places(), "9f")
}

/// The request with its maps in the order of their keys.
fn shown(body: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(&serde_json::to_value(body).unwrap()).unwrap()
}

#[test]
fn a_lab_is_a_container_without_rights() {
    insta::assert_snapshot!("container", shown(&plan(&spec()).unwrap()));
    insta::assert_snapshot!("network", shown(&network(&spec().id, "9f")));
}

#[test]
fn an_audited_way_out_is_a_socket_and_a_forwarder() {
    let body = plan(&LabSpec { network: Network::Audited, ..spec() }).unwrap();
    let command = body.cmd.unwrap();
    assert_eq!(command[..3], ["python3", "-I", "-c"].map(str::to_owned));
    assert_eq!(command[4..7], ["3128", "/run/net/proxy.sock", "jupyter-lab"].map(str::to_owned));
    assert!(body.env.unwrap().contains(&"https_proxy=http://127.0.0.1:3128".to_owned()));
    let mounts = body.host_config.unwrap().mounts.unwrap();
    let net = mounts.iter().find(|mount| mount.target.as_deref() == Some("/run/net")).unwrap();
    assert_eq!(net.read_only, Some(true));
}

#[test]
fn nothing_outside_of_the_data_folder_is_mounted() {
    for folder in
        ["/etc", "/var/archway", "/var/archway/../../etc", "/var/archway-other/x", "relative"]
    {
        let volumes = vec![Mounted { name: "x".into(), folder: folder.into(), writable: false }];
        assert!(plan(&LabSpec { volumes, ..spec() }).is_err(), "case: {folder}");
        assert!(plan(&LabSpec { space: folder.into(), ..spec() }).is_err(), "case: {folder}");
    }
    for name in ["", ".", "..", "a/b", ".hidden"] {
        let folder = "/var/archway/volumes/v1".into();
        let volumes = vec![Mounted { name: name.into(), folder, writable: false }];
        assert!(plan(&LabSpec { volumes, ..spec() }).is_err(), "case: {name}");
    }
}

#[test]
fn two_gateways_on_one_engine_are_told_apart() {
    assert_eq!(gateway_of(Path::new("/var/archway")), gateway_of(Path::new("/var/archway")));
    assert_ne!(gateway_of(Path::new("/var/archway")), gateway_of(Path::new("/srv/archway")));
}
