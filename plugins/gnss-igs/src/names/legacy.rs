//! Names of products before the long ones: by GPS week, by day of the year, by month.

use std::fmt;

use super::scan;
use crate::time::Day;

/// A name of a product in one of the older grammars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Legacy<'a> {
    /// `cccWWWWD.sp3`, `iguWWWWD_HH.sp3`, `cccWWWW7.erp`, `CODWWWWD.EPH_R`.
    Weekly(Weekly<'a>),
    /// `igsyyPWWWW[D].snx`, `igsyyPWWWW_all.ssc`.
    Sinex(Sinex<'a>),
    /// `cccgDDD0.yyi`.
    Ionex(Ionex<'a>),
    /// `ssssDDD0.yyzpd`.
    Zenith(Zenith<'a>),
    /// `P1C1yymm.DCB`, `P1P2yymm_ALL.DCB`.
    Bias(Bias<'a>),
    /// `igs20.atx`, `igs14_2148.atx`.
    Antex(Antex<'a>),
    /// `COD.EPH_U`: the newest of a kind, without a date.
    Latest {
        /// Analysis centre.
        centre: Centre<'a>,
        /// Ending.
        format: &'a str,
    },
}

/// Three characters of an analysis centre, as written.
pub(crate) type Centre<'a> = &'a str;

/// A product of a GPS week or of one of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weekly<'a> {
    /// Analysis centre, with the kind of solution in it: `igr`, `igu`.
    pub(crate) centre: Centre<'a>,
    /// Full GPS week.
    pub(crate) week: u32,
    /// Day of the week; 7 is all of it.
    pub(crate) day: u32,
    /// Hour of issue of an ultra-rapid.
    pub(crate) hour: Option<u32>,
    /// Ending, as written: `sp3`, `clk_30s`, `EPH_R`.
    pub(crate) format: &'a str,
}

/// A solution of a week or of a day in SINEX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sinex<'a> {
    /// Analysis centre.
    pub(crate) centre: Centre<'a>,
    /// Two digits of the year.
    pub(crate) year: u32,
    /// `P`, as written.
    pub(crate) letter: u8,
    /// Full GPS week.
    pub(crate) week: u32,
    /// Day of the week.
    pub(crate) day: Option<u32>,
    /// What stands behind an underscore: `all`.
    pub(crate) variant: Option<&'a str>,
    /// `snx`, `ssc` or `sum`, as written.
    pub(crate) format: &'a str,
}

/// A map of the ionosphere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ionex<'a> {
    /// Analysis centre, with the kind of solution in it: `igr`, `c1p`.
    pub(crate) centre: Centre<'a>,
    /// `g`, as written.
    pub(crate) letter: u8,
    /// Day of the year.
    pub(crate) day: u32,
    /// Two digits of the year.
    pub(crate) year: u32,
    /// `i`, as written.
    pub(crate) ending: u8,
}

/// Zenith path delays of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Zenith<'a> {
    /// Four characters.
    pub(crate) station: &'a str,
    /// Day of the year.
    pub(crate) day: u32,
    /// Two digits of the year.
    pub(crate) year: u32,
    /// `zpd`, as written.
    pub(crate) ending: &'a str,
}

/// Differential code biases of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bias<'a> {
    /// Which: `P1C1`, `P1P2`.
    pub(crate) codes: &'a str,
    /// Two digits of the year.
    pub(crate) year: u32,
    /// 1 to 12.
    pub(crate) month: u32,
    /// What stands behind an underscore: `ALL`.
    pub(crate) variant: Option<&'a str>,
    /// `DCB`, as written.
    pub(crate) format: &'a str,
}

/// Calibrations of antennas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Antex<'a> {
    /// Which reference frame's: `igs20`.
    pub(crate) frame: &'a str,
    /// GPS week of the version.
    pub(crate) week: Option<u32>,
    /// `atx`, as written.
    pub(crate) format: &'a str,
}

