//! Their record becomes our asset, field by field with its unit.

use archway_plugin::types::{
    Agent, AgentRole, Asset, Availability, Distribution, EnergyCoverage, Facet, FacetKind, Frame,
    Interval, Licence, Location, Messenger, Position, Region, Shape, Size, SizeQuality,
    SpaceCoverage,
};

use crate::catalogue::{Catalogue, Record};

pub(crate) fn asset(record: &Record, catalogue: &Catalogue) -> Asset {
    let mut asset = Asset::new(&record.id, &catalogue.collection, &record.title);
    asset.summary.agents = vec![Agent {
        name: catalogue.publisher.clone(),
        role: AgentRole::Publisher,
        identifier: None,
        affiliation: None,
    }];
    asset.rights.licence = Some(Licence { spdx: Some(catalogue.licence.clone()), url: None, text: None });
    asset.facets = vec![Facet { kind: FacetKind::Instrument, term: record.instrument.clone(), label: None }];
    asset.space = vec![SpaceCoverage {
        region: Region {
            frame: Frame::Icrs,
            shape: Shape::Point(Position { longitude_deg: record.ra_deg, latitude_deg: record.dec_deg }),
        },
        field_of_view_deg: None,
        resolution_arcsec: None,
        resolution_m: None,
        pixels: Vec::new(),
        native: None,
    }];
    asset.energy = vec![EnergyCoverage {
        messenger: Messenger::Photon,
        wavelength_m: Some(Interval { lower: Some(record.wavelength_m), upper: Some(record.wavelength_m) }),
        native: None,
        resolving_power: None,
        bands: Vec::new(),
    }];
    asset.distributions = vec![Distribution {
        distribution_id: "links".into(),
        role: "#this".into(),
        location: Location::Url(record.url.clone()),
        media_type: None,
        format: None,
        encodings: Vec::new(),
        size: Some(Size { bytes: record.size_kb * 1000, quality: SizeQuality::Estimated }),
        checksums: Vec::new(),
        file_name: None,
        modified: None,
        availability: Availability::Online,
        provider: None,
    }];
    asset
}
