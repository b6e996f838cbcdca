//! Files become assets: by their names alone, and with what their headers say.

use archway_plugin::testing::{RecordedHost, outline};
use archway_plugin::types::{Shape, TimeScale, Value};
use archway_trees::Entry;

use super::*;
use crate::files::Collector;
use crate::headers;

/// A maker over settings like those of a data centre.
fn with<T>(run: impl FnOnce(&Maker<'_>) -> T) -> T {
    let collections = r#"[
        {"id": "SWARM RINEX", "title": "SWARM RINEX", "stations": ["SWMA"], "missions": ["Swarm"], "publisher": "ESA", "created": "2013-11-22"},
        {"id": "orbits", "formats": ["sp3"], "centres": ["IGS"], "licence": "CC-BY-4.0"}]"#;
    let host = RecordedHost::new()
        .with_text("base_url", "https://data.example/gnss/")
        .with_text("provider", "Example")
        .with_text("publisher", "The publisher")
        .with_text("licence", "free with acknowledgement")
        .with_text("acknowledgement", "thanks")
        .with_text("collection", "everything else")
        .with_setting("collections", Value::Json(collections.to_owned()))
        .with_setting("mirrors", Value::Json(r#"[{"provider": "Mirror", "base_url": "ftpes://mirror.example/pub/"}]"#.to_owned()))
        .with_setting("stations", Value::Json(r#"[{"id": "WTZR00DEU", "longitude_deg": 12.879, "latitude_deg": 49.144, "height_m": 666.0}]"#.to_owned()));
    let settings = Settings::of(&host).unwrap();
    let servers = Servers::new(&settings).unwrap();
    run(&Maker { settings: &settings, servers: &servers, stations: &settings.stations })
}

/// One file with these copies, by server, and the header of one that was read.
fn asset(copies: &[(usize, &str)], header: Option<&str>) -> Option<Asset> {
    let mut collector = Collector::default();
    for (server, path) in copies {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let entry = Entry::file(name)
            .with_size(1000)
            .with_modified(1_300_000_000_000_000)
            .with_native(format!("line of {name}"));
        collector.add(*server, folder, &entry, &[], true);
    }
    let content = header.map(|name| {
        let path = format!("{}/tests/data/headers/{name}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).unwrap();
        match headers::read(bytes.as_slice()) {
            Ok(facts) => Content::Read(Box::new(facts)),
            Err(error) => Content::Unreadable(error.to_string()),
        }
    });
    let files = collector.finish();
    assert_eq!(files.len(), 1);
    with(|maker| maker.asset(&files[0], content.as_ref()))
}

#[test]
fn observations_of_a_station_with_their_header() {
    let copies = [(0, "obs/2005/092/07590920.05o.gz"), (1, "data/2005/092/07590920.05d.Z")];
    let mut asset = asset(&copies, Some("07590920.05o")).unwrap();
    let native = asset.native.take().unwrap();
    assert!(native.content.starts_with(b"     2.10           OBSERVATION DATA"));
    assert!(native.content.trim_ascii_end().ends_with(b"END OF HEADER"));
    insta::assert_snapshot!(outline(&asset));
}

#[test]
fn orbits_of_an_analysis_centre_with_their_header() {
    let mut asset = asset(&[(0, "products/1525/esa15253.sp3.Z")], Some("esa15253.sp3")).unwrap();
    asset.native = None;
    insta::assert_snapshot!(outline(&asset));
}

#[test]
fn a_product_by_its_name_alone() {
    let copies = [(0, "2253/IGS0OPSFIN_20230750000_01D_15M_ORB.SP3.gz")];
    let mut asset = asset(&copies, None).unwrap();
    let native = asset.native.take().unwrap();
    assert_eq!(native.content, b"line of IGS0OPSFIN_20230750000_01D_15M_ORB.SP3.gz");
    insta::assert_snapshot!(outline(&asset));
}

#[test]
fn an_ionosphere_map_covers_its_grid() {
    let asset = asset(&[(0, "i/igrg3380.10i.Z")], Some("igrg3380.10i")).unwrap();
    assert_eq!(asset.summary.title, "IGS rapid ionosphere map, 2010-12-04");
    assert!(matches!(asset.space[0].region.shape, Shape::WholeSphere), "360 degrees are all of it");
    assert_eq!(asset.time[0].scale, TimeScale::Utc);
}

#[test]
fn stations_without_a_position_in_a_header_are_where_the_list_has_them() {
    let asset = asset(&[(0, "WTZR00DEU_R_20232540000_01D_30S_MO.crx.gz")], None).unwrap();
    let Shape::Site(site) = &asset.space[0].region.shape else { panic!("{:?}", asset.space) };
    assert_eq!((site.position.longitude_deg, site.height_m), (12.879, Some(666.0)));
    assert_eq!(asset.summary.title, "WTZR00DEU: GNSS observations, 2023-09-11");
    assert_eq!(asset.summary.targets[0].aliases, ["WTZR"]);
}

#[test]
fn collections_give_publisher_licence_and_missions() {
    let swarm = asset(&[(0, "SWMA00XXX_R_20232540000_01D_01S_GO.rnx")], None).unwrap();
    assert_eq!(swarm.identity.collection, "SWARM RINEX");
    assert_eq!(swarm.summary.agents[0].name, "ESA");
    assert!(swarm.facets.iter().any(|facet| facet.term == "Swarm"));
    let licence = |asset: &Asset| asset.rights.licence.clone().and_then(|l| l.spdx.or(l.text));
    assert_eq!(licence(&swarm).as_deref(), Some("free with acknowledgement"));
    let orbits = asset(&[(0, "igs15904.sp3")], None).unwrap();
    assert_eq!(licence(&orbits).as_deref(), Some("CC-BY-4.0"));
    assert_eq!(asset(&[(0, "igs15904.clk")], None).unwrap().identity.collection, "everything else");
}

#[test]
fn a_name_of_no_grammar_is_told_by_its_content() {
    let path = [(0, "obs/2021/078/SEPT078M1.21O.gz")];
    assert!(asset(&path, None).is_none(), "nothing is known of it");
    let known = asset(&path, Some("SEPT078M1.21O")).unwrap();
    assert_eq!(known.identity.native_id, "obs/2021/078/SEPT078M1.21O");
    assert_eq!(known.summary.title, "SEPT: GNSS observations, 2021-03-19 12:00:00");
    assert_eq!(known.distributions[0].encodings, ["gzip"]);
    assert_eq!(known.distributions[0].format.as_deref(), Some("rinex-obs"));
}

#[test]
fn an_unreadable_header_leaves_what_the_name_says() {
    let known = asset(&[(0, "07590920.05o")], Some("../SOURCES.md")).unwrap();
    assert_eq!(known.quality[0].flag.as_deref(), Some("unreadable header"));
    assert!(known.time[0].start.is_some() && known.space.is_empty());
}

#[test]
fn a_station_log_is_a_facility() {
    let known = asset(&[(0, "station/log/wtzr_20230911.log")], None).unwrap();
    assert_eq!(known.identity.kind, AssetKind::Facility);
    assert_eq!(known.summary.title, "GNSS station WTZR");
    assert_eq!(known.summary.created, Some(1_694_390_400_000_000));
    assert!(!known.space.is_empty(), "from the list");
}

#[test]
fn explicit_tls_has_a_scheme_of_its_own() {
    let known = asset(&[(1, "x/igs15904.sp3.Z")], None).unwrap();
    let archway_plugin::types::Location::Url(url) = &known.distributions[0].location else {
        panic!("no URL")
    };
    assert_eq!(url, "ftpes://mirror.example/pub/x/igs15904.sp3.Z");
    assert_eq!(known.distributions[0].provider.as_deref(), Some("Mirror"));
}
