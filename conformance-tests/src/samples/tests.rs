//! The sample site, asked over HTTP on port 0.

mod data;
mod jobs;
mod protocol;
mod queries;
mod trees;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use super::SampleSite;

/// A site of its own, and a client that needs nothing but a socket.
async fn site() -> SampleSite {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    super::serve(listener).unwrap()
}

/// An HTTP answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The rows of a CSV answer without its header.
    fn rows(&self) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_reader(self.body.as_slice());
        reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
    }
}

/// Sends one request on a connection of its own.
async fn ask(site: &SampleSite, method: &str, path: &str, extra: &str, body: &str) -> Answer {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{extra}Content-Length: {}\r\n\r\n{body}",
        site.address,
        body.len()
    );
    let address = site.address;
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            lines.push(line);
        }
        let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines[1..]
            .iter()
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut body = Vec::new();
        reader.read_to_end(&mut body).unwrap();
        Answer { status, headers, body }
    })
    .await
    .unwrap()
}

async fn get(site: &SampleSite, path: &str) -> Answer {
    ask(site, "GET", path, "", "").await
}

async fn post(site: &SampleSite, path: &str, form: &[(&str, &str)]) -> Answer {
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    ask(site, "POST", path, kind, &encoded(form)).await
}

fn encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// A synchronous query of an archive, answered as CSV.
async fn csv(site: &SampleSite, archive: &str, query: &str) -> Answer {
    let form = [("LANG", "ADQL"), ("QUERY", query), ("RESPONSEFORMAT", "csv")];
    post(site, &format!("/{archive}/tap/sync"), &form).await
}
