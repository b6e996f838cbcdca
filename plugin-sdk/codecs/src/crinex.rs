//! Compact RINEX (CRINEX 1.0 for RINEX 2, 3.x for RINEX 3 and 4) to RINEX.
//!
//! Hatanaka (2008), section 2: the header is carried as it is. The line of an epoch and
//! the flags of the observations are written as the characters that changed (a blank:
//! unchanged, `&`: now a blank), clock offsets and observations as differences in time,
//! of an order that each series says where it begins (`3&`). An epoch that begins with
//! `&` (version 1) or `>` (version 3) starts everything anew; events are carried as they are.
//!
//! What comes out is what the paper's tool writes: line feeds, no blanks at line ends,
//! no zero before a decimal point.

mod lines;
mod satellites;
mod series;
mod text;

use std::io::{self, Read, Write};

use lines::Lines;
use satellites::{Satellites, Types};
use series::Series;
use text::{column, number, repair, trim_end};

/// Satellites of one epoch; four navigation systems have fewer than 200 together.
const MAX_SATELLITES: usize = 400;

/// The two forms, which differ in columns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    /// CRINEX 1, RINEX 2.
    One,
    /// CRINEX 3, RINEX 3 and 4.
    Three,
}

impl Version {
    fn epoch_mark_in(self) -> u8 {
        if self == Self::One { b'&' } else { b'>' }
    }

    fn epoch_mark_out(self) -> u8 {
        if self == Self::One { b' ' } else { b'>' }
    }

    /// Where the event flag stands; three columns of a number follow.
    fn flag_column(self) -> usize {
        if self == Self::One { 28 } else { 31 }
    }

    /// Where the list of satellites begins.
    fn list_column(self) -> usize {
        if self == Self::One { 32 } else { 41 }
    }

    /// RINEX 2 writes a clock offset as F12.9, RINEX 3 as F15.12.
    fn clock_decimals(self) -> usize {
        if self == Self::One { 9 } else { 12 }
    }
}

/// What the next line is.
#[derive(Clone, Copy)]
enum Next {
    Start,
    Header,
    Epoch,
    /// So many lines of an event.
    Event(u32),
    /// The satellite of this number.
    Satellite(usize),
    End,
}

/// A decoder of compact RINEX; holds one epoch.
pub(crate) struct Crinex {
    lines: Lines,
    version: Version,
    next: Next,
    /// Whether the next epoch must start anew: after an event it does.
    must_start: bool,
    types: Types,
    epoch: Vec<u8>,
    clock: Option<Series>,
    satellites: Satellites,
    out: Vec<u8>,
    given: usize,
}

impl Crinex {
    pub(crate) fn new(source: Box<dyn Read>) -> Self {
        Self {
            lines: Lines::new(source),
            version: Version::One,
            next: Next::Start,
            must_start: true,
            types: Types::default(),
            epoch: Vec::new(),
            clock: None,
            satellites: Satellites::default(),
            out: Vec::new(),
            given: 0,
        }
    }

    /// Writes what the next line or two stand for into `out`.
    fn step(&mut self) -> io::Result<()> {
        self.out.clear();
        self.given = 0;
        self.next = match self.next {
            Next::Start => self.start()?,
            Next::Header => self.header()?,
            Next::Epoch => self.epoch()?,
            Next::Event(left) => self.event(left)?,
            Next::Satellite(index) => self.satellite(index)?,
            Next::End => Next::End,
        };
        Ok(())
    }

    fn start(&mut self) -> io::Result<Next> {
        let line = self.lines.required("the header")?;
        let is_crinex = line.get(60..).is_some_and(|label| label.starts_with(b"CRINEX VERS"));
        let version = text::shown(column(line, 0, 20)).trim().to_owned();
        self.version = match version.as_bytes() {
            [b'1', b'.', ..] if is_crinex => Version::One,
            [b'3', b'.', ..] if is_crinex => Version::Three,
            _ if is_crinex => {
                return Err(self.lines.malformed(format!(
                    "version `{version}` of compact RINEX, where 1.0 and 3.x are known"
                )));
            }
            _ => {
                let begin = text::shown(column(line, 0, 80)).into_owned();
                return Err(self.lines.malformed(format!(
                    "`{begin}` instead of a line that ends in CRINEX VERS   / TYPE"
                )));
            }
        };
        self.lines.required("CRINEX PROG / DATE")?;
        Ok(Next::Header)
    }

    fn header(&mut self) -> io::Result<Next> {
        let line = trim_end(self.lines.required("END OF HEADER")?);
        self.out.extend_from_slice(line);
        self.out.push(b'\n');
        if line.get(60..).is_some_and(|label| label.starts_with(b"END OF HEADER")) {
            return Ok(Next::Epoch);
        }
        self.types.learn(line).map_err(|what| self.lines.malformed(what))?;
        Ok(Next::Header)
    }

    fn epoch(&mut self) -> io::Result<Next> {
        let Some(line) = self.lines.next()? else { return Ok(Next::End) };
        // CRINEX 3: lines that begin with & are to be skipped.
        if self.version == Version::Three && line.first() == Some(&b'&') {
            return Ok(Next::Epoch);
        }
        // The end of a file as DOS marks it.
        if line.first() == Some(&0x1a) {
            return Ok(Next::End);
        }
        let mut changes = line.to_vec();
        let starts = changes.first() == Some(&self.version.epoch_mark_in());
        if starts {
            if let Some(mark) = changes.first_mut() {
                *mark = self.version.epoch_mark_out();
            }
            let flag = changes.get(self.version.flag_column()).copied();
            if !matches!(flag, Some(b'0' | b'1')) {
                return self.event_line(&changes, flag);
            }
            self.epoch.clear();
            self.satellites.forget();
            self.must_start = false;
        } else if self.must_start {
            return Err(self.lines.malformed(format!(
                "`{}` where an epoch must begin with {}",
                text::shown(column(&changes, 0, 40)),
                char::from(self.version.epoch_mark_in()),
            )));
        }
        repair(&mut self.epoch, &changes);
        let kept = trim_end(&self.epoch).len();
        self.epoch.truncate(kept);
        self.begin_epoch()?;
        self.clock()?;
        self.write_epoch()?;
        Ok(self.satellite_or_epoch(0))
    }

