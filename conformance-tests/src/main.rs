//! `archway-samples`: serves the sample site until it is ended.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use archway_conformance::samples::{self, trees};
use clap::Parser;
use tokio::net::TcpListener;

/// Serves real records and files recorded from real archives, so that a gateway has something to
/// search without internet: TAP, HTTP, FTP and FTPS.
#[derive(Parser)]
struct Options {
    /// Address to listen on for HTTP.
    #[arg(long, default_value = "127.0.0.1:8471")]
    listen: SocketAddr,
    /// Address to listen on for FTP.
    #[arg(long, default_value = "127.0.0.1:8472")]
    ftp: SocketAddr,
    /// Address to listen on for FTP with explicit TLS.
    #[arg(long, default_value = "127.0.0.1:8473")]
    ftps: SocketAddr,
    /// Where to write the certificate of the authority that vouches for FTPS; it is a new one at
    /// every start. An archive's `tls.trust` names it.
    #[arg(long)]
    authority: Option<PathBuf>,
    /// Folder of the samples; those of the checkout it was built in unless said otherwise.
    #[arg(long)]
    data: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let data = options.data.unwrap_or_else(samples::committed_data);
    let (http, ftp, ftps) =
        (listen(options.listen).await?, listen(options.ftp).await?, listen(options.ftps).await?);
    let files = trees::ftp::serve(ftp, ftps, &data)?;
    if let Some(file) = options.authority {
        std::fs::write(&file, &files.authority)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    let site = samples::serve_from(http, &data)?;
    announce(&site, &files);
    site.forever().await;
    Ok(())
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

#[allow(clippy::print_stdout, reason = "the line that says where the site is")]
fn announce(site: &samples::SampleSite, files: &trees::ftp::FtpSite) {
    println!(
        "sample site: {}/, ftp://{}/, ftpes://{}/ ({} records and {} files, samples of real data from {} publishers)",
        site.url,
        files.ftp,
        files.ftps,
        site.records,
        site.files,
        site.publishers.len()
    );
}
