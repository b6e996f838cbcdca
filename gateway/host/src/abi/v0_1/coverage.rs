//! Coverage, both ways.

use archway_core::coverage::{
    Circle, EnergyCoverage, Frame, Interval, LongitudeRange, Messenger, NativeInterval, Position,
    Rectangle, Region, Shape, SpaceCoverage, TimeCoverage, TimeRange, TimeScale,
};

use super::archway::archive::types as wit;
use super::archway::host::types as host;
use super::checked::{
    Checked, Lie, NAME, PROSE, each, interval, name, some, some_finite, some_instant,
    some_instant_in, some_interval, text, texts, within,
};

pub(super) fn space(space: wit::SpaceCoverage) -> Checked<SpaceCoverage> {
    Ok(SpaceCoverage {
        region: region(space.region)?,
        field_of_view_deg: some_finite("space.field-of-view-deg", space.field_of_view_deg)?,
        resolution_arcsec: some_interval("space.resolution-arcsec", space.resolution_arcsec)?,
        resolution_m: some_interval("space.resolution-m", space.resolution_m)?,
        pixels: each("space.pixels", space.pixels, Ok)?,
        native: some("space.native", space.native, PROSE)?,
    })
}

pub(super) fn region(region: wit::Region) -> Checked<Region> {
    let frame = match region.frame {
        wit::Frame::Icrs => Frame::Icrs,
        wit::Frame::Fk5 => Frame::Fk5,
        wit::Frame::Fk4 => Frame::Fk4,
        wit::Frame::Galactic => Frame::Galactic,
        wit::Frame::Ecliptic => Frame::Ecliptic,
        wit::Frame::Earth => Frame::Earth,
        wit::Frame::Body(body) => Frame::Body(name("region.frame", body)?),
        wit::Frame::Heliospheric(frame) => Frame::Heliospheric(name("region.frame", frame)?),
        wit::Frame::Other(frame) => Frame::Other(name("region.frame", frame)?),
    };
    let shape = match region.shape {
        wit::Shape::WholeSphere => Shape::WholeSphere,
        wit::Shape::Point(place) => Shape::Point(position(place)?),
        wit::Shape::Site(site) => Shape::Site {
            position: position(site.position)?,
            height_m: some_finite("region.height-m", site.height_m)?,
        },
        wit::Shape::Circle(circle) => Shape::Circle(Circle {
            centre: position(circle.centre)?,
            radius_deg: within("region.radius-deg", circle.radius_deg, 0.0, 180.0)?,
        }),
        wit::Shape::Rectangle(rectangle) => Shape::Rectangle(Rectangle {
            longitude: LongitudeRange {
                west_deg: longitude(rectangle.longitude.west_deg)?,
                east_deg: longitude(rectangle.longitude.east_deg)?,
            },
            latitude_deg: interval("region.latitude-deg", rectangle.latitude_deg)?,
            height_m: some_interval("region.height-m", rectangle.height_m)?,
        }),
        wit::Shape::Polygon(vertices) => Shape::Polygon(polygon(vertices)?),
        wit::Shape::Polygons(polygons) => {
            Shape::Polygons(each("region.polygons", polygons, polygon)?)
        }
        wit::Shape::Moc(moc) => Shape::Moc(text("region.moc", moc, PROSE)?),
    };
    Ok(Region { frame, shape })
}

fn polygon(vertices: Vec<wit::Position>) -> Checked<Vec<Position>> {
    if vertices.len() < 3 {
        return Err(Lie::new(
            "region.polygon",
            format!("{} vertices", vertices.len()),
            "fewer than 3",
        ));
    }
    each("region.polygon", vertices, position)
}

fn position(position: wit::Position) -> Checked<Position> {
    Ok(Position {
        longitude_deg: longitude(position.longitude_deg)?,
        latitude_deg: within("region.latitude-deg", position.latitude_deg, -90.0, 90.0)?,
    })
}

fn longitude(longitude_deg: f64) -> Checked<f64> {
    within("region.longitude-deg", longitude_deg, -180.0, 360.0)
}

pub(super) fn time(time: wit::TimeCoverage) -> Checked<TimeCoverage> {
    let scale = match time.scale {
        wit::TimeScale::Utc => TimeScale::Utc,
        wit::TimeScale::Tai => TimeScale::Tai,
        wit::TimeScale::Tt => TimeScale::Tt,
        wit::TimeScale::Tdb => TimeScale::Tdb,
        wit::TimeScale::Tcb => TimeScale::Tcb,
        wit::TimeScale::Tcg => TimeScale::Tcg,
        wit::TimeScale::Gps => TimeScale::Gps,
        wit::TimeScale::Glonass => TimeScale::Glonass,
        wit::TimeScale::Galileo => TimeScale::Galileo,
        wit::TimeScale::Beidou => TimeScale::Beidou,
        wit::TimeScale::Ut1 => TimeScale::Ut1,
        wit::TimeScale::Unknown => TimeScale::Unknown,
    };
    Ok(TimeCoverage {
        range: TimeRange {
            start: some_instant_in("time.start", time.start, scale)?,
            end: some_instant_in("time.end", time.end, scale)?,
        },
        scale,
        reference_position: some("time.reference-position", time.reference_position, NAME)?,
        exposure_s: some_finite("time.exposure-s", time.exposure_s)?,
        sampling_s: some_interval("time.sampling-s", time.sampling_s)?,
        samples: time.samples,
        native: some("time.native", time.native, NAME)?,
    })
}

