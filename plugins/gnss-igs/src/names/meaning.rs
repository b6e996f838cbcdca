//! What a name alone says of a file: its kind, time, station, centre and latency.

use super::legacy::{self, Legacy};
use super::long::Period;
use super::product::Span;
use super::{Form, Name};
use crate::kinds::Kind;
use crate::time::{DAY_US, Day, SECOND_US, rinex_year};

/// How soon a product is there, and how good it is; later ones are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Latency {
    /// Before the fact.
    Predicted,
    /// As it happens.
    RealTime,
    /// Within hours, half of it predicted.
    UltraRapid,
    /// Within a day.
    Rapid,
    /// Within weeks.
    Final,
}

impl Latency {
    /// The word in facets.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Predicted => "predicted",
            Self::RealTime => "real-time",
            Self::UltraRapid => "ultra-rapid",
            Self::Rapid => "rapid",
            Self::Final => "final",
        }
    }
}

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope<'a> {
    /// A station's, by the four or nine characters as written.
    Station(&'a str),
    /// An analysis centre's, by three letters as written.
    Centre(&'a str),
    /// Everybody's.
    Whole,
}

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Meaning<'a> {
    /// What the file holds.
    pub(crate) kind: Kind,
    /// Whose it is.
    pub(crate) scope: Scope<'a>,
    /// Of products.
    pub(crate) latency: Option<Latency>,
    /// Where it begins, in its own scale.
    pub(crate) start_us: Option<i64>,
    /// Where it ends, exclusive.
    pub(crate) end_us: Option<i64>,
    /// Time between samples.
    pub(crate) sampling_s: Option<f64>,
    /// How long a file is, in a word: "daily", "hourly".
    pub(crate) rate: Option<&'static str>,
    /// Letters of the systems; empty where the name does not say.
    pub(crate) systems: &'a str,
    /// A station beside the centre (troposphere of one station).
    pub(crate) station: Option<&'a str>,
}

impl<'a> Name<'a> {
    /// What the name says.
    pub(crate) fn meaning(&self) -> Meaning<'a> {
        self.form.meaning()
    }
}

impl<'a> Form<'a> {
    fn meaning(&self) -> Meaning<'a> {
        let nothing = Meaning {
            kind: Kind::Summary,
            scope: Scope::Whole,
            latency: None,
            start_us: None,
            end_us: None,
            sampling_s: None,
            rate: None,
            systems: "",
            station: None,
        };
        match *self {
            Self::Short(name) => {
                let (kind, systems) = of_letter(name.letter);
                let start_us = name.start_us();
                let rate = match (name.hour(), name.minute) {
                    (Some(_), Some(_)) => "high-rate",
                    (Some(_), None) => "hourly",
                    (None, _) => "daily",
                };
                Meaning {
                    kind,
                    scope: Scope::Station(name.station),
                    start_us,
                    end_us: start_us.map(|start| start + name.length_s() * SECOND_US),
                    rate: Some(rate),
                    systems,
                    ..nothing
                }
            }
            Self::Long(name) => {
                let (system, what) = name.content.split_at_checked(1).unwrap_or(("", ""));
                let kind = match what.as_bytes() {
                    [b'O' | b'o'] => Kind::Observations,
                    [b'N' | b'n'] => Kind::Navigation,
                    _ => Kind::Meteorology,
                };
                let start_us = name.start.instant_us();
                Meaning {
                    kind,
                    scope: Scope::Station(name.station),
                    start_us,
                    end_us: end_of(start_us, name.period),
                    sampling_s: name.sampling.and_then(|sampling| sampling.seconds()),
                    rate: rate(name.period),
                    systems: if kind == Kind::Meteorology { "" } else { system },
                    ..nothing
                }
            }
            Self::Product(name) => {
                let (start_us, end_us, rate) = match name.span {
                    Span::From { start, length } => {
                        let start = start.instant_us();
                        (start, end_of(start, length), rate(length))
                    }
                    Span::Days { first, last } => {
                        let day = |(year, day)| Day::of_year(i64::from(year), day);
                        let end = day(last).map(|last| last.start_us() + DAY_US);
                        (day(first).map(Day::start_us), end, Some("multi-year"))
                    }
                };
                Meaning {
                    kind: of_content(name.content, name.format),
                    scope: Scope::Centre(name.centre),
                    latency: of_solution(name.solution),
                    start_us,
                    end_us,
                    sampling_s: name.sampling.seconds(),
                    rate,
                    station: name.station,
                    ..nothing
                }
            }
            Self::Legacy(name) => of_legacy(name, nothing),
            Self::SiteLog(name) => {
                Meaning { kind: Kind::StationLog, scope: Scope::Station(name.station), ..nothing }
            }
        }
    }
}

