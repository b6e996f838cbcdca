//! Arcs of circles on the sphere: what the borders of all our regions are made of.

use std::f64::consts::{FRAC_PI_2, TAU};

use super::vector::{NOTHING_RAD, Vector, angle, blend, cross, dot, unit};

/// An arc of the circle of `radius` about `axis`, counter-clockwise from `start`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Arc {
    axis: Vector,
    /// Radians; a quarter turn on a great circle.
    radius: f64,
    /// Across the axis, towards `start`, and a quarter turn on.
    east: Vector,
    north: Vector,
    /// Radians, to one turn.
    sweep: f64,
    pub(super) start: Vector,
    pub(super) end: Vector,
}

impl Arc {
    /// The shorter great-circle arc; `None` where the two are the same or opposite.
    pub(super) fn great(start: Vector, end: Vector) -> Option<Self> {
        let axis = unit(cross(start, end))?;
        let sweep = angle(start, end);
        Some(Self {
            axis,
            radius: FRAC_PI_2,
            east: start,
            north: cross(axis, start),
            sweep,
            start,
            end,
        })
    }

    /// Of the circle of `radius` about `axis`, from the direction of `east` (across the axis) on.
    pub(super) fn small(axis: Vector, radius: f64, east: Vector, sweep: f64) -> Self {
        let north = cross(axis, east);
        let point = |turn: f64| {
            let (sin, cos) = turn.sin_cos();
            let across = blend(east, cos, north, sin);
            blend(axis, radius.cos(), across, radius.sin())
        };
        Self { axis, radius, east, north, sweep, start: point(0.0), end: point(sweep) }
    }

    /// The pole to the left of the arc's direction.
    pub(super) fn axis(&self) -> Vector {
        self.axis
    }

    /// The point half way.
    pub(super) fn middle(&self) -> Vector {
        let (sin, cos) = (self.sweep / 2.0).sin_cos();
        let across = blend(self.east, cos, self.north, sin);
        blend(self.axis, self.radius.cos(), across, self.radius.sin())
    }

    /// Radians from `p` to the nearest point of the arc.
    ///
    /// The distance from `p` to a point of a circle grows with the azimuth between them, so
    /// the nearest is straight below `p`, or an end.
    pub(super) fn distance(&self, p: Vector) -> f64 {
        if self.spans(p) {
            (angle(p, self.axis) - self.radius).abs()
        } else {
            angle(p, self.start).min(angle(p, self.end))
        }
    }

    /// Whether the azimuth of `p` about the axis is between the ends.
    fn spans(&self, p: Vector) -> bool {
        let azimuth = dot(p, self.north).atan2(dot(p, self.east)).rem_euclid(TAU);
        azimuth <= self.sweep + NOTHING_RAD || azimuth >= TAU - NOTHING_RAD
    }

    /// Whether the two share a point.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let (a, b) = (self.axis, other.axis);
        let (cos_a, cos_b) = (self.radius.cos(), other.radius.cos());
        let along = dot(a, b);
        let line = cross(a, b);
        let steepness = dot(line, line);
        if steepness > 1e-20 {
            // The two planes meet in a line; where that pierces the sphere, the circles meet.
            let foot = blend(
                a,
                (cos_a - cos_b * along) / steepness,
                b,
                (cos_b - cos_a * along) / steepness,
            );
            let rest = (1.0 - dot(foot, foot)) / steepness;
            if rest >= 0.0 {
                let half = rest.sqrt();
                for sign in [half, -half] {
                    let point = blend(foot, 1.0, line, sign);
                    if self.spans(point) && other.spans(point) {
                        return true;
                    }
                }
            }
        }
        // Arcs of one circle, or that only touch.
        self.distance(other.start) <= NOTHING_RAD
            || self.distance(other.end) <= NOTHING_RAD
            || other.distance(self.start) <= NOTHING_RAD
            || other.distance(self.end) <= NOTHING_RAD
    }
}
