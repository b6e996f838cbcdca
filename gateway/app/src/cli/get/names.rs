//! Names of files, made harmless: what a server calls a file must not decide where it lies.

use percent_encoding::percent_decode_str;

/// Most bytes of a name; file systems take 255, and `.part.json` is added.
const MAX_NAME_BYTES: usize = 200;
/// Endings of our own files.
const OWN_ENDINGS: [&str; 2] = [".part", ".part.json"];
/// Endings that say how a file is packed, and so belong to the ending before them.
const PACKED: [&str; 6] = ["gz", "Z", "bz2", "xz", "zst", "zip"];

/// The name in a `Content-Disposition` (RFC 6266): `filename*` before `filename`.
pub(super) fn of_disposition(header: &str) -> Option<String> {
    let (mut plain, mut extended) = (None, None);
    for (name, value) in parameters(header) {
        match name.to_ascii_lowercase().as_str() {
            "filename" => plain = plain.or(Some(value)),
            "filename*" => extended = extended.or_else(|| decoded(&value)),
            _ => {}
        }
    }
    extended.or(plain)
}

/// RFC 8187: `UTF-8''na%C3%AFve`.
fn decoded(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _, text) = (parts.next()?, parts.next()?, parts.next()?);
    let text = percent_decode_str(text).decode_utf8().ok()?;
    charset.eq_ignore_ascii_case("utf-8").then(|| text.into_owned())
}

/// The parameters of a header, their values without quotes.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut current, mut quoted, mut escaped) = (String::new(), false, false);
    let mut take = |current: &mut String| {
        if let Some((name, value)) = current.split_once('=') {
            found.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        current.clear();
    };
    for c in header.chars() {
        match c {
            _ if escaped => {
                current.push(c);
                escaped = false;
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => take(&mut current),
            _ => current.push(c),
        }
    }
    take(&mut current);
    found
}

/// The name for a file that a server calls `given`, or for one of asset `id`: no folder,
/// nothing hidden, nothing that a shell, a terminal or another system stumbles over.
pub(super) fn harmless(given: Option<&str>, id: &str) -> String {
    let last = |text: &str| text.rsplit(['/', '\\']).find_map(clean);
    let name = given.and_then(last).or_else(|| last(id)).unwrap_or_else(|| "file".to_owned());
    let own = OWN_ENDINGS.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
    if own { name + "_" } else { name }
}

fn clean(part: &str) -> Option<String> {
    let harmful = |c: char| {
        // The last two groups turn the direction of text around (Unicode, Bidi_Control).
        c.is_control()
            || "<>:\"|?*".contains(c)
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let name: String = part.chars().map(|c| if harmful(c) { '_' } else { c }).collect();
    let name = name.trim_end_matches(['.', ' ']).trim_start();
    // Hidden files, and what looks like an option.
    let name = match name.strip_prefix(['.', '-']) {
        Some(rest) if rest.trim_start_matches('.').is_empty() => return None,
        Some(rest) => format!("_{rest}"),
        None if name.is_empty() => return None,
        None => name.to_owned(),
    };
    Some(shortened(name))
}

/// Cuts the stem, so that the ending stays.
fn shortened(name: String) -> String {
    if name.len() <= MAX_NAME_BYTES {
        return name;
    }
    let (stem, ending) = match split(&name) {
        (stem, ending) if ending.len() <= MAX_NAME_BYTES / 2 => (stem, ending),
        _ => (name.as_str(), ""),
    };
    let most = MAX_NAME_BYTES - ending.len();
    let kept = (0..=most).rev().find(|at| stem.is_char_boundary(*at)).unwrap_or(0);
    format!("{}{ending}", stem.get(..kept).unwrap_or_default())
}

/// The name for the `number`th file that would have the same.
pub(super) fn numbered(name: &str, number: u32) -> String {
    if number < 2 {
        return name.to_owned();
    }
    let (stem, ending) = split(name);
    format!("{stem}-{number}{ending}")
}

/// A name and its ending, with its dot; an ending like `.crx.gz` is one.
fn split(name: &str) -> (&str, &str) {
    let ending = |name: &str| name.rfind('.').filter(|at| *at > 0).unwrap_or(name.len());
    let mut at = ending(name);
    if PACKED.iter().any(|packed| name.get(at + 1..) == Some(*packed)) {
        at = ending(name.get(..at).unwrap_or_default());
    }
    name.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::{harmless, numbered, of_disposition};

    #[test]
    fn a_disposition_names_a_file() {
        for (header, name) in [
            (r#"attachment; filename="a b.fits""#, Some("a b.fits")),
            ("attachment; filename=a.fits", Some("a.fits")),
            (r#"attachment; filename="a;b\"c.fits"; x=y"#, Some(r#"a;b"c.fits"#)),
            (r#"attachment; filename="e.fits"; filename*=UTF-8''%C3%A9.fits"#, Some("é.fits")),
            (r#"attachment; filename*=latin1''%e9; filename="e""#, Some("e")),
            ("attachment", None),
            ("inline", None),
            ("", None),
        ] {
            assert_eq!(of_disposition(header).as_deref(), name, "{header}");
        }
    }

    #[test]
    fn no_name_leaves_the_folder_or_hides() {
        for (given, name) in [
            ("m31.fits.gz", "m31.fits.gz"),
            ("../../etc/passwd", "passwd"),
            ("/etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("C:\\x.fits", "x.fits"),
            ("a/", "a"),
            ("..", "native"),
            (".", "native"),
            ("", "native"),
            ("...", "native"),
            (".bashrc", "_bashrc"),
            ("-rf", "_rf"),
            ("a\0b\r\n.fits", "a_b__.fits"),
            ("\u{1b}[2Jx", "_[2Jx"),
            ("gpj.\u{202e}exe", "gpj._exe"),
            ("a:b?.fits", "a_b_.fits"),
            ("ends. . ", "ends"),
            ("x.part", "x.part_"),
            ("x.PART.json", "x.PART.json_"),
            ("naïve 銀河.fits", "naïve 銀河.fits"),
        ] {
            assert_eq!(harmless(Some(given), "arch/some/native"), name, "{given:?}");
        }
        assert_eq!(harmless(None, "arch/ivo://a?b"), "a_b");
        assert_eq!(harmless(None, "arch/.."), "arch");
        assert_eq!(harmless(None, "/"), "file");
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = harmless(Some(&format!("{}.crx.gz", "é".repeat(300))), "a/b");
        assert!(name.len() <= 200 && name.ends_with("é.crx.gz"), "{name}");
        let name = harmless(Some(&format!("a.{}", "b".repeat(300))), "a/b");
        assert!(name.len() <= 200 && !name.is_empty(), "{name}");
    }

    #[test]
    fn a_number_stands_before_the_ending() {
        for (name, number, numbered_name) in [
            ("a.fits", 1, "a.fits"),
            ("a.fits", 2, "a-2.fits"),
            ("a.b.crx.gz", 12, "a.b-12.crx.gz"),
            ("zimm0640.10d.Z", 2, "zimm0640-2.10d.Z"),
            ("a.gz", 2, "a-2.gz"),
            ("a", 2, "a-2"),
            ("_x", 3, "_x-3"),
        ] {
            assert_eq!(numbered(name, number), numbered_name);
        }
    }
}
