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
/// `parquet` and `geojson` and `votable`.
const LONGEST_ENDING_BYTES: usize = 7;

/// Format and media type of an ending in lower case.
fn of_ending(ending: &[u8]) -> Option<(&'static str, &'static str)> {
    Some(match ending {
        b"fits" | b"fit" | b"fts" | b"lc" | b"evt" => ("fits", "application/fits"),
        b"vot" | b"votable" => ("votable", "application/x-votable+xml"),
        b"cdf" => ("cdf", "application/x-cdf"),
        b"nc" => ("netcdf", "application/netcdf"),
        b"cdl" => ("netcdf", "text/plain"),
        b"h5" | b"hdf5" | b"he5" => ("hdf5", "application/x-hdf5"),
        b"hdf" => ("hdf", "application/x-hdf"),
        b"parquet" => ("parquet", "application/vnd.apache.parquet"),
        b"csv" => ("csv", "text/csv"),
        b"ecsv" => ("ecsv", "text/csv"),
        b"tsv" => ("tsv", "text/tab-separated-values"),
        b"txt" | b"dat" | b"asc" | b"tab" => ("text", "text/plain"),
        b"md" => ("text", "text/markdown"),
        b"json" => ("json", "application/json"),
        b"geojson" => ("geojson", "application/geo+json"),
        b"xml" => ("xml", "application/xml"),
        b"lbl" => ("pds3-label", "text/plain"),
        b"img" => ("pds3-image", "application/octet-stream"),
        b"pdf" => ("pdf", "application/pdf"),
        b"ps" => ("postscript", "application/postscript"),
        b"png" => ("png", "image/png"),
        b"jpg" | b"jpeg" => ("jpeg", "image/jpeg"),
        b"gif" => ("gif", "image/gif"),
        b"tif" | b"tiff" => ("tiff", "image/tiff"),
        b"jp2" => ("jpeg2000", "image/jp2"),
        b"tar" => ("tar", "application/x-tar"),
        b"tgz" => ("tar", "application/gzip"),
        b"zip" => ("zip", "application/zip"),
        b"tle" => ("tle", "text/plain"),
        b"rnx" | b"crx" | b"obs" => ("rinex-obs", ASCII),
        b"nav" => ("rinex-nav", ASCII),
        b"sp3" | b"eph" => ("sp3", ASCII),
        b"clk" => ("rinex-clock", ASCII),
        b"inx" | b"ion" => ("ionex", ASCII),
        b"snx" => ("sinex", ASCII),
        b"bia" => ("sinex-bias", ASCII),
        b"tro" => ("sinex-tro", ASCII),
        b"erp" => ("igs-erp", ASCII),
        b"atx" => ("antex", ASCII),
        b"dcb" => ("dcb", "text/plain"),
        b"log" => ("text", "text/plain"),
        b"pro" => ("idl", "text/plain"),
        _ => return None,
    })
}

/// The format of a file by its name without encodings; `None` where the ending says none.
///
/// Endings are compared without case. Of RINEX 2 names the letter behind the year counts
/// (RINEX 2.11, 4).
pub fn format_of(stem: &str) -> Option<Format> {
    let (_, ending) = stem.rsplit_once('.')?;
    let mut lower = [0; LONGEST_ENDING_BYTES];
    let lower = lower.get_mut(..ending.len())?;
    lower.copy_from_slice(ending.as_bytes());
    lower.make_ascii_lowercase();
    match of_ending(lower) {
        Some((name, media_type)) => Some(Format { name, media_type }),
        None => rinex_2(lower),
    }
}

fn rinex_2(ending: &[u8]) -> Option<Format> {
    let [b'0'..=b'9', b'0'..=b'9', letter] = ending else { return None };
    let name = match letter {
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
            ("m31.votable", Some("votable")),
            ("07590920.05O", Some("rinex-obs")),
            ("igs15904.sp3", Some("sp3")),
            ("07590920.05o", Some("rinex-obs")),
            ("brdc0910.09g", Some("rinex-nav")),
            ("igrg3380.10i", Some("ionex")),
            ("README", None),
            ("x.05k", None),
            ("x.unknown", None),
            ("x.longer-than-any", None),
        ];
        for (name, wanted) in cases {
            assert_eq!(format_of(name).map(|f| f.name), wanted, "{name}");
        }
    }
}
