//! Names of RINEX 3 and 4: `XXXXMRCCC_S_YYYYDDDHHMM_FPU[_DFU]_DT.fmt` (RINEX 3.05, 5).

use std::fmt;

use super::scan;
use crate::time::Day;

/// Two digits and a unit: `01D`, `30S`, `00U`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    /// How many.
    pub(crate) count: u32,
    /// `C` (100 Hz), `Z` (Hz), `S`, `M`, `H`, `D`, `W`, `L` (month), `Y` or `U` (unspecified), as written.
    pub(crate) unit: u8,
}

impl Period {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let count = scan::digits(&mut rest, 2)?;
        let unit = scan::character(&mut rest)?;
        let known = b"CZSMHDWLYU".contains(&unit.to_ascii_uppercase());
        (rest.is_empty() && known).then_some(Self { count, unit })
    }

    /// How long it is; of a frequency, the time between samples; `None` where it says nothing.
    pub(crate) fn seconds(&self) -> Option<f64> {
        let count = f64::from(self.count);
        if self.count == 0 {
            return None;
        }
        match self.unit.to_ascii_uppercase() {
            b'C' => Some(1.0 / (100.0 * count)),
            b'Z' => Some(1.0 / count),
            b'S' => Some(count),
            b'M' => Some(60.0 * count),
            b'H' => Some(3_600.0 * count),
            b'D' => Some(86_400.0 * count),
            b'W' => Some(604_800.0 * count),
            // A month and a year have no fixed length: these count days of the calendar.
            b'L' => Some(30.0 * 86_400.0 * count),
            b'Y' => Some(365.0 * 86_400.0 * count),
            _ => None,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}{}", self.count, char::from(self.unit))
    }
}

/// `YYYYDDDHHMM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// In full.
    pub(crate) year: u32,
    /// From 1.
    pub(crate) day: u32,
    /// 0 to 23.
    pub(crate) hour: u32,
    /// 0 to 59.
    pub(crate) minute: u32,
}

impl Start {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let year = scan::digits(&mut rest, 4)?;
        let day = scan::digits(&mut rest, 3)?;
        let hour = scan::digits(&mut rest, 2).filter(|hour| *hour < 24)?;
        let minute = scan::digits(&mut rest, 2)?;
        let start = Self { year, day, hour, minute };
        (rest.is_empty() && start.instant_us().is_some()).then_some(start)
    }

    /// As microseconds of the file's scale; always there for one that was parsed.
    pub(crate) fn instant_us(&self) -> Option<i64> {
        let day = Day::of_year(i64::from(self.year), self.day)?;
        crate::time::instant_us(day, self.hour, self.minute, 0.0)
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:03}{:02}{:02}", self.year, self.day, self.hour, self.minute)
    }
}

/// A name of RINEX 3 or 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LongName<'a> {
    /// Station, monument, receiver and country, as written: nine characters.
    pub(crate) station: &'a str,
    /// `R` receiver, `S` stream, `U` unknown.
    pub(crate) source: u8,
    /// Where it begins.
    pub(crate) start: Start,
    /// How long it is meant to be.
    pub(crate) period: Period,
    /// Of observations and meteorology.
    pub(crate) sampling: Option<Period>,
    /// System and `O`, `N` or `M`: `MO`, `GN`, `MM`.
    pub(crate) content: &'a str,
    /// `rnx` or `crx`, as written.
    pub(crate) format: &'a str,
}

impl<'a> LongName<'a> {
    pub(super) fn parse(stem: &'a str) -> Option<Self> {
        let mut rest = stem;
        let station = nine_characters(&mut rest)?;
        scan::literal(&mut rest, b'_')?;
        let source = scan::character(&mut rest)
            .filter(|s| matches!(s.to_ascii_uppercase(), b'R' | b'S' | b'U'))?;
        scan::literal(&mut rest, b'_')?;
        let start = Start::parse(scan::take(&mut rest, 11)?)?;
        scan::literal(&mut rest, b'_')?;
        let period = Period::parse(scan::take(&mut rest, 3)?)?;
        scan::literal(&mut rest, b'_')?;
        let sampling = match rest.as_bytes() {
            [_, _, _, b'_', ..] => {
                let sampling = Period::parse(scan::take(&mut rest, 3)?)?;
                scan::literal(&mut rest, b'_')?;
                Some(sampling)
            }
            _ => None,
        };
        let content = scan::take(&mut rest, 2).filter(|content| is_content(content))?;
        scan::literal(&mut rest, b'.')?;
        let is_format = rest.eq_ignore_ascii_case("rnx") || rest.eq_ignore_ascii_case("crx");
        is_format.then_some(Self {
            station,
            source,
            start,
            period,
            sampling,
            content,
            format: rest,
        })
    }

    /// Whether it is Hatanaka-compressed.
    pub(crate) fn is_compact(&self) -> bool {
        self.format.eq_ignore_ascii_case("crx")
    }
}

/// `XXXXMRCCC`.
pub(super) fn nine_characters<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let station = scan::take(rest, 9)?;
    let mut parts = station;
    scan::word(&mut parts, 4)?;
    scan::digits(&mut parts, 2)?;
    scan::is_letters(parts).then_some(station)
}

/// A system and what of it.
fn is_content(text: &str) -> bool {
    let upper = |byte: &u8| byte.to_ascii_uppercase();
    match text.as_bytes() {
        [system, what] => b"GREJCISM".contains(&upper(system)) && b"ONM".contains(&upper(what)),
        _ => false,
    }
}

impl fmt::Display for LongName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}_{}", self.station, char::from(self.source), self.start, self.period)?;
        if let Some(sampling) = self.sampling {
            write!(f, "_{sampling}")?;
        }
        write!(f, "_{}.{}", self.content, self.format)
    }
}
