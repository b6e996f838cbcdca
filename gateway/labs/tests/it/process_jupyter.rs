//! A real JupyterLab of the catalogue: made ready from its lock, started, and worked in.

use std::fs;
use std::path::Path;
use std::time::Duration;

use archway_core::labs::{
    Activity, App, AppKind, Application, Cause, Endpoint, LabBackend, Mounted, Observation, Placed,
    ProbeKind, ProcessRecipe, Progress,
};
use archway_labs::{Applications, ProcessBackend};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::process_bench::{Lab, application, config, labs_run_here};

struct Told;

impl Progress for Told {
    fn says(&self, words: &str) {
        println!("{words}");
    }
}

/// As `config/apps/jupyterlab.toml` has it.
fn jupyterlab() -> App {
    let apps = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/apps");
    let text = fs::read_to_string(apps.join("jupyterlab.toml")).unwrap();
    let entry: toml::Table = toml::from_str(&text).unwrap();
    let words = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let requirements = apps.join(words(&entry["process"]["requirements"]));
    let recipe = ProcessRecipe {
        requirements: fs::read_to_string(requirements).unwrap(),
        command: entry["process"]["command"].as_array().unwrap().iter().map(words).collect(),
    };
    App {
        id: words(&entry["id"]).parse().unwrap(),
        kind: AppKind::Jupyter,
        probe: ProbeKind::Jupyter,
        ready: words(&entry["ready"]),
        process: Some(recipe),
        home: entry["home"]
            .as_table()
            .unwrap()
            .iter()
            .map(|(k, v)| (k.clone(), words(v)))
            .collect(),
        ..application(&[])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notebook_kernel_works_beside_the_data_and_goes_on_without_the_gateway() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let app = jupyterlab();
    backend
        .prepare(&app, &Told)
        .await
        .unwrap_or_else(|failure| panic!("{failure}\n{}", failure.log));
    let mut lab = Lab::of(&backend, app).await;
    lab.spec.size.memory_mib = 2048;
    // As the core does.
    let home = lab.spec.app.home.clone().into_iter();
    lab.spec.placed = home.map(|(path, text)| Placed { path, bytes: text.into() }).collect();
    let volume = lab.scratch.path().join("volume");
    fs::create_dir(&volume).unwrap();
    fs::write(volume.join("table.csv"), "ra,dec\n10.68,41.27\n").unwrap();
    lab.spec.volumes.push(Mounted { name: "m31".into(), folder: volume, writable: false });
    let started = lab.start(&backend).await;
    lab.answers(&backend, &started.endpoint).await;
    let asked = Applications::new();
    let activity = async || asked.activity(&lab.spec.app, &started.endpoint, "/", "SECRET").await;
    assert!(matches!(activity().await, Activity::Last(_)), "nobody worked in it since it started");
    assert_eq!(
        asked.activity(&lab.spec.app, &started.endpoint, "/", "wrong").await,
        Activity::Unknown
    );

    // Asked of whoever has not said so: "Would you like to get notified about ... news?"
    let settings = "/lab/api/settings/@jupyterlab/apputils-extension:notification";
    let (_, settings) = answer(&started.endpoint, http::Request::get(settings)).await;
    assert_eq!(settings["settings"]["fetchNews"], "false", "{settings}");

    let mut kernel = Kernel::start(&started.endpoint).await;
    assert_eq!(kernel.run("print(6 * 7)").await, "42\n");
    let read = "import os\nfrom astropy.table import Table\n\
        print(Table.read(os.environ['ARCHWAY_DATA'] + '/m31/table.csv')['dec'][0])";
    assert_eq!(kernel.run(read).await, "41.27\n");
    let denied =
        "try:\n    open('/data/m31/new', 'w')\nexcept OSError as error:\n    print(error.strerror)";
    assert_eq!(kernel.run(denied).await, "Read-only file system\n");
    let alone = "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80), 3)\nexcept OSError as error:\n    print(error.strerror)";
    assert_eq!(kernel.run(alone).await, "Network is unreachable\n");
    let capabilities = "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')])";
    assert_eq!(kernel.run(capabilities).await, "['0000000000000000']\n");
    // The kernel says that it is done before its server has heard of it.
    for tries in 0.. {
        if matches!(activity().await, Activity::Last(_)) {
            break;
        }
        assert!(tries < 500, "a kernel that computes nothing is busy");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    // Killed and started again: the same lab, the same kernel, the same variables.
    kernel.run("kept = 1234").await;
    drop(backend);
    let after = ProcessBackend::new(config());
    assert_eq!(lab.observe(&after).await, Observation::Running(started.clone()));
    assert_eq!(kernel.run("print(kept)").await, "1234\n");

    // Computes without a word.
    kernel.send("import time; time.sleep(600)").await;
    for tries in 0.. {
        if activity().await == Activity::Busy {
            break;
        }
        assert!(tries < 500, "a kernel that computes is not busy");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    after.stop(&lab.spec.id, None).await.unwrap();
    assert_eq!(lab.observe(&after).await, Observation::Stopped(Cause::Asked));
    assert!(!Lab::runs(&started));
    assert!(lab.log(&after).await.contains("Jupyter Server"));
    assert!(!lab.log(&after).await.contains("SECRET"));
}

/// A kernel over its WebSocket, in the protocol that JupyterLab itself speaks.
struct Kernel {
    socket: WebSocketStream<UnixStream>,
    /// Names each request, so that what belongs to another one is told from its answer.
    asked: u32,
}

/// What the application says to a request with an empty object.
async fn answer(endpoint: &Endpoint, request: http::request::Builder) -> (http::StatusCode, Value) {
    let Endpoint::Unix(path) = endpoint else { panic!("{endpoint:?}") };
    let stream = UnixStream::connect(path).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let driven = tokio::spawn(connection);
    let request = request.header("host", "lab.localhost").header("authorization", "token SECRET");
    let request = request.body(Full::new(Bytes::from_static(b"{}"))).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    driven.abort();
    (status, serde_json::from_slice(&body).unwrap())
}

impl Kernel {
    async fn start(endpoint: &Endpoint) -> Self {
        let Endpoint::Unix(path) = endpoint else { panic!("{endpoint:?}") };
        let (status, kernel) = answer(endpoint, http::Request::post("/api/kernels")).await;
        assert_eq!(status, 201);
        let url =
            format!("ws://lab.localhost/api/kernels/{}/channels", kernel["id"].as_str().unwrap());
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("authorization", "token SECRET".parse().unwrap());
        let protocol = "v1.kernel.websocket.jupyter.org";
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        let stream = UnixStream::connect(path).await.unwrap();
        let (socket, answer) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        assert_eq!(answer.headers()["sec-websocket-protocol"], protocol);
        Self { socket, asked: 0 }
    }

    async fn send(&mut self, code: &str) {
        self.asked += 1;
        let header = json!({ "msg_id": self.asked.to_string(), "msg_type": "execute_request", "session": "s",
            "username": "u", "version": "5.3", "date": "2026-01-01T00:00:00Z" });
        let content = json!({ "code": code, "silent": false, "store_history": false,
            "user_expressions": {}, "allow_stdin": false, "stop_on_error": true });
        let parts = [
            "shell".to_owned(),
            header.to_string(),
            "{}".to_owned(),
            "{}".to_owned(),
            content.to_string(),
        ];
        let mut message = (parts.len() as u64 + 1).to_le_bytes().to_vec();
        let mut offset = 8 * (parts.len() as u64 + 2);
        message.extend(offset.to_le_bytes());
        for part in &parts {
            offset += part.len() as u64;
            message.extend(offset.to_le_bytes());
        }
        parts.iter().for_each(|part| message.extend(part.as_bytes()));
        self.socket.send(Message::Binary(message.into())).await.unwrap();
    }

    /// What a cell prints.
    async fn run(&mut self, code: &str) -> String {
        self.send(code).await;
        let asked = self.asked.to_string();
        let mut printed = String::new();
        let ended = tokio::time::timeout(Duration::from_secs(120), async {
            let (mut replied, mut idle) = (false, false);
            while !(replied && idle) {
                let message = self.socket.next().await.unwrap().unwrap();
                let Message::Binary(bytes) = message else { continue };
                let (header, parent, content) = parts(&bytes);
                if parent["msg_id"] != asked {
                    continue;
                }
                match header["msg_type"].as_str().unwrap() {
                    "stream" => printed.push_str(content["text"].as_str().unwrap()),
                    "error" => panic!("{content}"),
                    "execute_reply" => replied = true,
                    // The reply and the last state come over different channels, in any order.
                    "status" => idle |= content["execution_state"] == "idle",
                    _ => {}
                }
            }
        });
        ended.await.expect("the cell ends in time");
        printed
    }
}

/// Header and content of a message.
fn parts(bytes: &[u8]) -> (Value, Value, Value) {
    let number = |at: usize| {
        usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap()
    };
    let part = |index: usize| &bytes[number(8 * (index + 1))..number(8 * (index + 2))];
    let json = |index: usize| serde_json::from_slice(part(index)).unwrap();
    (json(1), json(2), json(4))
}