/// Endings of products of a week or a day.
const WEEKLY: [&str; 28] = [
    "sp3", "sp3c", "sp3d", "eph", "clk", "clk_30s", "clk_05s", "erp", "sum", "cls", "snx", "ssc",
    "tro", "bia", "ion", "eph_r", "eph_p", "eph_m", "eph_5d", "clk_r", "clk_m", "erp_r", "erp_p",
    "ion_r", "ion_p", "inx", "obx", "trp",
];
/// Endings of the newest of a kind.
const LATEST: [&str; 5] = ["eph_u", "erp_u", "ion_u", "clk_u", "tro_u"];
/// Centres that make ionosphere maps, as their names write them before the `g`.
const IONOSPHERE: [&str; 25] = [
    "igs", "igr", "igp", "cod", "cor", "cop", "c1p", "c2p", "esa", "esr", "ehr", "e1p", "e2p",
    "jpl", "jpr", "upc", "upr", "u2p", "uhr", "uqr", "cas", "car", "whu", "whr", "emr",
];

impl<'a> Legacy<'a> {
    pub(super) fn parse(stem: &'a str) -> Option<Self> {
        let (base, ending) = stem.split_once('.')?;
        if let [b'0'..=b'9', b'0'..=b'9', kind @ ..] = ending.as_bytes() {
            return match kind {
                [b'i' | b'I'] => Ionex::parse(base, ending).map(Self::Ionex),
                [_, _, _] => Zenith::parse(base, ending).map(Self::Zenith),
                _ => None,
            };
        }
        if ending.eq_ignore_ascii_case("dcb") {
            return Bias::parse(base, ending).map(Self::Bias);
        }
        if ending.eq_ignore_ascii_case("atx") {
            return Antex::parse(base, ending).map(Self::Antex);
        }
        match base.as_bytes() {
            [_, _, _] if is_one_of(ending, &LATEST) && scan::is_word(base) => {
                Some(Self::Latest { centre: base, format: ending })
            }
            [_, _, _, _, _, b'P' | b'p', _, _, _, _, ..] => {
                Sinex::parse(base, ending).map(Self::Sinex)
            }
            _ => Weekly::parse(base, ending).map(Self::Weekly),
        }
    }
}

fn is_one_of(ending: &str, known: &[&str]) -> bool {
    known.iter().any(|one| ending.eq_ignore_ascii_case(one))
}

impl<'a> Weekly<'a> {
    fn parse(base: &'a str, format: &'a str) -> Option<Self> {
        let mut rest = base;
        let centre = scan::word(&mut rest, 3)?;
        let week = scan::digits(&mut rest, 4)?;
        let day = scan::digits(&mut rest, 1).filter(|day| *day <= 7)?;
        let hour = match rest.as_bytes() {
            [] => None,
            [b'_', _, _] => {
                scan::take(&mut rest, 1)?;
                Some(scan::digits(&mut rest, 2).filter(|hour| *hour < 24)?)
            }
            _ => return None,
        };
        is_one_of(format, &WEEKLY).then_some(Self { centre, week, day, hour, format })
    }
}

impl<'a> Sinex<'a> {
    fn parse(base: &'a str, format: &'a str) -> Option<Self> {
        let mut rest = base;
        let centre = scan::word(&mut rest, 3)?;
        let year = scan::digits(&mut rest, 2)?;
        let letter = scan::character(&mut rest)?;
        let week = scan::digits(&mut rest, 4)?;
        let day = match rest.as_bytes() {
            [b'0'..=b'7', ..] => Some(scan::digits(&mut rest, 1)?),
            _ => None,
        };
        let variant = match rest.as_bytes() {
            [] => None,
            [b'_', ..] => {
                scan::take(&mut rest, 1)?;
                Some(rest).filter(|variant| scan::is_word(variant))
            }
            _ => return None,
        };
        let whole = rest.is_empty() || variant.is_some();
        (whole && is_one_of(format, &["snx", "ssc", "sum"])).then_some(Self {
            centre,
            year,
            letter,
            week,
            day,
            variant,
            format,
        })
    }
}

/// `DDD0` behind four characters.
fn day_of_year(base: &str) -> Option<u32> {
    let mut rest = base.get(4..)?;
    let day = scan::digits(&mut rest, 3).filter(|day| (1..=366).contains(day))?;
    (rest == "0").then_some(day)
}

