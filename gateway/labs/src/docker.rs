//! Labs as containers of a Docker Engine.
//!
//! Called by the core through [`LabBackend`]. Calls the engine over its socket.
//!
//! Rules: a container's labels say what it is, so that a gateway that forgot everything finds its
//! labs again; another gateway on the same engine is left alone. An engine that does not answer
//! makes every lab *unknown*. Images are pinned by their id; nothing is pulled but by digest from
//! an allowed registry. No port is published: the gateway dials the container's own address.
//!
//! Not here: what a container is made of (`docker/plan.rs`), whether its application answers
//! (`application.rs`).

mod engine;
mod facts;
mod image;
mod look;
mod plan;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use archway_core::labs::{
    App, BackendReport, Failure, LabBackend, LabId, LabSpec, Network, Observation, Progress, Size,
    Started,
};
use archway_core::owner::Owner;
use async_trait::async_trait;
use bollard::Docker;
use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder,
    LogsOptionsBuilder, RemoveContainerOptionsBuilder, StartContainerOptions,
    StopContainerOptionsBuilder,
};
use futures_util::TryStreamExt as _;

use crate::egress::{Dial, Egress, EgressRules};
use crate::error::{cannot, failure, temporary};
use crate::inside::PROXY_SOCKET;
use crate::owners;
use crate::space;
use engine::{Engine, is_status, said};
use look::{look, port_of};
use plan::{GATEWAY, LAB, Places};

/// How the Docker backend is configured.
#[derive(Clone)]
pub struct DockerConfig {
    /// The engine's socket. Who can write to it is root on its machine.
    pub socket: PathBuf,
    /// Registries that images by digest may come from, as in "registry.example.org".
    pub registries: Vec<String>,
    /// The data folder, absolute. Nothing outside of it is mounted in a lab, and it tells this
    /// gateway's labs from another's.
    pub data: PathBuf,
    /// The first user of the system that is given to owners, where the gateway is root; shared
    /// with the process backend, so that an owner's space is theirs on both.
    pub first_uid: u32,
    /// How long an application may take to end by itself when asked to.
    pub grace: Duration,
    /// How labs with [`Network::Audited`] reach public hosts; without it they cannot be started.
    pub dial: Option<Arc<dyn Dial>>,
    /// What they may reach.
    pub egress: EgressRules,
}

impl DockerConfig {
    /// With that socket and data folder, and the rest as it is by default.
    pub fn new(socket: PathBuf, data: PathBuf) -> Self {
        Self {
            socket,
            registries: Vec::new(),
            data,
            first_uid: owners::FIRST_UID,
            grace: Duration::from_secs(5),
            dial: None,
            egress: EgressRules::default(),
        }
    }
}

/// The backend.
pub struct DockerBackend {
    config: DockerConfig,
    engine: Engine,
    /// What tells this gateway's labs from another's.
    gateway: String,
    egress: Option<Egress>,
}

impl DockerBackend {
    /// With this configuration. Nothing is asked of the engine before it is needed.
    pub fn new(config: DockerConfig) -> Self {
        let egress = config.dial.clone().map(|dial| Egress::new(dial, config.egress.clone()));
        let engine = Engine::new(config.socket.clone());
        let gateway = plan::gateway_of(&config.data);
        Self { config, engine, gateway, egress }
    }

    /// The container of a lab; `None` where the engine is sure that there is none, or that it is
    /// somebody else's.
    async fn container(
        &self,
        docker: &Docker,
        id: &LabId,
    ) -> Result<Option<ContainerInspectResponse>, bollard::errors::Error> {
        let name = plan::name_of(id);
        let found = match docker.inspect_container(&name, None::<InspectContainerOptions>).await {
            Err(error) if is_status(&error, 404) => return Ok(None),
            other => other?,
        };
        let labels = found.config.as_ref().and_then(|config| config.labels.as_ref());
        let ours = labels.and_then(|labels| labels.get(GATEWAY)) == Some(&self.gateway);
        Ok(ours.then_some(found))
    }