fn of_legacy<'a>(name: Legacy<'a>, nothing: Meaning<'a>) -> Meaning<'a> {
    let days = |first: Option<Day>, days: i64| {
        let start = first.map(Day::start_us);
        (start, start.map(|start| start + days * DAY_US))
    };
    match name {
        Legacy::Weekly(w) => {
            let ending = w.format.to_ascii_lowercase();
            let (_, latency) = legacy_centre(w.centre);
            let latency = match ending.as_bytes() {
                [.., b'_', b'r'] => Latency::Rapid,
                [.., b'_', b'p' | b'm' | b'd'] => Latency::Predicted,
                _ => latency,
            };
            let span = legacy::week_span(w.week, Some(w.day));
            let (mut start_us, mut end_us) =
                span.map_or((None, None), |(first, count)| days(Some(first), count));
            if let (Some(hour), Some(midnight)) = (w.hour, start_us) {
                // An ultra-rapid ends a day behind its hour of issue and begins a day before it.
                let issued = midnight + i64::from(hour) * 3_600 * SECOND_US;
                (start_us, end_us) = (Some(issued - DAY_US), Some(issued + DAY_US));
            }
            let (kind, sampling_s) = of_ending(&ending);
            Meaning {
                kind,
                scope: Scope::Centre(w.centre),
                latency: (kind != Kind::Summary).then_some(latency),
                start_us,
                end_us,
                sampling_s,
                rate: Some(if w.day == 7 { "weekly" } else { "daily" }),
                ..nothing
            }
        }
        Legacy::Sinex(s) => {
            let span = legacy::week_span(s.week, s.day);
            let (start_us, end_us) =
                span.map_or((None, None), |(first, count)| days(Some(first), count));
            let kind =
                if s.format.eq_ignore_ascii_case("sum") { Kind::Summary } else { Kind::Solution };
            let is_week = s.day.is_none_or(|day| day == 7);
            Meaning {
                kind,
                scope: Scope::Centre(s.centre),
                start_us,
                end_us,
                rate: Some(if is_week { "weekly" } else { "daily" }),
                ..nothing
            }
        }
        Legacy::Ionex(i) => {
            let (start_us, end_us) = days(Day::of_year(rinex_year(i.year), i.day), 1);
            Meaning {
                kind: Kind::Ionosphere,
                scope: Scope::Centre(i.centre),
                latency: Some(legacy_centre(i.centre).1),
                start_us,
                end_us,
                rate: Some("daily"),
                ..nothing
            }
        }
        Legacy::Zenith(z) => {
            let (start_us, end_us) = days(Day::of_year(rinex_year(z.year), z.day), 1);
            Meaning {
                kind: Kind::Troposphere,
                scope: Scope::Station(z.station),
                start_us,
                end_us,
                rate: Some("daily"),
                ..nothing
            }
        }
        Legacy::Bias(b) => {
            let year = rinex_year(b.year);
            let count = crate::time::days_of_month(year, b.month);
            let (start_us, end_us) = days(Day::of_date(year, b.month, 1), i64::from(count));
            Meaning {
                kind: Kind::Biases,
                scope: Scope::Centre("COD"),
                start_us,
                end_us,
                rate: Some("monthly"),
                ..nothing
            }
        }
        Legacy::Antex(_) => {
            Meaning { kind: Kind::Antennas, scope: Scope::Centre("IGS"), ..nothing }
        }
        Legacy::Latest { centre, format } => Meaning {
            kind: of_ending(&format.to_ascii_lowercase()).0,
            scope: Scope::Centre(centre),
            latency: Some(Latency::UltraRapid),
            ..nothing
        },
    }
}

/// Kind and systems of a RINEX 2 type letter (RINEX 2.11, 4).
fn of_letter(letter: u8) -> (Kind, &'static str) {
    match letter.to_ascii_lowercase() {
        b'n' => (Kind::Navigation, "G"),
        b'g' => (Kind::Navigation, "R"),
        b'l' => (Kind::Navigation, "E"),
        b'f' => (Kind::Navigation, "C"),
        b'q' => (Kind::Navigation, "J"),
        b'i' => (Kind::Navigation, "I"),
        b'h' | b'b' => (Kind::Navigation, "S"),
        b'p' | b'x' => (Kind::Navigation, "M"),
        b'm' => (Kind::Meteorology, ""),
        b'c' => (Kind::Clocks, ""),
        b's' => (Kind::Summary, ""),
        _ => (Kind::Observations, ""),
    }
}

