//! The server and the `vos` client of PyPI, unchanged, over HTTPS.
//!
//! `vos/up.sh` installs the client; only `ARCHWAY_TEST_VOS=skip` leaves these tests out, and
//! says so.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use archway_conformance::vospace::{Settings, Vospace, registry, router};
use archway_formats::vospace::property;
use tokio::process::Command;

use super::tls::Tls;

/// A service, and a client that trusts it and nobody else.
struct Session {
    space: Vospace,
    port: u16,
    client: PathBuf,
    home: tempfile::TempDir,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Session {
    /// `None`, said on stderr, if the client is to be left out.
    #[allow(clippy::print_stderr, reason = "a skipped test must be seen")]
    async fn start() -> Option<Self> {
        if std::env::var("ARCHWAY_TEST_VOS").is_ok_and(|word| word == "skip") {
            eprintln!("SKIPPED: tests with the vos client (ARCHWAY_TEST_VOS=skip)");
            return None;
        }
        let client = install().await;
        let tls = Tls::bind().await;
        let port = tls.port();
        let url = format!("https://localhost:{port}/vospace");
        let settings = Settings {
            writable: true,
            plain_uris: true,
            ..Settings::read_only(&url, "archway.test!space")
        };
        let space = Vospace::new(settings);
        let home = tempfile::tempdir().unwrap();
        // The client asks this package whom to trust, and looks at no variable for it.
        let overlay = home.path().join("overlay/certifi");
        std::fs::create_dir_all(&overlay).unwrap();
        let pem = home.path().join("authority.pem");
        std::fs::write(&pem, &tls.authority_pem).unwrap();
        let code =
            format!("def where(): return {:?}\ndef contents(): return open(where()).read()\n", pem);
        std::fs::write(overlay.join("__init__.py"), code).unwrap();
        let routes = registry(space.clone()).nest("/vospace", router(space.clone()));
        let server = tokio::spawn(async move {
            let _ = axum::serve(tls, routes).await;
        });
        Some(Self { space, port, client, home, server })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let (program, arguments) = arguments.split_first().unwrap();
        Command::new(self.client.join("bin").join(program))
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("HOME", self.home.path())
            .env("PYTHONPATH", self.home.path().join("overlay"))
            .env("VOSPACE_WEBSERVICE", format!("localhost:{}", self.port))
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap()
    }

    /// What a command says that must succeed.
    async fn well(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let (said, failed) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {said}{failed}");
        said
    }

    /// What a command says that must fail.
    async fn ill(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(!output.status.success(), "{arguments:?}: {}", text(&output.stdout));
        text(&output.stdout) + &text(&output.stderr)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Installs the client if it is not there, and returns its folder.
async fn install() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("vos/up.sh");
    let ran = Command::new("bash").arg(script).stdin(Stdio::null()).output().await.unwrap();
    let said = text(&ran.stdout);
    assert!(
        ran.status.success(),
        "no vos client, and ARCHWAY_TEST_VOS is not skip: {}",
        text(&ran.stderr)
    );
    PathBuf::from(said.lines().last().unwrap())
}

const ROOT: &str = "vos://archway.test~space";

#[tokio::test(flavor = "multi_thread")]
async fn files_go_up_come_down_move_link_and_vanish() {
    let Some(session) = Session::start().await else { return };
    let node = |path: &str| format!("{ROOT}{path}");
    session.well(&["vmkdir", &node("/d")]).await;
    session.ill(&["vmkdir", &node("/d")]).await;
    let (here, back) = (session.path("hello.txt"), session.path("back.txt"));
    std::fs::write(&here, "hello\n").unwrap();
    session.well(&["vcp", here.to_str().unwrap(), &node("/d/hello.txt")]).await;
    assert_eq!(session.well(&["vls", &node("/d")]).await.trim(), "hello.txt");
    let long = session.well(&["vls", "-l", &node("/d")]).await;
    assert!(long.contains(" 6 ") && long.contains("hello.txt"), "{long}");
    session.well(&["vmv", &node("/d/hello.txt"), &node("/d/moved.txt")]).await;
    session.well(&["vcp", &node("/d/moved.txt"), back.to_str().unwrap()]).await;
    assert_eq!(std::fs::read_to_string(&back).unwrap(), "hello\n");
    session.well(&["vln", &node("/d/moved.txt"), &node("/d/link")]).await;
    assert_eq!(session.well(&["vcat", &node("/d/link")]).await.trim(), "hello");
    session.well(&["vchmod", "o-r", &node("/d/moved.txt")]).await;
    let private = session.ill(&["vcat", &node("/d/moved.txt")]).await;
    assert!(!private.contains("hello"), "{private}");
    session.well(&["vrm", &node("/d/link")]).await;
    let gone = session.ill(&["vls", &node("/d/link")]).await;
    assert!(
        gone.contains("NotFound") || gone.contains("not found") || gone.contains("404"),
        "{gone}"
    );
    session.well(&["vrm", "-R", &node("/d")]).await;
    assert_eq!(session.well(&["vls", &node("")]).await.trim(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_of_1001_children_is_whole() {
    let Some(session) = Session::start().await else { return };
    session.space.add_container("/many").unwrap();
    for n in 0..1001 {
        session
            .space
            .add_file(&format!("/many/{n:04}.dat"), "application/octet-stream", "x")
            .unwrap();
    }
    let listed = session.well(&["vls", &format!("{ROOT}/many")]).await;
    let names: Vec<_> = listed.lines().map(str::trim).collect();
    let wanted: Vec<_> = (0..1001).map(|n| format!("{n:04}.dat")).collect();
    assert_eq!((names.len(), names.last()), (1001, Some(&"1000.dat")));
    assert!(names == wanted, "in their order");
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_and_sizes_survive_the_journey() {
    let Some(session) = Session::start().await else { return };
    session.space.add_container("/odd").unwrap();
    // The client itself takes `#`, `?` and `;` for parts of a URL, and `%` for an escape.
    for (name, size) in
        [("a blank.txt", 1), ("a+b.txt", 5), ("größe 中.txt", 7), ("large.bin", 6 << 20)]
    {
        let (here, back) = (session.path("here"), session.path("back"));
        let content: Vec<u8> = (0..size).map(|n: u32| (n % 251) as u8).collect();
        std::fs::write(&here, &content).unwrap();
        let node = format!("{ROOT}/odd/{name}");
        session.well(&["vcp", here.to_str().unwrap(), &node]).await;
        let _ = std::fs::remove_file(&back);
        session.well(&["vcp", &node, back.to_str().unwrap()]).await;
        assert_eq!(std::fs::read(&back).unwrap(), content, "{name}");
    }
    let listed = session.well(&["vls", &format!("{ROOT}/odd")]).await;
    assert!(listed.contains("a blank.txt") && listed.contains("größe 中.txt"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_private_stays_so() {
    let Some(session) = Session::start().await else { return };
    session.space.add_file("/secret.txt", "text/plain", "mine").unwrap();
    session.space.set_property("/secret.txt", property::IS_PUBLIC, "false").unwrap();
    let back = session.path("back.txt");
    let refused =
        session.ill(&["vcp", &format!("{ROOT}/secret.txt"), back.to_str().unwrap()]).await;
    assert!(!back.exists(), "{refused}");
}
