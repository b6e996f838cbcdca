//! ANTEX 1.3 and 1.4: calibrations of antennas.

use std::io::Read;

use super::HeaderError;
use super::facts::{Fact, Facts};
use super::lines::{Line, Lines};
use crate::kinds::Kind;

pub(super) fn read<R: Read>(first: &Line, mut lines: Lines<R>) -> Result<Facts, HeaderError> {
    let mut facts = Facts::new(Kind::Antennas);
    facts.version = first.some(1, 8);
    let letter = first.columns(21, 21).first().copied().unwrap_or(b' ');
    facts.add_system(letter);
    let mut comments = Vec::new();
    loop {
        let line = lines.expect("ANTEX")?;
        match line.text(61, 80).as_str() {
            "END OF HEADER" => break,
            "PCV TYPE / REFANT" => {
                let kind = match line.columns(1, 1) {
                    b"R" => "relative",
                    _ => "absolute",
                };
                facts.add("calibration", Some(Fact::Text(kind.to_owned())));
                facts.add("reference-antenna", line.some(21, 40).map(Fact::Text));
            }
            "COMMENT" => comments
                .extend(line.some(1, 60).filter(|text| text.contains(char::is_alphanumeric))),
            _ => {}
        }
    }
    comments.truncate(20);
    facts.description = Some(comments.join("\n")).filter(|text| !text.is_empty());
    facts.header = lines.kept();
    Ok(facts)
}
