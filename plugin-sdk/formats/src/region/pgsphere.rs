//! The text of pgSphere's types: `spoint` `(a,b)`, `scircle` `<(a,b),r>`,
//! `spoly` `{(a,b),…}`, `sbox` `((a,b),(c,d))`.
//!
//! Numbers are radians unless each carries its unit: `1.5d` is degrees,
//! `1d 30m 0s` degrees, minutes, seconds, `1h 30m 0s` hours. `((a,b),…)` with
//! three or more points, which some archives print for a polygon, is one too.

use super::{MOST_PARTS, Region, SkyPoint};

pub(super) fn parse(text: &str) -> Option<Region> {
    let mut cursor = Cursor { rest: text };
    let region = match cursor.next()? {
        b'<' => {
            let centre = cursor.point()?;
            cursor.expect(b',')?;
            let radius_deg = cursor.angle_deg(b'>')?;
            cursor.expect(b'>')?;
            (0.0..=180.0).contains(&radius_deg).then_some(Region::Circle { centre, radius_deg })?
        }
        b'{' => {
            let points = cursor.points(b'}')?;
            (points.len() >= 3).then_some(Region::Polygon(points))?
        }
        b'(' if cursor.peek()? == b'(' => {
            let points = cursor.points(b')')?;
            match points[..] {
                [low, high] => Region::Range {
                    ra_deg: (low.ra_deg, high.ra_deg),
                    dec_deg: (low.dec_deg, high.dec_deg),
                },
                [_, _, _, ..] => Region::Polygon(points),
                _ => return None,
            }
        }
        b'(' => Region::Point(cursor.point_tail()?),
        _ => return None,
    };
    cursor.skip_blanks();
    cursor.rest.is_empty().then_some(region)
}

struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn peek(&mut self) -> Option<u8> {
        self.skip_blanks();
        self.rest.bytes().next()
    }

    /// Takes one ASCII character.
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek().filter(u8::is_ascii)?;
        self.rest = &self.rest[1..];
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn points(&mut self, close: u8) -> Option<Vec<SkyPoint>> {
        let mut points = Vec::new();
        loop {
            if points.len() >= MOST_PARTS {
                return None;
            }
            points.push(self.point()?);
            match self.next()? {
                b',' => {}
                byte if byte == close => break,
                _ => return None,
            }
        }
        if points.len() > 3 && points.first() == points.last() {
            points.pop();
        }
        Some(points)
    }

    fn point(&mut self) -> Option<SkyPoint> {
        self.expect(b'(')?;
        self.point_tail()
    }

    fn point_tail(&mut self) -> Option<SkyPoint> {
        let ra_deg = self.angle_deg(b',')?;
        self.expect(b',')?;
        let dec_deg = self.angle_deg(b')')?;
        self.expect(b')')?;
        SkyPoint::new(ra_deg, dec_deg)
    }

    /// Reads up to, not with, `stop`.
    fn angle_deg(&mut self, stop: u8) -> Option<f64> {
        let end = self.rest.find(char::from(stop))?;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        let text = text.trim();
        if let Ok(radians) = text.parse::<f64>() {
            return Some(radians.to_degrees());
        }
        let (negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let mut degrees = 0.0;
        let mut hours = false;
        let mut text = text.trim();
        while !text.is_empty() {
            let unit_at = text.find(['d', 'h', 'm', 's'])?;
            let number: f64 = text[..unit_at].trim().parse().ok()?;
            degrees += match text.as_bytes()[unit_at] {
                b'd' => number,
                b'h' => {
                    hours = true;
                    number
                }
                b'm' => number / 60.0,
                _ => number / 3600.0,
            };
            text = text[unit_at + 1..].trim_start();
        }
        if hours {
            degrees *= 15.0;
        }
        Some(if negative { -degrees } else { degrees })
    }
}
