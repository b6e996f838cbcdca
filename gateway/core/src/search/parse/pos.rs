//! `pos`: SIA 2.0 `POS` (section 2.1.1), ICRS degrees.

use super::{bad, number};
use crate::Error;
use crate::coverage::{
    Circle, Footprint, Interval, LongitudeRange, Position, Rectangle, Region, Shape,
};

/// Most vertices of a polygon that somebody types.
const VERTICES: usize = 1000;

/// Reads `CIRCLE ra dec radius`, `RANGE ra1 ra2 dec1 dec2` (`-Inf` and `+Inf` are open ends) or
/// `POLYGON ra1 dec1 ra2 dec2 ra3 dec3 ...`.
///
/// # Errors
///
/// [`Error::BadRequest`] for `pos`.
pub fn pos(text: &str) -> Result<Region, Error> {
    let mut words = text.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    let shape = words.next().unwrap_or_default().to_ascii_uppercase();
    let numbers: Vec<&str> = words.collect();
    let region = Region::icrs(match shape.as_str() {
        "CIRCLE" => circle(&numbers)?,
        "RANGE" => range(&numbers)?,
        "POLYGON" => polygon(&numbers)?,
        "" => return Err(bad("pos", "it is empty; write `CIRCLE ra dec radius` in degrees")),
        other => {
            let reason = format!(
                "`{other}` is not a shape; write `CIRCLE ra dec radius`, `RANGE ra1 ra2 dec1 dec2` or `POLYGON ra1 dec1 ra2 dec2 ra3 dec3`"
            );
            return Err(bad("pos", reason));
        }
    });
    Footprint::new(&region).map_err(|error| bad("pos", error.to_string()))?;
    Ok(region)
}

fn circle(numbers: &[&str]) -> Result<Shape, Error> {
    let [ra, dec, radius] = numbers else {
        let reason = format!("CIRCLE takes 3 numbers (ra, dec, radius), not {}", numbers.len());
        return Err(bad("pos", reason));
    };
    let centre = position(ra, dec)?;
    let radius_deg = within("radius", number("pos", radius)?, 0.0, 180.0)?;
    Ok(Shape::Circle(Circle { centre, radius_deg }))
}

fn range(numbers: &[&str]) -> Result<Shape, Error> {
    let [ra1, ra2, dec1, dec2] = numbers else {
        let reason = format!("RANGE takes 4 numbers (ra1, ra2, dec1, dec2), not {}", numbers.len());
        return Err(bad("pos", reason));
    };
    let ends = |name: &str, low: &str, high: &str, least: f64, most: f64| {
        let lower = match low.to_ascii_lowercase().as_str() {
            "-inf" => least,
            _ => within(name, number("pos", low)?, least, most)?,
        };
        let upper = match high.to_ascii_lowercase().as_str() {
            "inf" | "+inf" => most,
            _ => within(name, number("pos", high)?, least, most)?,
        };
        Ok::<_, Error>((lower, upper))
    };
    let (west_deg, east_deg) = ends("ra", ra1, ra2, 0.0, 360.0)?;
    let (south, north) = ends("dec", dec1, dec2, -90.0, 90.0)?;
    if south > north {
        let reason = format!("dec {south} to {north} is the wrong way round");
        return Err(bad("pos", reason));
    }
    Ok(Shape::Rectangle(Rectangle {
        longitude: LongitudeRange { west_deg, east_deg },
        latitude_deg: Interval { lower: Some(south), upper: Some(north) },
        height_m: None,
    }))
}

fn polygon(numbers: &[&str]) -> Result<Shape, Error> {
    if !numbers.len().is_multiple_of(2) {
        let reason = format!("POLYGON takes pairs of ra and dec, not {} numbers", numbers.len());
        return Err(bad("pos", reason));
    }
    let vertices = numbers.len() / 2;
    if !(3..=VERTICES).contains(&vertices) {
        let reason = format!("a POLYGON of {vertices} vertices is outside 3..={VERTICES}");
        return Err(bad("pos", reason));
    }
    let vertices = numbers.chunks_exact(2).map(|pair| match pair {
        [ra, dec] => position(ra, dec),
        _ => Err(bad("pos", "POLYGON takes pairs of ra and dec")),
    });
    Ok(Shape::Polygon(vertices.collect::<Result<_, _>>()?))
}

