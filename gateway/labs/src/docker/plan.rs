//! From what a lab is to the container that runs it: pure, so that every option can be read in
//! a snapshot.
//!
//! Rules: no capability, no new privileges, a read-only root, an unprivileged user; a network of
//! its own without a way out; nothing outside of the gateway's data folder is mounted; the token
//! is in the environment.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use archway_core::labs::{AppKind, DockerRecipe, LabId, LabSpec, Network};
use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, HostConfig, HostConfigLogConfig, Mount,
    MountType, NetworkCreateRequest, RestartPolicy, RestartPolicyNameEnum,
};
use sha2::{Digest, Sha256};

use crate::inside::{DATA, HOME, MOST_PROCESSES, NET, PROXY_PORT, PROXY_SOCKET};

/// Label: which gateway's container it is.
pub(super) const GATEWAY: &str = "archway.gateway";
/// Label: which lab.
pub(super) const LAB: &str = "archway.lab";
/// Label: where its application listens.
pub(super) const PORT: &str = "archway.port";

/// Where things of one lab are on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// The gateway's data folder: nothing else is mounted.
    pub(super) data: PathBuf,
    /// The folder of the proxy's socket.
    pub(super) net: PathBuf,
    /// User and group of its owner on this machine.
    pub(super) user: u32,
}

/// What tells one gateway's labs from another's on the same engine.
pub(super) fn gateway_of(data: &Path) -> String {
    let digest = Sha256::digest(data.as_os_str().as_encoded_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Name of the container and of the network of a lab.
pub(super) fn name_of(id: &LabId) -> String {
    format!("archway-{id}")
}

fn labels(id: &LabId, gateway: &str) -> HashMap<String, String> {
    [(GATEWAY, gateway), (LAB, &id.0)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// A bridge that leads nowhere, with nobody else on it.
pub(super) fn network(id: &LabId, gateway: &str) -> NetworkCreateRequest {
    let options = [("com.docker.network.bridge.enable_icc".to_owned(), "false".to_owned())];
    NetworkCreateRequest {
        name: name_of(id),
        driver: Some("bridge".to_owned()),
        internal: Some(true),
        options: Some(options.into()),
        labels: Some(labels(id, gateway)),
        ..Default::default()
    }
}

/// The container. Fails, in words, for a specification that cannot be followed.
pub(super) fn container(
    spec: &LabSpec,
    recipe: &DockerRecipe,
    image: &str,
    places: &Places,
    gateway: &str,
) -> Result<ContainerCreateBody, String> {
    let mut mounts = vec![bind(&spec.space, HOME, Writable::Yes, places)?];
    for volume in &spec.volumes {
        let name = volume.name.as_str();
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0']) {
            return Err(format!("`{name}` cannot be the name of a folder in a lab"));
        }
        let writable = if volume.writable { Writable::Yes } else { Writable::No };
        mounts.push(bind(&volume.folder, &format!("{DATA}/{name}"), writable, places)?);
    }
    let audited = spec.network == Network::Audited;
    if audited {
        mounts.push(bind(&places.net, NET, Writable::No, places)?);
    }
    let fill = |argument: &String| {
        let filled = argument.replace("{port}", &recipe.port.to_string());
        let filled = filled.replace("{base}", &spec.base_path);
        filled.replace("{home}", HOME).replace("{data}", DATA)
    };
    let mut command: Vec<String> = Vec::new();
    if audited {
        command.extend(
            ["python3", "-I", "-c", include_str!("../process/forward.py")].map(str::to_owned),
        );
        command.extend([PROXY_PORT.to_string(), format!("{NET}/{PROXY_SOCKET}")]);
    }
    command.extend(recipe.command.iter().map(fill));
    let memory =
        i64::try_from(spec.size.memory_mib.saturating_mul(1024 * 1024)).unwrap_or(i64::MAX);
    let user = places.user;
    let half = memory / 2;
    let mut labels = labels(&spec.id, gateway);
    labels.insert(PORT.to_owned(), recipe.port.to_string());
    let log = [("max-size", "1m"), ("max-file", "2")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let host = HostConfig {
        memory: Some(memory),
        // The same number: no swap on top of it.
        memory_swap: Some(memory),
        nano_cpus: Some((spec.size.cores * 1e9) as i64),
        pids_limit: Some(MOST_PROCESSES.into()),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        readonly_rootfs: Some(true),
        tmpfs: Some(
            [(
                "/tmp".to_owned(),
                format!("rw,nosuid,nodev,size={half},mode=1777,uid={user},gid={user}"),
            )]
            .into(),
        ),
        mounts: Some(mounts),
        network_mode: Some(name_of(&spec.id)),
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".to_owned()),
            config: Some(log.into()),
        }),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        ipc_mode: Some("private".to_owned()),
        ..Default::default()
    };
    Ok(ContainerCreateBody {
        image: Some(image.to_owned()),
        hostname: Some("lab".to_owned()),
        user: Some(format!("{user}:{user}")),
        cmd: Some(command),
        env: Some(environment(spec)),
        working_dir: Some(HOME.to_owned()),
        labels: Some(labels),
        host_config: Some(host),
        ..Default::default()
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writable {
    Yes,
    No,
}

fn bind(source: &Path, target: &str, writable: Writable, places: &Places) -> Result<Mount, String> {
    let plain = source.components().all(|part| !matches!(part, std::path::Component::ParentDir));
    if !plain || !source.starts_with(&places.data) || source == places.data {
        return Err(format!("`{}` is not in the gateway's data folder", source.display()));
    }
    let text = source.to_str().ok_or_else(|| format!("`{}` is not UTF-8", source.display()))?;
    Ok(Mount {
        typ: Some(MountType::BIND),
        source: Some(text.to_owned()),
        target: Some(target.to_owned()),
        read_only: Some(writable == Writable::No),
        ..Default::default()
    })
}

fn environment(spec: &LabSpec) -> Vec<String> {
    let mut all: Vec<(&str, &str)> = vec![
        ("HOME", HOME),
        ("USER", "lab"),
        ("LOGNAME", "lab"),
        ("SHELL", "/bin/bash"),
        ("TERM", "xterm-256color"),
        ("ARCHWAY_DATA", DATA),
        ("ARCHWAY_LAB", &spec.id.0),
    ];
    if spec.app.kind == AppKind::Jupyter {
        // Another lab of the same owner has the same home.
        all.extend([
            ("JUPYTER_TOKEN", spec.token.as_str()),
            ("JUPYTER_RUNTIME_DIR", "/tmp/jupyter"),
        ]);
    }
    let proxy = format!("http://127.0.0.1:{PROXY_PORT}");
    if spec.network == Network::Audited {
        all.extend(
            ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]
                .map(|name| (name, proxy.as_str())),
        );
        all.extend(["no_proxy", "NO_PROXY"].map(|name| (name, "localhost,127.0.0.1,::1")));
    }
    let own = spec.app.environment.iter().map(|(name, value)| format!("{name}={value}"));
    own.chain(all.into_iter().map(|(name, value)| format!("{name}={value}"))).collect()
}

/// The folder of the proxy's socket of a container that has one, on this machine.
pub(super) fn proxy_folder(found: &ContainerInspectResponse) -> Option<PathBuf> {
    let mounts = found.host_config.as_ref()?.mounts.as_ref()?;
    let net = mounts.iter().find(|mount| mount.target.as_deref() == Some(NET))?;
    net.source.as_ref().map(PathBuf::from)
}

#[cfg(test)]
mod tests;
