//! When a lab in which nobody works is warned of, and ended: a pure rule.
//!
//! Rules: a lab whose activity cannot be found out is never ended as idle; nobody is ended without
//! a warning that long before; the longest time holds whatever happens in the lab.

use std::time::Duration;

use super::launch::later;
use super::watching::Watch;
use super::{Lab, LabsConfig};
use crate::coverage::Instant;

/// What is to be done about a lab now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// It was warned of and no longer ends soon.
    Calm,
    /// Its user is to be told.
    Warn {
        /// When it ends.
        ends: Instant,
        /// Whether because nobody works in it.
        idle: bool,
    },
    /// It is to end as idle.
    End,
}

pub(super) fn due(lab: &Lab, watch: &Watch, now: Instant, config: &LabsConfig) -> Due {
    let warning = config.warning.min(config.idle / 2);
    let idle_end = watch.sure.then(|| {
        let idle = later(watch.active.max(lab.active), config.idle);
        let snoozed = lab.snoozed.map_or(idle, |snoozed| idle.max(snoozed));
        // Not before its user has had the time that the warning gives.
        match watch.warned.filter(|_| lab.warned) {
            Some(warned) => snoozed.max(later(warned, warning)),
            None => snoozed,
        }
    });
    if let Some(end) = idle_end.filter(|end| *end <= now && *end < lab.deadline) {
        return match lab.warned {
            true => Due::End,
            // It was idle while nobody could tell, as when the gateway was down.
            false => Due::Warn { ends: later(now.max(end), warning).min(lab.deadline), idle: true },
        };
    }
    let life_us = u64::try_from(lab.deadline.0.saturating_sub(lab.created.0)).unwrap_or(0);
    let last = config.warning.min(Duration::from_micros(life_us / 4));
    let ends_idle = idle_end.filter(|end| *end < lab.deadline);
    let soon = match ends_idle {
        Some(end) if later(now, warning) >= end => Some((end, true)),
        _ if later(now, last) >= lab.deadline => Some((lab.deadline, false)),
        _ => None,
    };
    match soon {
        Some((ends, idle)) if !lab.warned => Due::Warn { ends, idle },
        // While nobody can tell, a warning that was given stands.
        None if lab.warned && watch.sure => Due::Calm,
        _ => Due::Nothing,
    }
}
