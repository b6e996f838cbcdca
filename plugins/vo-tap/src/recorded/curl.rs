//! A host that asks a real service by way of `curl` and keeps what was said.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use archway_plugin::host::{Level, Slot};
use archway_plugin::http::{Body, Redirects};
use archway_plugin::recording::{
    Exchange, RecordedRequest, RecordedResponse, Recording, method_name,
};
use archway_plugin::types::Value;
use archway_plugin::{Error, Host, Request, Response};

pub(super) struct CurlHost {
    settings: BTreeMap<String, Value>,
    recording: RefCell<Recording>,
    cache: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl CurlHost {
    pub(super) fn new(base_url: &str) -> Self {
        let settings = BTreeMap::from([("base_url".to_owned(), Value::Text(base_url.to_owned()))]);
        Self { settings, recording: RefCell::default(), cache: RefCell::default() }
    }

    pub(super) fn into_recording(self, note: &str) -> Recording {
        let mut recording = self.recording.into_inner();
        recording.note = note.to_owned();
        recording
    }
}

impl Host for CurlHost {
    fn send(&self, request: Request) -> Result<Response, Error> {
        let wit = request.as_wit();
        let recorded = RecordedRequest::of(wit);
        let scratch = std::env::temp_dir().join(format!("archway-record-{}", std::process::id()));
        std::fs::create_dir_all(&scratch).unwrap();
        let (head, body) = (scratch.join("head"), scratch.join("body"));
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--max-time",
            "60",
            "--request",
            method_name(&wit.method),
        ]);
        curl.arg("--dump-header")
            .arg(&head)
            .arg("--output")
            .arg(&body)
            .args(["--write-out", "%{url_effective}"]);
        if wit.redirects == Redirects::Follow {
            curl.arg("--location");
        }
        let mut input = Vec::new();
        match &wit.body {
            Body::Empty => {}
            Body::Bytes((media_type, content)) => {
                curl.args([
                    "--header",
                    &format!("content-type: {media_type}"),
                    "--data-binary",
                    "@-",
                ]);
                input.clone_from(content);
            }
            Body::Form(fields) => {
                let pairs = fields.iter().map(|(n, v)| (n.as_str(), v.as_str()));
                let encoded = archway_plugin::http::with_parameters("?", pairs);
                input = encoded.trim_start_matches('?').as_bytes().to_vec();
                curl.args(["--data-binary", "@-"]);
            }
            Body::Multipart(parts) => {
                for (number, part) in parts.iter().enumerate() {
                    let file = scratch.join(format!("part{number}"));
                    std::fs::write(&file, &part.content).unwrap();
                    let form = match &part.file_name {
                        Some(name) => format!(
                            "{}=@{};filename={name};type={}",
                            part.name,
                            file.display(),
                            part.media_type.as_deref().unwrap_or("")
                        ),
                        None => format!("{}=<{}", part.name, file.display()),
                    };
                    curl.args(["--form", &form]);
                }
            }
        }
        curl.arg(&wit.url).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = curl.spawn().expect("curl is installed");
        child.stdin.take().unwrap().write_all(&input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "curl failed on {}", wit.url);
        let final_url = String::from_utf8(output.stdout).unwrap();
        let (status, headers) = parse_head(&std::fs::read_to_string(&head).unwrap());
        let content = std::fs::read(&body).unwrap_or_default();
        let _ = std::fs::remove_dir_all(&scratch);
        let response = RecordedResponse {
            status,
            final_url: (final_url != wit.url).then(|| final_url.clone()),
            headers: headers.clone(),
            body: None,
        };
        let recorded_at = now();
        let exchange = Exchange { request: recorded, response, recorded_at, note: String::new() };
        let mut recording = self.recording.borrow_mut();
        let name = format!(
            "{:02}.{}",
            recording.exchanges.len() + 1,
            if content.starts_with(b"<") { "xml" } else { "txt" }
        );
        recording.add(exchange, &name, content.clone());
        Ok(Response::new(status, final_url, headers, Box::new(std::io::Cursor::new(content))))
    }

    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Error>> {
        requests.into_iter().map(|request| self.send(request)).collect()
    }

    fn setting(&self, key: &str) -> Option<Value> {
        self.settings.get(key).cloned()
    }

    fn credential_slots(&self) -> Vec<Slot> {
        Vec::new()
    }

    fn cached(&self, key: &str) -> Option<Vec<u8>> {
        self.cache.borrow().get(key).cloned()
    }

    fn cache(&self, key: &str, content: &[u8], _keep_s: Option<u32>) -> Result<(), Error> {
        self.cache.borrow_mut().insert(key.to_owned(), content.to_vec());
        Ok(())
    }

    fn log(&self, _level: Level, message: &str, fields: &[(&str, String)]) {
        println!("{message} {fields:?}");
    }

    fn now_us(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        i64::try_from(since.as_micros()).unwrap()
    }

    fn sleep_ms(&self, duration_ms: u32) {
        std::thread::sleep(std::time::Duration::from_millis(duration_ms.into()));
    }

    fn remaining_ms(&self) -> u64 {
        60_000
    }
}

/// The last head of those that redirects left, without what changes from day to day.
fn parse_head(text: &str) -> (u16, Vec<(String, String)>) {
    let last = text.trim_end().rsplit("\r\n\r\n").next().unwrap();
    let mut lines = last.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|code| code.parse().ok())
        .unwrap();
    let kept = ["content-type", "location", "retry-after", "content-encoding"];
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .filter(|(name, _)| kept.contains(&name.as_str()));
    (status, headers.collect())
}

fn now() -> String {
    let output = Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
