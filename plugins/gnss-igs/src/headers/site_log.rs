//! Station logs, version 1 and 2.0: forms for people, with keys left of a colon.

use std::io::Read;

use super::HeaderError;
use super::dates;
use super::facts::{Fact, Facts, Instrument};
use super::lines::{Lines, number};
use crate::kinds::Kind;

/// Lines before which the form must have begun.
const MOST_LINES_BEFORE: usize = 30;
/// Keys stand left of this column.
const KEY_COLUMNS: usize = 34;

pub(super) fn read<R: Read>(
    first: super::lines::Line,
    mut lines: Lines<R>,
) -> Result<Facts, HeaderError> {
    let mut head = first;
    let start = head.text(1, 60);
    let mut skipped = 0;
    while head.find("Site Information Form").is_none() {
        skipped += 1;
        match lines.next()? {
            Some(line) if skipped < MOST_LINES_BEFORE => head = line,
            _ => return Err(HeaderError::NotGnss(start)),
        }
    }
    let mut form = Form {
        facts: Facts::new(Kind::StationLog),
        section: String::new(),
        z: [None; 3],
        place: [None; 3],
    };
    let is_v2 = head.find("site log v2").is_some();
    form.facts.version = Some(if is_v2 { "2.0" } else { "1" }.to_owned());
    while let Some(line) = lines.next()? {
        form.line(&line.whole());
    }
    let Form { mut facts, z, place, .. } = form;
    if let [Some(x), Some(y), Some(z)] = z {
        facts.position_m = Some([x, y, z]);
    }
    if let [Some(latitude), Some(longitude), height] = place {
        facts.place = Some((longitude, latitude, height));
    }
    if facts.marker.is_none() && facts.station.is_none() {
        facts.note("the log names no site");
    }
    facts.header = lines.kept();
    Ok(facts)
}

/// A form that is being read.
struct Form {
    facts: Facts,
    /// Number of the section: "0", "3.2"; of a template ("3.x") nothing is taken.
    section: String,
    z: [Option<f64>; 3],
    /// Latitude, longitude, height.
    place: [Option<f64>; 3],
}

impl Form {
    fn line(&mut self, line: &str) {
        if line.starts_with(|c: char| c.is_ascii_digit()) {
            let number = line.split_whitespace().next().unwrap_or_default();
            self.section = number.trim_end_matches('.').to_owned();
        }
        let Some((key, value)) = line.split_once(':') else { return };
        if key.len() > KEY_COLUMNS || self.section.contains('x') {
            return;
        }
        // The first key of a section stands behind its number.
        let key = key.trim().trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim();
        let value = value.trim();
        // Words in parentheses are the form's own.
        if key.is_empty() || value.is_empty() || value.starts_with('(') {
            return;
        }
        let top = self.section.split('.').next().unwrap_or_default().to_owned();
        self.field(&top, key, value);
    }

