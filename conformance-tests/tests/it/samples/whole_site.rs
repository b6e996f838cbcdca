//! The whole sample site on ports of its own, and the files of its archives moved there.
//!
//! *Called by* `samples.rs` and the behaviour suite.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use archway_conformance::samples::trees::ftp::{self, FtpSite};
use archway_conformance::samples::{self, SampleSite};
use tokio::net::TcpListener;

/// Where `config/archives/` expects HTTP, FTP and FTPS.
const WRITTEN: [&str; 3] = ["127.0.0.1:8471", "127.0.0.1:8472", "127.0.0.1:8473"];

/// Serves until it is dropped.
pub(crate) struct WholeSite {
    web: SampleSite,
    files: FtpSite,
}

impl WholeSite {
    pub(crate) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listen = || TcpListener::bind("127.0.0.1:0");
        let data = samples::committed_data();
        let files = ftp::serve(listen().await.unwrap(), listen().await.unwrap(), &data).unwrap();
        let web = samples::serve(listen().await.unwrap()).unwrap();
        Self { web, files }
    }

    /// Where HTTP, FTP and FTPS listen.
    pub(crate) fn addresses(&self) -> [SocketAddr; 3] {
        [self.web.address, self.files.ftp, self.files.ftps]
    }

    /// Writes the files of its archives, at its own addresses, and the authority they trust.
    pub(crate) fn write_archives(&self, folder: &Path) {
        for file in committed_archives() {
            self.write_moved(&file, folder);
        }
        std::fs::write(folder.join("samples-ca.pem"), &self.files.authority).unwrap();
    }

    /// The same of the presets that the repository has in `committed`.
    pub(crate) fn write_presets(&self, committed: &Path, folder: &Path) {
        for file in std::fs::read_dir(committed).unwrap() {
            self.write_moved(&file.unwrap().path(), folder);
        }
    }

    fn write_moved(&self, file: &Path, folder: &Path) {
        let mut text = std::fs::read_to_string(file).unwrap();
        for (written, address) in WRITTEN.iter().zip(self.addresses()) {
            text = text.replace(written, &address.to_string());
        }
        std::fs::write(folder.join(file.file_name().unwrap()), text).unwrap();
    }
}

/// The files of the sample archives, as the repository has them.
fn committed_archives() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/archives");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let sample = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("samples-") && name.ends_with(".toml")
    };
    files.retain(sample);
    files
}
