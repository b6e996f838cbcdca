//! The federation by HTTP: what a person who searches, a program that pages and an operator who
//! changes files may rely on.
//!
//! Not here: archives that mean harm (`hostile.rs`), the command line (`cli.rs`).

mod deadlines;
mod operations;
mod paging;
mod questions;
mod reload;

use archway_conformance::samples::{self, SampleSite};
use tokio::net::TcpListener;

/// The sample site on a port of its own.
async fn sample_site() -> SampleSite {
    samples::serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap()
}
