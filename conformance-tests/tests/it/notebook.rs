//! The generated notebook, run from top to bottom on the files of the sample site in the locked
//! environment, without network: it must show what is known of them.
//!
//! *Calls* `archway_core::notebook`, and `archway_conformance::notebook` to run what it gives.
//! *Rules*: every number here is printed for the reader of the notebook, none for the test. The
//! notebooks lie with their pictures in the folder of temporary files of the build.

use std::path::{Path, PathBuf};

use archway_conformance::notebook::{Shown, is_left_out, run};
use archway_conformance::samples;
use archway_core::notebook::{NotebookFile, notebook};

/// A volume with some files of the samples.
struct Volume {
    data: tempfile::TempDir,
    files: Vec<NotebookFile>,
}

impl Volume {
    /// Each is a path below the samples, a format, a product type, a title.
    fn of(files: &[[&str; 4]]) -> Self {
        let mut volume = Self { data: tempfile::tempdir().unwrap(), files: Vec::new() };
        for [path, format, product, title] in files {
            let from = samples::committed_data().join(path);
            let to = volume.add(path, format, product, title);
            std::os::unix::fs::symlink(from, to).unwrap();
        }
        volume
    }

    /// Lists a file, and says where it is to lie.
    fn add(&mut self, path: &str, format: &str, product: &str, title: &str) -> PathBuf {
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        let some = |word: &str| (!word.is_empty()).then(|| word.to_owned());
        self.files.push(NotebookFile {
            path: format!("/data/sample/{name}"),
            title: title.to_owned(),
            archive: "samples".to_owned(),
            collection: "sample".to_owned(),
            licence: some("CC0-1.0"),
            identifier: format!("samples/{path}"),
            format: some(format),
            product_type: some(product),
            ..NotebookFile::default()
        });
        let folder = self.data.path().join("sample");
        std::fs::create_dir_all(&folder).unwrap();
        folder.join(name)
    }

    async fn run(&self, name: &str) -> Shown {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("notebooks");
        std::fs::create_dir_all(&kept).unwrap();
        let text = notebook(name, "a test", &self.files);
        let shown =
            run(&text, self.data.path(), &kept.join(format!("{name}.ipynb"))).await.unwrap();
        for noise in ["Warning", "Traceback"] {
            assert!(!shown.text.contains(noise), "{name} shows a {noise}:\n{}", shown.text);
        }
        shown
    }
}

/// The number behind some words.
#[track_caller]
fn number(shown: &Shown, words: &str) -> f64 {
    let (_, behind) = shown.text.split_once(words).unwrap_or_else(|| {
        panic!("`{words}` is not there:\n{}", shown.text);
    });
    let end = behind.find(|c: char| !c.is_ascii_digit() && !"+-.e".contains(c));
    let word = &behind[..end.unwrap_or(behind.len())];
    word.parse().unwrap_or_else(|_| panic!("`{word}` behind `{words}` is no number"))
}

#[track_caller]
fn says(shown: &Shown, words: &[&str]) {
    for words in words {
        assert!(shown.text.contains(words), "`{words}` is not there:\n{}", shown.text);
    }
}

const MAPS: &str = "trees/microwave/wmap/7yr/nside32/maps";

#[tokio::test(flavor = "multi_thread")]
async fn maps_of_two_bands_agree_outside_the_mask() {
    if is_left_out() {
        return;
    }
    let map = |name: &str| format!("{MAPS}/wmap_{name}_udgraded32.fits");
    let (v, w) = (map("band_iqumap_r9_7yr_V_v4"), map("band_iqumap_r9_7yr_W_v4"));
    let mask = map("temperature_analysis_mask_r9_7yr_v4");
    let spectrum = "trees/microwave/wmap/7yr/nside32/spectra/\
        cl_wmap_band_iqumap_r9_7yr_W_v4_udgraded32_II_lmax64_rmmono_3iter.fits";
    let volume = Volume::of(&[
        [&v, "fits", "image", "WMAP 7-year frequency map, V band, Nside 32"],
        [&w, "fits", "image", "WMAP 7-year frequency map, W band, Nside 32"],
        [&mask, "fits", "image", "WMAP 7-year temperature analysis mask, Nside 32"],
        [spectrum, "fits", "measurements", "Power spectrum of the WMAP 7-year W map"],
    ]);
    let shown = volume.run("microwave").await;
    let correlation = number(&shown, "correlation outside the mask: ");
    assert!((correlation - 0.993).abs() <= 0.001, "{correlation}");
    says(&shown, &["over 7602 pixels (61.9%)", "4 of 4 files were read."]);
    assert_eq!(shown.pictures.len(), 5, "three maps, their correlation, and a spectrum");
}

