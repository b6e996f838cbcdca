//! The committed samples: counted, hashed, unique, and nothing made up.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::super::manifest::Manifest;
use super::super::{committed_data, read_tables};
use super::{csv, get, site};
use crate::samples::geometry::Shape;
use crate::samples::table::{Datatype, Table, Value};

fn tables() -> Vec<Table> {
    read_tables(&Manifest::read(&committed_data()).unwrap(), &committed_data(), "http://x").unwrap()
}

fn sha256(path: &str) -> String {
    let digest = Sha256::digest(std::fs::read(committed_data().join(path)).unwrap());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_manifest_tells_the_truth_about_its_files() {
    let manifest = Manifest::read(&committed_data()).unwrap();
    for table in &manifest.tables {
        assert_eq!(sha256(table.rows_file.to_str().unwrap()), table.sha256, "{}", table.name);
    }
    for file in &manifest.files {
        let path = format!("files/{}", file.path);
        assert_eq!(sha256(&path), file.sha256, "{path}");
        assert_eq!(std::fs::metadata(committed_data().join(&path)).unwrap().len(), file.size_bytes);
    }
    let known: HashSet<_> = manifest.datasets.iter().map(|dataset| &dataset.id).collect();
    assert!(manifest.files.iter().all(|file| known.contains(&file.dataset)));
    for dataset in &manifest.datasets {
        assert!(committed_data().join(&dataset.licence_file).is_file(), "{}", dataset.id);
        assert!(!dataset.credit.is_empty() && !dataset.processing.is_empty(), "{}", dataset.id);
    }
}

#[test]
fn the_site_holds_the_rows_it_says() {
    let counts: Vec<_> = tables().iter().map(|t| format!("{} {}", t.name, t.rows.len())).collect();
    assert_eq!(
        counts,
        [
            "ivoa.obscore 816",
            "ehst.observation_recorded 2000",
            "gaia.open_clusters 3492",
            "gaia.pleiades_rotation 754",
            "gaia.gaia_source_sample 1000",
            "gaia.xp_sampled_spectrum 343"
        ]
    );
}

/// The 30 columns that ObsCore 1.1 makes mandatory (table 1), and those of them that are never null.
#[test]
fn obscore_has_its_thirty_columns_and_unique_identifiers() {
    const MANDATORY: &str = "dataproduct_type calib_level obs_collection obs_id obs_publisher_did \
        access_url access_format access_estsize target_name s_ra s_dec s_fov s_region s_resolution \
        s_xel1 s_xel2 t_min t_max t_exptime t_resolution t_xel em_min em_max em_res_power em_xel \
        o_ucd pol_states pol_xel facility_name instrument_name";
    let tables = tables();
    let obscore = &tables[0];
    for name in MANDATORY.split_whitespace() {
        let column = &obscore.columns[obscore.column(name).expect(name)];
        assert!(column.utype.as_deref().unwrap_or_default().starts_with("obscore:"), "{name}");
    }
    let column = |name: &str| {
        let at = obscore.column(name).unwrap();
        obscore.rows.iter().map(move |row| &row[at])
    };
    for name in ["calib_level", "obs_collection", "obs_id", "obs_publisher_did", "sample_dataset"] {
        assert!(column(name).all(|value| *value != Value::Null), "{name}");
    }
    let ids: HashSet<_> = column("obs_publisher_did").map(|v| format!("{v:?}")).collect();
    assert_eq!(ids.len(), obscore.rows.len());
    assert!(ids.iter().all(|id| id.contains("ivo://archway.sample/sky?")));
}

#[test]
fn what_was_derived_is_flagged_and_what_is_flagged_is_there() {
    let tables = tables();
    let obscore = &tables[0];
    let at = |name: &str| obscore.column(name).unwrap();
    for row in &obscore.rows {
        let flags = match &row[at("sample_derived")] {
            Value::Text(flags) => flags.to_string(),
            _ => String::new(),
        };
        for flag in flags.split_whitespace() {
            assert_ne!(row[at(flag)], Value::Null, "{flag} is flagged and null");
        }
        let native = ["casda-cone", "alma-m83", "gavo-plates", "cadc-macho"];
        let Value::Text(dataset) = &row[at("sample_dataset")] else { panic!("no data set") };
        assert_eq!(flags.is_empty(), native.contains(&&**dataset), "{dataset}");
    }
}

#[test]
fn every_cell_is_ascii_and_fits_its_column_and_every_region_is_read() {
    for table in tables() {
        for row in &table.rows {
            for (column, value) in table.columns.iter().zip(row) {
                let fits = match (column.datatype, value) {
                    (Datatype::Char, Value::Text(text)) => text.is_ascii(),
                    (Datatype::Short, Value::Integer(n)) => i16::try_from(*n).is_ok(),
                    (Datatype::Int, Value::Integer(n)) => i32::try_from(*n).is_ok(),
                    _ => true,
                };
                assert!(fits, "{} {}: {value:?}", table.name, column.name);
                if let (Value::Text(text), Some("adql:REGION")) = (value, column.xtype.as_deref()) {
                    assert!(Shape::parse(text).is_some(), "{text}");
                }
            }
        }
    }
}

#[tokio::test]
async fn no_access_url_is_made_up() {
    let site = site().await;
    let query = "SELECT access_url FROM ivoa.obscore WHERE access_url IS NOT NULL";
    for row in csv(&site, "sky", query).await.rows() {
        let path = row[0].strip_prefix(&site.url).expect("leads elsewhere");
        assert_eq!(get(&site, path).await.status, 200, "{path}");
    }
    let tables = "SELECT description FROM TAP_SCHEMA.tables WHERE schema_name = 'gaia'";
    let described = csv(&site, "gaia", tables).await.rows();
    assert_eq!(described.len(), 4);
    for row in described {
        assert!(row[0].starts_with("Sample of real data"), "{}", row[0]);
        let (_, url) = row[0].split_once("The file: ").expect("names its file");
        assert_eq!(get(&site, url.strip_prefix(&site.url).unwrap()).await.status, 200, "{url}");
    }
}

#[test]
fn no_account_and_no_path_of_a_machine_is_published() {
    for table in tables() {
        for value in table.rows.iter().flatten() {
            if let Value::Text(text) = value {
                let low = text.to_lowercase();
                assert!(!low.contains("user_") && !low.contains("/home/"), "{text}");
            }
        }
    }
}
