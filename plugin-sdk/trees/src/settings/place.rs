//! Positions, sites and regions as settings write them.

use std::collections::BTreeMap;

use archway_plugin::types::{
    Circle, Frame, Interval, LongitudeRange, Position, Rectangle, Region, Shape, Site,
};
use serde_json::Value;

use crate::reading::{Problems, Table};

/// The sites by name.
pub(super) fn sites(value: &Value, problems: &Problems) -> BTreeMap<String, Region> {
    let Some(table) = Table::of("sites".to_owned(), value, problems) else {
        return BTreeMap::new();
    };
    let read = |(name, value): (&String, &Value)| {
        let table = Table::of(table.key_of(name), value, problems)?;
        Some((name.to_uppercase(), site(table)?))
    };
    table.entries().filter_map(read).collect()
}

/// A place on Earth: `{ longitude_deg, latitude_deg, height_m }`.
pub(super) fn site(table: Table<'_>) -> Option<Region> {
    let position = at(&table, -180.0);
    let height_m = table.number("height_m", -12_000.0, 1e9);
    table.finish();
    let shape = Shape::Site(Site { position: position?, height_m });
    Some(Region { frame: Frame::Earth, shape })
}

/// A direction: `{ longitude_deg, latitude_deg }`, with `radius_deg` a circle; ICRS unless
/// `frame` says otherwise.
pub(super) fn position(table: Table<'_>) -> Option<Region> {
    let frame = frame(&table);
    let position = at(&table, -180.0);
    let radius_deg = table.number("radius_deg", 0.0, 180.0);
    table.finish();
    let position = position?;
    let shape = match radius_deg {
        Some(radius_deg) => Shape::Circle(Circle { centre: position, radius_deg }),
        None => Shape::Point(position),
    };
    Some(Region { frame, shape })
}

/// `{ frame, whole = true }`, `{ frame, west_deg, east_deg, south_deg, north_deg }` or
/// `{ frame, polygon_deg = [lon, lat, ...] }`.
pub(super) fn region(table: Table<'_>) -> Option<Region> {
    let frame = frame(&table);
    let whole = table.flag("whole");
    let polygon = table.numbers("polygon_deg");
    let bounds = [
        table.number("west_deg", -180.0, 360.0),
        table.number("east_deg", -180.0, 360.0),
        table.number("south_deg", -90.0, 90.0),
        table.number("north_deg", -90.0, 90.0),
    ];
    let shape = match (whole, &polygon, bounds) {
        (true, None, [None, None, None, None]) => Some(Shape::WholeSphere),
        (false, Some(numbers), [None, None, None, None]) => {
            let shape = corners(numbers).map(Shape::Polygon);
            if shape.is_none() {
                table.wrong("polygon_deg", "three corners or more, longitude and latitude of each");
            }
            shape
        }
        (false, None, [Some(west_deg), Some(east_deg), Some(south), Some(north)]) => {
            Some(Shape::Rectangle(Rectangle {
                longitude: LongitudeRange { west_deg, east_deg },
                latitude_deg: Interval { lower: Some(south), upper: Some(north) },
                height_m: None,
            }))
        }
        _ => {
            let key = table.key.clone();
            let message = "one of `whole = true`, `polygon_deg`, or all of `west_deg`, `east_deg`, `south_deg` and `north_deg`";
            table.problems.add(&key, message);
            None
        }
    };
    table.finish();
    Some(Region { frame, shape: shape? })
}

fn at(table: &Table<'_>, west_deg: f64) -> Option<Position> {
    let longitude_deg = table.number("longitude_deg", west_deg, 360.0);
    let latitude_deg = table.number("latitude_deg", -90.0, 90.0);
    if longitude_deg.is_none() || latitude_deg.is_none() {
        table.problems.add(&table.key, "it needs longitude_deg and latitude_deg");
    }
    Some(Position { longitude_deg: longitude_deg?, latitude_deg: latitude_deg? })
}

fn corners(numbers: &[f64]) -> Option<Vec<Position>> {
    let (pairs, rest) = numbers.as_chunks::<2>();
    let corner = |&[longitude_deg, latitude_deg]: &[f64; 2]| {
        let inside =
            (-180.0..=360.0).contains(&longitude_deg) && (-90.0..=90.0).contains(&latitude_deg);
        inside.then_some(Position { longitude_deg, latitude_deg })
    };
    if pairs.len() < 3 || !rest.is_empty() { None } else { pairs.iter().map(corner).collect() }
}

fn frame(table: &Table<'_>) -> Frame {
    match table.text("frame") {
        None | Some("icrs") => Frame::Icrs,
        Some("fk5") => Frame::Fk5,
        Some("fk4") => Frame::Fk4,
        Some("galactic") => Frame::Galactic,
        Some("ecliptic") => Frame::Ecliptic,
        Some("earth") => Frame::Earth,
        Some(body) if body.starts_with("IAU:") => Frame::Body(body.to_owned()),
        Some(other) => {
            table.wrong(
                "frame",
                format!(
                    "`{other}` is none of icrs, fk5, fk4, galactic, ecliptic, earth, IAU:NUMBER"
                ),
            );
            Frame::Icrs
        }
    }
}
