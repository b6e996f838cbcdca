//! What one call of a plugin may use; pure.
//!
//! Called by `archive.rs`, which merges the three sources, and by `instance.rs`, which counts.
//!
//! Rules that hold here and nowhere else:
//!
//! - The host's defaults, then the archive's overrides, then the plugin's own limits, which
//!   only lower.
//! - Of a cursor or a byte reader the limits hold for each `next` or `read`.
//!
//! Not here: how much and how fast an archive is asked (`egress::Limits`).

use std::time::Duration;

use serde::Deserialize;

use crate::problem::Problem;

/// The time of one epoch tick, and so the grain of CPU time.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// What one call of a plugin may use; of a cursor or reader each `next` or `read`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory of an instance, all memories together.
    pub memory_mib: u32,
    /// CPU time.
    pub cpu_ms: u32,
    /// Wall time, waiting included.
    pub wall_ms: u32,
    /// Wall time of `harvest` and of each batch of it.
    pub harvest_wall_ms: u32,
    /// Assets, changes or rows of one answer.
    pub output_rows: u32,
    /// Bytes that cross to the host in one call.
    pub output_mib: u32,
    /// Calls of the host.
    pub host_calls: u32,
    /// Handles alive at once: requests, responses, connections, cursors.
    pub handles: u32,
    /// HTTP requests and TCP connections.
    pub requests: u32,
    /// Calls and cursors of the archive at once.
    pub concurrency: u32,
    /// What the plugin may keep in `archway:host/cache`.
    pub cache_mib: u32,
    /// Lines a second the plugin may write to the log.
    pub log_lines_per_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_mib: 128,
            cpu_ms: 5_000,
            wall_ms: 30_000,
            harvest_wall_ms: 120_000,
            output_rows: 100_000,
            output_mib: 64,
            host_calls: 100_000,
            handles: 1_000,
            requests: 256,
            concurrency: 8,
            cache_mib: 16,
            log_lines_per_s: 100,
        }
    }
}

/// Limits as an archive's TOML or a `plugin.toml` writes them; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the fields are those of Limits")]
pub struct LimitsTable {
    pub memory_mib: Option<u32>,
    pub cpu_ms: Option<u32>,
    pub wall_ms: Option<u32>,
    pub harvest_wall_ms: Option<u32>,
    pub output_rows: Option<u32>,
    pub output_mib: Option<u32>,
    pub host_calls: Option<u32>,
    pub handles: Option<u32>,
    pub requests: Option<u32>,
    pub concurrency: Option<u32>,
    pub cache_mib: Option<u32>,
    pub log_lines_per_s: Option<u32>,
}

/// Most linear memory of one instance: what a slot of the pool holds.
pub(crate) const MOST_MEMORY_MIB: u32 = 512;

/// One limit: its key, where it is written, where it stands, and its range.
type Row<'a> = (&'static str, Option<u32>, &'a mut u32, std::ops::RangeInclusive<u32>);

impl LimitsTable {
    fn rows<'a>(&self, limits: &'a mut Limits) -> [Row<'a>; 12] {
        [
            ("memory_mib", self.memory_mib, &mut limits.memory_mib, 1..=MOST_MEMORY_MIB),
            ("cpu_ms", self.cpu_ms, &mut limits.cpu_ms, 10..=600_000),
            ("wall_ms", self.wall_ms, &mut limits.wall_ms, 50..=3_600_000),
            ("harvest_wall_ms", self.harvest_wall_ms, &mut limits.harvest_wall_ms, 50..=3_600_000),
            ("output_rows", self.output_rows, &mut limits.output_rows, 1..=1_000_000),
            ("output_mib", self.output_mib, &mut limits.output_mib, 1..=256),
            ("host_calls", self.host_calls, &mut limits.host_calls, 100..=10_000_000),
            ("handles", self.handles, &mut limits.handles, 16..=100_000),
            ("requests", self.requests, &mut limits.requests, 0..=100_000),
            ("concurrency", self.concurrency, &mut limits.concurrency, 1..=64),
            ("cache_mib", self.cache_mib, &mut limits.cache_mib, 0..=1_024),
            ("log_lines_per_s", self.log_lines_per_s, &mut limits.log_lines_per_s, 0..=10_000),
        ]
    }
}

impl Limits {
    /// These limits with the archive's own in their place.
    ///
    /// # Errors
    ///
    /// Every number outside its range.
    pub fn overridden(mut self, by: &LimitsTable) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        for (key, written, value, range) in by.rows(&mut self) {
            let Some(written) = written else { continue };
            if range.contains(&written) {
                *value = written;
            } else {
                let (least, most) = range.into_inner();
                let message = format!("{written} is outside {least}..={most}");
                problems.push(Problem::new(format!("limits.{key}"), message));
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// These limits, lowered where the plugin asks for less than it may have.
    #[must_use]
    pub fn lowered(mut self, by: &LimitsTable) -> Self {
        for (_, written, value, _) in by.rows(&mut self) {
            *value = (*value).min(written.unwrap_or(u32::MAX));
        }
        self
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_mib as usize * 1024 * 1024
    }

    pub(crate) fn output_bytes(&self) -> usize {
        self.output_mib as usize * 1024 * 1024
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, LimitsTable};

    fn table(text: &str) -> LimitsTable {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn an_archive_may_raise_and_lower_within_the_ranges() {
        let limits =
            Limits::default().overridden(&table("memory_mib = 512\ncpu_ms = 100")).unwrap();
        assert_eq!((limits.memory_mib, limits.cpu_ms, limits.wall_ms), (512, 100, 30_000));
    }

    #[test]
    fn every_number_outside_its_range_is_named() {
        let written = table("memory_mib = 9000\nconcurrency = 0\nhandles = 1");
        let problems = Limits::default().overridden(&written).unwrap_err();
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "limits.memory_mib: 9000 is outside 1..=512",
                "limits.handles: 1 is outside 16..=100000",
                "limits.concurrency: 0 is outside 1..=64",
            ]
        );
    }

    #[test]
    fn a_plugin_only_lowers() {
        let limits = Limits::default().lowered(&table("memory_mib = 512\nrequests = 3"));
        assert_eq!((limits.memory_mib, limits.requests), (128, 3));
    }
}
