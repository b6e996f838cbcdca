//! What headers say, in one shape for all formats.

use archway_plugin::types::TimeScale;

use crate::kinds::Kind;

/// A time as the header writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Epoch {
    /// Microseconds since 1970 of the file's own scale.
    pub(crate) instant_us: i64,
    /// The header's words.
    pub(crate) native: String,
}

/// A receiver or an antenna.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Instrument {
    /// Type as the IGS names it; of an antenna with its radome.
    pub(crate) model: String,
    /// Serial number.
    pub(crate) serial: Option<String>,
    /// Firmware.
    pub(crate) version: Option<String>,
}

/// A value without a field of its own; its key without the namespace.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    /// Words.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Words, several.
    Texts(Vec<String>),
}

/// What a header says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts {
    /// What the file holds.
    pub(crate) kind: Kind,
    /// The gateway's word for its format.
    pub(crate) format: &'static str,
    /// Version of the format, as written.
    pub(crate) version: Option<String>,
    /// Whether it is Hatanaka-compressed.
    pub(crate) is_compact: bool,
    /// Letters of the systems, each once, in the order they come.
    pub(crate) systems: String,
    /// Name of the marker.
    pub(crate) marker: Option<String>,
    /// DOMES number.
    pub(crate) domes: Option<String>,
    /// "GEODETIC", "SPACEBORNE" ...
    pub(crate) marker_type: Option<String>,
    /// Nine characters, of a station log.
    pub(crate) station: Option<String>,
    /// Country or region, three letters or a name.
    pub(crate) country: Option<String>,
    /// Who observed.
    pub(crate) observer: Option<String>,
    /// Whose it is.
    pub(crate) agency: Option<String>,
    /// What received.
    pub(crate) receiver: Option<Instrument>,
    /// With what antenna.
    pub(crate) antenna: Option<Instrument>,
    /// Geocentric, ITRF, metres (EPSG:4978).
    pub(crate) position_m: Option<[f64; 3]>,
    /// Longitude, latitude and height where they are told instead (station logs).
    pub(crate) place: Option<(f64, f64, Option<f64>)>,
    /// First sample.
    pub(crate) first: Option<Epoch>,
    /// Last sample.
    pub(crate) last: Option<Epoch>,
    /// Scale of both.
    pub(crate) scale: TimeScale,
    /// Time between samples.
    pub(crate) interval_s: Option<f64>,
    /// How many samples.
    pub(crate) samples: Option<u64>,
    /// Program that made it.
    pub(crate) program: Option<String>,
    /// Who ran the program.
    pub(crate) run_by: Option<String>,
    /// When, UTC.
    pub(crate) created_us: Option<i64>,
    /// DOI of the file.
    pub(crate) doi: Option<String>,
    /// Licence of the file (RINEX 4).
    pub(crate) licence: Option<String>,
    /// In words.
    pub(crate) description: Option<String>,
    /// All else.
    pub(crate) others: Vec<(&'static str, Fact)>,
    /// What was worked out instead of read, and what could not be read.
    pub(crate) notes: Vec<String>,
    /// The header's lines as they came, up to a bound.
    pub(crate) header: Vec<u8>,
}

/// Notes beyond this tell nothing more.
const MOST_NOTES: usize = 20;
/// Words under one key.
const MOST_WORDS: usize = 100;

impl Facts {
    /// Nothing but the kind.
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            format: kind.format(),
            version: None,
            is_compact: false,
            systems: String::new(),
            marker: None,
            domes: None,
            marker_type: None,
            station: None,
            country: None,
            observer: None,
            agency: None,
            receiver: None,
            antenna: None,
            position_m: None,
            place: None,
            first: None,
            last: None,
            scale: TimeScale::Gps,
            interval_s: None,
            samples: None,
            program: None,
            run_by: None,
            created_us: None,
            doi: None,
            licence: None,
            description: None,
            others: Vec::new(),
            notes: Vec::new(),
            header: Vec::new(),
        }
    }

    /// Adds a system, once.
    pub(super) fn add_system(&mut self, letter: u8) {
        let letter = char::from(letter.to_ascii_uppercase());
        if "GREJCIS".contains(letter) && !self.systems.contains(letter) {
            self.systems.push(letter);
        }
    }

    /// Adds a fact, if there is one.
    pub(super) fn add(&mut self, key: &'static str, fact: Option<Fact>) {
        let Some(fact) = fact else { return };
        let known = self.others.iter_mut().find(|(other, _)| *other == key);
        match (known, fact) {
            (None, fact) => self.others.push((key, fact)),
            // Words under one key become a list; of all else the first holds.
            (Some((_, known)), Fact::Text(word)) => match known {
                Fact::Text(first) if *first != word => {
                    *known = Fact::Texts(vec![std::mem::take(first), word]);
                }
                Fact::Texts(words) if !words.contains(&word) && words.len() < MOST_WORDS => {
                    words.push(word);
                }
                _ => {}
            },
            (Some(_), _) => {}
        }
    }

    /// Notes what could not be read or had to be worked out.
    pub(super) fn note(&mut self, words: impl Into<String>) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(words.into());
        }
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Fact {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Fact {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}

impl From<f64> for Fact {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

/// The scale of a time system's three letters; GPS where they are blank, `None` if unknown.
pub(super) fn scale_of(system: &str) -> Option<TimeScale> {
    match system.to_ascii_uppercase().as_str() {
        // QZSST and IRNSST run with GPST (RINEX 3.05, 8).
        "" | "GPS" | "QZS" | "QZST" | "IRN" | "IRNS" | "G" | "J" | "I" => Some(TimeScale::Gps),
        "GLO" | "R" => Some(TimeScale::Utc),
        "GAL" | "GST" | "E" => Some(TimeScale::Galileo),
        "BDT" | "BDS" | "C" => Some(TimeScale::Beidou),
        "UTC" | "UT" => Some(TimeScale::Utc),
        "TAI" => Some(TimeScale::Tai),
        _ => None,
    }
}
