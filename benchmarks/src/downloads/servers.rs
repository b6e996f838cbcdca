//! nginx and vsftpd of the system, on loopback, over a folder; each ends when it is dropped.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// nginx with one worker.
pub(crate) struct Nginx {
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    child: Child,
}

impl Nginx {
    /// Serves files.
    pub(super) fn serving(folder: &Path, name: &str, files: &Path) -> anyhow::Result<Self> {
        let files = files.display();
        Self::start(folder, name, &format!("root {files}; location / {{ sendfile on; }}"))
    }

    /// Serves files and lists of them.
    pub(crate) fn listing(folder: &Path, name: &str, files: &Path) -> anyhow::Result<Self> {
        let files = files.display();
        let server = "location / { sendfile on; autoindex on; autoindex_exact_size on; }";
        Self::start(folder, name, &format!("root {files}; keepalive_requests 100000; {server}"))
    }

    /// Passes on what another one serves, as the reference does it.
    pub(super) fn before(folder: &Path, name: &str, origin: &str) -> anyhow::Result<Self> {
        let pass = format!(
            "location / {{ proxy_pass http://{origin}; proxy_max_temp_file_size 0; \
             proxy_http_version 1.1; proxy_set_header Connection \"\"; }}"
        );
        Self::start(folder, name, &pass)
    }

    fn start(folder: &Path, name: &str, server: &str) -> anyhow::Result<Self> {
        let own = folder.join(name);
        std::fs::create_dir_all(&own)?;
        let port = free_port()?;
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .into_iter()
            .map(|kind| format!("{kind}_temp_path {};\n", own.join(kind).display()))
            .collect();
        let config = format!(
            "daemon off;\nworker_processes 1;\nuser root;\npid {};\nerror_log {} warn;\n\
             events {{ worker_connections 2048; }}\n\
             http {{\naccess_log off;\n{temporary}server {{ listen 127.0.0.1:{port} backlog=1024; {server} }}\n}}\n",
            own.join("pid").display(),
            own.join("error.log").display(),
        );
        let file = own.join("nginx.conf");
        std::fs::write(&file, config)?;
        let child = Command::new(program("nginx")?)
            .arg("-p")
            .arg(&own)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut started = Self { address: format!("127.0.0.1:{port}"), child };
        until_answers(&mut started.child, port)?;
        Ok(started)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // A master that is killed leaves its worker behind; one that is asked takes it along.
        let asked = Command::new("kill").arg("-QUIT").arg(self.child.id().to_string()).status();
        if asked.is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// vsftpd for anybody.
pub(super) struct Vsftpd {
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
    child: Child,
}

impl Vsftpd {
    /// Serves files.
    pub(super) fn serving(folder: &Path, files: &Path) -> anyhow::Result<Self> {
        let own = folder.join("vsftpd");
        std::fs::create_dir_all(own.join("empty"))?;
        let port = free_port()?;
        let config = format!(
            "listen=YES\nbackground=NO\nlisten_address=127.0.0.1\nlisten_port={port}\n\
             anonymous_enable=YES\nlocal_enable=NO\nanon_root={}\nftp_username=ftp\n\
             nopriv_user=nobody\nsecure_chroot_dir={}\nseccomp_sandbox=NO\nisolate=NO\n\
             isolate_network=NO\nxferlog_enable=NO\n",
            files.display(),
            own.join("empty").display(),
        );
        let file = own.join("vsftpd.conf");
        std::fs::write(&file, config)?;
        let child = Command::new(program("vsftpd")?)
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut started = Self { address: format!("127.0.0.1:{port}"), child };
        until_answers(&mut started.child, port)?;
        Ok(started)
    }
}

impl Drop for Vsftpd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(name: &str) -> anyhow::Result<PathBuf> {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = places.iter().map(|place| Path::new(place).join(name)).find(|own| own.exists());
    found.with_context(|| format!("no {name}: install the package of that name"))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn until_answers(child: &mut Child, port: u16) -> anyhow::Result<()> {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        if let Some(status) = child.try_wait()? {
            anyhow::bail!("the server ended: {status}");
        }
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    anyhow::bail!("the server does not answer")
}
