//! The header of RINEX 2, 3 and 4, and of its Hatanaka-compressed form: what all types share.

use std::io::Read;

use super::facts::{Epoch, Fact, Facts, Instrument, scale_of};
use super::lines::{Line, Lines};
use super::{HeaderError, clock, dates, navigation, observation};
use crate::kinds::Kind;
use crate::time::{Day, instant_us, rinex_year};

/// Where the labels stand; only clock files of 3.04 put them elsewhere.
const LABEL_COLUMN: usize = 61;
/// Versions whose layout is known.
const KNOWN: [&str; 3] = ["2", "3", "4"];

/// Compact RINEX: two lines of its own, then the plain header (RNXCMP 4, format 1.0 and 3.x).
pub(super) fn compact<R: Read>(first: Line, mut lines: Lines<R>) -> Result<Facts, HeaderError> {
    let version = first.some(1, 20);
    let program = lines.expect("compact RINEX")?;
    let inner = lines.expect("compact RINEX")?;
    if inner.find("RINEX VERSION / TYPE").is_none() {
        return Err(HeaderError::NotGnss(inner.text(1, 60)));
    }
    let mut facts = read(inner, lines)?;
    facts.is_compact = true;
    facts.add("compact-version", version.map(Fact::Text));
    facts.add("compact-program", program.some(1, 20).map(Fact::Text));
    Ok(facts)
}

/// A header from its first line on.
pub(super) fn read<R: Read>(first: Line, mut lines: Lines<R>) -> Result<Facts, HeaderError> {
    let label_column = first.find("RINEX VERSION / TYPE").map_or(LABEL_COLUMN, |at| at + 1);
    let version = first.text(1, 20);
    let letter = first.columns(21, 21).first().copied().unwrap_or(b' ').to_ascii_uppercase();
    let system = first.columns(41, 41).first().copied().unwrap_or(b' ').to_ascii_uppercase();
    let is_old = version.starts_with('2') || version.starts_with('1');
    let mut facts = match letter {
        b'O' => Facts::new(Kind::Observations),
        // RINEX 2 gives each system's navigation a letter of its own.
        b'N' | b'G' | b'H' | b'L' => Facts::new(Kind::Navigation),
        b'M' => Facts::new(Kind::Meteorology),
        // In clock files of 3.04 the columns before the label are wider too.
        b'C' => Facts::new(Kind::Clocks),
        other => {
            return Err(HeaderError::NotGnss(format!("RINEX of the type {:?}", char::from(other))));
        }
    };
    let major = version.split('.').next().unwrap_or_default();
    if !KNOWN.contains(&major) {
        facts.note(format!("version {version:?} is not known; read as the nearest"));
    }
    facts.version = Some(version).filter(|version| !version.is_empty());
    match (facts.kind, letter, system) {
        (Kind::Navigation, b'G', _) if is_old => facts.add_system(b'R'),
        (Kind::Navigation, b'H', _) if is_old => facts.add_system(b'S'),
        (Kind::Navigation, b'L', _) if is_old => facts.add_system(b'E'),
        (Kind::Navigation | Kind::Observations, _, b' ') if is_old => facts.add_system(b'G'),
        (Kind::Meteorology, ..) => {}
        (_, _, b'M') => facts.add("mixed", Some(Fact::Text("yes".to_owned()))),
        (_, _, letter) => facts.add_system(letter),
    }
    if facts.kind == Kind::Navigation && facts.systems == "R" {
        // GLONASS messages are in UTC (RINEX 3.05, 8.1).
        facts.scale = archway_plugin::types::TimeScale::Utc;
    }
    loop {
        let line = lines.expect("RINEX")?;
        let label = label(&line, label_column);
        if label.starts_with("END OF HEADER") {
            break;
        }
        common(&mut facts, &line, &label);
        match facts.kind {
            Kind::Observations => observation::label(&mut facts, &line, &label, is_old),
            Kind::Navigation => navigation::label(&mut facts, &line, &label),
            Kind::Clocks => clock::label(&mut facts, &line, &label),
            _ => observation::meteorology_label(&mut facts, &line, &label),
        }
    }
    lines.end_of_header();
    match facts.kind {
        Kind::Navigation => navigation::first_record(&mut facts, &mut lines, is_old),
        Kind::Clocks => clock::first_record(&mut facts, &mut lines),
        Kind::Observations | Kind::Meteorology if facts.first.is_none() => {
            facts.note("no readable time of the first observation in the header");
        }
        _ => {}
    }
    observation::note_counts(&mut facts);
    facts.others.retain(|(key, _)| *key != "mixed");
    facts.header = lines.kept();
    Ok(facts)
}

/// The label of a line; where a line is shifted, the one that is found in it.
fn label(line: &Line, column: usize) -> String {
    let label = line.text(column, column + 19);
    if label.is_empty() && line.find("END OF HEADER").is_some() {
        return "END OF HEADER".to_owned();
    }
    label
}

