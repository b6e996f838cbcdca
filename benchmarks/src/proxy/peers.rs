//! nginx of the system and configurable-http-proxy of npm, as references.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::process::{Process, free_port};

/// The version whose figures are in the README.
const CHP: &str = "configurable-http-proxy@5.3.0";

/// nginx, with as many workers as the gateway has threads.
pub(super) struct Nginx {
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
    pub(super) process: Process,
}

impl Nginx {
    /// Answers every request with 1 KiB.
    pub(super) fn answering(folder: &Path) -> anyhow::Result<Self> {
        let kib = "x".repeat(1024);
        Self::start(folder, "origin", "", &format!("location / {{ return 200 \"{kib}\"; }}"))
    }

    /// Passes requests on to one server, and WebSockets to another, over connections that last.
    pub(super) fn before(folder: &Path, origin: &str, echo: &str) -> anyhow::Result<Self> {
        let http = format!(
            "upstream origin {{ server {origin}; keepalive 64; keepalive_requests 100000000; }}"
        );
        let server = format!(
            "proxy_http_version 1.1; proxy_set_header Host $http_host;\n\
             proxy_set_header X-Forwarded-For $remote_addr;\n\
             proxy_set_header Authorization \"token of-the-lab\";\n\
             location / {{ proxy_pass http://origin; proxy_set_header Connection \"\"; }}\n\
             location /ws {{ proxy_pass http://{echo}; proxy_read_timeout 1h;\n\
             proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }}"
        );
        Self::start(folder, "proxy", &http, &server)
    }

    fn start(folder: &Path, name: &str, http: &str, server: &str) -> anyhow::Result<Self> {
        let own = folder.join(name);
        std::fs::create_dir_all(&own)?;
        let port = free_port()?;
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .into_iter()
            .map(|kind| format!("{kind}_temp_path {};\n", own.join(kind).display()))
            .collect();
        let config = format!(
            "daemon off;\nworker_processes auto;\nuser root;\npid {};\nerror_log {} warn;\n\
             worker_rlimit_nofile 20000;\nevents {{ worker_connections 12000; }}\n\
             http {{\naccess_log off;\nkeepalive_requests 100000000;\n{temporary}{http}\n\
             server {{ listen 127.0.0.1:{port} backlog=1024; {server} }}\n}}\n",
            own.join("pid").display(),
            own.join("error.log").display(),
        );
        let file = own.join("nginx.conf");
        std::fs::write(&file, config)?;
        let child = Command::new("nginx")
            .env("PATH", "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
            .arg("-p")
            .arg(&own)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("no nginx: install the package of that name")?;
        let mut process = Process(child);
        process.until_answers(port)?;
        Ok(Self { address: format!("127.0.0.1:{port}"), process })
    }
}

/// The proxy of JupyterHub, installed into a folder of this run.
pub(super) struct Chp {
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
    pub(super) process: Process,
}

impl Chp {
    /// `npm install configurable-http-proxy`, and a start of it before one server.
    pub(super) fn start(folder: &Path, origin: &str) -> anyhow::Result<Self> {
        let own = folder.join("chp");
        let install = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
        let installed = Command::new("npm")
            .args(install)
            .arg("--prefix")
            .arg(&own)
            .arg(CHP)
            .stdin(Stdio::null())
            .output()
            .context("no npm")?;
        let words = String::from_utf8_lossy(&installed.stderr).into_owned();
        anyhow::ensure!(installed.status.success(), "npm install {CHP}: {words}");
        let (port, api) = (free_port()?, free_port()?);
        let child = Command::new("node")
            .arg(own.join("node_modules/configurable-http-proxy/bin/configurable-http-proxy"))
            .args(["--ip", "127.0.0.1", "--port", &port.to_string()])
            .args(["--api-ip", "127.0.0.1", "--api-port", &api.to_string()])
            .args(["--default-target", &format!("http://{origin}"), "--log-level", "error"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut process = Process(child);
        process.until_answers(port)?;
        Ok(Self { address: format!("127.0.0.1:{port}"), process })
    }
}
