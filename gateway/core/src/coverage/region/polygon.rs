//! Polygons with great-circle edges.

use std::f64::consts::{PI, TAU};

use super::arc::Arc;
use super::vector::{NOTHING_RAD, Vector, angle, blend, cross, dot, unit};

/// A simple polygon; its inside is the smaller of the two parts it cuts the sphere into,
/// whichever way round its vertices go (archives write both).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Polygon {
    pub(super) edges: Vec<Arc>,
    /// Whether the inside is to the left of the edges.
    left: bool,
}

impl Polygon {
    /// `None` with fewer than three different vertices or with opposite neighbours.
    pub(super) fn new(vertices: &[Vector]) -> Option<Self> {
        let mut corners: Vec<Vector> = Vec::with_capacity(vertices.len());
        for vertex in vertices {
            // Closing vertices and repetitions are common and mean nothing.
            if corners.last().is_none_or(|last| angle(*last, *vertex) > NOTHING_RAD) {
                corners.push(*vertex);
            }
        }
        while corners.len() > 1
            && corners
                .first()
                .zip(corners.last())
                .is_some_and(|(a, b)| angle(*a, *b) <= NOTHING_RAD)
        {
            corners.pop();
        }
        let (first, rest) = corners.split_first()?;
        if rest.len() < 2 {
            return None;
        }
        let following = rest.iter().chain([first]);
        let edges = corners.iter().zip(following).map(|(a, b)| Arc::great(*a, *b));
        let edges = edges.collect::<Option<Vec<_>>>()?;
        let fan = rest.iter().zip(rest.iter().skip(1));
        let area: f64 = fan.map(|(b, c)| triangle(*first, *b, *c)).sum();
        Some(Self { edges, left: area.rem_euclid(2.0 * TAU) <= TAU })
    }

    /// Whether `p` is inside or on the border.
    pub(super) fn contains(&self, p: Vector) -> bool {
        // Walk from `p` to the middle of one edge: whether the walk arrives from the inside is
        // known, and each other edge on the way changes sides. The edge whose plane is
        // farthest from `p` keeps the walk clear of running along its own goal.
        let off_plane = |edge: &&Arc| dot(edge.axis(), p).abs();
        let Some(goal) = self.edges.iter().max_by(|a, b| off_plane(a).total_cmp(&off_plane(b)))
        else {
            return false;
        };
        if self.edges.iter().any(|edge| edge.distance(p) <= NOTHING_RAD) {
            return true;
        }
        let middle = goal.middle();
        let walk = cross(p, middle);
        let crossed = self.edges.iter().filter(|edge| {
            if std::ptr::eq(*edge, goal) {
                return false;
            }
            let (from, to) = (dot(walk, edge.start), dot(walk, edge.end));
            if (from >= 0.0) == (to >= 0.0) {
                return false;
            }
            let meeting = blend(edge.start, to.abs(), edge.end, from.abs());
            dot(cross(p, meeting), walk) >= 0.0 && dot(cross(meeting, middle), walk) >= 0.0
        });
        let arrives_inside = (dot(goal.axis(), p) > 0.0) == self.left;
        arrives_inside == (crossed.count() % 2 == 0)
    }

    /// A circle around it: centre and radius in radians.
    pub(super) fn bounds(&self) -> (Vector, f64) {
        let sum = self.edges.iter().fold([0.0; 3], |sum, edge| blend(sum, 1.0, edge.start, 1.0));
        let centre = unit(sum).unwrap_or([0.0, 0.0, 1.0]);
        let radius = self.edges.iter().map(|edge| angle(centre, edge.start)).fold(0.0, f64::max);
        // Beyond a hemisphere the farthest point of an edge need not be its end.
        if radius < PI / 2.0 && self.contains(centre) || radius < PI / 4.0 {
            (centre, radius)
        } else {
            (centre, PI)
        }
    }
}

/// Signed area of a triangle in steradians, positive if counter-clockwise.
///
/// Source: Van Oosterom & Strackee (1983), IEEE Trans. Biomed. Eng. 30, 125.
fn triangle(a: Vector, b: Vector, c: Vector) -> f64 {
    2.0 * dot(a, cross(b, c)).atan2(1.0 + dot(a, b) + dot(b, c) + dot(c, a))
}
