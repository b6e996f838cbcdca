//! `archway-samples`: serves the sample site until it is ended.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use archway_conformance::samples;
use clap::Parser;

/// Serves real records and files recorded from real archives, so that a gateway has something to
/// search without internet.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8471")]
    listen: SocketAddr,
    /// Folder of the samples; those of the checkout it was built in unless said otherwise.
    #[arg(long)]
    data: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let data = options.data.unwrap_or_else(samples::committed_data);
    let site = samples::serve_from(listener, &data)?;
    announce(&site);
    site.forever().await;
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the line that says where the site is")]
fn announce(site: &samples::SampleSite) {
    println!(
        "sample site: {}/ ({} records, real data, sample of {})",
        site.url,
        site.records,
        site.publishers.join(", ")
    );
}
