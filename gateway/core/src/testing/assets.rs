//! Small assets for tests.

use crate::asset::{Asset, AssetId};
use crate::coverage::{Frame, Position, Region, Shape, SpaceCoverage};

/// An asset `archive/name` of the collection `things` with nothing known but its name.
///
/// # Panics
///
/// If `archive` is no archive id.
pub fn asset(archive: &str, name: &str) -> Asset {
    let archive = archive.parse().expect("the test gives a valid archive id");
    Asset::new(AssetId { archive, native: name.to_owned() }, "things", name)
}

/// The same at a position on the sky.
pub fn asset_at(archive: &str, name: &str, ra_deg: f64, dec_deg: f64) -> Asset {
    let position = Position { longitude_deg: ra_deg, latitude_deg: dec_deg };
    let region = Region { frame: Frame::Icrs, shape: Shape::Point(position) };
    let mut asset = asset(archive, name);
    asset.space.push(SpaceCoverage::of(region));
    asset
}