#[tokio::test(flavor = "multi_thread")]
async fn clusters_of_stars_are_found_in_fits_and_in_a_votable() {
    if is_left_out() {
        return;
    }
    let mut volume = Volume::of(&[
        ["files/gaia/godoy-rivera-2021-clusters.fits", "fits", "measurements", "Open clusters"],
        ["files/gaia/rebull-2016-pleiades-gaia-dr3.csv", "csv", "measurements", "Pleiades"],
    ]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = samples::serve(listener).unwrap();
    let table =
        volume.add("clusters.vot", "votable", "catalog", "Open clusters, as TAP gives them");
    let query = [
        ("REQUEST", "doQuery"),
        ("LANG", "ADQL"),
        ("MAXREC", "10000"),
        ("QUERY", "SELECT * FROM gaia.open_clusters"),
    ];
    let url = format!("{}/gaia/tap/sync", site.url);
    // The client's TLS, which is not used; a second test in this process finds it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let reply = reqwest::Client::new().get(url).query(&query).send().await.unwrap();
    std::fs::write(table, reply.error_for_status().unwrap().bytes().await.unwrap()).unwrap();

    let shown = volume.run("gaia").await;
    let found = "7 clusters among 3302 stars with parallax and proper motion; 342 stars in none";
    assert_eq!(shown.text.matches(found).count(), 2, "{}", shown.text);
    let pleiades = number(&shown, "    Pleiades: ");
    assert!((pleiades - 714.0).abs() <= 3.0, "{pleiades} members of the Pleiades");
    says(
        &shown,
        &[
            "3492 rows, 27 columns",
            "1 table in this VOTable",
            "too few to tell a crowd from chance",
            "3 of 3 files were read.",
        ],
    );
    assert_eq!(shown.pictures.len(), 5, "three tables, and the clusters of two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_light_curve_an_image_a_spectrum_and_events_show_what_is_known_of_them() {
    if is_left_out() {
        return;
    }
    let below = |path: &str| format!("trees/high-energy/{path}");
    let volume = Volume::of(&[
        [&below("kepler/ktwo211117077-c04_llc.fits.gz"), "fits", "light-curve", "K2 light curve"],
        [&below("xmm/0112320101_emos1_image.fits.gz"), "fits", "image", "XMM-Newton EPIC MOS1"],
        [&below("uves/smc-x-1_20011111_spectrum.fits.gz"), "fits", "spectrum", "VLT/UVES"],
        [&below("chandra/acisf10027_events.fits.gz"), "fits", "event-list", "Chandra, M82"],
        [&below("crab/CrabNebula_spectrum.ecsv"), "ECSV", "sed", "Crab nebula"],
        [&below("radial-velocities/hd164922.txt"), "text", "timeseries", "HD 164922"],
        [&below("macho/lc_1.3444.614.tar.bz2"), "TAR", "light-curve", "MACHO"],
    ]);
    let shown = volume.run("high-energy").await;
    let period = number(&shown, "Lomb-Scargle: strongest period ");
    assert!((period - 3.0).abs() < 0.02, "{period} d");
    says(
        &shown,
        &[
            "519 x 519 pixels",
            "= 3280.39752 + 0.01374 i",
            "93260 pixels",
            "4612 events",
            "261 rows",
            "401 rows",
            "lc_1.3444.614.B.mjd",
            "7 of 7 files were read.",
        ],
    );
    assert_eq!(shown.pictures.len(), 7, "two of the light curve, one of each other but MACHO");
}

#[tokio::test(flavor = "multi_thread")]
async fn swarm_and_the_sun_are_read_from_cdf_fits_and_pictures() {
    if is_left_out() {
        return;
    }
    let below = |path: &str| format!("trees/heliophysics/{path}");
    let swarm = "trees/swarm/level1b/Sat_A/\
        SW_OPER_MAGA_LR_1B_20160101T000000_20160101T010000_Filtered.cdf";
    let eui =
        below("solar-orbiter/eui/2022/04/01/2022_04_01__00_00_45__SOLO-EUI-FSI_EUI_FSI_174.jp2");
    let epd = below("solar-orbiter/epd/2020/07/13/solo_L2_epd-ept-north-hcad_20200713_V02.cdf");
    let volume = Volume::of(&[
        [swarm, "cdf", "timeseries", "Swarm A magnetometer, low rate"],
        [&epd, "cdf", "timeseries", "Solar Orbiter EPD"],
        [&below("goes/xrs/2011/06/07/go1520110607.fits.gz"), "fits", "light-curve", "GOES-15"],
        [&below("soho/eit/2004/03/01/efz20040301.000010_s.fits.gz"), "fits", "image", "EIT"],
        [&eui, "jpeg2000", "image", "EUI"],
        ["trees/planetary/galileo/ssi/C0532836239R.IMG.gz", "pds3-image", "image", "Europa"],
    ]);
    let shown = volume.run("sun-and-earth").await;
    says(
        &shown,
        &[
            "F: 192 records, first 24630.63 nT",
            "42177 good measurements",
            "128 x 128 pixels",
            "3040 x 3072 pixels",
            "800 x 800 pixels; mission 'GALILEO', target 'EUROPA'",
            "6 of 6 files were read.",
        ],
    );
    assert_eq!(shown.pictures.len(), 7, "two of GOES, one of each other");
}

#[tokio::test(flavor = "multi_thread")]
async fn observations_orbits_and_clocks_are_read_however_they_are_packed() {
    if is_left_out() {
        return;
    }
    let below = |path: &str| format!("trees/gnss/IGS/{path}");
    let hatanaka = "trees/gnss-mirror/data/daily/2005/092/05d/30400920.05d.Z";
    let volume = Volume::of(&[
        [&below("obs/2005/092/07590920.05o.gz"), "rinex-obs", "", "RINEX 2"],
        [hatanaka, "rinex-obs", "", "RINEX 2 in Hatanaka in compress"],
        [&below("obs/2021/078/SEPT078M1.21O.gz"), "rinex-obs", "", "RINEX 3"],
        [&below("BRDC/2010/182/brdc1820.10n.gz"), "rinex-nav", "", "Messages of GPS"],
        [&below("BRDC/2009/091/brdc0910.09g.gz"), "rinex-nav", "", "Messages of GLONASS"],
        [&below("products/1590/igs15904.sp3.gz"), "sp3", "", "Orbits of the IGS"],
        [&below("products/1590/igs15904.clk.gz"), "rinex-clock", "", "Clocks of the IGS"],
        [&below("products/ionex/2010/338/igrg3380.10i.gz"), "ionex", "", "Ionosphere"],
        [&below("products/1712/igs17127.erp.gz"), "igs-erp", "", "Rotation of Earth"],
        [&below("products/dcb/2020/P1P22011.DCB.gz"), "dcb", "", "Code biases"],
    ]);
    let shown = volume.run("gnss").await;
    says(
        &shown,
        &[
            "0759: RINEX 2.1, 120 epochs from 2005-04-02T00:00:00 to 2005-04-02T00:59:30, 11 satellites",
            "3040: RINEX 1.0, 120 epochs",
            "SEPT: RINEX 3.04, 60 epochs from 2021-03-19T12:00:00 to 2021-03-19T12:00:59, 24 satellites",
            "421 messages of 32 satellites",
            "912 messages of 19 satellites",
            "32 satellites, 96 epochs from 2010-07-01T00:00 to 2010-07-01T23:45",
            "360 values of 30 satellites",
            "13 maps from 2010-12-04T00:00 to 2010-12-05T00:00",
            "7 days from MJD 56228.5; pole at 0.145507, 0.311622 arcsec",
            "10 of 10 files were read.",
        ],
    );
    let distance = number(&shown, "mean distance from the centre of Earth ");
    assert!((distance - 26_560.0).abs() < 20.0, "{distance} km is no orbit of GPS");
    assert_eq!(shown.pictures.len(), 9, "one of each but the code biases");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_a_sentence_and_the_rest_goes_on() {
    if is_left_out() {
        return;
    }
    let mut volume = Volume::of(&[[
        "trees/heliophysics/sdo/aia/2011/02/15/aia_171_level1.fits.gz",
        "fits",
        "image",
        "AIA",
    ]]);
    let gone = volume.add("gone.fits", "fits", "image", "A file that never arrived");
    assert!(!gone.exists());
    let formats = [
        "fits",
        "votable",
        "csv",
        "ecsv",
        "rinex-obs",
        "rinex-nav",
        "sp3",
        "rinex-clock",
        "ionex",
        "igs-erp",
        "cdf",
        "netcdf",
        "pds3-image",
        "png",
        "tar",
        "parquet",
    ];
    for format in formats {
        let path = volume.add(&format!("noise.{format}"), format, "", "Noise, and no such format");
        std::fs::write(path, b"\0\x01\x02 this is noise \xff\xfe").unwrap();
    }
    let shown = volume.run("noise").await;
    says(
        &shown,
        &[
            "17 of 18 files are there.",
            "not in the volume",
            "128 x 128 pixels",
            "bytes that are no text; this notebook has no reader for parquet",
            "of 18 files were read.",
        ],
    );
    let sentences = shown.text.matches("This file could not be read (").count();
    assert!(sentences >= formats.len() - 1, "{sentences} sentences:\n{}", shown.text);
    assert_eq!(shown.pictures.len(), 1);
}