pub(super) fn time_range(range: wit::TimeRange) -> Checked<TimeRange> {
    Ok(TimeRange {
        start: some_instant("time.start", range.start)?,
        end: some_instant("time.end", range.end)?,
    })
}

pub(super) fn energy(energy: wit::EnergyCoverage) -> Checked<EnergyCoverage> {
    let messenger = match energy.messenger {
        wit::Messenger::Photon => Messenger::Photon,
        wit::Messenger::Electron => Messenger::Electron,
        wit::Messenger::Proton => Messenger::Proton,
        wit::Messenger::Ion => Messenger::Ion,
        wit::Messenger::Neutron => Messenger::Neutron,
        wit::Messenger::Neutrino => Messenger::Neutrino,
        wit::Messenger::CosmicRay => Messenger::CosmicRay,
        wit::Messenger::GravitationalWave => Messenger::GravitationalWave,
        wit::Messenger::Other => Messenger::Other,
    };
    let native = |native: wit::NativeInterval| {
        Ok(NativeInterval {
            bounds: interval("energy.native", native.bounds)?,
            unit: text("energy.native", native.unit, NAME)?,
        })
    };
    Ok(EnergyCoverage {
        messenger,
        wavelength_m: some_interval("energy.wavelength-m", energy.wavelength_m)?,
        native: energy.native.map(native).transpose()?,
        resolving_power: some_interval("energy.resolving-power", energy.resolving_power)?,
        bands: texts("energy.bands", energy.bands)?,
    })
}

pub(super) fn interval_to_wit(interval: &Interval) -> host::Interval {
    host::Interval { lower: interval.lower, upper: interval.upper }
}

pub(super) fn time_range_to_wit(range: &TimeRange) -> wit::TimeRange {
    wit::TimeRange {
        start: range.start.map(|instant| instant.to_utc_us()),
        end: range.end.map(|instant| instant.to_utc_us()),
    }
}

pub(super) fn region_to_wit(region: &Region) -> wit::Region {
    let frame = match &region.frame {
        Frame::Icrs => wit::Frame::Icrs,
        Frame::Fk5 => wit::Frame::Fk5,
        Frame::Fk4 => wit::Frame::Fk4,
        Frame::Galactic => wit::Frame::Galactic,
        Frame::Ecliptic => wit::Frame::Ecliptic,
        Frame::Earth => wit::Frame::Earth,
        Frame::Body(body) => wit::Frame::Body(body.clone()),
        Frame::Heliospheric(frame) => wit::Frame::Heliospheric(frame.clone()),
        Frame::Other(frame) => wit::Frame::Other(frame.clone()),
    };
    let polygon = |vertices: &Vec<Position>| vertices.iter().map(position_to_wit).collect();
    let shape = match &region.shape {
        Shape::WholeSphere => wit::Shape::WholeSphere,
        Shape::Point(position) => wit::Shape::Point(position_to_wit(position)),
        Shape::Site { position, height_m } => {
            wit::Shape::Site(wit::Site { position: position_to_wit(position), height_m: *height_m })
        }
        Shape::Circle(circle) => wit::Shape::Circle(wit::Circle {
            centre: position_to_wit(&circle.centre),
            radius_deg: circle.radius_deg,
        }),
        Shape::Rectangle(rectangle) => wit::Shape::Rectangle(wit::Rectangle {
            longitude: wit::LongitudeRange {
                west_deg: rectangle.longitude.west_deg,
                east_deg: rectangle.longitude.east_deg,
            },
            latitude_deg: interval_to_wit(&rectangle.latitude_deg),
            height_m: rectangle.height_m.as_ref().map(interval_to_wit),
        }),
        Shape::Polygon(vertices) => wit::Shape::Polygon(polygon(vertices)),
        Shape::Polygons(polygons) => wit::Shape::Polygons(polygons.iter().map(polygon).collect()),
        Shape::Moc(moc) => wit::Shape::Moc(moc.clone()),
    };
    wit::Region { frame, shape }
}

fn position_to_wit(position: &Position) -> wit::Position {
    wit::Position { longitude_deg: position.longitude_deg, latitude_deg: position.latitude_deg }
}
