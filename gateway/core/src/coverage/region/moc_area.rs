//! Multi-order coverage maps (IVOA MOC 2.0).

use std::ops::Range;

use cdshealpix::nested;
use moc::moc::range::RangeMOC;
use moc::qty::Hpx;
use moc::ranges::SNORanges;

use super::Position;
use super::vector::{Vector, angle, blend, of_position, to_position, unit};

/// Where neither map nor shape is known finer than this they are said to overlap: order 13
/// has cells of 26 arcsec.
const FINEST_ORDER: u8 = 13;
const DEEPEST: u8 = 29;

/// A map that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MocArea(RangeMOC<u64, Hpx<u64>>);

impl MocArea {
    /// Reads the ASCII form (IVOA MOC 2.0, 4.3.2): `order/cells` in turns, cells as `n` or
    /// `first-last`. The error is in words.
    ///
    /// Read here, because the crate's own reader panics on orders that do not exist.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut order: Option<u8> = None;
        let mut deepest_named = 0;
        let mut ranges: Vec<Range<u64>> = Vec::new();
        let text = text.trim();
        let text = text.strip_prefix(['s', 'S']).unwrap_or(text);
        for token in text.split(|c: char| c.is_whitespace() || c == ',').filter(|t| !t.is_empty()) {
            let cells = match token.split_once('/') {
                None => token,
                Some((number, cells)) => {
                    let named = number.parse::<u8>().ok().filter(|order| *order <= DEEPEST);
                    let named = named
                        .ok_or_else(|| format!("order `{number}` is outside 0..={DEEPEST}"))?;
                    deepest_named = deepest_named.max(named);
                    order = Some(named);
                    cells
                }
            };
            if cells.is_empty() {
                continue;
            }
            let order = order.ok_or_else(|| format!("`{token}` comes before any order"))?;
            let (first, last) = cells.split_once('-').unwrap_or((cells, cells));
            let cell = |number: &str| {
                let count = 12_u64 << (2 * u32::from(order));
                let cell = number.parse::<u64>().ok().filter(|cell| *cell < count);
                cell.ok_or_else(|| {
                    format!("cell `{number}` of order {order} is outside 0..={}", count - 1)
                })
            };
            let (first, last) = (cell(first)?, cell(last)?);
            if first > last {
                return Err(format!("cells {first}-{last} are the wrong way round"));
            }
            ranges.push(deepest_cells(order, first).start..deepest_cells(order, last).end);
        }
        if order.is_none() {
            return Err("no order in it".to_owned());
        }
        Ok(Self(RangeMOC::from_maxdepth_ranges(deepest_named, ranges.into_iter(), None)))
    }

    pub(super) fn contains(&self, p: Vector) -> bool {
        let Position { longitude_deg, latitude_deg } = to_position(p);
        let layer = nested::get(DEEPEST);
        self.0.contains_depth_max_val(
            &layer.hash(longitude_deg.to_radians(), latitude_deg.to_radians()),
        )
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.moc_ranges().0.intersects(&other.0.moc_ranges().0)
    }

    /// Whether it shares a point with a shape given by what it contains and how far it is
    /// (radians; 0 inside). Descends only into cells that the map holds and the shape nears.
    pub(super) fn meets_shape(
        &self,
        contains: impl Fn(Vector) -> bool,
        distance: impl Fn(Vector) -> f64,
    ) -> bool {
        let mut open: Vec<(u8, u64)> = (0..12).map(|cell| (0, cell)).collect();
        while let Some((order, cell)) = open.pop() {
            if !self.0.moc_ranges().0.intersects_range(&deepest_cells(order, cell)) {
                continue;
            }
            let (longitude, latitude) = nested::center(order, cell);
            let centre = of_radians(longitude, latitude);
            if distance(centre) > reach_of(order, cell, centre) {
                continue;
            }
            if order >= FINEST_ORDER || (self.contains(centre) && contains(centre)) {
                return true;
            }
            open.extend((0..4).map(|child| (order + 1, cell * 4 + child)));
        }
        false
    }

    /// A circle around it (centre, radius in radians); `None` when it is empty or everywhere.
    pub(super) fn bounds(&self) -> Option<(Vector, f64)> {
        const ORDER: u8 = 4;
        let coarse = self.0.degraded(ORDER);
        let cells: Vec<u64> = coarse.flatten_to_fixed_depth_cells().collect();
        let centre_of = |cell: &u64| {
            let (longitude, latitude) = nested::center(coarse.depth_max(), *cell);
            of_radians(longitude, latitude)
        };
        let sum = cells.iter().map(centre_of).fold([0.0; 3], |sum, v| blend(sum, 1.0, v, 1.0));
        let centre = unit(sum)?;
        let far = |cell: &u64| {
            let own = centre_of(cell);
            angle(centre, own) + reach_of(coarse.depth_max(), *cell, own)
        };
        let radius = cells.iter().map(far).fold(0.0, f64::max);
        Some((centre, radius.min(std::f64::consts::PI)))
    }
}

/// Radians from a cell's centre that hold all of it. From its vertices: the crate's own bound
/// falls short of them where the equatorial and the polar cells meet.
fn reach_of(order: u8, cell: u64, centre: Vector) -> f64 {
    let corners =
        nested::vertices(order, cell).map(|(lon, lat)| angle(centre, of_radians(lon, lat)));
    // Edges are nearly straight; the slack is for their bend and for rounding.
    corners.into_iter().fold(0.0, f64::max) * 1.02
}

fn of_radians(longitude: f64, latitude: f64) -> Vector {
    of_position(Position {
        longitude_deg: longitude.to_degrees(),
        latitude_deg: latitude.to_degrees(),
    })
}

/// The cells of the deepest order that a cell holds.
fn deepest_cells(order: u8, cell: u64) -> Range<u64> {
    let shift = 2 * u32::from(DEEPEST - order);
    (cell << shift)..((cell + 1) << shift)
}
