//! Directions as unit vectors, and the angle between them.

use super::Position;

/// A unit vector.
pub(crate) type Vector = [f64; 3];

/// Angles below this are nothing: 0.2 micro-arcseconds, far below any position we get and far
/// above the rounding of doubles.
pub(super) const NOTHING_RAD: f64 = 1e-12;

/// Returns the great-circle separation of `a` and `b` in degrees, 0 to 180.
///
/// Uses the Vincenty form, which keeps full precision for nearly coincident
/// and for nearly antipodal directions, where the cosine rule loses half the
/// digits. Both must be in the same frame: none is applied.
///
/// Cost: five trigonometric calls, no allocation.
///
/// Never fails. Coordinates out of range are not wrapped: they give the
/// separation of the direction they trigonometrically name. NaN gives NaN.
///
/// Source: Vincenty (1975), Survey Review 23, 88, eq. 16-17, on the sphere.
pub fn separation_deg(a: Position, b: Position) -> f64 {
    let (sin_a, cos_a) = a.latitude_deg.to_radians().sin_cos();
    let (sin_b, cos_b) = b.latitude_deg.to_radians().sin_cos();
    let (sin_dl, cos_dl) = (b.longitude_deg - a.longitude_deg).to_radians().sin_cos();
    let across = (cos_b * sin_dl).hypot(cos_a * sin_b - sin_a * cos_b * cos_dl);
    let along = sin_a * sin_b + cos_a * cos_b * cos_dl;
    across.atan2(along).to_degrees()
}

pub(super) fn of_position(position: Position) -> Vector {
    let (sin_lat, cos_lat) = position.latitude_deg.to_radians().sin_cos();
    let (sin_lon, cos_lon) = position.longitude_deg.to_radians().sin_cos();
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}

/// Longitude 0 to 360, latitude -90 to 90.
pub(super) fn to_position(v: Vector) -> Position {
    let longitude_deg = v[1].atan2(v[0]).to_degrees();
    let longitude_deg = if longitude_deg < 0.0 { longitude_deg + 360.0 } else { longitude_deg };
    Position { longitude_deg, latitude_deg: v[2].atan2(v[0].hypot(v[1])).to_degrees() }
}

pub(super) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// `a * x + b * y`.
pub(super) fn blend(a: Vector, x: f64, b: Vector, y: f64) -> Vector {
    [a[0] * x + b[0] * y, a[1] * x + b[1] * y, a[2] * x + b[2] * y]
}

pub(super) fn norm(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

/// `None` where the vector has no direction.
pub(super) fn unit(a: Vector) -> Option<Vector> {
    let length = norm(a);
    (length > 1e-15).then(|| [a[0] / length, a[1] / length, a[2] / length])
}

/// In radians, 0 to pi, precise for small and for nearly opposite directions.
pub(super) fn angle(a: Vector, b: Vector) -> f64 {
    norm(cross(a, b)).atan2(dot(a, b))
}

/// A rotation; its rows.
pub(super) type Rotation = [Vector; 3];

pub(super) fn rotate(rotation: &Rotation, v: Vector) -> Vector {
    [dot(rotation[0], v), dot(rotation[1], v), dot(rotation[2], v)]
}

pub(super) fn rotate_back(rotation: &Rotation, v: Vector) -> Vector {
    let [a, b, c] = rotation;
    [
        a[0] * v[0] + b[0] * v[1] + c[0] * v[2],
        a[1] * v[0] + b[1] * v[1] + c[1] * v[2],
        a[2] * v[0] + b[2] * v[1] + c[2] * v[2],
    ]
}