    /// The owner's user of the system, where the gateway is root.
    fn uid(&self, owner: &Owner) -> Result<Option<u32>, Failure> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let labs = self.config.data.join("labs");
        fs::create_dir_all(&labs).map_err(|error| cannot("make", &labs, error))?;
        let uid = owners::uid(&labs, owner, self.config.first_uid);
        uid.map(Some).map_err(|error| cannot("give a user to the owner in", &labs, error))
    }

    /// Serves the way out of a lab that is to have one, in its folder.
    fn serve_egress(&self, spec: &LabSpec, net: &Path) -> Result<(), Failure> {
        if spec.network != Network::Audited {
            return Ok(());
        }
        let egress = self.egress.as_ref();
        let egress = egress.ok_or_else(|| failure("this gateway gives labs no way out"))?;
        fs::create_dir_all(net).map_err(|error| cannot("make", net, error))?;
        egress.serve(&spec.id, &net.join(PROXY_SOCKET))
    }

    fn log_file(&self, id: &LabId) -> PathBuf {
        self.config.data.join("labs").join(&id.0).join("container.log")
    }

    async fn read_log(
        &self,
        docker: &Docker,
        id: &LabId,
        most_bytes: usize,
    ) -> Result<String, Failure> {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail("1000").build();
        let name = plan::name_of(id);
        let mut lines = Box::pin(docker.logs(&name, Some(options)));
        let mut log = Vec::new();
        while let Some(line) = lines.try_next().await.map_err(|error| said(&error))? {
            log.extend_from_slice(&line.into_bytes());
            if log.len() > 2 * most_bytes {
                log.drain(..log.len() - most_bytes);
            }
        }
        let from = log.len().saturating_sub(most_bytes);
        Ok(String::from_utf8_lossy(log.get(from..).unwrap_or_default()).into_owned())
    }

    /// Starts a container that was made, and waits for nothing but its address.
    async fn run(&self, docker: &Docker, id: &LabId, port: u16) -> Result<Started, Failure> {
        let name = plan::name_of(id);
        let running = docker.start_container(&name, None::<StartContainerOptions>).await;
        running.map_err(|error| said(&error))?;
        let found = self.container(docker, id).await.map_err(|error| said(&error))?;
        let found = found.ok_or_else(|| failure("the container is gone right after its start"))?;
        match look(&found, port) {
            Observation::Running(started) => Ok(started),
            other => {
                let log = self.read_log(docker, id, 16 * 1024).await.unwrap_or_default();
                let reason = format!("the container ended at once: {other:?}");
                Err(Failure { reason, log, temporary: false })
            }
        }
    }
}