    fn field(&mut self, section: &str, key: &str, value: &str) {
        let text = || Some(value.to_owned());
        let facts = &mut self.facts;
        match (section, key) {
            ("0", "Prepared by (full name)" | "Prepared by") => facts.run_by = text(),
            ("0", "Date Prepared") => {
                facts.created_us = dates::created(value);
                if facts.created_us.is_none() {
                    facts.note(format!("the date it was prepared, {value:?}, cannot be read"));
                }
            }
            ("1", "Site Name") => facts.marker = text(),
            ("1", "Four Character ID") => {
                facts.station = facts.station.take().or_else(text);
            }
            ("1", "Nine Character ID") => facts.station = text(),
            ("1", "IERS DOMES Number") => facts.domes = text(),
            ("1", "Monument Description") => {
                facts.add("monument", Some(Fact::Text(value.to_owned())));
            }
            ("1", "Date Installed") => {
                facts.add("installed", Some(Fact::Text(value.to_owned())));
            }
            ("2", "City or Town") => facts.add("city", Some(Fact::Text(value.to_owned()))),
            ("2", "Country" | "Country or Region") => facts.country = text(),
            ("2", "Tectonic Plate") => facts.add("plate", Some(Fact::Text(value.to_owned()))),
            ("2", key) if key.starts_with("X coordinate") => self.z[0] = number(value),
            ("2", key) if key.starts_with("Y coordinate") => self.z[1] = number(value),
            ("2", key) if key.starts_with("Z coordinate") => self.z[2] = number(value),
            ("2", key) if key.starts_with("Latitude") => self.place[0] = degrees(value, 90.0),
            ("2", key) if key.starts_with("Longitude") => self.place[1] = degrees(value, 180.0),
            ("2", key) if key.starts_with("Elevation") => self.place[2] = number(value),
            // The last one filled is the one that is there now.
            ("3", "Receiver Type") => {
                facts.receiver =
                    Some(Instrument { model: value.to_owned(), ..Instrument::default() });
            }
            ("3", "Satellite System") => {
                facts.systems.clear();
                for system in value.split(['+', ',', '/', ' ']) {
                    let letter = match system.to_ascii_uppercase().as_str() {
                        "GPS" => b'G',
                        "GLO" | "GLONASS" => b'R',
                        "GAL" | "GALILEO" => b'E',
                        "BDS" | "CMP" => b'C',
                        "QZSS" => b'J',
                        "IRNSS" | "NAVIC" => b'I',
                        "SBAS" => b'S',
                        _ => b' ',
                    };
                    facts.add_system(letter);
                }
            }
            ("3", "Serial Number") => {
                if let Some(receiver) = &mut facts.receiver {
                    receiver.serial = text();
                }
            }
            ("3", "Firmware Version") => {
                if let Some(receiver) = &mut facts.receiver {
                    receiver.version = text();
                }
            }
            ("4", "Antenna Type") => {
                let model = value.split_whitespace().collect::<Vec<_>>().join(" ");
                facts.antenna = Some(Instrument { model, ..Instrument::default() });
            }
            ("4", "Serial Number") => {
                if let Some(antenna) = &mut facts.antenna {
                    antenna.serial = text();
                }
            }
            ("12", "Agency") => facts.agency = facts.agency.take().or_else(text),
            ("13", "Primary Data Center") => {
                facts.add("data-centre", Some(Fact::Text(value.to_owned())));
            }
            ("13", "URL for More Information") => {
                facts.add("url", Some(Fact::Text(value.to_owned())));
            }
            _ => {}
        }
    }
}

/// `+161544.30` is 16 degrees, 15 minutes and 44.30 seconds; longitudes have three digits of degrees.
fn degrees(text: &str, most: f64) -> Option<f64> {
    let packed = number(text)?;
    let size = packed.abs();
    let degrees = (size / 10_000.0).floor();
    let minutes = (size / 100.0).floor() - degrees * 100.0;
    let seconds = size - degrees * 10_000.0 - minutes * 100.0;
    let value = degrees + minutes / 60.0 + seconds / 3_600.0;
    (minutes < 60.0 && seconds < 60.0 && value <= most).then(|| value.copysign(packed))
}

#[cfg(test)]
mod tests {
    use super::degrees;

    #[test]
    fn degrees_are_unpacked() {
        let near = |text: &str, most: f64, wanted: f64| {
            assert!((degrees(text, most).unwrap() - wanted).abs() < 1e-9, "{text}");
        };
        near("+161544.30", 90.0, 16.0 + 15.0 / 60.0 + 44.30 / 3600.0);
        near("-0613139.11", 180.0, -(61.0 + 31.0 / 60.0 + 39.11 / 3600.0));
        near("+0000000.00", 180.0, 0.0);
        for text in ["+166044.30", "+161560.30", "+911544.30", "north", ""] {
            assert_eq!(degrees(text, 90.0), None, "{text}");
        }
    }
}
