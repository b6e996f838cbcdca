//! vsftpd and Pure-FTPd of Debian, on loopback, in the foreground, for one test.
//!
//! Their packages conflict with each other, so `.ci/run` unpacks them into a folder
//! (`$ARCHWAY_FTP_DAEMONS`, else `~/.cache/archway/ftp-daemons`); a daemon that is installed is
//! found too. Both give up their rights, so root starts them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

/// A running daemon; ended when it is dropped.
pub(crate) struct Daemon {
    pub(crate) port: u16,
    /// What it serves.
    pub(crate) root: PathBuf,
    /// The certificate that it shows, in PEM.
    pub(crate) certificate: String,
    child: Child,
    _folder: TempDir,
}

/// Which daemon, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Vsftpd,
    /// TLS is demanded, and that data connections go on with the session of the control one.
    VsftpdTls,
    VsftpdImplicitTls,
    /// Logins of `jdoe` with the password `open sesame`.
    PureFtpd,
    PureFtpdTls,
}

/// Passive ports of one daemon.
const PASSIVE_PORTS: u16 = 30;

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether tests with the daemons are left out, which is said.
#[allow(clippy::print_stderr, reason = "a skipped test must be seen")]
pub(crate) fn left_out() -> bool {
    let skipped = std::env::var("ARCHWAY_TEST_FTP").is_ok_and(|word| word == "skip");
    if skipped {
        eprintln!(
            "LEFT OUT: ARCHWAY_TEST_FTP=skip, so nothing was tested with vsftpd or Pure-FTPd"
        );
    }
    skipped
}

impl Daemon {
    /// Starts one over a folder with what `fill` puts into it, and waits for its greeting.
    pub(crate) fn start(kind: Kind, fill: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        std::fs::create_dir_all(root.join("pub")).unwrap();
        fill(&root.join("pub"));
        open_up(folder.path());
        let key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap().pem();
        let both = folder.path().join("both.pem");
        std::fs::write(&both, format!("{}{certificate}", key.serialize_pem())).unwrap();
        std::fs::set_permissions(&both, PermissionsExt::from_mode(0o600)).unwrap();
        for _ in 0..5 {
            let port = free_port();
            let mut command = match kind {
                Kind::PureFtpd | Kind::PureFtpdTls => pure_ftpd(kind, folder.path(), &root, port),
                _ => vsftpd(kind, folder.path(), &root, port),
            };
            let log = std::fs::File::create(folder.path().join("log")).unwrap();
            command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
            let mut child = command.spawn().unwrap();
            if answers(&mut child, kind, port) {
                return Self { port, root, certificate, child, _folder: folder };
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        panic!("{kind:?} does not start: {log}");
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}/pub/", self.port)
    }
}

fn vsftpd(kind: Kind, folder: &Path, root: &Path, port: u16) -> Command {
    let empty = folder.join("empty");
    std::fs::create_dir_all(&empty).unwrap();
    let mut config = format!(
        "listen=YES\nbackground=NO\nlisten_address=127.0.0.1\nlisten_port={port}\n\
         anonymous_enable=YES\nlocal_enable=NO\nanon_root={}\nftp_username={}\n\
         nopriv_user=nobody\nsecure_chroot_dir={}\npasv_min_port={}\npasv_max_port={}\n\
         seccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\nxferlog_enable=NO\n",
        root.display(),
        anybody(),
        empty.display(),
        port + 1,
        port + PASSIVE_PORTS,
    );
    if kind != Kind::Vsftpd {
        config += &format!(
            "ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_logins_ssl=YES\n\
             force_anon_data_ssl=YES\nrequire_ssl_reuse=YES\nssl_ciphers=HIGH\n\
             rsa_cert_file={0}\nrsa_private_key_file={0}\n",
            folder.join("both.pem").display(),
        );
    }
    if kind == Kind::VsftpdImplicitTls {
        config += "implicit_ssl=YES\n";
    }
    let file = folder.join("vsftpd.conf");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(program("vsftpd"));
    command.arg(&file);
    command
}

/// Who anonymous clients are: a user without rights whose home is there, which vsftpd visits.
fn anybody() -> &'static str {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let has_home = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name));
        line.and_then(|line| line.split(':').nth(5)).is_some_and(|home| Path::new(home).is_dir())
    };
    ["ftp", "nobody", "daemon"].into_iter().find(|name| has_home(name)).unwrap_or("nobody")
}

