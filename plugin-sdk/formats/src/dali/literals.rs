//! Values of the DALI xtypes as text (DALI 1.1, 3.3): numbers joined by blanks.
//!
//! Times are in [`crate::time`].

use crate::region::{Region, SkyPoint};

/// Reads numbers separated by blanks (or commas, which some services write).
/// `+Inf`, `-Inf` and `NaN` are numbers. At most 65536; `None` if a word is no number.
pub fn parse_numbers(text: &str) -> Option<Vec<f64>> {
    const MOST: usize = 65_536;
    let words =
        text.split(|c: char| c.is_ascii_whitespace() || c == ',').filter(|word| !word.is_empty());
    let mut numbers = Vec::new();
    for word in words {
        if numbers.len() >= MOST {
            return None;
        }
        numbers.push(word.parse().ok()?);
    }
    Some(numbers)
}

/// Prints numbers with the shortest digits that give them back.
pub fn format_numbers(numbers: impl IntoIterator<Item = f64>) -> String {
    let mut text = String::new();
    for number in numbers {
        if !text.is_empty() {
            text.push(' ');
        }
        if number.is_infinite() {
            text.push_str(if number > 0.0 { "+Inf" } else { "-Inf" });
        } else {
            text.push_str(&number.to_string());
        }
    }
    text
}

/// Reads an interval: two numbers, the second not below the first, ends perhaps infinite.
pub fn parse_interval(text: &str) -> Option<(f64, f64)> {
    match parse_numbers(text)?[..] {
        [low, high] if low <= high => Some((low, high)),
        _ => None,
    }
}

/// Reads a point: longitude and latitude in degrees.
pub fn parse_point(text: &str) -> Option<SkyPoint> {
    match parse_numbers(text)?[..] {
        [ra_deg, dec_deg] => SkyPoint::new(ra_deg, dec_deg),
        _ => None,
    }
}

/// Reads a circle: longitude, latitude, radius in degrees.
pub fn parse_circle(text: &str) -> Option<Region> {
    match parse_numbers(text)?[..] {
        [ra_deg, dec_deg, radius_deg] => Region::circle(ra_deg, dec_deg, radius_deg),
        _ => None,
    }
}

/// Reads a polygon: three vertices or more, in degrees.
pub fn parse_polygon(text: &str) -> Option<Region> {
    Region::polygon(&parse_numbers(text)?)
}
