//! Text lists: a name and a size on each line, as CDDIS gives for `*?list`.

use std::io::{BufRead, BufReader, Read};

use archway_plugin::Error;

use super::rows::read_error;
use crate::entry::Entry;

const MOST_LINE_BYTES: u64 = 8 * 1024;

/// Reads the entries of a list. A line that begins with `#` says something else; a name that
/// ends with `/` is a folder.
///
/// # Errors
///
/// Those of the source and of `each`; [`Error::MalformedReply`] for HTML (a page that asks
/// for a login) and for a line that has no end.
pub fn read_list(
    source: impl Read,
    asked: &str,
    each: &mut dyn FnMut(Entry) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut source = BufReader::new(source);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = Read::take(&mut source, MOST_LINE_BYTES);
        if limited.read_until(b'\n', &mut line).map_err(read_error)? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line);
        if line.len() as u64 == MOST_LINE_BYTES && !line.ends_with(b"\n") || text.starts_with('<') {
            return Err(Error::malformed(asked, "a name and a size on each line", text.trim()));
        }
        let text = text.trim_matches(['\r', '\n', ' ', '\t']);
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let last = text.rsplit_once([' ', '\t']);
        let (name, size) = match last.and_then(|(n, size)| Some((n, size.parse().ok()?))) {
            Some((name, bytes)) => (name.trim_end(), Some(bytes)),
            None => (text, None),
        };
        let entry = match name.strip_suffix('/') {
            Some(folder) => Entry::folder(folder),
            None => Entry::file(name),
        };
        let entry = match size {
            Some(bytes) => entry.with_size(bytes),
            None => entry,
        };
        each(entry.with_native(text))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, Error> {
        let mut all = Vec::new();
        read_list(text.as_bytes(), "https://archive.example/*?list", &mut |entry| {
            let size = entry.size.map(|size| size.bytes.to_string()).unwrap_or_default();
            all.push(format!("{:?} {} {size}", entry.kind, entry.name));
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn names_and_sizes_are_read_line_by_line() {
        let text = "# a list\r\nigs15904.sp3.Z   96012\r\na b.txt\t7\n\nold/\nbare\n";
        let wanted = ["File igs15904.sp3.Z 96012", "File a b.txt 7", "Folder old ", "File bare "];
        assert_eq!(read(text).unwrap(), wanted);
    }

    #[test]
    fn a_login_page_is_no_list() {
        assert!(matches!(read("<!DOCTYPE html><html>"), Err(Error::MalformedReply(_))));
        assert!(matches!(read(&"x".repeat(10_000)), Err(Error::MalformedReply(_))));
    }

    proptest::proptest! {
        #[test]
        fn any_list_is_read_or_refused(text in "[a-z0-9 /#\t\r\n<]{0,60}") {
            let _ = read(&text);
        }
    }
}
