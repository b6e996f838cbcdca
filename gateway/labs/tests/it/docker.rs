//! Labs on a real Docker Engine, in the image of JupyterLab that is built without a registry.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use archway_core::coverage::Instant;
use archway_core::labs::{
    App, Application, Cause, DockerRecipe, Endpoint, Fact, LabBackend, LabId, LabSpec, Mounted,
    Network, Observation, Placed, Size, Started,
};
use archway_core::owner::Owner;
use archway_labs::{Applications, DockerBackend, DockerConfig};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::net::{TcpStream, UnixListener, UnixStream};

use crate::process_bench::{Quiet, SERVER, application};

const SOCKET: &str = "/var/run/docker.sock";
const IMAGE: &str = "archway/jupyterlab:v1";
const PORT: u16 = 8888;

/// Whether there are an engine and the image; says why not.
async fn docker_is_here() -> bool {
    if std::env::var("ARCHWAY_TEST_DOCKER").is_ok_and(|value| value == "skip") {
        println!("LEFT OUT: ARCHWAY_TEST_DOCKER=skip");
        return false;
    }
    let data = std::env::temp_dir();
    let backend = DockerBackend::new(DockerConfig::new(SOCKET.into(), data));
    let unusable = backend.report().await.unusable;
    let missing = match unusable {
        None => backend.prepare(&server(), &Quiet).await.err().map(|failure| failure.reason),
        unusable => unusable,
    };
    let insisted = std::env::var("ARCHWAY_TEST_DOCKER").is_ok_and(|value| value == "run");
    match missing {
        Some(why) if insisted => panic!("{why}"),
        Some(why) => println!("LEFT OUT: {why}"),
        None => return true,
    }
    false
}

/// Runs what is posted, as the trivial application of the process backend does.
fn server() -> App {
    let listening = SERVER
        .replace("UnixStreamServer", "TCPServer")
        .replace("Server(sys.argv[1], Handler)", "Server(('0.0.0.0', int(sys.argv[1])), Handler)");
    image(&["python3", "-c", &listening, "{port}"])
}

fn image(command: &[&str]) -> App {
    let recipe = DockerRecipe {
        image: IMAGE.into(),
        recipe: None,
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        port: PORT,
    };
    App { docker: Some(recipe), ..application(&[]) }
}

/// A backend and a data folder of its own, and what runs there ends with it.
struct World {
    backend: DockerBackend,
    config: DockerConfig,
    scratch: TempDir,
    started: std::sync::Mutex<Vec<LabId>>,
}

impl World {
    fn new() -> Self {
        let scratch = TempDir::new().unwrap();
        let mut config = DockerConfig::new(SOCKET.into(), scratch.path().to_owned());
        config.grace = Duration::from_secs(1);
        Self {
            backend: DockerBackend::new(config.clone()),
            config,
            scratch,
            started: Vec::new().into(),
        }
    }

    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.scratch.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn spec(&self, id: &str, app: App) -> LabSpec {
        // Names of containers are the engine's, and other tests have theirs.
        let scratch = self.scratch.path().file_name().unwrap().to_string_lossy();
        let own: String = scratch.bytes().map(|byte| format!("{byte:02x}")).collect();
        let id = LabId(format!("{own}{id}"));
        self.started.lock().unwrap().push(id.clone());
        LabSpec {
            id,
            owner: Owner("ada".into()),
            app: app.into(),
            size: Size { name: "S".into(), title: "Small".into(), cores: 1.0, memory_mib: 512 },
            token: "SECRET".into(),
            base_path: "/".into(),
            space: self.folder("spaces/ada"),
            volumes: Vec::new(),
            placed: Vec::new(),
            network: Network::None,
            deadline: Instant(0),
        }
    }

    async fn start(&self, spec: &LabSpec) -> Started {
        let started = self.backend.start(spec).await;
        started.unwrap_or_else(|failure| panic!("{failure}\n{}", failure.log))
    }

