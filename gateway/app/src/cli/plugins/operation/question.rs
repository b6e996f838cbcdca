//! Regions, times and wavelengths as they are written in the shell.

use archway_core::coverage::{
    Circle, Instant, Interval, LongitudeRange, Position, Rectangle, Region, Shape, TimeRange,
};
use archway_formats::{dali, time as timestamps};

use crate::cli::Usage;

/// SIA 2.0 `POS`, ICRS degrees.
pub(super) fn region(text: &str) -> Result<Region, Usage> {
    let wrong = |reason: String| Usage(format!("--pos `{text}`: {reason}"));
    let position: dali::Position =
        text.parse().map_err(|error: dali::ParameterError| wrong(error.to_string()))?;
    let at = |longitude_deg, latitude_deg| Position { longitude_deg, latitude_deg };
    let end = |deg: f64| deg.is_finite().then_some(deg);
    Ok(Region::icrs(match position {
        dali::Position::Circle { ra_deg, dec_deg, radius_deg } => {
            Shape::Circle(Circle { centre: at(ra_deg, dec_deg), radius_deg })
        }
        dali::Position::Range { ra_deg: (west, east), dec_deg: (low, high) } => {
            Shape::Rectangle(Rectangle {
                longitude: match (end(west), end(east)) {
                    (Some(west_deg), Some(east_deg)) => LongitudeRange { west_deg, east_deg },
                    _ => LongitudeRange { west_deg: 0.0, east_deg: 360.0 },
                },
                latitude_deg: Interval { lower: end(low), upper: end(high) },
                height_m: None,
            })
        }
        dali::Position::Polygon(corners) => {
            Shape::Polygon(corners.iter().map(|corner| at(corner.ra_deg, corner.dec_deg)).collect())
        }
    }))
}

/// `START/END`, either end may be empty.
pub(super) fn time(text: &str) -> Result<TimeRange, Usage> {
    let (start, end) = two(text, "--time")?;
    let instant = |text: &str| {
        if text.is_empty() {
            return Ok(None);
        }
        let mjd = text.parse().ok().and_then(timestamps::mjd_to_instant);
        let us = mjd.or_else(|| timestamps::parse_timestamp(text));
        let us = us.ok_or_else(|| {
            Usage(format!("--time: `{text}` is neither ISO 8601 nor a Modified Julian Date"))
        })?;
        Ok(Some(Instant::from_utc_us(us)))
    };
    Ok(TimeRange { start: instant(start)?, end: instant(end)? })
}

/// `MIN/MAX` in metres, either end may be empty.
pub(super) fn band(text: &str) -> Result<Interval, Usage> {
    let (low, high) = two(text, "--band")?;
    let number = |text: &str| match text {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| Usage(format!("--band: `{text}` is not a number of metres"))),
    };
    Ok(Interval { lower: number(low)?, upper: number(high)? })
}

fn two<'a>(text: &'a str, option: &str) -> Result<(&'a str, &'a str), Usage> {
    let (low, high) = text
        .split_once('/')
        .ok_or_else(|| Usage(format!("{option} `{text}` is not two ends with / between")))?;
    Ok((low.trim(), high.trim()))
}
