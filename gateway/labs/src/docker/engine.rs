//! The Docker Engine: the connection to it, and how its failures are worded.

use std::path::PathBuf;
use std::time::Duration;

use archway_core::labs::Failure;
use bollard::models::NetworkCreateRequest;
use bollard::query_parameters::InspectNetworkOptions;
use bollard::{API_DEFAULT_VERSION, Docker};
use tokio::sync::Mutex;

use crate::error::{failure, temporary};

/// Longest time of one call, pulling an image apart.
const CALL_WITHIN_S: u64 = 60;
/// How long a look at a lab may take before it is unknown.
pub(super) const LOOK_WITHIN: Duration = Duration::from_secs(10);

/// The engine behind a socket.
pub(super) struct Engine {
    socket: PathBuf,
    /// Made when it is first needed: the engine may start later than the gateway. It outlives
    /// restarts of the engine, as every call is a request of its own.
    docker: Mutex<Option<Docker>>,
}

impl Engine {
    pub(super) fn new(socket: PathBuf) -> Self {
        Self { socket, docker: Mutex::new(None) }
    }

    /// A client that speaks the engine's own version of the API.
    pub(super) async fn docker(&self) -> Result<Docker, Failure> {
        let mut kept = self.docker.lock().await;
        if let Some(docker) = kept.as_ref() {
            return Ok(docker.clone());
        }
        let socket = self.socket.display();
        let path = self.socket.to_string_lossy();
        let unreachable = |error: bollard::errors::Error| {
            temporary(format!("no Docker Engine answers at {socket}: {error}"))
        };
        let docker = Docker::connect_with_unix(&path, CALL_WITHIN_S, API_DEFAULT_VERSION);
        let docker = docker.map_err(unreachable)?.negotiate_version().await.map_err(unreachable)?;
        *kept = Some(docker.clone());
        Ok(docker)
    }

    /// Makes the network of a lab unless it is there. The engine would make a second one of the
    /// same name.
    pub(super) async fn make_network(
        &self,
        docker: &Docker,
        network: NetworkCreateRequest,
    ) -> Result<(), Failure> {
        match docker.inspect_network(&network.name, None::<InspectNetworkOptions>).await {
            Ok(_) => return Ok(()),
            Err(error) if is_status(&error, 404) => {}
            Err(error) => return Err(said(&error)),
        }
        docker.create_network(network).await.map(drop).map_err(|error| said(&error))
    }
}

/// Whether the engine answered with that status.
pub(super) fn is_status(error: &bollard::errors::Error, status: u16) -> bool {
    matches!(error, bollard::errors::Error::DockerResponseServerError { status_code, .. } if *status_code == status)
}

/// What the engine says as a failure of the backend: without an answer it may be better next time.
pub(super) fn said(error: &bollard::errors::Error) -> Failure {
    match error {
        bollard::errors::Error::DockerResponseServerError { status_code, message } => {
            let reason = format!("the Docker Engine says: {message}");
            // 409: something is just being done with it.
            if *status_code >= 500 || *status_code == 409 {
                temporary(reason)
            } else {
                failure(reason)
            }
        }
        other => temporary(format!("the Docker Engine does not answer: {other}")),
    }
}
