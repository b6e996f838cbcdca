//! What a failing service says, found in the body it sent: VOTable, broken
//! VOTable, UWS, HTML, plain text.
//!
//! Rules: never fails and never says more than one short line; a bad error
//! document is still an error document.

use crate::limits::Limits;
use crate::votable::{QueryStatus, Reader};

/// Looked at, of a body.
const MOST_BODY_BYTES: usize = 64 << 10;
/// Told, of a message.
const MOST_CHARS: usize = 1000;

/// Returns the message in the first bytes of an error body, as one line
/// without tags, entities and control characters; `None` if there is no text.
///
/// `content_type` may be absent or wrong: the body decides.
pub fn error_message(content_type: Option<&str>, body_head: &[u8]) -> Option<String> {
    let head = &body_head[..body_head.len().min(MOST_BODY_BYTES)];
    let text = String::from_utf8_lossy(head);
    let is_xml = text.contains("VOTABLE") || text.contains("errorSummary");
    let is_html = content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"))
        || find_ignoring_case(&text, "<html").is_some()
        || find_ignoring_case(&text, "<body").is_some();
    let found = if is_xml { from_votable(head, &text).or_else(|| from_uws(&text)) } else { None };
    let found = found.or_else(|| if is_html { from_html(&text) } else { None });
    let found = found.or_else(|| tidy(&text));
    found.map(|message| shorten(&message))
}

fn from_votable(head: &[u8], text: &str) -> Option<String> {
    let limits = Limits { text_bytes: MOST_BODY_BYTES, ..Limits::default() };
    if let Ok(reader) = Reader::new(head, limits)
        && let QueryStatus::Error(message) = reader.head().status()
        && let Some(message) = tidy(&message)
    {
        return Some(message);
    }
    from_broken_votable(text)
}

/// Takes a VOTable apart that no parser would: the innermost word on the
/// status, in the text of the INFO or in its value.
fn from_broken_votable(text: &str) -> Option<String> {
    let mut found = None;
    let mut rest = text;
    while let Some(at) = rest.find("QUERY_STATUS") {
        rest = &rest[at + "QUERY_STATUS".len()..];
        let next = rest.find("QUERY_STATUS").unwrap_or(rest.len());
        let here = &rest[..next];
        let value = here.find("value=").and_then(|at| {
            let value = &here[at + "value=".len()..];
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let value = &value[1..];
            Some(&value[..end_of_attribute(value, quote)])
        });
        match value.map(str::trim) {
            Some("OK" | "OVERFLOW") => continue,
            Some(value) if !value.eq_ignore_ascii_case("ERROR") && !value.is_empty() => {
                found = tidy(value).or(found);
            }
            Some(_) | None => {
                let content = here.find('>').map(|at| &here[at + 1..]);
                let content = content.map(|c| &c[..c.find("</").unwrap_or(c.len())]);
                found = content.and_then(tidy).or(found);
            }
        }
    }
    found
}

/// Returns where an attribute's value ends, though it may hold quotes of its
/// own: at the quote that ends the tag, else at the first one.
fn end_of_attribute(value: &str, quote: char) -> usize {
    let first = value.find(quote).unwrap_or(value.len());
    let after_first = value[first..].chars().nth(1);
    let is_proper = after_first.is_none_or(|c| matches!(c, '>' | '/') || c.is_ascii_alphabetic());
    let another_attribute = value.get(first + 1..).is_some_and(|rest| {
        let name = rest.trim_start().split(|c: char| !c.is_ascii_alphanumeric()).next();
        let name = name.unwrap_or_default();
        !name.is_empty() && rest.trim_start()[name.len()..].starts_with('=')
    });
    if is_proper || another_attribute {
        return first;
    }
    ["\">", "'>", "\"/>", "'/>"]
        .iter()
        .filter(|end| end.starts_with(quote))
        .filter_map(|end| value.find(end))
        .min()
        .unwrap_or(first)
}

fn from_uws(text: &str) -> Option<String> {
    let summary = &text[text.find("errorSummary")?..];
    let message = &summary[summary.find("message")?..];
    let message = &message[message.find('>')? + 1..];
    tidy(&message[..message.find("</").unwrap_or(message.len())])
}

fn from_html(text: &str) -> Option<String> {
    // The list that TAP+ services make: `<li><b>Message: </b>…</li>`.
    if let Some(at) = find_ignoring_case(text, "message:") {
        let rest = &text[at + "message:".len()..];
        let end = ["</li>", "<li", "</p>", "</ul>", "<br"]
            .iter()
            .filter_map(|tag| find_ignoring_case(rest, tag))
            .min()
            .unwrap_or(rest.len());
        if let Some(message) = tidy(&rest[..end]) {
            return Some(message);
        }
    }
    let element = |name: &str| {
        let at = find_ignoring_case(text, &format!("<{name}"))?;
        let content = &text[at..];
        let content = &content[content.find('>')? + 1..];
        let end = find_ignoring_case(content, &format!("</{name}")).unwrap_or(content.len());
        tidy(&content[..end])
    };
    element("h1").or_else(|| element("title")).or_else(|| element("body"))
}

/// Returns where `needle`, in lower case ASCII, is in `text`.
fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    let at = text
        .as_bytes()
        .windows(needle.len())
        .position(|w| w.eq_ignore_ascii_case(needle.as_bytes()))?;
    text.is_char_boundary(at).then_some(at)
}

/// Drops tags, scripts, comments and control characters, decodes entities,
/// joins blanks. `None` if nothing is left.
fn tidy(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let tag = &rest[at..];
        let is_markup =
            tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if let Some(cdata) = tag.strip_prefix("<![CDATA[") {
            let end = cdata.find("]]>");
            plain.push_str(&cdata[..end.unwrap_or(cdata.len())]);
            rest = end.map_or("", |end| &cdata[end + 3..]);
        } else if !is_markup {
            // `a < b` in a message.
            plain.push('<');
            rest = &tag[1..];
        } else {
            let closing = ["<script", "<style"].iter().zip(["</script", "</style"]).find_map(
                |(open, close)| {
                    let starts =
                        tag.get(..open.len()).is_some_and(|t| t.eq_ignore_ascii_case(open));
                    starts.then(|| find_ignoring_case(tag, close).unwrap_or(tag.len()))
                },
            );
            let tail = &tag[closing.unwrap_or(0)..];
            rest = tail.find('>').map_or("", |end| &tail[end + 1..]);
            plain.push(' ');
        }
    }
    plain.push_str(rest);
    let decoded = decode_entities(&plain);
    let mut line = String::with_capacity(decoded.len());
    for word in
        decoded.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    (!line.is_empty()).then_some(line)
}

fn decode_entities(text: &str) -> String {
    const LONGEST: usize = 10;
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let end = tail.bytes().take(LONGEST).position(|b| b == b';');
        let c = end.and_then(|end| match &tail[..end] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            name => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)
            }
        });
        match (c, end) {
            (Some(c), Some(end)) => {
                decoded.push(c);
                rest = &tail[end + 1..];
            }
            _ => {
                decoded.push('&');
                rest = tail;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn shorten(message: &str) -> String {
    match message.char_indices().nth(MOST_CHARS) {
        Some((at, _)) => format!("{}…", &message[..at]),
        None => message.to_owned(),
    }
}
