//! Assets that break the contract.

use archway_plugin::types::{
    Asset, Availability, Circle, Distribution, Extra, Frame, Location, Position, Region, Shape,
    SpaceCoverage, TimeCoverage, TimeScale, Value,
};

/// The batch of that attack, if it is one.
pub(crate) fn assets(attack: &str, max_assets: u32) -> Option<Vec<Asset>> {
    let one = |change: fn(&mut Asset)| {
        let mut asset = Asset::new("a", "c", "An asset");
        change(&mut asset);
        Some(vec![asset])
    };
    match attack {
        "more" => Some((0..=max_assets).map(|n| Asset::new(format!("a{n}"), "c", "t")).collect()),
        "empty" => Some(Vec::new()),
        "endless" => Some(vec![Asset::new("a", "c", "again"); max_assets as usize]),
        "flood" => one(|asset| asset.summary.description = Some("x".repeat(70 * 1024 * 1024))),
        "long" => one(|asset| asset.summary.description = Some("x".repeat(2 * 1024 * 1024))),
        "no-id" => one(|asset| asset.identity.native_id.clear()),
        "no-title" => one(|asset| asset.summary.title = "  ".to_owned()),
        "nan" => one(|asset| asset.space.push(circle(f64::NAN, 0.0, 1.0))),
        "infinite" => one(|asset| asset.space.push(circle(10.0, f64::INFINITY, 1.0))),
        "latitude" => one(|asset| asset.space.push(circle(10.0, 91.0, 1.0))),
        "radius" => one(|asset| asset.space.push(circle(10.0, 0.0, -1.0))),
        "time" => one(|asset| {
            asset.time.push(TimeCoverage {
                start: Some(i64::MAX),
                end: None,
                scale: TimeScale::Gps,
                reference_position: None,
                exposure_s: None,
                sampling_s: None,
                samples: None,
                native: None,
            });
        }),
        "script" => one(|asset| asset.distributions.push(at("javascript:alert(1)"))),
        "split-url" => one(|asset| asset.distributions.push(at("https://example.org/\r\nx"))),
        "bad-json" => one(|asset| {
            asset.extras.push(Extra { key: "x:y".to_owned(), value: Value::Json("{".to_owned()) });
        }),
        "many-extras" => one(|asset| {
            let extra = Extra { key: "x:y".to_owned(), value: Value::Integer(1) };
            asset.extras = vec![extra; 20_000];
        }),
        _ => None,
    }
}

fn circle(longitude_deg: f64, latitude_deg: f64, radius_deg: f64) -> SpaceCoverage {
    let centre = Position { longitude_deg, latitude_deg };
    SpaceCoverage {
        region: Region { frame: Frame::Icrs, shape: Shape::Circle(Circle { centre, radius_deg }) },
        field_of_view_deg: None,
        resolution_arcsec: None,
        resolution_m: None,
        pixels: Vec::new(),
        native: None,
    }
}

fn at(url: &str) -> Distribution {
    Distribution {
        distribution_id: "1".to_owned(),
        role: "#this".to_owned(),
        location: Location::Url(url.to_owned()),
        media_type: None,
        format: None,
        encodings: Vec::new(),
        size: None,
        checksums: Vec::new(),
        file_name: None,
        modified: None,
        availability: Availability::Online,
        provider: None,
    }
}
