//! `pos`: SIA 2.0 `POS` (section 2.1.1), ICRS degrees; behind the word `EARTH`, longitude and
//! latitude on Earth (WGS84) in their place.

use super::{bad, number};
use crate::Error;
use crate::coverage::{
    Circle, Footprint, Frame, Interval, LongitudeRange, Position, Rectangle, Region, Shape,
};

/// Most vertices of a polygon that somebody types.
const VERTICES: usize = 1000;

/// Reads `CIRCLE ra dec radius`, `RANGE ra1 ra2 dec1 dec2` (`-Inf` and `+Inf` are open ends) or
/// `POLYGON ra1 dec1 ra2 dec2 ra3 dec3 ...`; on Earth with `EARTH` before it, longitudes east of
/// Greenwich from -180 or from 0.
///
/// # Errors
///
/// [`Error::BadRequest`] for `pos`.
pub fn pos(text: &str) -> Result<Region, Error> {
    let mut words = text.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    let mut shape = words.next().unwrap_or_default().to_ascii_uppercase();
    let frame = if shape == "EARTH" {
        shape = words.next().unwrap_or_default().to_ascii_uppercase();
        Frame::Earth
    } else {
        Frame::Icrs
    };
    let numbers: Vec<&str> = words.collect();
    let shape = match shape.as_str() {
        "CIRCLE" => circle(&frame, &numbers)?,
        "RANGE" => range(&frame, &numbers)?,
        "POLYGON" => polygon(&frame, &numbers)?,
        "" => return Err(bad("pos", "it is empty; write `CIRCLE ra dec radius` in degrees")),
        other => {
            let reason = format!(
                "`{other}` is not a shape; write `CIRCLE ra dec radius`, `RANGE ra1 ra2 dec1 dec2` or `POLYGON ra1 dec1 ra2 dec2 ra3 dec3`"
            );
            return Err(bad("pos", reason));
        }
    };
    let region = Region { frame, shape };
    Footprint::new(&region).map_err(|error| bad("pos", error.to_string()))?;
    Ok(region)
}

fn circle(frame: &Frame, numbers: &[&str]) -> Result<Shape, Error> {
    let [ra, dec, radius] = numbers else {
        let reason = format!("CIRCLE takes 3 numbers (ra, dec, radius), not {}", numbers.len());
        return Err(bad("pos", reason));
    };
    let centre = position(frame, ra, dec)?;
    let radius_deg = within("radius", number("pos", radius)?, 0.0, 180.0)?;
    Ok(Shape::Circle(Circle { centre, radius_deg }))
}

fn range(frame: &Frame, numbers: &[&str]) -> Result<Shape, Error> {
    let [ra1, ra2, dec1, dec2] = numbers else {
        let reason = format!("RANGE takes 4 numbers (ra1, ra2, dec1, dec2), not {}", numbers.len());
        return Err(bad("pos", reason));
    };
    let open = |word: &str, ends: &[&str]| ends.contains(&word.to_ascii_lowercase().as_str());
    let end = |word: &str, opens: &[&str], most: f64, read: &dyn Fn(&str) -> _| {
        if open(word, opens) { Ok(most) } else { read(word) }
    };
    let (low, high) = (["-inf"], ["inf", "+inf"]);
    let longitude = |word: &str| longitude(frame, word);
    let west_deg = end(ra1, &low, 0.0, &longitude)?;
    let east_deg = end(ra2, &high, 360.0, &longitude)?;
    let south = end(dec1, &low, -90.0, &latitude)?;
    let north = end(dec2, &high, 90.0, &latitude)?;
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

fn polygon(frame: &Frame, numbers: &[&str]) -> Result<Shape, Error> {
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
        [ra, dec] => position(frame, ra, dec),
        _ => Err(bad("pos", "POLYGON takes pairs of ra and dec")),
    });
    Ok(Shape::Polygon(vertices.collect::<Result<_, _>>()?))
}

fn position(frame: &Frame, ra: &str, dec: &str) -> Result<Position, Error> {
    Ok(Position { longitude_deg: longitude(frame, ra)?, latitude_deg: latitude(dec)? })
}

/// From 0 to 360; on Earth people count to the west too.
fn longitude(frame: &Frame, word: &str) -> Result<f64, Error> {
    let value = number("pos", word)?;
    match frame {
        Frame::Earth if value < 0.0 => Ok(within("longitude", value, -180.0, 360.0)? + 360.0),
        Frame::Earth => within("longitude", value, -180.0, 360.0),
        _ => within("ra", value, 0.0, 360.0),
    }
}

fn latitude(word: &str) -> Result<f64, Error> {
    within("dec", number("pos", word)?, -90.0, 90.0)
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
    fn behind_the_word_earth_a_shape_is_on_earth() {
        let circle = |longitude_deg, latitude_deg, radius_deg| {
            Shape::Circle(Circle { centre: at(longitude_deg, latitude_deg), radius_deg })
        };
        let cases = [
            ("EARTH CIRCLE 139.6 35.2 1", circle(139.6, 35.2, 1.0)),
            ("earth circle -0.5 51.5 2", circle(359.5, 51.5, 2.0)),
            ("EARTH RANGE -10 20 35 60", rectangle(350.0, 20.0, 35.0, 60.0)),
        ];
        for (text, shape) in cases {
            assert_eq!(pos(text).unwrap(), Region { frame: Frame::Earth, shape }, "case: {text}");
        }
        assert_eq!(pos("CIRCLE 139.6 35.2 1").unwrap().frame, Frame::Icrs);
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
            "EARTH",
            "EARTH CIRCLE -181 0 1",
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
        EARTH -> pos: it is empty; write `CIRCLE ra dec radius` in degrees
        EARTH CIRCLE -181 0 1 -> pos: longitude = -181 is outside -180..=360
        ");
    }
}
