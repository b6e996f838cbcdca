//! Which cells are for which files.

use super::NotebookFile;

/// Some cells of a notebook.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    /// What the ids of its cells begin with.
    pub(super) name: &'static str,
    /// In the form that editors know as cells: `# %%`.
    pub(super) template: &'static str,
    wanted: fn(&Kinds) -> bool,
}

macro_rules! section {
    ($name:literal, $wanted:expr) => {
        Section { name: $name, template: include_str!(concat!($name, ".py")), wanted: $wanted }
    };
}

/// Every section, in the order of a notebook. What one defines, those below it use.
const SECTIONS: [Section; 25] = [
    section!("fits_look", |kinds| kinds.has(&["fits"])),
    section!("fits_image", |kinds| kinds.fits_may_be(&["image", "cube", "dynamic-spectrum"])),
    section!("fits_healpix", |kinds| kinds.fits_may_be(&["image", "map"])),
    section!("fits_spectrum", |kinds| kinds.fits_may_be(&["spectrum", "sed"])),
    section!("fits_light_curve", |kinds| kinds.fits_may_be(&["light-curve", "timeseries"])),
    section!("fits_events", |kinds| kinds.fits_may_be(&["event-list", "event", "timeseries"])),
    section!("tables", Kinds::tables),
    section!("tables_fits", Kinds::fits_tables),
    section!("tables_votable", |kinds| kinds.has(&["votable"])),
    section!("tables_text", |kinds| kinds.has(&TEXT_TABLES)),
    section!("clusters", |kinds| kinds.tables() && kinds.about_stars),
    section!("unpack", |kinds| {
        kinds.has(&["rinex-clock", "ionex", "igs-erp", "pds3-image"]) || kinds.others()
    }),
    section!("rinex", |kinds| kinds.has(&["rinex-obs", "rinex-nav", "sp3"])),
    section!("rinex_obs", |kinds| kinds.has(&["rinex-obs"])),
    section!("rinex_nav", |kinds| kinds.has(&["rinex-nav"])),
    section!("sp3", |kinds| kinds.has(&["sp3"])),
    section!("gnss_clock", |kinds| kinds.has(&["rinex-clock"])),
    section!("gnss_ionex", |kinds| kinds.has(&["ionex"])),
    section!("gnss_erp", |kinds| kinds.has(&["igs-erp"])),
    section!("cdf", |kinds| kinds.has(&["cdf"])),
    section!("netcdf", |kinds| kinds.has(&["netcdf", "hdf5"])),
    section!("pds3", |kinds| kinds.has(&["pds3-image"])),
    section!("pictures", |kinds| kinds.has(&PICTURES)),
    section!("others", Kinds::others),
    section!("nothing", |kinds| kinds.formats.is_empty()),
];

const TEXT_TABLES: [&str; 4] = ["csv", "ecsv", "tsv", "text"];
const PICTURES: [&str; 5] = ["png", "jpeg", "gif", "tiff", "jpeg2000"];
/// Formats that a section of their own reads, beside the two lists above.
const READ: [&str; 12] = [
    "fits",
    "votable",
    "cdf",
    "netcdf",
    "hdf5",
    "rinex-obs",
    "rinex-nav",
    "rinex-clock",
    "sp3",
    "ionex",
    "igs-erp",
    "pds3-image",
];
/// Product types of FITS files that hold no table worth a look.
const NO_TABLES: [&str; 5] = ["image", "cube", "map", "dynamic-spectrum", "event-list"];

/// The sections that these files need.
pub(super) fn sections(files: &[NotebookFile]) -> Vec<Section> {
    let kinds = Kinds::of(files);
    SECTIONS.into_iter().filter(|section| (section.wanted)(&kinds)).collect()
}

/// The gateway's word for the format of a file: its own, or what its name says; "" if neither
/// says any.
pub(super) fn format_of(file: &NotebookFile) -> String {
    let format = file.format.as_deref().map(str::to_ascii_lowercase);
    match format.as_deref() {
        // Archives of the GNSS name clocks by the usual ending.
        Some("rinex-clk") => "rinex-clock".to_owned(),
        Some(format) => format.to_owned(),
        None => by_name(&file.path).unwrap_or_default().to_owned(),
    }
}

/// What is known of all files together.
#[derive(Debug)]
struct Kinds {
    formats: Vec<String>,
    /// Product types of the FITS files; `None` where one has none.
    fits: Vec<Option<String>>,
    /// Whether parallaxes and proper motions are to be expected.
    about_stars: bool,
}

impl Kinds {
    fn of(files: &[NotebookFile]) -> Self {
        let formats: Vec<String> = files.iter().map(format_of).collect();
        let fits = files.iter().zip(&formats).filter(|(_, format)| *format == "fits");
        let fits = fits.map(|(file, _)| file.product_type.clone()).collect();
        let about_stars = files.iter().any(|file| {
            let words = [&file.title, &file.collection, &file.archive, &file.path];
            words.iter().any(|word| {
                let word = word.to_ascii_lowercase();
                ["gaia", "cluster", "parallax", "astrometr", "hipparcos"]
                    .iter()
                    .any(|sign| word.contains(sign))
            })
        });
        Self { formats, fits, about_stars }
    }

    fn has(&self, formats: &[&str]) -> bool {
        self.formats.iter().any(|format| formats.contains(&format.as_str()))
    }

