//! The archives of the sample site: which tables each one has, and what it says of itself.

use super::tap::schema::Schema;

/// A TAP archive of the sample site.
#[derive(Clone, Copy, Debug)]
pub struct SampleArchive {
    /// Its place: `/sky/tap`.
    pub path: &'static str,
    /// Says that it is a sample.
    pub title: &'static str,
    /// Its schemas, in the order they are shown.
    pub schemas: &'static [Schema],
}

/// The directory trees of the site, and what is in them.
pub const TREES: [(&str, &str); 7] = [
    ("microwave", "all-sky maps of WMAP"),
    ("high-energy", "images, spectra, light curves and events"),
    ("heliophysics", "the Sun and the solar wind"),
    ("swarm", "magnetometer of Swarm A"),
    ("planetary", "images of moons, rings and Mars"),
    ("gnss", "GNSS observations and products, packed with gzip"),
    ("gnss-mirror", "some of the same, packed as mirrors packed it once"),
];

/// Every TAP archive of the site.
pub const ARCHIVES: [SampleArchive; 2] = [
    SampleArchive {
        path: "/sky/tap",
        title: "Sky observations (sample of real data)",
        schemas: &[
            Schema {
                name: "ivoa",
                description: "Sample of real data: observations recorded from the replies of ten archives",
            },
            Schema {
                name: "ehst",
                description: "Sample of real data: a reply of the ESA Hubble archive, as recorded",
            },
        ],
    },
    SampleArchive {
        path: "/gaia/tap",
        title: "Gaia samples (sample of real data)",
        schemas: &[Schema {
            name: "gaia",
            description: "Sample of real data: catalogue files with Gaia sources",
        }],
    },
];
