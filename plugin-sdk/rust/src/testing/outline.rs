//! A short form of an asset, a way or an error for snapshots: what is absent or empty is left out.

use std::fmt::Debug;

/// The value as `{:#?}` prints it, without lines that say nothing (`None`, `[]`).
///
/// ```
/// use archway_plugin::testing::outline;
/// use archway_plugin::types::Asset;
///
/// let text = outline(&Asset::new("1", "c", "t"));
/// assert!(text.contains("title: \"t\"") && !text.contains("doi"));
/// ```
pub fn outline(value: &impl Debug) -> String {
    let full = format!("{value:#?}");
    let says_something = |line: &&str| !(line.ends_with(": None,") || line.ends_with(": [],"));
    let mut text: Vec<&str> = full.lines().filter(says_something).collect();
    text.push("");
    text.join("\n")
}
