//! Which folders a question is about: the steps of all templates over a range of time.
//!
//! Called by `batches.rs`. The latest step first for searches, the earliest first for
//! harvests; steps of the same start and length are one batch, so that what mirrors lay out
//! differently is still found together.

use serde::{Deserialize, Serialize};

use crate::settings::{Folder, Settings, Step};

/// A batch: one step of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    pub(crate) start_us: i64,
    pub(crate) step: Step,
}

/// A slot as a resume token keeps it: start, and which step by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SlotMark(pub(crate) i64, pub(crate) u8);

/// In which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    LatestFirst,
    EarliestFirst,
}

/// The slots of a range, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    direction: Direction,
    from_us: i64,
    to_us: i64,
    /// The next slot of each step.
    next: Vec<Slot>,
}

impl Plan {
    /// The slots whose files may reach into `from_us` to `to_us`.
    pub(crate) fn new(settings: &Settings, from_us: i64, to_us: i64, direction: Direction) -> Self {
        let mut steps: Vec<Step> =
            settings.servers.iter().flat_map(|s| s.folders.iter().map(|f| f.step)).collect();
        steps.sort();
        steps.dedup();
        let next = steps
            .into_iter()
            .map(|step| {
                let instant = match direction {
                    Direction::LatestFirst => to_us,
                    Direction::EarliestFirst => from_us.saturating_sub(step.slack_us()),
                };
                Slot { start_us: step.start_us(instant), step }
            })
            .collect();
        Self { direction, from_us, to_us, next }
    }

    /// Goes on with this slot, and passes over all before it.
    pub(crate) fn go_on_at(&mut self, mark: SlotMark) {
        while let Some(slot) = self.peek() {
            if SlotMark::from(slot) == mark || self.is_behind(slot, mark) {
                return;
            }
            self.advance(slot);
        }
    }

    /// Whether the slot comes behind the mark in this direction.
    fn is_behind(&self, slot: Slot, mark: SlotMark) -> bool {
        let (slot, mark) = ((slot.start_us, number(slot.step)), (mark.0, mark.1));
        match self.direction {
            Direction::LatestFirst => slot < mark,
            Direction::EarliestFirst => slot > mark,
        }
    }

    /// The next slot.
    pub(crate) fn peek(&self) -> Option<Slot> {
        let slots = self.next.iter().copied().filter(|slot| match (self.direction, slot.step) {
            (_, Step::Once) => true,
            (Direction::LatestFirst, step) => step
                .after(slot.start_us)
                .is_some_and(|end| end.saturating_add(step.slack_us()) > self.from_us),
            (Direction::EarliestFirst, _) => slot.start_us <= self.to_us,
        });
        match self.direction {
            Direction::LatestFirst => slots.max(),
            Direction::EarliestFirst => slots.min(),
        }
    }

    /// Done with a slot.
    pub(crate) fn advance(&mut self, done: Slot) {
        let direction = self.direction;
        self.next.retain_mut(|slot| {
            if slot.step != done.step {
                return true;
            }
            let next = match direction {
                Direction::LatestFirst => slot.step.before(slot.start_us),
                Direction::EarliestFirst => slot.step.after(slot.start_us),
            };
            match next {
                Some(start_us) => {
                    slot.start_us = start_us;
                    true
                }
                None => false,
            }
        });
    }
}

fn number(step: Step) -> u8 {
    match step {
        Step::Once => 0,
        Step::Year => 1,
        Step::Month => 2,
        Step::Week => 3,
        Step::Day => 4,
        Step::Hour => 5,
    }
}

impl From<Slot> for SlotMark {
    fn from(slot: Slot) -> Self {
        Self(slot.start_us, number(slot.step))
    }
}

/// The paths of a server's folders for a slot, each with the files known to be in it.
pub(crate) fn paths(folders: &[Folder], slot: Slot) -> Vec<(String, Vec<String>)> {
    folders.iter().filter(|f| f.step == slot.step).flat_map(|f| f.paths(slot.start_us)).collect()
}
