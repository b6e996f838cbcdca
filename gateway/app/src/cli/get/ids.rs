//! The ids to download: from the command line, and from standard input as they come.

use std::io::{self, BufRead, Read};

use serde_json::Value;
use tokio::sync::mpsc;

/// The longest line of standard input: an asset as JSON.
const MAX_LINE_BYTES: u64 = 4 << 20;
/// Lines read ahead.
const AHEAD: usize = 64;

/// The ids in their order; `-` stands for those of standard input. An `Err` is a line that
/// holds none.
pub(super) fn ids(arguments: Vec<String>) -> mpsc::Receiver<Result<String, String>> {
    let (into, ids) = mpsc::channel(AHEAD);
    // Reading blocks for as long as whoever writes likes; at the end of the process it is left.
    tokio::task::spawn_blocking(move || {
        for argument in arguments {
            let gone = match argument.as_str() {
                "-" => read(io::stdin().lock(), |line| into.blocking_send(line).is_err()),
                _ => into.blocking_send(Ok(argument)).is_err(),
            };
            if gone {
                return;
            }
        }
    });
    ids
}

/// Gives what lines hold to `take` until it says that it wants no more; whether it did.
fn read(mut lines: impl BufRead, mut take: impl FnMut(Result<String, String>) -> bool) -> bool {
    let mut line = Vec::new();
    loop {
        line.clear();
        let found = match (&mut lines).take(MAX_LINE_BYTES).read_until(b'\n', &mut line) {
            Ok(0) => return false,
            Ok(read) if read as u64 == MAX_LINE_BYTES => {
                take(Err(format!("a line is longer than {MAX_LINE_BYTES} bytes")));
                return true;
            }
            Ok(_) => id(&line),
            Err(error) => {
                take(Err(format!("cannot read standard input: {error}")));
                return true;
            }
        };
        if found.is_some_and(&mut take) {
            return true;
        }
    }
}

/// The id in a line: the line itself, or the `id` of a JSON object.
fn id(line: &[u8]) -> Option<Result<String, String>> {
    let Ok(text) = str::from_utf8(line) else {
        return Some(Err("a line of standard input is not UTF-8".to_owned()));
    };
    match text.trim() {
        "" => None,
        object if object.starts_with('{') => {
            let id = serde_json::from_str::<Value>(object)
                .ok()
                .and_then(|asset| Some(asset.get("id")?.as_str()?.to_owned()));
            Some(id.ok_or_else(|| "a line of standard input is no asset with an `id`".to_owned()))
        }
        id => Some(Ok(id.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn lines_are_ids_or_assets() {
        let input =
            "hst/a b\r\n\n  eso/x  \n{\"id\": \"esa/1\", \"title\": \"t\"}\n{\"di\": 1}\nlast";
        let mut found = Vec::new();
        assert!(!read(input.as_bytes(), |line| {
            found.push(line.unwrap_or_else(|error| format!("error: {error}")));
            false
        }));
        assert_eq!(
            found,
            [
                "hst/a b",
                "eso/x",
                "esa/1",
                "error: a line of standard input is no asset with an `id`",
                "last",
            ]
        );
    }

    #[test]
    fn an_endless_line_is_not_kept() {
        let mut found = Vec::new();
        let endless = std::io::BufReader::new(std::io::repeat(b'x'));
        assert!(read(endless, |line| {
            found.push(line);
            false
        }));
        assert_eq!(found, [Err("a line is longer than 4194304 bytes".to_owned())]);
    }
}
