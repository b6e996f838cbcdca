//! An asset as an observation archive gives it: 28 fields, 3 facets, one distribution, 5 extras.

use archway_plugin::types::{
    Asset, AssetKind, Availability, Circle, Distribution, EnergyCoverage, Extra, Facet, FacetKind,
    Frame, Interval, Licence, Location, Messenger, Position, Region, Shape, Size, SizeQuality,
    SpaceCoverage, Target, Term, TimeCoverage, TimeScale, Value,
};

/// The asset of that number.
pub(crate) fn asset(n: u64) -> Asset {
    let ra_deg = (n % 360_000) as f64 / 1000.0;
    let dec_deg = (n % 180_000) as f64 / 1000.0 - 90.0;
    let start_us = 1_600_000_000_000_000 + (n as i64 % 1_000_000) * 1_000_000;
    let mut asset = Asset::new(format!("obs-{n:08}"), "stis", format!("Spectrum {n} of NGC 1234"));
    let identity = &mut asset.identity;
    identity.kind = AssetKind::Dataset;
    identity.publisher_did = Some(format!("ivo://example.org/obs?{n}"));
    identity.observation_id = Some(format!("o{n}"));
    identity.version = Some("2".to_owned());
    let summary = &mut asset.summary;
    summary.description =
        Some("A long-slit spectrum, flat-fielded and flux-calibrated.".to_owned());
    summary.product_type = Some(Term {
        vocabulary: "ivoa:product-type".to_owned(),
        term: "spectrum".to_owned(),
        label: None,
    });
    summary.calibration_level = Some(2);
    summary.measurement_ucd = Some("phot.flux.density;em.wl".to_owned());
    summary.measurement_unit = Some("erg.s**-1.cm**-2.Angstrom**-1".to_owned());
    summary.proposal_id = Some("GO-12345".to_owned());
    summary.created = Some(start_us + 5_000_000);
    summary.modified = Some(start_us + 9_000_000);
    summary.targets = vec![Target {
        name: "NGC 1234".to_owned(),
        class: Some("G".to_owned()),
        aliases: Vec::new(),
        naif_id: None,
        moving: Some(false),
    }];
    asset.rights.licence =
        Some(Licence { spdx: Some("CC-BY-4.0".to_owned()), url: None, text: None });
    asset.rights.data_release = Some(start_us);
    asset.space = vec![SpaceCoverage {
        region: Region {
            frame: Frame::Icrs,
            shape: Shape::Circle(Circle {
                centre: Position { longitude_deg: ra_deg, latitude_deg: dec_deg },
                radius_deg: 0.01,
            }),
        },
        field_of_view_deg: Some(0.02),
        resolution_arcsec: Some(Interval { lower: Some(0.1), upper: Some(0.1) }),
        resolution_m: None,
        pixels: Vec::new(),
        native: None,
    }];
    asset.time = vec![TimeCoverage {
        start: Some(start_us),
        end: Some(start_us + 1_800_000_000),
        scale: TimeScale::Utc,
        reference_position: Some("GEOCENTER".to_owned()),
        exposure_s: Some(1800.0),
        sampling_s: None,
        samples: Some(1),
        native: None,
    }];
    asset.energy = vec![EnergyCoverage {
        messenger: Messenger::Photon,
        wavelength_m: Some(Interval { lower: Some(1.15e-7), upper: Some(1.7e-7) }),
        native: None,
        resolving_power: Some(Interval { lower: Some(1000.0), upper: Some(1000.0) }),
        bands: vec!["UV".to_owned()],
    }];
    asset.facets = vec![
        facet(FacetKind::Mission, "Hubble"),
        facet(FacetKind::Instrument, "STIS/FUV-MAMA"),
        facet(FacetKind::Waveband, "UV"),
    ];
    asset.distributions = vec![Distribution {
        distribution_id: "fits".to_owned(),
        role: "#this".to_owned(),
        location: Location::Url(format!("https://archive.example.org/data/{n}.fits.gz")),
        media_type: Some("application/fits".to_owned()),
        format: Some("fits".to_owned()),
        encodings: vec!["gzip".to_owned()],
        size: Some(Size { bytes: 1_234_567 + n, quality: SizeQuality::Exact }),
        checksums: Vec::new(),
        file_name: Some(format!("{n}.fits.gz")),
        modified: Some(start_us + 9_000_000),
        availability: Availability::Online,
        provider: None,
    }];
    asset.extras = vec![
        extra("obscore:s-ra-deg", Value::Real(ra_deg)),
        extra("obscore:s-dec-deg", Value::Real(dec_deg)),
        extra("hst:aperture", Value::Text("52X0.2".to_owned())),
        extra("hst:exposures", Value::Integer(4)),
        extra("hst:fine-lock", Value::Boolean(true)),
    ];
    asset
}

fn facet(kind: FacetKind, term: &str) -> Facet {
    Facet { kind, term: term.to_owned(), label: None }
}

fn extra(key: &str, value: Value) -> Extra {
    Extra { key: key.to_owned(), value }
}