    /// Whether a FITS file is of one of these product types, or of one that says nothing.
    fn fits_may_be(&self, types: &[&str]) -> bool {
        let known = [
            "image",
            "cube",
            "map",
            "dynamic-spectrum",
            "spectrum",
            "sed",
            "light-curve",
            "timeseries",
            "event-list",
            "event",
        ];
        self.fits.iter().any(|product| match product.as_deref() {
            Some(product) => {
                types.contains(&product) || !known.contains(&product) && !is_table(product)
            }
            None => true,
        })
    }

    fn fits_tables(&self) -> bool {
        self.fits.iter().any(|product| match product.as_deref() {
            Some(product) => !NO_TABLES.contains(&product),
            None => true,
        })
    }

    fn tables(&self) -> bool {
        self.fits_tables() || self.has(&["votable"]) || self.has(&TEXT_TABLES)
    }

    fn others(&self) -> bool {
        let read = |format: &str| {
            READ.contains(&format) || TEXT_TABLES.contains(&format) || PICTURES.contains(&format)
        };
        self.formats.iter().any(|format| !read(format))
    }
}

fn is_table(product: &str) -> bool {
    ["measurements", "catalog", "catalogue", "table"].contains(&product)
}

/// What the ending of a name says, without what is packed around the file.
fn by_name(path: &str) -> Option<&'static str> {
    let mut name = path.rsplit('/').next()?.to_ascii_lowercase();
    for packing in [".gz", ".z", ".bz2"] {
        if let Some(inner) = name.strip_suffix(packing) {
            name.truncate(inner.len());
            break;
        }
    }
    let (_, ending) = name.rsplit_once('.')?;
    let format = match ending {
        "fits" | "fit" | "fts" | "evt" | "lc" => "fits",
        "vot" | "votable" => "votable",
        "csv" => "csv",
        "ecsv" => "ecsv",
        "tsv" => "tsv",
        "txt" | "dat" | "asc" | "tab" | "md" => "text",
        "cdf" => "cdf",
        "nc" => "netcdf",
        "h5" | "hdf5" => "hdf5",
        "rnx" | "crx" | "obs" => "rinex-obs",
        "nav" => "rinex-nav",
        "clk" => "rinex-clock",
        "sp3" | "eph" => "sp3",
        "inx" | "ion" => "ionex",
        "erp" => "igs-erp",
        "img" => "pds3-image",
        "lbl" => "pds3-label",
        "png" => "png",
        "jpg" | "jpeg" => "jpeg",
        "gif" => "gif",
        "tif" | "tiff" => "tiff",
        "jp2" => "jpeg2000",
        "tar" => "tar",
        "zip" => "zip",
        _ => return rinex_2(ending),
    };
    Some(format)
}

/// RINEX 2.11, 4: two digits of the year, and a letter.
fn rinex_2(ending: &str) -> Option<&'static str> {
    let [b'0'..=b'9', b'0'..=b'9', letter] = ending.as_bytes() else { return None };
    match letter {
        b'o' | b'd' => Some("rinex-obs"),
        b'n' | b'g' | b'l' | b'p' | b'q' | b'h' => Some("rinex-nav"),
        b'i' => Some("ionex"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_the_format_where_nobody_else_does() {
        let cases = [
            ("v/m31.FITS.gz", "fits"),
            ("v/07590920.05d.Z", "rinex-obs"),
            ("v/igrg3380.10i", "ionex"),
            ("v/brdc1820.10n.gz", "rinex-nav"),
            ("v/lc.tar.bz2", "tar"),
            ("v/README", ""),
            ("v.fits/README", ""),
            ("", ""),
        ];
        for (path, wanted) in cases {
            let file = NotebookFile { path: path.to_owned(), ..NotebookFile::default() };
            assert_eq!(format_of(&file), wanted, "{path}");
        }
    }

    #[test]
    fn the_archives_word_counts_before_the_name() {
        let file = NotebookFile {
            path: "v/a.dat".to_owned(),
            format: Some("FITS".to_owned()),
            ..NotebookFile::default()
        };
        assert_eq!(format_of(&file), "fits");
    }

    #[test]
    fn cells_are_there_for_what_the_files_may_be() {
        let cases: [(&str, Option<&str>, &[&str]); 6] = [
            ("a.fits", Some("image"), &["fits_look", "fits_image", "fits_healpix"]),
            ("a.fits", Some("spectrum"), &["fits_look", "fits_spectrum", "tables", "tables_fits"]),
            (
                "a.fits",
                None,
                &[
                    "fits_look",
                    "fits_image",
                    "fits_healpix",
                    "fits_spectrum",
                    "fits_light_curve",
                    "fits_events",
                    "tables",
                    "tables_fits",
                ],
            ),
            ("a.sp3.gz", None, &["rinex", "sp3"]),
            ("a.vot", Some("catalog"), &["tables", "tables_votable"]),
            ("a.tar", Some("light-curve"), &["unpack", "others"]),
        ];
        for (path, product, wanted) in cases {
            let file = NotebookFile {
                path: format!("v/{path}"),
                product_type: product.map(str::to_owned),
                ..NotebookFile::default()
            };
            let names: Vec<&str> = sections(&[file]).iter().map(|section| section.name).collect();
            assert_eq!(names, wanted, "{path} {product:?}");
        }
    }
}