#[async_trait]
impl LabBackend for DockerBackend {
    fn id(&self) -> &'static str {
        "docker"
    }

    fn title(&self) -> &'static str {
        "Docker"
    }

    async fn report(&self) -> BackendReport {
        facts::report(&self.engine).await
    }

    fn unsuited(&self, app: &App, _size: &Size) -> Option<String> {
        match &app.docker {
            None => Some(format!("`{}` has no recipe for containers", app.id)),
            Some(recipe) => image::refused(&recipe.image, &self.config.registries),
        }
    }

    async fn prepare(&self, app: &App, progress: &dyn Progress) -> Result<(), Failure> {
        let recipe = app.docker.as_ref();
        let recipe =
            recipe.ok_or_else(|| failure(format!("`{}` has no recipe for containers", app.id)))?;
        let docker = self.engine.docker().await?;
        image::make_ready(&docker, recipe, &self.config.registries, progress).await
    }

    async fn start(&self, spec: &LabSpec) -> Result<Started, Failure> {
        let recipe = spec.app.docker.as_ref();
        let recipe = recipe
            .ok_or_else(|| failure(format!("`{}` has no recipe for containers", spec.app.id)))?;
        let docker = self.engine.docker().await?;
        if let Some(found) =
            self.container(&docker, &spec.id).await.map_err(|error| said(&error))?
        {
            return match look(&found, recipe.port) {
                Observation::Running(started) => Ok(started),
                // Made by a gateway that was killed before it started it.
                Observation::Absent => self.run(&docker, &spec.id, recipe.port).await,
                other => {
                    Err(temporary(format!("its container is there and does not run: {other:?}")))
                }
            };
        }
        let image = image::pinned(&docker, recipe, &self.config.registries).await?;
        let uid = self.uid(&spec.owner)?;
        let places = Places {
            data: self.config.data.clone(),
            net: self.config.data.join("labs").join(&spec.id.0).join("net"),
            user: uid.unwrap_or_else(|| rustix::process::geteuid().as_raw()),
        };
        // First, because it refuses folders that are not the gateway's to give away.
        let body =
            plan::container(spec, recipe, &image, &places, &self.gateway).map_err(failure)?;
        space::make_ready(spec, uid)?;
        self.serve_egress(spec, &places.net)?;
        self.engine.make_network(&docker, plan::network(&spec.id, &self.gateway)).await?;
        let options = CreateContainerOptionsBuilder::new().name(&plan::name_of(&spec.id)).build();
        match docker.create_container(Some(options), body).await {
            // Another start of the same lab was quicker; it is found below.
            Err(error) if is_status(&error, 409) => {}
            other => {
                other.map_err(|error| said(&error))?;
            }
        }
        self.run(&docker, &spec.id, recipe.port).await
    }

    async fn observe(&self, id: &LabId, _handle: Option<&str>) -> Observation {
        let seen = async {
            let docker = self.engine.docker().await?;
            self.container(&docker, id).await.map_err(|error| said(&error))
        };
        match tokio::time::timeout(engine::LOOK_WITHIN, seen).await {
            Ok(Ok(Some(found))) => {
                let audited = plan::proxy_folder(&found);
                if let (Some(egress), Some(folder)) = (&self.egress, audited)
                    && let Err(failure) = egress.serve(id, &folder.join(PROXY_SOCKET))
                {
                    tracing::warn!(lab = %id, "{failure}");
                }
                look(&found, port_of(&found))
            }
            Ok(Ok(None)) => Observation::Absent,
            Ok(Err(failure)) => Observation::Unknown(failure.reason),
            Err(_) => Observation::Unknown("the Docker Engine does not answer".to_owned()),
        }
    }

    async fn stop(&self, id: &LabId, _handle: Option<&str>) -> Result<(), Failure> {
        let docker = self.engine.docker().await?;
        let name = plan::name_of(id);
        if self.container(&docker, id).await.map_err(|error| said(&error))?.is_some() {
            let grace = i32::try_from(self.config.grace.as_secs()).unwrap_or(i32::MAX);
            let options = StopContainerOptionsBuilder::new().t(grace).build();
            match docker.stop_container(&name, Some(options)).await {
                Err(error) if is_status(&error, 404) => {}
                other => other.map_err(|error| said(&error))?,
            }
            // What it wrote is wanted longer than the container.
            if let Ok(log) = self.read_log(&docker, id, 64 * 1024).await {
                let file = self.log_file(id);
                let kept = fs::create_dir_all(file.parent().unwrap_or(&file))
                    .and_then(|()| fs::write(&file, log));
                if let Err(error) = kept {
                    tracing::warn!(lab = %id, %error, "its last lines cannot be kept");
                }
            }
            let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
            match docker.remove_container(&name, Some(options)).await {
                // 409: being removed already.
                Err(error) if is_status(&error, 404) || is_status(&error, 409) => {}
                other => other.map_err(|error| said(&error))?,
            }
        }
        if let Some(egress) = &self.egress {
            egress.end(id);
        }
        match docker.remove_network(&name).await {
            Err(error) if is_status(&error, 404) => Ok(()),
            other => other.map_err(|error| said(&error)),
        }
    }

    async fn log(
        &self,
        id: &LabId,
        _handle: Option<&str>,
        most_bytes: usize,
    ) -> Result<String, Failure> {
        let docker = self.engine.docker().await?;
        if self.container(&docker, id).await.map_err(|error| said(&error))?.is_some() {
            return self.read_log(&docker, id, most_bytes).await;
        }
        let file = self.log_file(id);
        match fs::read_to_string(&file) {
            Ok(log) => Ok(log),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(cannot("read", &file, error)),
        }
    }

    async fn labs(&self) -> Result<Vec<LabId>, Failure> {
        let docker = self.engine.docker().await?;
        let ours = vec![format!("{GATEWAY}={}", self.gateway)];
        let filters = std::collections::HashMap::from([("label", ours)]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let listed = docker.list_containers(Some(options)).await.map_err(|error| said(&error))?;
        let id = |labels: std::collections::HashMap<String, String>| labels.get(LAB).cloned();
        Ok(listed.into_iter().filter_map(|found| found.labels.and_then(id)).map(LabId).collect())
    }
}