fn pure_ftpd(kind: Kind, folder: &Path, root: &Path, port: u16) -> Command {
    let (users, database) = (folder.join("users"), folder.join("users.pdb"));
    if !database.exists() {
        let mut adding = Command::new(program("pure-pw"))
            // The password is hashed as for a thousand logins at once, else each takes a second.
            .args(["useradd", "jdoe", "-C", "1000", "-M", "10000"])
            .args(["-u", "nobody", "-g", "nogroup", "-m", "-d"])
            .arg(root)
            .arg("-f")
            .arg(&users)
            .arg("-F")
            .arg(&database)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        adding.stdin.take().unwrap().write_all(b"open sesame\nopen sesame\n").unwrap();
        assert!(adding.wait().unwrap().success());
    }
    let mut command = Command::new(program("pure-ftpd"));
    command
        .arg("-S")
        .arg(format!("127.0.0.1,{port}"))
        .arg("-p")
        .arg(format!("{}:{}", port + 1, port + PASSIVE_PORTS))
        .arg("-l")
        .arg(format!("puredb:{}", database.display()))
        .arg("-g")
        .arg(folder.join("pid"))
        // No anonymous login, no names looked up, IPv4, everybody in his own folder.
        .args(["-E", "-H", "-4", "-A", "-u", "1"]);
    if kind == Kind::PureFtpdTls {
        // Nothing without TLS, on data connections neither.
        command.args(["-Y", "3", "-2"]).arg(folder.join("both.pem"));
    }
    command
}

/// A daemon's program.
fn program(name: &str) -> PathBuf {
    let unpacked = match std::env::var_os("ARCHWAY_FTP_DAEMONS") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&std::env::var_os("HOME").unwrap_or_default())
            .join(".cache/archway/ftp-daemons"),
    };
    let places = [
        unpacked.join("usr/sbin"),
        unpacked.join("usr/bin"),
        "/usr/sbin".into(),
        "/usr/bin".into(),
    ];
    let found = places.iter().map(|folder| folder.join(name)).find(|place| place.exists());
    found.unwrap_or_else(|| {
        panic!(
            "no {name} in {} nor installed: `.ci/run` shows how it gets there, \
             ARCHWAY_TEST_FTP=skip leaves these tests out",
            unpacked.display()
        )
    })
}

/// The first of a row of ports that nobody else of these tests has.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let row = PASSIVE_PORTS + 1;
    let own = (std::process::id() % 64) as u16 * 8 + NEXT.fetch_add(1, Ordering::Relaxed) % 8;
    // Below what the system gives to clients (32768 and above).
    12_000 + own * row
}

/// Whether the daemon that was started, and no other, says its greeting.
fn answers(child: &mut Child, kind: Kind, port: u16) -> bool {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until && child.try_wait().unwrap().is_none() {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            if kind == Kind::VsftpdImplicitTls {
                return true;
            }
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut line = String::new();
            let read = BufReader::new(stream).read_line(&mut line);
            return read.is_ok() && line.starts_with("220");
        }
        std::thread::yield_now();
    }
    false
}

/// Readable for the user that a daemon becomes.
fn open_up(folder: &Path) {
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            open_up(&entry.path());
        } else if kind.is_file() {
            std::fs::set_permissions(entry.path(), PermissionsExt::from_mode(0o644)).unwrap();
        }
    }
}
