//! Forms that are not read, told apart so that an operator knows why.

use super::tokens::token;

/// Which system writes such a line, if it is one of those known.
pub(super) fn system(line: &[u8]) -> Option<&'static str> {
    let first = token(line, 0)?;
    let second = token(line, first.end).map_or(&b""[..], |token| token.text);
    if is_vms(line, first.text, second) {
        Some("VMS")
    } else if matches!(first.text, b"d" | b"-") && second.first() == Some(&b'[') {
        Some("Novell NetWare")
    } else if matches!(first.text, b"Volume") && second.eq_ignore_ascii_case(b"unit")
        || first.text == b"Migrated" && line.len() > 20
    {
        Some("MVS")
    } else {
        None
    }
}

/// `Directory DEV:[FOLDER]` and `NAME.TYPE;1`.
fn is_vms(line: &[u8], first: &[u8], second: &[u8]) -> bool {
    let version = first.iter().rposition(|byte| *byte == b';').and_then(|at| first.get(at + 1..));
    let has_version =
        version.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit));
    first.eq_ignore_ascii_case(b"directory") && (second.contains(&b'[') || line.contains(&b':'))
        || has_version && first.contains(&b'.')
}
