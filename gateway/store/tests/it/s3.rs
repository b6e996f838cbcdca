//! An S3 server that nobody here wrote, over loopback.

use std::net::SocketAddr;

use archway_store::{S3Config, Secret};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The server; it ends with this, and its folder goes.
pub(crate) struct S3 {
    pub(crate) folder: TempDir,
    pub(crate) config: S3Config,
    address: SocketAddr,
    serving: JoinSet<()>,
}

impl S3 {
    pub(crate) async fn start() -> Self {
        // The client builds its TLS even for http; a second test of this process finds it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("volumes")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = S3Config {
            endpoint: format!("http://{address}"),
            bucket: "volumes".to_owned(),
            region: "us-east-1".to_owned(),
            key_id: "key".to_owned(),
            secret: Secret::new("not a secret"),
            path_style: true,
        };
        let mut s3 = Self { folder, config, address, serving: JoinSet::new() };
        s3.serve(listener);
        s3
    }

    /// Ends the server and what it is doing.
    pub(crate) async fn stop(&mut self) {
        self.serving.shutdown().await;
    }

    pub(crate) async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serve(listener);
    }

    fn serve(&mut self, listener: TcpListener) {
        let files = s3s_fs::FileSystem::new(self.folder.path()).unwrap();
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single("key", "not a secret"));
        let service = service.build();
        self.serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                connections.spawn(async move {
                    let http = Builder::new(TokioExecutor::new());
                    let _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
    }
}
