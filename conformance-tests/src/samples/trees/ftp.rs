//! The trees by FTP and by FTPS with explicit TLS (RFC 959, 2389, 3659, 4217): libunftp over a
//! folder that nobody can write to. Anonymous, passive, MLSD and UNIX listings, restart.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context;
use async_trait::async_trait;
use libunftp::ServerBuilder;
use libunftp::options::FtpsRequired;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncSeekExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use unftp_core::auth::UserDetail;
use unftp_core::storage::{
    ErrorKind, FEATURE_RESTART, Fileinfo, Metadata, Permissions, Result, StorageBackend,
};

use super::authority::Authority;
use super::upgrade::Upgrading;
use super::{Node, Trees};
use crate::samples::manifest::Manifest;

/// Running FTP servers. They stop when this is dropped.
#[derive(Debug)]
pub struct FtpSite {
    /// Where plain FTP listens.
    pub ftp: SocketAddr,
    /// Where FTP listens that wants `AUTH TLS` before anything else.
    pub ftps: SocketAddr,
    /// Who vouches for the certificate of FTPS: a certificate in PEM, new at every start.
    pub authority: String,
    servers: [JoinHandle<()>; 2],
}

impl Drop for FtpSite {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

/// Serves the trees of the samples folder `data` on two listeners.
///
/// # Errors
///
/// If the manifest cannot be read, or no certificate can be made.
pub fn serve(ftp: TcpListener, ftps: TcpListener, data: &Path) -> anyhow::Result<FtpSite> {
    let trees = Arc::new(Trees::new(&Manifest::read(data)?, data));
    let authority = Authority::new()?;
    let tls = authority.server(&["127.0.0.1", "localhost"])?;
    Ok(FtpSite {
        ftp: ftp.local_addr().context("the FTP listener has no address")?,
        ftps: ftps.local_addr().context("the FTPS listener has no address")?,
        authority: authority.pem(),
        servers: [
            tokio::spawn(accept(ftp, Arc::clone(&trees), None)),
            tokio::spawn(accept(ftps, trees, Some(tls))),
        ],
    })
}

/// Serves each connection until its client is done.
async fn accept(listener: TcpListener, trees: Arc<Trees>, tls: Option<Arc<ServerConfig>>) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A client that is gone already is no loss.
                let Ok((stream, _)) = accepted else { continue };
                sessions.spawn(session(stream, Arc::clone(&trees), tls.clone()));
            }
            Some(_) = sessions.join_next() => {}
        }
    }
}

async fn session(stream: TcpStream, trees: Arc<Trees>, tls: Option<Arc<ServerConfig>>) {
    let storage = move || ReadOnly(Arc::clone(&trees));
    let server = ServerBuilder::new(Box::new(storage))
        .greeting("Sample site of Archway: real data, read only");
    // How a session ends is the client's business.
    let Some(tls) = tls else {
        let server = server.build().expect("nothing of it can be wrong");
        let _ = server.service(stream).await;
        return;
    };
    let upgrading = Upgrading::default();
    let server = server
        .ftps_manual::<PathBuf>(tls)
        .ftps_required(FtpsRequired::All, FtpsRequired::All)
        .logger(upgrading.logger())
        .build()
        .expect("TLS, the part that can be wrong, is ready-made");
    let Ok((near, far)) = pair().await else { return };
    let (_, _) = tokio::join!(server.service(far), upgrading.relay(stream, near));
}

/// The two ends of a connection within this machine.
async fn pair() -> std::io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let near = TcpStream::connect(listener.local_addr()?).await?;
    let (far, _) = listener.accept().await?;
    Ok((near, far))
}

/// The trees as libunftp asks for them.
#[derive(Debug)]
struct ReadOnly(Arc<Trees>);

/// What FTP tells of a file or folder.
#[derive(Debug)]
struct Facts {
    size_bytes: u64,
    folder: bool,
    modified: SystemTime,
}

impl From<Node<'_>> for Facts {
    fn from(node: Node<'_>) -> Self {
        let (size_bytes, folder) = match node {
            Node::File(entry) => (entry.size_bytes, false),
            Node::Folder { .. } => (4096, true),
        };
        Self { size_bytes, folder, modified: node.modified() }
    }
}

