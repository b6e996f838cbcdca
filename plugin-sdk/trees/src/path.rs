//! Paths of a tree: absolute, `/`-separated, unescaped text.

/// Longest name of an entry, in bytes; file systems end at 255 or 1024.
const MOST_NAME_BYTES: usize = 1024;
const TOO_LONG: &str = "it is longer than 1024 bytes";

/// Why this cannot be the name of an entry; `None` where it can.
///
/// Such a name would end a line of a protocol, leave its folder, or could not be asked
/// for again.
pub fn refusal(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name == "." || name == ".." {
        Some("it leads to another folder")
    } else if name.contains('/') {
        Some("it holds a slash")
    } else if name.is_ascii() && !name.bytes().any(|byte| byte.is_ascii_control()) {
        (name.len() > MOST_NAME_BYTES).then_some(TOO_LONG)
    } else if name.chars().any(char::is_control) {
        Some("it holds a control character")
    } else if name.contains(char::REPLACEMENT_CHARACTER) {
        Some("it is not UTF-8")
    } else if name.len() > MOST_NAME_BYTES {
        Some(TOO_LONG)
    } else {
        None
    }
}

/// The path of an entry of a folder.
pub fn join(folder: &str, name: &str) -> String {
    let mut path = String::with_capacity(folder.len() + 1 + name.len());
    path.push_str(folder.trim_end_matches('/'));
    path.push('/');
    path.push_str(name);
    path
}

/// Folder and name of a path; `None` of the server's root.
pub fn split(path: &str) -> Option<(&str, &str)> {
    let (folder, name) = path.trim_end_matches('/').rsplit_once('/')?;
    Some((if folder.is_empty() { "/" } else { folder }, name))
}

/// Where a link in `folder` leads, `.` and `..` worked out; `None` where it leads above the
/// server's root or through a name that cannot be one.
pub fn resolve(folder: &str, target: &str) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    let base = if target.starts_with('/') { "" } else { folder };
    for name in base.split('/').chain(target.split('/')) {
        match name {
            "" | "." => {}
            ".." => {
                names.pop()?;
            }
            name if refusal(name).is_some() => return None,
            name => names.push(name),
        }
    }
    Some(format!("/{}", names.join("/")))
}

/// The part of `path` below `root`, without a slash in front; `None` where it lies outside.
pub fn below<'a>(root: &str, path: &'a str) -> Option<&'a str> {
    let root = root.trim_end_matches('/');
    match path.strip_prefix(root)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

/// A path as it stands in a URL (RFC 3986, 3.3): every byte but unreserved ones, the slash
/// and a few that no server reads otherwise is escaped.
pub fn encode(path: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| char::from(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    let mut out = String::with_capacity(path.len() + 8);
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b'!' | b'$' | b'(' | b')' | b',' | b':' | b'@'
            | b'=' => out.push(char::from(byte)),
            other => {
                out.push('%');
                out.push(digit(other >> 4));
                out.push(digit(other & 15));
            }
        }
    }
    out
}

/// Undoes percent-encoding; `None` for what is no UTF-8 afterwards. A `%` without two
/// hexadecimal digits stands for itself, as browsers have it.
pub fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = |offset: usize| {
            let digit = char::from(*bytes.get(at + offset)?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        match (byte, hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_resolved_without_leaving_the_server() {
        let cases = [
            ("a sibling", "/pub/a", "b", Some("/pub/a/b")),
            ("a cousin", "/pub/a", "../b/./c", Some("/pub/b/c")),
            ("absolute", "/pub/a", "/data//x/", Some("/data/x")),
            ("the root", "/pub/a", "../..", Some("/")),
            ("above the root", "/pub/a", "../../../etc", None),
            ("a control character", "/pub", "a\nb", None),
        ];
        for (name, folder, target, wanted) in cases {
            assert_eq!(resolve(folder, target).as_deref(), wanted, "case: {name}");
        }
    }

    #[test]
    fn below_knows_names_that_only_begin_alike() {
        assert_eq!(below("/pub", "/pub/a/b"), Some("a/b"));
        assert_eq!(below("/pub", "/pub"), Some(""));
        assert_eq!(below("/", "/a"), Some("a"));
        assert_eq!(below("/pub", "/public/a"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_encoded_decodes_to_itself(path in "\\PC{0,40}") {
            proptest::prop_assert_eq!(decode(&encode(&path)), Some(path));
        }

        #[test]
        fn decoding_takes_anything(text in "[%0-9a-fA-F/é]{0,30}") {
            let _ = decode(&text);
        }
    }
}
