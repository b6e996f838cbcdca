//! Long names of products: `AAAVPPPTTT_YYYYDDDHHMM_LEN_SMP_[SSSSMRCCC_]CNT.FMT`
//! (IGS, Guidelines for long product filenames, 2.0 and 2.1).

use std::fmt;

use super::long::{Period, Start, nine_characters};
use super::scan;
use crate::time::Day;

/// When a product is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// A start and a length.
    From {
        /// Where it begins.
        start: Start,
        /// How long it is meant to be.
        length: Period,
    },
    /// The first and the last day of a product of many years, as year and day of the year.
    Days {
        /// First.
        first: (u32, u32),
        /// Last, inclusive.
        last: (u32, u32),
    },
}

/// A long name of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Product<'a> {
    /// Analysis centre: `IGS`, `ESA`.
    pub(crate) centre: &'a str,
    /// Version of the solution, 0 being the primary.
    pub(crate) version: u8,
    /// Campaign or project: `OPS`, `MGX`, `R03`.
    pub(crate) project: &'a str,
    /// `FIN`, `RAP`, `ULT` ...
    pub(crate) solution: &'a str,
    /// When.
    pub(crate) span: Span,
    /// Step between samples.
    pub(crate) sampling: Period,
    /// Of products of one station.
    pub(crate) station: Option<&'a str>,
    /// `ORB`, `CLK`, `GIM` ...
    pub(crate) content: &'a str,
    /// `SP3`, `CLK`, `INX` ..., as written.
    pub(crate) format: &'a str,
}

impl<'a> Product<'a> {
    pub(super) fn parse(stem: &'a str) -> Option<Self> {
        let mut rest = stem;
        let centre = scan::word(&mut rest, 3)?;
        let version = scan::character(&mut rest).filter(u8::is_ascii_alphanumeric)?;
        let project = scan::word(&mut rest, 3)?;
        let solution = scan::word(&mut rest, 3)?;
        scan::literal(&mut rest, b'_')?;
        let span = if rest.as_bytes().get(7) == Some(&b'_') {
            let first = year_and_day(scan::take(&mut rest, 7)?)?;
            scan::literal(&mut rest, b'_')?;
            Span::Days { first, last: year_and_day(scan::take(&mut rest, 7)?)? }
        } else {
            let start = Start::parse(scan::take(&mut rest, 11)?)?;
            scan::literal(&mut rest, b'_')?;
            Span::From { start, length: Period::parse(scan::take(&mut rest, 3)?)? }
        };
        scan::literal(&mut rest, b'_')?;
        let sampling = Period::parse(scan::take(&mut rest, 3)?)?;
        scan::literal(&mut rest, b'_')?;
        let station = match rest.as_bytes().get(9) {
            Some(b'_') => {
                let station = nine_characters(&mut rest)?;
                scan::literal(&mut rest, b'_')?;
                Some(station)
            }
            _ => None,
        };
        let (content, format) = rest.split_once('.')?;
        let widths = (2..=4).contains(&content.len()) && (2..=4).contains(&format.len());
        (widths && scan::is_word(content) && scan::is_word(format)).then_some(Self {
            centre,
            version,
            project,
            solution,
            span,
            sampling,
            station,
            content,
            format,
        })
    }
}

fn year_and_day(text: &str) -> Option<(u32, u32)> {
    let mut rest = text;
    let year = scan::digits(&mut rest, 4)?;
    let day = scan::digits(&mut rest, 3)?;
    Day::of_year(i64::from(year), day).map(|_| (year, day))
}

impl fmt::Display for Product<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = char::from(self.version);
        write!(f, "{}{version}{}{}_", self.centre, self.project, self.solution)?;
        match self.span {
            Span::From { start, length } => write!(f, "{start}_{length}")?,
            Span::Days { first, last } => {
                write!(f, "{:04}{:03}_{:04}{:03}", first.0, first.1, last.0, last.1)?;
            }
        }
        write!(f, "_{}_", self.sampling)?;
        if let Some(station) = self.station {
            write!(f, "{station}_")?;
        }
        write!(f, "{}.{}", self.content, self.format)
    }
}