/// Labels that every type may have.
fn common(facts: &mut Facts, line: &Line, label: &str) {
    match label {
        "PGM / RUN BY / DATE" => program(facts, line),
        "COMMENT" => comment(facts, &line.text(1, 60)),
        "MARKER NAME" => facts.marker = told(line.text(1, 60)),
        "MARKER NUMBER" => facts.domes = told(line.text(1, 20)),
        "MARKER TYPE" => facts.marker_type = told(line.text(1, 20)),
        "STATION INFORMATION" => {
            facts.add("station-information", line.some(1, 60).map(Fact::Text));
        }
        "OBSERVER / AGENCY" => {
            facts.observer = told(line.text(1, 20));
            facts.agency = told(line.text(21, 60));
        }
        "REC # / TYPE / VERS" => {
            facts.receiver = told(line.text(21, 40)).map(|model| Instrument {
                model,
                serial: told(line.text(1, 20)),
                version: told(line.text(41, 60)),
            });
        }
        "ANT # / TYPE" => {
            // The radome has columns of its own; inside a name of two parts one blank will do.
            let model = line.text(21, 40).split_whitespace().collect::<Vec<_>>().join(" ");
            let serial = told(line.text(1, 20));
            facts.antenna = told(model).map(|model| Instrument { model, serial, version: None });
        }
        "APPROX POSITION XYZ" => {
            let xyz = [line.real(1, 14), line.real(15, 28), line.real(29, 42)];
            match xyz {
                [Some(x), Some(y), Some(z)] => facts.position_m = Some([x, y, z]),
                _ => facts.note("the approximate position cannot be read"),
            }
        }
        "LEAP SECONDS" => facts.add("leap-seconds", line.integer(1, 6).map(Fact::Integer)),
        "DOI" => {
            let text = line.text(1, 60);
            facts.doi = plain_doi(&text);
        }
        "LICENSE OF USE" => facts.licence = told(line.text(1, 60)),
        "MERGED FILE" => facts.add("merged-files", line.integer(1, 9).map(Fact::Integer)),
        _ => {}
    }
}

fn program(facts: &mut Facts, line: &Line) {
    facts.program = told(line.text(1, 20));
    facts.run_by = told(line.text(21, 40));
    let date = line.text(41, 60);
    facts.created_us = dates::created(&date);
    if facts.created_us.is_none() && !date.is_empty() {
        facts.note(format!("the date of the program's run, {date:?}, cannot be read for sure"));
    }
}

/// Comments that are told to be more than words.
fn comment(facts: &mut Facts, text: &str) {
    let upper = text.to_ascii_uppercase();
    if upper.contains("DOI") && text.contains("10.") && facts.doi.is_none() {
        // Seen to be the network's: it stands in a comment, so it is no identifier of the file.
        let doi = plain_doi(text);
        facts.add("network-doi", doi.map(Fact::Text));
    }
}

/// Without a resolver in front, in lower case.
fn plain_doi(text: &str) -> Option<String> {
    let at = text.find("10.")?;
    let doi = text.get(at..)?.split_whitespace().next()?.trim_end_matches([',', ';', ')', '.']);
    doi.contains('/').then(|| doi.to_ascii_lowercase())
}

/// A text that says something.
pub(super) fn told(text: String) -> Option<String> {
    let nothing = ["unknown", "none", "n/a", "-", "--", "unkn", "-unknown-"];
    let says = !text.is_empty() && !nothing.iter().any(|no| text.eq_ignore_ascii_case(no));
    says.then_some(text)
}

/// `5I6,F13.7,5X,A3`: an epoch in full, and its system.
pub(super) fn epoch(facts: &mut Facts, line: &Line, what: &str) -> Option<Epoch> {
    // Columns 49 to 51; seen one further to the right.
    let system = line.text(45, 58);
    match scale_of(&system) {
        // Blank: of the file's only system (RINEX 3.05, table A2); GLONASS files are in UTC.
        Some(_) if system.is_empty() && facts.systems == "R" => {
            facts.scale = archway_plugin::types::TimeScale::Utc;
        }
        Some(scale) => facts.scale = scale,
        None => facts.note(format!("the time system {system:?} of {what} is not known")),
    }
    let year = line.integer(1, 6);
    let year = year.map(|year| match u32::try_from(year) {
        Ok(two_digits @ 0..=99) => rinex_year(two_digits),
        _ => year,
    });
    let read = || {
        let day = Day::of_date(year?, line.count(7, 12)?, line.count(13, 18)?)?;
        instant_us(day, line.count(19, 24)?, line.count(25, 30)?, line.real(31, 43)?)
    };
    let instant = read();
    if instant.is_none() {
        facts.note(format!("{what} is no time: {:?}", line.text(1, 51)));
    }
    let words = line.text(1, 58).split_whitespace().collect::<Vec<_>>().join(" ");
    Some(Epoch { instant_us: instant?, native: words })
}
