//! A process backend with a trivial application that runs commands, and labs on it.
//!
//! Environments are kept in a cache between runs; labs have ids and spaces of their own, so that
//! tests run beside each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use archway_core::coverage::Instant;
use archway_core::labs::{
    App, AppKind, Application, Endpoint, LabBackend, LabId, LabSpec, Network, Observation,
    ProbeKind, ProcessRecipe, Progress, Size, Started,
};
use archway_core::owner::Owner;
use archway_labs::{Applications, ProcessBackend, ProcessConfig};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tempfile::TempDir;

/// Answers at every path, and runs what is posted.
pub(crate) const SERVER: &str = r#"
import http.server, socketserver, subprocess, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b'{"version": "1"}')

    def do_POST(self):
        command = self.rfile.read(int(self.headers["content-length"])).decode()
        done = subprocess.run(["/bin/sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.answer(done.stdout)

    def answer(self, body):
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

print("serving", flush=True)
Server(sys.argv[1], Handler).serve_forever()
"#;

/// Whether labs can be run here; says why not.
pub(crate) async fn labs_run_here() -> bool {
    if std::env::var("ARCHWAY_TEST_LABS").is_ok_and(|value| value == "skip") {
        println!("LEFT OUT: ARCHWAY_TEST_LABS=skip");
        return false;
    }
    let report = ProcessBackend::new(config()).report().await;
    if let Some(why) = &report.unusable {
        let insisted = std::env::var("ARCHWAY_TEST_LABS").is_ok_and(|value| value == "run");
        assert!(!insisted, "{why}");
        println!("LEFT OUT: {why}");
    }
    report.unusable.is_none()
}

/// The cache of environments, with the folders of labs beside them.
pub(crate) fn config() -> ProcessConfig {
    let home = PathBuf::from(std::env::var_os("HOME").expect("there is a home"));
    let mut config = ProcessConfig::new(home.join(".cache/archway/lab-environments"));
    config.grace = Duration::from_millis(300);
    config
}

pub(crate) fn application(command: &[&str]) -> App {
    App {
        id: "test/trivial:v1".parse().unwrap(),
        kind: AppKind::Desktop,
        title: "Trivial".into(),
        description: String::new(),
        maintainer: String::new(),
        licence: String::new(),
        homepage: None,
        formats: Vec::new(),
        probe: ProbeKind::Traffic,
        ready: "api".into(),
        open: String::new(),
        open_notebook: None,
        sizes: Vec::new(),
        process: Some(ProcessRecipe {
            requirements: String::new(),
            command: command.iter().map(|word| (*word).to_owned()).collect(),
        }),
        docker: None,
        environment: BTreeMap::new(),
        home: BTreeMap::new(),
    }
}

pub(crate) struct Quiet;

impl Progress for Quiet {
    fn says(&self, _: &str) {}
}

/// One lab; what runs of it ends with it.
pub(crate) struct Lab {
    pub(crate) spec: LabSpec,
    pub(crate) scratch: TempDir,
    data: PathBuf,
}

impl Lab {
    /// Of the trivial application.
    pub(crate) async fn trivial(backend: &ProcessBackend) -> Self {
        Self::of(backend, application(&["python", "-c", SERVER, "{socket}"])).await
    }

    pub(crate) async fn of(backend: &ProcessBackend, app: App) -> Self {
        let scratch = TempDir::new().unwrap();
        backend.prepare(&app, &Quiet).await.unwrap();
        // Unique among all tests: the folder's own name is.
        let name = scratch.path().file_name().unwrap().to_string_lossy();
        let id: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
        let spec = LabSpec {
            id: LabId(id.clone()),
            owner: Owner(format!("test-{}", &id[id.len() - 1..])),
            app: Arc::new(app),
            size: Size { name: "S".into(), title: "Small".into(), cores: 1.0, memory_mib: 1024 },
            token: "SECRET".into(),
            base_path: "/".into(),
            space: scratch.path().join("space"),
            volumes: Vec::new(),
            placed: Vec::new(),
            network: Network::None,
            deadline: Instant(0),
        };
        Self { spec, scratch, data: config().data }
    }

    /// Where the backend keeps what it knows of it.
    pub(crate) fn folder(&self) -> PathBuf {
        self.data.join("labs").join(&self.spec.id.0)
    }

    pub(crate) async fn start(&self, backend: &ProcessBackend) -> Started {
        let started = backend.start(&self.spec).await;
        started.unwrap_or_else(|failure| panic!("{failure}\n{}", failure.log))
    }

    pub(crate) async fn observe(&self, backend: &ProcessBackend) -> Observation {
        backend.observe(&self.spec.id, None).await
    }

    /// Waits until the application answers.
    pub(crate) async fn answers(&self, backend: &ProcessBackend, endpoint: &Endpoint) {
        let asked = Applications::new();
        for _ in 0..6000 {
            if asked.answers(&self.spec.app, endpoint, &self.spec.base_path, &self.spec.token).await
            {
                return;
            }
            let seen = self.observe(backend).await;
            assert!(
                matches!(seen, Observation::Running(_)),
                "{seen:?}\n{}",
                self.log(backend).await
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it never answers:\n{}", self.log(backend).await);
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self, backend: &ProcessBackend) -> Observation {
        for _ in 0..3000 {
            match self.observe(backend).await {
                Observation::Running(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                seen => return seen,
            }
        }
        panic!("it never ends");
    }

    pub(crate) async fn log(&self, backend: &ProcessBackend) -> String {
        backend.log(&self.spec.id, None, 8192).await.unwrap()
    }

    /// What a command in the lab says.
    pub(crate) async fn run(&self, command: &str) -> String {
        self.try_run(command).await.unwrap()
    }

    /// The same of a command that may end the application.
    pub(crate) async fn try_run(&self, command: &str) -> Result<String, hyper::Error> {
        let path = self.folder().join("run/lab.sock");
        let stream = tokio::net::UnixStream::connect(path).await.unwrap();
        let made = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let (mut sender, connection) = made;
        let driven = tokio::spawn(connection);
        let request = http::Request::post("/").body(Full::new(Bytes::from(command.to_owned())));
        let answer = sender.send_request(request.unwrap()).await?;
        let said = answer.into_body().collect().await?.to_bytes();
        driven.abort();
        Ok(String::from_utf8_lossy(&said).trim().to_owned())
    }

    /// The number of its first process.
    pub(crate) fn pid(started: &Started) -> String {
        started.handle.split('@').next().unwrap().to_owned()
    }

    /// Whether its first process runs; one that only waits to be asked how it ended does not.
    pub(crate) fn runs(started: &Started) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", Self::pid(started)));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let record = fs::read_to_string(self.folder().join("lab.json")).unwrap_or_default();
        let record: serde_json::Value = serde_json::from_str(&record).unwrap_or_default();
        let running = std::path::Path::new("/proc");
        if let Some(pid) = record["process"]["pid"].as_i64()
            && let Ok(stat) = fs::read_to_string(running.join(format!("{pid}/stat")))
            && stat.contains(&record["process"]["start"].to_string())
        {
            let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
        }
        let _ = fs::remove_dir_all(self.folder());
    }
}
