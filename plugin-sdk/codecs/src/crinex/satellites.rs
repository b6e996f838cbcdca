//! The satellites of an epoch: which observations each has, and their series.

use std::collections::BTreeMap;

use super::Version;
use super::series::Series;
use super::text::{column, number, repair, shown, trim_end};

/// Types of observations of one satellite system; RINEX 4 could have about 150.
const MAX_TYPES: u32 = 256;
/// RINEX: an observation is F14.3, then a flag each for loss of lock and signal strength.
const VALUE_COLUMNS: usize = 14;
const DECIMALS: usize = 3;
/// RINEX 2: observations in a line.
const OBSERVATIONS_IN_A_LINE: usize = 5;

/// How many types of observations the header announces.
#[derive(Default)]
pub(super) struct Types {
    /// RINEX 2: for all.
    all: Option<usize>,
    /// RINEX 3: by the letter of the satellite system.
    by_system: BTreeMap<u8, usize>,
}

impl Types {
    /// Takes in a line of a header, or one that an event changes it with.
    pub(super) fn learn(&mut self, line: &[u8]) -> Result<(), String> {
        let label = line.get(60..).unwrap_or_default();
        if label.starts_with(b"# / TYPES OF OBSERV") && column(line, 5, 1) != b" " {
            self.all = Some(types(column(line, 0, 6))?);
        } else if label.starts_with(b"SYS / # / OBS TYPE")
            && let Some(system) = line.first().filter(|letter| **letter != b' ')
        {
            self.by_system.insert(*system, types(column(line, 3, 3))?);
        }
        Ok(())
    }

    fn of(&self, version: Version, satellite: [u8; 3]) -> Result<usize, String> {
        match version {
            Version::One => {
                self.all.ok_or_else(|| "the header has no # / TYPES OF OBSERV".to_owned())
            }
            Version::Three => {
                let [system, ..] = satellite;
                self.by_system.get(&system).copied().ok_or_else(|| {
                    format!(
                        "satellite `{}`, of whose system the header has no SYS / # / OBS TYPES",
                        shown(&satellite)
                    )
                })
            }
        }
    }
}

fn types(column: &[u8]) -> Result<usize, String> {
    number(column).filter(|count| *count <= MAX_TYPES).map(|count| count as usize).ok_or_else(
        || {
            format!(
                "`{}` types of observations, where 0 to {MAX_TYPES} are possible",
                shown(column)
            )
        },
    )
}

/// One satellite, as far as it has come.
struct Satellite {
    name: [u8; 3],
    flags: Vec<u8>,
    /// One a type; `None` where there is no observation.
    series: Vec<Option<Series>>,
}

/// The satellites of the epoch, in its order.
#[derive(Default)]
pub(super) struct Satellites {
    current: Vec<Satellite>,
}

impl Satellites {
    /// Everything starts anew.
    pub(super) fn forget(&mut self) {
        self.current.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.current.len()
    }

    /// Takes over what goes on from the epoch before; the others are new.
    pub(super) fn begin(
        &mut self,
        version: Version,
        list: &[u8],
        types: &Types,
    ) -> Result<(), String> {
        let mut before = std::mem::take(&mut self.current);
        for name in list.as_chunks::<3>().0 {
            let count = types.of(version, *name)?;
            let known = before.iter().position(|old| old.name == *name);
            let satellite = match known.map(|index| before.swap_remove(index)) {
                Some(old) if old.series.len() == count => old,
                _ => Satellite {
                    name: *name,
                    flags: vec![b' '; 2 * count],
                    series: vec![None; count],
                },
            };
            self.current.push(satellite);
        }
        Ok(())
    }

    /// Takes one satellite's line and writes its observations.
    pub(super) fn advance(
        &mut self,
        version: Version,
        index: usize,
        line: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let Some(satellite) = self.current.get_mut(index) else { return Ok(()) };
        satellite.read(line)?;
        satellite.write(version, out)
    }
}

impl Satellite {
    fn read(&mut self, line: &[u8]) -> Result<(), String> {
        let mut rest = line;
        for series in &mut self.series {
            let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            *series = match field {
                [] => None,
                _ => Some(
                    Series::next(series.take(), field)
                        .map_err(|what| format!("satellite {}: {what}", shown(&self.name)))?,
                ),
            };
        }
        let changes = trim_end(rest);
        if changes.len() > self.flags.len() {
            return Err(format!(
                "satellite {}: flags `{}`, where {} observations have two each",
                shown(&self.name),
                shown(changes),
                self.series.len()
            ));
        }
        repair(&mut self.flags, changes);
        Ok(())
    }

    fn write(&mut self, version: Version, out: &mut Vec<u8>) -> Result<(), String> {
        let mut begin = out.len();
        if version == Version::Three {
            out.extend_from_slice(&self.name);
        }
        let last = self.series.len().saturating_sub(1);
        for (index, (series, flags)) in
            self.series.iter().zip(self.flags.as_chunks_mut::<2>().0).enumerate()
        {
            match series {
                Some(series) => series.write(out, DECIMALS, VALUE_COLUMNS).map_err(|what| {
                    format!("satellite {}: the observation {what}", shown(&self.name))
                })?,
                None => {
                    out.resize(out.len() + VALUE_COLUMNS, b' ');
                    // CRINEX 1: where there is no observation there are no flags.
                    if version == Version::One {
                        *flags = [b' '; 2];
                    }
                }
            }
            out.extend_from_slice(flags);
            let full = version == Version::One && (index + 1) % OBSERVATIONS_IN_A_LINE == 0;
            if full && index < last {
                end_line(out, begin);
                begin = out.len();
            }
        }
        if version == Version::Three || !self.series.is_empty() {
            end_line(out, begin);
        }
        Ok(())
    }
}

/// Ends a line that began at `begin`, without the blanks at its end.
fn end_line(out: &mut Vec<u8>, begin: usize) {
    let kept = begin + trim_end(out.get(begin..).unwrap_or_default()).len();
    out.truncate(kept);
    out.push(b'\n');
}
