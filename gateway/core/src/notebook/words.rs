//! What a notebook says in words: what it is, which files there are, how to cite them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::sections::format_of;
use super::{MOST_FILES, NotebookFile};

/// Most identifiers, and most publishers, that are written out one by one.
const MOST_NAMED: usize = 20;

/// The cell at the top.
pub(super) fn introduction(title: &str, made_from: &str, files: &[NotebookFile]) -> String {
    let mut text = format!("# {}\n\n", plain(title));
    let count = match files.len() {
        1 => "one file".to_owned(),
        count => format!("{count} files"),
    };
    let known: u64 = files.iter().filter_map(|file| file.size_bytes).fold(0, u64::saturating_add);
    let size = if known == 0 { String::new() } else { format!(", {}", bytes(known)) };
    let _ = writeln!(text, "Made by Archway from {}: {count}{size}.", plain(made_from));
    let archives = distinct(files.iter().map(|file| file.archive.as_str()));
    if !archives.is_empty() {
        let _ = writeln!(text, "\nFrom: {}.", archives.join(", "));
    }
    let collections = distinct(files.iter().map(|file| file.collection.as_str()));
    if !collections.is_empty() {
        let _ = writeln!(text, "\nCollections: {}.", collections.join(", "));
    }
    if files.len() > MOST_FILES {
        let _ = writeln!(
            text,
            "\nThe first {MOST_FILES} files are listed; the volume holds {} more.",
            files.len() - MOST_FILES
        );
    }
    text.push_str(
        "\nRun it from top to bottom; it needs no network. The files are read-only, this notebook \
         is yours: change it, it will not be written again. Terms of use and how to cite are at \
         the end.\n",
    );
    text
}

/// The cell that names the files.
pub(super) fn listing(files: &[NotebookFile]) -> String {
    let mut text = "# The files, as the gateway describes them.\nFILES = [\n".to_owned();
    for file in files.iter().take(MOST_FILES) {
        let path = file.path.strip_prefix("/data/").unwrap_or(&file.path);
        let title = if file.title.trim().is_empty() { path } else { file.title.trim() };
        let _ = write!(
            text,
            "    {{\"path\": {},\n     \"title\": {},\n     \"format\": {}, \"type\": {}",
            python(path),
            python(title),
            python(&format_of(file)),
            python(file.product_type.as_deref().unwrap_or("")),
        );
        if let Some(sha256) = &file.sha256 {
            let _ = write!(text, ",\n     \"sha256\": {}", python(sha256));
        }
        text.push_str("},\n");
    }
    text.push(']');
    text
}

/// The cell at the foot.
pub(super) fn citations(files: &[NotebookFile]) -> String {
    let mut text = "## How to cite, and terms of use\n".to_owned();
    let mut groups: BTreeMap<[&str; 3], Vec<&NotebookFile>> = BTreeMap::new();
    for file in files {
        let words = [&file.publisher, &file.licence, &file.acknowledgement];
        groups.entry(words.map(|word| word.as_deref().unwrap_or(""))).or_default().push(file);
    }
    for ([publisher, licence, acknowledgement], files) in groups.iter().take(MOST_NAMED) {
        let publisher =
            if publisher.is_empty() { "Publisher not stated".to_owned() } else { plain(publisher) };
        let count = files.len();
        let _ = writeln!(
            text,
            "\n**{publisher}** ({count} file{})\n",
            if count == 1 { "" } else { "s" }
        );
        let licence = if licence.is_empty() { "not stated".to_owned() } else { plain(licence) };
        let _ = writeln!(text, "- Licence: {licence}");
        if !acknowledgement.is_empty() {
            let _ = writeln!(text, "- Please acknowledge: {}", plain(acknowledgement));
        }
        named(&mut text, "DOI", files.iter().filter_map(|file| file.doi.as_deref()), |doi| {
            format!("[{}](https://doi.org/{})", plain(doi), in_link(doi))
        });
        let identifiers = files.iter().map(|file| file.identifier.as_str());
        named(&mut text, "Identifiers", identifiers, |name| format!("`{}`", in_code(name)));
    }
    if groups.len() > MOST_NAMED {
        let _ = writeln!(text, "\nThere are {} more publishers.", groups.len() - MOST_NAMED);
    }
    text.push_str(
        "\nWhere each file came from, when, and with which checksum, is in `provenance.json` of \
         its volume.\n",
    );
    text
}

fn named<'a>(
    text: &mut String,
    what: &str,
    values: impl Iterator<Item = &'a str>,
    show: impl Fn(&str) -> String,
) {
    let mut values: Vec<&str> = values.filter(|value| !value.is_empty()).collect();
    values.sort_unstable();
    values.dedup();
    if values.is_empty() {
        return;
    }
    let shown: Vec<String> = values.iter().take(MOST_NAMED).map(|value| show(value)).collect();
    let _ = write!(text, "- {what}: {}", shown.join(", "));
    if values.len() > MOST_NAMED {
        let _ = write!(text, " and {} more", values.len() - MOST_NAMED);
    }
    text.push('\n');
}

/// Each once, in order, ready for Markdown; of many the first.
fn distinct<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    let more = words.len().saturating_sub(MOST_NAMED);
    let mut shown: Vec<String> = words.into_iter().take(MOST_NAMED).map(plain).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown
}

/// A string literal of Python: what JSON escapes, Python reads alike.
fn python(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Text in which Markdown sees no signs of its own: an archive's words are no markup here.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' | '>' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

fn in_code(text: &str) -> String {
    text.chars().filter(|c| *c != '`' && !c.is_control()).collect()
}

fn in_link(text: &str) -> String {
    const SAFE: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
    percent_encoding::utf8_percent_encode(text, SAFE).to_string()
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit behind the point")]
fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.1} GB", count as f64 / 1e9),
    }
}
