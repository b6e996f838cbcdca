//! A VOTable of observations, read into assets: the same code in the sandbox and natively.

use std::fmt::Write as _;

use archway_formats::Limits;
use archway_formats::votable::{Reader, Row, Value};
use archway_plugin::types::{
    Asset, Circle, EnergyCoverage, Frame, Interval, Messenger, Position, Region, Shape,
    SpaceCoverage, TimeCoverage, TimeScale,
};

/// Rows of [`document`].
pub const ROWS: u64 = 1_000;

/// `ObsCore` columns, in the order of the document.
const COLUMNS: [(&str, &str, &str); 14] = [
    ("obs_publisher_did", "char", "*"),
    ("obs_collection", "char", "*"),
    ("obs_id", "char", "*"),
    ("obs_title", "char", "*"),
    ("target_name", "char", "*"),
    ("calib_level", "int", ""),
    ("s_ra", "double", ""),
    ("s_dec", "double", ""),
    ("s_fov", "double", ""),
    ("t_min", "double", ""),
    ("t_max", "double", ""),
    ("em_min", "double", ""),
    ("em_max", "double", ""),
    ("access_estsize", "long", ""),
];

/// A document of [`ROWS`] observations, TABLEDATA.
pub fn document() -> Vec<u8> {
    let mut text = String::from(
        "<?xml version=\"1.0\"?><VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\
         <RESOURCE type=\"results\"><INFO name=\"QUERY_STATUS\" value=\"OK\"/><TABLE>",
    );
    for (name, datatype, arraysize) in COLUMNS {
        let size = if arraysize.is_empty() {
            String::new()
        } else {
            format!(" arraysize=\"{arraysize}\"")
        };
        let _ = write!(text, "<FIELD name=\"{name}\" datatype=\"{datatype}\"{size}/>");
    }
    text.push_str("<DATA><TABLEDATA>");
    for n in 0..ROWS {
        let (ra, dec) = (n as f64 * 0.36, n as f64 * 0.18 - 90.0);
        let _ = write!(
            text,
            "<TR><TD>ivo://example.org/obs?{n}</TD><TD>stis</TD><TD>o{n}</TD>\
             <TD>Spectrum {n} of NGC 1234 &amp; its nucleus</TD><TD>NGC 1234</TD><TD>2</TD>\
             <TD>{ra:.6}</TD><TD>{dec:.6}</TD><TD>0.02</TD><TD>{t:.6}</TD><TD>{u:.6}</TD>\
             <TD>1.15e-07</TD><TD>1.7e-07</TD><TD>{size}</TD></TR>",
            t = 55_000.0 + n as f64,
            u = 55_000.02 + n as f64,
            size = 1_000 + n,
        );
    }
    text.push_str("</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>");
    text.into_bytes()
}

/// Reads `document` into assets, one after the other; returns how many there were.
///
/// # Errors
///
/// What is wrong with the document.
pub fn read(document: &[u8]) -> Result<u64, String> {
    let mut reader = Reader::new(document, Limits::default()).map_err(|e| e.to_string())?;
    let mut count = 0;
    while let Some(row) = reader.next_row().map_err(|e| e.to_string())? {
        std::hint::black_box(&asset(&row));
        count += 1;
    }
    Ok(count)
}

fn asset(row: &Row<'_>) -> Asset {
    let text = |index| match row.value(index) {
        Value::Text(text) => Some(text.to_owned()),
        _ => None,
    };
    let real = |index| match row.value(index) {
        Value::F64(number) => Some(number),
        _ => None,
    };
    let did = text(0).unwrap_or_default();
    let mut asset =
        Asset::new(did.clone(), text(1).unwrap_or_default(), text(3).unwrap_or_default());
    asset.identity.publisher_did = Some(did);
    asset.identity.observation_id = text(2);
    if let Value::I32(level) = row.value(5) {
        asset.summary.calibration_level = i8::try_from(level).ok();
    }
    if let (Some(longitude_deg), Some(latitude_deg), Some(diameter_deg)) =
        (real(6), real(7), real(8))
    {
        let centre = Position { longitude_deg, latitude_deg };
        let circle = Circle { centre, radius_deg: diameter_deg / 2.0 };
        asset.space.push(SpaceCoverage {
            region: Region { frame: Frame::Icrs, shape: Shape::Circle(circle) },
            field_of_view_deg: Some(diameter_deg),
            resolution_arcsec: None,
            resolution_m: None,
            pixels: Vec::new(),
            native: None,
        });
    }
    let utc_us = |mjd: f64| ((mjd - 40_587.0) * 86_400e6) as i64;
    asset.time.push(TimeCoverage {
        start: real(9).map(utc_us),
        end: real(10).map(utc_us),
        scale: TimeScale::Utc,
        reference_position: None,
        exposure_s: None,
        sampling_s: None,
        samples: None,
        native: None,
    });
    asset.energy.push(EnergyCoverage {
        messenger: Messenger::Photon,
        wavelength_m: Some(Interval { lower: real(11), upper: real(12) }),
        native: None,
        resolving_power: None,
        bands: Vec::new(),
    });
    asset
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_row_becomes_an_asset() {
        assert_eq!(super::read(&super::document()), Ok(super::ROWS));
    }
}
