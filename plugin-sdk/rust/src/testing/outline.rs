//! A short form of an asset, a way or an error for snapshots: what is absent or empty is left out.

use std::fmt::Debug;

/// The value as `{:#?}` prints it, without lines that say nothing (`None`, `[]`), and with
/// single values on the line of what holds them.
///
/// ```
/// use archway_plugin::testing::outline;
/// use archway_plugin::types::Asset;
///
/// let mut asset = Asset::new("1", "c", "t");
/// asset.identity.doi = Some("10.1/x".into());
/// let text = outline(&asset);
/// assert!(text.contains("doi: Some(\"10.1/x\"),") && !text.contains("version"));
/// ```
pub fn outline(value: &impl Debug) -> String {
    let full = format!("{value:#?}");
    let says_something = |line: &&str| !(line.ends_with(": None,") || line.ends_with(": [],"));
    let mut lines: Vec<String> = Vec::new();
    for line in full.lines().filter(says_something) {
        let closes = matches!(line.trim(), ")" | "),");
        let held = lines
            .len()
            .checked_sub(2)
            .and_then(|at| lines.get(at))
            .is_some_and(|before| before.ends_with('('));
        let is_single = lines
            .last()
            .is_some_and(|last| last.ends_with(',') && !last.trim().starts_with(['}', ']', ')']));
        if closes
            && held
            && is_single
            && let (Some(inner), Some(opening)) = (lines.pop(), lines.last_mut())
        {
            opening.push_str(inner.trim().trim_end_matches(','));
            opening.push_str(line.trim());
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
