//! Points, circles and polygons on the sphere: the geometry of ADQL 2.1, 4.2, in degrees.
//!
//! Polygons have edges on great circles and are smaller than a hemisphere;
//! either orientation is the inside. Accuracy is about a micro-arcsecond.

/// A shape on the sky.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// A direction.
    Point(Vector),
    /// Centre and radius in degrees.
    Circle(Vector, f64),
    /// Three vertices or more.
    Polygon(Vec<Vector>),
}

/// A unit vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Vector([f64; 3]);

/// A tenth of a micro-arcsecond, so that a border belongs to its shape.
const TOUCHING_DEG: f64 = 3e-11;

impl Vector {
    /// The direction of a longitude and a latitude in degrees; `None` if the
    /// latitude is outside -90 to 90 or a number is not finite.
    pub(super) fn new(lon_deg: f64, lat_deg: f64) -> Option<Self> {
        if !lon_deg.is_finite() || !(-90.0..=90.0).contains(&lat_deg) {
            return None;
        }
        let (lon, lat) = (lon_deg.to_radians(), lat_deg.to_radians());
        Some(Self([lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]))
    }

    /// The angle to another direction, in degrees, exact for small angles too.
    pub(super) fn distance_deg(self, other: Self) -> f64 {
        self.cross(other).length().atan2(self.dot(other)).to_degrees()
    }

    fn dot(self, other: Self) -> f64 {
        self.0.iter().zip(other.0).map(|(a, b)| a * b).sum()
    }

    fn cross(self, other: Self) -> Self {
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        Self([b * z - c * y, c * x - a * z, a * y - b * x])
    }

    fn length(self) -> f64 {
        self.dot(self).sqrt()
    }

    fn plus(self, other: Self) -> Self {
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        Self([a + x, b + y, c + z])
    }
}

impl Shape {
    /// Reads STC-S or DALI text: `POLYGON [frame] ...`, `CIRCLE [frame] ...`,
    /// `POSITION [frame] lon lat`. The frame is taken as ICRS. `None` for
    /// anything else, unions included.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace().peekable();
        let kind = words.next()?.to_ascii_lowercase();
        words.next_if(|word| word.parse::<f64>().is_err());
        let numbers: Vec<f64> = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
        match (kind.as_str(), numbers.as_slice()) {
            ("position" | "point", &[lon, lat]) => Vector::new(lon, lat).map(Self::Point),
            ("circle", &[lon, lat, radius]) => {
                Vector::new(lon, lat).map(|centre| Self::Circle(centre, radius))
            }
            ("polygon", numbers) => Self::polygon(numbers),
            _ => None,
        }
    }

    /// A polygon of longitudes and latitudes; a repeated last vertex is dropped.
    pub(super) fn polygon(numbers: &[f64]) -> Option<Self> {
        let (pairs, rest) = numbers.as_chunks::<2>();
        let mut vertices: Vec<_> =
            pairs.iter().map(|&[lon, lat]| Vector::new(lon, lat)).collect::<Option<_>>()?;
        if vertices.len() > 3 && vertices.first() == vertices.last() {
            vertices.pop();
        }
        (rest.is_empty() && vertices.len() >= 3).then_some(Self::Polygon(vertices))
    }

    /// A box of sides parallel to the coordinates (ADQL 2.0, 2.4.8).
    pub(super) fn rectangle(
        lon_deg: f64,
        lat_deg: f64,
        width_deg: f64,
        height_deg: f64,
    ) -> Option<Self> {
        let (w, h) = (width_deg / 2.0, height_deg / 2.0);
        let (low, high) = ((lat_deg - h).max(-90.0), (lat_deg + h).min(90.0));
        Self::polygon(&[lon_deg - w, low, lon_deg + w, low, lon_deg + w, high, lon_deg - w, high])
    }

    /// Whether all of `self` lies in `other` (ADQL 2.1, 4.2.11).
    pub(super) fn within(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Point(p), other) => other.holds(*p),
            (Self::Circle(..) | Self::Polygon(_), Self::Point(_)) => false,
            (Self::Circle(a, r), Self::Circle(b, s)) => a.distance_deg(*b) + r <= s + TOUCHING_DEG,
            (Self::Circle(a, r), Self::Polygon(p)) => {
                other.holds(*a) && border_distance_deg(p, *a) + TOUCHING_DEG >= *r
            }
            (Self::Polygon(p), Self::Circle(..)) => p.iter().all(|v| other.holds(*v)),
            (Self::Polygon(p), Self::Polygon(q)) => {
                p.iter().all(|v| other.holds(*v)) && !borders_cross(p, q)
            }
        }
    }

    /// Whether the two have a point in common (ADQL 2.1, 4.2.18).
    pub(super) fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Point(p), shape) | (shape, Self::Point(p)) => shape.holds(*p),
            (Self::Circle(a, r), Self::Circle(b, s)) => a.distance_deg(*b) <= r + s + TOUCHING_DEG,
            (Self::Circle(c, r), shape @ Self::Polygon(p))
            | (shape @ Self::Polygon(p), Self::Circle(c, r)) => {
                shape.holds(*c) || border_distance_deg(p, *c) <= r + TOUCHING_DEG
            }
            (Self::Polygon(p), Self::Polygon(q)) => {
                p.iter().any(|v| other.holds(*v))
                    || q.iter().any(|v| self.holds(*v))
                    || borders_cross(p, q)
            }
        }
    }

    fn holds(&self, point: Vector) -> bool {
        match self {
            Self::Point(p) => p.distance_deg(point) <= TOUCHING_DEG,
            Self::Circle(centre, radius) => centre.distance_deg(point) <= radius + TOUCHING_DEG,
            Self::Polygon(vertices) => polygon_holds(vertices, point),
        }
    }
}