    async fn ready(&self, spec: &LabSpec) -> Started {
        let started = self.start(spec).await;
        let asked = Applications::new();
        for _ in 0..3000 {
            if asked.answers(&spec.app, &started.endpoint, "/", "SECRET").await {
                return started;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it never answers:\n{}", self.backend.log(&spec.id, None, 8192).await.unwrap());
    }

    async fn observe(&self, spec: &LabSpec) -> Observation {
        self.backend.observe(&spec.id, None).await
    }

    async fn ended(&self, spec: &LabSpec) -> Observation {
        for _ in 0..3000 {
            match self.observe(spec).await {
                Observation::Running(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                seen => return seen,
            }
        }
        panic!("it never ends");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for id in self.started.get_mut().unwrap() {
            let name = format!("archway-{id}");
            let end = |arguments: &[&str]| {
                let _ = std::process::Command::new("docker").args(arguments).arg(&name).output();
            };
            end(&["rm", "--force", "--volumes"]);
            end(&["network", "rm"]);
        }
    }
}

/// What a command in a lab says.
async fn run(started: &Started, command: &str) -> String {
    let Endpoint::Tcp(address) = started.endpoint else { panic!("{started:?}") };
    let stream = TcpStream::connect(address).await.unwrap();
    let made = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let (mut sender, connection) = made;
    let driven = tokio::spawn(connection);
    let body = Full::new(Bytes::from(command.to_owned()));
    let request = http::Request::post("/").header("host", "lab").body(body).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let said = answer.into_body().collect().await.unwrap().to_bytes();
    driven.abort();
    String::from_utf8_lossy(&said).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_starts_answers_and_ends() {
    if !docker_is_here().await {
        return;
    }
    let world = World::new();
    let mut spec = world.spec("1", server());
    spec.placed = vec![Placed { path: "notebooks/m31.ipynb".into(), bytes: "{}".into() }];
    assert_eq!(world.observe(&spec).await, Observation::Absent);
    let started = world.ready(&spec).await;
    assert_eq!(world.observe(&spec).await, Observation::Running(started.clone()));
    assert_eq!(world.start(&spec).await, started, "doing it twice gives one lab");
    assert_eq!(run(&started, "cat ~/notebooks/m31.ipynb").await, "{}");
    assert_eq!(world.backend.labs().await.unwrap(), [spec.id.clone()]);

    // A gateway that forgot everything finds it again; another one does not see it.
    let again = DockerBackend::new(world.config.clone());
    assert_eq!(again.observe(&spec.id, None).await, Observation::Running(started.clone()));
    let other = World::new();
    assert_eq!(other.observe(&spec).await, Observation::Absent);
    other.backend.stop(&spec.id, None).await.unwrap_err();
    assert_eq!(world.observe(&spec).await, Observation::Running(started));

    world.backend.stop(&spec.id, None).await.unwrap();
    assert_eq!(world.observe(&spec).await, Observation::Absent);
    assert!(world.backend.log(&spec.id, None, 8192).await.unwrap().contains("serving"));
    world.backend.stop(&spec.id, None).await.unwrap();
    assert!(world.backend.labs().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_has_no_rights_and_reaches_nothing() {
    if !docker_is_here().await {
        return;
    }
    let world = World::new();
    let mut spec = world.spec("1", server());
    for (name, writable) in [("m31", false), ("out", true)] {
        let folder = world.folder(&format!("volumes/{name}"));
        fs::write(folder.join("file"), name).unwrap();
        spec.volumes.push(Mounted { name: name.into(), folder, writable });
    }
    let started = world.ready(&spec).await;
    let neighbour = world.spec("2", server());
    let other = world.ready(&neighbour).await;
    let cases = [
        ("grep CapEff /proc/self/status | cut -f2", "0000000000000000"),
        ("grep NoNewPrivs /proc/self/status | cut -f2", "1"),
        ("cat /data/m31/file /data/out/file", "m31out"),
        ("touch /data/out/new && echo made", "made"),
        ("test $(id -u) != 0 && echo nobody", "nobody"),
        ("echo $ARCHWAY_DATA $HOME", "/data /home/lab"),
        (
            "python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 2)' 2>/dev/null && echo reached || echo nothing",
            "nothing",
        ),
    ];
    for (command, expected) in cases {
        assert_eq!(run(&started, command).await, expected, "case: {command}");
    }
    for refused in ["touch /data/m31/new", "touch /new", "touch /etc/new"] {
        let said = run(&started, refused).await;
        assert!(said.contains("Read-only file system"), "{refused}: {said}");
    }
    assert!(world.scratch.path().join("volumes/out/new").exists());
    let Endpoint::Tcp(address) = other.endpoint else { panic!("{other:?}") };
    let to_neighbour = format!(
        "python3 -c 'import socket; socket.create_connection((\"{}\", {}), 2)' && echo reached",
        address.ip(),
        address.port()
    );
    let said = run(&started, &to_neighbour).await;
    assert!(!said.contains("reached"), "one lab reaches another: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_lab_ended_is_told() {
    if !docker_is_here().await {
        return;
    }
    let world = World::new();
    let script = |script: &str| image(&["/bin/sh", "-c", script]);
    let cases = [
        ("exits", "sleep 0.5; exit 3", Cause::Exited(3)),
        ("is killed", "sleep 0.5; kill -9 $$", Cause::Signalled(9)),
        (
            "wants too much",
            "sleep 0.5; exec python3 -c 'bytearray(2 * 1024 ** 3)'",
            Cause::OutOfMemory,
        ),
    ];
    for (at, (name, command, expected)) in cases.into_iter().enumerate() {
        let spec = world.spec(&at.to_string(), script(command));
        world.start(&spec).await;
        assert_eq!(world.ended(&spec).await, Observation::Stopped(expected), "case: {name}");
    }
    let silent = world.spec("9", script("echo this is wrong >&2; exit 1"));
    if world.backend.start(&silent).await.is_ok() {
        world.ended(&silent).await;
    }
    assert!(world.backend.log(&silent.id, None, 8192).await.unwrap().contains("this is wrong"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_does_not_answer_makes_labs_unknown_and_is_found_again() {
    if !docker_is_here().await {
        return;
    }
    let mut world = World::new();
    let socket = world.scratch.path().join("engine.sock");
    let engine = forward(&socket);
    world.config.socket.clone_from(&socket);
    world.backend = DockerBackend::new(world.config.clone());
    let spec = world.spec("1", server());
    let started = world.ready(&spec).await;

    engine.abort();
    let _ = engine.await;
    fs::remove_file(&socket).unwrap();
    assert!(matches!(world.observe(&spec).await, Observation::Unknown(_)));
    assert!(world.backend.labs().await.is_err());
    assert!(world.backend.stop(&spec.id, None).await.unwrap_err().temporary);
    let fresh = DockerBackend::new(world.config.clone());
    assert!(matches!(fresh.observe(&spec.id, None).await, Observation::Unknown(_)));
    assert!(fresh.report().await.unusable.is_some());

    let engine = forward(&socket);
    assert_eq!(world.observe(&spec).await, Observation::Running(started.clone()));
    assert_eq!(fresh.observe(&spec.id, None).await, Observation::Running(started));
    engine.abort();
}

/// The real engine behind another socket, until the task is aborted.
fn forward(socket: &Path) -> tokio::task::JoinHandle<()> {
    let listener = UnixListener::bind(socket).unwrap();
    tokio::spawn(async move {
        let mut open = tokio::task::JoinSet::new();
        while let Ok((mut client, _)) = listener.accept().await {
            open.spawn(async move {
                let mut engine = UnixStream::connect(SOCKET).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut engine).await;
            });
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn images_that_may_not_run_are_refused_in_words() {
    if !docker_is_here().await {
        return;
    }
    let world = World::new();
    let of = |image: &str| {
        let mut app = server();
        let recipe = app.docker.as_mut().unwrap();
        recipe.image = image.to_owned();
        recipe.recipe = Some("apps/x/image.sh".into());
        app
    };
    let remote = of(&format!("evil.example/x@sha256:{}", "0".repeat(64)));
    let size = Size { name: "S".into(), title: "Small".into(), cores: 1.0, memory_mib: 512 };
    let why = world.backend.unsuited(&remote, &size).unwrap();
    assert!(why.contains("evil.example") && why.contains("docker.registries"), "{why}");
    assert!(world.backend.start(&world.spec("1", remote)).await.is_err());
    let missing = world.backend.prepare(&of("archway/nothing:v0"), &Quiet).await.unwrap_err();
    assert!(missing.reason.contains("build it once: `sudo apps/x/image.sh`"), "{missing}");
    let facts = world.backend.report().await.facts;
    assert!(facts.iter().all(|Fact { holds, why, .. }| *holds || why.is_some()), "{facts:?}");
}