impl<'a> Ionex<'a> {
    fn parse(base: &'a str, ending: &'a str) -> Option<Self> {
        let mut rest = base;
        let centre = scan::word(&mut rest, 3).filter(|c| is_one_of(c, &IONOSPHERE))?;
        let letter = scan::character(&mut rest).filter(|l| l.eq_ignore_ascii_case(&b'g'))?;
        let day = day_of_year(base)?;
        let mut rest = ending;
        let year = scan::digits(&mut rest, 2)?;
        Some(Self { centre, letter, day, year, ending: scan::character(&mut rest)? })
    }
}

impl<'a> Zenith<'a> {
    fn parse(base: &'a str, ending: &'a str) -> Option<Self> {
        let mut rest = base;
        let station = scan::word(&mut rest, 4)?;
        let day = day_of_year(base)?;
        let mut rest = ending;
        let year = scan::digits(&mut rest, 2)?;
        rest.eq_ignore_ascii_case("zpd").then_some(Self { station, day, year, ending: rest })
    }
}

impl<'a> Bias<'a> {
    fn parse(base: &'a str, format: &'a str) -> Option<Self> {
        let mut rest = base;
        let codes = scan::word(&mut rest, 4)?;
        let year = scan::digits(&mut rest, 2)?;
        let month = scan::digits(&mut rest, 2).filter(|month| (1..=12).contains(month))?;
        let variant = match rest.as_bytes() {
            [] => None,
            [b'_', ..] => {
                scan::take(&mut rest, 1)?;
                Some(Some(rest).filter(|variant| scan::is_word(variant))?)
            }
            _ => return None,
        };
        Some(Self { codes, year, month, variant, format })
    }
}

impl<'a> Antex<'a> {
    fn parse(base: &'a str, format: &'a str) -> Option<Self> {
        let (frame, week) = match base.split_once('_') {
            None => (base, None),
            Some((frame, week)) if week.len() == 4 => (frame, Some(scan::number(week)?)),
            Some(_) => return None,
        };
        let mut rest = frame;
        let is_frame = scan::take(&mut rest, 3)?.eq_ignore_ascii_case("igs")
            && rest.len() == 2
            && scan::is_word(rest);
        is_frame.then_some(Self { frame, week, format })
    }
}

/// The start of a GPS week or of one of its days, and how many days it is.
pub(super) fn week_span(week: u32, day: Option<u32>) -> Option<(Day, i64)> {
    match day {
        Some(day @ 0..=6) => Some((Day::of_gps_week(week, day)?, 1)),
        _ => Some((Day::of_gps_week(week, 0)?, 7)),
    }
}

impl fmt::Display for Legacy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekly(Weekly { centre, week, day, hour, format }) => {
                write!(f, "{centre}{week:04}{day}")?;
                if let Some(hour) = hour {
                    write!(f, "_{hour:02}")?;
                }
                write!(f, ".{format}")
            }
            Self::Sinex(name) => {
                let letter = char::from(name.letter);
                write!(f, "{}{:02}{letter}{:04}", name.centre, name.year, name.week)?;
                if let Some(day) = name.day {
                    write!(f, "{day}")?;
                }
                variant(f, name.variant)?;
                write!(f, ".{}", name.format)
            }
            Self::Ionex(Ionex { centre, letter, day, year, ending }) => {
                let (letter, ending) = (char::from(*letter), char::from(*ending));
                write!(f, "{centre}{letter}{day:03}0.{year:02}{ending}")
            }
            Self::Zenith(Zenith { station, day, year, ending }) => {
                write!(f, "{station}{day:03}0.{year:02}{ending}")
            }
            Self::Bias(name) => {
                write!(f, "{}{:02}{:02}", name.codes, name.year, name.month)?;
                variant(f, name.variant)?;
                write!(f, ".{}", name.format)
            }
            Self::Antex(Antex { frame, week, format }) => {
                f.write_str(frame)?;
                if let Some(week) = week {
                    write!(f, "_{week:04}")?;
                }
                write!(f, ".{format}")
            }
            Self::Latest { centre, format } => write!(f, "{centre}.{format}"),
        }
    }
}

fn variant(f: &mut fmt::Formatter<'_>, variant: Option<&str>) -> fmt::Result {
    variant.map_or(Ok(()), |variant| write!(f, "_{variant}"))
}
