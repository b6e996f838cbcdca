//! The few values that lists show and sort by, read from the fields that hold them.

use super::{Asset, Distribution};
use crate::coverage::{Footprint, Frame, Instant, Position, Shape, TimeRange};

impl Distribution {
    /// Whether it is the asset itself and not a preview or an annex of it.
    pub fn is_asset_itself(&self) -> bool {
        matches!(self.role.as_str(), "#this" | "this")
    }
}

impl Asset {
    /// The centre of its first coverage that has one, in ICRS for celestial frames; absent
    /// where the numbers cannot be.
    pub fn position(&self) -> Option<Position> {
        self.space.iter().find_map(|coverage| {
            match (&coverage.region.frame, &coverage.region.shape) {
                (Frame::Icrs | Frame::Fk5, Shape::Point(position)) => Some(*position),
                (Frame::Icrs | Frame::Fk5, Shape::Circle(circle)) => Some(circle.centre),
                _ => Footprint::of_coverage(coverage).ok()?.centre(),
            }
        })
    }

    /// From the earliest start to the latest end of its time coverages; an end is absent
    /// where none is known.
    pub fn time_range(&self) -> TimeRange {
        TimeRange {
            start: self.time.iter().filter_map(|time| time.range.start).min(),
            end: self.time.iter().filter_map(|time| time.range.end).max(),
        }
    }

    /// What it is sorted by in time: the start of its time coverage, else when it was made.
    pub fn date(&self) -> Option<Instant> {
        self.time_range().start.or(self.summary.created)
    }

    /// The size of its largest distribution: of those that are the asset itself, where one
    /// says its size. Distributions are not added up, since they may be one file in two places.
    pub fn size_bytes(&self) -> Option<u64> {
        let largest = |itself: bool| {
            let sized = self.distributions.iter().filter(|d| !itself || d.is_asset_itself());
            sized.filter_map(|d| d.size.map(|size| size.bytes)).max()
        };
        largest(true).or_else(|| largest(false))
    }
}
