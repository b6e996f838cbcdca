//! STC-S (IVOA note of 2013; the grammar of TAP 1.0, 6) as far as archives use it.
//!
//! `Shape [frame] [reference position] [flavour] numbers`, unions and
//! intersections in parentheses, `Not` in front. All words in any case; words
//! between the shape and its numbers that are not known are passed over.

use std::fmt::Write;

use super::{Frame, MOST_DEPTH, MOST_PARTS, Region, SkyPoint};

/// Words that may stand between a shape and its numbers and mean nothing here.
const REFERENCE_WORDS: &[&str] = &[
    "GEOCENTER",
    "BARYCENTER",
    "HELIOCENTER",
    "TOPOCENTER",
    "LSR",
    "LSRK",
    "LSRD",
    "GALACTIC_CENTER",
    "LOCAL_GROUP_CENTER",
    "RELOCATABLE",
    "UNKNOWNREFPOS",
    "NULL",
    "CARTESIAN2",
    "CARTESIAN3",
    "SPHERICAL2",
    "SPHERICAL3",
    "FILLFACTOR",
    "UNIT",
    "DEG",
];

/// Words that name ICRS or what differs from it by less than archives' regions do.
const ICRS_WORDS: &[&str] = &["ICRS", "FK5", "J2000", "EQUINOX", "UNKNOWNFRAME", "EQUATORIAL"];

struct Parser<'a> {
    words: Vec<&'a str>,
    at: usize,
    frame: Frame,
    parts: usize,
}

pub(super) fn parse(text: &str) -> Option<(Region, Frame)> {
    let words = tokens(text)?;
    let mut parser = Parser { words, at: 0, frame: Frame::Icrs, parts: 0 };
    // An archive that lists several shapes without `UNION` means one.
    let mut regions = Vec::new();
    while parser.at < parser.words.len() {
        regions.push(parser.region(0)?);
        parser.pass_trailing_words();
    }
    let region = if regions.len() == 1 { regions.pop()? } else { Region::Union(regions) };
    match &region {
        Region::Union(parts) if parts.is_empty() => None,
        _ => Some((region, parser.frame)),
    }
}

fn tokens(text: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',' || c == ';');
        if rest.is_empty() {
            return Some(words);
        }
        if words.len() > 4 * MOST_PARTS {
            return None;
        }
        let end = match rest.as_bytes()[0] {
            b'(' | b')' => 1,
            _ => rest
                .find(|c: char| c.is_ascii_whitespace() || matches!(c, '(' | ')' | ',' | ';'))
                .unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(end);
        // A quoted frame, as in `CIRCLE('ICRS', …)`.
        words.push(word.trim_matches(['\'', '"']));
        rest = after;
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).copied()
    }

    fn region(&mut self, depth: usize) -> Option<Region> {
        self.parts += 1;
        if depth > MOST_DEPTH || self.parts > MOST_PARTS {
            return None;
        }
        let shape = self.peek()?.to_ascii_uppercase();
        self.at += 1;
        self.frame_words();
        match shape.as_str() {
            "UNION" => self.list(depth).map(Region::Union),
            "INTERSECTION" => self.list(depth).map(Region::Intersection),
            "DIFFERENCE" => match <[Region; 2]>::try_from(self.list(depth)?) {
                Ok([from, without]) => {
                    Some(Region::Intersection(vec![from, Region::Not(Box::new(without))]))
                }
                Err(_) => None,
            },
            "NOT" => {
                let parenthesised = self.skip("(");
                let inner = self.region(depth + 1)?;
                if parenthesised && !self.skip(")") {
                    return None;
                }
                Some(Region::Not(Box::new(inner)))
            }
            "ALLSKY" => Some(Region::AllSky),
            _ => {
                let parenthesised = self.skip("(");
                self.frame_words();
                let numbers = self.numbers()?;
                if parenthesised && !self.skip(")") {
                    return None;
                }
                build(&shape, &numbers)
            }
        }
    }

    fn skip(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Region>> {
        if !self.skip("(") {
            return None;
        }
        let mut regions = Vec::new();
        while !self.skip(")") {
            regions.push(self.region(depth + 1)?);
            self.pass_trailing_words();
        }
        (!regions.is_empty()).then_some(regions)
    }

    /// Passes over frame, reference position and flavour.
    fn frame_words(&mut self) {
        while let Some(word) = self.peek() {
            let starts_number = word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
            if word == "(" || word == ")" || starts_number || word.parse::<f64>().is_ok() {
                return;
            }
            let upper = word.to_ascii_uppercase();
            if is_shape(&upper) {
                return;
            }
            let known =
                ICRS_WORDS.contains(&upper.as_str()) || REFERENCE_WORDS.contains(&upper.as_str());
            if !known && !upper.is_empty() {
                // `J2000.0`, `B1950`: the equinox of the frame in front.
                let is_j2000 = upper.starts_with("J2000");
                if !is_j2000 && self.frame == Frame::Icrs {
                    self.frame = Frame::Other(upper);
                }
            }
            self.at += 1;
        }
    }

    /// Passes over `unit deg`, `Epoch …`, `PixSize …` and the like behind a shape.
    fn pass_trailing_words(&mut self) {
        while let Some(word) = self.peek() {
            if word == "(" || word == ")" || is_shape(&word.to_ascii_uppercase()) {
                return;
            }
            self.at += 1;
        }
    }

    fn numbers(&mut self) -> Option<Vec<f64>> {
        let mut numbers = Vec::new();
        while let Some(word) = self.peek() {
            let Ok(number) = word.parse::<f64>() else { break };
            if numbers.len() >= 2 * MOST_PARTS {
                return None;
            }
            numbers.push(number);
            self.at += 1;
        }
        Some(numbers)
    }
}

