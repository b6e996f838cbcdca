//! VOSpace: the server as the `vos` client of PyPI and as the built plugin see it.

mod client;
mod plugin;
mod tls;

use archway_conformance::vospace::{Settings, Vospace, registry, router};
use tokio::net::TcpListener;

/// Names that are hard on whoever escapes them.
const NAMES: [&str; 7] =
    ["a blank.txt", "100%.txt", "50%41.txt", "a#b.txt", "a+b.txt", "größe 中.txt", "q?&=;.txt"];

/// A service on a port of its own, until it is dropped.
struct Running {
    space: Vospace,
    url: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Serves by HTTP below `/vospace`, with `change` made to the settings of one that is read-only.
async fn serve(change: impl FnOnce(&mut Settings)) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/vospace", listener.local_addr().unwrap());
    let mut settings = Settings::read_only(&url, "archway.test!space");
    change(&mut settings);
    let space = Vospace::new(settings);
    let routes = registry(space.clone()).nest("/vospace", router(space.clone()));
    let server = tokio::spawn(async move {
        // Serving ends only with the task.
        let _ = axum::serve(listener, routes).await;
    });
    Running { space, url, server }
}
