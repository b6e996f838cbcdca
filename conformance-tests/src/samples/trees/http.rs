//! `/trees/...`: the trees as a web server shows them, with indexes as nginx writes them.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode};

use super::{Node, Trees, modified};
use crate::samples::files::{Facts, answer};

/// Longest name that nginx writes whole into an index.
const WHOLE_NAME_CHARS: usize = 50;

/// The routes. Not nested: a redirect and an index say where they are.
pub(in crate::samples) fn router(trees: Arc<Trees>) -> Router {
    let root = async |State(trees), headers| at(trees, String::new(), headers).await;
    let below = async |State(trees), Path(path), headers| at(trees, path, headers).await;
    let without_slash = async || Redirect::permanent("/trees/");
    Router::new()
        .route("/trees", get(without_slash))
        .route("/trees/", get(root))
        .route("/trees/{*path}", get(below))
        .with_state(trees)
}

async fn at(trees: Arc<Trees>, asked: String, headers: HeaderMap) -> Response {
    let folder = asked.is_empty() || asked.ends_with('/');
    let path = asked.strip_suffix('/').unwrap_or(&asked);
    match trees.node(path) {
        Some(Node::File(entry)) if !folder => {
            let facts = Facts {
                content_type: stored_as(path).unwrap_or(&entry.content_type),
                sha256: &entry.sha256,
                modified: Some(modified(entry)),
            };
            answer(&trees.place(entry), &facts, &headers).await
        }
        Some(Node::Folder { .. }) if folder => Html(index(&trees, path)).into_response(),
        Some(Node::Folder { .. }) => {
            Redirect::permanent(&format!("/trees/{path}/")).into_response()
        }
        _ => (StatusCode::NOT_FOUND, "no such sample file or folder\n").into_response(),
    }
}

/// What a packed file is, whatever is in it.
fn stored_as(path: &str) -> Option<&'static str> {
    let (_, suffix) = path.rsplit_once('.')?;
    match suffix {
        "gz" => Some("application/gzip"),
        "bz2" => Some("application/x-bzip2"),
        "Z" => Some("application/x-compress"),
        _ => None,
    }
}

/// A folder as nginx's autoindex module writes it: folders first, long names cut, exact sizes.
fn index(trees: &Trees, path: &str) -> String {
    let slash = if path.is_empty() { "" } else { "/" };
    let title = format!("Index of /trees/{path}{slash}");
    let mut page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1><hr><pre><a href=\"../\">../</a>\r\n"
    );
    let (folders, files): (Vec<_>, Vec<_>) =
        trees.list(path).into_iter().partition(|(_, node)| matches!(node, Node::Folder { .. }));
    for (name, node) in folders.into_iter().chain(files) {
        let (name, size) = match node {
            Node::Folder { .. } => (format!("{name}/"), "-".to_owned()),
            Node::File(entry) => (name.to_owned(), entry.size_bytes.to_string()),
        };
        let shown = if name.chars().count() > WHOLE_NAME_CHARS {
            format!("{}..&gt;", name.chars().take(WHOLE_NAME_CHARS - 3).collect::<String>())
        } else {
            name.clone()
        };
        let pad = WHOLE_NAME_CHARS.saturating_sub(name.chars().count());
        // Names here are letters, digits, dots, dashes and underscores: nothing to escape.
        let _ = write!(
            page,
            "<a href=\"{name}\">{shown}</a>{:pad$} {} {size:>19}\r\n",
            "",
            stamp(node.modified())
        );
    }
    page.push_str("</pre><hr></body>\r\n</html>\r\n");
    page
}

/// `29-Apr-2026 21:07`, in UTC.
fn stamp(time: SystemTime) -> String {
    // `Wed, 29 Apr 2026 21:07:22 GMT`
    let long = httpdate::fmt_http_date(time);
    let words: Vec<_> = long.split([' ', ':']).collect();
    match words.as_slice() {
        [_, day, month, year, hour, minute, ..] => format!("{day}-{month}-{year} {hour}:{minute}"),
        _ => long,
    }
}
