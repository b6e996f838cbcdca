//! When and where a file is of.

use archway_plugin::types::{
    Frame, Interval, LongitudeRange, Position, Rectangle, Region, Shape, Site, SpaceCoverage,
    TimeCoverage, TimeScale,
};

use super::Known;
use crate::headers::Fact;
use crate::kinds::Kind;
use crate::position::geodetic;
use crate::stations::Stations;

/// Where the time begins, in the file's scale.
pub(super) fn start_us(known: &Known<'_>) -> Option<i64> {
    time(known).and_then(|time| time.start)
}

/// The time, in the file's own scale and words.
pub(super) fn time(known: &Known<'_>) -> Option<TimeCoverage> {
    let said = known.said;
    // Of navigation a header has no time and the first message's is no start of the file.
    let facts = known.facts.filter(|facts| {
        facts.kind != Kind::Navigation || said.is_none_or(|said| said.start_us.is_none())
    });
    let first = facts.and_then(|facts| facts.first.as_ref());
    let last = facts.and_then(|facts| facts.last.as_ref());
    // The end of a name is the beginning of the next file.
    let end_of_name = said.and_then(|said| said.end_us).map(|end| end - 1);
    let start = first.map(|epoch| epoch.instant_us).or(said.and_then(|said| said.start_us));
    let end = last.map(|epoch| epoch.instant_us).or(end_of_name);
    let end = end.filter(|end| start.is_none_or(|start| start <= *end));
    if start.is_none() && end.is_none() {
        return None;
    }
    let scale = match (first.or(last), known.kind) {
        (Some(_), _) => facts.map_or(TimeScale::Gps, |facts| facts.scale),
        (None, Kind::Ionosphere | Kind::EarthRotation | Kind::Solution) => TimeScale::Utc,
        // Messages of GLONASS are in UTC (RINEX 3.05, 8.1).
        (None, Kind::Navigation) if said.is_some_and(|said| said.systems == "R") => TimeScale::Utc,
        (None, _) => TimeScale::Gps,
    };
    let sampling =
        known.facts.and_then(|facts| facts.interval_s).or(said.and_then(|said| said.sampling_s));
    let words: Vec<&str> = [first, last].into_iter().flatten().map(|e| e.native.as_str()).collect();
    Some(TimeCoverage {
        start,
        end,
        scale,
        reference_position: None,
        exposure_s: None,
        sampling_s: sampling.map(|step| Interval { lower: Some(step), upper: Some(step) }),
        samples: known.facts.and_then(|facts| facts.samples),
        native: Some(words.join(" to ")).filter(|words| !words.is_empty()),
    })
}

/// The place of a station, the grid of a map, all of Earth for what is about satellites.
pub(super) fn space(known: &Known<'_>, stations: &Stations) -> Vec<SpaceCoverage> {
    let shape = match known.kind {
        Kind::Observations | Kind::Meteorology | Kind::StationLog | Kind::Troposphere => {
            site(known, stations)
        }
        // A station's own copy of the messages was received there; a merged one everywhere.
        Kind::Navigation if known.station.is_some() => site(known, stations),
        Kind::Ionosphere => Some(grid(known)),
        Kind::Navigation | Kind::Orbits | Kind::Clocks | Kind::Attitude => {
            Some((Shape::WholeSphere, None))
        }
        _ => None,
    };
    shape.into_iter().map(|(shape, native)| coverage(shape, native)).collect()
}

fn coverage(shape: Shape, native: Option<String>) -> SpaceCoverage {
    SpaceCoverage {
        region: Region { frame: Frame::Earth, shape },
        field_of_view_deg: None,
        resolution_arcsec: None,
        resolution_m: None,
        pixels: Vec::new(),
        native,
    }
}

fn site(known: &Known<'_>, stations: &Stations) -> Option<(Shape, Option<String>)> {
    let facts = known.facts;
    let at = |longitude_deg: f64, latitude_deg: f64, height_m: Option<f64>| {
        Shape::Site(Site { position: Position { longitude_deg, latitude_deg }, height_m })
    };
    if let Some(xyz) = facts.and_then(|facts| facts.position_m) {
        // Zeros stand for what moves or is not known.
        if let Some(place) = geodetic(xyz) {
            let native = format!("{} {} {} m (geocentric)", xyz[0], xyz[1], xyz[2]);
            let shape = at(place.longitude_deg, place.latitude_deg, Some(place.height_m));
            return Some((shape, Some(native)));
        }
        if facts
            .and_then(|facts| facts.marker_type.as_deref())
            .is_some_and(|kind| kind.eq_ignore_ascii_case("SPACEBORNE"))
        {
            return None;
        }
    }
    if let Some((longitude, latitude, height)) = facts.and_then(|facts| facts.place) {
        return Some((at(longitude, latitude, height), None));
    }
    let station = stations.get(known.station.as_deref()?)?;
    let shape = at(station.longitude_deg, station.latitude_deg, station.height_m);
    Some((shape, Some("from the list of stations".to_owned())))
}

/// The grid of a map, as its header gives it.
fn grid(known: &Known<'_>) -> (Shape, Option<String>) {
    let range = |wanted: &str| {
        let facts = known.facts?;
        let text = facts.others.iter().find_map(|(key, fact)| match fact {
            Fact::Text(text) if *key == wanted => Some(text),
            _ => None,
        })?;
        let mut numbers = text.split(' ').filter_map(|word| word.parse::<f64>().ok());
        let (one, other) = (numbers.next()?, numbers.next()?);
        Some((one.min(other), one.max(other)))
    };
    match (range("longitudes-deg"), range("latitudes-deg")) {
        (Some((west, east)), Some((south, north)))
            if east - west < 360.0
                && (-180.0..=360.0).contains(&west)
                && south >= -90.0
                && north <= 90.0 =>
        {
            let rectangle = Rectangle {
                longitude: LongitudeRange { west_deg: west, east_deg: east.min(360.0) },
                latitude_deg: Interval { lower: Some(south), upper: Some(north) },
                height_m: None,
            };
            (Shape::Rectangle(rectangle), None)
        }
        _ => (Shape::WholeSphere, None),
    }
}