fn position(ra: &str, dec: &str) -> Result<Position, Error> {
    Ok(Position {
        longitude_deg: within("ra", number("pos", ra)?, 0.0, 360.0)?,
        latitude_deg: within("dec", number("pos", dec)?, -90.0, 90.0)?,
    })
}

fn within(name: &str, value: f64, least: f64, most: f64) -> Result<f64, Error> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(bad("pos", format!("{name} = {value} is outside {least}..={most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(longitude_deg: f64, latitude_deg: f64) -> Position {
        Position { longitude_deg, latitude_deg }
    }

    fn rectangle(west_deg: f64, east_deg: f64, south: f64, north: f64) -> Shape {
        Shape::Rectangle(Rectangle {
            longitude: LongitudeRange { west_deg, east_deg },
            latitude_deg: Interval { lower: Some(south), upper: Some(north) },
            height_m: None,
        })
    }

    #[test]
    fn shapes_are_read() {
        let circle = Shape::Circle(Circle { centre: at(83.63, -22.01), radius_deg: 0.5 });
        let cases = [
            ("CIRCLE 83.63 -22.01 0.5", circle.clone()),
            ("circle  +83.63,-22.01 , 5e-1", circle),
            ("RANGE 10 20 -5 5", rectangle(10.0, 20.0, -5.0, 5.0)),
            ("RANGE 350 10 -5 5", rectangle(350.0, 10.0, -5.0, 5.0)),
            ("RANGE -Inf +Inf 80 +Inf", rectangle(0.0, 360.0, 80.0, 90.0)),
            ("POLYGON 0 0 1 0 0 1", Shape::Polygon(vec![at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0)])),
        ];
        for (text, shape) in cases {
            assert_eq!(pos(text).unwrap().shape, shape, "case: {text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            "",
            "SPHERE 1 2 3",
            "CIRCLE 1 2",
            "CIRCLE a 2 3",
            "CIRCLE NaN 2 3",
            "CIRCLE 1 91 1",
            "CIRCLE 361 0 1",
            "CIRCLE -1 0 1",
            "CIRCLE 0 0 181",
            "CIRCLE 0 0 -1",
            "RANGE 1 2 3",
            "RANGE 1 2 5 4",
            "RANGE 1 2 -91 4",
            "RANGE +Inf 2 1 4",
            "POLYGON 0 0 1 0 0",
            "POLYGON 0 0 1 0",
            "POLYGON 0 0 0 0 0 0",
            "POLYGON 0 0 1 0 0 100",
        ];
        let messages = cases.map(|text| format!("{text} -> {}", pos(text).unwrap_err()));
        insta::assert_snapshot!(messages.join("\n"), @r"
         -> pos: it is empty; write `CIRCLE ra dec radius` in degrees
        SPHERE 1 2 3 -> pos: `SPHERE` is not a shape; write `CIRCLE ra dec radius`, `RANGE ra1 ra2 dec1 dec2` or `POLYGON ra1 dec1 ra2 dec2 ra3 dec3`
        CIRCLE 1 2 -> pos: CIRCLE takes 3 numbers (ra, dec, radius), not 2
        CIRCLE a 2 3 -> pos: `a` is not a number
        CIRCLE NaN 2 3 -> pos: `NaN` is not a number
        CIRCLE 1 91 1 -> pos: dec = 91 is outside -90..=90
        CIRCLE 361 0 1 -> pos: ra = 361 is outside 0..=360
        CIRCLE -1 0 1 -> pos: ra = -1 is outside 0..=360
        CIRCLE 0 0 181 -> pos: radius = 181 is outside 0..=180
        CIRCLE 0 0 -1 -> pos: radius = -1 is outside 0..=180
        RANGE 1 2 3 -> pos: RANGE takes 4 numbers (ra1, ra2, dec1, dec2), not 3
        RANGE 1 2 5 4 -> pos: dec 5 to 4 is the wrong way round
        RANGE 1 2 -91 4 -> pos: dec = -91 is outside -90..=90
        RANGE +Inf 2 1 4 -> pos: `+Inf` is not a number
        POLYGON 0 0 1 0 0 -> pos: POLYGON takes pairs of ra and dec, not 5 numbers
        POLYGON 0 0 1 0 -> pos: a POLYGON of 2 vertices is outside 3..=1000
        POLYGON 0 0 0 0 0 0 -> pos: a polygon of 3 vertices; it takes at least three different ones, and no two opposite neighbours
        POLYGON 0 0 1 0 0 100 -> pos: dec = 100 is outside -90..=90
        ");
    }
}
