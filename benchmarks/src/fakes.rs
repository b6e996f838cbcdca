//! Twenty archives on loopback: ten rows each after 50 ms, from a process of their own.

use std::io::Write as _;
use std::time::Duration;

use axum::Router;
use axum::extract::OriginalUri;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// How many archives.
pub(crate) const ARCHIVES: usize = 20;
/// How many rows each gives.
pub(crate) const ROWS: usize = 10;
/// How long each takes.
pub(crate) const DELAY: Duration = Duration::from_millis(50);

/// Serves until standard input closes; prints the address first.
///
/// Archive `n` is at `/n/tap`; one whose path begins with `/hang` never answers.
pub(crate) fn serve() -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
        let server =
            tokio::spawn(async { axum::serve(listener, Router::new().fallback(answer)).await });
        // The parent holds the other end, so that this process never outlives it.
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()))
            .await??;
        server.abort();
        Ok(())
    })
}

async fn answer(OriginalUri(uri): OriginalUri) -> Response {
    let archive = uri.path().split('/').nth(1).unwrap_or_default().to_owned();
    if archive.starts_with("hang") {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(DELAY).await;
    ([(header::CONTENT_TYPE, "application/x-votable+xml")], votable(&archive)).into_response()
}

const COLUMNS: [(&str, &str); 12] = [
    ("obs_publisher_did", r#"datatype="char" arraysize="*""#),
    ("obs_id", r#"datatype="char" arraysize="*""#),
    ("obs_collection", r#"datatype="char" arraysize="*""#),
    ("obs_title", r#"datatype="char" arraysize="*""#),
    ("dataproduct_type", r#"datatype="char" arraysize="*""#),
    ("calib_level", r#"datatype="int""#),
    ("access_url", r#"datatype="char" arraysize="*""#),
    ("access_estsize", r#"datatype="long" unit="kbyte""#),
    ("s_ra", r#"datatype="double" unit="deg""#),
    ("s_dec", r#"datatype="double" unit="deg""#),
    ("t_min", r#"datatype="double" unit="d""#),
    ("t_max", r#"datatype="double" unit="d""#),
];

fn votable(archive: &str) -> String {
    let mut text = String::from(
        r#"<?xml version="1.0"?><VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>"#,
    );
    for (name, attributes) in COLUMNS {
        text += &format!(r#"<FIELD name="{name}" {attributes}/>"#);
    }
    text += "<DATA><TABLEDATA>";
    for row in 0..ROWS {
        let cells = [
            format!("ivo://bench/{archive}?{row}"),
            format!("{row}"),
            "BENCH".to_owned(),
            format!("synthetic record {row} of archive {archive}"),
            "image".to_owned(),
            "2".to_owned(),
            format!("https://bench.example/{archive}/{row}.fits"),
            "1024".to_owned(),
            format!("{}", 10.0 + row as f64 / 1000.0),
            "41.0".to_owned(),
            "55000.0".to_owned(),
            "55000.1".to_owned(),
        ];
        text += "<TR>";
        for cell in cells {
            text += &format!("<TD>{cell}</TD>");
        }
        text += "</TR>";
    }
    text += "</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>";
    text
}
