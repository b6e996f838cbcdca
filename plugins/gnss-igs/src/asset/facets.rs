//! What files are filtered and counted by: the facets of the GSSC portal.

use archway_plugin::types::{Facet, FacetKind};

use super::{Known, words};
use crate::kinds::Kind;
use crate::time::Day;

/// Letters of RINEX for the systems.
const SYSTEMS: [(char, &str); 7] = [
    ('G', "GPS"),
    ('R', "GLONASS"),
    ('E', "Galileo"),
    ('C', "BeiDou"),
    ('J', "QZSS"),
    ('I', "IRNSS"),
    ('S', "SBAS"),
];

pub(super) fn facets(known: &Known<'_>) -> Vec<Facet> {
    let mut facets: Vec<Facet> = Vec::new();
    let mut add = |kind: FacetKind, term: &str, label: Option<&str>| {
        let term = term.trim();
        let is_new = !facets.iter().any(|f| f.kind == kind && f.term.eq_ignore_ascii_case(term));
        if is_new && !term.is_empty() {
            let label = label.filter(|label| *label != term).map(str::to_owned);
            facets.push(Facet { kind, term: term.to_owned(), label });
        }
    };
    let (said, facts, collection) = (known.said, known.facts, known.collection);
    add(
        FacetKind::Category,
        if known.kind.is_data() { "Information Data" } else { "Information Product" },
        None,
    );
    match known.centre.as_deref() {
        Some(code) => {
            add(
                FacetKind::Organization,
                words::organization(code),
                words::organization_in_full(code),
            );
        }
        None => {
            if let Some(agency) = facts.and_then(|facts| facts.agency.as_deref()) {
                add(FacetKind::Organization, agency, None);
            }
        }
    }
    add(FacetKind::Domain, "Earth Science", None);
    let subdomain =
        collection.and_then(|c| c.subdomain.as_deref()).unwrap_or(known.kind.subdomain());
    add(FacetKind::Domain, subdomain, None);
    for mission in collection.iter().flat_map(|collection| &collection.missions) {
        add(FacetKind::Mission, mission, None);
    }
    let is_spaceborne = facts
        .and_then(|facts| facts.marker_type.as_deref())
        .is_some_and(|kind| kind.eq_ignore_ascii_case("SPACEBORNE"));
    if let Some(marker) = facts.and_then(|facts| facts.marker.as_deref()).filter(|_| is_spaceborne)
    {
        add(FacetKind::Mission, marker, None);
        add(FacetKind::InstrumentHost, marker, None);
    }
    let systems = facts.map(|facts| facts.systems.as_str()).filter(|s| !s.is_empty());
    let systems = systems.or(said.map(|said| said.systems.as_str())).unwrap_or_default();
    for (letter, name) in SYSTEMS {
        if systems.contains(letter) {
            add(FacetKind::Constellation, name, None);
            add(FacetKind::Mission, name, None);
        }
    }
    if let Some(station) = &known.station {
        add(FacetKind::Station, station, facts.and_then(|facts| facts.marker.as_deref()));
        add(FacetKind::Tag, station, None);
    }
    if let Some(receiver) = facts.and_then(|facts| facts.receiver.as_ref()) {
        add(FacetKind::Instrument, &receiver.model, None);
    }
    if let Some(antenna) = facts.and_then(|facts| facts.antenna.as_ref()) {
        add(FacetKind::Other("antenna".to_owned()), &antenna.model, None);
    }
    if let Some(latency) = said.and_then(|said| said.latency) {
        add(FacetKind::Characteristic, latency.word(), None);
        add(FacetKind::ProcessingLevel, latency.word(), None);
    }
    if let Some(rate) = said.and_then(|said| said.rate) {
        add(FacetKind::Characteristic, rate, None);
    }
    let sampling =
        facts.and_then(|facts| facts.interval_s).or(said.and_then(|said| said.sampling_s));
    if let Some(sampling) = sampling {
        add(FacetKind::Characteristic, &format!("{sampling} s"), None);
    }
    if let Some(version) = facts.and_then(|facts| facts.version.as_deref()) {
        let name = match known.kind {
            Kind::Observations | Kind::Navigation | Kind::Meteorology => "RINEX",
            Kind::Clocks => "RINEX CLK",
            Kind::Orbits => "SP3",
            Kind::Ionosphere => "IONEX",
            Kind::Antennas => "ANTEX",
            Kind::StationLog => "site log",
            _ => "SINEX",
        };
        if !matches!(known.kind, Kind::EarthRotation | Kind::Biases | Kind::Attitude) {
            add(FacetKind::Characteristic, &format!("{name} {version}"), None);
        }
    }
    let country = said.and_then(|said| said.country.as_deref());
    if let Some(country) = facts.and_then(|facts| facts.country.as_deref()).or(country) {
        add(FacetKind::Tag, country, None);
    }
    add(FacetKind::Tag, known.kind.label(), None);
    if let Some(start) = super::coverage::start_us(known) {
        let (week, _) = Day::of_instant(start).gps_week();
        if week >= 0 {
            add(FacetKind::Tag, &format!("GPS week {week}"), None);
        }
    }
    facets
}
