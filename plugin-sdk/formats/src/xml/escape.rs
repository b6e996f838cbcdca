//! Text and attributes on their way into a document.

use std::io::Write;

/// Writes `text` as XML character data, in an attribute too.
///
/// Characters that XML 1.0 cannot carry are left out.
pub(crate) fn write_escaped(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    let mut rest = text;
    while let Some(at) = rest.find(needs_escape) {
        let (plain, special) = rest.split_at(at);
        out.write_all(plain.as_bytes())?;
        let Some(c) = special.chars().next() else { break };
        match c {
            '&' => out.write_all(b"&amp;")?,
            '<' => out.write_all(b"&lt;")?,
            '>' => out.write_all(b"&gt;")?,
            '"' => out.write_all(b"&quot;")?,
            '\r' => out.write_all(b"&#13;")?,
            _ => {}
        }
        rest = &special[c.len_utf8()..];
    }
    out.write_all(rest.as_bytes())
}

/// As [`write_escaped`], with line ends and tabs kept through attribute normalisation.
pub(crate) fn write_attribute(
    out: &mut impl Write,
    name: &str,
    value: &str,
) -> std::io::Result<()> {
    write!(out, " {name}=\"")?;
    for (i, line) in value.split('\n').enumerate() {
        if i > 0 {
            out.write_all(b"&#10;")?;
        }
        for (j, part) in line.split('\t').enumerate() {
            if j > 0 {
                out.write_all(b"&#9;")?;
            }
            write_escaped(out, part)?;
        }
    }
    out.write_all(b"\"")
}

/// Writes `<name>text</name>` if there is a text.
pub(crate) fn write_element(
    out: &mut impl Write,
    name: &str,
    text: Option<&str>,
) -> std::io::Result<()> {
    if let Some(text) = text {
        write!(out, "<{name}>")?;
        write_escaped(out, text)?;
        writeln!(out, "</{name}>")?;
    }
    Ok(())
}

fn needs_escape(c: char) -> bool {
    matches!(c, '&' | '<' | '>' | '"' | '\r' | '\u{fffe}' | '\u{ffff}')
        || (c < ' ' && !matches!(c, '\t' | '\n'))
}