/// Each vertex with the next one.
fn edges(vertices: &[Vector]) -> impl Iterator<Item = (Vector, Vector)> + '_ {
    vertices.iter().copied().zip(vertices.iter().copied().cycle().skip(1))
}

/// By the angle that the border turns around the point: a full turn inside,
/// none outside. Seen from the opposite point of the sphere it also turns
/// around, so the point must be in the polygon's hemisphere.
fn polygon_holds(vertices: &[Vector], point: Vector) -> bool {
    let middle = vertices.iter().copied().fold(Vector([0.0; 3]), Vector::plus);
    if middle.dot(point) <= 0.0 {
        return false;
    }
    if border_distance_deg(vertices, point) <= TOUCHING_DEG {
        return true;
    }
    let turn: f64 = edges(vertices)
        .map(|(a, b)| {
            let (u, v) = (point.cross(a), point.cross(b));
            point.dot(u.cross(v)).atan2(u.dot(v))
        })
        .sum();
    turn.abs() > std::f64::consts::PI
}

/// The least angle from a point to the polygon's border, in degrees.
fn border_distance_deg(vertices: &[Vector], point: Vector) -> f64 {
    edges(vertices)
        .map(|(a, b)| {
            let ends = point.distance_deg(a).min(point.distance_deg(b));
            let normal = a.cross(b);
            let length = normal.length();
            // Beside the arc, not beyond its ends: the great circle is nearest.
            let beside = normal.cross(a).dot(point) >= 0.0 && b.cross(normal).dot(point) >= 0.0;
            if length > 0.0 && beside {
                ends.min((normal.dot(point) / length).abs().clamp(0.0, 1.0).asin().to_degrees())
            } else {
                ends
            }
        })
        .fold(f64::INFINITY, f64::min)
}

fn borders_cross(p: &[Vector], q: &[Vector]) -> bool {
    edges(p).any(|(a, b)| {
        edges(q).any(|(c, d)| {
            let (ab, cd) = (a.cross(b), c.cross(d));
            let (sides, other_sides) = ((ab.dot(c), ab.dot(d)), (cd.dot(a), cd.dot(b)));
            // Ends on opposite sides of the other's circle, and on the same half of the sphere.
            sides.0 * sides.1 < 0.0
                && other_sides.0 * other_sides.1 < 0.0
                && a.plus(b).dot(c.plus(d)) > 0.0
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        Shape::parse(text).unwrap()
    }

    #[test]
    fn shapes_contain_and_meet() {
        // name, a, b, a within b, a meets b
        let cases = [
            ("point in circle", "position 10 41", "circle 10.5 41 1", true, true),
            ("point on the rim", "position 11 0", "circle 10 0 1", true, true),
            ("point outside", "position 12 41", "circle 10 41 1", false, false),
            ("circle over 0 degrees", "position 359.9 0", "circle 0.1 0 0.5", true, true),
            ("point at the pole", "position 123 90", "circle 0 89.5 1", true, true),
            ("point in polygon", "position 5 5", "polygon ICRS 0 0 10 0 10 10 0 10", true, true),
            ("the other way round", "position 5 5", "polygon ICRS 0 10 10 10 10 0 0 0", true, true),
            ("opposite point", "position 185 -5", "polygon 0 0 10 0 10 10 0 10", false, false),
            ("vertex", "position 10 10", "polygon 0 0 10 0 10 10 0 10", true, true),
            (
                "notch of a concave polygon",
                "position 5 8",
                "polygon 0 0 10 0 10 10 5 2 0 10",
                false,
                false,
            ),
            ("polygon over 0 degrees", "position 1 0", "polygon 358 -2 2 -2 2 2 358 2", true, true),
            ("circle in circle", "circle 0 0 1", "circle 0.5 0 2", true, true),
            ("circles that touch", "circle 0 0 1", "circle 2 0 1", false, true),
            ("circle in polygon", "circle 5 5 1", "polygon 0 0 10 0 10 10 0 10", true, true),
            ("circle over the border", "circle 0 5 1", "polygon 0 0 10 0 10 10 0 10", false, true),
            ("circle around a polygon", "polygon 0 0 1 0 1 1 0 1", "circle 0.5 0.5 2", true, true),
            (
                "crossing polygons",
                "polygon 4 -1 6 -1 6 11 4 11",
                "polygon 0 0 10 0 10 10 0 10",
                false,
                true,
            ),
            ("far polygons", "polygon 40 0 41 0 41 1", "polygon 0 0 10 0 10 10 0 10", false, false),
            (
                "opposite polygons",
                "polygon 179 -1 181 -1 181 1 179 1",
                "polygon 359 -1 1 -1 1 1 359 1",
                false,
                false,
            ),
        ];
        for (name, a, b, within, meets) in cases {
            let (a, b) = (shape(a), shape(b));
            assert_eq!(a.within(&b), within, "{name}: within");
            assert_eq!(a.meets(&b), meets, "{name}: meets");
            assert_eq!(b.meets(&a), meets, "{name}: meets the other way");
        }
    }

    #[test]
    fn what_is_no_shape_is_none() {
        for text in
            ["", "polygon 0 0 1 1", "circle 0 91 1", "Union ICRS (circle 0 0 1)", "circle 1 2"]
        {
            assert_eq!(Shape::parse(text), None, "{text}");
        }
        assert_eq!(shape("POLYGON GSC1 0 0 1 0 1 1 0 0"), shape("polygon 0 0 1 0 1 1"));
    }
}
