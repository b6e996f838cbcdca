//! The sample site: real records and files, served on loopback, so that a
//! gateway has something to search without internet.
//!
//! *Called by* the binary `archway-samples` and by tests, which serve it on
//! port 0. *Calls* `table.rs` and `manifest.rs` (the committed samples),
//! `tap.rs` (one TAP service an archive), `files.rs`, `trees.rs` (directory trees by HTTP,
//! FTP and FTPS), `planets.rs` (a `VOSpace` of one of them). *Rules*: what it serves
//! was recorded from real archives and says in every title that it is a sample;
//! nothing is made up, and every URL leads to something that is there.

pub mod archives;
mod files;
mod geometry;
pub mod manifest;
mod planets;
pub mod table;
pub mod tap;
pub mod trees;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use tokio::net::TcpListener;

use self::archives::{ARCHIVES, TREES};
use self::manifest::Manifest;
use self::table::{Table, Value};
use self::tap::TapService;
use self::trees::Trees;
use crate::vospace;

/// A running sample site. It stops when this is dropped.
#[derive(Debug)]
pub struct SampleSite {
    /// Where it listens.
    pub address: SocketAddr,
    /// `http://127.0.0.1:8471`, without a slash at the end.
    pub url: String,
    /// Rows of all tables.
    pub records: usize,
    /// Files of all trees, lists of checksums not counted.
    pub files: usize,
    /// The archives whose replies were recorded, and the authors of the catalogues.
    pub publishers: Vec<String>,
    server: tokio::task::JoinHandle<()>,
}

/// Where the committed samples are in a checkout.
pub fn committed_data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// Serves the committed samples on `listener`, whose address all URLs in answers carry.
///
/// # Errors
///
/// If the samples cannot be read; says which file and row.
pub fn serve(listener: TcpListener) -> anyhow::Result<SampleSite> {
    serve_from(listener, &committed_data())
}

/// Serves the samples of the folder `data`.
///
/// # Errors
///
/// As [`serve`].
pub fn serve_from(listener: TcpListener, data: &Path) -> anyhow::Result<SampleSite> {
    let address = listener.local_addr().context("the listener has no address")?;
    let url = format!("http://{address}");
    let manifest = Manifest::read(data)?;
    let mut tables = read_tables(&manifest, data, &url)?;
    let records = tables.iter().map(|table| table.rows.len()).sum();
    let files = manifest.trees.iter().filter(|entry| !entry.dataset.is_empty()).count();
    let page = front_page(&manifest, &url, records);
    let mut publishers: Vec<_> =
        manifest.datasets.iter().map(|dataset| dataset.publisher.clone()).collect();
    publishers.sort();
    publishers.dedup();

    let mut routes = Router::new()
        .route("/", get(move || async move { Html(page) }))
        .nest(planets::PATH, vospace::router(planets::space(&manifest, data, &url)?))
        .merge(trees::http::router(Arc::new(Trees::new(&manifest, data))))
        .nest("/files", files::router(data.join("files"), manifest.files));
    for archive in ARCHIVES {
        let here = |table: &mut Table| archive.schemas.iter().any(|s| s.name == table.schema());
        let own = tables.extract_if(.., here).collect();
        let tap_url = format!("{url}{}", archive.path);
        let service = TapService::new(tap_url, archive.title, archive.schemas, own);
        routes = routes.nest(archive.path, tap::router(Arc::new(service)));
    }
    let routes = routes.layer(axum::middleware::map_response(with_server_header));
    let server = tokio::spawn(async move {
        // Serving ends only with the task.
        let _ = axum::serve(listener, routes).await;
    });
    Ok(SampleSite { address, url, records, files, publishers, server })
}

impl SampleSite {
    /// Serves until the process ends.
    pub async fn forever(mut self) {
        // Only a panic of the server ends this early, and the panic has been reported.
        let _ = (&mut self.server).await;
    }
}

impl Drop for SampleSite {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Says what answers, in the form VO software uses (IVOA software identification note).
async fn with_server_header(mut response: axum::response::Response) -> axum::response::Response {
    let name = concat!("archway-samples/", env!("CARGO_PKG_VERSION"), " (IVOA-test)");
    let name = http::HeaderValue::from_static(name);
    response.headers_mut().insert(http::header::SERVER, name);
    response
}

/// Reads every table, with `{base}` in descriptions and texts replaced by the site's URL.
fn read_tables(manifest: &Manifest, data: &Path, url: &str) -> anyhow::Result<Vec<Table>> {
    let mut tables = Vec::new();
    for entry in &manifest.tables {
        let mut table = Table::read(&data.join(&entry.columns_file), &data.join(&entry.rows_file))?;
        anyhow::ensure!(
            table.rows.len() == entry.rows,
            "{} has {} rows where the manifest says {}",
            entry.name,
            table.rows.len(),
            entry.rows
        );
        table.description = table.description.replace("{base}", url);
        for value in table.rows.iter_mut().flatten() {
            if let Value::Text(text) = value
                && text.contains("{base}")
            {
                *text = text.replace("{base}", url).into();
            }
        }
        tables.push(table);
    }
    Ok(tables)
}

/// What a person sees at `/`: what is here, whose it is, and under which terms.
fn front_page(manifest: &Manifest, url: &str, records: usize) -> String {
    let archives: String = ARCHIVES
        .iter()
        .map(|archive| {
            format!("<li>{}: TAP at <code>{url}{}</code></li>", archive.title, archive.path)
        })
        .collect();
    let files: String = manifest
        .files
        .iter()
        .map(|file| {
            format!(
                "<li><a href=\"/files/{0}\">{0}</a>, {1} bytes</li>",
                file.path, file.size_bytes
            )
        })
        .collect();
    let datasets: String = manifest
        .datasets
        .iter()
        .map(|dataset| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{} {} ({})</td></tr>",
                dataset.title,
                dataset.publisher,
                dataset.credit,
                dataset.data_licence,
                dataset.package,
                dataset.version,
                dataset.package_licence
            )
        })
        .collect();
    let trees: String = TREES
        .iter()
        .map(|(name, what)| format!("<li><a href=\"/trees/{name}/\">{name}</a>: {what}</li>"))
        .collect();
    let space = planets::PATH;
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sample site of Archway</title>\
         <h1>Sample site of Archway</h1><p>A sample of real data: {records} records.</p>\
         <h2>Archives</h2><ul>{archives}</ul><h2>Trees</h2><p>By HTTP, FTP and FTPS; planetary also as a VOSpace at <code>{url}{space}</code></p><ul>{trees}</ul><h2>Files</h2><ul>{files}</ul>\
         <h2>Sources</h2><table><tr><th>Data</th><th>Publisher</th><th>Credit</th><th>Licence of the data</th><th>Package it came in</th></tr>{datasets}</table></html>\n"
    )
}

#[cfg(test)]
mod tests;
