//! Labels of RINEX observation and meteorology headers.

use super::facts::{Fact, Facts};
use super::lines::Line;
use super::rinex;

/// More than any receiver has of one system.
const MOST_TYPES: usize = 400;

/// One label of an observation header.
pub(super) fn label(facts: &mut Facts, line: &Line, label: &str, is_old: bool) {
    match label {
        "TIME OF FIRST OBS" => facts.first = rinex::epoch(facts, line, "the first observation"),
        "TIME OF LAST OBS" => facts.last = rinex::epoch(facts, line, "the last observation"),
        "INTERVAL" => match line.real(1, 10) {
            Some(interval) if interval > 0.0 => facts.interval_s = Some(interval),
            Some(_) => {}
            None => facts.note("the interval cannot be read"),
        },
        "# / TYPES OF OBSERV" if is_old => types(facts, line, 6, 9),
        "SYS / # / OBS TYPES" => {
            let system = line.columns(1, 1).first().copied().unwrap_or(b' ');
            if system != b' ' {
                facts.add_system(system);
                let letter = char::from(system.to_ascii_uppercase());
                declare(facts, letter, line.count(4, 6));
            }
            let names = (0..13).filter_map(|n| line.some(8 + 4 * n, 10 + 4 * n));
            observables(facts, names.collect());
        }
        "# OF SATELLITES" => facts.add("satellites", line.integer(1, 6).map(Fact::Integer)),
        "SIGNAL STRENGTH UNIT" => {
            facts.add("signal-strength-unit", line.some(1, 20).map(Fact::Text));
        }
        "ANTENNA: DELTA H/E/N" => {
            facts.add("antenna-height-m", line.real(1, 14).map(Fact::Real));
        }
        _ => {}
    }
}

/// One label of a meteorology header.
pub(super) fn meteorology_label(facts: &mut Facts, line: &Line, label: &str) {
    match label {
        "# / TYPES OF OBSERV" => types(facts, line, 6, 9),
        "SENSOR MOD/TYPE/ACC" => {
            let sensor = [line.text(58, 59), line.text(1, 20), line.text(21, 40)].join(" ");
            let sensor = sensor.split_whitespace().collect::<Vec<_>>().join(" ");
            facts.add("sensor", rinex::told(sensor).map(Fact::Text));
        }
        "SENSOR POS XYZ/H" => {
            let xyz = [line.real(1, 14), line.real(15, 28), line.real(29, 42)];
            if let ([Some(x), Some(y), Some(z)], None) = (xyz, facts.position_m) {
                facts.position_m = Some([x, y, z]);
            }
        }
        _ => {}
    }
}

/// `I6,9(4X,A2)`: a count on the first line, names on all.
fn types(facts: &mut Facts, line: &Line, width: usize, most: usize) {
    if line.some(1, width).is_some() {
        declare(facts, ' ', line.count(1, width));
    }
    let names = (0..most).filter_map(|n| line.some(width + 1 + 6 * n, width + 6 + 6 * n));
    observables(facts, names.collect());
}

/// Begins a list of observables that should have so many.
fn declare(facts: &mut Facts, system: char, count: Option<u32>) {
    if count.is_none() {
        facts.note("the number of observation types cannot be read");
    }
    let mut list = vec![format!("{system}#{}", count.map_or_else(String::new, |c| c.to_string()))];
    list.reserve(count.map_or(0, |count| count.min(40) as usize));
    facts.others.push(("observables", Fact::Texts(list)));
}

/// Adds to the list begun last.
fn observables(facts: &mut Facts, names: Vec<String>) {
    let last = facts.others.iter_mut().rev().find(|(key, _)| *key == "observables");
    match last {
        Some((_, Fact::Texts(list))) if list.len() + names.len() <= MOST_TYPES => {
            list.extend(names);
        }
        Some(_) => facts.note("more observation types than any receiver has"),
        None => facts.note("observation types without their number"),
    }
}

/// Holds the lists of observables against their numbers, and makes one of them:
/// `G:C1C`, or `C1` in RINEX 2.
pub(super) fn note_counts(facts: &mut Facts) {
    let mut all = Vec::new();
    let mut notes = Vec::new();
    facts.others.retain(|(key, fact)| {
        let (true, Fact::Texts(list)) = (*key == "observables", fact) else { return true };
        let (head, names) = list.split_first().map_or(("", &[][..]), |(h, n)| (h.as_str(), n));
        let (system, count) = head.split_once('#').unwrap_or_default();
        if count.parse::<usize>().is_ok_and(|count| count != names.len()) {
            let system = if system.trim().is_empty() { "" } else { system };
            notes.push(format!(
                "{} observation types{}{system} are listed where {count} are announced",
                names.len(),
                if system.is_empty() { "" } else { " of " },
            ));
        }
        let plain = system.trim().is_empty();
        all.extend(names.iter().map(|n| if plain { n.clone() } else { format!("{system}:{n}") }));
        false
    });
    for note in notes {
        facts.note(note);
    }
    facts.add("observables", (!all.is_empty()).then_some(Fact::Texts(all)));
}
