//! Differential code biases as CODE writes them: everything is in the title.

use std::io::Read;

use super::HeaderError;
use super::dates;
use super::facts::Facts;
use super::lines::{Line, Lines};
use crate::kinds::Kind;

pub(super) fn read<R: Read>(first: &Line, mut lines: Lines<R>) -> Result<Facts, HeaderError> {
    let mut facts = Facts::new(Kind::Biases);
    facts.format = "dcb";
    let title = first.text(1, 65);
    facts.agency = Some("COD".to_owned());
    facts.created_us = dates::created(&first.text(66, 80));
    if facts.created_us.is_none() {
        facts.note("the date behind the title cannot be read");
    }
    facts.description = Some(title).filter(|title| !title.is_empty());
    // The heading of the table says which systems there are; the first rows do too.
    for _ in 0..40 {
        let Some(line) = lines.next()? else { break };
        if let [letter, b'0'..=b'9', b'0'..=b'9', ..] = line.bytes() {
            facts.add_system(*letter);
        }
    }
    facts.header = lines.kept();
    Ok(facts)
}
