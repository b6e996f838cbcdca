//! Titles, descriptions and names of organisations.

use super::Known;
use crate::kinds::Kind;
use crate::time::{DAY_US, Day, written};

/// Codes of analysis centres with the names that people know them by, and in full.
const CENTRES: [(&str, &str, &str); 22] = [
    ("IGS", "IGS", "International GNSS Service"),
    ("ESA", "ESOC", "European Space Operations Centre of ESA"),
    ("COD", "CODE", "Center for Orbit Determination in Europe"),
    ("EMR", "NRCan", "Natural Resources Canada"),
    ("GFZ", "GFZ", "GFZ Helmholtz Centre for Geosciences"),
    ("GRG", "GRGS", "Groupe de Recherche de Géodésie Spatiale"),
    (
        "JGX",
        "JAXA/GSI",
        "Japan Aerospace Exploration Agency and Geospatial Information Authority of Japan",
    ),
    ("JPL", "JPL", "Jet Propulsion Laboratory"),
    ("MIT", "MIT", "Massachusetts Institute of Technology"),
    ("NGS", "NGS", "National Geodetic Survey"),
    ("NGA", "NGA", "National Geospatial-Intelligence Agency"),
    ("SIO", "SIO", "Scripps Institution of Oceanography"),
    ("WUM", "WHU", "Wuhan University"),
    ("WHU", "WHU", "Wuhan University"),
    ("CAS", "CAS", "Chinese Academy of Sciences"),
    ("UPC", "UPC", "Universitat Politècnica de Catalunya"),
    ("IAC", "IAC", "Information and Analysis Center of Roscosmos"),
    ("SHA", "SHAO", "Shanghai Astronomical Observatory"),
    ("TUG", "TUG", "Graz University of Technology"),
    ("IGN", "IGN", "Institut national de l'information géographique et forestière"),
    ("DLR", "DLR", "German Aerospace Center"),
    ("BKG", "BKG", "Federal Agency for Cartography and Geodesy"),
];

/// The name that people know a centre by; an unknown code stands for itself.
pub(super) fn organization(code: &str) -> &str {
    CENTRES.iter().find(|(known, ..)| *known == code).map_or(code, |(_, name, _)| name)
}

/// Its name in full.
pub(super) fn organization_in_full(code: &str) -> Option<&'static str> {
    CENTRES.iter().find(|(known, ..)| *known == code).map(|(_, _, full)| *full)
}

/// `ESOC final GNSS orbits, 2009-04-01`; `WTZR00DEU: GNSS observations, 2023-09-11 (hourly, 13:00)`.
pub(super) fn title(known: &Known<'_>) -> String {
    if known.kind == Kind::StationLog {
        let place = known.facts.and_then(|facts| facts.marker.as_deref());
        let station = known.station.as_deref().unwrap_or(&known.file.key);
        return match place {
            Some(place) => format!("GNSS station {station}, {place}"),
            None => format!("GNSS station {station}"),
        };
    }
    let mut title = match (&known.station, &known.centre) {
        (Some(station), None) => format!("{station}: {}", known.kind.label()),
        (station, Some(code)) => {
            let latency = known.said.and_then(|said| said.latency);
            let latency = latency.map(|latency| format!(" {}", latency.word())).unwrap_or_default();
            let of = station.as_ref().map(|s| format!(" of {s}")).unwrap_or_default();
            format!("{}{latency} {}{of}", organization(code), in_a_sentence(known.kind.label()))
        }
        (None, None) if known.kind == Kind::Navigation => {
            "Broadcast ephemerides: GNSS navigation messages".to_owned()
        }
        (None, None) => format!("{}: {}", stem(&known.file.key), known.kind.label()),
    };
    if let Some(start) = super::coverage::start_us(known) {
        title += &format!(", {}", when(start));
    }
    if let Some(rate) = known.said.and_then(|said| said.rate).filter(|rate| *rate != "daily") {
        title += &format!(" ({rate})");
    }
    title
}

/// Abbreviations keep their capitals.
fn in_a_sentence(label: &str) -> String {
    if label.starts_with("GNSS") {
        return label.to_owned();
    }
    let mut letters = label.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn stem(key: &str) -> &str {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.split('.').next().unwrap_or(name)
}

/// A day, and the time where it does not begin at midnight.
fn when(start_us: i64) -> String {
    if start_us.rem_euclid(DAY_US) == 0 {
        Day::of_instant(start_us).to_string()
    } else {
        written(start_us).replace('T', " ")
    }
}

/// What the header says, and who made it, in words.
pub(super) fn description(known: &Known<'_>) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(full) = known.centre.as_deref().and_then(organization_in_full) {
        parts.push(format!("{} by the {full}.", known.kind.label()));
    }
    if let Some(facts) = known.facts {
        if let Some(agency) = facts.agency.as_deref().filter(|_| known.kind.is_data()) {
            parts.push(format!("By {agency}."));
        }
        if let Some(receiver) = &facts.receiver {
            parts.push(format!("Receiver {}.", receiver.model));
        }
        if let Some(antenna) = &facts.antenna {
            parts.push(format!("Antenna {}.", antenna.model));
        }
        parts.extend(facts.description.clone());
    }
    Some(parts.join(" ")).filter(|text| !text.is_empty())
}

/// The series that a file belongs to: a station's, or a week of a centre's products.
pub(super) fn group(known: &Known<'_>) -> Option<String> {
    match (&known.station, &known.centre) {
        (Some(station), None) => Some(format!("station {station}")),
        (_, Some(centre)) => {
            let start = super::coverage::start_us(known)?;
            let (week, _) = Day::of_instant(start).gps_week();
            (week >= 0).then(|| format!("{centre} week {week}"))
        }
        (None, None) => None,
    }
}