/// The kind of a product by its content, else by its format.
fn of_content(content: &str, format: &str) -> Kind {
    match content.to_ascii_uppercase().as_str() {
        "ORB" => Kind::Orbits,
        "CLK" => Kind::Clocks,
        "ERP" => Kind::EarthRotation,
        "SOL" | "CRD" | "SNX" => Kind::Solution,
        "GIM" | "ION" | "ROT" | "ROTI" | "TEC" => Kind::Ionosphere,
        "TRO" | "TRP" | "ZPD" => Kind::Troposphere,
        "ATT" => Kind::Attitude,
        "OSB" | "DSB" | "DCB" | "BIA" | "ABS" => Kind::Biases,
        "SUM" | "CMP" | "RES" | "CLS" => Kind::Summary,
        _ => match format.to_ascii_uppercase().as_str() {
            "SP3" => Kind::Orbits,
            "CLK" => Kind::Clocks,
            "ERP" => Kind::EarthRotation,
            "SNX" => Kind::Solution,
            "INX" => Kind::Ionosphere,
            "TRO" => Kind::Troposphere,
            "OBX" => Kind::Attitude,
            "BIA" => Kind::Biases,
            "ATX" => Kind::Antennas,
            _ => Kind::Summary,
        },
    }
}

/// Kind and sampling of an ending in lower case.
fn of_ending(ending: &str) -> (Kind, Option<f64>) {
    let sampling = match ending {
        "clk_30s" => Some(30.0),
        "clk_05s" => Some(5.0),
        _ => None,
    };
    let kind = match ending.split('_').next().unwrap_or_default() {
        "sp3" | "sp3c" | "sp3d" | "eph" => Kind::Orbits,
        "clk" => Kind::Clocks,
        "erp" => Kind::EarthRotation,
        "snx" | "ssc" => Kind::Solution,
        "tro" | "trp" => Kind::Troposphere,
        "bia" => Kind::Biases,
        "ion" | "inx" => Kind::Ionosphere,
        "obx" => Kind::Attitude,
        _ => Kind::Summary,
    };
    (kind, sampling)
}

fn of_solution(solution: &str) -> Option<Latency> {
    match solution.to_ascii_uppercase().as_str() {
        "FIN" | "SNX" => Some(Latency::Final),
        "RAP" => Some(Latency::Rapid),
        "ULT" | "ULA" | "NRT" => Some(Latency::UltraRapid),
        "RTS" => Some(Latency::RealTime),
        "PRD" => Some(Latency::Predicted),
        _ => None,
    }
}

/// Centre and latency of the three letters in older names.
pub(crate) fn legacy_centre(letters: &str) -> (String, Latency) {
    let code = letters.to_ascii_uppercase();
    let (centre, latency) = match code.as_str() {
        "IGR" => ("IGS", Latency::Rapid),
        "IGU" | "IGV" => ("IGS", Latency::UltraRapid),
        "IGL" => ("IGS", Latency::Final),
        "IGP" => ("IGS", Latency::Predicted),
        "COR" => ("COD", Latency::Rapid),
        "COU" => ("COD", Latency::UltraRapid),
        "COP" | "C1P" | "C2P" => ("COD", Latency::Predicted),
        "ESR" | "EHR" => ("ESA", Latency::Rapid),
        "ESU" => ("ESA", Latency::UltraRapid),
        "E1P" | "E2P" => ("ESA", Latency::Predicted),
        "JPR" => ("JPL", Latency::Rapid),
        "UPR" | "UHR" | "UQR" => ("UPC", Latency::Rapid),
        "U2P" => ("UPC", Latency::Predicted),
        "CAR" => ("CAS", Latency::Rapid),
        "WHR" => ("WHU", Latency::Rapid),
        "GFR" => ("GFZ", Latency::Rapid),
        "GFU" => ("GFZ", Latency::UltraRapid),
        "EMU" => ("EMR", Latency::UltraRapid),
        _ => return (code, Latency::Final),
    };
    (centre.to_owned(), latency)
}

fn end_of(start_us: Option<i64>, period: Period) -> Option<i64> {
    let length_us = (period.seconds()? * 1e6).round() as i64;
    start_us?.checked_add(length_us)
}

fn rate(period: Period) -> Option<&'static str> {
    match (period.count, period.unit.to_ascii_uppercase()) {
        (1, b'D') => Some("daily"),
        (7, b'D') | (1, b'W') => Some("weekly"),
        (1, b'H') => Some("hourly"),
        (15, b'M') => Some("high-rate"),
        (1, b'Y') => Some("yearly"),
        _ => None,
    }
}
