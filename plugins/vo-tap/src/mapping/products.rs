//! Words for product types and formats: theirs into ours.

use archway_plugin::types::Term;

/// What a `dataproduct_type` means: a term of the IVOA vocabulary `product-type`, or that
/// the row is no product of its own but stands beside one (DataLink's word for it).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Product {
    Type(&'static str),
    Other(String),
    Beside(&'static str),
}

/// Translates a `dataproduct_type`, the standard's words and those met in archives.
pub(super) fn product(word: &str) -> Product {
    match word.to_ascii_lowercase().as_str() {
        "image" | "img" | "mosaic" => Product::Type("image"),
        "cube" => Product::Type("cube"),
        "spectral-cube" => Product::Type("spectral-cube"),
        "time-cube" => Product::Type("time-cube"),
        "spectrum" | "pha" => Product::Type("spectrum"),
        "slit-spectrum" => Product::Type("slit-spectrum"),
        "sed" => Product::Type("sed"),
        "dynamic-spectrum" => Product::Type("dynamic-spectrum"),
        "timeseries" | "time series" => Product::Type("timeseries"),
        "light-curve" | "lightcurve" | "lc" => Product::Type("light-curve"),
        "visibility" => Product::Type("visibility"),
        "event" | "evt" | "event-list" | "eventlist" => Product::Type("event-list"),
        "measurements" | "catalog" | "catalogue" => Product::Type("measurements"),
        "spatial-profile" | "profile" => Product::Type("spatial-profile"),
        "arf" | "rmf" => Product::Beside("#calibration"),
        "png" | "jpg" | "jpeg" => Product::Beside("#preview"),
        other => Product::Other(other.to_owned()),
    }
}

/// A product type as the model has it.
pub(super) fn term(product: &Product) -> Option<Term> {
    let (vocabulary, term) = match product {
        Product::Type(term) => ("ivoa:product-type", (*term).to_owned()),
        Product::Other(term) => ("local", term.clone()),
        Product::Beside(_) => return None,
    };
    Some(Term { vocabulary: vocabulary.to_owned(), term, label: None })
}

/// A product type of ours as ObsCore's column holds it, in lower case.
pub(crate) fn obscore_words(term: &str) -> &'static [&'static str] {
    match term {
        "image" => &["image", "img", "mosaic"],
        "cube" | "spectral-cube" | "time-cube" => &["cube", "spectral-cube", "time-cube"],
        "spectrum" | "slit-spectrum" => &["spectrum", "slit-spectrum", "pha"],
        "sed" => &["sed"],
        "timeseries" | "light-curve" => &["timeseries", "light-curve", "lightcurve", "lc"],
        "visibility" => &["visibility"],
        "event-list" => &["event", "evt", "event-list", "eventlist"],
        "measurements" => &["measurements", "catalog", "catalogue"],
        _ => &[],
    }
}

/// The gateway's word for a media type, and the encodings around it, outermost first.
pub(super) fn format(media_type: &str, url: &str) -> (Option<&'static str>, Vec<String>) {
    let plain = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let (word, gzip) = match plain.as_str() {
        "application/fits" | "image/fits" | "image/x-fits" => (Some("fits"), false),
        "application/x-fits-gzip" | "image/x-fits-gzip" | "application/fits-gzip" => {
            (Some("fits"), true)
        }
        "application/x-votable+xml" | "text/xml+votable" => (Some("votable"), false),
        "text/csv" => (Some("csv"), false),
        "text/tab-separated-values" => (Some("tsv"), false),
        "application/json" => (Some("json"), false),
        "application/x-tar" | "application/tar" => (Some("tar"), false),
        "application/x-tar-gzip" | "application/x-gtar" | "application/x-tgz" => {
            (Some("tar"), true)
        }
        "application/zip" => (Some("zip"), false),
        "application/pdf" => (Some("pdf"), false),
        "application/x-hdf5" | "application/x-hdf" | "application/hdf5" => (Some("hdf5"), false),
        "application/x-cdf" | "application/cdf" => (Some("cdf"), false),
        "application/x-netcdf" | "application/netcdf" => (Some("netcdf"), false),
        "image/png" => (Some("png"), false),
        "image/jpeg" | "image/jpg" => (Some("jpeg"), false),
        "image/gif" => (Some("gif"), false),
        "image/jp2" => (Some("jpeg2000"), false),
        "text/html" => (Some("html"), false),
        "text/plain" => (Some("text"), false),
        _ => (None, false),
    };
    let gzip = gzip || path.ends_with(".gz");
    (word, if gzip { vec!["gzip".to_owned()] } else { Vec::new() })
}

/// Whether what lies at a URL of this media type is a DataLink document (DataLink 1.1, 2.1).
pub(crate) fn is_datalink(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    media_type.contains("votable") && media_type.contains("content=datalink")
}
