//! An S3 server that nobody here wrote, over loopback.

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
    _serving: JoinSet<()>,
}

impl S3 {
    pub(crate) async fn start() -> Self {
        // The client builds its TLS even for http; a second test of this process finds it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("volumes")).unwrap();
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single("key", "not a secret"));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                connections.spawn(async move {
                    let http = Builder::new(TokioExecutor::new());
                    let _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        let config = S3Config {
            endpoint,
            bucket: "volumes".to_owned(),
            region: "us-east-1".to_owned(),
            key_id: "key".to_owned(),
            secret: Secret::new("not a secret"),
            path_style: true,
        };
        Self { folder, config, _serving: serving }
    }
}