fn is_shape(upper: &str) -> bool {
    matches!(
        upper,
        "CIRCLE"
            | "POLYGON"
            | "BOX"
            | "POSITION"
            | "POINT"
            | "ELLIPSE"
            | "POSITIONINTERVAL"
            | "RANGE"
            | "CONVEX"
            | "UNION"
            | "INTERSECTION"
            | "DIFFERENCE"
            | "NOT"
            | "ALLSKY"
    )
}

fn build(shape: &str, numbers: &[f64]) -> Option<Region> {
    match (shape, numbers) {
        ("CIRCLE", [ra, dec, radius]) => Region::circle(*ra, *dec, *radius),
        ("POLYGON", _) => Region::polygon(numbers),
        ("POSITION" | "POINT", [ra, dec]) => SkyPoint::new(*ra, *dec).map(Region::Point),
        ("BOX", [ra, dec, width, height]) => {
            let centre = SkyPoint::new(*ra, *dec)?;
            let right = (0.0..=360.0).contains(width) && (0.0..=180.0).contains(height);
            right.then_some(Region::Box { centre, width_deg: *width, height_deg: *height })
        }
        ("ELLIPSE", [ra, dec, major, minor, angle]) => {
            let centre = SkyPoint::new(*ra, *dec)?;
            let right =
                (0.0..=180.0).contains(major) && (0.0..=180.0).contains(minor) && angle.is_finite();
            right.then_some(Region::Ellipse {
                centre,
                semi_major_deg: *major,
                semi_minor_deg: *minor,
                position_angle_deg: *angle,
            })
        }
        // STC-S gives two corners, DALI two longitudes and two latitudes.
        ("POSITIONINTERVAL", [ra_low, dec_low, ra_high, dec_high])
        | ("RANGE", [ra_low, ra_high, dec_low, dec_high]) => {
            SkyPoint::new(*ra_low, *dec_low)?;
            SkyPoint::new(*ra_high, *dec_high)?;
            let right = ra_low <= ra_high && dec_low <= dec_high;
            right.then_some(Region::Range {
                ra_deg: (*ra_low, *ra_high),
                dec_deg: (*dec_low, *dec_high),
            })
        }
        _ => None,
    }
}

/// Appends STC-S; the frame is named by the outermost shape.
pub(super) fn print(region: &Region, outermost: bool, text: &mut String) {
    let frame = if outermost { " ICRS" } else { "" };
    let mut list = |word: &str, regions: &[Region]| {
        text.push_str(word);
        text.push_str(frame);
        text.push_str(" (");
        for (i, region) in regions.iter().enumerate() {
            if i > 0 {
                text.push(' ');
            }
            print(region, false, text);
        }
        text.push(')');
    };
    // Writing to a string does not fail.
    let _ = match region {
        Region::Union(regions) => {
            list("Union", regions);
            Ok(())
        }
        Region::Intersection(regions) => {
            list("Intersection", regions);
            Ok(())
        }
        Region::Not(region) => {
            text.push_str("Not (");
            print(region, outermost, text);
            text.push(')');
            Ok(())
        }
        Region::AllSky => write!(text, "AllSky{frame}"),
        Region::Point(p) => write!(text, "Position{frame} {} {}", p.ra_deg, p.dec_deg),
        Region::Circle { centre, radius_deg } => {
            write!(text, "Circle{frame} {} {} {radius_deg}", centre.ra_deg, centre.dec_deg)
        }
        Region::Polygon(vertices) => {
            text.push_str("Polygon");
            text.push_str(frame);
            vertices.iter().try_for_each(|v| write!(text, " {} {}", v.ra_deg, v.dec_deg))
        }
        Region::Box { centre, width_deg, height_deg } => {
            write!(text, "Box{frame} {} {} {width_deg} {height_deg}", centre.ra_deg, centre.dec_deg)
        }
        Region::Ellipse { centre, semi_major_deg, semi_minor_deg, position_angle_deg } => write!(
            text,
            "Ellipse{frame} {} {} {semi_major_deg} {semi_minor_deg} {position_angle_deg}",
            centre.ra_deg, centre.dec_deg
        ),
        Region::Range { ra_deg, dec_deg } => write!(
            text,
            "PositionInterval{frame} {} {} {} {}",
            ra_deg.0, dec_deg.0, ra_deg.1, dec_deg.1
        ),
    };
}