impl Metadata for Facts {
    fn len(&self) -> u64 {
        self.size_bytes
    }

    fn is_dir(&self) -> bool {
        self.folder
    }

    fn is_file(&self) -> bool {
        !self.folder
    }

    fn is_symlink(&self) -> bool {
        false
    }

    fn modified(&self) -> Result<SystemTime> {
        Ok(self.modified)
    }

    fn gid(&self) -> u32 {
        0
    }

    fn uid(&self) -> u32 {
        0
    }

    fn permissions(&self) -> Permissions {
        Permissions(if self.folder { 0o555 } else { 0o444 })
    }
}

impl ReadOnly {
    fn node(&self, path: &Path) -> Result<Node<'_>> {
        let path = inside(path)?;
        self.0.node(&path).ok_or_else(|| ErrorKind::PermanentFileNotAvailable.into())
    }
}

/// The path below the root, without slashes at its ends. There is nothing above the root.
fn inside(path: &Path) -> Result<String> {
    let mut names: Vec<&str> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => {
                names.push(name.to_str().ok_or(ErrorKind::FileNameNotAllowedError)?);
            }
            Component::ParentDir => {
                names.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Ok(names.join("/"))
}

/// Answers everything that would change something.
fn refused<T>() -> Result<T> {
    Err(ErrorKind::PermissionDenied.into())
}

#[async_trait]
impl<User: UserDetail> StorageBackend<User> for ReadOnly {
    type Metadata = Facts;

    fn supported_features(&self) -> u32 {
        FEATURE_RESTART
    }

    async fn metadata<P: AsRef<Path> + Send + Debug>(&self, _: &User, path: P) -> Result<Facts> {
        Ok(self.node(path.as_ref())?.into())
    }

    async fn list<P: AsRef<Path> + Send + Debug>(
        &self,
        _: &User,
        path: P,
    ) -> Result<Vec<Fileinfo<PathBuf, Facts>>> {
        match self.node(path.as_ref())? {
            Node::File(_) => Err(ErrorKind::PermanentDirectoryNotAvailable.into()),
            Node::Folder { .. } => {
                let found = self.0.list(&inside(path.as_ref())?);
                let info = |(name, node): (&str, Node<'_>)| Fileinfo {
                    path: PathBuf::from(name),
                    metadata: node.into(),
                };
                Ok(found.into_iter().map(info).collect())
            }
        }
    }

    async fn get<P: AsRef<Path> + Send + Debug>(
        &self,
        _: &User,
        path: P,
        start_pos: u64,
    ) -> Result<Box<dyn AsyncRead + Send + Sync + Unpin>> {
        let Node::File(entry) = self.node(path.as_ref())? else {
            return Err(ErrorKind::PermanentFileNotAvailable.into());
        };
        let place = self.0.place(entry);
        let mut file = tokio::fs::File::open(place).await?;
        file.seek(std::io::SeekFrom::Start(start_pos)).await?;
        Ok(Box::new(file))
    }

    async fn cwd<P: AsRef<Path> + Send + Debug>(&self, _: &User, path: P) -> Result<()> {
        match self.node(path.as_ref())? {
            Node::Folder { .. } => Ok(()),
            Node::File(_) => Err(ErrorKind::PermanentDirectoryNotAvailable.into()),
        }
    }

    async fn put<P, R>(&self, _: &User, _: R, _: P, _: u64) -> Result<u64>
    where
        P: AsRef<Path> + Send + Debug,
        R: AsyncRead + Send + Sync + Unpin + 'static,
    {
        refused()
    }

    async fn del<P: AsRef<Path> + Send + Debug>(&self, _: &User, _: P) -> Result<()> {
        refused()
    }

    async fn mkd<P: AsRef<Path> + Send + Debug>(&self, _: &User, _: P) -> Result<()> {
        refused()
    }

    async fn rename<P: AsRef<Path> + Send + Debug>(&self, _: &User, _: P, _: P) -> Result<()> {
        refused()
    }

    async fn rmd<P: AsRef<Path> + Send + Debug>(&self, _: &User, _: P) -> Result<()> {
        refused()
    }
}