    /// An event: its line and the lines that follow are carried as they are.
    fn event_line(&mut self, line: &[u8], flag: Option<u8>) -> io::Result<Next> {
        if !flag.is_some_and(|flag| flag.is_ascii_digit()) {
            return Err(self.lines.malformed(format!(
                "`{}` where the flag of an epoch should be a digit",
                text::shown(column(line, 0, 40))
            )));
        }
        self.out.extend_from_slice(trim_end(line));
        self.out.push(b'\n');
        self.must_start = true;
        let count = column(line, self.version.flag_column() + 1, 3);
        let left = if trim_end(count).is_empty() { Some(0) } else { number(count) };
        match left {
            Some(0) => Ok(Next::Epoch),
            Some(left) => Ok(Next::Event(left)),
            None => Err(self.lines.malformed(format!(
                "`{}` where an event says how many lines follow",
                text::shown(count)
            ))),
        }
    }

    fn event(&mut self, left: u32) -> io::Result<Next> {
        let line = trim_end(self.lines.required("the lines of an event")?);
        self.out.extend_from_slice(line);
        self.out.push(b'\n');
        self.types.learn(line).map_err(|what| self.lines.malformed(what))?;
        Ok(if left > 1 { Next::Event(left - 1) } else { Next::Epoch })
    }

    /// Reads the list of satellites out of the repaired line.
    fn begin_epoch(&mut self) -> io::Result<()> {
        let flag = self.version.flag_column();
        let mark = self.epoch.first().copied();
        let is_whole = mark == Some(self.version.epoch_mark_out())
            && column(&self.epoch, flag - 2, 2) == b"  "
            && self.epoch.get(flag).is_some_and(u8::is_ascii_digit);
        if !is_whole {
            return Err(self.lines.malformed(format!(
                "`{}`, which is no time of an epoch",
                text::shown(column(&self.epoch, 0, 40))
            )));
        }
        let count = number(column(&self.epoch, flag + 1, 3)).map(|count| count as usize);
        let Some(count) = count.filter(|count| *count <= MAX_SATELLITES) else {
            return Err(self.lines.malformed(format!(
                "`{}` satellites, where 0 to {MAX_SATELLITES} are possible",
                text::shown(column(&self.epoch, flag + 1, 3))
            )));
        };
        let list = column(&self.epoch, self.version.list_column(), 3 * count);
        if list.len() < 3 * count {
            return Err(self.lines.malformed(format!(
                "{count} satellites are announced and {} named",
                list.len() / 3
            )));
        }
        self.satellites
            .begin(self.version, list, &self.types)
            .map_err(|what| self.lines.malformed(what))
    }

    fn clock(&mut self) -> io::Result<()> {
        let line = self.lines.required("the clock offset of an epoch")?;
        let line = trim_end(line);
        self.clock = if line.is_empty() {
            None
        } else {
            let before = self.clock.take();
            let next = Series::next(before, line).map_err(|what| self.lines.malformed(what))?;
            Some(next)
        };
        Ok(())
    }

    fn write_epoch(&mut self) -> io::Result<()> {
        let version = self.version;
        let list = version.list_column();
        // RINEX 2 names twelve satellites in a line, RINEX 3 none.
        let first_width = if version == Version::One { list + 36 } else { list };
        let first = column(&self.epoch, 0, first_width);
        match &self.clock {
            None => self.out.extend_from_slice(trim_end(first)),
            Some(clock) => {
                self.out.extend_from_slice(first);
                self.out.resize(first_width, b' ');
                let decimals = version.clock_decimals();
                clock
                    .write(&mut self.out, decimals, 3 + decimals)
                    .map_err(|what| self.lines.malformed(format!("the clock offset {what}")))?;
            }
        }
        self.out.push(b'\n');
        if version == Version::One {
            let named = column(&self.epoch, list, 3 * self.satellites.len());
            for twelve in named.chunks(36).skip(1) {
                write!(self.out, "{:32}", "")?;
                self.out.extend_from_slice(twelve);
                self.out.push(b'\n');
            }
        }
        Ok(())
    }

    fn satellite(&mut self, index: usize) -> io::Result<Next> {
        let line = self.lines.required("the observations of a satellite")?;
        self.satellites
            .advance(self.version, index, line, &mut self.out)
            .map_err(|what| self.lines.malformed(what))?;
        Ok(self.satellite_or_epoch(index + 1))
    }

    fn satellite_or_epoch(&self, index: usize) -> Next {
        if index < self.satellites.len() { Next::Satellite(index) } else { Next::Epoch }
    }
}

impl Read for Crinex {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() {
            if matches!(self.next, Next::End) {
                return Ok(0);
            }
            self.step()?;
        }
        let rest = self.out.get(self.given..).unwrap_or_default();
        let fits = rest.len().min(out.len());
        for (to, from) in out.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += fits;
        Ok(fits)
    }
}
