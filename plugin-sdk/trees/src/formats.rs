//! What the ending of a file's name says of its format.

/// A format as an ending tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The gateway's word.
    pub name: &'static str,
    /// RFC 6838; a suggestion where none is registered.
    pub media_type: &'static str,
}

/// None of the formats of the GNSS has a registered media type.
const ASCII: &str = "text/plain; charset=us-ascii";

/// Ending, format, media type.
const ENDINGS: [(&str, &str, &str); 58] = [
    ("fits", "fits", "application/fits"),
    ("fit", "fits", "application/fits"),
    ("fts", "fits", "application/fits"),
    ("lc", "fits", "application/fits"),
    ("evt", "fits", "application/fits"),
    ("vot", "votable", "application/x-votable+xml"),
    ("votable", "votable", "application/x-votable+xml"),
    ("cdf", "cdf", "application/x-cdf"),
    ("nc", "netcdf", "application/netcdf"),
    ("cdl", "netcdf", "text/plain"),
    ("h5", "hdf5", "application/x-hdf5"),
    ("hdf5", "hdf5", "application/x-hdf5"),
    ("he5", "hdf5", "application/x-hdf5"),
    ("hdf", "hdf", "application/x-hdf"),
    ("parquet", "parquet", "application/vnd.apache.parquet"),
    ("csv", "csv", "text/csv"),
    ("ecsv", "ecsv", "text/csv"),
    ("tsv", "tsv", "text/tab-separated-values"),
    ("txt", "text", "text/plain"),
    ("dat", "text", "text/plain"),
    ("asc", "text", "text/plain"),
    ("tab", "text", "text/plain"),
    ("md", "text", "text/markdown"),
    ("json", "json", "application/json"),
    ("geojson", "geojson", "application/geo+json"),
    ("xml", "xml", "application/xml"),
    ("lbl", "pds3-label", "text/plain"),
    ("img", "pds3-image", "application/octet-stream"),
    ("pdf", "pdf", "application/pdf"),
    ("ps", "postscript", "application/postscript"),
    ("png", "png", "image/png"),
    ("jpg", "jpeg", "image/jpeg"),
    ("jpeg", "jpeg", "image/jpeg"),
    ("gif", "gif", "image/gif"),
    ("tif", "tiff", "image/tiff"),
    ("tiff", "tiff", "image/tiff"),
    ("jp2", "jpeg2000", "image/jp2"),
    ("tar", "tar", "application/x-tar"),
    ("tgz", "tar", "application/gzip"),
    ("zip", "zip", "application/zip"),
    ("tle", "tle", "text/plain"),
    ("rnx", "rinex-obs", ASCII),
    ("crx", "rinex-obs", ASCII),
    ("obs", "rinex-obs", ASCII),
    ("nav", "rinex-nav", ASCII),
    ("sp3", "sp3", ASCII),
    ("eph", "sp3", ASCII),
    ("clk", "rinex-clock", ASCII),
    ("inx", "ionex", ASCII),
    ("ion", "ionex", ASCII),
    ("snx", "sinex", ASCII),
    ("bia", "sinex-bias", ASCII),
    ("tro", "sinex-tro", ASCII),
    ("erp", "igs-erp", ASCII),
    ("atx", "antex", ASCII),
    ("dcb", "dcb", "text/plain"),
    ("log", "text", "text/plain"),
    ("pro", "idl", "text/plain"),
];

/// The format of a file by its name without encodings; `None` where the ending says none.
///
/// Endings are compared without case. Of RINEX 2 names the letter behind the year counts
/// (RINEX 2.11, 4).
pub fn format_of(stem: &str) -> Option<Format> {
    let (_, ending) = stem.rsplit_once('.')?;
    let found = ENDINGS.iter().find(|(known, _, _)| ending.eq_ignore_ascii_case(known));
    match found {
        Some((_, name, media_type)) => Some(Format { name, media_type }),
        None => rinex_2(ending),
    }
}

fn rinex_2(ending: &str) -> Option<Format> {
    let [b'0'..=b'9', b'0'..=b'9', letter] = ending.as_bytes() else { return None };
    let name = match letter.to_ascii_lowercase() {
        b'o' | b'd' => "rinex-obs",
        b'n' | b'g' | b'l' | b'p' | b'q' | b'h' => "rinex-nav",
        b'm' => "rinex-met",
        b'i' => return Some(Format { name: "ionex", media_type: ASCII }),
        _ => return None,
    };
    Some(Format { name, media_type: ASCII })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_says_the_format() {
        let cases = [
            ("m31.FITS", Some("fits")),
            ("igs15904.sp3", Some("sp3")),
            ("07590920.05o", Some("rinex-obs")),
            ("brdc0910.09g", Some("rinex-nav")),
            ("igrg3380.10i", Some("ionex")),
            ("README", None),
            ("x.05k", None),
            ("x.unknown", None),
        ];
        for (name, wanted) in cases {
            assert_eq!(format_of(name).map(|f| f.name), wanted, "{name}");
        }
    }
}
