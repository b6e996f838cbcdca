//! What the engine says of a container, as the core wants to hear it.

use std::net::{IpAddr, SocketAddr};

use archway_core::labs::{Cause, Endpoint, Observation, Started};
use bollard::models::{
    ContainerInspectResponse, ContainerState, ContainerStateStatusEnum as Status,
};

use super::plan::PORT;

/// What became of the lab in that container; `port` is where its application listens.
pub(super) fn look(found: &ContainerInspectResponse, port: u16) -> Observation {
    let Some(state) = &found.state else {
        return Observation::Unknown("the Docker Engine tells no state".to_owned());
    };
    match state.status {
        Some(Status::RUNNING | Status::PAUSED) => match address(found) {
            Some(ip) => Observation::Running(Started {
                handle: found.id.clone().unwrap_or_default(),
                endpoint: Endpoint::Tcp(SocketAddr::new(ip, port)),
            }),
            None => Observation::Unknown("the container has no address yet".to_owned()),
        },
        // It was made and never started: whoever made it was killed in between.
        Some(Status::CREATED) => Observation::Absent,
        Some(Status::EXITED | Status::DEAD) => Observation::Stopped(cause(state)),
        Some(Status::RESTARTING | Status::REMOVING | Status::STOPPING | Status::EMPTY) | None => {
            let words = state.status.map_or_else(String::new, |status| status.to_string());
            Observation::Unknown(format!("the container is `{words}`"))
        }
    }
}

fn cause(state: &ContainerState) -> Cause {
    let code = state.exit_code.and_then(|code| i32::try_from(code).ok()).unwrap_or(-1);
    match code {
        _ if state.oom_killed == Some(true) => Cause::OutOfMemory,
        // A shell's way to say that a signal ended it.
        129..=192 => Cause::Signalled(code - 128),
        _ => Cause::Exited(code),
    }
}

fn address(found: &ContainerInspectResponse) -> Option<IpAddr> {
    let networks = found.network_settings.as_ref()?.networks.as_ref()?;
    networks.values().find_map(|network| network.ip_address.as_ref()?.parse().ok())
}

/// Where the application listens, as it was labelled when the container was made.
pub(super) fn port_of(found: &ContainerInspectResponse) -> u16 {
    let labels = found.config.as_ref().and_then(|config| config.labels.as_ref());
    labels.and_then(|labels| labels.get(PORT)?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use bollard::models::{EndpointSettings, NetworkSettings};

    use super::*;

    fn container(state: ContainerState, ip: &str) -> ContainerInspectResponse {
        let endpoint = EndpointSettings { ip_address: Some(ip.to_owned()), ..Default::default() };
        let networks = HashMap::from([("archway-x".to_owned(), endpoint)]);
        ContainerInspectResponse {
            id: Some("c0ffee".to_owned()),
            state: Some(state),
            network_settings: Some(NetworkSettings {
                networks: Some(networks),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    #[test]
    fn every_state_of_a_container_is_one_of_the_cores() {
        let state = |status, exit_code, oom_killed| ContainerState {
            status: Some(status),
            exit_code: Some(exit_code),
            oom_killed: Some(oom_killed),
            ..Default::default()
        };
        let stopped = |cause| Observation::Stopped(cause);
        let cases = [
            (state(Status::CREATED, 0, false), Observation::Absent),
            (state(Status::EXITED, 0, false), stopped(Cause::Exited(0))),
            (state(Status::EXITED, 1, false), stopped(Cause::Exited(1))),
            (state(Status::EXITED, 143, false), stopped(Cause::Signalled(15))),
            (state(Status::EXITED, 137, true), stopped(Cause::OutOfMemory)),
            (state(Status::DEAD, 137, false), stopped(Cause::Signalled(9))),
        ];
        for (state, expected) in cases {
            assert_eq!(look(&container(state.clone(), "172.18.0.2"), 8888), expected, "{state:?}");
        }
        let running = state(Status::RUNNING, 0, false);
        let endpoint = Endpoint::Tcp("172.18.0.2:8888".parse().unwrap());
        let expected = Observation::Running(Started { handle: "c0ffee".to_owned(), endpoint });
        assert_eq!(look(&container(running.clone(), "172.18.0.2"), 8888), expected);
        assert!(matches!(look(&container(running, ""), 8888), Observation::Unknown(_)));
        for status in [Status::REMOVING, Status::RESTARTING] {
            let unknown = look(&container(state(status, 0, false), ""), 8888);
            assert!(matches!(unknown, Observation::Unknown(_)), "{status:?}");
        }
    }
}
