//! Server-sent events, read as they come (HTML Living Standard, 9.2.6).

use anyhow::{Context, bail};
use serde_json::Value;

/// Most bytes of one event: a page of 1000 assets is a few MiB.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// Reads a response to its end, a bounded one.
pub(super) async fn whole(mut response: reqwest::Response) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > 1024 * 1024 {
            bail!("the answer has no end");
        }
    }
    Ok(body)
}

/// The events of one response.
pub(super) struct Events {
    response: reqwest::Response,
    lines: Lines,
}

impl Events {
    pub(super) fn new(response: reqwest::Response) -> Self {
        Self { response, lines: Lines::default() }
    }

    /// Name and data of the next one; `None` at the end of the stream.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<(String, Value)>> {
        loop {
            if let Some((name, data)) = self.lines.event() {
                let parsed = serde_json::from_str(&data)
                    .with_context(|| format!("event `{name}` is not JSON"))?;
                return Ok(Some((name, parsed)));
            }
            let Some(chunk) = self.response.chunk().await? else { return Ok(None) };
            self.lines.add(&chunk)?;
        }
    }
}

/// What was read and is not a whole event yet.
#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
    /// Of `bytes`: behind the last line that was looked at.
    read: usize,
    name: String,
    data: String,
}

impl Lines {
    fn add(&mut self, chunk: &[u8]) -> anyhow::Result<()> {
        self.bytes.drain(..self.read);
        self.read = 0;
        if self.bytes.len() + self.data.len() + chunk.len() > MOST_BYTES {
            bail!("an event has more than {MOST_BYTES} bytes");
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// The next whole event: its name and its data.
    fn event(&mut self) -> Option<(String, String)> {
        while let Some(line) = self.line() {
            if line.is_empty() {
                let (name, data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
                if !data.is_empty() {
                    return Some((name, data));
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut self.name),
                "data" => {
                    if !self.data.is_empty() {
                        self.data.push('\n');
                    }
                    self.data.push_str(value);
                }
                // Comments keep the connection alive; `id` and `retry` are for browsers.
                _ => {}
            }
        }
        None
    }

    fn line(&mut self) -> Option<String> {
        let rest = self.bytes.get(self.read..)?;
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = rest.get(..end)?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = String::from_utf8_lossy(line).into_owned();
        self.read += end + 1;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    fn events(chunks: &[&str]) -> Vec<(String, String)> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for chunk in chunks {
            lines.add(chunk.as_bytes()).unwrap();
            while let Some(event) = lines.event() {
                found.push(event);
            }
        }
        found
    }

    #[test]
    fn events_are_found_however_the_network_cuts_them() {
        let expected =
            [("source".to_owned(), "{\"a\":1}\n{}".to_owned()), (String::new(), "é".to_owned())];
        let stream = ": keep-alive\n\nevent: source\r\ndata: {\"a\":1}\ndata:{}\n\nid: 7\ndata: é\n\nevent: page\n";
        assert_eq!(events(&[stream]), expected);
        for cut in (1..stream.len()).filter(|at| stream.is_char_boundary(*at)) {
            assert_eq!(events(&[&stream[..cut], &stream[cut..]]), expected, "cut at {cut}");
        }
    }
}
